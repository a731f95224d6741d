/* What is to be believed of a hunt by all that was seen of it: first where its
   tests stopped passing, however they fail there; if that is not how they fail
   at the bad end, also where the failure took that form. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "bisect/engine.h"
#include "pybisect/alloc.h"

#define CONFIDENCE .99
#define RUNS_MOST 1000 /* for one answer */

struct pb_search_space
pb_engine_space(const struct pb_bisection *bisection)
{
    const struct pb_candidates *candidates = bisection->options.candidates;
    return (struct pb_search_space){
        .len = candidates->len,
        .parent_start = candidates->parent_start,
        .parents = candidates->parents,
    };
}

double
pb_engine_confidence(const struct pb_bisection *bisection)
{
    double asked = bisection->options.confidence;
    return asked > 0 ? asked : CONFIDENCE;
}

/* --- what is beside the point ---------------------------------------- */

/* Candidates before this one say nothing about the change that is asked for:
   what was broken there was mended by it. */
static size_t
mended_at(const struct pb_bisection *bisection, const struct pb_hunt *hunt)
{
    size_t mended = 0;
    for (size_t i = 0; i < bisection->ntrials; i++) {
        const struct pb_trial_record *trial = bisection->trials[i];
        if (trial->purpose == PB_PURPOSE_REVERT && trial->candidate > mended &&
            pb_rows_hunt_at(bisection, hunt, trial->candidate) ==
                PB_VERDICT_GOOD)
        {
            mended = trial->candidate;
        }
    }
    return mended;
}

/* What the runs at each candidate say, and what follows for others. */
struct sides {
    bool *bad_before; /* it, or an ancestor, fails */
    bool *good_after; /* it, or a descendant, passes */
};

static void
sides_clear(struct sides *sides)
{
    free(sides->bad_before);
    free(sides->good_after);
}
PB_DEFINE_AUTO_CLEAR(sides, struct sides, sides_clear)

static void
sides_find(const struct pb_bisection *bisection, const struct pb_hunt *hunt,
           struct sides *out)
{
    const struct pb_candidates *candidates = bisection->options.candidates;
    out->bad_before = pb_alloc_array(candidates->len, sizeof(bool));
    out->good_after = pb_alloc_array(candidates->len, sizeof(bool));
    for (size_t i = 0; i < bisection->nrows; i++) {
        size_t at = bisection->rows[i].candidate;
        if (at != PB_GOOD_END) {
            enum pb_verdict verdict = pb_rows_hunt_at(bisection, hunt, at);
            out->bad_before[at] =
                verdict == PB_VERDICT_BAD || verdict == PB_VERDICT_OTHER;
            out->good_after[at] = verdict == PB_VERDICT_GOOD;
        }
    }
    for (size_t i = 0; i < candidates->len; i++) {
        for (size_t p = candidates->parent_start[i];
             p < candidates->parent_start[i + 1]; p++)
        {
            out->bad_before[i] |= out->bad_before[candidates->parents[p]];
        }
    }
    for (size_t i = candidates->len; i-- > 0;) {
        for (size_t p = candidates->parent_start[i];
             p < candidates->parent_start[i + 1]; p++)
        {
            out->good_after[candidates->parents[p]] |= out->good_after[i];
        }
    }
}

/* Of several changes to bad, when the first is asked for, those that follow
   it say nothing; and where all is well again behind another failure, that
   was mended and is not the one that is hunted. */
static bool
is_beside_the_point(const struct pb_bisection *bisection,
                    const struct sides *sides, size_t mended, size_t candidate,
                    enum pb_verdict verdict)
{
    if (candidate == PB_GOOD_END) {
        return false;
    }
    return candidate < mended ||
           (verdict == PB_VERDICT_GOOD && bisection->options.first &&
            sides->bad_before[candidate]) ||
           (verdict == PB_VERDICT_OTHER && !bisection->options.first &&
            sides->good_after[candidate]);
}

/* --- the belief ------------------------------------------------------ */

static void
mark_stored(struct pb_belief *belief, const struct pb_costs *costs)
{
    for (size_t i = 0; i < costs->nready; i++) {
        const struct pb_ready *ready = &costs->ready[i];
        for (size_t j = 0; ready->stored && j < ready->len; j++) {
            pb_belief_works(belief, ready->members[j]);
        }
    }
}

static void
add_run(struct pb_belief *belief, size_t candidate, size_t last,
        enum pb_verdict verdict, bool other_fails)
{
    switch (verdict) {
    case PB_VERDICT_GOOD:
        pb_belief_add(belief, candidate, 0, 1);
        break;
    case PB_VERDICT_BAD:
        pb_belief_add(belief, candidate, 1, 0);
        break;
    case PB_VERDICT_OTHER:
        pb_belief_add(belief, candidate, other_fails, !other_fails);
        break;
    case PB_VERDICT_SKIP:
        if (candidate != PB_GOOD_END && candidate != last) {
            pb_belief_break(belief, candidate);
        }
        break;
    case PB_VERDICT_NONE:
        break;
    }
}

/* By the first so many trials. */
static struct pb_belief *
belief_after(const struct pb_bisection *bisection, const struct pb_hunt *hunt,
             size_t ntrials, bool later, const struct pb_costs *costs)
{
    struct pb_search_space space = pb_engine_space(bisection);
    struct pb_belief *belief = pb_belief_new(
        &space, bisection->weights[hunt->tests[0]],
        bisection->options.deterministic ? PB_BELIEF_DETERMINISTIC
                                         : PB_BELIEF_FLAKY);
    PB_AUTO(sides) struct sides sides = {.bad_before = NULL};
    sides_find(bisection, hunt, &sides);
    if (costs != NULL) {
        mark_stored(belief, costs);
    }
    size_t mended = mended_at(bisection, hunt);
    for (size_t i = 0; i < bisection->nrows; i++) {
        const struct pb_row *row = &bisection->rows[i];
        enum pb_verdict verdict = pb_rows_hunt_verdict(bisection, hunt, row);
        if (row->trial < ntrials &&
            !is_beside_the_point(bisection, &sides, mended, row->candidate,
                                 verdict))
        {
            add_run(belief, row->candidate, space.len - 1, verdict, !later);
        }
    }
    return belief;
}

struct pb_belief *
pb_answer_belief(struct pb_bisection *bisection, const struct pb_hunt *hunt,
                 bool later, const struct pb_costs *costs)
{
    return belief_after(bisection, hunt, SIZE_MAX, later, costs);
}

void
pb_bisection_believed(const struct pb_bisection *bisection, size_t hunt,
                      size_t ntrials, double *out)
{
    PB_AUTO(pb_belief)
    struct pb_belief *belief = belief_after(
        bisection, pb_bisection_hunt(bisection, hunt), ntrials, false, NULL);
    for (size_t i = 0; i < bisection->options.candidates->len; i++) {
        out[i] = pb_belief_probability(belief, i);
    }
}

/* --- the answer ------------------------------------------------------ */

/* Of the search's runs, one that could not be made is none. */
static size_t
count_runs(const struct pb_bisection *bisection, const struct pb_hunt *hunt)
{
    size_t runs = 0;
    for (size_t i = 0; i < bisection->nrows; i++) {
        enum pb_verdict verdict =
            pb_rows_hunt_verdict(bisection, hunt, &bisection->rows[i]);
        runs += verdict == PB_VERDICT_GOOD || verdict == PB_VERDICT_BAD ||
                verdict == PB_VERDICT_OTHER;
    }
    return runs;
}

static void
settle(const struct pb_bisection *bisection, const struct pb_hunt *hunt,
       struct pb_belief *belief, struct pb_answer *out, bool **out_suspects)
{
    double confidence = pb_engine_confidence(bisection);
    PB_AUTO(pb_belief_answer)
    struct pb_belief_answer answer = {.len = 0};
    pb_belief_answer(belief, confidence, &answer);
    *out = (struct pb_answer){
        .state = PB_ANSWER_SUSPECTS,
        .candidate = answer.candidates[answer.len - 1],
        .probability = answer.probability,
        .left = answer.len,
        .bits = pb_belief_open_bits(belief),
    };
    if (answer.state == PB_BELIEF_FOUND) {
        out->state = PB_ANSWER_FOUND;
    }
    else if (answer.state == PB_BELIEF_OPEN &&
             !pb_engine_budget_spent(bisection) &&
             count_runs(bisection, hunt) < RUNS_MOST)
    {
        out->state = PB_ANSWER_OPEN;
    }
    if (out->state != PB_ANSWER_SUSPECTS || out_suspects == NULL) {
        return;
    }
    *out_suspects =
        pb_alloc_array(bisection->options.candidates->len, sizeof(bool));
    for (size_t i = 0; i < answer.len; i++) {
        (*out_suspects)[answer.candidates[i]] = true;
    }
}

void
pb_answer_find(struct pb_bisection *bisection, struct pb_hunt *hunt)
{
    PB_AUTO(pb_belief)
    struct pb_belief *belief = pb_answer_belief(bisection, hunt, false, NULL);
    settle(bisection, hunt, belief, &hunt->answer, &hunt->suspects);
    pb_belief_rates(belief, &hunt->rates);
    hunt->runs = count_runs(bisection, hunt);
    hunt->later = hunt->answer;
    hunt->masked = hunt->answer.state == PB_ANSWER_FOUND &&
                   pb_rows_hunt_at(bisection, hunt, hunt->answer.candidate) ==
                       PB_VERDICT_OTHER;
    if (hunt->masked) {
        PB_AUTO(pb_belief)
        struct pb_belief *exact =
            pb_answer_belief(bisection, hunt, true, NULL);
        settle(bisection, hunt, exact, &hunt->later, NULL);
    }
}

void
pb_answer_refresh(struct pb_bisection *bisection, struct pb_hunt *hunt)
{
    PB_AUTO(pb_belief)
    struct pb_belief *belief = pb_answer_belief(bisection, hunt, false, NULL);
    double probability = 0;
    for (size_t i = 0; i < bisection->options.candidates->len; i++) {
        bool counts = hunt->suspects != NULL ? hunt->suspects[i]
                                             : i == hunt->answer.candidate;
        probability += counts ? pb_belief_probability(belief, i) : 0;
    }
    hunt->answer.probability = fmin(probability, 1);
    hunt->runs = count_runs(bisection, hunt);
    pb_belief_rates(belief, &hunt->rates);
}
