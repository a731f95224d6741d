/* Verdicts by the expressions of a recipe. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/trial.h"
#include "trial/readers/pattern.h"
#include "trial/sample.h"

static void
read_with(const char *const *expressions, const void *text, size_t length,
          struct pb_results *out)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv texts = PB_STRV_INIT;
    PB_AUTO(pb_patterns) struct pb_patterns patterns = {.items = NULL};
    for (; *expressions != NULL; expressions++) {
        pb_strv_add(&texts, *expressions);
    }
    if (pb_patterns_init(&texts, &patterns, &err) < 0) {
        fail_msg("%s", err.message);
    }
    PB_AUTOFREE char *copy = pb_alloc(length + (length == 0));
    memcpy(copy, text, length);
    struct pb_reading reading = {.results = out, .cut = PB_OUTCOME_CRASHED};
    pb_read_patterns((struct pb_span){copy, length}, &patterns, &reading);
    assert_true(reading.orderly);
}

static const char *const common[] = {
    "pass=^(?<id>\\S+): OK$",
    "fail=^(?<id>\\S+): FAILED(?:, (?<message>.*))?$",
    "skip=^SKIP (?<id>.*)$",
    NULL,
};

static void
read_string(const char *text, struct pb_results *out)
{
    read_with(common, text, strlen(text), out);
}

static void
lines_that_match_are_verdicts(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("noise\na: OK\r\n b: OK\nc: FAILED\nd: FAILED, why: x\n"
                "SKIP e f\nSKIP \ng: OK and more",
                &results);
    assert_int_equal(results.len, 4);
    sample_expect(&results, "a", PB_OUTCOME_PASS);
    sample_expect_said(&results, "c", PB_OUTCOME_FAIL, "-", "-");
    sample_expect_said(&results, "d", PB_OUTCOME_FAIL, "-", "why: x");
    sample_expect(&results, "e f", PB_OUTCOME_SKIP);
}

static void
the_first_pattern_that_matches_a_line_counts(void **state)
{
    (void)state;
    static const char *const patterns[] = {"xfail=^(?<id>known_\\w+): FAILED",
                                           "fail=^(?<id>\\w+): FAILED", NULL};
    static const char text[] = "known_a: FAILED\nb: FAILED\n";
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_with(patterns, text, sizeof(text) - 1, &results);
    sample_expect(&results, "known_a", PB_OUTCOME_XFAIL);
    sample_expect(&results, "b", PB_OUTCOME_FAIL);
}

static void
a_test_with_several_lines_keeps_the_worst(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_string("a: OK\na: FAILED, x\na: OK\n", &results);
    assert_int_equal(results.len, 1);
    sample_expect_said(&results, "a", PB_OUTCOME_FAIL, "-", "x");
}

static void
colours_and_broken_bytes_do_not_stand_in_the_way(void **state)
{
    (void)state;
    static const char text[] = "\033[1ma\033[0m: \033[32mOK\033[0m\n"
                               "\xFF\xFE: OK\nb\0: OK\nx\rc: OK\n";
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_with(common, text, sizeof(text) - 1, &results);
    assert_int_equal(results.len, 4);
    sample_expect(&results, "a", PB_OUTCOME_PASS);
    sample_expect(&results, "b", PB_OUTCOME_PASS);
    sample_expect(&results, "c", PB_OUTCOME_PASS);
}

/* A pattern that is left by a line is not continued on the next. */
static void
a_match_does_not_span_lines(void **state)
{
    (void)state;
    static const char *const patterns[] = {"pass=(?<id>a)\\s+b", NULL};
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_with(patterns, "a\nb\n", 4, &results);
    assert_int_equal(results.len, 0);
}

static void
an_expression_without_an_id_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        const char *message;
    } cases[] = {
        {"^OK", "'^OK' has no group (?<id>...)"},
        {"(?<name>x)", "'(?<name>x)' has no group (?<id>...)"},
        {"(?<id>x", "bad regular expression '(?<id>x': missing closing "
                    "parenthesis at character 8"},
        {"()()()()()()()()()(?<id>x)",
         "'()()()()()()()()()(?<id>x)' has (?<id>...) or (?<message>...) "
         "behind more than eight groups: write (?:...) for them"},
    };
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        struct pb_error err = PB_ERROR_INIT;
        assert_int_equal(pb_reader_check_pattern(cases[i].expression, &err),
                         -1);
        assert_int_equal(err.code, PB_ERROR_CONFIG);
        assert_string_equal(err.message, cases[i].message);
    }
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_reader_check_pattern("(?<id>.)", &err), 0);
}

static void
what_is_no_outcome_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"good=(?<id>x)", "pass", "=(?<id>x)"};
    for (size_t i = 0; i < PB_LENGTH(texts); i++) {
        struct pb_error err = PB_ERROR_INIT;
        PB_AUTO(pb_strv) struct pb_strv list = PB_STRV_INIT;
        struct pb_patterns patterns = {.items = NULL};
        pb_strv_add(&list, "pass=(?<id>y)");
        pb_strv_add(&list, texts[i]);
        assert_int_equal(pb_patterns_init(&list, &patterns, &err), -1);
        assert_null(patterns.items);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_that_match_are_verdicts),
        cmocka_unit_test(the_first_pattern_that_matches_a_line_counts),
        cmocka_unit_test(a_test_with_several_lines_keeps_the_worst),
        cmocka_unit_test(colours_and_broken_bytes_do_not_stand_in_the_way),
        cmocka_unit_test(a_match_does_not_span_lines),
        cmocka_unit_test(an_expression_without_an_id_is_refused),
        cmocka_unit_test(what_is_no_outcome_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
