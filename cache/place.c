/* Writing and removing files below a directory. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

int
pb_place_make_parents(const char *directory, const char *relative, char **last,
                      bool *out_changed, struct pb_error *err)
{
    const char *end = strrchr(relative, '/');
    size_t length = end == NULL ? 0 : (size_t)(end - relative);
    if (*last != NULL && strlen(*last) == length &&
        memcmp(*last, relative, length) == 0)
    {
        return 0;
    }
    if (*last == NULL && pb_fs_mkdirs(directory, err) < 0) {
        return -1;
    }
    if (pb_fs_make_parents(directory, relative, out_changed, err) < 0) {
        return -1;
    }
    free(*last);
    *last = pb_strndup(relative, length);
    return 0;
}

static int
fill(int fd, const char *data, size_t length, mode_t mode,
     struct stat *out_info)
{
    /* The umask must not decide. */
    if (pb_fs_write_all(fd, data, length) < 0 || fstat(fd, out_info) < 0 ||
        ((out_info->st_mode & 07777) != mode && fchmod(fd, mode) < 0))
    {
        return -1;
    }
    return 0;
}

int
pb_place_write(const char *path, const char *data, size_t length, mode_t mode,
               struct stat *out_info, struct pb_error *err)
{
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    if (pb_fs_remove_tree(path, err) < 0) {
        return -1;
    }
    int fd = open(path, flags, mode);
    if (fd < 0) {
        return pb_error_errno(err, errno, "cannot write '%s'", path);
    }
    int errnum = fill(fd, data, length, mode, out_info) < 0 ? errno : 0;
    if (close(fd) < 0 && errnum == 0) {
        errnum = errno;
    }
    if (errnum != 0) {
        return pb_error_errno(err, errnum, "cannot write '%s'", path);
    }
    return 0;
}

int
pb_place_remove(const char *directory, const char *relative, bool *out_changed,
                struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(directory, relative);
    struct stat info;
    if (!pb_fs_has_plain_parents(directory, relative) ||
        lstat(path, &info) < 0) {
        return 0;
    }
    if (S_ISDIR(info.st_mode)) {
        return 0; /* not what was put there */
    }
    *out_changed = true;
    if (pb_fs_remove(path, err) < 0) {
        return -1;
    }
    size_t root = strlen(directory);
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
