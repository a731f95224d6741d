/* A disk that is full or broken at any moment: each failure is an error that
   says so, and what was acknowledged is there afterwards. */
#include <sqlite3.h>
#include <stdio.h>

#include "base/scratch.h"
#include "bisect/faults.h"

#include "pybisect/journal.h"

#define EVALUATIONS 4
#define MOST_FAULTS 1000

struct acknowledged {
    bool begun;
    int64_t id;
    size_t steps;
    size_t evaluations;
    bool pinned;
    bool finished;
};

static struct pb_digest
key_of(size_t number)
{
    return pb_digest_of(&number, sizeof(number));
}

/* The second one fills many pages. */
static struct pb_json *
evaluation_of(size_t number)
{
    struct pb_json *json = pb_json_object();
    size_t length = number == 1 ? 100000 : 10;
    PB_AUTOFREE char *text = pb_alloc(length + 1);
    memset(text, 'a' + (int)number, length);
    pb_json_set(json, "number", pb_json_integer((int64_t)number));
    pb_json_set(json, "text", pb_json_string(text));
    return json;
}

static int
put_evaluations(struct pb_journal *journal, struct acknowledged *done,
                struct pb_error *err)
{
    for (size_t i = 0; i < EVALUATIONS; i++) {
        struct pb_digest key = key_of(i);
        PB_AUTO(pb_json) struct pb_json *evaluation = evaluation_of(i);
        PB_AUTO(pb_json) struct pb_json *step = pb_json_object();
        if (pb_journal_put_evaluation(journal, &key, evaluation, err) < 0) {
            return -1;
        }
        done->evaluations = i + 1;
        if (pb_journal_add_step(journal, done->id, i + 1, step, err) < 0) {
            return -1;
        }
        done->steps = i + 1;
    }
    return 0;
}

static int
use(const char *path, struct acknowledged *done, struct pb_error *err)
{
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    PB_AUTO(pb_json) struct pb_json *plan = pb_json_object();
    PB_AUTO(pb_json) struct pb_json *list = NULL;
    pb_json_set(plan, "a", pb_json_integer(1));
    if (pb_journal_open(path, &journal, err) < 0 ||
        pb_journal_begin(journal, "title", plan, &done->id, err) < 0)
    {
        return -1;
    }
    done->begun = true;
    pb_json_set(plan, "a", pb_json_integer(2));
    if (pb_journal_update_plan(journal, done->id, plan, err) < 0) {
        return -1;
    }
    done->pinned = true;
    if (put_evaluations(journal, done, err) < 0 ||
        pb_journal_list(journal, 10, &list, err) < 0 ||
        pb_journal_finish(journal, done->id, plan, err) < 0)
    {
        return -1;
    }
    done->finished = true;
    return 0;
}

static void
expect_evaluations(struct pb_journal *journal, size_t count)
{
    struct pb_error err = PB_ERROR_INIT;
    for (size_t i = 0; i < count; i++) {
        struct pb_digest key = key_of(i);
        PB_AUTO(pb_json) struct pb_json *found = NULL;
        PB_AUTO(pb_json) struct pb_json *expected = evaluation_of(i);
        assert_int_equal(
            pb_journal_get_evaluation(journal, &key, &found, &err), 0);
        assert_non_null(found);
        assert_string_equal(pb_json_get_string(found, "text"),
                            pb_json_get_string(expected, "text"));
    }
}

static void
expect_acknowledged(const char *path, const struct acknowledged *done)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    if (pb_journal_open(path, &journal, &err) < 0) {
        fail_msg("%s", err.message);
    }
    expect_evaluations(journal, done->evaluations);
    if (!done->begun) {
        return;
    }
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection found = {.id = 0};
    PB_AUTO(pb_json) struct pb_json *steps = NULL;
    assert_int_equal(pb_journal_load(journal, done->id, NULL, &found, &err),
                     0);
    assert_int_equal(pb_journal_steps(journal, done->id, &steps, &err), 0);
    assert_true(pb_json_length(steps) >= done->steps);
    assert_true(pb_json_get_integer(found.plan, "a") >= 1 + done->pinned);
    if (done->finished) {
        assert_string_equal(found.status, PB_JOURNAL_FINISHED);
        assert_non_null(found.report);
    }
}

static void
fail_each(const char *directory, int code, bool forever)
{
    long n = 1;
    for (bool passed = false; !passed; n++) {
        char name[32];
        struct pb_error err = PB_ERROR_INIT;
        struct acknowledged done = {.id = 0};
        snprintf(name, sizeof(name), "%d-%d-%ld.db", code, forever, n);
        PB_AUTOFREE char *path = pb_path_join(directory, name);
        assert_true(n < MOST_FAULTS);
        faults_arm(n, code, forever);
        int status = use(path, &done, &err);
        passed = !faults_fired();
        faults_arm(0, SQLITE_OK, false);
        if (status < 0) {
            assert_false(passed);
            assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
            assert_non_null(strstr(err.message, path));
            assert_true(err.hint[0] != '\0');
        }
        else {
            assert_true(done.finished);
        }
        expect_acknowledged(path, &done);
    }
    assert_true(n > 20);
}

static void
a_full_disk_loses_nothing_acknowledged(void **state)
{
    fail_each(*state, SQLITE_FULL, false);
}

static void
a_disk_that_stays_full_loses_nothing_acknowledged(void **state)
{
    fail_each(*state, SQLITE_FULL, true);
}

static void
a_broken_disk_loses_nothing_acknowledged(void **state)
{
    fail_each(*state, SQLITE_IOERR_WRITE, false);
}

static void
a_journal_goes_on_after_a_failed_write(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    struct pb_error err = PB_ERROR_INIT;
    struct acknowledged done = {.id = 0};
    struct pb_digest key = key_of(77);
    PB_AUTO(pb_json) struct pb_json *evaluation = evaluation_of(7);
    assert_int_equal(use(path, &done, &err), 0);
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    assert_int_equal(pb_journal_open(path, &journal, &err), 0);
    faults_arm(1, SQLITE_FULL, true);
    assert_int_equal(
        pb_journal_put_evaluation(journal, &key, evaluation, &err), -1);
    faults_arm(0, SQLITE_OK, false);
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
    assert_non_null(strstr(err.hint, "room"));
    pb_error_clear(&err);
    assert_int_equal(
        pb_journal_put_evaluation(journal, &key, evaluation, &err), 0);
    PB_AUTO(pb_json) struct pb_json *found = NULL;
    assert_int_equal(pb_journal_get_evaluation(journal, &key, &found, &err),
                     0);
    assert_int_equal(pb_json_get_integer(found, "number"), 7);
    expect_evaluations(journal, EVALUATIONS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_full_disk_loses_nothing_acknowledged),
        SCRATCH_TEST(a_disk_that_stays_full_loses_nothing_acknowledged),
        SCRATCH_TEST(a_broken_disk_loses_nothing_acknowledged),
        SCRATCH_TEST(a_journal_goes_on_after_a_failed_write),
    };
    faults_install();
    faults_skip_syncs();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
