/* One revision, one failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "pybisect/verdict.h"

struct failure {
    enum pb_change_kind kind;
    const char *good;
    const char *bad;
};

static const struct failure came_to_fail = {PB_CHANGE_FAILING, "pass",
                                            "AssertionError: 1 != 2"};
static const struct failure failed_from_the_start = {
    PB_CHANGE_FAILING, "absent", "AssertionError: 1 != 2"};
static const struct failure was_skipped = {PB_CHANGE_FAILING, "skip: no ssl",
                                           "AssertionError: 1 != 2"};
static const struct failure came_to_skip = {PB_CHANGE_SKIPPED, "pass",
                                            "skip: no ssl"};
static const struct failure vanished = {PB_CHANGE_VANISHED, "pass", "absent"};

static const struct failure succeeds_no_more = {PB_CHANGE_FAILING, "xpass",
                                                "xfail"};

static enum pb_verdict
verdict(const struct failure *failure, enum pb_outcome outcome,
        const char *message)
{
    PB_AUTOFREE char *id = pb_strdup("m.C.test");
    PB_AUTOFREE char *good = pb_strdup(failure->good);
    PB_AUTOFREE char *bad = pb_strdup(failure->bad);
    PB_AUTOFREE char *type = pb_strdup("AssertionError");
    PB_AUTOFREE char *own_message = pb_strdup(message);
    struct pb_regression regression = {
        .id = id,
        .kind = failure->kind,
        .good_signature = good,
        .bad_signature = bad,
    };
    struct pb_result result = {
        .id = id, .outcome = outcome, .type = type, .message = own_message};
    return pb_verdict_of(&regression,
                         outcome == PB_OUTCOME_ABSENT ? NULL : &result);
}

static void
expect(const struct failure *failure, enum pb_outcome outcome,
       const char *message, enum pb_verdict expected)
{
    assert_string_equal(pb_verdict_name(verdict(failure, outcome, message)),
                        pb_verdict_name(expected));
}

static void
an_unexpected_success_that_is_gone_is_bad(void **state)
{
    (void)state;
    expect(&succeeds_no_more, PB_OUTCOME_XPASS, NULL, PB_VERDICT_GOOD);
    expect(&succeeds_no_more, PB_OUTCOME_XFAIL, NULL, PB_VERDICT_BAD);
    expect(&succeeds_no_more, PB_OUTCOME_PASS, NULL, PB_VERDICT_GOOD);
}

static void
the_failure_hunted_is_bad_and_another_one_is_neither(void **state)
{
    (void)state;
    const struct failure *failures[] = {&came_to_fail, &failed_from_the_start,
                                        &was_skipped};
    for (size_t i = 0; i < PB_LENGTH(failures); i++) {
        expect(failures[i], PB_OUTCOME_FAIL, "1 != 2\ndetails",
               PB_VERDICT_BAD);
        expect(failures[i], PB_OUTCOME_FAIL, "1 != 3", PB_VERDICT_OTHER);
        expect(failures[i], PB_OUTCOME_CRASHED, "1 != 2", PB_VERDICT_OTHER);
        expect(failures[i], PB_OUTCOME_HUNG, NULL, PB_VERDICT_OTHER);
        expect(failures[i], PB_OUTCOME_XPASS, NULL, PB_VERDICT_OTHER);
    }
}

static void
a_test_that_does_not_fail_yet_is_good(void **state)
{
    (void)state;
    const struct failure *failures[] = {&came_to_fail, &failed_from_the_start,
                                        &was_skipped};
    for (size_t i = 0; i < PB_LENGTH(failures); i++) {
        expect(failures[i], PB_OUTCOME_PASS, NULL, PB_VERDICT_GOOD);
        expect(failures[i], PB_OUTCOME_XFAIL, NULL, PB_VERDICT_GOOD);
    }
}

static void
a_test_that_passed_but_is_skipped_or_gone_tells_nothing(void **state)
{
    (void)state;
    expect(&came_to_fail, PB_OUTCOME_SKIP, "no ssl", PB_VERDICT_OTHER);
    expect(&came_to_fail, PB_OUTCOME_ABSENT, NULL, PB_VERDICT_OTHER);
}

static void
a_test_that_the_good_end_lacks_may_be_absent_or_skipped(void **state)
{
    (void)state;
    expect(&failed_from_the_start, PB_OUTCOME_ABSENT, NULL, PB_VERDICT_GOOD);
    expect(&failed_from_the_start, PB_OUTCOME_SKIP, "x", PB_VERDICT_GOOD);
}

static void
a_test_that_the_good_end_skips_may_be_skipped_but_not_gone(void **state)
{
    (void)state;
    expect(&was_skipped, PB_OUTCOME_SKIP, "no ssl", PB_VERDICT_GOOD);
    expect(&was_skipped, PB_OUTCOME_SKIP, "not on Linux", PB_VERDICT_GOOD);
    expect(&was_skipped, PB_OUTCOME_ABSENT, NULL, PB_VERDICT_OTHER);
}

static void
a_test_that_came_to_skip_is_bad_for_that_reason_alone(void **state)
{
    (void)state;
    expect(&came_to_skip, PB_OUTCOME_SKIP, "no ssl", PB_VERDICT_BAD);
    expect(&came_to_skip, PB_OUTCOME_SKIP, "no zlib", PB_VERDICT_OTHER);
    expect(&came_to_skip, PB_OUTCOME_PASS, NULL, PB_VERDICT_GOOD);
    expect(&came_to_skip, PB_OUTCOME_ABSENT, NULL, PB_VERDICT_OTHER);
    expect(&came_to_skip, PB_OUTCOME_FAIL, "no ssl", PB_VERDICT_OTHER);
    expect(&came_to_skip, PB_OUTCOME_XFAIL, NULL, PB_VERDICT_OTHER);
}

static void
a_test_that_vanished_is_bad_only_where_it_is_absent(void **state)
{
    (void)state;
    expect(&vanished, PB_OUTCOME_ABSENT, NULL, PB_VERDICT_BAD);
    expect(&vanished, PB_OUTCOME_PASS, NULL, PB_VERDICT_GOOD);
    expect(&vanished, PB_OUTCOME_FAIL, "1 != 2", PB_VERDICT_OTHER);
    expect(&vanished, PB_OUTCOME_SKIP, "no ssl", PB_VERDICT_OTHER);
}

static void
verdicts_have_names(void **state)
{
    (void)state;
    assert_string_equal(pb_verdict_name(PB_VERDICT_NONE), "none");
    assert_string_equal(pb_verdict_name(PB_VERDICT_GOOD), "good");
    assert_string_equal(pb_verdict_name(PB_VERDICT_BAD), "bad");
    assert_string_equal(pb_verdict_name(PB_VERDICT_OTHER), "other");
    assert_string_equal(pb_verdict_name(PB_VERDICT_SKIP), "skip");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unexpected_success_that_is_gone_is_bad),
        cmocka_unit_test(the_failure_hunted_is_bad_and_another_one_is_neither),
        cmocka_unit_test(a_test_that_does_not_fail_yet_is_good),
        cmocka_unit_test(
            a_test_that_passed_but_is_skipped_or_gone_tells_nothing),
        cmocka_unit_test(
            a_test_that_the_good_end_lacks_may_be_absent_or_skipped),
        cmocka_unit_test(
            a_test_that_the_good_end_skips_may_be_skipped_but_not_gone),
        cmocka_unit_test(
            a_test_that_came_to_skip_is_bad_for_that_reason_alone),
        cmocka_unit_test(a_test_that_vanished_is_bad_only_where_it_is_absent),
        cmocka_unit_test(verdicts_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
