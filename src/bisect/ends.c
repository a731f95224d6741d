/* The ends: the whole suite at both, what regressed between them, and which of
   it the steps run. */
#include <stdio.h>
#include <string.h>

#include "bisect/engine.h"
#include "pybisect/alloc.h"
#include "pybisect/map.h"

static const char *
short_id(const struct pb_trial_record *trial, char out[PB_OID_SHORT])
{
    return pb_oid_short(&trial->commit, out);
}

/* False when the evaluation is no basis for anything. */
static bool
check_end(struct pb_bisection *bisection, const struct pb_trial_record *trial,
          const char *which)
{
    char id[PB_OID_SHORT];
    const struct pb_evaluation *evaluation = &trial->evaluation;
    if (evaluation->status == PB_EVALUATION_UNBUILDABLE) {
        pb_engine_finish(bisection, PB_FINDING_UNTESTABLE,
                         "the %s end %s does not build: %s", which,
                         short_id(trial, id), evaluation->reason);
        return false;
    }
    if (evaluation->status == PB_EVALUATION_UNTESTABLE) {
        pb_engine_finish(bisection, PB_FINDING_UNTESTABLE,
                         "the %s end %s cannot be tested: %s", which,
                         short_id(trial, id), evaluation->reason);
        return false;
    }
    return true;
}

static bool
check_good_end(struct pb_bisection *bisection,
               const struct pb_trial_record *trial)
{
    char id[PB_OID_SHORT];
    size_t ran = pb_results_tests(&trial->evaluation.results);
    size_t wanted = bisection->options.min_tests;
    bool command =
        pb_results_find(&trial->evaluation.results, PB_TEST_COMMAND) != NULL;
    const enum pb_phase *phase = bisection->options.phase;
    bool all = bisection->options.tests == NULL && !command &&
               (phase == NULL || *phase == PB_PHASE_TEST);
    if (all && ran < wanted) {
        const struct pb_result *run =
            pb_results_find(&trial->evaluation.results, PB_TEST_RUN);
        const char *said = run != NULL && run->message != NULL
                               ? run->message
                               : "nothing was said";
        pb_engine_finish(bisection, PB_FINDING_UNTESTABLE,
                         "only %zu tests ran at the good end %s where the "
                         "recipe expects at least %zu: %s",
                         ran, short_id(trial, id), wanted, said);
        return false;
    }
    return true;
}

static bool
matches(const struct pb_bisection *bisection, const struct pb_change *change)
{
    const struct pb_regex *match = bisection->options.match;
    const enum pb_phase *phase = bisection->options.phase;
    if (phase != NULL && pb_plan_phase_of(change->id) != *phase) {
        return false;
    }
    if (match == NULL) {
        return true;
    }
    PB_AUTOFREE char *text =
        pb_asprintf("%s: %s", change->id, change->signature);
    struct pb_regex_match found;
    return pb_regex_match(match, text, strlen(text), 0, &found);
}

static void
collect_regressions(struct pb_bisection *bisection)
{
    const struct pb_diff *diff = &bisection->diff;
    size_t count =
        pb_diff_regressions(diff) + pb_diff_count(diff, PB_CHANGE_DIFFERENT);
    bisection->regressions =
        pb_alloc_array(count + 1, sizeof(*bisection->regressions));
    bisection->active = pb_alloc_array(count + 1, sizeof(bool));
    bisection->flaky = pb_alloc_array(count + 1, sizeof(bool));
    bisection->unsteady = pb_alloc_array(count + 1, sizeof(bool));
    bisection->group = pb_alloc_array(count + 1, sizeof(size_t));
    bisection->weights = pb_alloc_array(count + 1, sizeof(double *));
    for (size_t i = 0; i < diff->len; i++) {
        const struct pb_change *change = &diff->items[i];
        bool wanted = pb_change_is_regression(change->kind) ||
                      (bisection->options.different &&
                       change->kind == PB_CHANGE_DIFFERENT);
        if (!wanted || !matches(bisection, change)) {
            continue;
        }
        bisection->regressions[bisection->nregressions++] =
            (struct pb_regression){
                .id = pb_strdup(change->id),
                .kind = change->kind,
                .good_signature = pb_signature_of(change->before),
                .bad_signature = pb_strdup(change->signature),
            };
    }
}

static void
group_regressions(struct pb_bisection *bisection)
{
    PB_AUTO(pb_map) struct pb_map *groups = pb_map_new(NULL);
    for (size_t i = 0; i < bisection->nregressions; i++) {
        const struct pb_regression *each = &bisection->regressions[i];
        PB_AUTOFREE char *key =
            pb_asprintf("%d %s", (int)each->kind, each->bad_signature);
        const size_t *known = pb_map_get(groups, key);
        bisection->group[i] = known == NULL ? i : *known;
        if (known == NULL) {
            pb_map_set(groups, key, &bisection->group[i]);
        }
    }
}

/* Nothing to look for: says which of the three reasons it is. */
static void
finish_without_regression(struct pb_bisection *bisection,
                          const struct pb_trial_record *good,
                          const struct pb_trial_record *bad)
{
    char good_id[PB_OID_SHORT];
    char bad_id[PB_OID_SHORT];
    short_id(good, good_id);
    short_id(bad, bad_id);
    size_t others = pb_diff_regressions(&bisection->diff);
    if (others > 0) {
        pb_engine_finish(bisection, PB_FINDING_NO_MATCH,
                         "%zu tests regressed between %s and %s, but none "
                         "that --%s asks for",
                         others, good_id, bad_id,
                         bisection->options.match != NULL ? "match" : "phase");
    }
    else if (bisection->diff.failing_both > 0) {
        pb_engine_finish(bisection, PB_FINDING_GOOD_IS_BAD,
                         "the good end %s already fails: all that fails at "
                         "the bad end %s fails there too%s",
                         good_id, bad_id,
                         bisection->options.range->forked
                             ? " (it is where the good revision's branch "
                               "left the bad one's: the failure may be fixed "
                               "on that branch alone)"
                             : "");
    }
    else {
        pb_engine_finish(bisection, PB_FINDING_BAD_IS_GOOD,
                         "nothing fails at the bad end %s that did not fail "
                         "at the good end %s",
                         bad_id, good_id);
    }
}

/* --- which tests the steps run ------------------------------------------ */

static bool
selectable(const struct pb_bisection *bisection, const char *id)
{
    const struct pb_machine *machine = bisection->options.machine;
    return machine->selectable(machine->context, id);
}

/* Every run has its pseudo-tests: they are asked for by running at all. */
static bool
reachable(const struct pb_bisection *bisection, const char *id)
{
    return pb_result_is_pseudo(id) || selectable(bisection, id);
}

/* Evenly spread representatives of one signature become active. Returns how
   many of its tests can be reached. */
static size_t
activate_group(struct pb_bisection *bisection, size_t first)
{
    size_t count = 0;
    for (size_t i = first; i < bisection->nregressions; i++) {
        count += bisection->group[i] == first &&
                 reachable(bisection, bisection->regressions[i].id);
    }
    size_t seen = 0;
    size_t taken = 0;
    for (size_t i = first; i < bisection->nregressions; i++) {
        if (bisection->group[i] != first ||
            !reachable(bisection, bisection->regressions[i].id))
        {
            continue;
        }
        if (taken * count <= seen * PB_REPRESENTATIVES) {
            bisection->active[i] = true;
            taken++;
        }
        seen++;
    }
    return count;
}

static bool
vanished_any(const struct pb_bisection *bisection)
{
    for (size_t i = 0; i < bisection->nregressions; i++) {
        const struct pb_regression *each = &bisection->regressions[i];
        if (each->kind == PB_CHANGE_VANISHED && reachable(bisection, each->id))
        {
            return true;
        }
    }
    return false;
}

/* A signature none of whose tests can be asked for alone needs the whole
   suite at each step; unless tests vanished: then it is how their loading
   failed, and they speak for it. */
static void
choose_active(struct pb_bisection *bisection)
{
    for (size_t i = 0; i < bisection->nregressions; i++) {
        if (bisection->group[i] == i && activate_group(bisection, i) == 0 &&
            !vanished_any(bisection))
        {
            bisection->whole_suite = true;
        }
    }
    for (size_t i = 0; bisection->whole_suite && i < bisection->nregressions;
         i++) {
        bisection->active[i] = true;
    }
}

void
pb_ends_advance(struct pb_bisection *bisection)
{
    size_t bad = bisection->options.candidates->len - 1;
    if (bisection->good_trial == PB_NO_TRIAL) {
        if (bisection->ntrials == 0) {
            pb_engine_choose(bisection, PB_PURPOSE_GOOD_END, PB_GOOD_END, NULL,
                             0);
            return;
        }
        bisection->good_trial = pb_engine_last_trial(bisection);
        const struct pb_trial_record *good =
            bisection->trials[bisection->good_trial];
        if (check_end(bisection, good, "good") &&
            check_good_end(bisection, good)) {
            pb_engine_choose(bisection, PB_PURPOSE_BAD_END, bad, NULL, 0);
        }
        return;
    }
    bisection->bad_trial = pb_engine_last_trial(bisection);
    const struct pb_trial_record *good =
        bisection->trials[bisection->good_trial];
    const struct pb_trial_record *last =
        bisection->trials[bisection->bad_trial];
    if (!check_end(bisection, last, "bad")) {
        return;
    }
    pb_diff_compute(&good->evaluation.results, &last->evaluation.results,
                    bisection->options.known_failures, &bisection->diff);
    bisection->compared = true;
    collect_regressions(bisection);
    group_regressions(bisection);
    if (bisection->nregressions == 0) {
        finish_without_regression(bisection, good, last);
        return;
    }
    choose_active(bisection);
    bisection->confirm_from = bisection->ntrials;
    bisection->stage = PB_STAGE_CONFIRM;
}
