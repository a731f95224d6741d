/* Reading the whole store: what it holds, and whether all of it is right. */
#include <sys/stat.h>
#include <time.h>

#include "object.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "store_private.h"

/* A temporary file this old was left by a process that was killed. */
#define STALE_SECONDS (24 * 60 * 60)

/* Gone meanwhile, or damaged and so dropped: nothing to stop for. */
static bool
is_no_entry(struct pb_error *err)
{
    if (err->code != PB_ERROR_NOT_FOUND && err->code != PB_ERROR_CORRUPT) {
        return false;
    }
    pb_error_clear(err);
    return true;
}

struct count {
    const struct pb_store *store;
    struct pb_store_stats stats;
};

static int
count_entry(const struct pb_digest *key, void *context, struct pb_error *err)
{
    struct count *count = context;
    PB_AUTO(pb_entry) struct pb_entry entry = {.failed = false};
    if (pb_entry_load(count->store->root, key, &entry, err) < 0) {
        return is_no_entry(err) ? 0 : -1;
    }
    if (entry.failed) {
        count->stats.failed++;
        return 0;
    }
    count->stats.built++;
    for (size_t i = 0; i < entry.len; i++) {
        count->stats.raw_bytes += entry.files[i].size;
    }
    return 0;
}

static int
count_object(const struct pb_digest *id, void *context, struct pb_error *err)
{
    struct count *count = context;
    (void)id;
    (void)err;
    count->stats.objects++;
    return 0;
}

int
pb_store_stats(struct pb_store *store, struct pb_store_stats *out,
               struct pb_error *err)
{
    struct count count = {.store = store};
    if (pb_store_each(store->root, "entries", count_entry, &count, err) < 0 ||
        pb_store_each(store->root, "objects", count_object, &count, err) < 0)
    {
        return -1;
    }
    count.stats.disk_bytes = pb_fs_usage(store->root);
    *out = count.stats;
    return 0;
}

struct verification {
    const struct pb_store *store;
    size_t checked;
    size_t dropped;
};

/* Reading removes what is damaged; the entries are looked at afterwards. */
static int
verify_object(const struct pb_digest *id, void *context, struct pb_error *err)
{
    const struct verification *verification = context;
    PB_AUTO(pb_buf) struct pb_buf content = PB_BUF_INIT;
    if (pb_object_get(verification->store->root, id, &content, err) < 0) {
        return is_no_entry(err) ? 0 : -1;
    }
    return 0;
}

static bool
has_all_objects(const char *root, const struct pb_entry *entry)
{
    if (entry->failed) {
        PB_AUTOFREE char *path = pb_object_path(root, &entry->log);
        return pb_fs_exists(path);
    }
    for (size_t i = 0; i < entry->len; i++) {
        PB_AUTOFREE char *path = pb_object_path(root, &entry->files[i].id);
        if (!pb_fs_exists(path)) {
            return false;
        }
    }
    return true;
}

static int
verify_entry(const struct pb_digest *key, void *context, struct pb_error *err)
{
    struct verification *verification = context;
    const char *root = verification->store->root;
    PB_AUTO(pb_entry) struct pb_entry entry = {.failed = false};
    verification->checked++;
    if (pb_entry_load(root, key, &entry, err) < 0) {
        verification->dropped += err->code == PB_ERROR_CORRUPT;
        return is_no_entry(err) ? 0 : -1;
    }
    if (has_all_objects(root, &entry)) {
        return 0;
    }
    verification->dropped++;
    return pb_entry_remove(root, key, err);
}

static int
remove_stale(const char *path, struct pb_error *err)
{
    struct stat info;
    if (lstat(path, &info) < 0 ||
        time(NULL) - info.st_mtim.tv_sec < STALE_SECONDS) {
        return 0;
    }
    return pb_fs_remove(path, err);
}

static int
remove_temporaries(const char *root, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (pb_fs_walk(root, &names, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.len; i++) {
        if (pb_path_base(names.items[i])[0] == '.') {
            PB_AUTOFREE char *path = pb_path_join(root, names.items[i]);
            if (remove_stale(path, err) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

int
pb_store_verify(struct pb_store *store, size_t *out_checked,
                size_t *out_dropped, struct pb_error *err)
{
    struct verification verification = {.store = store};
    if (remove_temporaries(store->root, err) < 0 ||
        pb_store_each(store->root, "objects", verify_object, &verification,
                      err) < 0 ||
        pb_store_each(store->root, "entries", verify_entry, &verification,
                      err) < 0)
    {
        return -1;
    }
    *out_checked = verification.checked;
    *out_dropped = verification.dropped;
    return 0;
}
