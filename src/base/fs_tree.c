/* Whole trees: listing, measuring and copying. All of it goes by a queue of
   directories: the depth of a tree that tests leave behind is theirs to
   choose. */
#include "pybisect/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs_private.h"
#include "pybisect/alloc.h"
#include "pybisect/map.h"

static void
close_directory(DIR **directory)
{
    if (*directory != NULL) {
        closedir(*directory);
    }
}

int
pb_fs_read_names(int fd, struct pb_strv *out)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy < 0) {
        return -1;
    }
    PB_CLEANUP(close_directory) DIR *directory = fdopendir(copy);
    if (directory == NULL) {
        int errnum = errno;
        close(copy);
        errno = errnum;
        return -1;
    }
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (entry == NULL) {
            return errno == 0 ? 0 : -1;
        }
        if (strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0) {
            pb_strv_add(out, entry->d_name);
        }
    }
}

int
pb_fs_list(const char *path, struct pb_strv *out, struct pb_error *err)
{
    PB_AUTOCLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (fd < 0 || pb_fs_read_names(fd, &names) < 0) {
        return pb_error_errno(err, errno, "cannot list '%s'", path);
    }
    pb_strv_sort(&names);
    pb_strv_add_all(out, &names);
    return 0;
}

struct item {
    const char *path;
    const char *relative;
    struct stat info;
};

/* 1 to enter the item if it is a directory, 0 to leave it out, -1 on error.
   A directory comes before what is in it. */
typedef int visit_function(const struct item *item, void *context,
                           struct pb_error *err);

static int
visit_directory(const char *root, const char *relative, visit_function *visit,
                void *context, struct pb_strv *queue, struct pb_error *err)
{
    PB_AUTOFREE char *directory = pb_path_join(root, relative);
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (pb_fs_list(directory, &names, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.len; i++) {
        PB_AUTOFREE char *path = pb_path_join(directory, names.items[i]);
        PB_AUTOFREE char *below = pb_path_join(relative, names.items[i]);
        struct item item = {.path = path, .relative = below};
        if (lstat(path, &item.info) < 0) {
            return pb_error_errno(err, errno, "cannot look at '%s'", path);
        }
        int enter = visit(&item, context, err);
        if (enter < 0) {
            return -1;
        }
        if (enter > 0 && S_ISDIR(item.info.st_mode)) {
            pb_strv_add(queue, below);
        }
    }
    return 0;
}

static int
visit_tree(const char *root, visit_function *visit, void *context,
           struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv queue = PB_STRV_INIT;
    pb_strv_add(&queue, "");
    for (size_t i = 0; i < queue.len; i++) {
        if (visit_directory(root, queue.items[i], visit, context, &queue,
                            err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* DT_REG, ...: most file systems tell without being asked about each file. */
static unsigned char
type_of(DIR *directory, const struct dirent *entry)
{
    struct stat info;
    if (entry->d_type != DT_UNKNOWN) {
        return entry->d_type;
    }
    if (fstatat(dirfd(directory), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) <
        0) {
        return DT_UNKNOWN;
    }
    return (unsigned char)IFTODT(info.st_mode);
}

static int
walk_directory(const char *root, const char *relative, struct pb_strv *queue,
               struct pb_strv *found, struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(root, relative);
    PB_CLEANUP(close_directory) DIR *directory = opendir(path);
    if (directory == NULL) {
        return pb_error_errno(err, errno, "cannot list '%s'", path);
    }
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (entry == NULL && errno == 0) {
            return 0;
        }
        if (entry == NULL) {
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 ||
            strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        unsigned char type = type_of(directory, entry);
        struct pb_strv *to = type == DT_DIR                     ? queue
                             : type == DT_REG || type == DT_LNK ? found
                                                                : NULL;
        if (to != NULL) {
            pb_strv_take(to, pb_path_join(relative, entry->d_name));
        }
    }
    return pb_error_errno(err, errno, "cannot list '%s'", path);
}

int
pb_fs_walk(const char *path, struct pb_strv *out, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv found = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv queue = PB_STRV_INIT;
    pb_strv_add(&queue, "");
    for (size_t i = 0; i < queue.len; i++) {
        if (walk_directory(path, queue.items[i], &queue, &found, err) < 0) {
            return -1;
        }
    }
    pb_strv_sort(&found);
    pb_strv_add_all(out, &found);
    return 0;
}

struct usage {
    uint64_t bytes;
    struct pb_map *seen; /* files with several names count once */
};

static int
visit_usage(const struct item *item, void *context, struct pb_error *err)
{
    (void)err;
    struct usage *usage = context;
    if (item->info.st_nlink > 1 && !S_ISDIR(item->info.st_mode)) {
        char key[64];
        snprintf(key, sizeof(key), "%ju:%ju", (uintmax_t)item->info.st_dev,
                 (uintmax_t)item->info.st_ino);
        if (pb_map_get(usage->seen, key) != NULL) {
            return 0;
        }
        pb_map_set(usage->seen, key, usage);
    }
    usage->bytes += (uint64_t)item->info.st_blocks * 512;
    return 1;
}

uint64_t
pb_fs_usage(const char *path)
{
    struct stat info;
    if (lstat(path, &info) < 0) {
        return 0;
    }
    PB_AUTO(pb_map) struct pb_map *seen = pb_map_new(NULL);
    struct usage usage = {.bytes = (uint64_t)info.st_blocks * 512,
                          .seen = seen};
    if (S_ISDIR(info.st_mode)) {
        /* What cannot be read, or vanishes meanwhile, is left uncounted. */
        struct pb_error ignored = PB_ERROR_INIT;
        (void)visit_tree(path, visit_usage, &usage, &ignored);
    }
    return usage.bytes;
}

struct directory_times {
    char *path;
    mode_t mode;
    struct timespec times[2];
};

struct copy {
    const char *to;
    bool (*skip)(const char *relative, void *context);
    void *skip_context;
    /* Set last, from the deepest up: a read-only directory has to be filled
       first, and filling it changes its time. */
    struct directory_times *directories;
    size_t len;
    size_t cap;
};

static void
copy_clear(struct copy *copy)
{
    for (size_t i = 0; i < copy->len; i++) {
        free(copy->directories[i].path);
    }
    free(copy->directories);
}

static int
copy_directory(struct copy *copy, const char *target, const struct stat *info,
               struct pb_error *err)
{
    struct stat there;
    if (mkdir(target, 0700) < 0 &&
        (errno != EEXIST || lstat(target, &there) < 0 ||
         !S_ISDIR(there.st_mode)))
    {
        return pb_error_errno(err, errno, "cannot create the directory '%s'",
                              target);
    }
    PB_GROW(copy->directories, copy->len, copy->cap);
    copy->directories[copy->len++] = (struct directory_times){
        .path = pb_strdup(target),
        .mode = info->st_mode & 07777,
        .times = {info->st_atim, info->st_mtim},
    };
    return 0;
}

/* -1 with errno set. */
static int
copy_bytes(int from, int to)
{
    /* Shares blocks where the file system can. Wherever this stops, at the
       end or on an error, the loop below goes on. */
    while (copy_file_range(from, NULL, to, NULL, (size_t)1 << 30, 0) > 0) {
    }
    char chunk[PB_FS_CHUNK];
    for (;;) {
        ssize_t count = read(from, chunk, sizeof(chunk));
        if (count == 0) {
            return 0;
        }
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 || pb_fs_write_all(to, chunk, (size_t)count) < 0) {
            return -1;
        }
    }
}

/* A fresh file: writing through what stands there could alter the target of
   a link. */
static int
create_fresh(const char *path)
{
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    int fd = open(path, flags, 0600);
    if (fd < 0 && errno == EEXIST && unlink(path) == 0) {
        fd = open(path, flags, 0600);
    }
    return fd;
}

static int
copy_file(const struct item *item, const char *target, struct pb_error *err)
{
    PB_AUTOCLOSE int from =
        open(item->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (from < 0) {
        return pb_error_errno(err, errno, "cannot open '%s'", item->path);
    }
    int to = create_fresh(target);
    if (to < 0) {
        return pb_error_errno(err, errno, "cannot create '%s'", target);
    }
    const struct timespec times[2] = {item->info.st_atim, item->info.st_mtim};
    int errnum = 0;
    if (copy_bytes(from, to) < 0 ||
        fchmod(to, item->info.st_mode & 07777) < 0 || futimens(to, times) < 0)
    {
        errnum = errno;
    }
    if (close(to) < 0 && errnum == 0) {
        errnum = errno;
    }
    if (errnum != 0) {
        return pb_error_errno(err, errnum, "cannot copy '%s' to '%s'",
                              item->path, target);
    }
    return 0;
}

static int
copy_link(const struct item *item, const char *target, struct pb_error *err)
{
    char text[4096];
    ssize_t length = readlink(item->path, text, sizeof(text) - 1);
    if (length < 0) {
        return pb_error_errno(err, errno, "cannot read the link '%s'",
                              item->path);
    }
    text[length] = '\0';
    int status = symlink(text, target);
    if (status < 0 && errno == EEXIST && unlink(target) == 0) {
        status = symlink(text, target);
    }
    if (status < 0) {
        return pb_error_errno(err, errno, "cannot create the link '%s'",
                              target);
    }
    return 0;
}

static int
visit_copy(const struct item *item, void *context, struct pb_error *err)
{
    struct copy *copy = context;
    if (copy->skip != NULL && copy->skip(item->relative, copy->skip_context)) {
        return 0;
    }
    PB_AUTOFREE char *target = pb_path_join(copy->to, item->relative);
    int status = 0;
    if (S_ISDIR(item->info.st_mode)) {
        status = copy_directory(copy, target, &item->info, err);
    }
    else if (S_ISREG(item->info.st_mode)) {
        status = copy_file(item, target, err);
    }
    else if (S_ISLNK(item->info.st_mode)) {
        status = copy_link(item, target, err);
    }
    return status < 0 ? -1 : 1;
}

int
pb_fs_copy_tree(const char *from, const char *to,
                bool (*skip)(const char *relative, void *context),
                void *context, struct pb_error *err)
{
    if (pb_fs_mkdirs(to, err) < 0) {
        return -1;
    }
    PB_CLEANUP(copy_clear)
    struct copy copy = {.to = to, .skip = skip, .skip_context = context};
    if (visit_tree(from, visit_copy, &copy, err) < 0) {
        return -1;
    }
    for (size_t i = copy.len; i > 0; i--) {
        const struct directory_times *made = &copy.directories[i - 1];
        if (chmod(made->path, made->mode) < 0 ||
            utimensat(AT_FDCWD, made->path, made->times, 0) < 0)
        {
            return pb_error_errno(err, errno, "cannot copy the mode to '%s'",
                                  made->path);
        }
    }
    return 0;
}
