/* The store: opening, finding, and keeping. What is written is synced before
   it gets its name, objects before the entry that names them. */
#include "store_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "object.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"

#define FORMAT_TEXT "pybisect store 1\n"
#define FILE_LIMIT ((size_t)512 * 1024 * 1024)

/* A directory of another format is left alone. */
static int
check_format(const char *root, struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(root, "FORMAT");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (pb_fs_read(path, 4096, &text, err) < 0) {
        if (err->code != PB_ERROR_NOT_FOUND) {
            return -1;
        }
        pb_error_clear(err);
        return pb_fs_write_atomic(path, FORMAT_TEXT, strlen(FORMAT_TEXT), 0644,
                                  err);
    }
    if (strcmp(text.data, FORMAT_TEXT) != 0) {
        pb_error_set(err, PB_ERROR_ENVIRONMENT,
                     "the store '%s' has a format that this version does not "
                     "know",
                     root);
        pb_error_hint(err, "upgrade pybisect, or remove the store");
        return -1;
    }
    return 0;
}

int
pb_store_open(const char *directory, struct pb_store **out,
              struct pb_error *err)
{
    PB_AUTOFREE char *root = pb_path_absolute(directory);
    PB_AUTOFREE char *objects = pb_path_join(root, "objects");
    PB_AUTOFREE char *entries = pb_path_join(root, "entries");
    if (pb_fs_mkdirs(objects, err) < 0 || pb_fs_mkdirs(entries, err) < 0 ||
        check_format(root, err) < 0)
    {
        return -1;
    }
    struct pb_store *store = pb_alloc(sizeof(*store));
    store->root = root;
    root = NULL;
    *out = store;
    return 0;
}

void
pb_store_close(struct pb_store *store)
{
    if (store != NULL) {
        free(store->root);
        free(store);
    }
}

void
pb_store_entry_clear(struct pb_store_entry *entry)
{
    free(entry->summary);
    *entry = (struct pb_store_entry){.state = PB_STORE_ABSENT};
}

int
pb_store_find(struct pb_store *store, const struct pb_digest *key,
              struct pb_store_entry *out, struct pb_error *err)
{
    PB_AUTO(pb_entry) struct pb_entry entry = {.failed = false};
    if (pb_entry_load(store->root, key, &entry, err) < 0) {
        if (err->code != PB_ERROR_NOT_FOUND) {
            return -1;
        }
        pb_error_clear(err);
        *out = (struct pb_store_entry){.state = PB_STORE_ABSENT};
        return 0;
    }
    *out = (struct pb_store_entry){
        .state = entry.failed ? PB_STORE_FAILED : PB_STORE_BUILT,
        .seconds = entry.seconds,
    };
    if (entry.failed) {
        out->summary = pb_strdup(entry.summary);
        return 0;
    }
    out->output = pb_entry_output(&entry);
    for (size_t i = 0; i < entry.len; i++) {
        out->bytes += entry.files[i].size;
    }
    return 0;
}

/* Keeps one file and adds it to the entry. */
static int
put_file(struct pb_store *store, const char *directory, const char *path,
         struct pb_entry *entry, struct pb_error *err)
{
    if (!pb_entry_path_is_safe(path)) {
        return pb_error_set(err, PB_ERROR_INTERNAL,
                            "cannot keep a file under the name '%s'", path);
    }
    PB_AUTOFREE char *full = pb_path_join(directory, path);
    struct stat info;
    if (stat(full, &info) < 0) {
        return pb_error_errno(err, errno, "cannot keep '%s'", full);
    }
    if (!S_ISREG(info.st_mode)) {
        return pb_error_set(err, PB_ERROR_INTERNAL,
                            "cannot keep '%s': not a regular file", full);
    }
    PB_AUTO(pb_buf) struct pb_buf content = PB_BUF_INIT;
    struct pb_digest id;
    if (pb_fs_read(full, FILE_LIMIT, &content, err) < 0 ||
        pb_object_put(store->root, content.data, content.len, &id, err) < 0)
    {
        return -1;
    }
    /* Of the permissions only "may be run" is a property of the file; the
       rest is the umask of whoever built it. */
    unsigned mode = (info.st_mode & 0100) != 0 ? 0755 : 0644;
    pb_entry_add(entry, pb_strdup(path), mode, content.len, &id);
    return 0;
}

int
pb_store_put(struct pb_store *store, const struct pb_digest *key,
             const char *directory, const struct pb_strv *paths,
             double seconds, struct pb_error *err)
{
    PB_AUTO(pb_entry) struct pb_entry entry = {.seconds = seconds};
    for (size_t i = 0; i < paths->len; i++) {
        if (put_file(store, directory, paths->items[i], &entry, err) < 0) {
            return -1;
        }
    }
    if (entry.len == 0) {
        return pb_error_set(err, PB_ERROR_INTERNAL,
                            "cannot keep a build without files");
    }
    return pb_entry_write(store->root, key, &entry, err);
}

int
pb_store_put_failure(struct pb_store *store, const struct pb_digest *key,
                     const char *summary, const char *log_path, double seconds,
                     struct pb_error *err)
{
    PB_AUTO(pb_entry)
    struct pb_entry entry = {.failed = true, .seconds = seconds};
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    if (pb_fs_read(log_path, FILE_LIMIT, &log, err) < 0 ||
        pb_object_put(store->root, log.data, log.len, &entry.log, err) < 0)
    {
        return -1;
    }
    entry.summary = pb_strdup(summary);
    return pb_entry_write(store->root, key, &entry, err);
}

/* An entry whose object is damaged is of no use to anybody. */
int
pb_store_object(struct pb_store *store, const struct pb_digest *key,
                const struct pb_digest *id, struct pb_buf *out,
                struct pb_error *err)
{
    if (pb_object_get(store->root, id, out, err) == 0) {
        return 0;
    }
    if (err->code == PB_ERROR_CORRUPT) {
        struct pb_error ignored = PB_ERROR_INIT;
        pb_entry_remove(store->root, key, &ignored);
    }
    return -1;
}

int
pb_store_failure_log(struct pb_store *store, const struct pb_digest *key,
                     struct pb_buf *out, struct pb_error *err)
{
    PB_AUTO(pb_entry) struct pb_entry entry = {.failed = false};
    if (pb_entry_load(store->root, key, &entry, err) < 0) {
        return -1;
    }
    if (!entry.failed) {
        return pb_error_set(err, PB_ERROR_NOT_FOUND,
                            "the entry is a build, not a failure");
    }
    return pb_store_object(store, key, &entry.log, out, err);
}

int
pb_store_remove(struct pb_store *store, const struct pb_digest *key,
                struct pb_error *err)
{
    return pb_entry_remove(store->root, key, err);
}
