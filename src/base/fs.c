/* Single files, directories and locks. Paths are in path.c, trees in
   fs_tree.c and fs_remove.c. */
#include "pybisect/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fs_private.h"
#include "pybisect/alloc.h"

/* The directory that holds path; caller frees. */
static char *
parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return pb_strdup(".");
    }
    return slash == path ? pb_strdup("/")
                         : pb_strndup(path, (size_t)(slash - path));
}

bool
pb_fs_exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

bool
pb_fs_is_directory(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int
pb_fs_mkdirs(const char *path, struct pb_error *err)
{
    PB_AUTOFREE char *part = pb_strdup(path);
    size_t end = strspn(path, "/");
    while (path[end] != '\0') {
        end += strcspn(path + end, "/");
        part[end] = '\0';
        if (mkdir(part, 0777) < 0) {
            int errnum = errno;
            if (!pb_fs_is_directory(part)) {
                return pb_error_errno(
                    err, errnum, "cannot create the directory '%s'", part);
            }
        }
        part[end] = path[end];
        end += strspn(path + end, "/");
    }
    return 0;
}

/* A pipe in a file's place would block for ever: tests are foreign code and
   may leave anything where we look for their results. */
static int
open_to_read(const char *path, struct pb_error *err)
{
    PB_AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) < 0) {
        return pb_error_errno(err, errno, "cannot open '%s'", path);
    }
    if (S_ISFIFO(info.st_mode)) {
        return pb_error_set(err, PB_ERROR_ENVIRONMENT,
                            "cannot read '%s': it is a pipe", path);
    }
    int result = fd;
    fd = -1;
    return result;
}

/* Appends up to `most` bytes to out; -1 with errno set. */
static int
read_up_to(int fd, size_t most, struct pb_buf *out)
{
    while (most > 0) {
        size_t want = most < PB_FS_CHUNK ? most : PB_FS_CHUNK;
        pb_buf_reserve(out, want);
        ssize_t count = read(fd, out->data + out->len, want);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return -1;
        }
        if (count == 0) {
            break;
        }
        out->len += (size_t)count;
        out->data[out->len] = '\0';
        most -= (size_t)count;
    }
    return 0;
}

int
pb_fs_read(const char *path, size_t limit, struct pb_buf *out,
           struct pb_error *err)
{
    PB_AUTOCLOSE int fd = open_to_read(path, err);
    if (fd < 0) {
        return -1;
    }
    size_t before = out->len;
    if (read_up_to(fd, limit == SIZE_MAX ? limit : limit + 1, out) < 0) {
        pb_error_errno(err, errno, "cannot read '%s'", path);
        pb_buf_truncate(out, before);
        return -1;
    }
    if (out->len - before > limit) {
        pb_buf_truncate(out, before);
        return pb_error_set(err, PB_ERROR_LIMIT,
                            "'%s' is larger than %zu bytes", path, limit);
    }
    return 0;
}

int
pb_fs_read_tail(const char *path, size_t limit, struct pb_buf *out,
                struct pb_error *err)
{
    PB_AUTOCLOSE int fd = open_to_read(path, err);
    if (fd < 0) {
        return -1;
    }
    off_t size = lseek(fd, 0, SEEK_END);
    bool cut = size > 0 && (uintmax_t)size > limit;
    /* One byte more, which tells whether the tail starts at a line. */
    off_t start = cut ? size - (off_t)limit - 1 : 0;
    PB_AUTO(pb_buf) struct pb_buf tail = PB_BUF_INIT;
    if (size < 0 || lseek(fd, start, SEEK_SET) < 0 ||
        read_up_to(fd, cut ? limit + 1 : (size_t)size, &tail) < 0)
    {
        return pb_error_errno(err, errno, "cannot read '%s'", path);
    }
    size_t skip = 0;
    if (cut && tail.len > 0) {
        const char *newline = memchr(tail.data, '\n', tail.len - 1);
        /* Without a line to start at, part of a line is better than none. */
        skip = newline == NULL ? 1 : (size_t)(newline - tail.data) + 1;
    }
    pb_buf_add(out, tail.data + skip, tail.len - skip);
    return 0;
}

int
pb_fs_write_all(int fd, const void *data, size_t length)
{
    const char *at = data;
    while (length > 0) {
        ssize_t count = write(fd, at, length);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return -1;
        }
        at += count;
        length -= (size_t)count;
    }
    return 0;
}

/* Some file systems cannot sync a directory and say EINVAL. */
static int
sync_directory_fd(int fd)
{
    return fsync(fd) < 0 && errno != EINVAL ? -1 : 0;
}

static int
open_directory(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Writes, syncs and always closes; -1 with errno set. */
static int
fill_and_close(int fd, const void *data, size_t length, mode_t mode)
{
    int errnum = 0;
    if (pb_fs_write_all(fd, data, length) < 0 || fchmod(fd, mode) < 0 ||
        fsync(fd) < 0)
    {
        errnum = errno;
    }
    if (close(fd) < 0 && errnum == 0) {
        errnum = errno;
    }
    errno = errnum;
    return errnum == 0 ? 0 : -1;
}

int
pb_fs_write_atomic(const char *path, const void *data, size_t length,
                   mode_t mode, struct pb_error *err)
{
    PB_AUTOFREE char *parent = parent_of(path);
    PB_AUTOFREE char *temporary =
        pb_path_join(parent, PB_FS_TEMPORARY "XXXXXX");
    /* Opened first: past the rename there should be little left to fail. */
    PB_AUTOCLOSE int directory = open_directory(parent);
    if (directory < 0) {
        return pb_error_errno(err, errno, "cannot write '%s'", path);
    }
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        return pb_error_errno(err, errno, "cannot write '%s'", path);
    }
    if (fill_and_close(fd, data, length, mode) < 0 ||
        rename(temporary, path) < 0) {
        pb_error_errno(err, errno, "cannot write '%s'", path);
        unlink(temporary);
        return -1;
    }
    if (sync_directory_fd(directory) < 0) {
        return pb_error_errno(err, errno, "cannot sync the directory '%s'",
                              parent);
    }
    return 0;
}

/* A link would lead to a file of somebody else's, and a pipe block. */
static int
open_in_place(const char *path, mode_t mode)
{
    int flags =
        O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int fd = open(path, flags, mode);
    if (fd < 0 && (errno == ELOOP || errno == ENXIO) && unlink(path) == 0) {
        fd = open(path, flags | O_EXCL, mode);
    }
    return fd;
}

/* Opens for plain writing; makes the parents only when they are missing. */
static int
open_to_write(const char *path, mode_t mode, struct pb_error *err)
{
    int fd = open_in_place(path, mode);
    if (fd < 0 && errno == ENOENT) {
        PB_AUTOFREE char *parent = parent_of(path);
        if (pb_fs_mkdirs(parent, err) < 0) {
            return -1;
        }
        fd = open_in_place(path, mode);
    }
    if (fd < 0) {
        return pb_error_errno(err, errno, "cannot write '%s'", path);
    }
    return fd;
}

int
pb_fs_write(const char *path, const void *data, size_t length, mode_t mode,
            struct pb_error *err)
{
    int fd = open_to_write(path, mode, err);
    if (fd < 0) {
        return -1;
    }
    struct stat info;
    int errnum = 0;
    if (pb_fs_write_all(fd, data, length) < 0 || fstat(fd, &info) < 0) {
        errnum = errno;
    }
    /* The umask, or the mode of an older file, must not decide. */
    else if (S_ISREG(info.st_mode) && (info.st_mode & 07777) != mode &&
             fchmod(fd, mode) < 0)
    {
        errnum = errno;
    }
    if (close(fd) < 0 && errnum == 0) {
        errnum = errno;
    }
    if (errnum != 0) {
        return pb_error_errno(err, errnum, "cannot write '%s'", path);
    }
    return 0;
}

int
pb_fs_sync_directory(const char *path, struct pb_error *err)
{
    PB_AUTOCLOSE int fd = open_directory(path);
    if (fd < 0 || sync_directory_fd(fd) < 0) {
        return pb_error_errno(err, errno, "cannot sync the directory '%s'",
                              path);
    }
    return 0;
}

int
pb_fs_rename(const char *from, const char *to, struct pb_error *err)
{
    if (rename(from, to) < 0) {
        return pb_error_errno(err, errno, "cannot rename '%s' to '%s'", from,
                              to);
    }
    return 0;
}

int
pb_fs_remove(const char *path, struct pb_error *err)
{
    if (unlink(path) < 0 && errno != ENOENT) {
        return pb_error_errno(err, errno, "cannot remove '%s'", path);
    }
    return 0;
}

char *
pb_fs_temporary(const char *parent, const char *prefix, struct pb_error *err)
{
    if (pb_fs_mkdirs(parent, err) < 0) {
        return NULL;
    }
    PB_AUTOFREE char *name = pb_asprintf("%sXXXXXX", prefix);
    PB_AUTOFREE char *path = pb_path_join(parent, name);
    if (mkdtemp(path) == NULL) {
        pb_error_errno(err, errno, "cannot create a directory in '%s'",
                       parent);
        return NULL;
    }
    char *made = path;
    path = NULL;
    return made;
}

uint64_t
pb_fs_free_space(const char *path)
{
    struct statvfs info;
    if (statvfs(path, &info) < 0) {
        return 0;
    }
    return (uint64_t)info.f_bavail * info.f_frsize;
}

/* A lock on a file that was removed meanwhile locks out nobody. */
static bool
still_at(int fd, const char *path)
{
    struct stat held;
    struct stat named;
    return fstat(fd, &held) == 0 && stat(path, &named) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

int
pb_fs_lock(const char *path, bool wait, struct pb_error *err)
{
    for (;;) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0) {
            return pb_error_errno(err, errno, "cannot open the lock '%s'",
                                  path);
        }
        int status = 0;
        do {
            status = flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB));
        } while (status < 0 && errno == EINTR);
        int errnum = errno;
        if (status == 0 && still_at(fd, path)) {
            return fd;
        }
        close(fd);
        if (status < 0 && errnum == EWOULDBLOCK) {
            pb_error_set(err, PB_ERROR_ENVIRONMENT,
                         "'%s' is locked by another process", path);
            err->errnum = EWOULDBLOCK;
            return -1;
        }
        if (status < 0) {
            return pb_error_errno(err, errnum, "cannot lock '%s'", path);
        }
    }
}
