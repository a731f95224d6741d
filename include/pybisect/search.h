/* Which candidate next, and when to stop. Pure and deterministic: every
   function depends on its arguments alone, so a journal replays it.

   A space is a directed acyclic graph of candidates 0 to len - 1, parents
   before children; the last is the bad end, known to be bad; parents outside
   the space are known to be good. Exactly one candidate is the culprit: it
   and all its descendants are bad, all else is good. A linear history is the
   case in which every candidate has its predecessor as only parent.

   The rule here is git bisect's (halfway by number of ancestors, the same
   ties, the same way around skipped candidates), so it never takes more
   steps than git does, provided that candidates come in the order of `git
   rev-list --reverse` (by date, not by topology). Another rule can stand
   behind the same functions. */
#ifndef PYBISECT_SEARCH_H
#define PYBISECT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

enum pb_search_verdict {
    PB_SEARCH_UNKNOWN,
    PB_SEARCH_GOOD,
    PB_SEARCH_BAD,
    PB_SEARCH_SKIP, /* cannot be tested: may or may not be bad */
};

struct pb_search_space {
    size_t len;
    const size_t *parent_start; /* len + 1; see candidates.h */
    const size_t *parents;
    /* How the candidates' object ids sort: rank[i] is i's place. With skips
       git breaks ties by id; NULL breaks them by index. */
    const size_t *rank;
};

enum pb_search_action {
    PB_SEARCH_TEST,     /* try .candidate next */
    PB_SEARCH_FOUND,    /* .candidate is the culprit */
    PB_SEARCH_SUSPECTS, /* only skipped candidates are left to try;
                           .candidate is the last of the suspects */
};

struct pb_search_choice {
    enum pb_search_action action;
    size_t candidate;
    size_t suspects; /* candidates that may still be the culprit */
    size_t steps;    /* further tests expected, this one included */
};

/* What to do next given one verdict a candidate. verdicts[len - 1] may be
   UNKNOWN: it counts as BAD. When verdicts are not monotonic (bad, then good
   again), the answer is about the last change to bad: a GOOD counts for all
   its ancestors. */
void pb_search_next(const struct pb_search_space *space,
                    const enum pb_search_verdict *verdicts,
                    struct pb_search_choice *out);

/* out[i]: candidate i may be the culprit. Returns their number. */
size_t pb_search_suspects(const struct pb_search_space *space,
                          const enum pb_search_verdict *verdicts, bool *out);

/* True if some GOOD candidate has a BAD ancestor in the space. */
bool pb_search_contradicts(const struct pb_search_space *space,
                           const enum pb_search_verdict *verdicts);

/* P(candidate i is the culprit) given how often the failure was seen and not
   seen at each candidate and at the good end, flake rates integrated out
   over a mixture of Beta priors (in belief_model.c); uniform prior over
   candidates. `out` sums to 1. */
void pb_search_posterior(const struct pb_search_space *space,
                         const unsigned *fails, const unsigned *passes,
                         unsigned good_fails, unsigned good_passes,
                         double *out);

#endif
