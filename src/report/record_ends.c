/* The whole-suite runs at both ends, and what sets them apart. */
#include "report/record_private.h"

struct pb_json *
pb_record_run(const struct pb_evaluation *evaluation)
{
    const struct pb_results *results = &evaluation->results;
    size_t passed = pb_results_count(results, PB_OUTCOME_PASS) +
                    pb_results_count(results, PB_OUTCOME_XFAIL);
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "tests",
                pb_json_integer((int64_t)pb_results_tests(results)));
    pb_json_set(json, "passed", pb_json_integer((int64_t)passed));
    pb_json_set(json, "failed",
                pb_json_integer((int64_t)pb_results_failed(results)));
    pb_json_set(
        json, "skipped",
        pb_json_integer((int64_t)pb_results_count(results, PB_OUTCOME_SKIP)));
    pb_json_set(json, "seconds", pb_json_real(evaluation->test_seconds));
    return json;
}

struct pb_json *
pb_record_failed_phases(const struct pb_results *results)
{
    struct pb_json *array = pb_json_array();
    for (size_t i = 0; i < results->len; i++) {
        const struct pb_result *result = &results->items[i];
        if (!pb_result_is_pseudo(result->id) ||
            !pb_outcome_failed(result->outcome)) {
            continue;
        }
        struct pb_json *json = pb_json_object();
        pb_json_set(json, "id", pb_json_string(result->id));
        pb_json_set(json, "outcome",
                    pb_json_string(pb_outcome_name(result->outcome)));
        pb_json_set(json, "message", pb_json_string(result->message));
        pb_json_append(array, json);
    }
    return array;
}

static const char *
status_text(enum pb_evaluation_status status)
{
    switch (status) {
    case PB_EVALUATION_UNBUILDABLE:
        return "unbuildable";
    case PB_EVALUATION_UNTESTABLE:
        return "untestable";
    case PB_EVALUATION_TESTED:
        break;
    }
    return "tested";
}

struct pb_json *
pb_record_end(const struct pb_trial_record *trial)
{
    if (trial == NULL) {
        return pb_json_null();
    }
    const struct pb_evaluation *evaluation = &trial->evaluation;
    struct pb_json *json = pb_record_run(evaluation);
    pb_json_set(json, "status",
                pb_json_string(status_text(evaluation->status)));
    pb_json_set(json, "reason", pb_json_string(evaluation->reason));
    pb_json_set(json, "log", pb_json_string(evaluation->log));
    pb_json_set(json, "failed_phases",
                pb_record_failed_phases(&evaluation->results));
    return json;
}

struct pb_json *
pb_record_flaky(const struct pb_bisection *bisection)
{
    struct pb_json *array = pb_json_array();
    for (size_t i = 0; i < pb_bisection_regressions(bisection); i++) {
        if (pb_bisection_is_flaky(bisection, i)) {
            pb_json_append(
                array,
                pb_json_string(pb_bisection_regression(bisection, i)->id));
        }
    }
    return array;
}

/* What fails at both ends: why a range is no range. */
static struct pb_json *
already_failing_json(const struct pb_trial_record *good,
                     const struct pb_trial_record *bad)
{
    struct pb_json *array = pb_json_array();
    const struct pb_results *results = &bad->evaluation.results;
    for (size_t i = 0; i < results->len; i++) {
        const char *id = results->items[i].id;
        const struct pb_result *before =
            pb_results_find(&good->evaluation.results, id);
        if (pb_json_length(array) == PB_RECORD_LISTED) {
            break;
        }
        if (before == NULL || !pb_outcome_failed(before->outcome) ||
            !pb_outcome_failed(results->items[i].outcome))
        {
            continue;
        }
        struct pb_json *json = pb_json_object();
        pb_json_set(json, "id", pb_json_string(id));
        pb_json_set(json, "type", pb_json_string(before->type));
        pb_json_set(json, "message", pb_json_string(before->message));
        pb_json_append(array, json);
    }
    return array;
}

/* A bisection without a finding still says which tests it was about. */
static struct pb_json *
regressions_json(const struct pb_diff *diff)
{
    struct pb_json *array = pb_json_array();
    for (size_t i = 0; i < diff->len; i++) {
        const struct pb_change *change = &diff->items[i];
        if (!pb_change_is_regression(change->kind) ||
            pb_json_length(array) == PB_RECORD_LISTED)
        {
            continue;
        }
        const struct pb_result *after = change->after;
        struct pb_json *json = pb_json_object();
        pb_json_set(json, "id", pb_json_string(change->id));
        pb_json_set(json, "kind",
                    pb_json_string(pb_change_kind_name(change->kind)));
        pb_json_set(json, "signature", pb_json_string(change->signature));
        pb_json_set(json, "message",
                    pb_json_string(after == NULL ? NULL : after->message));
        pb_json_append(array, json);
    }
    return array;
}

static void
set_difference(struct pb_json *json, const struct pb_diff *diff, bool list)
{
    int64_t failing = diff == NULL ? 0 : (int64_t)diff->failing_both;
    int64_t passing = diff == NULL ? 0 : (int64_t)diff->passing_both;
    int64_t regressed = diff == NULL ? 0 : (int64_t)pb_diff_regressions(diff);
    int64_t known = diff == NULL ? 0 : (int64_t)diff->known;
    pb_json_set(json, "failing_both", pb_json_integer(failing));
    pb_json_set(json, "known_failing", pb_json_integer(known));
    pb_json_set(json, "passing_both", pb_json_integer(passing));
    pb_json_set(json, "regressed", pb_json_integer(regressed));
    pb_json_set(json, "regressions",
                diff != NULL && list ? regressions_json(diff)
                                     : pb_json_array());
}

struct pb_json *
pb_record_ends(const struct pb_record_source *source)
{
    const struct pb_bisection *bisection = source->bisection;
    const struct pb_trial_record *good = pb_bisection_end(bisection, false);
    const struct pb_trial_record *bad = pb_bisection_end(bisection, true);
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "good", pb_record_end(good));
    pb_json_set(json, "bad", pb_record_end(bad));
    set_difference(json, pb_bisection_diff(bisection),
                   pb_bisection_hunts(bisection) == 0);
    pb_json_set(json, "flaky", pb_record_flaky(bisection));
    bool listed = pb_bisection_finding(bisection) == PB_FINDING_GOOD_IS_BAD &&
                  good != NULL && bad != NULL;
    pb_json_set(json, "already_failing",
                listed ? already_failing_json(good, bad) : pb_json_array());
    return json;
}
