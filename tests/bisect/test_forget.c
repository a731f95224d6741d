/* journal: what is forgotten of builds that turn out to be wrong. */
#include "base/scratch.h"

#include "pybisect/journal.h"

static int64_t
begin(struct pb_journal *journal)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_json) struct pb_json *plan = pb_json_object();
    int64_t id = 0;
    assert_int_equal(pb_journal_begin(journal, "a", plan, &id, &err), 0);
    return id;
}

static struct pb_digest
key_of(const char *name)
{
    return pb_digest_of(name, strlen(name));
}

/* An evaluation whose key and whose interpreter's output have these names. */
static void
put(struct pb_journal *journal, const char *name, const char *output)
{
    char hex[PB_DIGEST_HEX];
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of(name);
    struct pb_digest digest = key_of(output);
    PB_AUTO(pb_json) struct pb_json *json = pb_json_object();
    pb_json_set(json, "output", pb_json_string(pb_digest_hex(&digest, hex)));
    assert_int_equal(pb_journal_put_evaluation(journal, &key, json, &err), 0);
}

static void
add_step(struct pb_journal *journal, int64_t id, size_t number,
         const char *evaluation)
{
    char hex[PB_DIGEST_HEX];
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of(evaluation);
    PB_AUTO(pb_json) struct pb_json *step = pb_json_object();
    pb_json_set(step, "evaluation", pb_json_string(pb_digest_hex(&key, hex)));
    assert_int_equal(pb_journal_add_step(journal, id, number, step, &err), 0);
}

static size_t
count_steps(struct pb_journal *journal, int64_t id)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_json) struct pb_json *steps = NULL;
    assert_int_equal(pb_journal_steps(journal, id, &steps, &err), 0);
    return pb_json_length(steps);
}

static bool
has(struct pb_journal *journal, const char *name)
{
    struct pb_digest key = key_of(name);
    return pb_journal_has_evaluation(journal, &key);
}

static void
all_bisections_under_way_forget_what_refuted_builds_said(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    PB_AUTO(pb_strv) struct pb_strv outputs = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    char hex[PB_DIGEST_HEX];
    assert_int_equal(pb_journal_open(path, &journal, &err), 0);
    int64_t misled = begin(journal);
    int64_t right = begin(journal);
    int64_t ended = begin(journal);
    put(journal, "one", "wrong");
    put(journal, "two", "fine");
    add_step(journal, misled, 1, "two");
    add_step(journal, misled, 2, "one");
    add_step(journal, right, 1, "two");
    add_step(journal, ended, 1, "one");
    PB_AUTO(pb_json) struct pb_json *report = pb_json_object();
    assert_int_equal(pb_journal_finish(journal, ended, report, &err), 0);

    struct pb_digest wrong = key_of("wrong");
    pb_strv_add(&outputs, pb_digest_hex(&wrong, hex));
    assert_int_equal(pb_journal_forget_outputs(journal, &outputs, &err), 0);
    assert_false(has(journal, "one"));
    assert_true(has(journal, "two"));
    assert_int_equal(count_steps(journal, misled), 0);
    assert_int_equal(count_steps(journal, right), 1);
    assert_int_equal(count_steps(journal, ended), 1); /* it is history */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(all_bisections_under_way_forget_what_refuted_builds_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
