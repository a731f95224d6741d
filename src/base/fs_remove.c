/* Removing a tree that foreign code has written: of any depth, with
   directories that may not be read or written, and with links to elsewhere.

   Descending would need a descriptor a level, and going back by ".." is not
   safe. So directories found below the first level are moved up to it and
   wait their turn there: two descriptors, whatever the depth. */
#include "pybisect/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs_private.h"

struct removal {
    int top;
    struct pb_strv queue; /* names in top */
    unsigned moved;
};

/* Opens a directory, made readable and writable first where it is not. */
static int
open_inside(int parent, const char *name)
{
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(parent, name, flags);
    if (fd < 0 && errno == EACCES &&
        fchmodat(parent, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
    {
        fd = openat(parent, name, flags);
    }
    struct stat info;
    if (fd >= 0 && fstat(fd, &info) == 0 && (info.st_mode & 0700) != 0700) {
        /* A failure shows when the first name cannot be removed. */
        (void)fchmod(fd, 0700);
    }
    return fd;
}

/* 0 when gone, 1 when it is a directory, -1 with errno set. */
static int
unlink_inside(int parent, const char *name)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) {
        return 0;
    }
    return errno == EISDIR ? 1 : -1;
}

/* -1 with errno set, EEXIST or the like when the name is taken. */
static int
move_to(struct removal *removal, int parent, const char *name,
        const char *target)
{
    int status = renameat(parent, name, removal->top, target);
    if (status < 0 && errno == EACCES &&
        fchmodat(parent, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
    {
        /* Moving a directory writes its "..". */
        status = renameat(parent, name, removal->top, target);
    }
    return status;
}

static int
move_to_top(struct removal *removal, int parent, const char *name)
{
    char target[32];
    do {
        snprintf(target, sizeof(target), ".tmp-%u", removal->moved++);
        if (move_to(removal, parent, name, target) == 0) {
            pb_strv_add(&removal->queue, target);
            return 0;
        }
    } while (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR);
    return -1;
}

/* Removes one directory of top; what is below it moves up. */
static int
remove_level(struct removal *removal, const char *name)
{
    PB_AUTOCLOSE int fd = open_inside(removal->top, name);
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (fd < 0 || pb_fs_read_names(fd, &names) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.len; i++) {
        int kind = unlink_inside(fd, names.items[i]);
        if (kind < 0 ||
            (kind > 0 && move_to_top(removal, fd, names.items[i]) < 0)) {
            return -1;
        }
    }
    return unlinkat(removal->top, name, AT_REMOVEDIR);
}

static int
empty_top(struct removal *removal)
{
    if (pb_fs_read_names(removal->top, &removal->queue) < 0) {
        return -1;
    }
    for (size_t i = 0; i < removal->queue.len; i++) {
        /* The queue moves when it grows; the names in it stay. */
        const char *name = removal->queue.items[i];
        int kind = unlink_inside(removal->top, name);
        if (kind < 0 || (kind > 0 && remove_level(removal, name) < 0)) {
            return -1;
        }
    }
    return 0;
}

int
pb_fs_remove_tree(const char *path, struct pb_error *err)
{
    int kind = unlink_inside(AT_FDCWD, path);
    if (kind == 0) {
        return 0;
    }
    PB_AUTOCLOSE int top = kind < 0 ? -1 : open_inside(AT_FDCWD, path);
    struct removal removal = {.top = top, .queue = PB_STRV_INIT};
    int status = top < 0 ? -1 : empty_top(&removal);
    int errnum = errno;
    pb_strv_clear(&removal.queue);
    if (status == 0 && rmdir(path) < 0) {
        status = -1;
        errnum = errno;
    }
    if (status < 0) {
        return pb_error_errno(err, errnum, "cannot remove '%s'", path);
    }
    return 0;
}
