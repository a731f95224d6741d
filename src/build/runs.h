/* A slot's run trees. There are a few, so that what is run by turns (two
   ends, a culprit and its parent) stays laid out:

     run-<i>, run-<i>.index, run-<i>.store (the store's note of it)
     run-<i>.holds      what was laid out last, and by its mtime when

   A `.holds` only says which tree to take; what a tree holds is checked each
   time it is used. */
#ifndef PYBISECT_BUILD_RUNS_H
#define PYBISECT_BUILD_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "build/tree.h"
#include "pybisect/digest.h"

#define PB_RUNS 4

struct pb_runs {
    char *directory;                /* of the slot */
    struct pb_tree *trees[PB_RUNS]; /* NULL: not opened yet */
};

void pb_runs_open(const char *directory, struct pb_runs *out);
void pb_runs_close(struct pb_runs *runs);

/* The tree that was noted with this build and commit; else with this build
   and another library; else the one unused for longest. *out_same: the first
   of these. Borrowed. */
int pb_runs_take(struct pb_runs *runs, const struct pb_digest *key,
                 const struct pb_oid *commit, struct pb_tree **out,
                 bool *out_same, struct pb_error *err);
/* Removes all trees but `kept`, which may be NULL; adds the bytes that they
   took. */
int pb_runs_evict(struct pb_runs *runs, const struct pb_tree *kept,
                  uint64_t *bytes, struct pb_error *err);
int pb_runs_note(const struct pb_runs *runs, const struct pb_tree *tree,
                 const struct pb_digest *key, const struct pb_oid *commit,
                 struct pb_error *err);

#endif
