/* Looking at the files of a build: modes, sizes, digests. */
#include "listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "meta.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

void
pb_listing_clear(struct pb_listing *listing)
{
    for (size_t i = 0; i < listing->len; i++) {
        free(listing->files[i].path);
    }
    free(listing->files);
    *listing = (struct pb_listing){.len = 0};
}

static int
add_file(struct pb_listing *listing, const char *directory, const char *path,
         bool derived, struct pb_error *err)
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
    if (!pb_fs_stays_below(directory, full)) {
        return pb_error_set(err, PB_ERROR_ENVIRONMENT,
                            "cannot keep '%s': it leads out of '%s'", full,
                            directory);
    }
    if (!S_ISREG(info.st_mode)) {
        return pb_error_set(err, PB_ERROR_INTERNAL,
                            "cannot keep '%s': not a regular file", full);
    }
    /* Of the permissions only "may be run" is a property of the file; the
       rest is the umask of whoever built it. */
    struct pb_file file = {
        .mode = (info.st_mode & 0100) != 0 ? 0755 : 0644,
        .derived = derived,
        .size = (uint64_t)info.st_size,
    };
    if (pb_digest_of_file(full, &file.id, err) < 0) {
        return -1;
    }
    file.path = pb_strdup(path);
    PB_GROW(listing->files, listing->len, listing->cap);
    listing->files[listing->len++] = file;
    return 0;
}

static int
compare_paths(const void *a, const void *b)
{
    const struct pb_file *left = a;
    const struct pb_file *right = b;
    return strcmp(left->path, right->path);
}

/* A path that was given twice counts once. */
static int
sort(struct pb_listing *listing, struct pb_error *err)
{
    qsort(listing->files, listing->len, sizeof(listing->files[0]),
          compare_paths);
    size_t kept = 1;
    for (size_t i = 1; i < listing->len; i++) {
        struct pb_file *file = &listing->files[i];
        struct pb_file *last = &listing->files[kept - 1];
        if (strcmp(file->path, last->path) != 0) {
            listing->files[kept++] = *file;
            continue;
        }
        if (file->derived != last->derived) {
            pb_error_set(err, PB_ERROR_INTERNAL,
                         "cannot keep '%s' as derived and as it is",
                         file->path);
        }
        free(file->path);
    }
    listing->len = kept;
    return err->code == PB_ERROR_NONE ? 0 : -1;
}

static int
add_all(struct pb_listing *listing, const char *directory,
        const struct pb_strv *paths, bool derived, struct pb_error *err)
{
    for (size_t i = 0; paths != NULL && i < paths->len; i++) {
        if (add_file(listing, directory, paths->items[i], derived, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
pb_listing_read(const struct pb_store_build *build, struct pb_listing *out,
                struct pb_error *err)
{
    PB_AUTO(pb_listing) struct pb_listing listing = {.len = 0};
    if (add_all(&listing, build->directory, build->paths, false, err) < 0 ||
        add_all(&listing, build->directory, build->derived, true, err) < 0)
    {
        return -1;
    }
    if (listing.len == 0) {
        return pb_error_set(err, PB_ERROR_INTERNAL,
                            "cannot keep a build without files");
    }
    if (sort(&listing, err) < 0) {
        return -1;
    }
    if (listing.len > PB_LIMIT_STORE_FILES) {
        return pb_error_set(err, PB_ERROR_LIMIT,
                            "cannot keep a build of %zu files", listing.len);
    }
    *out = listing;
    listing = (struct pb_listing){.len = 0};
    return 0;
}
