/* Every run, in order, and where the time went. */
#include "report/record_private.h"

#include "pybisect/map.h"

static const char *
build_text(const struct pb_evaluation *evaluation)
{
    if (evaluation->recalled) {
        return "recalled";
    }
    switch (evaluation->build) {
    case PB_BUILD_RESTORED:
        return "restored";
    case PB_BUILD_FAILED:
        return "failed";
    case PB_BUILD_COMPILED:
        break;
    }
    return "compiled";
}

static struct pb_json *
trial_json(struct pb_session *session, const struct pb_trial_record *trial,
           struct pb_error *err)
{
    const struct pb_evaluation *evaluation = &trial->evaluation;
    const struct pb_results *results = &evaluation->results;
    struct pb_json *json = pb_record_commit(session, &trial->commit, err);
    if (json == NULL) {
        return NULL;
    }
    size_t passed = pb_results_count(results, PB_OUTCOME_PASS) +
                    pb_results_count(results, PB_OUTCOME_XFAIL);
    size_t skipped = pb_results_count(results, PB_OUTCOME_SKIP);
    pb_json_set(json, "purpose",
                pb_json_string(pb_purpose_name(trial->purpose)));
    pb_json_set(json, "candidate",
                trial->candidate == PB_GOOD_END
                    ? pb_json_null()
                    : pb_json_integer((int64_t)trial->candidate));
    pb_json_set(json, "tests", pb_json_integer((int64_t)trial->ntests));
    pb_json_set(json, "clean", pb_json_bool(trial->clean));
    pb_json_set(json, "build", pb_json_string(build_text(evaluation)));
    pb_json_set(json, "audit",
                pb_json_string(evaluation->audit == PB_AUDIT_NONE
                                   ? NULL
                                   : pb_audit_name(evaluation->audit)));
    pb_json_set(json, "build_seconds",
                pb_json_real(evaluation->build_seconds));
    pb_json_set(json, "test_seconds", pb_json_real(evaluation->test_seconds));
    if (evaluation->dependencies_built > 0) {
        pb_json_set(json, "dependencies_built",
                    pb_json_integer((int64_t)evaluation->dependencies_built));
        pb_json_set(json, "dependency_seconds",
                    pb_json_real(evaluation->dependency_seconds));
    }
    pb_json_set(json, "verdict",
                pb_json_string(pb_verdict_name(trial->verdict)));
    pb_json_set(json, "why",
                trial->why.bits > 0 ? pb_why_to_json(&trial->why)
                                    : pb_json_null());
    pb_json_set(json, "passed", pb_json_integer((int64_t)passed));
    pb_json_set(json, "failed",
                pb_json_integer((int64_t)pb_results_failed(results)));
    pb_json_set(json, "skipped", pb_json_integer((int64_t)skipped));
    char tested[PB_OID_HEX];
    pb_json_set(json, "same_as",
                pb_json_string(evaluation->twin
                                   ? pb_oid_hex(&evaluation->tested, tested)
                                   : NULL));
    pb_json_set(json, "failed_phases", pb_record_failed_phases(results));
    pb_json_set(json, "reason", pb_json_string(evaluation->reason));
    pb_json_set(json, "log", pb_json_string(evaluation->log));
    return json;
}

struct pb_json *
pb_record_tried(const struct pb_record_source *source, struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *array = pb_json_array();
    for (size_t i = 0; i < pb_bisection_trials(source->bisection); i++) {
        struct pb_json *trial = trial_json(
            source->session, pb_bisection_trial(source->bisection, i), err);
        if (trial == NULL) {
            return NULL;
        }
        pb_json_append(array, trial);
    }
    return pb_record_steal(&array);
}

struct totals {
    double build_seconds;
    double test_seconds;
    double dependency_seconds;
    int64_t dependencies;
    int64_t compiled;
    int64_t restored;
    int64_t recalled;
    int64_t failed;
};

/* What was recalled took its time in another bisection, not in this one. */
static void
add_up(struct totals *totals, const struct pb_evaluation *evaluation)
{
    if (evaluation->recalled) {
        totals->recalled++;
        return;
    }
    totals->build_seconds += evaluation->build_seconds;
    totals->test_seconds += evaluation->test_seconds;
    totals->dependency_seconds += evaluation->dependency_seconds;
    totals->dependencies += (int64_t)evaluation->dependencies_built;
    switch (evaluation->build) {
    case PB_BUILD_RESTORED:
        totals->restored++;
        break;
    case PB_BUILD_COMPILED:
        totals->compiled++;
        break;
    case PB_BUILD_FAILED:
        totals->failed++;
        break;
    }
}

struct pb_json *
pb_record_time(const struct pb_record_source *source, double seconds)
{
    struct totals totals = {.compiled = 0};
    PB_AUTO(pb_map) struct pb_map *revisions = pb_map_new(NULL);
    size_t runs = pb_bisection_trials(source->bisection);
    for (size_t i = 0; i < runs; i++) {
        const struct pb_trial_record *trial =
            pb_bisection_trial(source->bisection, i);
        char hex[PB_OID_HEX];
        pb_map_set(revisions, pb_oid_hex(&trial->commit, hex), NULL);
        add_up(&totals, &trial->evaluation);
    }
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "seconds", pb_json_real(seconds));
    pb_json_set(json, "build_seconds", pb_json_real(totals.build_seconds));
    pb_json_set(json, "test_seconds", pb_json_real(totals.test_seconds));
    if (source->session->dependencies != NULL) {
        pb_json_set(json, "dependencies_built",
                    pb_json_integer(totals.dependencies));
        pb_json_set(json, "dependency_seconds",
                    pb_json_real(totals.dependency_seconds));
    }
    pb_json_set(json, "revisions",
                pb_json_integer((int64_t)pb_map_size(revisions)));
    pb_json_set(json, "runs", pb_json_integer((int64_t)runs));
    pb_json_set(json, "compiled", pb_json_integer(totals.compiled));
    pb_json_set(json, "restored", pb_json_integer(totals.restored));
    pb_json_set(json, "recalled", pb_json_integer(totals.recalled));
    pb_json_set(json, "failed", pb_json_integer(totals.failed));
    return json;
}
