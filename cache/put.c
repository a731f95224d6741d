/* Keeping builds. The work is done without the lock; when the
   pack grew meanwhile it is done once more, with it. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "listing.h"
#include "plan.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

/* A pack's tables may take twice that when they are read. */
#define TABLES_MOST (PB_LIMIT_STORE_TABLES / 2)

struct pb_pack *
pb_store_pack_of(const struct pb_store *store, const struct pb_digest *group)
{
    for (size_t i = store->len; i-- > 0;) {
        struct pb_pack *pack = store->packs[i];
        if (pack->readable && !pack->damaged &&
            pb_digest_equal(&pack->group, group)) {
            return pack;
        }
    }
    return NULL;
}

int
pb_store_append(struct pb_store *store, struct pb_pack *pack,
                const struct pb_digest *group, const struct pb_buf *records,
                struct pb_error *err)
{
    if (pack != NULL) {
        if (pb_pack_append(pack, records, err) < 0) {
            return -1;
        }
        return pb_store_rescan(store, pack, err);
    }
    PB_AUTOFREE char *path = pb_store_new_path(store);
    if (pb_pack_create(path, group, records, err) < 0) {
        return -1;
    }
    return pb_store_refresh(store, err);
}

/* A body, and the state of the pack that it was made for. */
struct candidate {
    struct pb_buf body;
    uint64_t id; /* 0: for a new pack */
    ino_t inode;
    size_t nbuilds;
    uint64_t newest; /* the group's pack at that time; 0: none */
};

static void
candidate_clear(struct candidate *candidate)
{
    pb_buf_clear(&candidate->body);
}
PB_DEFINE_AUTO_CLEAR(candidate, struct candidate, candidate_clear)

static bool
has_room(const struct pb_pack *pack)
{
    return pack != NULL && pack->nbuilds < PB_PACK_BUILDS;
}

/* The pack that takes the group's next build, with its history loaded; NULL
   for a new one. -1 is an error of another kind than a damaged pack. */
static int
choose_pack(struct pb_store *store, const struct pb_digest *group,
            struct pb_pack **out, struct pb_error *err)
{
    for (;;) {
        struct pb_pack *pack = pb_store_pack_of(store, group);
        if (!has_room(pack)) {
            *out = NULL;
            return 0;
        }
        if (pack->nbuilds == 0 ||
            pb_history_load(pack, pack->nbuilds - 1, err) == 0) {
            *out = pack->history.bytes < TABLES_MOST ? pack : NULL;
            return 0;
        }
        if (err->code != PB_ERROR_CORRUPT) {
            return -1;
        }
        pb_error_clear(err); /* it is marked, and not chosen again */
    }
}

static int
make_candidate(struct pb_store *store, const struct pb_digest *group,
               const struct pb_source *source, struct candidate *out,
               struct pb_error *err)
{
    struct pb_pack *pack = NULL;
    bool fits = false;
    pb_buf_truncate(&out->body, 0);
    for (;;) {
        if (choose_pack(store, group, &pack, err) < 0) {
            return -1;
        }
        int status = pb_plan_encode(pack, source, &out->body, &fits, err);
        if (status == 0) {
            break;
        }
        if (err->code != PB_ERROR_CORRUPT || pack == NULL) {
            return -1;
        }
        pb_error_clear(err);
    }
    if (!fits) {
        pack = NULL;
        if (pb_plan_encode(NULL, source, &out->body, &fits, err) < 0) {
            return -1;
        }
    }
    const struct pb_pack *newest = pb_store_pack_of(store, group);
    out->newest = newest == NULL ? 0 : newest->id;
    out->id = pack == NULL ? 0 : pack->id;
    out->inode = pack == NULL ? 0 : pack->inode;
    out->nbuilds = pack == NULL ? 0 : pack->nbuilds;
    return 0;
}

/* The pack that the candidate was made for; false when it is not as it
   was. */
static bool
is_still_good(const struct pb_store *store, const struct pb_digest *group,
              const struct candidate *candidate, struct pb_pack **out)
{
    *out = NULL;
    if (candidate->id == 0) {
        /* Another process may have made a pack that takes it. */
        const struct pb_pack *newest = pb_store_pack_of(store, group);
        return candidate->newest == (newest == NULL ? 0 : newest->id);
    }
    for (size_t i = 0; i < store->len; i++) {
        struct pb_pack *pack = store->packs[i];
        if (pack->id == candidate->id && pack->inode == candidate->inode) {
            *out = pack;
            return pack->nbuilds == candidate->nbuilds && !pack->damaged;
        }
    }
    return false;
}

static int
append_candidate(struct pb_store *store, const struct pb_digest *key,
                 const struct pb_digest *group, struct pb_pack *pack,
                 const struct candidate *candidate, struct pb_error *err)
{
    /* What it replaces must not come back when this pack is removed. */
    if (pb_store_bury(store, key, pack, err) < 0) {
        return -1;
    }
    PB_AUTO(pb_buf) struct pb_buf bytes = PB_BUF_INIT;
    const struct pb_record record = {
        .kind = PB_RECORD_BUILD,
        .key = *key,
        .stamp = pb_store_stamp(store),
        .number = (uint32_t)candidate->nbuilds,
    };
    pb_record_add(&bytes, &record, candidate->body.data, candidate->body.len);
    return pb_store_append(store, pack, group, &bytes, err);
}

int
pb_store_put_source(struct pb_store *store, const struct pb_digest *key,
                    const struct pb_digest *group,
                    const struct pb_source *source, struct pb_error *err)
{
    PB_AUTO(candidate) struct candidate candidate = {.body = PB_BUF_INIT};
    struct pb_pack *pack = NULL;
    if (pb_store_refresh(store, err) < 0 ||
        make_candidate(store, group, source, &candidate, err) < 0)
    {
        return -1;
    }
    PB_AUTOCLOSE int lock = pb_store_lock(store, err);
    if (lock < 0) {
        return -1;
    }
    if (!is_still_good(store, group, &candidate, &pack)) {
        if (make_candidate(store, group, source, &candidate, err) < 0) {
            return -1;
        }
        is_still_good(store, group, &candidate, &pack);
    }
    return append_candidate(store, key, group, pack, &candidate, err);
}

static int
read_from_disk(void *context, const struct pb_file *file, struct pb_buf *out,
               struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(context, file->path);
    return pb_fs_read(path, PB_LIMIT_STORE_BUILD_BYTES, out, err);
}

int
pb_store_put(struct pb_store *store, const struct pb_digest *key,
             const struct pb_store_build *build, struct pb_error *err)
{
    PB_AUTO(pb_listing) struct pb_listing listing = {.len = 0};
    if (pb_listing_read(build, &listing, err) < 0) {
        return -1;
    }
    PB_AUTOFREE char *directory = pb_strdup(build->directory);
    PB_AUTOFREE char *label =
        build->label == NULL ? NULL
                             : pb_strndup(build->label, PB_LIMIT_STORE_TEXT);
    const struct pb_source source = {
        .files = listing.files,
        .len = listing.len,
        .info = {.seconds = build->seconds,
                 .time = (uint64_t)time(NULL),
                 .label = label},
        .read = read_from_disk,
        .context = directory,
    };
    return pb_store_put_source(store, key, &build->group, &source, err);
}

int
pb_store_digest(const struct pb_store_build *build, struct pb_digest *out,
                struct pb_error *err)
{
    PB_AUTO(pb_listing) struct pb_listing listing = {.len = 0};
    if (pb_listing_read(build, &listing, err) < 0) {
        return -1;
    }
    PB_AUTOFREE const struct pb_file **files =
        pb_alloc_array(listing.len, sizeof(*files));
    for (size_t i = 0; i < listing.len; i++) {
        files[i] = &listing.files[i];
    }
    const struct pb_step step = {.files = files, .len = listing.len};
    *out = pb_step_output(&step);
    return 0;
}
