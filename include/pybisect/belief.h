/* What is believed about the culprit, what to run next because of it, and when
   to stop: for tests that may be flaky, revisions that may not build, builds
   of unequal cost and several workers. Pure and deterministic: the same calls
   in the same order give the same answers, so that a journal replays a
   belief.

   The candidates are those of a pb_search_space. If c is the culprit, runs
   at c and its descendants fail at one rate, all others at another; both are
   unknown and integrated out (the model says over what). What is left is the
   probability of each candidate, and from it for each possible run how many
   bits it is expected to tell.

       struct pb_belief *belief = pb_belief_new(&space, NULL, model);
       ... pb_belief_add() the runs at both ends ...
       while (pb_belief_state(belief, .95) == PB_BELIEF_OPEN) {
           pb_belief_choose(belief, &costs, &choice);
           ... build and run choice.candidate, then pb_belief_add() it,
           or pb_belief_break() it; the budget is the caller's ...
       }
       pb_belief_answer(belief, .95, &answer);

   On a chain a step takes time O(T log N) for T distinct revisions tried of
   N; on another graph O(N + E), plus the commits that merges bring in.

   Sources: the likelihood and the repeats are those of noisy binary search
   (Burnashev and Zigangirov 1974; Karp and Kleinberg, SODA 2007; Ben-Or and
   Hassidim, FOCS 2008), the choice by information that of Waeber, Frazier
   and Henderson, SIAM J. Control Optim. 51(3), 2013, rates integrated out
   after git-bayesect. The optimum within a segment is in
   belief_optimum.c. */
#ifndef PYBISECT_BELIEF_H
#define PYBISECT_BELIEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/cleanup.h"

/* A directed acyclic graph of candidates 0 to len - 1, parents before
   children; the last is the bad end; parents outside the space are on the
   good side. Exactly one candidate is the culprit: it and all its descendants
   are bad, all else is good. A linear history is the case in which every
   candidate has its predecessor as only parent. */
struct pb_search_space {
    size_t len;
    const size_t *parent_start; /* len + 1; see candidates.h */
    const size_t *parents;
};

#define PB_BELIEF_GOOD_END SIZE_MAX /* stands for a candidate */

enum pb_belief_model {
    PB_BELIEF_FLAKY,         /* four mixed priors of both rates */
    PB_BELIEF_DETERMINISTIC, /* a failure is a failure: no repeats */
    PB_BELIEF_JEFFREYS,      /* Beta(1/2, 1/2) on both sides, to compare */
};

struct pb_belief;

/* Keeps what `space` points to: borrowed until the belief is freed.
   `weights` (space->len of them, finite, >= 0, copied; NULL: all alike) say
   how likely each candidate was before any run; a tenth of the prior is
   spread evenly all the same, so that none is ever ruled out. Caller frees
   with pb_belief_free. */
struct pb_belief *pb_belief_new(const struct pb_search_space *space,
                                const double *weights,
                                enum pb_belief_model model);
void pb_belief_free(struct pb_belief *belief); /* NULL is fine */
PB_DEFINE_AUTO_FREE(pb_belief, struct pb_belief, pb_belief_free)

/* Runs at a candidate, or at PB_BELIEF_GOOD_END. It builds, then. */
void pb_belief_add(struct pb_belief *belief, size_t candidate, unsigned fails,
                   unsigned passes);
/* It cannot be built or tested. It may still be the culprit: its probability
   counts towards the next candidate that can be tested. Of break, works and
   add the latest counts. Not for the bad end. */
void pb_belief_break(struct pb_belief *belief, size_t candidate);
/* It is known to build: it is stored, say. */
void pb_belief_works(struct pb_belief *belief, size_t candidate);

/* P(the candidate is the culprit). They sum to 1. */
double pb_belief_probability(struct pb_belief *belief, size_t candidate);

/* --- when to stop ------------------------------------------------------- */

enum pb_belief_state {
    PB_BELIEF_OPEN,
    PB_BELIEF_FOUND, /* one candidate */
    PB_BELIEF_BLOCK, /* one candidate and unbuildable ones before it: no run
                        can tell which */
    PB_BELIEF_SPENT, /* no run tells enough about what is still open */
};

/* FOUND and BLOCK want 1 - 0.4 (1 - confidence): stopping at the first
   moment of certainty favours moments of luck, and with the tighter bound
   the answers are right as often as `confidence` says (measured by
   bench_search). */
enum pb_belief_state pb_belief_state(struct pb_belief *belief,
                                     double confidence);

struct pb_belief_answer {
    enum pb_belief_state state;
    /* FOUND, BLOCK: the candidates of the answer. Else the smallest set that
       holds the culprit with `confidence`; on a chain, the smallest without
       gaps. Ascending. */
    size_t *candidates;
    size_t len;
    double probability; /* that the culprit is one of them */
};

/* Caller clears *out. */
void pb_belief_answer(struct pb_belief *belief, double confidence,
                      struct pb_belief_answer *out);
void pb_belief_answer_clear(struct pb_belief_answer *answer);
PB_DEFINE_AUTO_CLEAR(pb_belief_answer, struct pb_belief_answer,
                     pb_belief_answer_clear)

/* The bits that are missing to the culprit: the entropy of the belief. */
double pb_belief_open_bits(struct pb_belief *belief);

struct pb_belief_rate {
    double mean; /* how often a run fails */
    double low;  /* the middle 95 % */
    double high;
};

struct pb_belief_rates {
    struct pb_belief_rate before; /* the change */
    struct pb_belief_rate after;
};

void pb_belief_rates(struct pb_belief *belief, struct pb_belief_rates *out);

/* --- what to run next --------------------------------------------------- */

/* Candidates that are equally near: the current tree, what is stored. */
struct pb_belief_ready {
    double seconds;        /* to have one of them ready */
    bool run;              /* the run was made before: it takes no time */
    const size_t *members; /* ascending */
    size_t len;
};

/* All in expected seconds, >= 0. Members are borrowed during the call. */
struct pb_belief_costs {
    /* Of a candidate that is in no class below: no less than of those. */
    double build;
    double failed_build; /* until it is known that it does not build */
    double passing_test;
    double failing_test;
    double good_end; /* to have the good end ready */
    /* A candidate in several counts for the cheapest. */
    const struct pb_belief_ready *ready;
    size_t nready;
};

/* Why a candidate was chosen. */
struct pb_belief_choice {
    size_t candidate; /* or PB_BELIEF_GOOD_END */
    double bits;      /* that a run there is expected to tell */
    double builds;    /* P(it can be built and tested) */
    double seconds;   /* expected, build and test; 1 without costs */
    double fails;     /* P(the run fails) */
    double score;     /* bits * builds / seconds */
    bool repeat;      /* it was run before */
};

/* The run that is expected to tell most per second: a candidate, or another
   run at one that was tried, or at an end. Without costs (NULL) the one that
   tells most per attempt. Ties go to the cheaper, then to the earlier. */
void pb_belief_choose(struct pb_belief *belief,
                      const struct pb_belief_costs *costs,
                      struct pb_belief_choice *out);

/* The same numbers for a candidate of the caller's. */
void pb_belief_weigh(struct pb_belief *belief, size_t candidate,
                     const struct pb_belief_costs *costs,
                     struct pb_belief_choice *out);

/* The next `k` runs to start while those at pending[0..npending - 1] (one
   place a run) are still going: each tells most beside all before it, by the
   chain rule of mutual information over the 16 likeliest outcomes of those.
   The numbers of out[i] are beside pending and out[0..i - 1]. */
void pb_belief_choose_batch(struct pb_belief *belief,
                            const struct pb_belief_costs *costs,
                            const size_t *pending, size_t npending, size_t k,
                            struct pb_belief_choice *out);

/* --- before the search -------------------------------------------------- */

enum pb_belief_ends {
    PB_BELIEF_GO,               /* the ends differ */
    PB_BELIEF_NOT_REPRODUCIBLE, /* the bad end fails no more often than the
                                   good one, and seldom */
    PB_BELIEF_GOOD_FAILS,       /* nor that, but both often */
    PB_BELIEF_AGAIN,            /* cannot tell: run both ends once more */
};

#define PB_BELIEF_ENDS_MOST                                                   \
    60 /* pairs of runs after which AGAIN is an answer                        \
          of its own: ask, or go on if forced */

/* The sequential test of whether the ends differ at all. Counts are of runs
   at the good end and at the bad end; the report that started the search may
   be counted as a run at each. GO and the others take two runs at each end.
   *out_rate (may be NULL): with 95 % the bad end fails at most so often. */
enum pb_belief_ends pb_belief_ends(unsigned good_fails, unsigned good_passes,
                                   unsigned bad_fails, unsigned bad_passes,
                                   double *out_rate);

#endif
