/* Archives by way of libarchive, which reads; what is written where is
   decided here. Its own extraction has flags for some of the same rules, but
   goes on where an archive should be refused as a whole. */
#include "pybisect/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/map.h"

#define BLOCK_BYTES ((size_t)64 * 1024)

struct pb_archive {
    const char *path;
    struct archive *handle;
    struct archive_entry *entry;
    struct pb_map *seen; /* names */
    size_t entries;
    uint64_t said;  /* by headers */
    uint64_t bytes; /* that came */
};

static void
close_archive(struct pb_archive *archive)
{
    if (archive->handle != NULL) {
        archive_read_free(archive->handle);
    }
    pb_map_free(archive->seen);
}

static int
fail(const struct pb_archive *archive, struct pb_error *err)
{
    const char *why = archive_error_string(archive->handle);
    return pb_error_set(err, PB_ERROR_CORRUPT, "cannot read '%s': %s",
                        archive->path, why != NULL ? why : "it is no archive");
}

static int
open_archive(struct pb_archive *archive, struct pb_error *err)
{
    if (!pb_fs_exists(archive->path)) {
        return pb_error_errno(err, ENOENT, "cannot read '%s'", archive->path);
    }
    archive->seen = pb_map_new(NULL);
    archive->handle = archive_read_new();
    if (archive->handle == NULL) {
        return pb_error_set(err, PB_ERROR_INTERNAL,
                            "no memory for an archive");
    }
    archive_read_support_filter_gzip(archive->handle);
    archive_read_support_filter_bzip2(archive->handle);
    archive_read_support_filter_xz(archive->handle);
    archive_read_support_format_tar(archive->handle);
    archive_read_support_format_zip(archive->handle);
    if (archive_read_open_filename(archive->handle, archive->path,
                                   BLOCK_BYTES) != ARCHIVE_OK)
    {
        return fail(archive, err);
    }
    return 0;
}

static int
fail_size(const struct pb_archive *archive, struct pb_error *err)
{
    return pb_error_set(err, PB_ERROR_LIMIT, "'%s' holds more than %d MB",
                        archive->path, (int)(PB_LIMIT_ARCHIVE_BYTES >> 20));
}

/* Relative, without "..": below whatever it is joined to. */
static bool
stays_below(const char *name)
{
    if (name[0] == '/' || name[0] == '\0' || strchr(name, '\\') != NULL) {
        return false;
    }
    for (const char *at = name; *at != '\0';) {
        size_t length = strcspn(at, "/");
        if (length == 2 && at[0] == '.' && at[1] == '.') {
            return false;
        }
        at += length;
        at += *at == '/';
    }
    return true;
}

/* The whole file is unpacked, if only to skip it. */
static int
check_size(struct pb_archive *archive, struct pb_error *err)
{
    if (++archive->entries > PB_LIMIT_ARCHIVE_FILES) {
        return pb_error_set(err, PB_ERROR_LIMIT,
                            "'%s' holds more than %d files", archive->path,
                            PB_LIMIT_ARCHIVE_FILES);
    }
    int64_t size = archive_entry_size(archive->entry);
    archive->said += size < 0 ? 0 : (uint64_t)size;
    return archive->said > PB_LIMIT_ARCHIVE_BYTES ? fail_size(archive, err)
                                                  : 0;
}

static int
check_name(const struct pb_archive *archive, const char *name,
           struct pb_error *err)
{
    if (name == NULL || !stays_below(name)) {
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "'%s' holds a file that leads out of it: '%s'",
                            archive->path, name == NULL ? "" : name);
    }
    if (strlen(name) > PB_LIMIT_ARCHIVE_NAME) {
        return pb_error_set(err, PB_ERROR_LIMIT,
                            "'%s' holds a name of more than %d bytes",
                            archive->path, PB_LIMIT_ARCHIVE_NAME);
    }
    return 0;
}

/* 1: a file; 0: a directory, which is made when a file needs it. */
static int
check_entry(struct pb_archive *archive, const char **out_name,
            struct pb_error *err)
{
    const char *name = archive_entry_pathname(archive->entry);
    unsigned type = archive_entry_filetype(archive->entry);
    if (check_name(archive, name, err) < 0 || check_size(archive, err) < 0) {
        return -1;
    }
    while (strncmp(name, "./", 2) == 0) {
        name += 2;
    }
    if (type == AE_IFDIR || *name == '\0') {
        return 0;
    }
    if (type != AE_IFREG || archive_entry_hardlink(archive->entry) != NULL) {
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "'%s' holds a link or a device: '%s'",
                            archive->path, name);
    }
    if (pb_map_get(archive->seen, name) != NULL) {
        return pb_error_set(err, PB_ERROR_CORRUPT, "'%s' holds '%s' twice",
                            archive->path, name);
    }
    pb_map_set(archive->seen, name, archive);
    *out_name = name;
    return 1;
}

int
pb_archive_each(const char *path,
                int (*visit)(struct pb_archive *archive, const char *name,
                             void *context, struct pb_error *err),
                void *context, struct pb_error *err)
{
    PB_CLEANUP(close_archive) struct pb_archive archive = {.path = path};
    if (open_archive(&archive, err) < 0) {
        return -1;
    }
    for (;;) {
        int status = archive_read_next_header(archive.handle, &archive.entry);
        const char *name = NULL;
        if (status == ARCHIVE_EOF) {
            return 0;
        }
        if (status < ARCHIVE_WARN) {
            return fail(&archive, err);
        }
        int file = check_entry(&archive, &name, err);
        if (file < 0) {
            return -1;
        }
        int stop = file == 0 ? 0 : visit(&archive, name, context, err);
        if (stop != 0) {
            return stop < 0 ? -1 : 0;
        }
    }
}

/* What a file says of its size need not be true: bytes are counted as they
   come. */
static int
each_block(struct pb_archive *archive,
           int (*take)(const void *data, size_t length, void *context,
                       struct pb_error *err),
           void *context, struct pb_error *err)
{
    PB_AUTOFREE char *block = pb_alloc(BLOCK_BYTES);
    for (;;) {
        la_ssize_t count =
            archive_read_data(archive->handle, block, BLOCK_BYTES);
        if (count <= 0) {
            return count == 0 ? 0 : fail(archive, err);
        }
        archive->bytes += (uint64_t)count;
        if (archive->bytes > PB_LIMIT_ARCHIVE_BYTES) {
            return fail_size(archive, err);
        }
        if (take(block, (size_t)count, context, err) < 0) {
            return -1;
        }
    }
}

struct reading {
    const struct pb_archive *archive;
    size_t limit;
    struct pb_buf text;
};

static int
take_text(const void *data, size_t length, void *context, struct pb_error *err)
{
    struct reading *reading = context;
    if (length > reading->limit - reading->text.len) {
        return pb_error_set(err, PB_ERROR_LIMIT,
                            "a file in '%s' is longer than %zu bytes",
                            reading->archive->path, reading->limit);
    }
    pb_buf_add(&reading->text, data, length);
    return 0;
}

int
pb_archive_read(struct pb_archive *archive, size_t limit, struct pb_buf *out,
                struct pb_error *err)
{
    struct reading reading = {archive, limit, PB_BUF_INIT};
    int status = each_block(archive, take_text, &reading, err);
    if (status == 0) {
        pb_buf_add(out, reading.text.data, reading.text.len);
    }
    pb_buf_clear(&reading.text);
    return status;
}

struct unpacking {
    const char *directory;
    char *(*place)(const char *name, void *context);
    void *context;
};

struct writing {
    const char *path;
    int fd;
};

static int
take_file(const void *data, size_t length, void *context, struct pb_error *err)
{
    const struct writing *writing = context;
    return pb_fs_write_all(writing->fd, data, length) < 0
               ? pb_error_errno(err, errno, "cannot write '%s'", writing->path)
               : 0;
}

static int
write_entry(struct pb_archive *archive, const char *directory,
            const char *relative, struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(directory, relative);
    bool program = (archive_entry_mode(archive->entry) & S_IXUSR) != 0;
    if (pb_fs_make_parents(directory, relative, NULL, err) < 0) {
        return -1;
    }
    struct writing writing = {.path = path};
    writing.fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
             program ? 0755 : 0644);
    if (writing.fd < 0) {
        return errno == EEXIST
                   ? 0
                   : pb_error_errno(err, errno, "cannot write '%s'", path);
    }
    int status = each_block(archive, take_file, &writing, err);
    if (close(writing.fd) < 0 && status == 0) {
        status = pb_error_errno(err, errno, "cannot write '%s'", path);
    }
    return status;
}

static int
unpack_entry(struct pb_archive *archive, const char *name, void *context,
             struct pb_error *err)
{
    const struct unpacking *unpacking = context;
    PB_AUTOFREE char *relative =
        unpacking->place == NULL ? pb_strdup(name)
                                 : unpacking->place(name, unpacking->context);
    if (relative == NULL) {
        return 0;
    }
    if (!stays_below(relative)) {
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "'%s' holds a file that leads out of it: '%s'",
                            archive->path, name);
    }
    return write_entry(archive, unpacking->directory, relative, err);
}

int
pb_archive_unpack(const char *path, const char *directory,
                  char *(*place)(const char *name, void *context),
                  void *context, struct pb_error *err)
{
    struct unpacking unpacking = {directory, place, context};
    return pb_fs_mkdirs(directory, err) < 0
               ? -1
               : pb_archive_each(path, unpack_entry, &unpacking, err);
}
