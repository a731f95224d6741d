/* The record of bisections that the real engine has run. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "report/staged.h"

/* good                                   bad
   1 --- 2 --- 3 --- 4 --- 5 --- 6 --- 7 --- 8 */

static const struct staged_break one_break[] = {
    {5, 2, "suite.test_a", "1 != 2", "Traceback\nAssertionError: 1 != 2"},
};

static const struct pb_json *
finding_at(const struct pb_json *record, size_t index)
{
    return pb_json_at(pb_json_get(record, "findings"), index);
}

static const char *
text_at(const struct pb_json *json, const char *key, const char *inner)
{
    return pb_json_get_string(pb_json_get(json, key), inner);
}

static int64_t
number_at(const struct pb_json *json, const char *key, const char *inner)
{
    return pb_json_get_integer(pb_json_get(json, key), inner);
}

static void
assert_commit(const struct staged *staged, const struct pb_json *json,
              int mark)
{
    char hex[PB_OID_HEX];
    struct pb_oid oid = repo_oid(&staged->builder, mark);
    assert_string_equal(pb_json_get_string(json, "sha"),
                        pb_oid_hex(&oid, hex));
}

/* The text of every staged record is written: nothing may be missing. */
static struct pb_json *
record_of(struct staged *staged, const char *outcome)
{
    struct pb_json *record = staged_record(staged);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_report_text(record, 0, false, &text);
    assert_string_equal(pb_json_get_string(record, "outcome"), outcome);
    assert_int_equal(pb_json_get_integer(record, "exit_status"),
                     strcmp(outcome, "found") == 0 ? 0 : 1);
    assert_null(strstr(text.data, "Not finished"));
    return record;
}

static void
a_culprit_is_told_with_all_that_is_known(void **state)
{
    (void)state;
    PB_AUTO(staged)
    struct staged staged = {.breaks = one_break, .nbreaks = 1};
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "found");
    assert_int_equal(pb_json_length(pb_json_get(record, "findings")), 1);
    const struct pb_json *finding = finding_at(record, 0);
    const struct pb_json *culprit = pb_json_get(finding, "culprit");
    assert_string_equal(pb_json_get_string(finding, "kind"), "culprit");
    assert_true(pb_json_get_bool(finding, "confirmed"));
    assert_true(pb_json_get_real(finding, "probability") > 0.5);
    assert_commit(&staged, culprit, 5);
    assert_commit(&staged, pb_json_get(finding, "parent"), 4);
    assert_string_equal(pb_json_get_string(culprit, "subject"),
                        "gh-1005: Change number 5");
    assert_string_equal(
        pb_json_text(pb_json_at(pb_json_get(culprit, "links"), 0)),
        "https://github.com/python/cpython/issues/1005");
    assert_string_equal(
        pb_json_text(pb_json_at(pb_json_get(culprit, "files"), 0)),
        "M Lib/os.py");
    assert_false(pb_json_has(culprit, "commits_folded"));
}

static void
tests_are_compared_between_parent_and_culprit(void **state)
{
    (void)state;
    PB_AUTO(staged)
    struct staged staged = {.breaks = one_break, .nbreaks = 1};
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "found");
    const struct pb_json *finding = finding_at(record, 0);
    const struct pb_json *tests = pb_json_get(finding, "tests");
    const struct pb_json *test = pb_json_at(tests, 0);
    assert_int_equal(pb_json_length(tests), 2);
    assert_string_equal(pb_json_get_string(test, "id"), "suite.test_a0");
    assert_string_equal(pb_json_get_string(test, "kind"), "failing");
    assert_string_equal(text_at(test, "before", "outcome"), "pass");
    assert_string_equal(text_at(test, "after", "outcome"), "fail");
    assert_string_equal(text_at(test, "after", "message"), "1 != 2");
    assert_int_equal(number_at(finding, "counts", "failing"), 2);
    assert_int_equal(number_at(finding, "counts", "fixed"), 0);
    assert_int_equal(pb_json_get_integer(finding, "tests_left_out"), 0);
    const struct pb_json *neighbours = pb_json_get(finding, "neighbours");
    assert_int_equal(number_at(neighbours, "parent", "passed"), 7);
    assert_int_equal(number_at(neighbours, "culprit", "failed"), 2);
    const struct pb_json *ends = pb_json_get(record, "ends");
    assert_int_equal(pb_json_get_integer(ends, "regressed"), 2);
    assert_int_equal(number_at(ends, "good", "tests"), 7);
    assert_int_equal(pb_json_length(pb_json_get(ends, "regressions")), 0);
}

/* The parts of "0 12 9988". */
static size_t
sum_of_shares(const char *shares, size_t *out_parts)
{
    size_t sum = 0;
    *out_parts = 0;
    for (char *end = NULL; *shares != '\0'; shares = end) {
        sum += strtoul(shares, &end, 10);
        (*out_parts)++;
    }
    return sum;
}

static void
the_search_is_told_step_by_step(void **state)
{
    (void)state;
    PB_AUTO(staged)
    struct staged staged = {.breaks = one_break, .nbreaks = 1};
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "found");
    const struct pb_json *finding = finding_at(record, 0);
    const struct pb_json *search = pb_json_get(finding, "search");
    const struct pb_json *near = pb_json_get(search, "near");
    const struct pb_json *believed = pb_json_get(search, "believed");
    const struct pb_json *tried = pb_json_get(record, "tried");
    size_t steps = pb_json_length(believed);
    assert_int_equal(number_at(finding, "culprit", "candidate"), 3);
    assert_int_equal(pb_json_length(pb_json_get(near, "commits")),
                     STAGED_COMMITS - 1);
    assert_commit(&staged, pb_json_at(pb_json_get(near, "commits"), 3), 5);
    assert_int_equal(pb_json_length(pb_json_get(search, "verdicts")),
                     pb_json_length(tried));
    assert_true(
        pb_json_is_null(pb_json_get(pb_json_at(tried, 0), "candidate")));
    assert_in_range(steps, 3, 24);
    for (size_t i = 0; i < steps; i++) {
        size_t parts = 0;
        const char *shares =
            pb_json_get_string(pb_json_at(believed, i), "whole");
        assert_in_range(sum_of_shares(shares, &parts), 9990, 10010);
        assert_int_equal(parts, STAGED_COMMITS - 1);
    }
    const char *last =
        pb_json_get_string(pb_json_at(believed, steps - 1), "near");
    char *end = NULL;
    for (size_t i = 0; i < 3; i++) {
        assert_in_range(strtoul(last, &end, 10), 0, 100);
        last = end;
    }
    assert_in_range(strtoul(last, &end, 10), 9000, 10000);
}

static void
every_run_is_a_row_and_its_time_is_counted(void **state)
{
    (void)state;
    PB_AUTO(staged)
    struct staged staged = {.breaks = one_break, .nbreaks = 1};
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "found");
    const struct pb_json *tried = pb_json_get(record, "tried");
    size_t runs = pb_json_length(tried);
    assert_int_equal(runs, pb_bisection_trials(staged.bisection));
    assert_string_equal(pb_json_get_string(pb_json_at(tried, 0), "purpose"),
                        "good end");
    assert_commit(&staged, pb_json_at(tried, 0), 1);
    const struct pb_json *last = pb_json_at(tried, runs - 1);
    assert_true(pb_json_get_bool(last, "clean"));
    assert_string_equal(pb_json_get_string(last, "build"), "compiled");
    assert_int_equal(number_at(record, "time", "runs"), runs);
    assert_int_equal(number_at(record, "time", "compiled"), runs);
    assert_true(number_at(record, "time", "revisions") < (int64_t)runs);
    assert_true(pb_json_get_real(pb_json_get(record, "time"),
                                 "build_seconds") == 2.0 * (double)runs);
}

static void
two_signatures_of_one_commit_are_one_finding(void **state)
{
    (void)state;
    static const struct staged_break breaks[] = {
        {5, 2, "suite.test_a", "one", NULL},
        {5, 3, "suite.test_b", "another", NULL},
    };
    PB_AUTO(staged) struct staged staged = {.breaks = breaks, .nbreaks = 2};
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "found");
    const struct pb_json *finding = finding_at(record, 0);
    const struct pb_json *signatures = pb_json_get(finding, "signatures");
    assert_int_equal(pb_bisection_hunts(staged.bisection), 2);
    assert_int_equal(pb_json_length(pb_json_get(record, "findings")), 1);
    assert_int_equal(pb_json_length(signatures), 2);
    assert_string_equal(
        pb_json_get_string(pb_json_at(signatures, 0), "signature"),
        "AssertionError: another");
    assert_int_equal(pb_json_get_integer(pb_json_at(signatures, 0), "count"),
                     3);
}

static void
two_culprits_are_two_findings_the_larger_first(void **state)
{
    (void)state;
    static const struct staged_break breaks[] = {
        {3, 1, "suite.test_a", "one", NULL},
        {6, 4, "suite.test_b", "another", NULL},
    };
    PB_AUTO(staged) struct staged staged = {.breaks = breaks, .nbreaks = 2};
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "found");
    assert_int_equal(pb_json_length(pb_json_get(record, "findings")), 2);
    const struct pb_json *first = finding_at(record, 0);
    const struct pb_json *second = finding_at(record, 1);
    assert_commit(&staged, pb_json_get(first, "culprit"), 6);
    assert_commit(&staged, pb_json_get(second, "culprit"), 3);
    assert_int_equal(number_at(first, "counts", "failing"), 4);
    assert_int_equal(number_at(first, "counts", "failing_both"), 1);
    assert_int_equal(number_at(second, "counts", "failing"), 1);
}

static void
what_does_not_build_leaves_suspects_with_reasons(void **state)
{
    (void)state;
    PB_AUTO(staged)
    struct staged staged = {
        .breaks = one_break,
        .nbreaks = 1,
        .unbuildable = {[4] = true, [5] = true},
    };
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "suspects");
    const struct pb_json *finding = finding_at(record, 0);
    const struct pb_json *suspects = pb_json_get(finding, "suspects");
    assert_string_equal(pb_json_get_string(finding, "kind"), "suspects");
    assert_false(pb_json_has(finding, "culprit"));
    assert_true(pb_json_is_null(pb_json_get(finding, "neighbours")));
    assert_int_equal(pb_json_length(suspects), 3);
    assert_commit(&staged, pb_json_at(suspects, 0), 4);
    assert_commit(&staged, pb_json_at(suspects, 2), 6);
    assert_string_equal(pb_json_get_string(pb_json_at(suspects, 0), "reason"),
                        "does not build: make: Objects/object.c:1: error: no");
    assert_int_equal(number_at(finding, "counts", "failing"), 2);
    assert_int_equal(pb_json_length(pb_json_get(finding, "tests")), 2);
    assert_true(number_at(record, "time", "failed") > 0);
}

static void
a_culprit_that_clean_builds_deny_shows_what_they_did(void **state)
{
    (void)state;
    PB_AUTO(staged)
    struct staged staged = {
        .breaks = one_break,
        .nbreaks = 1,
        .forgetful = true,
    };
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "disputed");
    const struct pb_json *finding = finding_at(record, 0);
    const struct pb_json *test = pb_json_at(pb_json_get(finding, "tests"), 0);
    assert_false(pb_json_get_bool(finding, "confirmed"));
    assert_int_equal(number_at(finding, "counts", "unchanged"), 2);
    assert_string_equal(pb_json_get_string(test, "kind"), "unchanged");
    assert_string_equal(pb_json_get_string(test, "signature"),
                        "AssertionError: 1 != 2");
    assert_string_equal(text_at(test, "after", "outcome"), "pass");
}

static void
failures_of_both_ends_are_listed_up_to_a_number(void **state)
{
    (void)state;
    static const struct staged_break breaks[] = {
        {0, 30, "suite.test_a", "no network", NULL},
    };
    PB_AUTO(staged) struct staged staged = {.breaks = breaks, .nbreaks = 1};
    staged_run(&staged);
    PB_AUTO(pb_json)
    struct pb_json *record = record_of(&staged, "good-is-bad");
    const struct pb_json *ends = pb_json_get(record, "ends");
    const struct pb_json *failing = pb_json_get(ends, "already_failing");
    assert_int_equal(pb_json_length(pb_json_get(record, "findings")), 0);
    assert_int_equal(pb_json_length(failing), 20);
    assert_string_equal(pb_json_get_string(pb_json_at(failing, 0), "message"),
                        "no network");
    assert_int_equal(pb_json_get_integer(ends, "failing_both"), 30);
}

static void
an_end_that_does_not_build_says_why(void **state)
{
    (void)state;
    PB_AUTO(staged)
    struct staged staged = {
        .breaks = one_break,
        .nbreaks = 1,
        .unbuildable = {[STAGED_COMMITS] = true},
    };
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "untestable");
    const struct pb_json *ends = pb_json_get(record, "ends");
    assert_string_equal(text_at(ends, "good", "status"), "tested");
    assert_string_equal(text_at(ends, "bad", "status"), "unbuildable");
    assert_string_equal(text_at(ends, "bad", "log"), "/logs/build.log");
}

static void
long_lists_and_tracebacks_are_cut(void **state)
{
    (void)state;
    char trace[10000];
    memset(trace, 'x', sizeof(trace));
    for (size_t i = 99; i < sizeof(trace); i += 100) {
        trace[i] = '\n';
    }
    memcpy(trace + sizeof(trace) - 5, "\nEnd", 5);
    const struct staged_break breaks[] = {
        {5, 620, "suite.test_a", "one", trace},
    };
    PB_AUTO(staged) struct staged staged = {.breaks = breaks, .nbreaks = 1};
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "found");
    const struct pb_json *finding = finding_at(record, 0);
    const struct pb_json *tests = pb_json_get(finding, "tests");
    assert_int_equal(pb_json_length(tests), 500);
    assert_int_equal(pb_json_get_integer(finding, "tests_left_out"), 120);
    assert_int_equal(number_at(finding, "counts", "failing"), 620);
    const char *kept = text_at(pb_json_at(tests, 0), "after", "trace");
    assert_in_range(strlen(kept), 3900, 4100);
    assert_int_equal(strncmp(kept, "...\nxxx", 7), 0);
    assert_string_equal(kept + strlen(kept) - 4, "\nEnd");
}

static void
commands_repeat_the_plan_quoted_for_a_shell(void **state)
{
    (void)state;
    static const struct staged_break breaks[] = {
        {5, 5, "suite.test it's ", "one", NULL},
    };
    PB_AUTO(staged)
    struct staged staged = {
        .breaks = breaks,
        .nbreaks = 1,
        .plan =
            {
                .project = pb_strdup("genshi"),
                .cpython = pb_strdup("/srv/my cpython"),
                .deps_dir = pb_strdup("/srv/deps"),
                .ref = pb_strdup("0.7"),
            },
    };
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "found");
    char hex[PB_OID_HEX];
    struct pb_oid parent = repo_oid(&staged.builder, 4);
    PB_AUTOFREE char *expected = pb_asprintf(
        "pybisect try %s genshi --cpython '/srv/my cpython' --deps /srv/deps "
        "--ref 0.7 --test 'suite.test it'\\''s 0' "
        "--test 'suite.test it'\\''s 1' --test 'suite.test it'\\''s 2'",
        pb_oid_hex(&parent, hex));
    assert_string_equal(text_at(finding_at(record, 0), "reproduce", "good"),
                        expected);
}

static void
a_command_is_repeated_after_two_dashes(void **state)
{
    (void)state;
    PB_AUTO(staged)
    struct staged staged = {.breaks = one_break, .nbreaks = 1};
    pb_strv_add(&staged.plan.command, "{python}");
    pb_strv_add(&staged.plan.command, "-c");
    pb_strv_add(&staged.plan.command, "import os; os.x");
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "found");
    const char *bad = text_at(finding_at(record, 0), "reproduce", "bad");
    assert_non_null(strstr(bad, " -- '{python}' -c 'import os; os.x'"));
    assert_null(strstr(bad, "--test"));
}

/* What the staged commits write into Lib/os.py is their message. */
static const struct staged_break told_break[] = {
    {5, 2, "suite.test_a", "gh-1005: Change number 5",
     "Traceback (most recent call last):\n"
     "  File \"/c/runs/run-Ab12cD/project/genshi/core.py\", line 3, in f\n"
     "    os.fspath(1)\n"
     "  File \"/c/trees/0/run-1/Lib/os.py\", line 9, in fspath\n"
     "AssertionError: gh-1005: Change number 5\n"},
};

static void
a_culprit_is_tied_to_its_failures(void **state)
{
    (void)state;
    PB_AUTO(staged)
    struct staged staged = {.breaks = told_break, .nbreaks = 1};
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "found");
    const struct pb_json *finding = finding_at(record, 0);
    const struct pb_json *reasons = pb_json_get(finding, "reasons");
    assert_string_equal(text_at(finding, "blame", "who"), "project");
    assert_string_equal(text_at(finding, "blame", "where"),
                        "genshi/core.py:3, in f");
    assert_true(pb_json_is_null(
        pb_json_get(pb_json_get(finding, "blame"), "package")));
    assert_int_equal(pb_json_length(reasons), 1);
    assert_string_equal(pb_json_text(pb_json_at(reasons, 0)),
                        "raised in Lib/os.py, which the commit changes");
    assert_int_equal(pb_json_length(pb_json_get(finding, "announced")), 0);
    assert_string_equal(
        pb_json_get_string(pb_json_at(pb_json_get(finding, "signatures"), 0),
                           "signature"),
        "AssertionError: gh-1005: Change number 5 [genshi/core.py: f]");
}

static void
suspects_have_reasons_too(void **state)
{
    (void)state;
    PB_AUTO(staged)
    struct staged staged = {
        .breaks = told_break,
        .nbreaks = 1,
        .unbuildable = {[4] = true, [5] = true},
    };
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "suspects");
    const struct pb_json *finding = finding_at(record, 0);
    const struct pb_json *suspects = pb_json_get(finding, "suspects");
    const struct pb_json *reasons =
        pb_json_get(pb_json_at(suspects, 0), "reasons");
    assert_string_equal(text_at(finding, "blame", "who"), "project");
    assert_true(pb_json_has(finding, "reasons"));
    assert_int_equal(pb_json_length(pb_json_get(finding, "reasons")), 0);
    assert_int_equal(pb_json_length(reasons), 1);
}

static void
a_failure_without_a_traceback_is_nobodys(void **state)
{
    (void)state;
    PB_AUTO(staged)
    struct staged staged = {.breaks = one_break, .nbreaks = 1};
    staged_run(&staged);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&staged, "found");
    const struct pb_json *finding = finding_at(record, 0);
    assert_string_equal(text_at(finding, "blame", "who"), "unknown");
    assert_int_equal(pb_json_length(pb_json_get(finding, "reasons")), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_culprit_is_told_with_all_that_is_known),
        cmocka_unit_test(tests_are_compared_between_parent_and_culprit),
        cmocka_unit_test(the_search_is_told_step_by_step),
        cmocka_unit_test(every_run_is_a_row_and_its_time_is_counted),
        cmocka_unit_test(two_signatures_of_one_commit_are_one_finding),
        cmocka_unit_test(two_culprits_are_two_findings_the_larger_first),
        cmocka_unit_test(what_does_not_build_leaves_suspects_with_reasons),
        cmocka_unit_test(a_culprit_that_clean_builds_deny_shows_what_they_did),
        cmocka_unit_test(failures_of_both_ends_are_listed_up_to_a_number),
        cmocka_unit_test(an_end_that_does_not_build_says_why),
        cmocka_unit_test(long_lists_and_tracebacks_are_cut),
        cmocka_unit_test(commands_repeat_the_plan_quoted_for_a_shell),
        cmocka_unit_test(a_command_is_repeated_after_two_dashes),
        cmocka_unit_test(a_culprit_is_tied_to_its_failures),
        cmocka_unit_test(suspects_have_reasons_too),
        cmocka_unit_test(a_failure_without_a_traceback_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
