/* TAP as Test::More, node and others write it. */
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
    sample_read(pb_read_tap, text, strlen(text), out, orderly);
}

static void
read_sample(const char *name, struct pb_results *out)
{
    bool orderly = false;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    sample_load(name, &text);
    sample_read(pb_read_tap, text.data, text.len, out, &orderly);
    assert_true(orderly);
}

static void
what_test_more_writes_is_read(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_sample("tap/test-more.txt", &results);
    assert_int_equal(results.len, 11);
    sample_expect(&results, "loads", PB_OUTCOME_PASS);
    sample_expect_said(&results, "compares", PB_OUTCOME_FAIL, "-",
                       "Failed test 'compares'");
    sample_expect(&results, "fails # not a directive", PB_OUTCOME_FAIL);
    sample_expect_said(&results, "test 4", PB_OUTCOME_SKIP, "-", "no printer");
    sample_expect_said(&results, "todo fails", PB_OUTCOME_XFAIL, "-", "later");
    sample_expect(&results, "todo passes", PB_OUTCOME_XPASS);
    sample_expect(&results, "inner > a", PB_OUTCOME_PASS);
    sample_expect(&results, "inner > deeper > b", PB_OUTCOME_FAIL);
    sample_expect(&results, "inner > deeper", PB_OUTCOME_FAIL);
    sample_expect(&results, "test 8", PB_OUTCOME_PASS);
}

static void
what_node_writes_is_read(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_sample("tap/node.txt", &results);
    assert_int_equal(results.len, 6);
    sample_expect(&results, "suite > child", PB_OUTCOME_PASS);
    const struct pb_result *result =
        sample_expect(&results, "suite > bad", PB_OUTCOME_FAIL);
    assert_string_equal(result->message,
                        "Expected values to be strictly equal:");
    assert_non_null(strstr(result->trace, "1 !== 2"));
    sample_expect_said(&results, "suite", PB_OUTCOME_FAIL, "-",
                       "1 subtest failed");
    sample_expect_said(&results, "skipped", PB_OUTCOME_SKIP, "-", "why");
}

/* Before version 14 the name of a sub-test stood within it. */
static void
a_sub_test_may_be_named_within(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("1..2\n    # Subtest: first\n    ok 1 - a\n    ok 2 - b\n"
                "    1..2\nok 1 - first\n    ok 1 - a\nok 2 - second\n",
                &results, NULL);
    assert_int_equal(results.len, 5);
    sample_expect(&results, "first > a", PB_OUTCOME_PASS);
    sample_expect(&results, "first > b", PB_OUTCOME_PASS);
    sample_expect(&results, "a", PB_OUTCOME_PASS);
}

static void
a_yaml_block_gives_type_and_message(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("TAP version 14\n1..2\nnot ok 1 - a\n  ---\n"
                "  message: \"ValueError: x\"\n  severity: fail\n"
                "  data:\n    ok 1 - no point\n  ...\nok 2 - b\n",
                &results, NULL);
    assert_int_equal(results.len, 2);
    sample_expect_said(&results, "a", PB_OUTCOME_FAIL, "ValueError", "x");
}

static void
a_traceback_in_comments_is_the_trace(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("not ok 1 - m.T.test_a\n"
                "# Traceback (most recent call last):\n"
                "#   File \"m.py\", line 3, in test_a\n"
                "#     f()\n"
                "# KeyError: 'k'\n"
                "not ok 2 - t.py::test_b\n# >       f()\n"
                "# E       OSError: no\n1..2\n",
                &results, NULL);
    sample_expect_said(&results, "m.T.test_a", PB_OUTCOME_FAIL, "KeyError",
                       "'k'");
    sample_expect_said(&results, "t.py::test_b", PB_OUTCOME_FAIL, "OSError",
                       "no");
}

static void
a_torn_yaml_block_hides_no_points(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("not ok 1 - a\n  ---\n  message: x\nok 2 - b\n1..2\n",
                &results, NULL);
    assert_int_equal(results.len, 2);
    sample_expect(&results, "b", PB_OUTCOME_PASS);
}

static void
a_bail_out_is_no_orderly_end(void **state)
{
    (void)state;
    bool orderly = true;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    static const char text[] = "1..1\nok 1 - a\nBail out! database down\n";
    PB_AUTO(pb_reading)
    struct pb_reading reading = {.results = &results,
                                 .cut = PB_OUTCOME_CRASHED};
    pb_read_tap((struct pb_span){text, sizeof(text) - 1}, &reading);
    assert_false(reading.orderly);
    assert_string_equal(reading.message, "database down");
    read_string(text, &results, &orderly);
    assert_false(orderly);
}

static void
a_plan_that_is_not_met_is_no_orderly_end(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool orderly;
    } cases[] = {
        {"1..2\nok 1\nok 2\n", true},
        {"ok 1\nok 2\n1..2\n", true},
        {"1..0 # SKIP no database\n", true},
        {"1..3\nok 1\nok 2\n", false},
        {"ok 1\nok 2\n", false},
        {"1..1\nok 1\nok 2\n", false},
        {"    1..1\n    ok 1\nok 1\n", false},
        {"1..99999999999999999999\nok 1\n", false},
    };
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        bool orderly = !cases[i].orderly;
        PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
        read_string(cases[i].text, &results, &orderly);
        assert_int_equal(orderly, cases[i].orderly);
    }
}

static void
words_that_begin_like_points_are_output(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("okay\nnot okay\n ok 1 - indented by one\nOK\nok-1\n",
                &results, NULL);
    assert_int_equal(results.len, 0);
}

static void
descriptions_are_read_in_every_spelling(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("ok\nok 2\nok - a\nok 4 b\nok c # skip: why\n"
                "ok 6 - 10 apples\nok 7 - d \\# e \\\\ f # TODO\n"
                "ok 1234567890123 - g\nok 9 - # SKIP all\n",
                &results, NULL);
    sample_expect(&results, "test 1", PB_OUTCOME_PASS);
    sample_expect(&results, "test 2", PB_OUTCOME_PASS);
    sample_expect(&results, "a", PB_OUTCOME_PASS);
    sample_expect(&results, "b", PB_OUTCOME_PASS);
    sample_expect_said(&results, "c", PB_OUTCOME_SKIP, "-", "why");
    sample_expect(&results, "10 apples", PB_OUTCOME_PASS);
    sample_expect(&results, "d # e \\ f", PB_OUTCOME_XPASS);
    sample_expect(&results, "1234567890123 - g", PB_OUTCOME_PASS);
    sample_expect(&results, "test 9", PB_OUTCOME_SKIP);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_test_more_writes_is_read),
        cmocka_unit_test(what_node_writes_is_read),
        cmocka_unit_test(a_sub_test_may_be_named_within),
        cmocka_unit_test(a_yaml_block_gives_type_and_message),
        cmocka_unit_test(a_traceback_in_comments_is_the_trace),
        cmocka_unit_test(a_torn_yaml_block_hides_no_points),
        cmocka_unit_test(a_bail_out_is_no_orderly_end),
        cmocka_unit_test(a_plan_that_is_not_met_is_no_orderly_end),
        cmocka_unit_test(words_that_begin_like_points_are_output),
        cmocka_unit_test(descriptions_are_read_in_every_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
