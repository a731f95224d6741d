/* What an audit is about: a revision, and what it is held against.

   A revision is held against its first parent; a branch against the commit
   where it left trunk; a range A..B is B against A; the state of a checkout
   is held against the commit where its HEAD left trunk. */
#ifndef PYBISECT_PATCH_H
#define PYBISECT_PATCH_H

#include "pybisect/git.h"

struct pb_patch {
    const char *kind; /* "commit", "branch", "range", "worktree" */
    char *asked;      /* as typed; the checkout's directory */
    struct pb_oid base;
    struct pb_oid revision;
};

/* `against`, a revision, stands in the base's place; NULL: none was named. */
int pb_patch_resolve(struct pb_repo *repo, const char *text,
                     const char *against, struct pb_patch *out,
                     struct pb_error *err);
/* Of the checkout at `directory`; see pb_worktree_snapshot for `scratch`. */
int pb_patch_of_worktree(const char *directory, const char *against,
                         const char *scratch, struct pb_patch *out,
                         struct pb_error *err);
void pb_patch_clear(struct pb_patch *patch);
PB_DEFINE_AUTO_CLEAR(pb_patch, struct pb_patch, pb_patch_clear)

#endif
