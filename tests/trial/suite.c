/* The stage for tests that run real suites. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "trial/suite.h"

#define REPORTER PB_SOURCE_DIR "/src/trial/reporter.py"
#define LONG_ENOUGH 120

int
suite_setup(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    struct suite *suite = pb_alloc(sizeof(*suite));
    suite->directory = pb_fs_temporary("/tmp", "pybisect-trial-", &err);
    if (suite->directory == NULL) {
        free(suite);
        return -1;
    }
    suite->log = pb_path_join(suite->directory, "log");
    suite->scratch = pb_path_join(suite->directory, "scratch");
    *state = suite;
    return 0;
}

int
suite_teardown(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    struct suite *suite = *state;
    int status = pb_fs_remove_tree(suite->directory, &err);
    pb_results_clear(&suite->results);
    free(suite->directory);
    free(suite->log);
    free(suite->scratch);
    free(suite);
    return status;
}

void
suite_write(const struct suite *suite, const char *name, const char *text)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *path = pb_path_join(suite->directory, name);
    if (pb_fs_write(path, text, strlen(text), 0644, &err) < 0) {
        fail_msg("%s", err.message);
    }
}

void
suite_run(struct suite *suite, enum pb_reader reader, const char *const *argv,
          double timeout)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    for (; *argv != NULL; argv++) {
        pb_strv_add(&words, *argv);
    }
    struct pb_trial_options options = {
        .argv = words.items,
        .environment = environ,
        .directory = suite->directory,
        .reader = reader,
        .results_path = suite->scratch,
        .log_path = suite->log,
        .timeout = timeout,
        .grace = 1,
    };
    pb_results_clear(&suite->results);
    if (pb_trial_run(&options, &suite->results, &err) < 0) {
        fail_msg("%s", err.message);
    }
}

void
suite_report(struct suite *suite, const char *python, const char *first,
             const char *second, const char *third)
{
    const char *argv[] = {python, REPORTER, first, second, third, NULL};
    suite_run(suite, PB_READER_UNITTEST, argv, LONG_ENOUGH);
}

void
suite_unittest(struct suite *suite, const char *module)
{
    suite_report(suite, "python3", "-m", "unittest", module);
}

static void
print_log(const struct suite *suite)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    (void)pb_fs_read_tail(suite->log, 4096, &log, &err);
    print_error("%s\n", log.data);
}

const struct pb_result *
suite_expect(const struct suite *suite, const char *id,
             enum pb_outcome outcome)
{
    const struct pb_result *result = pb_results_find(&suite->results, id);
    enum pb_outcome got = pb_results_outcome(&suite->results, id);
    if (result == NULL || got != outcome) {
        print_log(suite);
        fail_msg("'%s' is %s, not %s", id, pb_outcome_name(got),
                 pb_outcome_name(outcome));
    }
    return result;
}

void
suite_expect_said(const struct suite *suite, const char *id,
                  enum pb_outcome outcome, const char *type,
                  const char *message)
{
    const struct pb_result *result = suite_expect(suite, id, outcome);
    assert_string_equal(result->type == NULL ? "-" : result->type, type);
    assert_string_equal(result->message == NULL ? "-" : result->message,
                        message);
}
