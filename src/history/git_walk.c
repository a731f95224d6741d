/* Walking history: ancestors, merge bases, chains and differences. */
#include "git_private.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"

#define HEX_DIGITS (PB_OID_HEX - 1)

int
pb_repo_is_ancestor(struct pb_repo *repo, const struct pb_oid *ancestor,
                    const struct pb_oid *descendant, bool *out,
                    struct pb_error *err)
{
    if (pb_oid_equal(ancestor, descendant)) {
        *out = true;
        return 0;
    }
    git_oid above = pb_git_oid(ancestor);
    git_oid below = pb_git_oid(descendant);
    int status = git_graph_descendant_of(repo->git, &below, &above);
    if (status < 0) {
        return pb_git_fail(err, status, "cannot walk the history of '%s'",
                           repo->path);
    }
    *out = status == 1;
    return 0;
}

int
pb_repo_merge_base(struct pb_repo *repo, const struct pb_oid *a,
                   const struct pb_oid *b, struct pb_oid *out,
                   struct pb_error *err)
{
    git_oid one = pb_git_oid(a);
    git_oid two = pb_git_oid(b);
    git_oid base;
    int status = git_merge_base(&base, repo->git, &one, &two);
    if (status == GIT_ENOTFOUND) {
        char short_a[PB_OID_SHORT];
        char short_b[PB_OID_SHORT];
        return pb_error_set(
            err, PB_ERROR_NOT_FOUND, "'%s' and '%s' share no history",
            pb_oid_short(a, short_a), pb_oid_short(b, short_b));
    }
    if (status < 0) {
        return pb_git_fail(err, status, "cannot walk the history of '%s'",
                           repo->path);
    }
    *out = pb_git_oid_from(&base);
    return 0;
}

/* Reads "KEY HEX\n" at *cursor and moves behind it. */
static bool
header_line(const char **cursor, const char *end, const char *key,
            struct pb_oid *out)
{
    size_t prefix = strlen(key);
    if ((size_t)(end - *cursor) < prefix + HEX_DIGITS + 1 ||
        memcmp(*cursor, key, prefix) != 0)
    {
        return false;
    }
    git_oid oid;
    if (git_oid_fromstrn(&oid, *cursor + prefix, HEX_DIGITS) < 0) {
        return false;
    }
    *out = pb_git_oid_from(&oid);
    *cursor += prefix + HEX_DIGITS + 1;
    return true;
}

/* The tree and the parents straight from the object's bytes: a walk over
   20,000 commits has no use for their text. */
static int
read_links(struct pb_repo *repo, const struct pb_oid *commit,
           struct pb_oid *out_tree, struct pb_oid_list *out_parents,
           struct pb_error *err)
{
    PB_AUTO(git_odb_object) git_odb_object *object = NULL;
    if (pb_git_read(repo, commit, GIT_OBJECT_COMMIT, &object, err) < 0) {
        return -1;
    }
    const char *cursor = git_odb_object_data(object);
    const char *end = cursor + git_odb_object_size(object);
    struct pb_oid id;
    if (!header_line(&cursor, end, "tree ", &id)) {
        char hex[PB_OID_HEX];
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "commit %s of '%s' is malformed",
                            pb_oid_hex(commit, hex), repo->path);
    }
    if (out_tree != NULL) {
        *out_tree = id;
    }
    if (out_parents != NULL) {
        while (header_line(&cursor, end, "parent ", &id)) {
            pb_oid_list_add(out_parents, &id);
        }
    }
    return 0;
}

int
pb_repo_commit_tree(struct pb_repo *repo, const struct pb_oid *commit,
                    struct pb_oid *out_tree, struct pb_error *err)
{
    return read_links(repo, commit, out_tree, NULL, err);
}

int
pb_repo_parents(struct pb_repo *repo, const struct pb_oid *commit,
                struct pb_oid_list *out, struct pb_error *err)
{
    return read_links(repo, commit, NULL, out, err);
}

static bool
is_present(struct pb_repo *repo, const struct pb_oid *commit)
{
    git_oid oid = pb_git_oid(commit);
    return git_odb_exists(repo->odb, &oid) == 1;
}

struct chain_step {
    bool wanted; /* the visitor wants this commit */
    bool more;   /* it has a first parent */
    struct pb_oid parent;
};

static int
visit_commit(struct pb_repo *repo, const struct pb_oid *id,
             bool (*visit)(const struct pb_commit *commit, void *context),
             void *context, struct chain_step *out, struct pb_error *err)
{
    PB_AUTO(pb_commit) struct pb_commit commit = {.nparents = 0};
    if (pb_repo_commit(repo, id, &commit, err) < 0) {
        return -1;
    }
    out->wanted = visit(&commit, context);
    out->more = commit.nparents > 0;
    if (out->more) {
        out->parent = commit.parents[0];
    }
    return 0;
}

static int
skim_commit(struct pb_repo *repo, const struct pb_oid *id,
            struct pb_oid_list *scratch, struct chain_step *out,
            struct pb_error *err)
{
    scratch->len = 0;
    if (read_links(repo, id, NULL, scratch, err) < 0) {
        return -1;
    }
    out->wanted = true;
    out->more = scratch->len > 0;
    if (out->more) {
        out->parent = scratch->items[0];
    }
    return 0;
}

int
pb_repo_first_parents(struct pb_repo *repo, const struct pb_oid *tip,
                      bool (*visit)(const struct pb_commit *commit,
                                    void *context),
                      void *context, struct pb_oid_list *out,
                      struct pb_error *err)
{
    PB_AUTO(pb_oid_list) struct pb_oid_list scratch = {.items = NULL};
    size_t old_len = out->len;
    bool shallow = git_repository_is_shallow(repo->git) == 1;
    struct chain_step step = {.wanted = true, .more = true, .parent = *tip};
    while (step.more) {
        struct pb_oid id = step.parent;
        /* A shallow clone names parents that it does not have: history
           ends there. */
        if (shallow && out->len > old_len && !is_present(repo, &id)) {
            break;
        }
        int status = visit != NULL
                         ? visit_commit(repo, &id, visit, context, &step, err)
                         : skim_commit(repo, &id, &scratch, &step, err);
        if (status < 0) {
            out->len = old_len;
            return -1;
        }
        if (!step.wanted) {
            break;
        }
        pb_oid_list_add(out, &id);
    }
    return 0;
}

static int
start_walk(struct pb_repo *repo, const struct pb_oid *hidden,
           const struct pb_oid *tip, git_revwalk **out)
{
    git_oid from = pb_git_oid(tip);
    git_oid without = pb_git_oid(hidden);
    int status = git_revwalk_new(out, repo->git);
    if (status == 0) {
        git_revwalk_sorting(*out, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME |
                                      GIT_SORT_REVERSE);
        status = git_revwalk_push(*out, &from);
    }
    return status == 0 ? git_revwalk_hide(*out, &without) : status;
}

int
pb_repo_between(struct pb_repo *repo, const struct pb_oid *hidden,
                const struct pb_oid *tip, struct pb_oid_list *out,
                struct pb_error *err)
{
    PB_AUTO(git_revwalk) git_revwalk *walk = NULL;
    size_t old_len = out->len;
    int status = start_walk(repo, hidden, tip, &walk);
    git_oid next;
    while (status == 0 && (status = git_revwalk_next(&next, walk)) == 0) {
        struct pb_oid id = pb_git_oid_from(&next);
        pb_oid_list_add(out, &id);
        if (out->len - old_len > PB_LIMIT_COMMITS) {
            out->len = old_len;
            return pb_error_set(err, PB_ERROR_LIMIT,
                                "the range has more than %d commits",
                                PB_LIMIT_COMMITS);
        }
    }
    if (status != GIT_ITEROVER) {
        out->len = old_len;
        pb_git_fail(err, status, "cannot walk the history of '%s'",
                    repo->path);
        if (git_repository_is_shallow(repo->git) == 1) {
            pb_error_hint(err, "complete the shallow clone with 'git fetch "
                               "--unshallow'");
        }
        return -1;
    }
    return 0;
}
