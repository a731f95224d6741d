/* Repositories whose objects git would not make: written as they are given.

       struct raw_repo *repo = raw_repo_new(path);
       struct pb_oid blob = raw_object(repo, "blob", "x", 1);
       raw_entry(&tree, "100644", "..", &blob);
       struct pb_oid commit = raw_commit(repo, &tree);
       raw_repo_free(repo);

   Failures end the test program. */
#ifndef PYBISECT_TESTS_SUPPORT_RAW_REPO_H
#define PYBISECT_TESTS_SUPPORT_RAW_REPO_H

#include <stddef.h>

#include "pybisect/buf.h"
#include "pybisect/git.h"

struct raw_repo;

/* An empty bare repository in a directory that is made. */
struct raw_repo *raw_repo_new(const char *path);
void raw_repo_free(struct raw_repo *repo);

/* "blob", "tree" or "commit", of any content. */
struct pb_oid raw_object(struct raw_repo *repo, const char *kind,
                         const void *data, size_t length);

/* Appends an entry to the content of a tree; they should be sorted. */
void raw_entry(struct pb_buf *tree, const char *mode, const char *name,
               const struct pb_oid *id);

/* A commit without parents of the tree with this content. */
struct pb_oid raw_commit(struct raw_repo *repo, const struct pb_buf *tree);

#endif
