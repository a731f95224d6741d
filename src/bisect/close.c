/* The closing checks: each culprit and its parent are built from clean and
   the whole suite is run on both; of tests that do not do the same in each
   run, these again until the failure would have shown. */
#include <math.h>

#include "bisect/engine.h"
#include "pybisect/alloc.h"

/* A failure that is there does not show in all of these with 1 %. */
#define MISSED .01
#define RUNS_MOST 20
#define PARENT_RUNS 3
#define DOUBTED_RATE .5 /* of a test that passes here for the first time */

/* Trials of the closing checks at this candidate that told of the hunt;
   *out_first: the first of them that says what is wanted, or else the first,
   or PB_NO_TRIAL. */
static size_t
count_close(const struct pb_bisection *bisection, const struct pb_hunt *hunt,
            size_t candidate, enum pb_verdict wanted, size_t *out_first)
{
    size_t count = 0;
    bool found = false;
    *out_first = PB_NO_TRIAL;
    for (size_t i = 0; i < bisection->ntrials; i++) {
        const struct pb_trial_record *trial = bisection->trials[i];
        if (trial->purpose != PB_PURPOSE_CLOSE ||
            trial->candidate != candidate) {
            continue;
        }
        enum pb_verdict verdict = pb_rows_hunt_verdict(
            bisection, hunt, pb_rows_of_trial(bisection, i));
        if (verdict == PB_VERDICT_NONE) {
            continue;
        }
        if (count == 0 || (!found && verdict == wanted)) {
            *out_first = i;
        }
        found |= verdict == wanted;
        count++;
    }
    return count;
}

static bool
said(const struct pb_bisection *bisection, const struct pb_hunt *hunt,
     size_t trial, enum pb_verdict wanted)
{
    enum pb_verdict verdict = pb_rows_hunt_verdict(
        bisection, hunt, pb_rows_of_trial(bisection, trial));
    return verdict == wanted || (hunt->masked && wanted == PB_VERDICT_BAD &&
                                 verdict == PB_VERDICT_OTHER);
}

/* A test that was steady so far and is not here may be flaky all the same. */
static size_t
runs_wanted(const struct pb_bisection *bisection, const struct pb_hunt *hunt,
            size_t first, enum pb_verdict wanted)
{
    double rate = hunt->pooled ? hunt->rates.after.low : DOUBTED_RATE;
    if (!hunt->pooled &&
        (first == PB_NO_TRIAL || bisection->options.deterministic ||
         bisection->trials[first]->evaluation.status != PB_EVALUATION_TESTED ||
         said(bisection, hunt, first, wanted)))
    {
        return 1;
    }
    if (wanted == PB_VERDICT_GOOD && hunt->pooled) {
        return PARENT_RUNS; /* the search has many already */
    }
    double runs = ceil(log(MISSED) / log1p(-fmin(rate, .999)));
    return runs < RUNS_MOST ? (size_t)fmax(runs, 1) : RUNS_MOST;
}

/* In any of the closing runs there? */
static bool
was_seen(const struct pb_bisection *bisection, const struct pb_hunt *hunt,
         size_t candidate, enum pb_verdict wanted)
{
    for (size_t i = 0; i < bisection->ntrials; i++) {
        const struct pb_trial_record *trial = bisection->trials[i];
        if (trial->purpose == PB_PURPOSE_CLOSE &&
            trial->candidate == candidate &&
            pb_rows_hunt_verdict(bisection, hunt,
                                 pb_rows_of_trial(bisection, i)) == wanted)
        {
            return true;
        }
    }
    return false;
}

/* True if a trial was chosen that the hunt still lacks there. */
static bool
run_at(struct pb_bisection *bisection, const struct pb_hunt *hunt,
       size_t candidate, const struct pb_oid *commit, enum pb_verdict wanted,
       size_t *out_first)
{
    size_t runs = count_close(bisection, hunt, candidate, wanted, out_first);
    if (runs >= runs_wanted(bisection, hunt, *out_first, wanted) ||
        (runs > 0 && was_seen(bisection, hunt, candidate, wanted) &&
         wanted == PB_VERDICT_BAD))
    {
        return false;
    }
    PB_AUTO(pb_strv) struct pb_strv tests = PB_STRV_INIT;
    bool *asked = NULL;
    if (runs > 0 && wanted == PB_VERDICT_GOOD) {
        asked = pb_alloc_array(bisection->nregressions + 1, sizeof(*asked));
        pb_hunt_mark(bisection, hunt, asked);
        if (!bisection->whole_suite) {
            pb_hunt_add_tests(bisection, hunt, &tests);
        }
    }
    pb_engine_choose_clean(bisection, candidate, commit, &tests,
                           (unsigned)runs);
    bisection->pending.asked = asked;
    return true;
}

/* What was seen here counts like any other run: it is not over yet. */
static void
search_on(struct pb_bisection *bisection)
{
    pb_hunt_regroup(bisection);
    bisection->told = 0;
    bisection->stage = PB_STAGE_SEARCH;
}

/* True if a trial was chosen that this hunt still lacks, or if there has to be
   more of the search. */
static bool
close_hunt(struct pb_bisection *bisection, struct pb_hunt *hunt)
{
    size_t culprit = hunt->answer.candidate;
    size_t parent = pb_bisection_parent(bisection, culprit);
    if (run_at(bisection, hunt, culprit,
               pb_bisection_commit(bisection, culprit), PB_VERDICT_BAD,
               &hunt->culprit_trial) ||
        run_at(bisection, hunt, parent,
               pb_bisection_parent_commit(bisection, culprit), PB_VERDICT_GOOD,
               &hunt->parent_trial))
    {
        return true;
    }
    pb_answer_refresh(bisection, hunt);
    if (hunt->pooled &&
        hunt->answer.probability < pb_engine_confidence(bisection)) {
        search_on(bisection);
        return true;
    }
    bool failed =
        was_seen(bisection, hunt, culprit, PB_VERDICT_BAD) ||
        (hunt->masked && was_seen(bisection, hunt, culprit, PB_VERDICT_OTHER));
    bool parent_failed = was_seen(bisection, hunt, parent, PB_VERDICT_BAD) ||
                         was_seen(bisection, hunt, parent, PB_VERDICT_OTHER);
    hunt->confirmed = failed && (hunt->pooled || !parent_failed) &&
                      was_seen(bisection, hunt, parent, PB_VERDICT_GOOD);
    return false;
}

static const char *
why_suspects(const struct pb_bisection *bisection)
{
    if (pb_engine_budget_spent(bisection)) {
        return "the budget was spent before the culprit was sure";
    }
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_hunt *hunt = &bisection->hunts[i];
        if (hunt->answer.state == PB_ANSWER_SUSPECTS && hunt->pooled) {
            return "the tests do not do the same in each run, and no further "
                   "run would tell enough";
        }
    }
    return "what could not be built or tested leaves more than one suspect";
}

static void
conclude(struct pb_bisection *bisection)
{
    size_t disputed = 0;
    size_t suspects = 0;
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_hunt *hunt = &bisection->hunts[i];
        suspects += hunt->answer.state == PB_ANSWER_SUSPECTS;
        disputed += hunt->answer.state == PB_ANSWER_FOUND && !hunt->confirmed;
    }
    if (disputed > 0) {
        pb_engine_finish(bisection, PB_FINDING_DISPUTED,
                         "built from clean, culprit and parent do not behave "
                         "as they did in the search");
    }
    else if (suspects > 0) {
        pb_engine_finish(bisection, PB_FINDING_SUSPECTS, "%s",
                         why_suspects(bisection));
    }
    else {
        pb_engine_finish(bisection, PB_FINDING_FOUND, "%s", "");
    }
}

/* Some test turned out flaky only now: the search is not over. */
static bool
goes_on(struct pb_bisection *bisection)
{
    size_t before = 0;
    size_t after = 0;
    for (size_t i = 0; i < bisection->nregressions; i++) {
        before += bisection->unsteady[i];
    }
    pb_rows_find_unsteady(bisection);
    for (size_t i = 0; i < bisection->nregressions; i++) {
        after += bisection->unsteady[i];
    }
    if (after == before) {
        return false;
    }
    search_on(bisection);
    return true;
}

bool
pb_close_advance(struct pb_bisection *bisection, struct pb_event *out_event)
{
    if (goes_on(bisection)) {
        return false;
    }
    if (bisection->told < bisection->nhunts) {
        struct pb_hunt *hunt = &bisection->hunts[bisection->told];
        if (hunt->answer.state == PB_ANSWER_FOUND &&
            close_hunt(bisection, hunt)) {
            return false;
        }
        if (hunt->answer.state != PB_ANSWER_OPEN) {
            pb_answer_refresh(bisection, hunt);
        }
        *out_event = (struct pb_event){
            .kind = PB_EVENT_HUNT,
            .hunt = bisection->told++,
        };
        return true;
    }
    conclude(bisection);
    return false;
}
