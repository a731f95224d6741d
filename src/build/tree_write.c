/* Single files of a work tree: removing, and writing what a blob and the
   era's substitutions make. */
#include "build/tree_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fingerprint.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

#define MODE_LINK 0120000u
#define MODE_RUNNABLE 0100755u

/* Removes a file and the directories that are empty without it. */
int
pb_tree_remove_file(const struct pb_tree *tree, const char *relative,
                    struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(tree->directory, relative);
    if (!pb_fs_has_plain_parents(tree->directory, relative)) {
        return 0; /* a build's link: what it leads to is not ours */
    }
    if (unlink(path) < 0 && errno != ENOENT && errno != EISDIR) {
        return pb_error_errno(err, errno, "cannot remove '%s'", path);
    }
    size_t root = strlen(tree->directory);
    for (char *slash = strrchr(path, '/');
         slash != NULL && (size_t)(slash - path) > root;
         slash = strrchr(path, '/'))
    {
        *slash = '\0';
        if (rmdir(path) < 0) {
            break;
        }
    }
    return 0;
}

static void
substitute(const struct pb_settings *settings, const char *path,
           struct pb_buf *content)
{
    for (size_t i = 0; settings != NULL && i < settings->nsubstitutions; i++) {
        const struct pb_substitution *one = settings->substitutions[i];
        if (strcmp(one->file, path) == 0) {
            struct pb_buf replaced = PB_BUF_INIT;
            pb_regex_replace(one->regex, content->data, content->len,
                             one->replacement, &replaced);
            pb_buf_clear(content);
            *content = replaced;
        }
    }
}

/* Reads the blob that `entry` names; 1 when it is absent and not needed. */
static int
read_content(const struct pb_tree_target *target,
             const struct pb_index_entry *entry, struct pb_buf *out,
             struct pb_error *err)
{
    char hex[PB_OID_HEX];
    struct pb_oid blob;
    snprintf(hex, sizeof(hex), "%.40s", entry->content);
    if (!pb_oid_parse(hex, &blob)) {
        return pb_error_set(err, PB_ERROR_INTERNAL, "'%s' has no blob id",
                            entry->path);
    }
    if (pb_repo_blob(target->repo, &blob, PB_LIMIT_BLOB_BYTES, out, err) < 0) {
        if (err->code == PB_ERROR_NOT_FOUND &&
            pb_fingerprint_role(entry->path, false) == PB_PATH_IGNORED)
        {
            pb_error_clear(err);
            return 1;
        }
        char revision[PB_OID_SHORT];
        pb_error_prefix(err, "cannot read '%s' of revision %s", entry->path,
                        pb_oid_short(target->commit, revision));
        return -1;
    }
    substitute(target->settings, entry->path, out);
    return 0;
}

int
pb_tree_next_read(const struct pb_tree_next *next, const char *path,
                  struct pb_buf *out, struct pb_error *err)
{
    const struct pb_index_entry *entry = pb_index_find(next->index, path);
    return entry == NULL ? 1 : read_content(next->target, entry, out, err);
}

static bool
holds(const char *path, const struct pb_buf *content, mode_t mode)
{
    struct stat info;
    PB_AUTO(pb_buf) struct pb_buf actual = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    return lstat(path, &info) == 0 && S_ISREG(info.st_mode) &&
           (info.st_mode & 07777) == mode &&
           (size_t)info.st_size == content->len &&
           pb_fs_read(path, content->len, &actual, &ignored) == 0 &&
           memcmp(actual.data, content->data, content->len) == 0;
}

static int
make_older(const char *path, struct pb_error *err)
{
    static const struct timespec times[] = {{.tv_sec = PB_TREE_AGED},
                                            {.tv_sec = PB_TREE_AGED}};
    if (utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) < 0) {
        return pb_error_errno(err, errno, "cannot set the time of '%s'", path);
    }
    return 0;
}

static int
write_content(const char *path, unsigned git_mode,
              const struct pb_buf *content, struct pb_error *err)
{
    mode_t mode = git_mode == MODE_RUNNABLE ? 0755 : 0644;
    if (git_mode != MODE_LINK && holds(path, content, mode)) {
        /* Changed and changed back, or written before a kill. */
        return 0;
    }
    if (pb_fs_remove_tree(path, err) < 0) {
        return -1;
    }
    if (git_mode != MODE_LINK) {
        return pb_fs_write(path, content->data, content->len, mode, err);
    }
    if (symlink(content->data, path) < 0) {
        return pb_error_errno(err, errno, "cannot make the link '%s'", path);
    }
    return 0;
}

int
pb_tree_write_file(const struct pb_tree *tree,
                   const struct pb_tree_target *target,
                   const struct pb_index_entry *entry, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf content = PB_BUF_INIT;
    int status = read_content(target, entry, &content, err);
    if (status < 0) {
        return -1;
    }
    if (status == 1) {
        return pb_tree_remove_file(tree, entry->path, err) < 0 ? -1 : 1;
    }
    PB_AUTOFREE char *path = pb_path_join(tree->directory, entry->path);
    if (pb_fs_make_parents(tree->directory, entry->path, NULL, err) < 0) {
        return -1;
    }
    if (write_content(path, entry->mode, &content, err) < 0) {
        return -1;
    }
    bool aged = target->aged != NULL && target->aged(entry->path);
    return aged ? make_older(path, err) : 0;
}
