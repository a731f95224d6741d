/* What a bisection has to say for itself: names and getters. */
#include <assert.h>
#include <stdint.h>

#include "bisect/engine.h"
#include "pybisect/alloc.h"

const char *
pb_purpose_name(enum pb_purpose purpose)
{
    static const char *const names[] = {
        [PB_PURPOSE_GOOD_END] = "good end", [PB_PURPOSE_BAD_END] = "bad end",
        [PB_PURPOSE_CONFIRM] = "confirm",   [PB_PURPOSE_SEARCH] = "search",
        [PB_PURPOSE_REVERT] = "revert",     [PB_PURPOSE_REPEAT] = "repeat",
        [PB_PURPOSE_CLOSE] = "close",
    };
    return names[purpose];
}

const char *
pb_finding_name(enum pb_finding finding)
{
    static const char *const names[] = {
        [PB_FINDING_NONE] = "unfinished",
        [PB_FINDING_FOUND] = "found",
        [PB_FINDING_SUSPECTS] = "suspects",
        [PB_FINDING_DISPUTED] = "disputed",
        [PB_FINDING_GOOD_IS_BAD] = "good-is-bad",
        [PB_FINDING_BAD_IS_GOOD] = "bad-is-good",
        [PB_FINDING_NO_MATCH] = "no-match",
        [PB_FINDING_FLAKY] = "flaky",
        [PB_FINDING_UNTESTABLE] = "untestable",
    };
    return names[finding];
}

enum pb_finding
pb_bisection_finding(const struct pb_bisection *bisection)
{
    return bisection->finding;
}

const char *
pb_bisection_remark(const struct pb_bisection *bisection)
{
    return bisection->remark;
}

size_t
pb_bisection_hunts(const struct pb_bisection *bisection)
{
    return bisection->nhunts;
}

const struct pb_hunt *
pb_bisection_hunt(const struct pb_bisection *bisection, size_t index)
{
    assert(index < bisection->nhunts);
    return &bisection->hunts[index];
}

size_t
pb_bisection_turns(const struct pb_bisection *bisection, size_t hunt,
                   size_t **out_candidates)
{
    const struct pb_hunt *of = pb_bisection_hunt(bisection, hunt);
    size_t len = bisection->options.candidates->len;
    size_t count = 0;
    *out_candidates = pb_alloc_array(len + 1, sizeof(**out_candidates));
    enum pb_verdict last = PB_VERDICT_GOOD;
    if (bisection->options.range->all_parents || of->pooled) {
        return 0; /* of flaky tests, a pass is no turn */
    }
    for (size_t i = 0; i < len; i++) {
        enum pb_verdict verdict = pb_rows_hunt_at(bisection, of, i);
        if (i + 1 == len) {
            verdict = PB_VERDICT_BAD;
        }
        if ((verdict == PB_VERDICT_GOOD || verdict == PB_VERDICT_BAD) &&
            verdict != last)
        {
            (*out_candidates)[count++] = i;
            last = verdict;
        }
    }
    return count;
}

size_t
pb_bisection_regressions(const struct pb_bisection *bisection)
{
    return bisection->nregressions;
}

const struct pb_regression *
pb_bisection_regression(const struct pb_bisection *bisection, size_t index)
{
    assert(index < bisection->nregressions);
    return &bisection->regressions[index];
}

bool
pb_bisection_needs_whole_suite(const struct pb_bisection *bisection)
{
    return bisection->whole_suite;
}

bool
pb_bisection_is_flaky(const struct pb_bisection *bisection, size_t index)
{
    assert(index < bisection->nregressions);
    return pb_hunt_leaves_out(bisection, index);
}

size_t
pb_bisection_trials(const struct pb_bisection *bisection)
{
    return bisection->ntrials;
}

const struct pb_trial_record *
pb_bisection_trial(const struct pb_bisection *bisection, size_t index)
{
    return index < bisection->ntrials ? bisection->trials[index] : NULL;
}

enum pb_verdict
pb_bisection_said(const struct pb_bisection *bisection, size_t hunt,
                  size_t trial)
{
    const struct pb_row *row = pb_rows_of_trial(bisection, trial);
    return row == NULL
               ? PB_VERDICT_NONE
               : pb_rows_hunt_verdict(bisection,
                                      pb_bisection_hunt(bisection, hunt), row);
}

const struct pb_trial_record *
pb_bisection_end(const struct pb_bisection *bisection, bool bad)
{
    return pb_bisection_trial(bisection, bad ? bisection->bad_trial
                                             : bisection->good_trial);
}

const struct pb_diff *
pb_bisection_diff(const struct pb_bisection *bisection)
{
    return bisection->compared ? &bisection->diff : NULL;
}

const struct pb_bisection_options *
pb_bisection_options(const struct pb_bisection *bisection)
{
    return &bisection->options;
}

const struct pb_oid *
pb_bisection_commit(const struct pb_bisection *bisection, size_t candidate)
{
    const struct pb_range *range = bisection->options.range;
    const struct pb_candidates *candidates = bisection->options.candidates;
    return candidate == PB_GOOD_END
               ? &range->good
               : &range->commits.items[candidates->items[candidate].commit];
}

/* Index of the first parent of the candidate's first commit, or SIZE_MAX when
   that is on the good side. */
static size_t
first_parent(const struct pb_bisection *bisection, size_t candidate)
{
    const struct pb_range *range = bisection->options.range;
    size_t commit = bisection->options.candidates->items[candidate].commit;
    size_t start = range->parent_start[commit];
    return start == range->parent_start[commit + 1] ? SIZE_MAX
                                                    : range->parents[start];
}

size_t
pb_bisection_parent(const struct pb_bisection *bisection, size_t candidate)
{
    size_t parent = first_parent(bisection, candidate);
    size_t of = parent == SIZE_MAX
                    ? PB_CANDIDATES_NONE
                    : bisection->options.candidates->of_commit[parent];
    return of == PB_CANDIDATES_NONE ? PB_GOOD_END : of;
}

const struct pb_oid *
pb_bisection_parent_commit(const struct pb_bisection *bisection,
                           size_t candidate)
{
    size_t parent = first_parent(bisection, candidate);
    const struct pb_range *range = bisection->options.range;
    return parent == SIZE_MAX ? &range->good : &range->commits.items[parent];
}

static const struct pb_trial_record *
search_trial(const struct pb_bisection *bisection, size_t candidate)
{
    for (size_t i = bisection->ntrials; i > 0; i--) {
        const struct pb_trial_record *trial = bisection->trials[i - 1];
        if (trial->candidate == candidate &&
            (trial->purpose == PB_PURPOSE_SEARCH ||
             trial->purpose == PB_PURPOSE_REPEAT ||
             trial->purpose == PB_PURPOSE_BAD_END))
        {
            return trial;
        }
    }
    return NULL;
}

char *
pb_bisection_reason(const struct pb_bisection *bisection, size_t hunt,
                    size_t candidate)
{
    const struct pb_trial_record *trial = search_trial(bisection, candidate);
    if (trial == NULL) {
        return pb_strdup("not tested");
    }
    const struct pb_evaluation *evaluation = &trial->evaluation;
    const struct pb_hunt *of = pb_bisection_hunt(bisection, hunt);
    switch (pb_rows_hunt_at(bisection, of, candidate)) {
    case PB_VERDICT_BAD:
        return pb_strdup("fails as at the bad end");
    case PB_VERDICT_OTHER: {
        PB_AUTOFREE char *signature = pb_signature_of(pb_results_find(
            &evaluation->results, bisection->regressions[of->tests[0]].id));
        return pb_asprintf("fails otherwise: %s", signature);
    }
    case PB_VERDICT_GOOD:
        return pb_strdup("passes");
    case PB_VERDICT_NONE:
    case PB_VERDICT_SKIP:
        break;
    }
    if (evaluation->status == PB_EVALUATION_UNBUILDABLE) {
        return pb_asprintf("does not build: %s", evaluation->reason);
    }
    if (evaluation->status == PB_EVALUATION_UNTESTABLE) {
        return pb_asprintf("cannot be tested: %s", evaluation->reason);
    }
    return pb_strdup("not tested");
}
