/* The posterior alone, for a caller that has all the counts and no search. */
#include "pybisect/belief.h"
#include "pybisect/search.h"

void
pb_search_posterior(const struct pb_search_space *space, const unsigned *fails,
                    const unsigned *passes, unsigned good_fails,
                    unsigned good_passes, double *out)
{
    PB_AUTO(pb_belief)
    struct pb_belief *belief = pb_belief_new(space, NULL, PB_BELIEF_FLAKY);
    pb_belief_add(belief, PB_BELIEF_GOOD_END, good_fails, good_passes);
    for (size_t i = 0; i < space->len; i++) {
        pb_belief_add(belief, i, fails[i], passes[i]);
    }
    for (size_t i = 0; i < space->len; i++) {
        out[i] = pb_belief_probability(belief, i);
    }
}
