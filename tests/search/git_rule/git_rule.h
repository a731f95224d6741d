/* git bisect's rule, for comparison: halfway by number of ancestors, the same
   ties, the same way around skipped candidates. test_differential holds it
   against git itself. */
#ifndef PYBISECT_TESTS_SEARCH_GIT_RULE_H
#define PYBISECT_TESTS_SEARCH_GIT_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/belief.h"

enum git_verdict {
    GIT_UNKNOWN,
    GIT_GOOD,
    GIT_BAD,
    GIT_SKIP, /* cannot be tested: may or may not be bad */
};

enum git_action {
    GIT_TEST,     /* try .candidate next */
    GIT_FOUND,    /* .candidate is the culprit */
    GIT_SUSPECTS, /* only skipped candidates are left to try;
                           .candidate is the last of the suspects */
};

struct git_choice {
    enum git_action action;
    size_t candidate;
    size_t suspects; /* candidates that may still be the culprit */
    size_t steps;    /* further tests expected, this one included */
};

/* What to do next given one verdict a candidate. rank[i] is candidate i's
   place in the order of object ids, by which git breaks ties once something
   was skipped; NULL breaks them by index. verdicts[len - 1] may be
   UNKNOWN: it counts as BAD. When verdicts are not monotonic (bad, then good
   again), the answer is about the last change to bad: a GOOD counts for all
   its ancestors. */
void git_rule_next(const struct pb_search_space *space, const size_t *rank,
                   const enum git_verdict *verdicts, struct git_choice *out);

/* out[i]: candidate i may be the culprit. Returns their number. */
size_t git_rule_suspects(const struct pb_search_space *space,
                         const enum git_verdict *verdicts, bool *out);

#endif
