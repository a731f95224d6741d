/* The state of somebody's checkout, uncommitted changes included, as a commit
   that can be built and tested. Neither the checkout nor its repository is
   written to: new objects go to a scratch repository of ours, which finds all
   others in the checkout's. */
#ifndef PYBISECT_WORKTREE_H
#define PYBISECT_WORKTREE_H

#include "pybisect/git.h"

/* Makes the bare repository `scratch`, which the caller removes with
   pb_fs_remove_tree, and in it a commit on top of HEAD that holds the files
   of the checkout at `directory`: changed, added and untracked ones, without
   those that git ignores. Without any it is HEAD itself. The same state gives
   the same commit. */
int pb_worktree_snapshot(const char *directory, const char *scratch,
                         struct pb_oid *out, struct pb_error *err);

#endif
