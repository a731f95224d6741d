/* Which run tells most per second: what a run at one candidate is worth, and
   the best of those that belief_optimum.c finds in each part of a chain, or
   of all candidates of a graph. */
#include <math.h>
#include <stdint.h>

#include "search/belief_parts.h"

#define PRICES_MOST 20 /* far more than it takes */

size_t
pb_lower_bound(const size_t *list, size_t len, size_t value)
{
    size_t low = 0;
    size_t high = len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list[middle] < value) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return low;
}

/* --- one candidate ------------------------------------------------------ */

/* The time for a run, given what the test alone takes. */
static double
seconds_of_run(const struct pb_belief_costs *costs, size_t candidate,
               double test)
{
    if (candidate == PB_BELIEF_GOOD_END) {
        return costs->good_end + test;
    }
    double least = INFINITY;
    for (size_t i = 0; i < costs->nready; i++) {
        const struct pb_belief_ready *ready = &costs->ready[i];
        double seconds = ready->seconds + (ready->run ? 0 : test);
        if (seconds >= least) {
            continue;
        }
        size_t place = pb_lower_bound(ready->members, ready->len, candidate);
        if (place < ready->len && ready->members[place] == candidate) {
            least = seconds;
        }
    }
    return isinf(least) ? costs->build + test : least;
}

/* A run that turns out impossible costs the failed build and no test. */
static double
expected_seconds(const struct pb_belief_costs *costs,
                 const struct pb_belief_choice *choice)
{
    double test = choice->fails * costs->failing_test +
                  (1 - choice->fails) * costs->passing_test;
    return choice->builds * seconds_of_run(costs, choice->candidate, test) +
           (1 - choice->builds) * costs->failed_build;
}

void
pb_chooser_weigh(const struct pb_chooser *chooser, size_t part,
                 size_t candidate, struct pb_belief_choice *out)
{
    struct pb_belief *belief = chooser->belief;
    *out = (struct pb_belief_choice){
        .candidate = candidate,
        .builds = 1 - pb_skips_broken(belief, candidate),
        .seconds = 1,
    };
    for (size_t v = 0; v < chooser->outlook->len; v++) {
        double fails = 0;
        double bits = 0;
        pb_view_run(chooser->outlook->views[v], belief, part, candidate,
                    &fails, &bits);
        out->fails += chooser->outlook->weights[v] * fails;
        out->bits += chooser->outlook->weights[v] * bits;
    }
    if (chooser->costs != NULL) {
        out->seconds = expected_seconds(chooser->costs, out);
    }
    /* Free runs: any that tell something are better than any that do not. */
    out->score = out->bits * out->builds / fmax(out->seconds, 1e-9);
}

/* Candidates come in any order; ties do not depend on it. */
static bool
is_better(const struct pb_belief_choice *a, const struct pb_belief_choice *b)
{
    double margin = 1e-12 * b->score;
    if (a->score > b->score + margin || a->score < b->score - margin) {
        return a->score > b->score;
    }
    if (a->seconds < b->seconds || a->seconds > b->seconds) {
        return a->seconds < b->seconds;
    }
    /* The good end is the earliest of all. */
    return a->candidate + 1 < b->candidate + 1;
}

void
pb_chooser_consider(struct pb_chooser *chooser, size_t part, size_t candidate)
{
    if (candidate != PB_BELIEF_GOOD_END &&
        chooser->belief->skips.state[candidate] == PB_BUILD_BROKEN)
    {
        return;
    }
    struct pb_belief_choice choice;
    pb_chooser_weigh(chooser, part, candidate, &choice);
    chooser->most_bits = fmax(chooser->most_bits, choice.bits);
    if (is_better(&choice, &chooser->best)) {
        chooser->best = choice;
    }
}

/* --- all of them -------------------------------------------------------- */

static void
consider_parts(struct pb_chooser *chooser)
{
    size_t parts = chooser->outlook->views[0]->len;
    for (size_t k = 0; k < parts; k++) {
        pb_chooser_look_in(chooser, k);
    }
    if (chooser->belief->skips.nbroken == 0) {
        return;
    }
    for (size_t k = 0; k < parts; k++) {
        pb_chooser_look_around_broken(chooser, k);
    }
}

static void
choose_on_chain(struct pb_chooser *chooser)
{
    const struct pb_belief_costs *costs = chooser->costs;
    consider_parts(chooser);
    double longer =
        costs == NULL ? 0 : costs->failing_test - costs->passing_test;
    if (fabs(longer) < 1e-12) {
        return;
    }
    for (int i = 0; i < PRICES_MOST; i++) {
        double score = chooser->best.score;
        chooser->price = score * longer;
        consider_parts(chooser);
        if (!(chooser->best.score > score * (1 + 1e-12))) {
            return;
        }
    }
}

static void
choose(struct pb_chooser *chooser)
{
    chooser->best.score = -1;
    pb_chooser_consider(chooser, 0, PB_BELIEF_GOOD_END);
    if (chooser->belief->chain) {
        choose_on_chain(chooser);
        return;
    }
    for (size_t i = 0; i < chooser->belief->space->len; i++) {
        pb_chooser_consider(chooser, i, i);
    }
}

void
pb_outlook_choose(struct pb_belief *belief, const struct pb_outlook *outlook,
                  const struct pb_belief_costs *costs,
                  struct pb_belief_choice *out)
{
    struct pb_chooser chooser = {
        .belief = belief,
        .outlook = outlook,
        .costs = costs,
    };
    choose(&chooser);
    *out = chooser.best;
    out->repeat = pb_belief_evidence_has(&belief->evidence, out->candidate);
}

/* An outlook without runs in flight. */
#define OUTLOOK_OF(view)                                                      \
    {                                                                         \
        .views = &(view), .weights = &(const double){1}, .len = 1             \
    }

double
pb_outlook_most_bits(struct pb_belief *belief, struct pb_belief_choice *out)
{
    const struct pb_view *view = pb_belief_view(belief);
    struct pb_outlook outlook = OUTLOOK_OF(view);
    struct pb_chooser chooser = {.belief = belief, .outlook = &outlook};
    choose(&chooser);
    *out = chooser.best;
    return chooser.most_bits;
}

void
pb_belief_choose(struct pb_belief *belief, const struct pb_belief_costs *costs,
                 struct pb_belief_choice *out)
{
    const struct pb_view *view = pb_belief_view(belief);
    struct pb_outlook outlook = OUTLOOK_OF(view);
    pb_outlook_choose(belief, &outlook, costs, out);
}

void
pb_belief_weigh(struct pb_belief *belief, size_t candidate,
                const struct pb_belief_costs *costs,
                struct pb_belief_choice *out)
{
    const struct pb_view *view = pb_belief_view(belief);
    struct pb_outlook outlook = OUTLOOK_OF(view);
    struct pb_chooser chooser = {
        .belief = belief,
        .outlook = &outlook,
        .costs = costs,
    };
    pb_chooser_weigh(&chooser, pb_view_part(view, candidate), candidate, out);
    out->repeat = pb_belief_evidence_has(&belief->evidence, candidate);
}
