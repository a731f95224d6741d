/* What the files of the git module share. They alone see libgit2. */
#ifndef PYBISECT_HISTORY_GIT_PRIVATE_H
#define PYBISECT_HISTORY_GIT_PRIVATE_H

#include <git2.h>

#include "pybisect/cleanup.h"
#include "pybisect/git.h"

struct pb_repo {
    git_repository *git;
    git_odb *odb;
    char *path;
};

PB_DEFINE_AUTO_FREE(git_commit, git_commit, git_commit_free)
PB_DEFINE_AUTO_FREE(git_diff, git_diff, git_diff_free)
PB_DEFINE_AUTO_FREE(git_object, git_object, git_object_free)
PB_DEFINE_AUTO_FREE(git_odb_object, git_odb_object, git_odb_object_free)
PB_DEFINE_AUTO_FREE(git_remote, git_remote, git_remote_free)
PB_DEFINE_AUTO_FREE(git_repository, git_repository, git_repository_free)
PB_DEFINE_AUTO_FREE(git_revwalk, git_revwalk, git_revwalk_free)
PB_DEFINE_AUTO_FREE(git_tree, git_tree, git_tree_free)
PB_DEFINE_AUTO_FREE(git_tree_entry, git_tree_entry, git_tree_entry_free)

/* Starts libgit2; every function that makes a repository calls it first. */
void pb_git_setup(void);

/* Sets *err from libgit2's last error and the status it returned; -1. */
int pb_git_fail(struct pb_error *err, int status, const char *format, ...)
    PB_PRINTF(3, 4);

git_oid pb_git_oid(const struct pb_oid *oid);
struct pb_oid pb_git_oid_from(const git_oid *oid);

/* The bytes of an object of the wanted type. An object that the clone lacks
   is NOT_FOUND, with a hint that fits the kind of clone. */
int pb_git_read(struct pb_repo *repo, const struct pb_oid *id,
                git_object_t type, git_odb_object **out, struct pb_error *err);

int pb_git_commit(struct pb_repo *repo, const struct pb_oid *id,
                  git_commit **out, struct pb_error *err);
int pb_git_tree_of(struct pb_repo *repo, const struct pb_oid *commit,
                   git_tree **out, struct pb_error *err);

/* git_diff.c: the lines that set two texts apart, in order. */
struct pb_changed_line {
    bool added;       /* else it was removed */
    size_t number;    /* from 1, in the text that has it */
    const char *text; /* without its end; borrowed during the call */
    size_t length;
};
int pb_git_changed_lines(const struct pb_buf *before,
                         const struct pb_buf *after,
                         void (*visit)(const struct pb_changed_line *line,
                                       void *context),
                         void *context, struct pb_error *err);

#endif
