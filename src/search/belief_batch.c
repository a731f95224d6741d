/* Runs for several workers. The information of a set of runs is that of the
   first, plus that of the second given the first's outcome, and so on (the
   chain rule of mutual information), so each run is chosen for what it tells
   on average over the outcomes of those before it. Their number doubles with
   each run; the 16 likeliest stand for all. Spacing the runs evenly instead
   fails when noise is one-sided: there the best batch repeats a revision. */
#include <stdlib.h>

#include "pybisect/alloc.h"
#include "search/belief_parts.h"

#define OUTCOMES_MOST 16
#define OUTCOME_LEAST .005 /* probability below which one is dropped */

struct outcome {
    struct pb_belief_evidence evidence;
    struct pb_view view;
    double probability;
};

static void
outcome_clear(struct outcome *outcome)
{
    pb_belief_evidence_clear(&outcome->evidence);
    pb_view_clear(&outcome->view);
}

struct outcomes {
    struct outcome items[2 * OUTCOMES_MOST];
    size_t len;
};

static void
outcomes_clear(struct outcomes *outcomes)
{
    for (size_t i = 0; i < outcomes->len; i++) {
        outcome_clear(&outcomes->items[i]);
    }
    outcomes->len = 0;
}

PB_DEFINE_AUTO_CLEAR(outcomes, struct outcomes, outcomes_clear)

/* How an outcome parts when one more run ends; no views are made yet. */
struct fork {
    size_t of;
    bool fails;
    double probability;
};

/* Likeliest first; else in the order in which they came. */
static int
compare_forks(const void *left, const void *right)
{
    const struct fork *a = left;
    const struct fork *b = right;
    if (a->probability < b->probability || a->probability > b->probability) {
        return a->probability > b->probability ? -1 : 1;
    }
    return a->of != b->of ? (a->of > b->of) - (a->of < b->of)
                          : (int)b->fails - (int)a->fails;
}

static size_t
fork_all(const struct pb_belief *belief, const struct outcomes *outcomes,
         size_t candidate, struct fork *forks)
{
    size_t len = 0;
    for (size_t i = 0; i < outcomes->len; i++) {
        const struct outcome *each = &outcomes->items[i];
        double fails = 0;
        double bits = 0;
        pb_view_run(&each->view, belief, pb_view_part(&each->view, candidate),
                    candidate, &fails, &bits);
        forks[len++] = (struct fork){i, true, fails * each->probability};
        forks[len++] =
            (struct fork){i, false, (1 - fails) * each->probability};
    }
    qsort(forks, len, sizeof(*forks), compare_forks);
    return len;
}

static void
take_fork(const struct pb_belief *belief, const struct outcome *from,
          const struct fork *fork, size_t candidate, struct outcome *out)
{
    struct pb_counts run = {.fails = fork->fails, .passes = !fork->fails};
    *out = (struct outcome){.probability = fork->probability};
    pb_belief_evidence_copy(&out->evidence, &from->evidence, belief);
    pb_belief_evidence_add(&out->evidence, belief, candidate, run);
    pb_view_make(&out->view, belief, &out->evidence);
}

static void
add_pending(const struct pb_belief *belief, struct outcomes *outcomes,
            size_t candidate)
{
    struct fork forks[2 * OUTCOMES_MOST];
    size_t len = fork_all(belief, outcomes, candidate, forks);
    struct outcomes next = {.len = 0};
    double sum = 0;
    for (size_t i = 0; i < len && i < OUTCOMES_MOST; i++) {
        if (i > 0 && forks[i].probability < OUTCOME_LEAST) {
            break;
        }
        take_fork(belief, &outcomes->items[forks[i].of], &forks[i], candidate,
                  &next.items[next.len++]);
        sum += forks[i].probability;
    }
    for (size_t i = 0; i < next.len; i++) {
        next.items[i].probability /= sum;
    }
    outcomes_clear(outcomes);
    *outcomes = next;
}

static void
choose_given(struct pb_belief *belief, const struct outcomes *outcomes,
             const struct pb_belief_costs *costs, struct pb_belief_choice *out)
{
    const struct pb_view *views[OUTCOMES_MOST];
    double weights[OUTCOMES_MOST];
    for (size_t i = 0; i < outcomes->len; i++) {
        views[i] = &outcomes->items[i].view;
        weights[i] = outcomes->items[i].probability;
    }
    struct pb_outlook outlook = {
        .views = views,
        .weights = weights,
        .len = outcomes->len,
    };
    pb_outlook_choose(belief, &outlook, costs, out);
}

void
pb_belief_choose_batch(struct pb_belief *belief,
                       const struct pb_belief_costs *costs,
                       const size_t *pending, size_t npending, size_t k,
                       struct pb_belief_choice *out)
{
    PB_AUTO(outcomes) struct outcomes outcomes = {.len = 1};
    outcomes.items[0].probability = 1;
    pb_belief_evidence_copy(&outcomes.items[0].evidence, &belief->evidence,
                            belief);
    pb_view_make(&outcomes.items[0].view, belief, &belief->evidence);
    pb_model_reserve(&belief->model, belief->evidence.all.fails +
                                         belief->evidence.all.passes +
                                         npending + k);
    for (size_t i = 0; i < npending; i++) {
        add_pending(belief, &outcomes, pending[i]);
    }
    for (size_t i = 0; i < k; i++) {
        choose_given(belief, &outcomes, costs, &out[i]);
        if (i + 1 < k) {
            add_pending(belief, &outcomes, out[i].candidate);
        }
    }
}
