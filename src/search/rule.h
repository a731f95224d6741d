/* The parts of the selection rule, shared by this room's files only. */
#ifndef PYBISECT_SEARCH_RULE_H
#define PYBISECT_SEARCH_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/cleanup.h"
#include "pybisect/search.h"

#define PB_RULE_NONE ((size_t)-1)

/* suspects.c: the suspects as a graph of their own. A suspect's weight is the
   number of suspects that it reaches, itself included: how many are left if it
   turns out bad. Weight == count: all reach back from it, so it is bad
   already. */
struct pb_suspects {
    const struct pb_search_space *space;
    const bool *member; /* space->len of them */
    size_t count;
    size_t *list;   /* ascending, so parents before children */
    size_t *weight; /* by candidate; valid for members */
};

void pb_suspects_init(struct pb_suspects *suspects,
                      const struct pb_search_space *space, const bool *member,
                      size_t count);
void pb_suspects_clear(struct pb_suspects *suspects);
PB_DEFINE_AUTO_CLEAR(pb_suspects, struct pb_suspects, pb_suspects_clear)

/* halve.c: how evenly a candidate splits the suspects. Needs its weight. */
size_t pb_halve_distance(const struct pb_suspects *suspects, size_t candidate);
/* Fills all weights. */
void pb_halve_weigh(struct pb_suspects *suspects);
/* Weighs until a candidate is near enough to the middle and returns it, else
   the best one. Needs two suspects or more. */
size_t pb_halve_choose(struct pb_suspects *suspects);

/* skips.c: the choice when something was skipped. All weights are known.
   PB_RULE_NONE: nothing is left to test. */
size_t pb_skips_choose(const struct pb_suspects *suspects,
                       const enum pb_search_verdict *verdicts);

#endif
