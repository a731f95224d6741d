/* Ids, merging and the journal's form of results. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "pybisect/results.h"

static void
assert_canonical(const char *id, const char *expected)
{
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_results_canonical_id(id, strlen(id), &out);
    assert_string_equal(out.data, expected);
    PB_AUTO(pb_buf) struct pb_buf again = PB_BUF_INIT;
    pb_results_canonical_id(out.data, out.len, &again);
    assert_string_equal(again.data, expected);
}

static void
both_forms_of_unittest_are_one_id(void **state)
{
    (void)state;
    assert_canonical("test_x (mod.Class)", "mod.Class.test_x");
    assert_canonical("test_x (mod.Class.test_x)", "mod.Class.test_x");
    assert_canonical("mod.Class.test_x", "mod.Class.test_x");
    assert_canonical("test_x (__main__.T)", "__main__.T.test_x");
    assert_canonical("test_x (m.f.<locals>.T)", "m.f.<locals>.T.test_x");
    assert_canonical("x (a.test_x)", "a.test_x.x");
}

static void
parameters_of_sub_tests_are_kept(void **state)
{
    (void)state;
    assert_canonical("test_x (m.C) (i=1)", "m.C.test_x (i=1)");
    assert_canonical("test_x (m.C.test_x) [note] (i=1)",
                     "m.C.test_x [note] (i=1)");
    assert_canonical("m.C.test_x (i=1)", "m.C.test_x (i=1)");
    assert_canonical("m.C.test_x (i)", "m.C.test_x (i)");
}

static void
ids_that_are_no_unittest_form_pass_unchanged(void **state)
{
    (void)state;
    assert_canonical("setUpClass (mod.Class)", "setUpClass (mod.Class)");
    assert_canonical("tearDownModule (mod)", "tearDownModule (mod)");
    assert_canonical("tests/test_a.py::C::test_x[a (b)]",
                     "tests/test_a.py::C::test_x[a (b)]");
    assert_canonical("(run)", "(run)");
    assert_canonical("", "");
    assert_canonical("test_x (", "test_x (");
    assert_canonical("test_x ()", "test_x ()");
    assert_canonical("test_x (m.C) and more", "test_x (m.C) and more");
}

static void
an_id_is_valid_utf8_on_one_line(void **state)
{
    (void)state;
    assert_canonical("m.C.test (x='a\nb\033[1m')",
                     "m.C.test (x='a\\nb\\x1b[1m')");
    assert_canonical("m.\xFFx", "m.\xEF\xBF\xBDx");
    assert_canonical("t\xC3\xA9st (m.C)", "m.C.t\xC3\xA9st");
}

static void
long_ids_are_cut_and_stay_different(void **state)
{
    (void)state;
    static char text[16001];
    memset(text, 'a', sizeof(text) - 1);
    PB_AUTO(pb_buf) struct pb_buf first = PB_BUF_INIT;
    pb_results_canonical_id(text, 16000, &first);
    text[15999] = 'b';
    PB_AUTO(pb_buf) struct pb_buf second = PB_BUF_INIT;
    pb_results_canonical_id(text, 16000, &second);
    assert_int_equal(first.len, PB_LIMIT_TEST_ID_BYTES);
    assert_int_equal(second.len, PB_LIMIT_TEST_ID_BYTES);
    assert_int_equal(first.data[PB_LIMIT_TEST_ID_BYTES - 17], '#');
    assert_string_not_equal(first.data, second.data);
    assert_canonical(first.data, first.data);
}

static void
a_long_id_is_not_cut_inside_a_character(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf id = PB_BUF_INIT;
    pb_buf_addch(&id, 'x');
    while (id.len < 2000) {
        pb_buf_adds(&id, "\xE2\x82\xAC");
    }
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    const struct pb_result *result =
        pb_results_add(&results, id.data, PB_OUTCOME_PASS);
    const char *hash = strrchr(result->id, '#');
    assert_non_null(hash);
    assert_int_equal((hash - result->id - 1) % 3, 0);
    assert_ptr_equal(pb_results_find(&results, id.data), result);
}

static void
a_test_reported_twice_keeps_its_worst_outcome(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    pb_results_add(&results, "test_x (m.C)", PB_OUTCOME_PASS);
    struct pb_result *result =
        pb_results_add(&results, "m.C.test_x", PB_OUTCOME_FAIL);
    pb_result_describe(result, "AssertionError", "1 != 2", "trace");
    pb_results_add(&results, "m.C.test_x", PB_OUTCOME_SKIP);
    assert_int_equal(results.len, 1);
    assert_int_equal(pb_results_outcome(&results, "m.C.test_x"),
                     PB_OUTCOME_FAIL);
    assert_string_equal(results.items[0].message, "1 != 2");
    pb_results_add(&results, "m.C.test_x", PB_OUTCOME_ERROR);
    assert_null(results.items[0].message);
    assert_int_equal(pb_results_outcome(&results, "m.C.test_y"),
                     PB_OUTCOME_ABSENT);
}

static void
describing_leaves_alone_what_is_not_given(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    struct pb_result *result = pb_results_add(&results, "a", PB_OUTCOME_ERROR);
    pb_result_describe(result, "KeyError", "'x'", NULL);
    pb_result_describe(result, NULL, NULL, "trace");
    assert_string_equal(result->type, "KeyError");
    assert_string_equal(result->message, "'x'");
    assert_string_equal(result->trace, "trace");
    pb_result_describe(NULL, "a", "b", "c");
}

static void
long_texts_are_cut_to_their_limits_and_keep_their_end(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    while (text.len < 300000) {
        pb_buf_adds(&text, "\xE2\x82\xAC ");
    }
    pb_buf_adds(&text, "ValueError: the end\xFF");
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    struct pb_result *result = pb_results_add(&results, "a", PB_OUTCOME_ERROR);
    pb_result_describe(result, NULL, text.data, text.data);
    assert_in_range(strlen(result->trace), PB_LIMIT_TRACE_BYTES - 8,
                    PB_LIMIT_TRACE_BYTES);
    assert_in_range(strlen(result->message), PB_LIMIT_MESSAGE_BYTES - 8,
                    PB_LIMIT_MESSAGE_BYTES);
    assert_non_null(strstr(result->trace, "ValueError: the end\xEF\xBF\xBD"));
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_json) struct pb_json *json = pb_results_to_json(&results);
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_json_write(json, false, &out);
    PB_AUTO(pb_json)
    struct pb_json *parsed = pb_json_parse(out.data, out.len, "json", &err);
    assert_non_null(parsed);
}

static void
counts_leave_pseudo_tests_out(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    pb_results_add(&results, PB_TEST_RUN, PB_OUTCOME_FAIL);
    pb_results_add(&results, PB_TEST_PREPARE, PB_OUTCOME_PASS);
    pb_results_add(&results, "a", PB_OUTCOME_FAIL);
    pb_results_add(&results, "b", PB_OUTCOME_XPASS);
    pb_results_add(&results, "c", PB_OUTCOME_PASS);
    pb_results_add(&results, "d", PB_OUTCOME_SKIP);
    assert_int_equal(pb_results_tests(&results), 4);
    assert_int_equal(pb_results_failed(&results), 2);
    assert_int_equal(pb_results_count(&results, PB_OUTCOME_FAIL), 1);
    assert_int_equal(pb_results_count(&results, PB_OUTCOME_PASS), 1);
    assert_true(pb_result_is_pseudo(PB_TEST_SMOKE));
    assert_false(pb_result_is_pseudo("(other)"));
}

static void
outcomes_have_names_that_parse_back(void **state)
{
    (void)state;
    for (int i = PB_OUTCOME_PASS; i <= PB_OUTCOME_CRASHED; i++) {
        enum pb_outcome outcome = PB_OUTCOME_ABSENT;
        assert_true(
            pb_outcome_parse(pb_outcome_name((enum pb_outcome)i), &outcome));
        assert_int_equal(outcome, i);
        bool failed = i >= PB_OUTCOME_XPASS;
        assert_int_equal(pb_outcome_failed((enum pb_outcome)i), failed);
    }
    enum pb_outcome outcome = PB_OUTCOME_HUNG;
    assert_false(pb_outcome_parse("passed", &outcome));
    assert_int_equal(outcome, PB_OUTCOME_HUNG);
}

static void
merging_takes_the_worst_of_each_test(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results first = PB_RESULTS_INIT;
    PB_AUTO(pb_results) struct pb_results second = PB_RESULTS_INIT;
    pb_result_describe(pb_results_add(&first, "a", PB_OUTCOME_FAIL), "E",
                       "first", NULL);
    pb_results_add(&first, "b", PB_OUTCOME_PASS);
    pb_results_add(&second, "a", PB_OUTCOME_PASS);
    struct pb_result *b = pb_results_add(&second, "b", PB_OUTCOME_CRASHED);
    pb_result_describe(b, NULL, "signal 11", "stack");
    pb_results_add(&second, "c", PB_OUTCOME_SKIP)->seconds = 2;
    first.seconds = 1;
    second.seconds = 2;
    second.run.status = 3;
    pb_results_merge(&first, &second);
    assert_int_equal(first.len, 3);
    assert_int_equal(pb_results_outcome(&first, "a"), PB_OUTCOME_FAIL);
    assert_string_equal(pb_results_find(&first, "a")->message, "first");
    assert_int_equal(pb_results_outcome(&first, "b"), PB_OUTCOME_CRASHED);
    assert_string_equal(pb_results_find(&first, "b")->trace, "stack");
    assert_true(pb_results_find(&first, "c")->seconds > 1);
    assert_int_equal(first.run.status, 3);
    assert_true(first.seconds > 2.9);
}

static void
results_survive_the_journal(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    struct pb_result *result =
        pb_results_add(&results, "test_x (m.C)", PB_OUTCOME_FAIL);
    pb_result_describe(result, "AssertionError", "\xC3\xA9 \xFF", "trace\n");
    result->seconds = 0.25;
    pb_results_add(&results, PB_TEST_RUN, PB_OUTCOME_PASS);
    results.run = (struct pb_process_result){.end = PB_PROCESS_SIGNALLED,
                                             .signal = 11,
                                             .wall_seconds = 1.5,
                                             .cpu_seconds = 1.25,
                                             .log_bytes = 5000000000};
    results.seconds = 1.5;
    PB_AUTO(pb_json) struct pb_json *json = pb_results_to_json(&results);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_json_write(json, false, &text);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_json)
    struct pb_json *parsed = pb_json_parse(text.data, text.len, "t", &err);
    PB_AUTO(pb_results) struct pb_results back = PB_RESULTS_INIT;
    assert_int_equal(pb_results_from_json(parsed, &back, &err), 0);
    assert_int_equal(back.len, 2);
    const struct pb_result *found = pb_results_find(&back, "m.C.test_x");
    assert_int_equal(found->outcome, PB_OUTCOME_FAIL);
    assert_string_equal(found->type, "AssertionError");
    assert_string_equal(found->message, "\xC3\xA9 \xEF\xBF\xBD");
    assert_string_equal(found->trace, "trace\n");
    assert_true(found->seconds > 0.2 && found->seconds < 0.3);
    assert_true(pb_results_find(&back, PB_TEST_RUN)->seconds < 0);
    assert_null(pb_results_find(&back, PB_TEST_RUN)->message);
    assert_int_equal(back.run.end, PB_PROCESS_SIGNALLED);
    assert_int_equal(back.run.signal, 11);
    assert_int_equal(back.run.log_bytes, 5000000000);
    assert_true(back.seconds > 1.4);
}

#define STORED(tests) "{\"run\":{\"end\":\"exited\"},\"tests\":[" tests "]}"

static void
assert_damaged(const char *text)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_json)
    struct pb_json *json = pb_json_parse(text, strlen(text), "t", &err);
    assert_non_null(json);
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    assert_int_equal(pb_results_from_json(json, &results, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CORRUPT);
    assert_int_equal(results.len, 0);
}

static void
damaged_records_are_refused_and_leave_nothing(void **state)
{
    (void)state;
    assert_damaged("[]");
    assert_damaged("{}");
    assert_damaged("{\"run\":{\"end\":\"exited\"}}");
    assert_damaged("{\"run\":{\"end\":\"gone\"},\"tests\":[]}");
    assert_damaged(STORED("1"));
    assert_damaged(STORED("{\"id\":\"a\"}"));
    assert_damaged(STORED("{\"outcome\":\"pass\"}"));
    assert_damaged(STORED("{\"id\":\"\",\"outcome\":\"pass\"}"));
    assert_damaged(STORED("{\"id\":\"a\",\"outcome\":\"pass\"},"
                          "{\"id\":\"b\",\"outcome\":\"so-so\"}"));
}

static void
many_tests_are_found_again(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    char id[32];
    for (int i = 0; i < 20000; i++) {
        snprintf(id, sizeof(id), "m.C.test_%d", i);
        pb_results_add(&results, id,
                       i % 2 == 0 ? PB_OUTCOME_PASS : PB_OUTCOME_FAIL);
    }
    assert_int_equal(results.len, 20000);
    for (int i = 0; i < 40000; i++) {
        snprintf(id, sizeof(id), "test_%d (m.C)", i);
        assert_ptr_equal(pb_results_find(&results, id),
                         i < 20000 ? &results.items[i] : NULL);
    }
    assert_int_equal(pb_results_outcome(&results, "m.C.test_19999"),
                     PB_OUTCOME_FAIL);
    assert_string_equal(results.items[7].id, "m.C.test_7");
}

static void
places_get_names(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    static const struct pb_results_name names[] = {
        {"/w/run-a/project", "{project}"},
        {NULL, "{none}"},
        {"/w/run-a", "{run}"},
    };
    struct pb_result *result = pb_results_add(&results, "a", PB_OUTCOME_FAIL);
    pb_result_describe(result, "OSError", "no /w/run-a/project",
                       "File \"/w/run-a/project/t.py\", line 1\n"
                       "File \"/w/run-a/project2/t.py\", line 2\n"
                       "File \"/w/run-a-b/project/t.py\", line 3\n");
    pb_results_rename(&results, names, PB_LENGTH(names));
    result = &results.items[0];
    assert_string_equal(result->message, "no {project}");
    assert_string_equal(result->trace,
                        "File \"{project}/t.py\", line 1\n"
                        "File \"{run}/project2/t.py\", line 2\n"
                        "File \"/w/run-a-b/project/t.py\", line 3\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_of_unittest_are_one_id),
        cmocka_unit_test(parameters_of_sub_tests_are_kept),
        cmocka_unit_test(ids_that_are_no_unittest_form_pass_unchanged),
        cmocka_unit_test(an_id_is_valid_utf8_on_one_line),
        cmocka_unit_test(long_ids_are_cut_and_stay_different),
        cmocka_unit_test(a_long_id_is_not_cut_inside_a_character),
        cmocka_unit_test(a_test_reported_twice_keeps_its_worst_outcome),
        cmocka_unit_test(describing_leaves_alone_what_is_not_given),
        cmocka_unit_test(
            long_texts_are_cut_to_their_limits_and_keep_their_end),
        cmocka_unit_test(counts_leave_pseudo_tests_out),
        cmocka_unit_test(outcomes_have_names_that_parse_back),
        cmocka_unit_test(merging_takes_the_worst_of_each_test),
        cmocka_unit_test(results_survive_the_journal),
        cmocka_unit_test(damaged_records_are_refused_and_leave_nothing),
        cmocka_unit_test(many_tests_are_found_again),
        cmocka_unit_test(places_get_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
