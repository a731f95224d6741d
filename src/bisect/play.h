/* The rest of a search, played without running anything. */
#ifndef PYBISECT_BISECT_PLAY_H
#define PYBISECT_BISECT_PLAY_H

#include "bisect/engine.h"

struct pb_pace {        /* seconds */
    double build;       /* a whole build, work tree far away */
    double clean_build; /* from nothing, without what a cache has */
    double suite;       /* negative: not known yet */
    double passing;     /* of the tests that are run at each step */
    double failing;
    const struct pb_costs *costs; /* what is stored; borrowed */
};

#define PB_PLACE_UNKNOWN SIZE_MAX

/* Seconds to build a candidate when the work tree is at another one. */
double pb_pace_build(const struct pb_pace *pace, size_t from, size_t to);

struct pb_game {
    size_t culprit;
    size_t runs;
    double seconds;
};

/* What follows if the culprit is the one at this quantile of the belief,
   which it takes over. `at` is the work tree's place. */
void pb_play_search(const struct pb_bisection *bisection,
                    struct pb_belief *belief, const struct pb_pace *pace,
                    size_t at, double quantile, struct pb_game *out);

#endif
