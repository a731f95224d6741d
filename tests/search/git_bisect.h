/* The same histories through `git bisect run`. */
#ifndef PYBISECT_TESTS_SEARCH_GIT_BISECT_H
#define PYBISECT_TESTS_SEARCH_GIT_BISECT_H

#include "pybisect/buf.h"
#include "pybisect/strv.h"
#include "search/space.h"

/* A repository that holds histories, each from the same root. */
struct git_repo {
    char *directory;
    struct pb_buf import; /* a fast-import stream, until imported */
    size_t marks;
    struct pb_strv ids; /* by mark; the root is mark 1 */
};

void git_repo_init(struct git_repo *repo);
/* Returns the mark of candidate 0; the others follow. */
size_t git_repo_add(struct git_repo *repo, const struct history *history);
void git_repo_import(struct git_repo *repo);
/* Object ids' order: rank has len places. */
void git_repo_rank(const struct git_repo *repo, size_t mark, size_t len,
                   size_t *rank);
/* What `git bisect run` did: candidates tested, in order, and the set of
   those that may be the culprit. */
void git_repo_bisect(const struct git_repo *repo, size_t mark,
                     const struct history *history, size_t *tested,
                     size_t *out_steps, bool *suspects);
void git_repo_clear(struct git_repo *repo);

#endif
