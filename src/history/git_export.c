/* Writing a commit's files into a directory. */
#include "pybisect/git.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

#define MODE_LINK 0120000U
#define MODE_PROGRAM 0100755U

struct link {
    char *path;
    struct pb_oid id;
};

struct export
{
    struct pb_repo *repo;
    const char *directory;
    struct pb_buf content;
    uint64_t bytes;
    struct link *links;
    size_t nlinks;
    size_t links_cap;
};

static int
load_content(struct export *export, const char *path, const struct pb_oid *id,
             struct pb_error *err)
{
    pb_buf_truncate(&export->content, 0);
    if (pb_repo_blob(export->repo, id, PB_LIMIT_BLOB_BYTES, &export->content,
                     err) < 0)
    {
        pb_error_prefix(err, "cannot read '%s'", path);
        return -1;
    }
    export->bytes += export->content.len;
    if (export->bytes > PB_LIMIT_EXPORT_BYTES) {
        return pb_error_set(
            err, PB_ERROR_LIMIT, "a tree of '%s' holds more than %d MB",
            pb_repo_path(export->repo), (int)(PB_LIMIT_EXPORT_BYTES >> 20));
    }
    return 0;
}

static int
export_file(const struct pb_tree_entry *entry, void *context,
            struct pb_error *err)
{
    struct export *export = context;
    if (entry->mode == MODE_LINK) {
        PB_GROW(export->links, export->nlinks, export->links_cap);
        export->links[export->nlinks++] = (struct link){
            .path = pb_strdup(entry->path),
            .id = entry->id,
        };
        return 0;
    }
    if (load_content(export, entry->path, &entry->id, err) < 0) {
        return -1;
    }
    PB_AUTOFREE char *path = pb_path_join(export->directory, entry->path);
    return pb_fs_write(path, export->content.data, export->content.len,
                       entry->mode == MODE_PROGRAM ? 0755 : 0644, err);
}

static int
export_link(struct export *export, const struct link *link,
            struct pb_error *err)
{
    if (load_content(export, link->path, &link->id, err) < 0) {
        return -1;
    }
    PB_AUTOFREE char *path = pb_path_join(export->directory, link->path);
    if (pb_fs_make_parents(export->directory, link->path, NULL, err) < 0) {
        return -1;
    }
    if (symlink(export->content.data, path) < 0) {
        return pb_error_errno(err, errno, "cannot make the link '%s'", path);
    }
    return 0;
}

int
pb_repo_export(struct pb_repo *repo, const struct pb_oid *commit,
               const char *directory, struct pb_error *err)
{
    struct export export = {
        .repo = repo,
        .directory = directory,
        .content = PB_BUF_INIT,
    };
    int status = pb_fs_mkdirs(directory, err);
    if (status == 0) {
        status = pb_repo_files(repo, commit, NULL, export_file, &export, err);
    }
    /* Links last: no file is ever written through one of them. */
    for (size_t i = 0; i < export.nlinks; i++) {
        if (status == 0) {
            status = export_link(&export, &export.links[i], err);
        }
        free(export.links[i].path);
    }
    free(export.links);
    pb_buf_clear(&export.content);
    return status;
}
