/* Files and directories. Nothing here follows a symbolic link that it did
   not make when it removes or copies a tree. */
#ifndef PYBISECT_FS_H
#define PYBISECT_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pybisect/buf.h"
#include "pybisect/error.h"
#include "pybisect/strv.h"

char *pb_path_join(const char *directory, const char *name); /* caller frees */
const char *pb_path_base(const char *path); /* past the last slash; borrowed */
char *pb_path_absolute(const char *path);   /* lexical; caller frees */

bool pb_fs_exists(const char *path); /* of any kind, dangling link too */
bool pb_fs_is_directory(const char *path);
int pb_fs_mkdirs(const char *path,
                 struct pb_error *err); /* existing is fine */

/* Appends the file to `out`; more than `limit` bytes is PB_ERROR_LIMIT. */
int pb_fs_read(const char *path, size_t limit, struct pb_buf *out,
               struct pb_error *err);

/* The last `limit` bytes of the file, starting at a line. */
int pb_fs_read_tail(const char *path, size_t limit, struct pb_buf *out,
                    struct pb_error *err);

/* How names of files start that are being written. */
#define PB_FS_TEMPORARY ".tmp-"

/* Temporary file beside `path`, fsync, rename, fsync of the directory. On
   failure the old file is whole (the new one, if only the last fsync failed)
   and no temporary file is left. `mode` holds whatever the umask. */
int pb_fs_write_atomic(const char *path, const void *data, size_t length,
                       mode_t mode, struct pb_error *err);

/* Plain write with close checked; parents are made. No sync: for work trees
   that can be rebuilt. A link or a pipe in the file's place gives way. */
int pb_fs_write(const char *path, const void *data, size_t length, mode_t mode,
                struct pb_error *err);

int pb_fs_sync_directory(const char *path, struct pb_error *err);
int pb_fs_rename(const char *from, const char *to, struct pb_error *err);
int pb_fs_remove(const char *path, struct pb_error *err); /* absent is fine */
int pb_fs_remove_tree(const char *path, struct pb_error *err); /* likewise */

/* Copies directories, regular files (mode and mtime kept) and symbolic links
   (as links). `skip`, when given, is asked for each path relative to `from`.
 */
int pb_fs_copy_tree(const char *from, const char *to,
                    bool (*skip)(const char *relative, void *context),
                    void *context, struct pb_error *err);

/* Sorted names in a directory, without "." and "..". */
int pb_fs_list(const char *path, struct pb_strv *out, struct pb_error *err);

/* Every regular file and link below `path`, relative, sorted. */
int pb_fs_walk(const char *path, struct pb_strv *out, struct pb_error *err);

/* A new directory `parent`/`prefix`XXXXXX. Caller frees the name. */
char *pb_fs_temporary(const char *parent, const char *prefix,
                      struct pb_error *err);

/* A directory of this process's own, `parent`/`prefix`XXXXXX, with a lock
   beside it. What killed processes left under the same prefix is removed
   before; its own by pb_fs_disown. */
struct pb_own {
    char *path; /* NULL: none */
    int lock;
};
int pb_fs_own(const char *parent, const char *prefix, struct pb_own *out,
              struct pb_error *err);
void pb_fs_disown(struct pb_own *own);
PB_DEFINE_AUTO_CLEAR(pb_own, struct pb_own, pb_fs_disown)

/* Disk bytes used below `path`, and free for us on its file system. */
uint64_t pb_fs_usage(const char *path);
uint64_t pb_fs_free_space(const char *path);

/* All of it, however many calls that takes; -1 with errno set. */
int pb_fs_write_all(int fd, const void *data, size_t length);

/* Below `root`, where foreign code may have put a link in the place of
   anything. Makes the directories that lead to `relative`; what is in their
   way, a link to a directory included, is removed, which sets *out_changed
   (may be NULL), as does making one. */
int pb_fs_make_parents(const char *root, const char *relative,
                       bool *out_changed, struct pb_error *err);
/* Whether all that leads to `relative` are directories, not links. */
bool pb_fs_has_plain_parents(const char *root, const char *relative);
/* Whether `path`, which is there, lies below `root` when all links are
   followed. */
bool pb_fs_stays_below(const char *root, const char *path);

/* Advisory exclusive lock on `path` (made if absent), held until closed.
   Returns a descriptor; -1 with PB_ERROR_ENVIRONMENT and errnum EWOULDBLOCK
   when another process holds it and `wait` is false. Waiting cannot be
   interrupted: where a cancel counts, ask again and again without it. */
int pb_fs_lock(const char *path, bool wait, struct pb_error *err);

#endif
