/* Making room: whole packs go, the longest unused first. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pin.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"

/* A temporary file this old was left by a process that was killed. */
#define STALE_SECONDS (24 * 60 * 60)

static int
remove_if_stale(const char *directory, const char *name, struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(directory, name);
    struct stat info;
    if (strncmp(name, PB_FS_TEMPORARY, strlen(PB_FS_TEMPORARY)) != 0 ||
        lstat(path, &info) < 0 ||
        time(NULL) - info.st_mtim.tv_sec < STALE_SECONDS)
    {
        return 0;
    }
    return pb_fs_remove_tree(path, err);
}

/* A claim that nobody holds. */
static void
remove_if_idle(const char *directory, const char *name)
{
    PB_AUTOFREE char *path = pb_path_join(directory, name);
    struct pb_error ignored = PB_ERROR_INIT;
    PB_AUTOCLOSE int fd = pb_fs_lock(path, false, &ignored);
    if (fd >= 0) {
        unlink(path);
    }
}

int
pb_store_remove_stale(struct pb_store *store, struct pb_error *err)
{
    static const char *const names[] = {".", "packs", "pins", "claims"};
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        PB_AUTO(pb_strv) struct pb_strv found = PB_STRV_INIT;
        PB_AUTOFREE char *directory = pb_path_join(store->root, names[i]);
        if (!pb_fs_is_directory(directory)) {
            continue;
        }
        if (pb_fs_list(directory, &found, err) < 0) {
            return -1;
        }
        for (size_t j = 0; j < found.len; j++) {
            if (strcmp(names[i], "claims") == 0) {
                remove_if_idle(directory, found.items[j]);
            }
            else if (remove_if_stale(directory, found.items[j], err) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

struct candidate {
    struct pb_pack *pack;
    uint64_t bytes;
    double unused; /* seconds */
    bool pinned;
    bool counted; /* among those kept because of pins */
    bool removed;
};

static int
compare_unused(const void *a, const void *b)
{
    const struct candidate *left = a;
    const struct candidate *right = b;
    if (left->unused != right->unused) {
        return left->unused > right->unused ? -1 : 1;
    }
    return left->pack->id < right->pack->id ? -1
                                            : left->pack->id > right->pack->id;
}

static double
seconds_since(const struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)(now.tv_sec - then->tv_sec) +
           (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

static int
collect(struct pb_store *store, struct candidate *out, struct pb_error *err)
{
    PB_AUTOFREE bool *pinned = pb_alloc_array(store->len + 1, sizeof(*pinned));
    if (pb_pin_mark(store, pinned, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < store->len; i++) {
        struct stat info;
        if (fstat(store->packs[i]->fd, &info) < 0) {
            return pb_error_errno(err, errno, "cannot look at '%s'",
                                  store->packs[i]->path);
        }
        out[i] = (struct candidate){
            .pack = store->packs[i],
            .bytes = (uint64_t)info.st_size,
            .unused = seconds_since(&info.st_mtim),
            .pinned = pinned[i],
        };
    }
    if (store->len > 0) {
        qsort(out, store->len, sizeof(out[0]), compare_unused);
    }
    return 0;
}

static int
remove_one(struct pb_store *store, struct candidate *candidate,
           struct pb_store_gc *gc, struct pb_error *err)
{
    if (candidate->pinned) {
        gc->pinned += candidate->counted ? 0 : 1;
        candidate->counted = true;
        return 0;
    }
    size_t entries = 0;
    for (size_t i = 0; i < candidate->pack->len; i++) {
        entries += pb_store_is_live(store, candidate->pack, i) ? 1 : 0;
    }
    if (!gc->dry_run && pb_fs_remove(candidate->pack->path, err) < 0) {
        return -1;
    }
    candidate->removed = true;
    gc->packs++;
    gc->entries += entries;
    gc->bytes += candidate->bytes;
    return 0;
}

int
pb_store_gc(struct pb_store *store, struct pb_store_gc *gc,
            struct pb_error *err)
{
    struct pb_store_gc done = {.max_bytes = gc->max_bytes,
                               .max_age = gc->max_age,
                               .dry_run = gc->dry_run};
    PB_AUTOCLOSE int lock = pb_store_lock(store, err);
    if (lock < 0 || (!gc->dry_run && pb_store_remove_stale(store, err) < 0)) {
        return -1;
    }
    PB_AUTOFREE struct candidate *packs =
        pb_alloc_array(store->len + 1, sizeof(*packs));
    if (collect(store, packs, err) < 0) {
        return -1;
    }
    uint64_t total = 0;
    for (size_t i = 0; i < store->len; i++) {
        total += packs[i].bytes;
    }
    for (size_t i = 0; i < store->len; i++) {
        bool old = gc->max_age > 0 && packs[i].unused > gc->max_age;
        bool over = gc->max_bytes > 0 && total > gc->max_bytes;
        if (!old && !over) {
            continue;
        }
        if (remove_one(store, &packs[i], &done, err) < 0) {
            return -1;
        }
        total -= packs[i].removed ? packs[i].bytes : 0;
    }
    *gc = done;
    return gc->dry_run ? 0 : pb_store_refresh(store, err);
}
