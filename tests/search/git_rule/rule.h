/* The parts of the selection rule, shared by this room's files only. */
#ifndef PYBISECT_SEARCH_RULE_H
#define PYBISECT_SEARCH_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/cleanup.h"
#include "search/git_rule/git_rule.h"

#define GIT_NONE ((size_t)-1)

/* suspects.c: the suspects as a graph of their own. A suspect's weight is the
   number of suspects that it reaches, itself included: how many are left if it
   turns out bad. Weight == count: all reach back from it, so it is bad
   already. */
struct git_suspects {
    const struct pb_search_space *space;
    const bool *member; /* space->len of them */
    size_t count;
    const size_t *rank; /* see git_rule.h */
    size_t *list;       /* ascending, so parents before children */
    size_t *weight;     /* by candidate; valid for members */
};

void git_suspects_init(struct git_suspects *suspects,
                       const struct pb_search_space *space, const bool *member,
                       size_t count);
void git_suspects_clear(struct git_suspects *suspects);
PB_DEFINE_AUTO_CLEAR(git_suspects, struct git_suspects, git_suspects_clear)

/* halve.c: how evenly a candidate splits the suspects. Needs its weight. */
size_t git_halve_distance(const struct git_suspects *suspects,
                          size_t candidate);
/* Fills all weights. */
void git_halve_weigh(struct git_suspects *suspects);
/* Weighs until a candidate is near enough to the middle and returns it, else
   the best one. Needs two suspects or more. */
size_t git_halve_choose(struct git_suspects *suspects);

/* skips.c: the choice when something was skipped. All weights are known.
   GIT_NONE: nothing is left to test. */
size_t git_skips_choose(const struct git_suspects *suspects,
                        const enum git_verdict *verdicts);

#endif
