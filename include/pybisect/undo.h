/* Commits that take back what another one did. Trunk is full of them: removed,
   put back, removed again. */
#ifndef PYBISECT_UNDO_H
#define PYBISECT_UNDO_H

#include "pybisect/git.h"

#define PB_UNDO_NONE ((size_t)-1)

/* The index of the first of `commits`, from `from` on, that looks as if it
   undid what `culprit` did to `parent`: its message says that it reverts it,
   or a file that the culprit touched, and that a project can see, is again
   what it was, or as absent. PB_UNDO_NONE: none does. It is a hint where to
   look, nothing more; of a commit of very many files only some are looked
   at. */
int pb_undo_find(struct pb_repo *repo, const struct pb_oid *parent,
                 const struct pb_oid *culprit,
                 const struct pb_oid_list *commits, size_t from,
                 size_t *out_index, struct pb_error *err);

#endif
