/* Suites run by reporter.py under a real interpreter. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "trial/suite.h"

#define RUN PB_TEST_RUN

#define BASICS                                                                \
    "import unittest\n"                                                       \
    "class T(unittest.TestCase):\n"                                           \
    "    def test_pass(self): pass\n"                                         \
    "    def test_fail(self): self.assertEqual(1, 2)\n"                       \
    "    def test_error(self): raise KeyError('k')\n"                         \
    "    def test_skip(self): self.skipTest('no ssl')\n"                      \
    "    @unittest.expectedFailure\n"                                         \
    "    def test_xfail(self): self.fail('known')\n"                          \
    "    @unittest.expectedFailure\n"                                         \
    "    def test_xpass(self): pass\n"                                        \
    "    def test_both(self):\n"                                              \
    "        self.addCleanup(lambda: [][0])\n"                                \
    "        self.fail('first')\n"

static void
expect_basics(const struct suite *suite)
{
    suite_expect_said(suite, "suite.T.test_pass", PB_OUTCOME_PASS, "-", "-");
    suite_expect_said(suite, "suite.T.test_fail", PB_OUTCOME_FAIL,
                      "AssertionError", "1 != 2");
    suite_expect_said(suite, "suite.T.test_error", PB_OUTCOME_ERROR,
                      "KeyError", "'k'");
    suite_expect_said(suite, "suite.T.test_skip", PB_OUTCOME_SKIP, "-",
                      "no ssl");
    suite_expect_said(suite, "suite.T.test_xfail", PB_OUTCOME_XFAIL,
                      "AssertionError", "known");
    suite_expect_said(suite, "suite.T.test_xpass", PB_OUTCOME_XPASS, "-", "-");
    suite_expect_said(suite, "suite.T.test_both", PB_OUTCOME_ERROR,
                      "IndexError", "list index out of range");
    suite_expect(suite, RUN, PB_OUTCOME_PASS);
    assert_int_equal(pb_results_tests(&suite->results), 7);
    const struct pb_result *error =
        suite_expect(suite, "suite.T.test_error", PB_OUTCOME_ERROR);
    assert_non_null(strstr(error->trace, "in test_error"));
    assert_true(error->seconds >= 0);
}

static void
each_outcome_is_told(void **state)
{
    struct suite *suite = *state;
    suite_write(suite, "suite.py", BASICS);
    suite_unittest(suite, "suite");
    expect_basics(suite);
    assert_int_equal(suite->results.run.status, 1);
}

static void
python_2_says_the_same(void **state)
{
    struct suite *suite = *state;
    if (system("python2.7 -c '' >/dev/null 2>&1") != 0) {
        skip();
    }
    suite_write(suite, "suite.py", BASICS);
    suite_report(suite, "python2.7", "-m", "unittest", "suite");
    expect_basics(suite);
}

static void
a_script_runs_as_python_runs_it(void **state)
{
    struct suite *suite = *state;
    suite_write(suite, "helper.py", "VALUE = 3\n");
    suite_write(suite, "script.py",
                "import os, pickle, sys, unittest\n"
                "import __main__\n"
                "import helper\n"
                "class Here(object): pass\n"
                "class T(unittest.TestCase):\n"
                "    def test_argv(self):\n"
                "        self.assertEqual(sys.argv, ['script.py', 'a'])\n"
                "    def test_main(self):\n"
                "        self.assertEqual(__name__, '__main__')\n"
                "        self.assertEqual(__file__, 'script.py')\n"
                "        self.assertTrue(__main__.Here is Here)\n"
                "        pickle.loads(pickle.dumps(Here()))\n"
                "        self.assertTrue(hasattr(__builtins__, 'len'))\n"
                "    def test_path(self):\n"
                "        here = os.path.dirname(os.path.realpath(__file__))\n"
                "        self.assertEqual(os.path.realpath(sys.path[0]),"
                " here)\n"
                "    def test_no_trace_of_the_reporter(self):\n"
                "        self.assertTrue('PYBISECT_EVENTS' not in"
                " os.environ)\n"
                "        self.assertTrue('Recorder' not in globals())\n"
                "unittest.main(argv=['x'])\n");
    suite_report(suite, "python3", "script.py", "a", NULL);
    suite_expect(suite, "__main__.T.test_argv", PB_OUTCOME_PASS);
    suite_expect(suite, "__main__.T.test_main", PB_OUTCOME_PASS);
    suite_expect(suite, "__main__.T.test_path", PB_OUTCOME_PASS);
    suite_expect(suite, "__main__.T.test_no_trace_of_the_reporter",
                 PB_OUTCOME_PASS);
    suite_expect(suite, RUN, PB_OUTCOME_PASS);
}

static void
failed_sub_tests_are_told_and_count_for_their_parent(void **state)
{
    struct suite *suite = *state;
    suite_write(suite, "suite.py",
                "import unittest\n"
                "class T(unittest.TestCase):\n"
                "    def test_x(self):\n"
                "        for i in range(3):\n"
                "            with self.subTest('m', i=i, o=object()):\n"
                "                self.assertNotEqual(i, 1)\n"
                "    def test_fine(self):\n"
                "        with self.subTest(i=1): pass\n"
                "    def test_skipping(self):\n"
                "        with self.subTest(i=1): self.skipTest('s')\n");
    suite_unittest(suite, "suite");
    suite_expect_said(suite,
                      "suite.T.test_x [m] (i=1, o=<object object at 0x>)",
                      PB_OUTCOME_FAIL, "AssertionError", "1 == 1");
    suite_expect_said(suite, "suite.T.test_x", PB_OUTCOME_FAIL,
                      "AssertionError", "1 == 1");
    suite_expect(suite, "suite.T.test_fine", PB_OUTCOME_PASS);
    suite_expect(suite, "suite.T.test_skipping", PB_OUTCOME_SKIP);
    assert_int_equal(pb_results_tests(&suite->results), 4);
}

static void
fixtures_of_classes_and_modules_have_their_own_ids(void **state)
{
    struct suite *suite = *state;
    suite_write(suite, "suite.py",
                "import unittest\n"
                "class A(unittest.TestCase):\n"
                "    @classmethod\n"
                "    def setUpClass(cls): raise OSError('no')\n"
                "    def test_x(self): pass\n"
                "@unittest.skip('all of it')\n"
                "class B(unittest.TestCase):\n"
                "    def test_1(self): pass\n"
                "    def test_2(self): pass\n"
                "class C(unittest.TestCase):\n"
                "    @classmethod\n"
                "    def setUpClass(cls): raise unittest.SkipTest('later')\n"
                "    def test_x(self): pass\n"
                "def tearDownModule(): raise KeyError('t')\n");
    suite_unittest(suite, "suite");
    suite_expect_said(suite, "setUpClass (suite.A)", PB_OUTCOME_ERROR,
                      "OSError", "no");
    assert_null(pb_results_find(&suite->results, "suite.A.test_x"));
    suite_expect_said(suite, "suite.B.test_1", PB_OUTCOME_SKIP, "-",
                      "all of it");
    suite_expect(suite, "suite.B.test_2", PB_OUTCOME_SKIP);
    suite_expect_said(suite, "setUpClass (suite.C)", PB_OUTCOME_SKIP, "-",
                      "later");
    suite_expect_said(suite, "tearDownModule (suite)", PB_OUTCOME_ERROR,
                      "KeyError", "'t'");
    suite_expect(suite, RUN, PB_OUTCOME_PASS);
}

static void
an_import_error_is_what_was_raised_not_its_wrapper(void **state)
{
    struct suite *suite = *state;
    suite_write(suite, "suite.py", "import no_such_module_here\n");
    suite_unittest(suite, "suite");
    suite_expect_said(suite, "unittest.loader._FailedTest.suite",
                      PB_OUTCOME_ERROR, "ModuleNotFoundError",
                      "No module named 'no_such_module_here'");
    suite_expect(suite, RUN, PB_OUTCOME_PASS);
}

static void
an_exception_out_of_the_runner_fails_the_run(void **state)
{
    struct suite *suite = *state;
    suite_write(suite, "script.py", "import sys\nimport no_such_module\n");
    suite_report(suite, "python3", "script.py", NULL, NULL);
    suite_expect_said(suite, RUN, PB_OUTCOME_FAIL, "ModuleNotFoundError",
                      "No module named 'no_such_module'");
    suite_report(suite, "python3", "absent.py", NULL, NULL);
    suite_expect(suite, RUN, PB_OUTCOME_FAIL);
    assert_int_equal(pb_results_tests(&suite->results), 0);
    suite_report(suite, "python3", "-m", "no_such_module", NULL);
    const struct pb_result *run = suite_expect(suite, RUN, PB_OUTCOME_FAIL);
    assert_non_null(strstr(run->message, "no_such_module"));
}

/* Tests run in the order of their names: the last is the one that ends the
   process. */
static void
write_ending(const struct suite *suite, const char *statement)
{
    PB_AUTOFREE char *text =
        pb_asprintf("import ctypes, os, signal, sys, time, unittest\n"
                    "class T(unittest.TestCase):\n"
                    "    def test_a(self): pass\n"
                    "    def test_b(self): %s\n"
                    "    def test_c(self): pass\n",
                    statement);
    suite_write(suite, "suite.py", text);
}

static void
expect_cut(const struct suite *suite, enum pb_outcome outcome)
{
    suite_expect(suite, "suite.T.test_a", PB_OUTCOME_PASS);
    suite_expect(suite, "suite.T.test_b", outcome);
    assert_null(pb_results_find(&suite->results, "suite.T.test_c"));
}

static void
the_test_that_exits_the_process_crashed(void **state)
{
    struct suite *suite = *state;
    write_ending(suite, "os._exit(0)");
    suite_unittest(suite, "suite");
    expect_cut(suite, PB_OUTCOME_CRASHED);
    suite_expect_said(suite, "suite.T.test_b", PB_OUTCOME_CRASHED, "-",
                      "exit status 0");
    suite_expect_said(suite, RUN, PB_OUTCOME_FAIL, "-",
                      "the runner ended before its results: exit status 0");
}

static void
the_test_that_takes_a_signal_crashed(void **state)
{
    struct suite *suite = *state;
    write_ending(suite, "os.kill(os.getpid(), signal.SIGKILL)");
    suite_unittest(suite, "suite");
    expect_cut(suite, PB_OUTCOME_CRASHED);
    suite_expect_said(suite, "suite.T.test_b", PB_OUTCOME_CRASHED, "-",
                      "signal 9 (Killed)");
    suite_expect(suite, RUN, PB_OUTCOME_CRASHED);
}

static void
a_segmentation_fault_leaves_its_python_stack(void **state)
{
    struct suite *suite = *state;
    write_ending(suite, "ctypes.string_at(0)");
    suite_unittest(suite, "suite");
    expect_cut(suite, PB_OUTCOME_CRASHED);
    suite_expect_said(suite, "suite.T.test_b", PB_OUTCOME_CRASHED, "-",
                      "Fatal Python error: Segmentation fault");
    const struct pb_result *run = suite_expect(suite, RUN, PB_OUTCOME_CRASHED);
    assert_non_null(strstr(run->trace, "in test_b"));
}

static void
the_test_at_the_time_limit_hung(void **state)
{
    struct suite *suite = *state;
    static const char *const argv[] = {
        "python3", PB_SOURCE_DIR "/src/trial/reporter.py",
        "-m",      "unittest",
        "suite",   NULL};
    write_ending(suite, "time.sleep(100)");
    suite_run(suite, PB_READER_UNITTEST, argv, 2);
    expect_cut(suite, PB_OUTCOME_HUNG);
    suite_expect_said(suite, RUN, PB_OUTCOME_HUNG, "-", "time limit");
    assert_non_null(
        strstr(suite_expect(suite, "suite.T.test_b", PB_OUTCOME_HUNG)->trace,
               "in test_b"));
    /* One that takes our interrupt for a failure of its own. */
    write_ending(suite, "\n        try: time.sleep(100)\n"
                        "        except BaseException: os._exit(1)");
    suite_run(suite, PB_READER_UNITTEST, argv, 2);
    expect_cut(suite, PB_OUTCOME_HUNG);
}

static void
a_test_that_does_not_heed_interrupts_leaves_its_stack(void **state)
{
    struct suite *suite = *state;
    static const char *const argv[] = {
        "python3", PB_SOURCE_DIR "/src/trial/reporter.py",
        "-m",      "unittest",
        "suite",   NULL};
    write_ending(suite, "\n        signal.signal(signal.SIGINT, "
                        "signal.SIG_IGN); time.sleep(100)");
    suite_run(suite, PB_READER_UNITTEST, argv, 2);
    expect_cut(suite, PB_OUTCOME_HUNG);
    const struct pb_result *hung =
        suite_expect(suite, "suite.T.test_b", PB_OUTCOME_HUNG);
    assert_non_null(strstr(hung->trace, "(most recent call first)"));
    assert_non_null(strstr(hung->trace, "in test_b"));
}

static void
runners_inside_of_tests_are_not_heard(void **state)
{
    struct suite *suite = *state;
    suite_write(
        suite, "suite.py",
        "import io, unittest\n"
        "class Inner(unittest.TestCase):\n"
        "    def test_inner(self): self.fail('inner')\n"
        "    @classmethod\n"
        "    def tearDownClass(cls): raise OSError('inner')\n"
        "class Silent(unittest.TestResult):\n"
        "    def addFailure(self, test, err): pass\n"
        "class T(unittest.TestCase):\n"
        "    def test_outer(self):\n"
        "        tests = unittest.TestSuite([Inner('test_inner')])\n"
        "        unittest.TextTestRunner(stream=io.StringIO()).run(tests)\n"
        "        tests = unittest.TestSuite([Inner('test_inner')])\n"
        "        tests.run(Silent())\n"
        "    def test_result_of_its_own(self):\n"
        "        result = unittest.TestResult()\n"
        "        result.startTest(self)\n"
        "        result.addError(self, (OSError, OSError('x'), None))\n"
        "        result.stopTest(self)\n"
        "def load_tests(loader, tests, pattern):\n"
        "    return loader.loadTestsFromTestCase(T)\n");
    suite_unittest(suite, "suite");
    suite_expect(suite, "suite.T.test_outer", PB_OUTCOME_PASS);
    suite_expect(suite, "suite.T.test_result_of_its_own", PB_OUTCOME_PASS);
    suite_expect(suite, RUN, PB_OUTCOME_PASS);
    assert_int_equal(pb_results_tests(&suite->results), 2);
}

static void
results_that_do_not_call_their_base_are_heard(void **state)
{
    struct suite *suite = *state;
    suite_write(
        suite, "script.py",
        "import sys, unittest\n"
        "class Silent(unittest.TestResult):\n" /* as trial's */
        "    def addFailure(self, test, err): self.failures.append(test)\n"
        "class Own(object):\n" /* as nose2's */
        "    shouldStop = False\n"
        "    def startTest(self, test): pass\n"
        "    def stopTest(self, test): pass\n"
        "    def addSuccess(self, test): pass\n"
        "    def addFailure(self, test, err): pass\n"
        "    def addError(self, test, err): pass\n"
        "class Proxy(object):\n" /* as testtools' */
        "    def __init__(self, result): self.result = result\n"
        "    def __getattr__(self, name): return getattr(self.result, name)\n"
        "    def startTest(self, test): self.result.startTest(test)\n"
        "class T(unittest.TestCase):\n"
        "    def test_1(self): self.fail('one')\n"
        "    def test_2(self): self.fail('two')\n"
        "    def test_3(self): self.fail('three')\n"
        "T('test_1').run(Silent())\n"
        "T('test_2').run(Own())\n"
        "T('test_3').run(Proxy(Silent()))\n"
        "sys.exit(1)\n");
    suite_report(suite, "python3", "script.py", NULL, NULL);
    suite_expect_said(suite, "__main__.T.test_1", PB_OUTCOME_FAIL,
                      "AssertionError", "one");
    suite_expect_said(suite, "__main__.T.test_2", PB_OUTCOME_FAIL,
                      "AssertionError", "two");
    suite_expect_said(suite, "__main__.T.test_3", PB_OUTCOME_FAIL,
                      "AssertionError", "three");
    suite_expect(suite, RUN, PB_OUTCOME_PASS);
}

static void
children_of_tests_do_not_speak(void **state)
{
    struct suite *suite = *state;
    suite_write(
        suite, "suite.py",
        "import os, subprocess, sys, unittest\n"
        "class T(unittest.TestCase):\n"
        "    def test_fork(self):\n"
        "        pid = os.fork()\n"
        "        if pid == 0:\n"
        "            result = unittest.TestResult()\n"
        "            T('test_child').run(result)\n"
        "            self._outcome.result.addError(self,\n"
        "                (OSError, OSError('child'), None))\n"
        "            os._exit(0)\n"
        "        os.waitpid(pid, 0)\n"
        "    def test_inherited(self):\n"
        "        code = 'import os\\nfor i in range(3, 1100):\\n'\\\n"
        "            ' try: os.write(i, b\"x\"*99)\\n except OSError: pass'\n"
        "        subprocess.call([sys.executable, '-c', code],\n"
        "            close_fds=False)\n"
        "    def test_low_descriptors(self):\n"
        "        os.closerange(3, 100)\n");
    suite_unittest(suite, "suite");
    suite_expect(suite, "suite.T.test_fork", PB_OUTCOME_PASS);
    suite_expect(suite, "suite.T.test_inherited", PB_OUTCOME_PASS);
    suite_expect(suite, "suite.T.test_low_descriptors", PB_OUTCOME_PASS);
    suite_expect(suite, RUN, PB_OUTCOME_PASS);
    assert_int_equal(pb_results_tests(&suite->results), 3);
}

static void
any_bytes_may_be_printed_and_raised(void **state)
{
    struct suite *suite = *state;
    suite_write(
        suite, "suite.py",
        "import os, unittest\n"
        "class Odd(Exception):\n"
        "    def __str__(self): raise ValueError('no text')\n"
        "class T(unittest.TestCase):\n"
        "    def test_a_noise(self):\n"
        "        os.write(1, b'\\xff\\xfe\\0{\"e\":\"end\"}\\033[1m\\n')\n"
        "    def test_b_nul(self):\n"
        "        raise ValueError('a\\0b\\ud800c\\U0001f600\"\\\\\\x1b')\n"
        "    def test_c_odd(self): raise Odd()\n"
        "    def test_d_bytes(self): raise ValueError(b'\\xff')\n"
        "    def test_e_long(self): raise ValueError('x' * 1000000)\n");
    suite_unittest(suite, "suite");
    suite_expect(suite, "suite.T.test_a_noise", PB_OUTCOME_PASS);
    suite_expect_said(suite, "suite.T.test_b_nul", PB_OUTCOME_ERROR,
                      "ValueError", "a\\x00b\\ud800c\xF0\x9F\x98\x80\"\\\x1b");
    suite_expect_said(suite, "suite.T.test_c_odd", PB_OUTCOME_ERROR,
                      "suite.Odd", "<unprintable Odd>");
    suite_expect_said(suite, "suite.T.test_d_bytes", PB_OUTCOME_ERROR,
                      "ValueError", "b'\\xff'");
    const struct pb_result *longest =
        suite_expect(suite, "suite.T.test_e_long", PB_OUTCOME_ERROR);
    assert_in_range(strlen(longest->message), 8000, PB_LIMIT_MESSAGE_BYTES);
    suite_expect(suite, RUN, PB_OUTCOME_PASS);
}

static void
a_run_without_tests_failed(void **state)
{
    struct suite *suite = *state;
    suite_write(suite, "script.py", "pass\n");
    suite_report(suite, "python3", "script.py", NULL, NULL);
    suite_expect_said(suite, RUN, PB_OUTCOME_FAIL, "-", "no tests ran");
    suite_write(suite, "suite.py", "import unittest\n");
    suite_unittest(suite, "suite");
    suite_expect_said(suite, RUN, PB_OUTCOME_FAIL, "-", "no tests ran");
}

static void
a_status_that_no_test_explains_fails_the_run(void **state)
{
    struct suite *suite = *state;
    suite_write(suite, "script.py",
                "import sys, unittest\n"
                "class T(unittest.TestCase):\n"
                "    def test_x(self): pass\n"
                "unittest.main(exit=False)\n"
                "sys.exit('coverage is too low')\n");
    suite_report(suite, "python3", "script.py", NULL, NULL);
    const struct pb_result *run = suite_expect(suite, RUN, PB_OUTCOME_FAIL);
    assert_non_null(strstr(run->message, "coverage is too low"));
    suite_expect(suite, "__main__.T.test_x", PB_OUTCOME_PASS);
}

static void
thousands_of_tests_arrive_in_order(void **state)
{
    struct suite *suite = *state;
    suite_write(suite, "suite.py",
                "import unittest\n"
                "class T(unittest.TestCase): pass\n"
                "for i in range(5000):\n"
                "    setattr(T, 'test_%04d' % i, lambda self: None)\n");
    suite_unittest(suite, "suite");
    assert_int_equal(pb_results_count(&suite->results, PB_OUTCOME_PASS), 5000);
    assert_string_equal(suite->results.items[4999].id, "suite.T.test_4999");
    suite_expect(suite, RUN, PB_OUTCOME_PASS);
}

static void
the_suite_runs_even_where_unittest_is_broken(void **state)
{
    struct suite *suite = *state;
    suite_write(suite, "broken/unittest.py", "raise ImportError('broken')\n");
    suite_write(suite, "script.py", "print('did run')\nraise SystemExit(3)\n");
    static const char *const argv[] = {
        "env",       "PYTHONPATH=broken",
        "python3",   PB_SOURCE_DIR "/src/trial/reporter.py",
        "script.py", NULL};
    suite_run(suite, PB_READER_UNITTEST, argv, 60);
    suite_expect_said(suite, RUN, PB_OUTCOME_FAIL, "-", "did run");
    assert_int_equal(suite->results.run.status, 3);
}

#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, suite_setup, suite_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_outcome_is_told),
        TEST(python_2_says_the_same),
        TEST(a_script_runs_as_python_runs_it),
        TEST(failed_sub_tests_are_told_and_count_for_their_parent),
        TEST(fixtures_of_classes_and_modules_have_their_own_ids),
        TEST(an_import_error_is_what_was_raised_not_its_wrapper),
        TEST(an_exception_out_of_the_runner_fails_the_run),
        TEST(the_test_that_exits_the_process_crashed),
        TEST(the_test_that_takes_a_signal_crashed),
        TEST(a_segmentation_fault_leaves_its_python_stack),
        TEST(the_test_at_the_time_limit_hung),
        TEST(a_test_that_does_not_heed_interrupts_leaves_its_stack),
        TEST(runners_inside_of_tests_are_not_heard),
        TEST(results_that_do_not_call_their_base_are_heard),
        TEST(children_of_tests_do_not_speak),
        TEST(any_bytes_may_be_printed_and_raised),
        TEST(a_run_without_tests_failed),
        TEST(a_status_that_no_test_explains_fails_the_run),
        TEST(thousands_of_tests_arrive_in_order),
        TEST(the_suite_runs_even_where_unittest_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
