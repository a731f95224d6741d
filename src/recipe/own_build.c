/* What the recipe's `build` made out of a project's copy, kept for the next
   interpreter that has the same headers. */
#include <string.h>
#include <sys/stat.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "recipe/dependencies_private.h"

#define OWN_VERSION "pybisect project build 1"

static int
make_key(const struct pb_dependencies *dependencies,
         const struct pb_dependencies_request *request,
         const struct pb_digest *project, struct pb_digest *out,
         struct pb_error *err)
{
    struct pb_digest abi;
    struct pb_hasher hasher;
    if (pb_abi_key(request->root, &abi, err) < 0) {
        return -1;
    }
    pb_hasher_init(&hasher);
    pb_hasher_add_field(&hasher, OWN_VERSION);
    pb_hasher_add(&hasher, project->bytes, PB_DIGEST_SIZE);
    pb_hasher_add_field(&hasher, dependencies->options.toolchain);
    pb_hasher_add(&hasher, abi.bytes, PB_DIGEST_SIZE);
    if (request->alone) {
        pb_hasher_add(&hasher, request->behaviour.bytes, PB_DIGEST_SIZE);
    }
    *out = pb_hasher_finish(&hasher);
    return 0;
}

int
pb_own_build_recall(struct pb_dependencies *dependencies,
                    const struct pb_dependencies_request *request,
                    const struct pb_digest *project, const char *directory,
                    bool *out_found, struct pb_error *err)
{
    struct pb_digest key;
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    PB_AUTO(pb_store_restored)
    struct pb_store_restored restored = PB_STORE_RESTORED_INIT;
    *out_found = false;
    if (request->fresh) {
        return 0;
    }
    if (make_key(dependencies, request, project, &key, err) < 0) {
        return -1;
    }
    int status = pb_store_find(dependencies->store, &key, &entry, err);
    if (status == 0 && entry.state == PB_STORE_BUILT) {
        status = pb_store_restore(dependencies->store, &key, directory, NULL,
                                  &restored, err);
        *out_found = status == 0;
    }
    if (status < 0 && err->code == PB_ERROR_CORRUPT) {
        pb_error_clear(err); /* dropped by now: it is made anew */
        return 0;
    }
    return status;
}

/* Of the same size and time it is the one that was copied. */
static bool
is_copied(const char *source, const char *directory, const char *relative)
{
    PB_AUTOFREE char *old = pb_path_join(source, relative);
    PB_AUTOFREE char *new = pb_path_join(directory, relative);
    struct stat before;
    struct stat now;
    return lstat(old, &before) == 0 && lstat(new, &now) == 0 &&
           before.st_size == now.st_size &&
           before.st_mtim.tv_sec == now.st_mtim.tv_sec &&
           before.st_mtim.tv_nsec == now.st_mtim.tv_nsec;
}

/* Object files and bytecode serve no test; a link that leads out of the copy
   would bring a file of the user's into it. */
static bool
is_kept(const char *directory, const char *relative)
{
    static const char *const suffixes[] = {".o", ".pyc", ".pyo"};
    size_t length = strlen(relative);
    for (size_t i = 0; i < PB_LENGTH(suffixes); i++) {
        size_t end = strlen(suffixes[i]);
        if (length > end && strcmp(relative + length - end, suffixes[i]) == 0)
        {
            return false;
        }
    }
    PB_AUTOFREE char *path = pb_path_join(directory, relative);
    return pb_fs_stays_below(directory, path) && !pb_fs_is_directory(path);
}

int
pb_own_build_keep(struct pb_dependencies *dependencies,
                  const struct pb_dependencies_request *request,
                  const struct pb_digest *project, const char *source,
                  const char *directory, double seconds, struct pb_error *err)
{
    struct pb_digest key;
    PB_AUTO(pb_strv) struct pb_strv files = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv made = PB_STRV_INIT;
    if (make_key(dependencies, request, project, &key, err) < 0 ||
        pb_fs_walk(directory, &files, err) < 0)
    {
        return -1;
    }
    for (size_t i = 0; i < files.len; i++) {
        if (is_kept(directory, files.items[i]) &&
            !is_copied(source, directory, files.items[i]))
        {
            pb_strv_add(&made, files.items[i]);
        }
    }
    if (made.len == 0) {
        return 0;
    }
    const struct pb_store_build build = {
        .group = *project,
        .label = "a project's own build",
        .directory = directory,
        .paths = &made,
        .seconds = seconds,
    };
    return pb_store_put(dependencies->store, &key, &build, err);
}
