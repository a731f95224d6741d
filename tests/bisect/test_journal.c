/* The journal's records, and files that are not as they should be. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "bisect/open_journal.h"

#include "pybisect/outbox.h"

static struct pb_json *
number(int64_t value)
{
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "number", pb_json_integer(value));
    return json;
}

static int64_t
begin(struct pb_journal *journal, const char *title)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_json) struct pb_json *plan = number(1);
    int64_t id = 0;
    assert_int_equal(pb_journal_begin(journal, title, plan, &id, &err), 0);
    return id;
}

static void
finish(struct pb_journal *journal, int64_t id, const char *outcome)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_json) struct pb_json *report = pb_json_object();
    pb_json_set(report, "outcome", pb_json_string(outcome));
    assert_int_equal(pb_journal_finish(journal, id, report, &err), 0);
}

static struct pb_digest
key_of(size_t value)
{
    return pb_digest_of(&value, sizeof(value));
}

static int
put(struct pb_journal *journal, size_t key, const char *text,
    struct pb_error *err)
{
    struct pb_digest digest = key_of(key);
    PB_AUTO(pb_json) struct pb_json *json = pb_json_object();
    pb_json_set(json, "text", pb_json_string(text));
    return pb_journal_put_evaluation(journal, &digest, json, err);
}

static int
get(struct pb_journal *journal, size_t key, struct pb_json **out,
    struct pb_error *err)
{
    struct pb_digest digest = key_of(key);
    return pb_journal_get_evaluation(journal, &digest, out, err);
}

/* --- records ------------------------------------------------------------ */

static void
a_bisection_is_loaded_as_it_was_begun(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "deep/er/j.db");
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection found = {.id = 0};
    struct pb_error err = PB_ERROR_INIT;
    int64_t id = begin(journal, "genshi \xc3\xa9 'a'..b");
    assert_int_equal(pb_journal_load(journal, id, NULL, &found, &err), 0);
    assert_int_equal(found.id, id);
    assert_string_equal(found.title, "genshi \xc3\xa9 'a'..b");
    assert_string_equal(found.status, PB_JOURNAL_RUNNING);
    assert_int_equal(pb_json_get_integer(found.plan, "number"), 1);
    assert_null(found.report);
    assert_true(found.created > 0);
    assert_true(found.updated >= found.created);
}

static void
a_plan_can_be_pinned_later(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection found = {.id = 0};
    PB_AUTO(pb_json) struct pb_json *plan = number(2);
    struct pb_error err = PB_ERROR_INIT;
    int64_t id = begin(journal, "a");
    int64_t other = begin(journal, "b");
    assert_int_equal(pb_journal_update_plan(journal, id, plan, &err), 0);
    assert_int_equal(pb_journal_load(journal, id, NULL, &found, &err), 0);
    assert_int_equal(pb_json_get_integer(found.plan, "number"), 2);
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection untouched = {.id = 0};
    assert_int_equal(pb_journal_load(journal, other, NULL, &untouched, &err),
                     0);
    assert_int_equal(pb_json_get_integer(untouched.plan, "number"), 1);
}

static void
a_finished_bisection_keeps_its_report_over_a_reopening(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    struct pb_journal *first = open_journal(path);
    int64_t id = begin(first, "a");
    finish(first, id, "found");
    pb_journal_close(first);
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection found = {.id = 0};
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_journal_load(journal, id, NULL, &found, &err), 0);
    assert_string_equal(found.status, PB_JOURNAL_FINISHED);
    assert_string_equal(pb_json_get_string(found.report, "outcome"), "found");
}

static void
the_latest_of_a_status_is_loaded_without_an_id(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    struct pb_error err = PB_ERROR_INIT;
    begin(journal, "a");
    int64_t running = begin(journal, "b");
    int64_t finished = begin(journal, "c");
    finish(journal, finished, "found");
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection one = {.id = 0};
    assert_int_equal(
        pb_journal_load(journal, 0, PB_JOURNAL_RUNNING, &one, &err), 0);
    assert_int_equal(one.id, running);
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection two = {.id = 0};
    assert_int_equal(
        pb_journal_load(journal, 0, PB_JOURNAL_FINISHED, &two, &err), 0);
    assert_int_equal(two.id, finished);
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection any = {.id = 0};
    assert_int_equal(pb_journal_load(journal, 0, NULL, &any, &err), 0);
    assert_int_equal(any.id, finished);
}

static void
expect_not_found(struct pb_journal *journal, int64_t id, const char *status,
                 const char *message)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_journal_bisection found = {.id = 42};
    assert_int_equal(pb_journal_load(journal, id, status, &found, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    assert_string_equal(err.message, message);
    assert_true(err.hint[0] != '\0');
    assert_int_equal(found.id, 42);
}

static void
what_is_not_there_is_not_found(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    expect_not_found(journal, 0, NULL, "there is no bisection yet");
    begin(journal, "a");
    expect_not_found(journal, 99, NULL, "there is no bisection 99");
    expect_not_found(journal, 0, PB_JOURNAL_FINISHED,
                     "no bisection is finished");
}

static void
the_list_is_newest_first_and_bounded(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    PB_AUTO(pb_json) struct pb_json *list = NULL;
    struct pb_error err = PB_ERROR_INIT;
    begin(journal, "a");
    int64_t second = begin(journal, "b");
    int64_t third = begin(journal, "c");
    finish(journal, third, "found");
    assert_int_equal(pb_journal_list(journal, 2, &list, &err), 0);
    assert_int_equal(pb_json_length(list), 2);
    const struct pb_json *first = pb_json_at(list, 0);
    assert_int_equal(pb_json_get_integer(first, "id"), third);
    assert_string_equal(pb_json_get_string(first, "title"), "c");
    assert_string_equal(pb_json_get_string(first, "outcome"), "found");
    assert_string_equal(pb_json_get_string(first, "status"), "finished");
    const struct pb_json *last = pb_json_at(list, 1);
    assert_int_equal(pb_json_get_integer(last, "id"), second);
    assert_true(pb_json_is_null(pb_json_get(last, "outcome")));
}

static void
a_step_on_record_stays_as_it_is(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    struct pb_error err = PB_ERROR_INIT;
    int64_t id = begin(journal, "a");
    int64_t other = begin(journal, "b");
    static const struct {
        size_t place;
        int64_t value;
    } steps[] = {{2, 20}, {1, 10}, {2, 99}, {11, 110}};
    for (size_t i = 0; i < PB_LENGTH(steps); i++) {
        PB_AUTO(pb_json) struct pb_json *step = number(steps[i].value);
        assert_int_equal(
            pb_journal_add_step(journal, id, steps[i].place, step, &err), 0);
    }
    PB_AUTO(pb_json) struct pb_json *found = NULL;
    assert_int_equal(pb_journal_steps(journal, id, &found, &err), 0);
    assert_int_equal(pb_json_length(found), 3);
    static const int64_t expected[] = {10, 20, 110};
    for (size_t i = 0; i < 3; i++) {
        const struct pb_json *step = pb_json_at(found, i);
        assert_int_equal(pb_json_get_integer(step, "number"), expected[i]);
        assert_true(pb_json_get_integer(step, "at") > 0);
    }
    PB_AUTO(pb_json) struct pb_json *none = NULL;
    assert_int_equal(pb_journal_steps(journal, other, &none, &err), 0);
    assert_int_equal(pb_json_length(none), 0);
}

static void
a_step_of_no_bisection_is_an_error(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    PB_AUTO(pb_json) struct pb_json *step = number(1);
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_journal_add_step(journal, 5, 1, step, &err), -1);
    assert_true(err.message[0] != '\0');
}

static void
the_last_evaluation_of_a_key_counts(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_json) struct pb_json *none = NULL;
    assert_int_equal(get(journal, 1, &none, &err), 0);
    assert_null(none);
    assert_int_equal(put(journal, 1, "one", &err), 0);
    assert_int_equal(put(journal, 2, "two", &err), 0);
    assert_int_equal(put(journal, 1, "one again", &err), 0);
    PB_AUTO(pb_json) struct pb_json *found = NULL;
    assert_int_equal(get(journal, 1, &found, &err), 0);
    assert_string_equal(pb_json_get_string(found, "text"), "one again");
}

/* --- files that are not as they should be ------------------------------- */

static void
fill(const char *path)
{
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    struct pb_error err = PB_ERROR_INIT;
    char text[2000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(put(journal, i, text, &err), 0);
    }
}

static off_t
size_of(const char *path)
{
    PB_AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return lseek(fd, 0, SEEK_END);
}

static void
overwrite(const char *path, off_t offset, size_t length, int byte)
{
    PB_AUTOFREE char *junk = pb_alloc(length);
    memset(junk, byte, length);
    PB_AUTOCLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(pwrite(fd, junk, length, offset) == (ssize_t)length);
}

static struct pb_digest
digest_of(const char *path)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest digest = {{0}};
    assert_int_equal(pb_digest_of_file(path, &digest, &err), 0);
    return digest;
}

static void
expect_corrupt(const struct pb_error *err, const char *path)
{
    assert_int_equal(err->code, PB_ERROR_CORRUPT);
    assert_non_null(strstr(err->message, path));
    assert_non_null(strstr(err->hint, "cache verify --repair"));
}

static void
a_damaged_header_is_corrupt_and_left_alone(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    struct pb_error err = PB_ERROR_INIT;
    struct pb_journal *journal = NULL;
    fill(path);
    overwrite(path, 0, 16, 'Z');
    struct pb_digest before = digest_of(path);
    assert_int_equal(pb_journal_open(path, &journal, &err), -1);
    assert_null(journal);
    expect_corrupt(&err, path);
    struct pb_digest after = digest_of(path);
    assert_true(pb_digest_equal(&before, &after));
}

static void
a_file_that_is_no_journal_is_corrupt_and_left_alone(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    struct pb_error err = PB_ERROR_INIT;
    struct pb_journal *journal = NULL;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    for (int i = 0; i < 500; i++) {
        pb_buf_adds(&text, "dear diary\n");
    }
    put_file(path, text.data);
    assert_int_equal(pb_journal_open(path, &journal, &err), -1);
    expect_corrupt(&err, path);
    assert_file(path, text.data);
}

/* Reads all; the first error ends it. */
static int
read_all(const char *path, struct pb_error *err)
{
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    if (pb_journal_open(path, &journal, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < 100; i++) {
        PB_AUTO(pb_json) struct pb_json *found = NULL;
        if (get(journal, i, &found, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static void
a_damaged_page_is_corrupt_or_its_records_are_dropped(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    fill(path);
    off_t pages = size_of(path) / 4096;
    assert_true(pages > 20);
    for (off_t page = pages / 3; page < pages / 3 + 8; page++) {
        struct pb_error err = PB_ERROR_INIT;
        PB_AUTOFREE char *copy =
            pb_asprintf("%s/page-%ld.db", (char *)*state, (long)page);
        PB_AUTO(pb_buf) struct pb_buf whole = PB_BUF_INIT;
        assert_int_equal(pb_fs_read(path, 1 << 24, &whole, &err), 0);
        assert_int_equal(pb_fs_write(copy, whole.data, whole.len, 0600, &err),
                         0);
        assert_int_equal(read_all(copy, &err), 0);
        overwrite(copy, page * 4096, 4096, 0xA5);
        struct pb_digest before = digest_of(copy);
        bool refused = read_all(copy, &err) < 0;
        struct pb_digest after = digest_of(copy);
        assert_int_equal(pb_digest_equal(&before, &after), refused);
        if (refused) {
            expect_corrupt(&err, copy);
        }
    }
}

static void
run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void
a_record_that_was_altered_counts_as_none(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    struct pb_error err = PB_ERROR_INIT;
    fill(path);
    run_sql(path, "DROP TRIGGER evaluations_updated;"
                  "UPDATE evaluations SET evaluation = '{\"text\": \"no\"}'");
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    PB_AUTO(pb_json) struct pb_json *found = NULL;
    assert_int_equal(get(journal, 1, &found, &err), 0);
    assert_null(found);
    assert_int_equal(pb_journal_take_dropped(journal), 1);
    assert_int_equal(get(journal, 1, &found, &err), 0);
    assert_int_equal(pb_journal_take_dropped(journal), 0);
}

static void
a_journal_of_a_newer_version_is_refused_and_left_alone(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    struct pb_error err = PB_ERROR_INIT;
    struct pb_journal *journal = NULL;
    fill(path);
    run_sql(path, "PRAGMA user_version=1000");
    struct pb_digest before = digest_of(path);
    assert_int_equal(pb_journal_open(path, &journal, &err), -1);
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
    assert_non_null(strstr(err.message, "newer pybisect"));
    assert_true(err.hint[0] != '\0');
    struct pb_digest after = digest_of(path);
    assert_true(pb_digest_equal(&before, &after));
}

static void
a_journal_of_the_first_version_is_kept_and_gets_the_newer_tables(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    struct pb_error err = PB_ERROR_INIT;
    fill(path);
    run_sql(path, "DROP TABLE sent; DROP TABLE events; DROP TABLE cells;"
                  "DROP TABLE changes; DROP TABLE nights; DROP TABLE tests;"
                  "DROP TABLE failures; PRAGMA user_version=1");
    assert_int_equal(read_all(path, &err), 0);
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    PB_AUTO(pb_json) struct pb_json *payload = number(1);
    assert_int_equal(pb_outbox_add(journal, "found", "abc", payload, &err), 0);
}

static void
opening_and_reading_writes_nothing(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    struct pb_error err = PB_ERROR_INIT;
    fill(path);
    struct pb_digest before = digest_of(path);
    assert_int_equal(read_all(path, &err), 0);
    struct pb_digest after = digest_of(path);
    assert_true(pb_digest_equal(&before, &after));
}

static void
a_directory_that_cannot_be_made_is_an_error(void **state)
{
    PB_AUTOFREE char *file = pb_path_join(*state, "file");
    PB_AUTOFREE char *path = pb_path_join(file, "j.db");
    struct pb_error err = PB_ERROR_INIT;
    struct pb_journal *journal = NULL;
    put_file(file, "");
    assert_int_equal(pb_journal_open(path, &journal, &err), -1);
    assert_null(journal);
    assert_true(err.message[0] != '\0');
}

static void
a_directory_in_the_journals_place_is_an_error_with_a_hint(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_journal *journal = NULL;
    assert_int_equal(pb_journal_open(*state, &journal, &err), -1);
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
    assert_non_null(strstr(err.message, *state));
    assert_true(err.hint[0] != '\0');
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_bisection_is_loaded_as_it_was_begun),
        SCRATCH_TEST(a_plan_can_be_pinned_later),
        SCRATCH_TEST(a_finished_bisection_keeps_its_report_over_a_reopening),
        SCRATCH_TEST(the_latest_of_a_status_is_loaded_without_an_id),
        SCRATCH_TEST(what_is_not_there_is_not_found),
        SCRATCH_TEST(the_list_is_newest_first_and_bounded),
        SCRATCH_TEST(a_step_on_record_stays_as_it_is),
        SCRATCH_TEST(a_step_of_no_bisection_is_an_error),
        SCRATCH_TEST(the_last_evaluation_of_a_key_counts),
        SCRATCH_TEST(a_damaged_header_is_corrupt_and_left_alone),
        SCRATCH_TEST(a_file_that_is_no_journal_is_corrupt_and_left_alone),
        SCRATCH_TEST(a_damaged_page_is_corrupt_or_its_records_are_dropped),
        SCRATCH_TEST(a_record_that_was_altered_counts_as_none),
        SCRATCH_TEST(a_journal_of_a_newer_version_is_refused_and_left_alone),
        SCRATCH_TEST(
            a_journal_of_the_first_version_is_kept_and_gets_the_newer_tables),
        SCRATCH_TEST(opening_and_reading_writes_nothing),
        SCRATCH_TEST(a_directory_that_cannot_be_made_is_an_error),
        SCRATCH_TEST(
            a_directory_in_the_journals_place_is_an_error_with_a_hint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
