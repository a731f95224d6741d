/* Commands run as trials: exit statuses, steps, and readers of files. */
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

static void
run_shell(struct suite *suite, enum pb_reader reader, const char *command,
          double timeout)
{
    const char *const argv[] = {"sh", "-c", command, NULL};
    suite_run(suite, reader, argv, timeout);
}

static void
expect_status(struct suite *suite, const char *command,
              enum pb_outcome outcome)
{
    run_shell(suite, PB_READER_STATUS, command, 60);
    suite_expect(suite, PB_TEST_COMMAND, outcome);
    assert_int_equal(suite->results.len, 1);
}

static void
an_exit_status_is_a_result(void **state)
{
    struct suite *suite = *state;
    expect_status(suite, "exit 0", PB_OUTCOME_PASS);
    expect_status(suite, "exit 1", PB_OUTCOME_FAIL);
    expect_status(suite, "exit 124", PB_OUTCOME_FAIL);
    expect_status(suite, "exit 125", PB_OUTCOME_SKIP);
    expect_status(suite, "exit 126", PB_OUTCOME_FAIL);
    expect_status(suite, "exit 127", PB_OUTCOME_FAIL);
    expect_status(suite, "exit 128", PB_OUTCOME_CRASHED);
    expect_status(suite, "exit 139", PB_OUTCOME_CRASHED);
    expect_status(suite, "kill -SEGV $$", PB_OUTCOME_CRASHED);
    run_shell(suite, PB_READER_STATUS, "sleep 100", 0.3);
    suite_expect(suite, PB_TEST_COMMAND, PB_OUTCOME_HUNG);
}

static void
a_commands_message_is_its_last_lines_without_colours(void **state)
{
    struct suite *suite = *state;
    run_shell(suite, PB_READER_STATUS,
              "for i in 1 2 3 4 5 6; do echo line $i; echo; done;"
              "printf '\\033[31mred\\033[0m\\n\\n' >&2; exit 1",
              60);
    suite_expect_said(suite, PB_TEST_COMMAND, PB_OUTCOME_FAIL, "-",
                      "line 3\nline 4\nline 5\nline 6\nred");
}

#define XML                                                                   \
    "<testsuite><testcase classname=\"m\" name=\"a\"/>"                       \
    "<testcase classname=\"m\" name=\"b\">%s</testcase></testsuite>"

static void
write_xml(struct suite *suite, const char *name, const char *verdict)
{
    PB_AUTOFREE char *text = pb_asprintf(XML, verdict);
    suite_write(suite, name, text);
}

static void
a_junit_file_and_its_status_make_a_run(void **state)
{
    struct suite *suite = *state;
    write_xml(suite, "good.xml", "");
    write_xml(suite, "bad.xml", "<failure message='E: x'/>");
    run_shell(suite, PB_READER_JUNIT, "cp good.xml scratch", 60);
    suite_expect(suite, PB_TEST_RUN, PB_OUTCOME_PASS);
    run_shell(suite, PB_READER_JUNIT, "cp bad.xml scratch; exit 1", 60);
    suite_expect(suite, "m.b", PB_OUTCOME_FAIL);
    suite_expect(suite, PB_TEST_RUN, PB_OUTCOME_PASS);
    run_shell(suite, PB_READER_JUNIT,
              "cp good.xml scratch; echo INTERNALERROR; exit 3", 60);
    suite_expect_said(suite, PB_TEST_RUN, PB_OUTCOME_FAIL, "-",
                      "INTERNALERROR");
    run_shell(suite, PB_READER_JUNIT, "cp good.xml scratch; kill -ABRT $$",
              60);
    suite_expect(suite, "m.a", PB_OUTCOME_PASS);
    suite_expect_said(suite, PB_TEST_RUN, PB_OUTCOME_CRASHED, "-",
                      "signal 6 (Aborted)");
}

static void
an_older_results_file_is_not_read(void **state)
{
    struct suite *suite = *state;
    write_xml(suite, "scratch", "");
    run_shell(suite, PB_READER_JUNIT, "true", 60);
    assert_int_equal(pb_results_tests(&suite->results), 0);
    suite_expect_said(suite, PB_TEST_RUN, PB_OUTCOME_FAIL, "-",
                      "no tests ran");
}

static void
a_torn_results_file_is_not_an_orderly_run(void **state)
{
    struct suite *suite = *state;
    write_xml(suite, "good.xml", "");
    run_shell(suite, PB_READER_JUNIT, "head -c 60 good.xml >scratch", 60);
    suite_expect(suite, "m.a", PB_OUTCOME_PASS);
    suite_expect_said(suite, PB_TEST_RUN, PB_OUTCOME_FAIL, "-",
                      "the runner ended before its results: exit status 0");
}

static void
pytests_status_for_nothing_collected_is_no_tests(void **state)
{
    struct suite *suite = *state;
    run_shell(suite, PB_READER_JUNIT,
              "echo '<testsuite/>' >scratch; echo 'no tests ran in 0.1s';"
              "exit 5",
              60);
    suite_expect_said(suite, PB_TEST_RUN, PB_OUTCOME_FAIL, "-",
                      "no tests ran");
}

static void
subunit_is_read_out_of_the_log(void **state)
{
    struct suite *suite = *state;
    run_shell(suite, PB_READER_SUBUNIT,
              "echo 'test: m.a'; echo noise >&2; echo 'successful: m.a';"
              "echo 'test: m.b'; kill -SEGV $$",
              60);
    suite_expect(suite, "m.a", PB_OUTCOME_PASS);
    suite_expect_said(suite, "m.b", PB_OUTCOME_CRASHED, "-",
                      "signal 11 (Segmentation fault)");
    suite_expect(suite, PB_TEST_RUN, PB_OUTCOME_CRASHED);
    run_shell(suite, PB_READER_SUBUNIT,
              "echo 'test: m.a'; echo 'failure: m.a ['; echo 'E: x';"
              "echo ']'; echo 'test: m.b'; exit 3",
              60);
    suite_expect_said(suite, "m.b", PB_OUTCOME_CRASHED, "-", "exit status 3");
    suite_expect_said(suite, PB_TEST_RUN, PB_OUTCOME_FAIL, "-",
                      "the runner ended before its results: exit status 3");
}

static void
a_command_shows_its_tests_where_they_are_known(void **state)
{
    struct suite *suite = *state;
    run_shell(suite, PB_READER_STATUS,
              "echo 'test_a (m.T.test_a) ... ok';"
              "echo 'test_b (m.T.test_b) ... FAIL'; exit 1",
              60);
    suite_expect(suite, PB_TEST_COMMAND, PB_OUTCOME_FAIL);
    suite_expect(suite, "m.T.test_a", PB_OUTCOME_PASS);
    suite_expect(suite, "m.T.test_b", PB_OUTCOME_FAIL);
    assert_null(pb_results_find(&suite->results, PB_TEST_RUN));
    run_shell(suite, PB_READER_STATUS, "echo 1..1; echo ok 1 - a", 60);
    suite_expect(suite, "a", PB_OUTCOME_PASS);
    run_shell(suite, PB_READER_STATUS, "echo 'test: m.a'; echo 'success: m.a'",
              60);
    suite_expect(suite, "m.a", PB_OUTCOME_PASS);
}

/* Neither what the tests say, nor what they are called. */
static void
a_commands_status_alone_decides_about_it(void **state)
{
    struct suite *suite = *state;
    run_shell(suite, PB_READER_STATUS,
              "echo 1..2; echo not ok 1 - a; echo 'not ok 2 - (command)'", 60);
    suite_expect(suite, PB_TEST_COMMAND, PB_OUTCOME_PASS);
    suite_expect(suite, "a", PB_OUTCOME_FAIL);
    run_shell(suite, PB_READER_STATUS, "echo 1..1; echo ok 1 - a; exit 1", 60);
    suite_expect(suite, PB_TEST_COMMAND, PB_OUTCOME_FAIL);
    run_shell(suite, PB_READER_STATUS, "echo 1..1; echo ok 1 - a; exit 125",
              60);
    suite_expect(suite, PB_TEST_COMMAND, PB_OUTCOME_SKIP);
}

static void
a_command_that_died_leaves_the_test_that_ran(void **state)
{
    struct suite *suite = *state;
    run_shell(suite, PB_READER_STATUS,
              "printf 'test_a (m.T.test_a) ... '; kill -SEGV $$", 60);
    suite_expect(suite, PB_TEST_COMMAND, PB_OUTCOME_CRASHED);
    suite_expect_said(suite, "m.T.test_a", PB_OUTCOME_CRASHED, "-",
                      "signal 11 (Segmentation fault)");
    run_shell(suite, PB_READER_STATUS, "printf 'test_a (m.T.test_a) ... '",
              60);
    assert_int_equal(suite->results.len, 1);
}

static void
a_command_of_no_known_format_is_its_status_alone(void **state)
{
    struct suite *suite = *state;
    run_shell(suite, PB_READER_STATUS,
              "echo 'checking for cc ... ok'; echo 'ok'; echo 'test: all';"
              "echo 'error: no'; echo '1 passed'; exit 1",
              60);
    assert_int_equal(suite->results.len, 1);
}

static void
text_tap_and_patterns_are_read_out_of_the_log(void **state)
{
    struct suite *suite = *state;
    run_shell(suite, PB_READER_TEXT,
              "echo 'test_a (m.T) ... ok' >&2; echo 'Ran 1 test in 0.1s'", 60);
    suite_expect(suite, "m.T.test_a", PB_OUTCOME_PASS);
    suite_expect(suite, PB_TEST_RUN, PB_OUTCOME_PASS);
    run_shell(suite, PB_READER_TAP, "echo 1..2; echo ok 1 - a", 60);
    suite_expect(suite, "a", PB_OUTCOME_PASS);
    suite_expect_said(suite, PB_TEST_RUN, PB_OUTCOME_FAIL, "-",
                      "the runner ended before its results: exit status 0");
    run_shell(suite, PB_READER_TAP, "echo 'Bail out! no server'; exit 1", 60);
    suite_expect_said(suite, PB_TEST_RUN, PB_OUTCOME_FAIL, "-", "no server");
}

static void
patterns_are_read_out_of_the_log(void **state)
{
    struct suite *suite = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv patterns = PB_STRV_INIT;
    pb_strv_add(&argv, "echo");
    pb_strv_add(&argv, "OK a");
    pb_strv_add(&patterns, "pass=^OK (?<id>.*)");
    struct pb_trial_options options = {.argv = argv.items,
                                       .environment = environ,
                                       .directory = suite->directory,
                                       .reader = PB_READER_PATTERN,
                                       .results_path = suite->scratch,
                                       .patterns = &patterns,
                                       .log_path = suite->log,
                                       .timeout = 60};
    assert_int_equal(pb_trial_run(&options, &suite->results, &err), 0);
    suite_expect(suite, "a", PB_OUTCOME_PASS);
    suite_expect(suite, PB_TEST_RUN, PB_OUTCOME_PASS);
}

static struct pb_trial_options
step_options(const struct suite *suite, char *const *argv)
{
    return (struct pb_trial_options){.argv = argv,
                                     .environment = environ,
                                     .directory = suite->directory,
                                     .log_path = suite->log,
                                     .timeout = 60};
}

static bool
step(struct suite *suite, const char *command)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    pb_strv_add(&argv, "sh");
    pb_strv_add(&argv, "-c");
    pb_strv_add(&argv, command);
    struct pb_trial_options options = step_options(suite, argv.items);
    bool passed = false;
    if (pb_trial_step(&options, PB_TEST_PREPARE, &suite->results, &passed,
                      &err) < 0)
    {
        fail_msg("%s", err.message);
    }
    return passed;
}

static void
steps_of_a_phase_make_one_result(void **state)
{
    struct suite *suite = *state;
    assert_true(step(suite, "true"));
    assert_true(step(suite, "true"));
    suite_expect(suite, PB_TEST_PREPARE, PB_OUTCOME_PASS);
    assert_false(step(suite, "echo 'a.c:1:2: error: no tp_print'; exit 125"));
    suite_expect_said(suite, PB_TEST_PREPARE, PB_OUTCOME_FAIL, "-",
                      "a.c:1:2: error: no tp_print");
    assert_int_equal(suite->results.len, 1);
    assert_int_equal(suite->results.run.status, 125);
    assert_false(step(suite, "kill -9 $$"));
    suite_expect_said(suite, PB_TEST_PREPARE, PB_OUTCOME_CRASHED, "-",
                      "signal 9 (Killed)");
}

static void
what_cannot_be_run_is_an_error(void **state)
{
    struct suite *suite = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    pb_strv_add(&argv, "/nonexistent/python");
    struct pb_trial_options options = step_options(suite, argv.items);
    options.results_path = suite->scratch;
    options.reader = PB_READER_UNITTEST;
    assert_int_equal(pb_trial_run(&options, &suite->results, &err), -1);
    assert_non_null(strstr(err.message, "/nonexistent/python"));
    assert_int_equal(suite->results.len, 0);
    struct pb_error other = PB_ERROR_INIT;
    PB_AUTOFREE char *absent =
        pb_path_join(suite->directory, "absent/scratch");
    options.results_path = absent;
    assert_int_equal(pb_trial_run(&options, &suite->results, &other), -1);
    assert_non_null(strstr(other.message, absent));
}

static void
a_cancelled_run_has_no_results(void **state)
{
    struct suite *suite = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_cancel cancel = {.requested = 1};
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    pb_strv_add(&argv, "sleep");
    pb_strv_add(&argv, "100");
    struct pb_trial_options options = step_options(suite, argv.items);
    options.reader = PB_READER_STATUS;
    options.cancel = &cancel;
    assert_int_equal(pb_trial_run(&options, &suite->results, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CANCELLED);
    assert_int_equal(suite->results.len, 0);
}

static void
readers_have_names_that_parse_back(void **state)
{
    (void)state;
    for (int i = PB_READER_UNITTEST; i <= PB_READER_PATTERN; i++) {
        enum pb_reader reader = PB_READER_UNITTEST;
        assert_true(
            pb_reader_parse(pb_reader_name((enum pb_reader)i), &reader));
        assert_int_equal(reader, i);
    }
    enum pb_reader reader = PB_READER_JUNIT;
    assert_false(pb_reader_parse("nose", &reader));
    assert_int_equal(reader, PB_READER_JUNIT);
}

#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, suite_setup, suite_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_exit_status_is_a_result),
        TEST(a_commands_message_is_its_last_lines_without_colours),
        TEST(a_junit_file_and_its_status_make_a_run),
        TEST(an_older_results_file_is_not_read),
        TEST(a_torn_results_file_is_not_an_orderly_run),
        TEST(pytests_status_for_nothing_collected_is_no_tests),
        TEST(subunit_is_read_out_of_the_log),
        TEST(a_command_shows_its_tests_where_they_are_known),
        TEST(a_commands_status_alone_decides_about_it),
        TEST(a_command_that_died_leaves_the_test_that_ran),
        TEST(a_command_of_no_known_format_is_its_status_alone),
        TEST(text_tap_and_patterns_are_read_out_of_the_log),
        TEST(patterns_are_read_out_of_the_log),
        TEST(steps_of_a_phase_make_one_result),
        TEST(what_cannot_be_run_is_an_error),
        TEST(a_cancelled_run_has_no_results),
        cmocka_unit_test(readers_have_names_that_parse_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
