/* One suite through the runners that this machine has, each read by the
   readers that know it: they must agree on what the runner tells apart. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "pybisect/alloc.h"
#include "trial/suite.h"

#define LONG_ENOUGH 120

static const char suite_file[] =
    "import sys, unittest\n"
    "class T(unittest.TestCase):\n"
    "    def test_pass(self): pass\n"
    "    def test_fail(self): self.assertEqual(1, 2)\n"
    "    def test_error(self): raise KeyError('k')\n"
    "    def test_skip(self): self.skipTest('no ssl')\n"
    "    def test_prints(self):\n"
    "        sys.stderr.write('on stderr: ok\\nhalf a line')\n"
    "    def test_documented(self):\n"
    "        '''Says ... ok'''\n"
    "        raise OSError('disk')\n"
    "    @unittest.expectedFailure\n"
    "    def test_xfail(self): self.fail('known')\n"
    "    def test_sub(self):\n"
    "        for i in range(3):\n"
    "            with self.subTest(i=i):\n"
    "                self.assertNotEqual(i, 1)\n";

/* What a runner makes of the file's ids, and whether an error is a failure
   to it. */
struct dialect {
    const char *prefix;
    bool errors_fail;
};

static void
expect(const struct suite *suite, const struct dialect *dialect,
       const char *name, enum pb_outcome outcome)
{
    if (outcome == PB_OUTCOME_ERROR && dialect->errors_fail) {
        outcome = PB_OUTCOME_FAIL;
    }
    PB_AUTOFREE char *id = pb_asprintf("%s%s", dialect->prefix, name);
    (void)suite_expect(suite, id, outcome);
}

static void
expect_suite(const struct suite *suite, const struct dialect *dialect)
{
    expect(suite, dialect, "test_pass", PB_OUTCOME_PASS);
    expect(suite, dialect, "test_prints", PB_OUTCOME_PASS);
    expect(suite, dialect, "test_fail", PB_OUTCOME_FAIL);
    expect(suite, dialect, "test_sub", PB_OUTCOME_FAIL);
    expect(suite, dialect, "test_error", PB_OUTCOME_ERROR);
    expect(suite, dialect, "test_documented", PB_OUTCOME_ERROR);
    expect(suite, dialect, "test_skip", PB_OUTCOME_SKIP);
    expect(suite, dialect, "test_xfail", PB_OUTCOME_XFAIL);
}

static const struct dialect unittest = {"test_suite.T.", false};
static const struct dialect node_ids = {"test_suite.py::T::", true};

static void
require(const char *module)
{
    char *command =
        pb_asprintf("python3 -c 'import %s' >/dev/null 2>&1", module);
    bool there = system(command) == 0;
    free(command);
    if (!there) {
        skip(); /* does not return */
    }
}

static void
run(struct suite *suite, enum pb_reader reader, const char *const *argv)
{
    suite_write(suite, "test_suite.py", suite_file);
    suite_run(suite, reader, argv, LONG_ENOUGH);
}

static void
run_module(struct suite *suite, enum pb_reader reader, const char *module,
           const char *option)
{
    const char *argv[] = {"python3", "-m", module, option, "test_suite", NULL};
    run(suite, reader, argv);
}

static void
unittest_by_the_reporter_and_as_text(void **state)
{
    struct suite *suite = *state;
    suite_write(suite, "test_suite.py", suite_file);
    suite_unittest(suite, "test_suite");
    expect_suite(suite, &unittest);
    size_t tests = pb_results_tests(&suite->results);
    run_module(suite, PB_READER_TEXT, "unittest", "-v");
    expect_suite(suite, &unittest);
    suite_expect(suite, PB_TEST_RUN, PB_OUTCOME_PASS);
    suite_expect_said(suite, "test_suite.T.test_documented", PB_OUTCOME_ERROR,
                      "OSError", "disk");
    assert_int_equal(pb_results_tests(&suite->results), tests);
}

static void
unittest_as_a_command(void **state)
{
    struct suite *suite = *state;
    run_module(suite, PB_READER_STATUS, "unittest", "-v");
    suite_expect(suite, PB_TEST_COMMAND, PB_OUTCOME_FAIL);
    expect_suite(suite, &unittest);
}

static void
pytest_as_text_and_as_junit(void **state)
{
    static const char *const text[] = {
        "python3",          "-m", "pytest",        "-p",
        "no:cacheprovider", "-v", "test_suite.py", NULL};
    static const char *const xml[] = {"python3",
                                      "-m",
                                      "pytest",
                                      "-p",
                                      "no:cacheprovider",
                                      "-o",
                                      "junit_family=xunit1",
                                      "--junitxml=scratch",
                                      "test_suite.py",
                                      NULL};
    struct suite *suite = *state;
    require("pytest");
    run(suite, PB_READER_TEXT, text);
    expect_suite(suite, &node_ids);
    suite_expect(suite, PB_TEST_RUN, PB_OUTCOME_PASS);
    run(suite, PB_READER_JUNIT, xml);
    expect_suite(suite, &node_ids);
}

static void
trial_as_text_and_as_subunit(void **state)
{
    struct suite *suite = *state;
    require("twisted.trial");
    run_module(suite, PB_READER_TEXT, "twisted.trial", "--reporter=verbose");
    expect_suite(suite, &unittest);
    run_module(suite, PB_READER_SUBUNIT, "twisted.trial",
               "--reporter=subunit");
    expect_suite(suite, &unittest);
}

static void
nose2_as_text(void **state)
{
    struct suite *suite = *state;
    require("nose2");
    run_module(suite, PB_READER_TEXT, "nose2", "-v");
    expect_suite(suite, &unittest);
}

static void
subunit_in_packets(void **state)
{
    static const struct dialect packets = {"test_suite.T.", true};
    static const char *const argv[] = {"python3", "-m", "subunit.run",
                                       "test_suite", NULL};
    struct suite *suite = *state;
    require("subunit");
    run(suite, PB_READER_SUBUNIT, argv);
    expect_suite(suite, &packets);
}

#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, suite_setup, suite_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unittest_by_the_reporter_and_as_text),
        TEST(unittest_as_a_command),
        TEST(pytest_as_text_and_as_junit),
        TEST(trial_as_text_and_as_subunit),
        TEST(nose2_as_text),
        TEST(subunit_in_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
