/* What can be built. Broken revisions come in stretches: a change breaks the
   build, a later one mends it. So the state of a revision is a chain of two
   states with a share of broken ones and a mean length of their stretches,
   and P(broken) follows from the nearest revisions on both sides whose state
   is known. On a graph the line runs along first parents.

   Until something was broken, all that is not known shares one probability:
   then nothing but the information decides where to look. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "search/belief_parts.h"

#define FIRST_SHARE .1
#define FIRST_STRETCH 10

void
pb_skips_init(struct pb_skips *skips, size_t len)
{
    *skips = (struct pb_skips){
        .state = pb_alloc_array(len, sizeof(*skips->state)),
        .share = FIRST_SHARE,
        .stretch = FIRST_STRETCH,
    };
}

void
pb_skips_clear(struct pb_skips *skips)
{
    free(skips->state);
    free(skips->known);
    free(skips->broken);
    *skips = (struct pb_skips){.state = NULL};
}

static void
insert_known(struct pb_skips *skips, size_t candidate)
{
    size_t place = pb_lower_bound(skips->known, skips->nknown, candidate);
    PB_GROW(skips->known, skips->nknown, skips->cap);
    memmove(&skips->known[place + 1], &skips->known[place],
            (skips->nknown - place) * sizeof(*skips->known));
    skips->known[place] = candidate;
    skips->nknown++;
}

void
pb_skips_set(struct pb_belief *belief, size_t candidate, enum pb_build state)
{
    struct pb_skips *skips = &belief->skips;
    if (skips->state[candidate] == PB_BUILD_UNKNOWN) {
        insert_known(skips, candidate);
    }
    skips->nbroken -= skips->state[candidate] == PB_BUILD_BROKEN;
    skips->nbroken += state == PB_BUILD_BROKEN;
    skips->state[candidate] = (unsigned char)state;
    skips->fresh = false;
    skips->fitted = false;
}

/* --- share and stretch -------------------------------------------------- */

/* With P(stay broken) = 1 - 1 / stretch, what is left of the knowledge about
   a revision one step further. */
static double
memory_of(double share, double stretch)
{
    double memory = 1 - 1 / stretch / (1 - share);
    return memory < 0 ? 0 : memory;
}

/* Of the states that were found, each given the one before it. What is stored
   works, but says nothing here: what does not build is never stored. */
static double
log_likelihood(const struct pb_belief *belief, double share, double stretch)
{
    const struct pb_skips *skips = &belief->skips;
    double memory = log(memory_of(share, stretch) + 1e-300);
    double sum = 0;
    size_t last = 0; /* the good end is candidate -1 */
    bool was_broken = false;
    for (size_t i = 0; i < skips->nknown; i++) {
        size_t known = skips->known[i];
        if (skips->state[known] == PB_BUILD_WORKS) {
            continue;
        }
        bool broken = skips->state[known] == PB_BUILD_BROKEN;
        double left = exp(memory * (double)(known + 1 - last));
        double p = share + ((was_broken ? 1 : 0) - share) * left;
        sum += log(broken ? p : 1 - p);
        was_broken = broken;
        last = known + 1;
    }
    return sum;
}

static double
square(double x)
{
    return x * x;
}

/* Both are the means over a grid, weighted by likelihood and by a prior
   around one broken in ten, in stretches of ten. Counting attempts instead
   would find too many: the search tries more where it met one. */
static void
fit_to_grid(struct pb_belief *belief)
{
    static const double shares[] = {.02, .05, .1, .2, .35, .5, .7};
    static const double stretches[] = {2, 5, 10, 20, 40, 80};
    double total = 0;
    double share = 0;
    double log_stretch = 0;
    double most = -INFINITY;
    for (size_t i = 0; i < PB_LENGTH(shares); i++) {
        for (size_t j = 0; j < PB_LENGTH(stretches); j++) {
            double fit = log_likelihood(belief, shares[i], stretches[j]) -
                         square(log(shares[i] / FIRST_SHARE)) / 2 -
                         square(log(stretches[j] / FIRST_STRETCH)) / 2;
            double rescale = fit > most ? exp(most - fit) : 1;
            most = fmax(most, fit);
            double weight = exp(fit - most);
            total = total * rescale + weight;
            share = share * rescale + weight * shares[i];
            log_stretch = log_stretch * rescale + weight * log(stretches[j]);
        }
    }
    belief->skips.share = share / total;
    belief->skips.stretch = exp(log_stretch / total);
}

static void
fit(struct pb_belief *belief)
{
    struct pb_skips *skips = &belief->skips;
    if (skips->fitted) {
        return;
    }
    if (skips->nbroken == 0) {
        skips->share = 1 / ((double)belief->evidence.len + 1 / FIRST_SHARE);
        skips->stretch = FIRST_STRETCH;
    }
    else {
        fit_to_grid(belief);
    }
    skips->fitted = true;
}

/* --- P(broken) ---------------------------------------------------------- */

/* A known revision some way off; both ends of the space are known. */
struct neighbour {
    bool broken;
    size_t distance;
};

static double
between(const struct pb_skips *skips, struct neighbour left,
        struct neighbour right)
{
    double share = skips->share;
    double memory = memory_of(share, skips->stretch);
    double from_left = pow(memory, (double)left.distance);
    double to_right = pow(memory, (double)right.distance);
    double broken = share + ((left.broken ? 1 : 0) - share) * from_left;
    double if_broken = share + (1 - share) * to_right;
    double if_works = share * (1 - to_right);
    if (!right.broken) {
        if_broken = 1 - if_broken;
        if_works = 1 - if_works;
    }
    double both = broken * if_broken;
    return both / (both + (1 - broken) * if_works);
}

static double
broken_on_chain(const struct pb_belief *belief, size_t candidate)
{
    const struct pb_skips *skips = &belief->skips;
    size_t place = pb_lower_bound(skips->known, skips->nknown, candidate);
    struct neighbour left = {.distance = candidate + 1};
    struct neighbour right = {.distance = belief->space->len - 1 - candidate};
    if (place > 0) {
        size_t known = skips->known[place - 1];
        left.distance = candidate - known;
        left.broken = skips->state[known] == PB_BUILD_BROKEN;
    }
    if (place < skips->nknown) {
        size_t known = skips->known[place];
        right.distance = known - candidate;
        right.broken = skips->state[known] == PB_BUILD_BROKEN;
    }
    return between(skips, left, right);
}

/* The nearest known candidate among first parents, for all at once. */
static void
look_left(const struct pb_belief *belief, struct neighbour *left)
{
    const struct pb_search_space *space = belief->space;
    const unsigned char *state = belief->skips.state;
    for (size_t i = 0; i < space->len; i++) {
        left[i] = (struct neighbour){.distance = 1}; /* the good side */
        if (space->parent_start[i] < space->parent_start[i + 1]) {
            size_t parent = space->parents[space->parent_start[i]];
            if (state[parent] == PB_BUILD_UNKNOWN) {
                left[i] = left[parent];
                left[i].distance++;
            }
            else {
                left[i].broken = state[parent] == PB_BUILD_BROKEN;
            }
        }
    }
}

/* And among the candidates whose first parent this is, or theirs. */
static void
look_right(const struct pb_belief *belief, struct neighbour *right)
{
    const struct pb_search_space *space = belief->space;
    const unsigned char *state = belief->skips.state;
    for (size_t i = 0; i < space->len; i++) {
        right[i].distance = space->len;
    }
    for (size_t i = space->len; i-- > 0;) {
        if (space->parent_start[i] == space->parent_start[i + 1]) {
            continue;
        }
        struct neighbour here = {
            .broken = state[i] == PB_BUILD_BROKEN,
            .distance = 1,
        };
        if (state[i] == PB_BUILD_UNKNOWN) {
            here = right[i];
            here.distance++;
        }
        size_t parent = space->parents[space->parent_start[i]];
        if (here.distance < right[parent].distance) {
            right[parent] = here;
        }
    }
}

static void
refresh_graph(struct pb_belief *belief)
{
    struct pb_skips *skips = &belief->skips;
    size_t len = belief->space->len;
    PB_AUTOFREE struct neighbour *left = pb_alloc_array(len, sizeof(*left));
    PB_AUTOFREE struct neighbour *right = pb_alloc_array(len, sizeof(*right));
    look_left(belief, left);
    look_right(belief, right);
    if (skips->broken == NULL) {
        skips->broken = pb_alloc_array(len, sizeof(*skips->broken));
    }
    for (size_t i = 0; i < len; i++) {
        skips->broken[i] = between(skips, left[i], right[i]);
    }
    skips->fresh = true;
}

double
pb_skips_broken(struct pb_belief *belief, size_t candidate)
{
    struct pb_skips *skips = &belief->skips;
    if (candidate == PB_BELIEF_GOOD_END) {
        return 0;
    }
    if (skips->state[candidate] != PB_BUILD_UNKNOWN) {
        return skips->state[candidate] == PB_BUILD_BROKEN ? 1 : 0;
    }
    fit(belief);
    if (skips->nbroken == 0) {
        return skips->share;
    }
    if (belief->chain) {
        return broken_on_chain(belief, candidate);
    }
    if (!skips->fresh) {
        refresh_graph(belief);
    }
    return skips->broken[candidate];
}
