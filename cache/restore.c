/* Writing an entry's files into a directory: never through a symbolic link
   or into an inode that another name shares, and only what differs. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "store_private.h"

/* Makes the directories that lead to `relative` below `directory`; what is
   in their way, a link to a directory included, is removed. */
static int
make_parents(const char *directory, const char *relative, struct pb_error *err)
{
    if (pb_fs_mkdirs(directory, err) < 0) {
        return -1;
    }
    for (const char *slash = strchr(relative, '/'); slash != NULL;
         slash = strchr(slash + 1, '/'))
    {
        PB_AUTOFREE char *part =
            pb_strndup(relative, (size_t)(slash - relative));
        PB_AUTOFREE char *path = pb_path_join(directory, part);
        struct stat info;
        if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
            continue;
        }
        if (pb_fs_remove(path, err) < 0 || pb_fs_mkdirs(path, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static bool
is_right_already(const char *path, const struct pb_entry_file *file)
{
    struct stat info;
    struct pb_digest id;
    struct pb_error ignored = PB_ERROR_INIT;
    return lstat(path, &info) == 0 && S_ISREG(info.st_mode) &&
           (uint64_t)info.st_size == file->size &&
           (info.st_mode & 07777) == file->mode &&
           pb_digest_of_file(path, &id, &ignored) == 0 &&
           pb_digest_equal(&id, &file->id);
}

static int
restore_file(struct pb_store *store, const struct pb_digest *key,
             const struct pb_entry_file *file, const char *directory,
             struct pb_error *err)
{
    if (make_parents(directory, file->path, err) < 0) {
        return -1;
    }
    PB_AUTOFREE char *path = pb_path_join(directory, file->path);
    if (is_right_already(path, file)) {
        return 0;
    }
    PB_AUTO(pb_buf) struct pb_buf content = PB_BUF_INIT;
    if (pb_store_object(store, key, &file->id, &content, err) < 0) {
        return -1;
    }
    if (pb_fs_remove_tree(path, err) < 0) {
        return -1;
    }
    return pb_fs_write(path, content.data, content.len, (mode_t)file->mode,
                       err);
}

int
pb_store_restore(struct pb_store *store, const struct pb_digest *key,
                 const char *directory, struct pb_strv *out_paths,
                 struct pb_error *err)
{
    PB_AUTO(pb_entry) struct pb_entry entry = {.failed = false};
    if (pb_entry_load(store->root, key, &entry, err) < 0) {
        return -1;
    }
    if (entry.failed) {
        return pb_error_set(err, PB_ERROR_NOT_FOUND,
                            "the entry is a failure, not a build");
    }
    for (size_t i = 0; i < entry.len; i++) {
        if (restore_file(store, key, &entry.files[i], directory, err) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; out_paths != NULL && i < entry.len; i++) {
        pb_strv_add(out_paths, entry.files[i].path);
    }
    return 0;
}
