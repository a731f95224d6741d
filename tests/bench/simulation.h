/* Searches played against a made-up history: a chain with a hidden culprit,
   failure rates, revisions that do not build and a cache. */
#ifndef PYBISECT_TESTS_BENCH_SIMULATION_H
#define PYBISECT_TESTS_BENCH_SIMULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/belief.h"

struct dice {
    uint64_t state;
};

double dice_roll(struct dice *dice); /* in [0, 1) */
size_t dice_below(struct dice *dice, size_t limit);

struct world {
    size_t len;
    size_t culprit;
    double before; /* P(a run fails) */
    double after;
    bool *broken;    /* or NULL */
    bool *stored;    /* or NULL: a cold cache, and no clock */
    double *weights; /* prior, or NULL */
    double build;    /* seconds */
    double restore;
    double test;
    struct dice dice;
};

enum play_rule {
    PLAY_GIT,      /* git bisect's, one run a revision */
    PLAY_MAJORITY, /* the same, two of three runs */
    PLAY_BELIEF,
};

enum play_ends {
    PLAY_ENDS_GIVEN, /* no run there */
    PLAY_ENDS_ONCE,  /* one run at each */
    PLAY_ENDS_TEST,  /* pb_belief_ends until it is content */
};

struct play {
    enum play_rule rule;
    enum pb_belief_model model;
    double confidence;
    enum play_ends ends;
    bool by_seconds; /* information per second, not per run */
    size_t workers;
};

struct played {
    bool reproduced; /* the test of the ends let the search begin */
    bool right;      /* the culprit is in the answer */
    enum pb_belief_state state;
    size_t size;     /* of the answer */
    double runs;     /* of the test, those at the ends included */
    double attempts; /* to build, those that failed included */
    double distinct; /* revisions built, without the ends */
    double rounds;
    double seconds;
};

#define PLAY_RUNS_MOST 20000 /* more is an endless loop */

void play(const struct world *world, const struct play *how,
          struct played *out);

#endif
