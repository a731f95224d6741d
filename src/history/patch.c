/* A revision and what it is held against. */
#include "pybisect/patch.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/range.h"
#include "pybisect/worktree.h"

void
pb_patch_clear(struct pb_patch *patch)
{
    free(patch->asked);
    memset(patch, 0, sizeof(*patch));
}

static int
first_parent(struct pb_repo *repo, const struct pb_oid *revision,
             struct pb_oid *out, struct pb_error *err)
{
    char hex[PB_OID_SHORT];
    PB_AUTO(pb_oid_list) struct pb_oid_list parents = {.items = NULL};
    if (pb_repo_parents(repo, revision, &parents, err) < 0) {
        return -1;
    }
    if (parents.len == 0) {
        pb_error_set(err, PB_ERROR_USAGE, "%s has no parent",
                     pb_oid_short(revision, hex));
        pb_error_hint(err, "name what to hold it against with --against REV");
        return -1;
    }
    *out = parents.items[0];
    return 0;
}

/* Where a revision's history left trunk. */
static int
fork_point(struct pb_repo *repo, const struct pb_oid *revision,
           struct pb_oid *out, struct pb_error *err)
{
    struct pb_oid trunk;
    return pb_repo_trunk(repo, &trunk, err) < 0
               ? -1
               : pb_repo_merge_base(repo, &trunk, revision, out, err);
}

static int
resolve_range(struct pb_repo *repo, const char *text, struct pb_patch *patch,
              struct pb_error *err)
{
    PB_AUTO(pb_range_spec) struct pb_range_spec spec = {.good = NULL};
    patch->kind = "range";
    if (pb_range_parse(text, &spec, err) < 0) {
        return -1;
    }
    if (spec.good == NULL) {
        return pb_error_set(err, PB_ERROR_USAGE,
                            "'%s' does not say what to hold '%s' against",
                            text, spec.bad);
    }
    if (pb_range_revision(repo, spec.good, &patch->base, err) < 0) {
        return -1;
    }
    return spec.bad == NULL
               ? pb_repo_trunk(repo, &patch->revision, err)
               : pb_range_revision(repo, spec.bad, &patch->revision, err);
}

/* A branch whose tip is on trunk is a commit as others are. */
static int
find_base(struct pb_repo *repo, const char *text, struct pb_patch *patch,
          struct pb_error *err)
{
    if (pb_repo_is_branch(repo, text, &patch->revision)) {
        if (fork_point(repo, &patch->revision, &patch->base, err) < 0) {
            return -1;
        }
        if (!pb_oid_equal(&patch->base, &patch->revision)) {
            patch->kind = "branch";
            return 0;
        }
    }
    return first_parent(repo, &patch->revision, &patch->base, err);
}

static int
resolve(struct pb_repo *repo, const char *text, const char *against,
        struct pb_patch *patch, struct pb_error *err)
{
    bool range = pb_range_looks_like(text);
    if (range && against != NULL) {
        return pb_error_set(err, PB_ERROR_USAGE,
                            "'%s' says itself what is held against what: "
                            "--against is one too many",
                            text);
    }
    if (range) {
        return resolve_range(repo, text, patch, err);
    }
    patch->kind = "commit";
    if (pb_range_revision(repo, text, &patch->revision, err) < 0) {
        return -1;
    }
    return against != NULL
               ? pb_range_revision(repo, against, &patch->base, err)
               : find_base(repo, text, patch, err);
}

int
pb_patch_resolve(struct pb_repo *repo, const char *text, const char *against,
                 struct pb_patch *out, struct pb_error *err)
{
    struct pb_patch patch = {.asked = NULL};
    if (resolve(repo, text, against, &patch, err) < 0) {
        return -1;
    }
    patch.asked = pb_strdup(text);
    *out = patch;
    return 0;
}

int
pb_patch_of_worktree(const char *directory, const char *against,
                     const char *scratch, struct pb_patch *out,
                     struct pb_error *err)
{
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    struct pb_patch patch = {.kind = "worktree"};
    struct pb_oid head;
    if (pb_worktree_snapshot(directory, scratch, &patch.revision, err) < 0 ||
        pb_repo_open(directory, &repo, err) < 0 ||
        pb_repo_resolve(repo, "HEAD", &head, err) < 0 ||
        (against != NULL ? pb_range_revision(repo, against, &patch.base, err)
                         : fork_point(repo, &head, &patch.base, err)) < 0)
    {
        return -1;
    }
    patch.asked = pb_strdup(directory);
    *out = patch;
    return 0;
}
