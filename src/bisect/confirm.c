/* Confirming: the regressed tests alone once more at both ends, to part real
   regressions from flaky ones and from tests that only fail in company. */
#include "bisect/engine.h"
#include "pybisect/alloc.h"

static size_t
mark_flaky(struct pb_bisection *bisection)
{
    const struct pb_evaluation *good =
        &bisection->trials[bisection->confirm_good]->evaluation;
    const struct pb_evaluation *bad =
        &bisection->trials[bisection->confirm_bad]->evaluation;
    size_t reproduced = 0;
    for (size_t i = 0; i < bisection->nregressions; i++) {
        const struct pb_regression *each = &bisection->regressions[i];
        if (!bisection->active[i]) {
            continue;
        }
        bisection->flaky[i] =
            pb_engine_verdict(each, good) != PB_VERDICT_GOOD ||
            pb_engine_verdict(each, bad) != PB_VERDICT_BAD;
        reproduced += !bisection->flaky[i];
    }
    return reproduced;
}

/* True if some signature has active tests and not one reproduced. */
static bool
lost_a_signature(const struct pb_bisection *bisection)
{
    for (size_t i = 0; i < bisection->nregressions; i++) {
        if (!bisection->active[i] || !bisection->flaky[i]) {
            continue;
        }
        bool kept = false;
        for (size_t j = 0; j < bisection->nregressions && !kept; j++) {
            kept = bisection->active[j] && !bisection->flaky[j] &&
                   pb_ends_alike(&bisection->regressions[i],
                                 &bisection->regressions[j]);
        }
        if (!kept) {
            return true;
        }
    }
    return false;
}

/* Some signature does not reproduce alone: is it flaky, or does it fail in
   company only? The whole suite, confirmed once more, tells. */
static void
fall_back_to_whole_suite(struct pb_bisection *bisection)
{
    bisection->whole_suite = true;
    bisection->alone = pb_alloc_array(bisection->nregressions, sizeof(bool));
    for (size_t i = 0; i < bisection->nregressions; i++) {
        bisection->alone[i] = bisection->active[i] && !bisection->flaky[i];
        bisection->active[i] = true;
        bisection->flaky[i] = false;
    }
    bisection->confirm_bad = PB_NO_TRIAL;
    bisection->confirm_good = PB_NO_TRIAL;
}

/* True if each regression that reproduced in company has one of its signature
   that did so alone as well. */
static bool
company_is_not_needed(const struct pb_bisection *bisection)
{
    for (size_t i = 0; i < bisection->nregressions; i++) {
        bool spoken_for = bisection->flaky[i];
        for (size_t j = 0; j < bisection->nregressions && !spoken_for; j++) {
            spoken_for = bisection->alone[j] && !bisection->flaky[j] &&
                         pb_ends_alike(&bisection->regressions[i],
                                       &bisection->regressions[j]);
        }
        if (!spoken_for) {
            return false;
        }
    }
    return true;
}

/* All that was lost is flaky: a few flaky tests must not make each step run
   the whole suite. */
static void
return_to_selection(struct pb_bisection *bisection)
{
    bisection->whole_suite = false;
    for (size_t i = 0; i < bisection->nregressions; i++) {
        bisection->active[i] = bisection->alone[i];
    }
}

static void
confirm_at(struct pb_bisection *bisection, size_t candidate)
{
    PB_AUTO(pb_strv) struct pb_strv tests = PB_STRV_INIT;
    pb_ends_step_tests(bisection, &tests);
    pb_engine_choose(bisection, PB_PURPOSE_CONFIRM, candidate, &tests, 1);
}

void
pb_confirm_advance(struct pb_bisection *bisection)
{
    const struct pb_trial_record *last =
        bisection->trials[pb_engine_last_trial(bisection)];
    bool ran = last->purpose == PB_PURPOSE_CONFIRM;
    if (ran && last->candidate == PB_GOOD_END &&
        bisection->confirm_bad != PB_NO_TRIAL)
    {
        bisection->confirm_good = pb_engine_last_trial(bisection);
    }
    else if (ran && last->candidate != PB_GOOD_END) {
        bisection->confirm_bad = pb_engine_last_trial(bisection);
        confirm_at(bisection, PB_GOOD_END);
        return;
    }
    if (bisection->confirm_good == PB_NO_TRIAL) {
        confirm_at(bisection, bisection->options.candidates->len - 1);
        return;
    }
    size_t reproduced = mark_flaky(bisection);
    if (!bisection->whole_suite && lost_a_signature(bisection)) {
        fall_back_to_whole_suite(bisection);
        confirm_at(bisection, bisection->options.candidates->len - 1);
        return;
    }
    if (reproduced > 0 && bisection->alone != NULL &&
        company_is_not_needed(bisection))
    {
        return_to_selection(bisection);
    }
    if (reproduced == 0) {
        pb_engine_finish(bisection, PB_FINDING_FLAKY,
                         "%zu tests failed at the bad end and not at the good "
                         "one, but none of them did so again",
                         bisection->nregressions);
        return;
    }
    pb_hunt_add_column(bisection, bisection->trials[bisection->bad_trial]);
    pb_hunt_regroup(bisection);
    bisection->stage = PB_STAGE_SEARCH;
}
