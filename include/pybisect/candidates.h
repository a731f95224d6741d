/* The commits of a range, folded into candidates: a commit with the same
   behaviour key as its parent (all its parents) cannot be the culprit and
   shares its verdict. Candidates keep the order of the range: parents before
   children, the last one holds the bad end. There is none when nothing that a
   project can see differs between the ends. */
#ifndef PYBISECT_CANDIDATES_H
#define PYBISECT_CANDIDATES_H

#include <stddef.h>

#include "pybisect/fingerprint.h"
#include "pybisect/range.h"

struct pb_candidate {
    size_t commit;   /* index in range->commits of its first commit: the
                        culprit, if this candidate is */
    size_t ncommits; /* commits folded into it, that one included */
    struct pb_keys keys;
};

struct pb_candidates {
    struct pb_candidate *items;
    size_t len;
    struct pb_keys good_keys;
    size_t good_commits; /* commits of the range that equal the good end */
    size_t builds;       /* distinct build keys, the good end's included */
    /* As in struct pb_range; parents outside are on the good side. */
    size_t *parent_start;
    size_t *parents;
    size_t *of_commit; /* commit index to candidate; SIZE_MAX: good side */
};

#define PB_CANDIDATES_NONE ((size_t)-1)

/* keys[i] belongs to range->commits.items[i]. */
void pb_candidates_fold(const struct pb_range *range,
                        const struct pb_keys *good_keys,
                        const struct pb_keys *keys, struct pb_candidates *out);
void pb_candidates_clear(struct pb_candidates *candidates);
PB_DEFINE_AUTO_CLEAR(pb_candidates, struct pb_candidates, pb_candidates_clear)

/* Bisection steps that `n` candidates take at most: ceil(log2(n)). */
size_t pb_candidates_steps(size_t n);

#endif
