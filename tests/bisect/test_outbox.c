/* Each receiver has each event once. */
#include "base/scratch.h"

#include "pybisect/outbox.h"

static struct pb_journal *
open_journal(const char *directory)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_journal *journal = NULL;
    PB_AUTOFREE char *path = pb_path_join(directory, "journal.sqlite");
    if (pb_journal_open(path, &journal, &err) < 0) {
        fail_msg("%s", err.message);
    }
    return journal;
}

static void
add(struct pb_journal *journal, const char *kind, const char *about,
    const char *text)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_json) struct pb_json *payload = pb_json_object();
    pb_json_set(payload, "text", pb_json_string(text));
    assert_int_equal(pb_outbox_add(journal, kind, about, payload, &err), 0);
}

/* "found abc: first; fixed abc: ..." */
static char *
pending(struct pb_journal *journal, const char *receiver)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_outbox) struct pb_outbox outbox = PB_OUTBOX_INIT;
    assert_int_equal(pb_outbox_pending(journal, receiver, &outbox, &err), 0);
    for (size_t i = 0; i < outbox.len; i++) {
        const struct pb_outbox_event *event = &outbox.items[i];
        assert_true(event->at > 0);
        pb_buf_addf(&text, "%s%s %s: %s", i > 0 ? "; " : "", event->kind,
                    event->about, pb_json_get_string(event->payload, "text"));
    }
    return pb_buf_take(&text);
}

static void
expect_pending(struct pb_journal *journal, const char *receiver,
               const char *wanted)
{
    PB_AUTOFREE char *text = pending(journal, receiver);
    assert_string_equal(text, wanted);
}

static void
a_thing_is_told_of_once(void **state)
{
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(*state);
    expect_pending(journal, "mail", "");
    add(journal, "found", "abc", "first");
    add(journal, "found", "abc", "again");
    add(journal, "fixed", "abc", "well");
    expect_pending(journal, "mail", "found abc: first; fixed abc: well");
}

static void
receivers_are_told_apart_and_a_crash_forgets_nothing(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(*state);
    add(journal, "found", "abc", "one");
    add(journal, "found", "def", "two");
    assert_int_equal(pb_outbox_sent(journal, "mail", 1, &err), 0);
    assert_int_equal(pb_outbox_sent(journal, "mail", 1, &err), 0);
    pb_journal_close(journal);
    journal = open_journal(*state);
    expect_pending(journal, "mail", "found def: two");
    expect_pending(journal, "hook", "found abc: one; found def: two");
}

static void
a_note_can_be_taken_back(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(*state);
    add(journal, "sick", "7", "no space");
    assert_int_equal(pb_outbox_sent(journal, "mail", 1, &err), 0);
    expect_pending(journal, "mail", "");
    assert_int_equal(pb_outbox_unsent(journal, "mail", 1, &err), 0);
    expect_pending(journal, "mail", "sick 7: no space");
}

static void
an_event_that_is_not_there_cannot_be_sent(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(*state);
    assert_int_equal(pb_outbox_sent(journal, "mail", 9, &err), -1);
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_thing_is_told_of_once),
        SCRATCH_TEST(receivers_are_told_apart_and_a_crash_forgets_nothing),
        SCRATCH_TEST(a_note_can_be_taken_back),
        SCRATCH_TEST(an_event_that_is_not_there_cannot_be_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
