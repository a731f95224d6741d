/* Histories to search in: drawn by hand or at random, with a hidden
   culprit. */
#ifndef PYBISECT_TESTS_SEARCH_SPACE_H
#define PYBISECT_TESTS_SEARCH_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/cleanup.h"
#include "search/git_rule/git_rule.h"

/* A generator that gives the same numbers everywhere. */
struct random {
    uint64_t state;
};

size_t random_below(struct random *random, size_t limit); /* limit > 0 */
bool random_chance(struct random *random, unsigned percent);
/* Prints it, so that a failure can be repeated with PYBISECT_SEED=N. */
uint64_t random_seed(uint64_t otherwise);

struct history {
    struct pb_search_space space;
    size_t *parent_start; /* what space points to */
    size_t *parents;
    size_t nparents;
    bool *outside; /* also has a parent outside, on the good side */
    bool *skip;    /* cannot be tested */
    bool *bad;     /* the culprit and its descendants */
    size_t culprit;
    const size_t *rank; /* for git's rule; borrowed */
};

/* Candidates in order, blank-separated, each the digits of its parents and
   "-" for a parent outside: "- 0 0 12" is a diamond. Up to ten. */
void history_draw(struct history *history, const char *drawing);
void history_chain(struct history *history, size_t len);
/* Branches, merges back and forth, octopuses; all end at the last one. */
void history_random(struct history *history, struct random *random,
                    size_t len);
void history_skip_stretches(struct history *history, struct random *random,
                            unsigned percent);
void history_hide(struct history *history, size_t culprit);
/* Whether `low` is `high` or an ancestor of it, by brute force. */
bool history_reaches(const struct history *history, size_t high, size_t low);
void history_clear(struct history *history);
PB_DEFINE_AUTO_CLEAR(history, struct history, history_clear)

#define HISTORY_INIT                                                          \
    {                                                                         \
        .parents = NULL                                                       \
    }

/* What a test of the candidate says. */
enum git_verdict history_test(const struct history *history, size_t candidate);

/* A whole search by git's rule from nothing; *tested (len places) gets the
   candidates in the order they were tried. Returns how many. */
size_t history_search(const struct history *history,
                      enum git_verdict *verdicts, size_t *tested,
                      struct git_choice *out);

#endif
