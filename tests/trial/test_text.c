/* What unittest, Django and nose2 print, and what tests print between. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "trial/sample.h"

#define TAIL                                                                  \
    "\n---------------------------------------------------------------------" \
    "-\nRan 9 tests in 0.001s\n\nOK\n"
#define RULE                                                                  \
    "======================================================================"  \
    "\n"
#define THIN                                                                  \
    "----------------------------------------------------------------------"  \
    "\n"

static void
read_string(const char *text, struct pb_results *out, bool *orderly)
{
    sample_read(pb_read_text, text, strlen(text), out, orderly);
}

static void
read_sample(const char *name, struct pb_results *out)
{
    bool orderly = false;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    sample_load(name, &text);
    sample_read(pb_read_text, text.data, text.len, out, &orderly);
    assert_true(orderly);
}

static void
expect_basics(const struct pb_results *results)
{
    static const char prefix[] = "test_sample.Basics.";
    static const struct {
        const char *name;
        enum pb_outcome outcome;
        const char *type;
        const char *message;
    } wanted[] = {
        {"test_pass", PB_OUTCOME_PASS, "-", "-"},
        {"test_doc", PB_OUTCOME_PASS, "-", "-"},
        {"test_prints", PB_OUTCOME_PASS, "-", "-"},
        {"test_sub_pass", PB_OUTCOME_PASS, "-", "-"},
        {"test_fail", PB_OUTCOME_FAIL, "AssertionError", "1 != 2"},
        {"test_error", PB_OUTCOME_ERROR, "KeyError", "'k'"},
        {"test_doc_fail", PB_OUTCOME_ERROR, "ValueError", "a\nb"},
        {"test_both", PB_OUTCOME_ERROR, "IndexError",
         "list index out of range"},
        {"test_skip", PB_OUTCOME_SKIP, "-", "no ssl"},
        {"test_skip2", PB_OUTCOME_SKIP, "-", "decorated ' quote"},
        {"test_xfail", PB_OUTCOME_XFAIL, "-", "-"},
        {"test_xpass", PB_OUTCOME_XPASS, "-", "-"},
        {"test_sub", PB_OUTCOME_ERROR, "ValueError", "sub err"},
        {"test_sub [msg] (i=1)", PB_OUTCOME_FAIL, "AssertionError", "sub"},
    };
    for (size_t i = 0; i < PB_LENGTH(wanted); i++) {
        PB_AUTOFREE char *id = pb_asprintf("%s%s", prefix, wanted[i].name);
        sample_expect_said(results, id, wanted[i].outcome, wanted[i].type,
                           wanted[i].message);
    }
}

static void
unittest_of_3_12_is_read(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_sample("text/unittest-3.12.txt", &results);
    expect_basics(&results);
    sample_expect_said(&results, "setUpClass (test_sample.Broken)",
                       PB_OUTCOME_ERROR, "RuntimeError", "no class");
    sample_expect_said(&results, "setUpClass (test_sample.SkipClass)",
                       PB_OUTCOME_SKIP, "-", "not here");
    sample_expect_said(&results, "setUpModule (test_mod)", PB_OUTCOME_ERROR,
                       "OSError", "mod");
    sample_expect_said(&results, "unittest.loader._FailedTest.test_broken",
                       PB_OUTCOME_ERROR, "ModuleNotFoundError",
                       "No module named 'nonexistent_module'");
    sample_expect(&results, "test_subs.S.test_c_skiponly", PB_OUTCOME_SKIP);
    assert_null(
        pb_results_find(&results, "test_subs.S.test_c_skiponly (i=0)"));
}

/* It left the line of a test with failed sub-tests without an end. */
static void
unittest_of_3_9_says_the_same(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_sample("text/unittest-3.9.txt", &results);
    expect_basics(&results);
    sample_expect(&results, "test_subs.S.test_a_sub", PB_OUTCOME_FAIL);
    sample_expect(&results, "test_subs.S.test_b_after", PB_OUTCOME_PASS);
    sample_expect(&results, "test_subs.S.test_e", PB_OUTCOME_PASS);
    sample_expect(&results, "setUpClass (test_sample.Broken)",
                  PB_OUTCOME_ERROR);
    sample_expect(&results, "unittest.loader._FailedTest.test_broken",
                  PB_OUTCOME_ERROR);
}

static void
nose2_says_the_same(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_sample("text/nose2.txt", &results);
    expect_basics(&results);
    sample_expect(&results, "test_subs.test_func", PB_OUTCOME_PASS);
    sample_expect(&results, "test_mods.test_gen:1", PB_OUTCOME_FAIL);
    sample_expect(&results, "test_mods.test_gen:2", PB_OUTCOME_PASS);
    sample_expect(&results, "nose2.loader.LoadTestsFailure.test_broken",
                  PB_OUTCOME_ERROR);
}

static void
django_is_read(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_sample("text/django.txt", &results);
    assert_int_equal(results.len, 5);
    sample_expect(&results, "tests_dj.A.test_out", PB_OUTCOME_PASS);
    sample_expect(&results, "tests_dj.A.test_doc", PB_OUTCOME_PASS);
    sample_expect_said(&results, "tests_dj.A.test_f", PB_OUTCOME_FAIL,
                       "AssertionError", "1 != 2");
}

static void
the_test_on_the_unfinished_line_was_cut(void **state)
{
    (void)state;
    bool orderly = true;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    sample_load("text/unittest-crash.txt", &text);
    sample_read(pb_read_text, text.data, text.len, &results, &orderly);
    assert_false(orderly);
    assert_int_equal(results.len, 2);
    sample_expect(&results, "test_crash.T.test_a", PB_OUTCOME_PASS);
    sample_expect(&results, "test_crash.T.test_b", PB_OUTCOME_CRASHED);
}

static void
a_log_torn_anywhere_keeps_what_it_had(void **state)
{
    (void)state;
    static const char *const names[] = {
        "text/unittest-3.12.txt", "text/nose2.txt", "text/pytest-v.txt",
        "text/trial.txt", "text/pytest-rA.txt"};
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        PB_AUTO(pb_results) struct pb_results whole = PB_RESULTS_INIT;
        sample_load(names[i], &text);
        sample_read(pb_read_text, text.data, text.len, &whole, NULL);
        for (size_t cut = 0; cut <= text.len; cut += 13) {
            PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
            sample_read(pb_read_text, text.data, cut, &results, NULL);
            assert_true(pb_results_count(&results, PB_OUTCOME_CRASHED) <= 1);
            assert_true(results.len <= whole.len + 1);
        }
    }
}

static void
a_verdict_is_found_behind_what_the_test_printed(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("test_a (m.T.test_a) ... this is a book\nok\n"
                "test_b (m.T.test_b) ... printed\n\nFAIL\n"
                "test_c (m.T.test_c) ... a lineok\n"
                "test_d (m.T.test_d) ... xskipped 'late'\n"
                "test_e (m.T.test_e) ... unexpected success\n" TAIL,
                &results, NULL);
    assert_int_equal(results.len, 5);
    sample_expect(&results, "m.T.test_a", PB_OUTCOME_PASS);
    sample_expect(&results, "m.T.test_b", PB_OUTCOME_FAIL);
    sample_expect(&results, "m.T.test_c", PB_OUTCOME_PASS);
    sample_expect_said(&results, "m.T.test_d", PB_OUTCOME_SKIP, "-", "late");
    sample_expect(&results, "m.T.test_e", PB_OUTCOME_XPASS);
}

/* "book" ends in "ok". */
static void
a_guess_does_not_save_the_test_that_crashed(void **state)
{
    (void)state;
    bool orderly = true;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("test_a (m.T) ... reading a book\nAborted\n", &results,
                &orderly);
    assert_false(orderly);
    sample_expect(&results, "m.T.test_a", PB_OUTCOME_CRASHED);
}

static void
a_docstring_may_look_like_a_verdict(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("test_a (m.T.test_a)\nsays ... ok ... FAIL\n"
                "test_b (m.T.test_b)\nno dots, so no docstring\n"
                "test_c (m.T.test_c)\ntest_x (m.T) ... ERROR ... ok\n" TAIL,
                &results, NULL);
    assert_int_equal(results.len, 2);
    sample_expect(&results, "m.T.test_a", PB_OUTCOME_FAIL);
    sample_expect(&results, "m.T.test_c", PB_OUTCOME_PASS);
}

static void
output_that_has_dots_starts_no_test(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("checking for cc ... ok\nloading ... ok\nfoo.c ... FAIL\n"
                "main (line 3, column 4) ... ok\nRan out of luck\n"
                "std::vector ERROR\nhttp://x.y::80 FAILED\n",
                &results, NULL);
    assert_int_equal(results.len, 0);
}

static void
both_spellings_of_an_id_are_one_test(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("test_a (m.T) ... ok\ntest_a (m.T.test_a) ... FAIL\n",
                &results, NULL);
    assert_int_equal(results.len, 1);
    sample_expect(&results, "m.T.test_a", PB_OUTCOME_FAIL);
}

static void
colours_and_broken_bytes_do_not_hide_a_verdict(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    static const char text[] =
        "\033[1mtest_a (m.T.test_a)\033[0m ... \033[32mok\033[0m\n"
        "test_b (m.T.test_b) ... \xFF\xFE\0\x80 binary\r\nok\r\n"
        "test_c (m.T.test_c) ... 10%\r20%\rFAIL\n";
    sample_read(pb_read_text, text, sizeof(text) - 1, &results, NULL);
    assert_int_equal(results.len, 3);
    sample_expect(&results, "m.T.test_a", PB_OUTCOME_PASS);
    sample_expect(&results, "m.T.test_b", PB_OUTCOME_PASS);
    sample_expect(&results, "m.T.test_c", PB_OUTCOME_FAIL);
}

static void
times_behind_verdicts_are_read(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("test_a (m.T) ... ok (0.250s)\ntest_b (m.T) ... ok (x)\n",
                &results, NULL);
    const struct pb_result *result =
        sample_expect(&results, "m.T.test_a", PB_OUTCOME_PASS);
    assert_true(result->seconds > 0.249 && result->seconds < 0.251);
    assert_int_equal(pb_results_outcome(&results, "m.T.test_b"),
                     PB_OUTCOME_CRASHED);
}

/* A quiet run prints dots: the failures are all that is told. */
static void
failures_are_read_without_their_lines(void **state)
{
    (void)state;
    bool orderly = false;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string(".F\n" RULE "FAIL: test_a (m.T.test_a)\nDocstring\n" THIN
                "Traceback (most recent call last):\n"
                "  File \"m.py\", line 3, in test_a\n    f()\n"
                "AssertionError: got\n" RULE "no title follows\n\n" RULE
                "UNEXPECTED SUCCESS: test_b (m.T.test_b)\n" THIN
                "Ran 2 tests in 0.1s\n\nFAILED (failures=1)\n",
                &results, &orderly);
    assert_true(orderly);
    assert_int_equal(results.len, 2);
    sample_expect(&results, "m.T.test_b", PB_OUTCOME_XPASS);
    const struct pb_result *result =
        sample_expect(&results, "m.T.test_a", PB_OUTCOME_FAIL);
    assert_string_equal(result->type, "AssertionError");
    assert_non_null(strstr(result->message, "no title follows"));
}

static void
a_test_after_the_summary_makes_it_unfinished_again(void **state)
{
    (void)state;
    bool orderly = true;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("test_a (m.T) ... ok\n" TAIL "test_b (n.T) ... ", &results,
                &orderly);
    assert_false(orderly);
    sample_expect(&results, "n.T.test_b", PB_OUTCOME_CRASHED);
}

static void
an_id_of_any_length_is_cut_and_hashed(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    pb_buf_adds(&text, "test_a (m.T.test_a) ... \n");
    for (char c = 'a'; c <= 'b'; c++) {
        pb_buf_adds(&text, "  test_a (m.T.test_a) (x='");
        for (int i = 0; i < 16000; i++) {
            pb_buf_addch(&text, 'x');
        }
        pb_buf_addf(&text, "%c') ... FAIL\n", c);
    }
    sample_read(pb_read_text, text.data, text.len, &results, NULL);
    assert_int_equal(results.len, 3);
    for (size_t i = 0; i < results.len; i++) {
        assert_true(strlen(results.items[i].id) <= PB_LIMIT_TEST_ID_BYTES);
    }
}

static void
a_line_of_megabytes_has_its_id_and_its_verdict(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    pb_buf_adds(&text, "test_a (m.T.test_a) ... ");
    for (int i = 0; i < 3 * PB_LIMIT_LINE_BYTES; i++) {
        pb_buf_addch(&text, 'x');
    }
    pb_buf_adds(&text, "FAIL\ntest_b (m.T.test_b) ... ok\n");
    sample_read(pb_read_text, text.data, text.len, &results, NULL);
    assert_int_equal(results.len, 2);
    sample_expect(&results, "m.T.test_a", PB_OUTCOME_FAIL);
    sample_expect(&results, "m.T.test_b", PB_OUTCOME_PASS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unittest_of_3_12_is_read),
        cmocka_unit_test(unittest_of_3_9_says_the_same),
        cmocka_unit_test(nose2_says_the_same),
        cmocka_unit_test(django_is_read),
        cmocka_unit_test(the_test_on_the_unfinished_line_was_cut),
        cmocka_unit_test(a_log_torn_anywhere_keeps_what_it_had),
        cmocka_unit_test(a_verdict_is_found_behind_what_the_test_printed),
        cmocka_unit_test(a_guess_does_not_save_the_test_that_crashed),
        cmocka_unit_test(a_docstring_may_look_like_a_verdict),
        cmocka_unit_test(output_that_has_dots_starts_no_test),
        cmocka_unit_test(both_spellings_of_an_id_are_one_test),
        cmocka_unit_test(colours_and_broken_bytes_do_not_hide_a_verdict),
        cmocka_unit_test(times_behind_verdicts_are_read),
        cmocka_unit_test(failures_are_read_without_their_lines),
        cmocka_unit_test(a_test_after_the_summary_makes_it_unfinished_again),
        cmocka_unit_test(an_id_of_any_length_is_cut_and_hashed),
        cmocka_unit_test(a_line_of_megabytes_has_its_id_and_its_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
