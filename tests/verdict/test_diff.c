/* Two runs compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "pybisect/verdict.h"

static void
add(struct pb_results *results, const char *id, enum pb_outcome outcome,
    const char *message)
{
    struct pb_result *result = pb_results_add(results, id, outcome);
    assert_non_null(result);
    pb_result_describe(result,
                       pb_outcome_failed(outcome) ? "AssertionError" : NULL,
                       message, NULL);
}

/* The change of one test between two outcomes; ABSENT is not recorded.
   Returns "" for none. */
static const char *
change(enum pb_outcome before, enum pb_outcome after)
{
    PB_AUTO(pb_results) struct pb_results old = PB_RESULTS_INIT;
    PB_AUTO(pb_results) struct pb_results new = PB_RESULTS_INIT;
    PB_AUTO(pb_diff) struct pb_diff diff = PB_DIFF_INIT;
    if (before != PB_OUTCOME_ABSENT) {
        add(&old, "m.C.test", before, "same");
    }
    if (after != PB_OUTCOME_ABSENT) {
        add(&new, "m.C.test", after, "same");
    }
    pb_diff_compute(&old, &new, NULL, &diff);
    assert_true(diff.len <= 1);
    return diff.len == 0 ? "" : pb_change_kind_name(diff.items[0].kind);
}

static void
every_pair_of_outcomes_has_its_change(void **state)
{
    (void)state;
    static const enum pb_outcome outcomes[] = {
        PB_OUTCOME_PASS,   PB_OUTCOME_XFAIL, PB_OUTCOME_SKIP,
        PB_OUTCOME_ABSENT, PB_OUTCOME_XPASS, PB_OUTCOME_FAIL,
    };
    /* By before (rows) and after (columns), in the order above. */
    static const char *const expected[6][6] = {
        {"", "", "skipped", "vanished", "failing", "failing"},
        {"", "", "", "", "failing", "failing"},
        {"", "", "", "", "failing", "failing"},
        {"new", "", "new", "", "failing", "failing"},
        {"fixed", "failing", "", "", "", "different"},
        {"fixed", "", "", "", "different", ""},
    };
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < 6; j++) {
            assert_string_equal(change(outcomes[i], outcomes[j]),
                                expected[i][j]);
        }
    }
    assert_string_equal(change(PB_OUTCOME_PASS, PB_OUTCOME_ERROR), "failing");
    assert_string_equal(change(PB_OUTCOME_PASS, PB_OUTCOME_HUNG), "failing");
    assert_string_equal(change(PB_OUTCOME_PASS, PB_OUTCOME_CRASHED),
                        "failing");
    assert_string_equal(change(PB_OUTCOME_FAIL, PB_OUTCOME_CRASHED),
                        "different");
}

static void
only_what_a_bisection_looks_for_is_a_regression(void **state)
{
    (void)state;
    assert_true(pb_change_is_regression(PB_CHANGE_FAILING));
    assert_true(pb_change_is_regression(PB_CHANGE_SKIPPED));
    assert_true(pb_change_is_regression(PB_CHANGE_VANISHED));
    assert_false(pb_change_is_regression(PB_CHANGE_DIFFERENT));
    assert_false(pb_change_is_regression(PB_CHANGE_FIXED));
    assert_false(pb_change_is_regression(PB_CHANGE_NEW));
}

static void
changes_come_by_kind_then_id_with_both_sides(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results old = PB_RESULTS_INIT;
    PB_AUTO(pb_results) struct pb_results new = PB_RESULTS_INIT;
    PB_AUTO(pb_diff) struct pb_diff diff = PB_DIFF_INIT;
    add(&old, "m.z", PB_OUTCOME_PASS, NULL);
    add(&old, "m.b", PB_OUTCOME_PASS, NULL);
    add(&old, "m.gone", PB_OUTCOME_PASS, NULL);
    add(&old, "m.old", PB_OUTCOME_FAIL, "3 != 4");
    add(&old, "m.other", PB_OUTCOME_FAIL, "3 != 4");
    add(&old, "m.skips", PB_OUTCOME_PASS, NULL);
    add(&old, "m.fine", PB_OUTCOME_PASS, NULL);
    add(&old, PB_TEST_RUN, PB_OUTCOME_PASS, NULL);
    add(&new, "unittest.loader._FailedTest.x", PB_OUTCOME_ERROR, "no imp");
    add(&new, "m.z", PB_OUTCOME_FAIL, "1 != 2\nmore");
    add(&new, "m.b", PB_OUTCOME_CRASHED, "signal 11");
    add(&new, "m.old", PB_OUTCOME_FAIL, "3 != 4");
    add(&new, "m.other", PB_OUTCOME_FAIL, "3 != 5");
    add(&new, "m.skips", PB_OUTCOME_SKIP, "no ssl");
    add(&new, "m.fine", PB_OUTCOME_PASS, NULL);
    add(&new, "m.more", PB_OUTCOME_PASS, NULL);
    add(&new, PB_TEST_RUN, PB_OUTCOME_FAIL, "exit status 4");
    pb_diff_compute(&old, &new, NULL, &diff);

    static const struct {
        enum pb_change_kind kind;
        const char *id;
        const char *signature;
    } expected[] = {
        {PB_CHANGE_FAILING, PB_TEST_RUN, "AssertionError: exit status 4"},
        {PB_CHANGE_FAILING, "m.b", "crashed: signal 11"},
        {PB_CHANGE_FAILING, "m.z", "AssertionError: 1 != 2"},
        {PB_CHANGE_FAILING, "unittest.loader._FailedTest.x",
         "AssertionError: no imp"},
        {PB_CHANGE_SKIPPED, "m.skips", "skip: no ssl"},
        {PB_CHANGE_VANISHED, "m.gone", "absent"},
        {PB_CHANGE_DIFFERENT, "m.other", "AssertionError: 3 != 5"},
        {PB_CHANGE_NEW, "m.more", "pass"},
    };
    assert_int_equal(diff.len, PB_LENGTH(expected));
    for (size_t i = 0; i < diff.len; i++) {
        const struct pb_change *got = &diff.items[i];
        assert_int_equal(got->kind, expected[i].kind);
        assert_string_equal(got->id, expected[i].id);
        assert_string_equal(got->signature, expected[i].signature);
        assert_ptr_equal(got->before, pb_results_find(&old, got->id));
        assert_ptr_equal(got->after, pb_results_find(&new, got->id));
    }
    assert_int_equal(diff.failing_both, 2);
    assert_int_equal(diff.passing_both, 1);
    assert_int_equal(pb_diff_count(&diff, PB_CHANGE_FAILING), 4);
    assert_int_equal(pb_diff_count(&diff, PB_CHANGE_FIXED), 0);
    assert_int_equal(pb_diff_regressions(&diff), 6);
}

static void
known_unreliable_tests_are_left_out(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results old = PB_RESULTS_INIT;
    PB_AUTO(pb_results) struct pb_results new = PB_RESULTS_INIT;
    PB_AUTO(pb_diff) struct pb_diff diff = PB_DIFF_INIT;
    PB_AUTO(pb_strv) struct pb_strv known = PB_STRV_INIT;
    pb_strv_add(&known, "*.test_memcached*");
    pb_strv_add(&known, "m.gone");
    add(&old, "m.C.test_memcached_get", PB_OUTCOME_PASS, NULL);
    add(&old, "m.gone", PB_OUTCOME_PASS, NULL);
    add(&old, "m.C.test_x", PB_OUTCOME_PASS, NULL);
    add(&new, "m.C.test_memcached_get", PB_OUTCOME_FAIL, "refused");
    add(&new, "m.C.test_x", PB_OUTCOME_FAIL, "1 != 2");
    pb_diff_compute(&old, &new, &known, &diff);
    assert_int_equal(diff.len, 1);
    assert_string_equal(diff.items[0].id, "m.C.test_x");
    assert_int_equal(diff.known, 1);
}

/* More kinds of failure than signatures are kept at a time, and runs in
   different orders. */
static void
many_failures_have_their_own_signatures(void **state)
{
    (void)state;
    enum { COUNT = 3000, STEP = 1009 }; /* coprime */
    PB_AUTO(pb_results) struct pb_results old = PB_RESULTS_INIT;
    PB_AUTO(pb_results) struct pb_results new = PB_RESULTS_INIT;
    PB_AUTO(pb_diff) struct pb_diff diff = PB_DIFF_INIT;
    static const enum pb_outcome outcomes[] = {
        PB_OUTCOME_FAIL, PB_OUTCOME_ERROR, PB_OUTCOME_CRASHED,
        PB_OUTCOME_SKIP, PB_OUTCOME_PASS,
    };
    static const char *const types[] = {"A", "builtins.A", NULL};
    for (size_t i = 0; i < COUNT; i++) {
        PB_AUTOFREE char *old_id = pb_asprintf("m.C.test_%zu", i);
        (void)pb_results_add(&old, old_id, PB_OUTCOME_PASS);
        size_t other = i * STEP % COUNT;
        PB_AUTOFREE char *new_id = pb_asprintf("m.C.test_%zu", other);
        PB_AUTOFREE char *message = pb_asprintf("message %zu", i % 700);
        if (i % 7 != 0) {
            pb_result_describe(pb_results_add(&new, new_id, outcomes[i % 5]),
                               types[i % 3], message, NULL);
        }
    }
    pb_diff_compute(&old, &new, NULL, &diff);
    size_t vanished = 0;
    size_t passing = 0;
    for (size_t i = 0; i < diff.len; i++) {
        const struct pb_change *got = &diff.items[i];
        PB_AUTOFREE char *signature = pb_signature_of(got->after);
        assert_string_equal(got->signature, signature);
        assert_ptr_equal(got->before, pb_results_get(&old, got->id));
        assert_ptr_equal(got->after, pb_results_get(&new, got->id));
        vanished += got->kind == PB_CHANGE_VANISHED;
    }
    for (size_t i = 0; i < COUNT; i++) {
        passing += i % 7 != 0 && i % 5 == 4;
    }
    assert_int_equal(vanished, COUNT / 7 + 1);
    assert_int_equal(diff.len, COUNT - passing);
    assert_int_equal(diff.passing_both, passing);
}

static void
empty_runs_do_not_differ(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results old = PB_RESULTS_INIT;
    PB_AUTO(pb_results) struct pb_results new = PB_RESULTS_INIT;
    PB_AUTO(pb_diff) struct pb_diff diff = PB_DIFF_INIT;
    pb_diff_compute(&old, &new, NULL, &diff);
    assert_int_equal(diff.len, 0);
    assert_int_equal(pb_diff_regressions(&diff), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_outcomes_has_its_change),
        cmocka_unit_test(only_what_a_bisection_looks_for_is_a_regression),
        cmocka_unit_test(changes_come_by_kind_then_id_with_both_sides),
        cmocka_unit_test(known_unreliable_tests_are_left_out),
        cmocka_unit_test(many_failures_have_their_own_signatures),
        cmocka_unit_test(empty_runs_do_not_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
