/* A belief's life: the prior, and what is added to it. */
#include "pybisect/belief.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "pybisect/alloc.h"
#include "search/belief_parts.h"

#define EVEN_SHARE .1 /* of the prior, whatever the weights say */

static void
fill_prior(struct pb_belief *belief, const double *weights)
{
    size_t len = belief->space->len;
    long double sum = 0;
    for (size_t i = 0; weights != NULL && i < len; i++) {
        assert(isfinite(weights[i]) && weights[i] >= 0);
        sum += weights[i];
    }
    bool weighted = weights != NULL && sum > 0;
    double even = 1 / (double)len;
    long double before = 0;
    for (size_t i = 0; i < len; i++) {
        double own = weighted ? (double)(weights[i] / sum) : even;
        belief->prior[i] =
            weighted ? (1 - EVEN_SHARE) * own + EVEN_SHARE * even : even;
        belief->before[i] = (double)before;
        before += belief->prior[i];
    }
    belief->before[len] = (double)before;
}

struct pb_belief *
pb_belief_new(const struct pb_search_space *space, const double *weights,
              enum pb_belief_model model)
{
    assert(space->len > 0);
    struct pb_belief *belief = pb_alloc(sizeof(*belief));
    belief->own_space = *space;
    belief->space = &belief->own_space;
    belief->chain = pb_space_is_chain(space);
    if (!belief->chain) {
        pb_graph_init(&belief->graph, space);
    }
    belief->prior = pb_alloc_array(space->len, sizeof(*belief->prior));
    belief->before = pb_alloc_array(space->len + 1, sizeof(*belief->before));
    fill_prior(belief, weights);
    pb_model_init(&belief->model, model);
    pb_belief_evidence_init(&belief->evidence, belief);
    pb_skips_init(&belief->skips, space->len);
    pb_skips_set(belief, space->len - 1, PB_BUILD_WORKS);
    return belief;
}

void
pb_belief_free(struct pb_belief *belief)
{
    if (belief == NULL) {
        return;
    }
    pb_graph_clear(&belief->graph);
    free(belief->prior);
    free(belief->before);
    pb_model_clear(&belief->model);
    pb_belief_evidence_clear(&belief->evidence);
    pb_skips_clear(&belief->skips);
    pb_view_clear(&belief->view);
    free(belief);
}

void
pb_belief_add(struct pb_belief *belief, size_t candidate, unsigned fails,
              unsigned passes)
{
    assert(candidate == PB_BELIEF_GOOD_END || candidate < belief->space->len);
    if (fails == 0 && passes == 0) {
        return;
    }
    struct pb_counts runs = {.fails = fails, .passes = passes};
    pb_belief_evidence_add(&belief->evidence, belief, candidate, runs);
    belief->fresh = false;
    pb_model_reserve(&belief->model,
                     belief->evidence.all.fails + belief->evidence.all.passes);
    if (candidate != PB_BELIEF_GOOD_END) {
        pb_skips_set(belief, candidate, PB_BUILD_TRIED);
    }
}

void
pb_belief_break(struct pb_belief *belief, size_t candidate)
{
    assert(candidate < belief->space->len - 1);
    pb_skips_set(belief, candidate, PB_BUILD_BROKEN);
}

void
pb_belief_works(struct pb_belief *belief, size_t candidate)
{
    assert(candidate < belief->space->len);
    if (belief->skips.state[candidate] != PB_BUILD_TRIED) {
        pb_skips_set(belief, candidate, PB_BUILD_WORKS);
    }
}

const struct pb_view *
pb_belief_view(struct pb_belief *belief)
{
    if (!belief->fresh) {
        pb_view_clear(&belief->view);
        pb_view_make(&belief->view, belief, &belief->evidence);
        belief->fresh = true;
    }
    return &belief->view;
}

double
pb_belief_probability(struct pb_belief *belief, size_t candidate)
{
    assert(candidate < belief->space->len);
    const struct pb_view *view = pb_belief_view(belief);
    const struct pb_part *part = &view->parts[pb_view_part(view, candidate)];
    return part->mass * belief->prior[candidate] / part->prior;
}
