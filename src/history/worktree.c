/* A checkout's state as a commit in a scratch repository. */
#include "git_private.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/worktree.h"

PB_DEFINE_AUTO_FREE(git_signature, git_signature, git_signature_free)

struct snapshot {
    git_repository *checkout;
    git_repository *scratch;
    git_tree_update *updates; /* and their paths: owned */
    size_t len;
    size_t cap;
};

static void
clear(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->len; i++) {
        free((void *)(uintptr_t)snapshot->updates[i].path);
    }
    free(snapshot->updates);
    git_repository_free(snapshot->scratch);
    git_repository_free(snapshot->checkout);
}

static int
open_checkout(struct snapshot *snapshot, const char *directory,
              struct pb_error *err)
{
    int status =
        git_repository_open_ext(&snapshot->checkout, directory, 0, NULL);
    if (status < 0) {
        pb_git_fail(err, status, "'%s' is no checkout", directory);
        pb_error_hint(err, "name the directory of a clone of CPython");
        return -1;
    }
    if (git_repository_is_bare(snapshot->checkout)) {
        pb_error_set(err, PB_ERROR_USAGE, "'%s' has no work tree", directory);
        pb_error_hint(err, "audit one of its revisions with --cpython");
        return -1;
    }
    return 0;
}

/* Objects are looked for in the checkout's repository, too. */
static int
make_scratch(struct snapshot *snapshot, const char *scratch,
             struct pb_error *err)
{
    PB_AUTOFREE char *file = pb_path_join(scratch, "objects/info/alternates");
    PB_AUTOFREE char *objects = pb_asprintf(
        "%sobjects\n", git_repository_commondir(snapshot->checkout));
    int status = git_repository_init(&snapshot->scratch, scratch, 1);
    if (status < 0) {
        return pb_git_fail(err, status, "cannot make '%s'", scratch);
    }
    git_repository_free(snapshot->scratch);
    snapshot->scratch = NULL;
    if (pb_fs_write(file, objects, strlen(objects), 0644, err) < 0) {
        return -1;
    }
    status = git_repository_open_bare(&snapshot->scratch, scratch);
    return status < 0 ? pb_git_fail(err, status, "cannot open '%s'", scratch)
                      : 0;
}

static int
add_file(struct snapshot *snapshot, const git_diff_file *file,
         struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_asprintf(
        "%s%s", git_repository_workdir(snapshot->checkout), file->path);
    git_tree_update update = {
        .action = GIT_TREE_UPDATE_UPSERT,
        .filemode = (git_filemode_t)file->mode,
    };
    int status = 0;
    if (file->mode == GIT_FILEMODE_LINK) {
        char target[4096];
        ssize_t length = readlink(path, target, sizeof(target));
        status =
            length < 0
                ? GIT_ENOTFOUND
                : git_blob_create_from_buffer(&update.id, snapshot->scratch,
                                              target, (size_t)length);
    }
    else {
        status =
            git_blob_create_from_disk(&update.id, snapshot->scratch, path);
    }
    if (status < 0) {
        return pb_git_fail(err, status, "cannot read '%s'", path);
    }
    update.path = pb_strdup(file->path);
    PB_GROW(snapshot->updates, snapshot->len, snapshot->cap);
    snapshot->updates[snapshot->len++] = update;
    return 0;
}

static void
remove_file(struct snapshot *snapshot, const git_diff_file *file)
{
    PB_GROW(snapshot->updates, snapshot->len, snapshot->cap);
    snapshot->updates[snapshot->len++] = (git_tree_update){
        .action = GIT_TREE_UPDATE_REMOVE,
        .path = pb_strdup(file->path),
    };
}

/* Repositories inside of the checkout are left out, as git leaves them. */
static int
take_delta(struct snapshot *snapshot, const git_diff_delta *delta,
           struct pb_error *err)
{
    if (delta->status == GIT_DELTA_CONFLICTED) {
        pb_error_set(err, PB_ERROR_USAGE,
                     "'%s' holds a conflict that is not resolved",
                     delta->new_file.path);
        pb_error_hint(err, "resolve it and 'git add' it first");
        return -1;
    }
    if (delta->status == GIT_DELTA_DELETED) {
        remove_file(snapshot, &delta->old_file);
        return 0;
    }
    switch (delta->new_file.mode) {
    case GIT_FILEMODE_BLOB:
    case GIT_FILEMODE_BLOB_EXECUTABLE:
    case GIT_FILEMODE_LINK:
        return add_file(snapshot, &delta->new_file, err);
    default:
        return 0;
    }
}

static int
collect(struct snapshot *snapshot, git_tree *head, struct pb_error *err)
{
    PB_AUTO(git_diff) git_diff *diff = NULL;
    git_diff_options options;
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    options.flags = GIT_DIFF_INCLUDE_UNTRACKED |
                    GIT_DIFF_RECURSE_UNTRACKED_DIRS |
                    GIT_DIFF_INCLUDE_TYPECHANGE;
    options.ignore_submodules = GIT_SUBMODULE_IGNORE_ALL;
    int status = git_diff_tree_to_workdir_with_index(&diff, snapshot->checkout,
                                                     head, &options);
    if (status < 0) {
        return pb_git_fail(err, status, "cannot compare '%s' with its HEAD",
                           git_repository_workdir(snapshot->checkout));
    }
    for (size_t i = 0; i < git_diff_num_deltas(diff); i++) {
        if (take_delta(snapshot, git_diff_get_delta(diff, i), err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Its time is that of HEAD: what it is called depends on its content alone. */
static int
commit(struct snapshot *snapshot, git_commit *head, git_tree *tree,
       git_oid *out)
{
    PB_AUTO(git_signature) git_signature *who = NULL;
    PB_AUTO(git_tree) git_tree *changed = NULL;
    const git_commit *parents[] = {head};
    git_oid id;
    int status = git_signature_new(&who, "uncommitted", "uncommitted",
                                   git_commit_time(head), 0);
    if (status == 0) {
        status = git_tree_create_updated(&id, snapshot->scratch, tree,
                                         snapshot->len, snapshot->updates);
    }
    if (status == 0) {
        status = git_tree_lookup(&changed, snapshot->scratch, &id);
    }
    if (status == 0) {
        status =
            git_commit_create(out, snapshot->scratch, NULL, who, who, NULL,
                              "Uncommitted changes\n", changed, 1, parents);
    }
    return status;
}

int
pb_worktree_snapshot(const char *directory, const char *scratch,
                     struct pb_oid *out, struct pb_error *err)
{
    PB_CLEANUP(clear) struct snapshot snapshot = {.checkout = NULL};
    PB_AUTO(git_commit) git_commit *head = NULL;
    PB_AUTO(git_tree) git_tree *tree = NULL;
    git_oid id;
    pb_git_setup();
    if (open_checkout(&snapshot, directory, err) < 0 ||
        make_scratch(&snapshot, scratch, err) < 0)
    {
        return -1;
    }
    int status = git_reference_name_to_id(&id, snapshot.checkout, "HEAD");
    if (status == 0) {
        status = git_commit_lookup(&head, snapshot.scratch, &id);
    }
    if (status == 0) {
        status = git_commit_tree(&tree, head);
    }
    if (status < 0) {
        return pb_git_fail(err, status, "cannot read the HEAD of '%s'",
                           directory);
    }
    if (collect(&snapshot, tree, err) < 0) {
        return -1;
    }
    if (snapshot.len > 0) {
        status = commit(&snapshot, head, tree, &id);
        if (status < 0) {
            return pb_git_fail(err, status, "cannot store the state of '%s'",
                               directory);
        }
    }
    *out = pb_git_oid_from(&id);
    return 0;
}
