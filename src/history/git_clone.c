/* Our own mirrors: cloned bare, then fetched into. */
#include "git_private.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

struct transfer {
    const struct pb_progress *progress;
    const struct pb_cancel *cancel;
};

static int
on_transfer(const git_indexer_progress *stats, void *payload)
{
    const struct transfer *transfer = payload;
    if (pb_cancelled(transfer->cancel)) {
        return GIT_EUSER;
    }
    if (stats->total_deltas > 0) {
        pb_progress_report(transfer->progress, "resolving deltas",
                           (double)stats->indexed_deltas /
                               stats->total_deltas);
    }
    else if (stats->total_objects > 0) {
        pb_progress_report(transfer->progress, "receiving objects",
                           (double)stats->received_objects /
                               stats->total_objects);
    }
    return 0;
}

/* The server speaks before it sends: the time to notice Ctrl-C. */
static int
on_sideband(const char *text, int length, void *payload)
{
    (void)text;
    (void)length;
    const struct transfer *transfer = payload;
    pb_progress_report(transfer->progress, "waiting for the server", -1);
    return pb_cancelled(transfer->cancel) ? GIT_EUSER : 0;
}

/* Connecting, dropping branches and fetching are steps of their own because
   a branch 'a' that gave way to 'a/b' must go before the new one comes. */
static int
fetch_all(git_remote *remote, struct transfer *transfer)
{
    git_fetch_options options;
    git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
    options.callbacks.transfer_progress = on_transfer;
    options.callbacks.sideband_progress = on_sideband;
    options.callbacks.payload = transfer;
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_ALL;
    if (pb_cancelled(transfer->cancel)) {
        return GIT_EUSER;
    }
    int status = git_remote_connect(remote, GIT_DIRECTION_FETCH,
                                    &options.callbacks, NULL, NULL);
    if (status == 0) {
        status = git_remote_prune(remote, &options.callbacks);
    }
    return status == 0 ? git_remote_fetch(remote, NULL, &options, NULL)
                       : status;
}

/* HEAD follows the server's; a server without one leaves HEAD unborn. */
static int
follow_head(git_repository *git, git_remote *remote)
{
    git_buf name = {.ptr = NULL};
    int status = git_remote_default_branch(&name, remote);
    if (status == 0) {
        status = git_repository_set_head(git, name.ptr);
    }
    git_buf_dispose(&name);
    return status == GIT_ENOTFOUND ? 0 : status;
}

static int
clone_into(const char *url, const char *path, struct transfer *transfer,
           struct pb_error *err)
{
    PB_AUTO(git_repository) git_repository *git = NULL;
    PB_AUTO(git_remote) git_remote *remote = NULL;
    int status = git_repository_init(&git, path, 1);
    if (status == 0) {
        status = git_remote_create_with_fetchspec(
            &remote, git, "origin", url, "+refs/heads/*:refs/heads/*");
    }
    if (status == 0) {
        status = fetch_all(remote, transfer);
    }
    if (status == 0) {
        status = follow_head(git, remote);
    }
    if (status < 0) {
        pb_git_fail(err, status, "cannot clone '%s'", url);
        if (err->code == PB_ERROR_ENVIRONMENT) {
            pb_error_hint(err, "check the address and the network, or name "
                               "a clone that is already here");
        }
        return -1;
    }
    return 0;
}

int
pb_repo_clone(const char *url, const char *path,
              const struct pb_progress *progress,
              const struct pb_cancel *cancel, struct pb_error *err)
{
    pb_git_setup();
    if (pb_fs_exists(path)) {
        return pb_error_set(err, PB_ERROR_USAGE,
                            "cannot clone into '%s': it exists", path);
    }
    PB_AUTOFREE char *absolute = pb_path_absolute(path);
    PB_AUTOFREE char *parent =
        pb_strndup(absolute, (size_t)(pb_path_base(absolute) - absolute));
    if (pb_fs_mkdirs(parent, err) < 0) {
        return -1;
    }
    PB_AUTOFREE char *temporary = pb_fs_temporary(parent, ".clone-", err);
    if (temporary == NULL) {
        return -1;
    }
    struct transfer transfer = {.progress = progress, .cancel = cancel};
    if (clone_into(url, temporary, &transfer, err) < 0 ||
        pb_fs_rename(temporary, absolute, err) < 0)
    {
        struct pb_error ignored = PB_ERROR_INIT;
        pb_fs_remove_tree(temporary, &ignored);
        return -1;
    }
    return 0;
}

int
pb_repo_fetch(struct pb_repo *repo, const struct pb_progress *progress,
              const struct pb_cancel *cancel, struct pb_error *err)
{
    PB_AUTO(git_remote) git_remote *remote = NULL;
    struct transfer transfer = {.progress = progress, .cancel = cancel};
    int status = git_remote_lookup(&remote, repo->git, "origin");
    if (status == 0) {
        status = fetch_all(remote, &transfer);
    }
    if (status < 0) {
        return pb_git_fail(err, status, "cannot fetch into '%s'", repo->path);
    }
    return 0;
}
