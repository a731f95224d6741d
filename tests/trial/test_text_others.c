/* What trial and pytest print. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pybisect/alloc.h"
#include "trial/sample.h"

static void
read_string(const char *text, struct pb_results *out, bool *orderly)
{
    sample_read(pb_read_text, text, strlen(text), out, orderly);
}

static void
read_sample(const char *name, struct pb_results *out, bool *orderly)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    sample_load(name, &text);
    sample_read(pb_read_text, text.data, text.len, out, orderly);
}

static void
trials_tree_is_read(void **state)
{
    (void)state;
    bool orderly = false;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_sample("text/trial.txt", &results, &orderly);
    assert_true(orderly);
    assert_int_equal(results.len, 10);
    sample_expect(&results, "test_tw.T.test_out", PB_OUTCOME_PASS);
    sample_expect_said(&results, "test_tw.T.test_skip", PB_OUTCOME_SKIP, "-",
                       "tw skip");
    sample_expect_said(&results, "test_tw.T.test_both", PB_OUTCOME_ERROR,
                       "builtins.IndexError", "list index out of range");
    sample_expect_said(&results, "test_tw.T.test_err", PB_OUTCOME_ERROR,
                       "builtins.ValueError", "logged");
    sample_expect(&results, "test_tw.T.test_todo", PB_OUTCOME_XFAIL);
    sample_expect(&results, "test_tw.T.test_todopass", PB_OUTCOME_XPASS);
    sample_expect_said(&results, "test_broken", PB_OUTCOME_ERROR,
                       "builtins.ModuleNotFoundError",
                       "No module named 'nonexistent_module'");
}

/* trial's summary can crash: the verdicts are told by then. */
static void
a_runner_that_crashed_was_not_orderly(void **state)
{
    (void)state;
    bool orderly = true;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_sample("text/trial-crashed.txt", &results, &orderly);
    assert_false(orderly);
    assert_int_equal(results.len, 26);
    assert_int_equal(pb_results_count(&results, PB_OUTCOME_CRASHED), 0);
    sample_expect(&results, "test_sample.Basics.test_prints", PB_OUTCOME_PASS);
    sample_expect(&results, "test_sample.Basics.test_both", PB_OUTCOME_ERROR);
}

/* Its own traceback stands where the ids of a section do. */
static void
the_lines_of_trials_own_traceback_are_no_tests(void **state)
{
    (void)state;
    bool orderly = true;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("test_suite\n  T\n    test_skip ...        [SKIPPED]\n"
                "    test_xfail ...        [TODO]\n\n"
                "============================================================"
                "===================\n"
                "[SKIPPED]\nno ssl\n\ntest_suite.T.test_skip\n"
                "Traceback (most recent call last):\n"
                "  File \"/deps/twisted/trial/runner.py\", line 906, in "
                "_runWithoutDecoration\n"
                "    result.done()\n"
                "    ^^^^^^^^^^^^^\n"
                "AttributeError: 'tuple' object has no attribute 'frames'\n",
                &results, &orderly);
    assert_false(orderly);
    assert_int_equal(results.len, 2);
    sample_expect_said(&results, "test_suite.T.test_skip", PB_OUTCOME_SKIP,
                       "-", "no ssl");
    sample_expect(&results, "test_suite.T.test_xfail", PB_OUTCOME_XFAIL);
}

static void
a_class_of_the_same_name_is_not_named_again(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("twisted.test.test_a\n  T\n    test_x ...        [OK]\n"
                "twisted.test.test_b\n    test_x ...        [FAIL]\n"
                "    test_y ... ",
                &results, NULL);
    assert_int_equal(results.len, 3);
    sample_expect(&results, "twisted.test.test_a.T.test_x", PB_OUTCOME_PASS);
    sample_expect(&results, "twisted.test.test_b.T.test_x", PB_OUTCOME_FAIL);
    sample_expect(&results, "twisted.test.test_b.T.test_y",
                  PB_OUTCOME_CRASHED);
}

static void
expect_pytest(const struct pb_results *results)
{
    sample_expect(results, "test_py.py::test_p[x y]", PB_OUTCOME_PASS);
    sample_expect(results, "test_py.py::test_p[[b]]", PB_OUTCOME_PASS);
    sample_expect(results, "test_py.py::test_p[a\\x00b]", PB_OUTCOME_PASS);
    sample_expect_said(results, "test_py.py::test_xf", PB_OUTCOME_XFAIL, "-",
                       "known bug");
    sample_expect(results, "test_py.py::test_xp", PB_OUTCOME_XPASS);
    sample_expect(results, "test_py.py::test_xps", PB_OUTCOME_XPASS);
    sample_expect_said(results, "test_py.py::TestC::test_raise",
                       PB_OUTCOME_FAIL, "ValueError", "x - y");
    sample_expect_said(results, "test_py.py::test_long", PB_OUTCOME_FAIL,
                       "AssertionError",
                       "assert [1, 1, 1, 1, 1, 1, ...] == "
                       "[2, 2, 2, 2, 2, 2, ...]");
    sample_expect_said(results, "test_py.py::test_setup", PB_OUTCOME_ERROR,
                       "OSError", "setup");
    sample_expect_said(results, "test_py.py::test_teardown", PB_OUTCOME_ERROR,
                       "OSError", "teardown");
    sample_expect_said(results, "test_sample.py::Basics::test_both",
                       PB_OUTCOME_ERROR, "IndexError",
                       "list index out of range");
}

static void
pytests_verbose_lines_are_read(void **state)
{
    (void)state;
    bool orderly = false;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_sample("text/pytest-v.txt", &results, &orderly);
    assert_true(orderly);
    assert_int_equal(results.len, 27);
    expect_pytest(&results);
    sample_expect_said(&results, "test_py.py::test_sk", PB_OUTCOME_SKIP, "-",
                       "why not");
    sample_expect_said(&results, "test_broken.py", PB_OUTCOME_ERROR,
                       "ModuleNotFoundError",
                       "No module named 'nonexistent_module'");
}

static void
pytests_output_without_capture_is_read(void **state)
{
    (void)state;
    bool orderly = false;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_sample("text/pytest-s.txt", &results, &orderly);
    assert_true(orderly);
    expect_pytest(&results);
    sample_expect(&results, "test_sample.py::Basics::test_prints",
                  PB_OUTCOME_PASS);
}

static void
pytests_coloured_summary_is_read(void **state)
{
    (void)state;
    bool orderly = false;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_sample("text/pytest-rA.txt", &results, &orderly);
    assert_true(orderly);
    expect_pytest(&results);
}

static void
pytests_unfinished_line_is_the_cut_test(void **state)
{
    (void)state;
    bool orderly = true;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_sample("text/pytest-crash.txt", &results, &orderly);
    assert_false(orderly);
    assert_int_equal(results.len, 2);
    sample_expect(&results, "test_crash.py::T::test_b", PB_OUTCOME_CRASHED);
}

/* The same title in two files: pytest keeps the order. */
static void
sections_of_one_title_go_to_their_tests_in_order(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("a.py::test_x FAILED\nb.py::test_x ERROR\nc.py::test_x FAILED"
                "\n=== ERRORS ===\n"
                "___ ERROR at setup of test_x ___\nE   OSError: b\n"
                "=== FAILURES ===\n"
                "____ test_x ____\nE   ValueError: a\n_ _ _ _ _\nmore\n"
                "____ test_x ____\nE   KeyError: c\n"
                "=== 2 failed, 1 error in 1.00s ===\n",
                &results, NULL);
    sample_expect_said(&results, "a.py::test_x", PB_OUTCOME_FAIL, "ValueError",
                       "a");
    sample_expect_said(&results, "b.py::test_x", PB_OUTCOME_ERROR, "OSError",
                       "b");
    sample_expect_said(&results, "c.py::test_x", PB_OUTCOME_FAIL, "KeyError",
                       "c");
}

/* --tb=native: Python's own form, and then what the test printed. */
static void
pytests_native_tracebacks_are_read(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("a.py::test_x FAILED\n=== FAILURES ===\n"
                "____ test_x ____\n"
                "Traceback (most recent call last):\n"
                "  File \"/w/a.py\", line 3, in test_x\n"
                "    f()\n"
                "mod.Odd: why: because\n"
                "--------------------------- Captured stderr call "
                "---------------------------\n"
                "Traceback (most recent call last):\n"
                "  File \"/w/b.py\", line 3, in g\n"
                "OSError: printed\n"
                "=== short test summary info ===\n"
                "FAILED a.py::test_x - mod.Odd: why: because\n"
                "=== 1 failed in 1.00s ===\n",
                &results, NULL);
    sample_expect_said(&results, "a.py::test_x", PB_OUTCOME_FAIL, "mod.Odd",
                       "why: because");
}

static void
workers_lines_and_a_quiet_summary_are_read(void **state)
{
    (void)state;
    bool orderly = false;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("[gw0] [ 33%] PASSED t.py::test_a\n"
                "[gw1] [ 66%] FAILED t.py::test_b[x y]\n"
                "=== short test summary info ===\n"
                "FAILED t.py::test_b[x y] - ValueError: why\n"
                "SKIPPED [1] t.py:3: not here\n"
                "1 failed, 1 passed in 0.10s\n",
                &results, &orderly);
    assert_true(orderly);
    assert_int_equal(results.len, 2);
    sample_expect(&results, "t.py::test_a", PB_OUTCOME_PASS);
    sample_expect_said(&results, "t.py::test_b[x y]", PB_OUTCOME_FAIL,
                       "ValueError", "why");
}

static void
brackets_that_do_not_match_end_the_id_all_the_same(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("t.py::test_a[[ x] PASSED      [ 50%]\n"
                "t.py::test_b[]]] PASSED      [100%]\n",
                &results, NULL);
    assert_int_equal(results.len, 2);
    sample_expect(&results, "t.py::test_a[[ x]", PB_OUTCOME_PASS);
    sample_expect(&results, "t.py::test_b[]]]", PB_OUTCOME_PASS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trials_tree_is_read),
        cmocka_unit_test(a_runner_that_crashed_was_not_orderly),
        cmocka_unit_test(the_lines_of_trials_own_traceback_are_no_tests),
        cmocka_unit_test(a_class_of_the_same_name_is_not_named_again),
        cmocka_unit_test(pytests_verbose_lines_are_read),
        cmocka_unit_test(pytests_output_without_capture_is_read),
        cmocka_unit_test(pytests_coloured_summary_is_read),
        cmocka_unit_test(pytests_unfinished_line_is_the_cut_test),
        cmocka_unit_test(sections_of_one_title_go_to_their_tests_in_order),
        cmocka_unit_test(pytests_native_tracebacks_are_read),
        cmocka_unit_test(workers_lines_and_a_quiet_summary_are_read),
        cmocka_unit_test(brackets_that_do_not_match_end_the_id_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
