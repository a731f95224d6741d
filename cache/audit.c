/* Looking at the whole store: what it holds, and whether all of it is
   right. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode.h"
#include "delta.h"
#include "meta.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "store_private.h"

static bool
failure_is_whole(struct pb_pack *pack, size_t record,
                 const struct pb_buf *body)
{
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    const char *meta = NULL;
    const char *frame = NULL;
    size_t meta_length = 0;
    size_t length = 0;
    struct pb_error ignored = PB_ERROR_INIT;
    return pb_pack_info(pack, record, &ignored) != NULL &&
           pb_pack_split(body, &meta, &meta_length, &frame, &length) &&
           pb_delta_unpack_text(frame, length, PB_LIMIT_STORE_LOG, &log);
}

/* How many of the builds, from the first on, can be read. */
static size_t
count_readable(struct pb_pack *pack, const bool *damaged)
{
    struct pb_error ignored = PB_ERROR_INIT;
    PB_AUTOFREE bool *needed =
        pb_alloc_array(pack->nbuilds + 1, sizeof(*needed));
    for (size_t i = 0; i < pack->nbuilds; i++) {
        size_t record = pack->builds[i];
        if (record == PB_PACK_LOST || damaged[record] ||
            pb_history_load(pack, i, &ignored) < 0)
        {
            return i;
        }
        const struct pb_step *step = &pack->history.steps[i];
        const struct pb_info *info = pb_pack_info(pack, record, &ignored);
        struct pb_digest output = pb_step_output(step);
        for (size_t j = 0; j <= i; j++) {
            needed[j] = false;
        }
        pb_decoding_need_files(step, needed);
        if (info == NULL || !pb_digest_equal(&output, &info->output) ||
            info->bytes != pb_step_bytes(step) ||
            pb_decoding_complete(&pack->history, i + 1, needed) >
                PB_LIMIT_STORE_DECODED)
        {
            return i;
        }
    }
    return pack->nbuilds;
}

/* As many builds from `from` on as may be in memory at once, and what they
   need; returns the one past them. Each for itself fits. */
static size_t
find_batch(const struct pb_history *history, size_t from, size_t readable,
           bool *needed)
{
    PB_AUTOFREE bool *more = pb_alloc_array(readable, sizeof(*more));
    for (size_t end = from; end < readable; end++) {
        more[end] = true;
        if (pb_decoding_complete(history, end + 1, more) >
                PB_LIMIT_STORE_DECODED &&
            end > from)
        {
            return end;
        }
        memcpy(needed, more, readable * sizeof(*needed));
    }
    return readable;
}

struct contents {
    const struct pb_pack *pack;
    size_t good; /* builds whose contents were right */
};

static int
check_contents(void *context, uint32_t number, const char *content,
               struct pb_error *err)
{
    struct contents *contents = context;
    const struct pb_step *step = &contents->pack->history.steps[number];
    PB_AUTO(pb_buf) struct pb_buf scratch = PB_BUF_INIT;
    for (size_t i = 0; i < step->ncontents; i++) {
        const struct pb_content *each = &step->contents[i];
        struct pb_digest id = pb_digest_of(
            pb_content_get(each, content, &scratch), (size_t)each->size);
        if (!pb_digest_equal(&id, &step->contents[i].id)) {
            return pb_error_set(err, PB_ERROR_CORRUPT, "a wrong content");
        }
    }
    if (number >= contents->good) {
        contents->good = number + 1;
    }
    return 0;
}

static int
check_all_contents(struct pb_pack *pack, size_t readable,
                   struct contents *contents, struct pb_error *err)
{
    PB_AUTOFREE bool *needed = pb_alloc_array(readable + 1, sizeof(*needed));
    for (size_t from = 0; from < readable;) {
        size_t end = find_batch(&pack->history, from, readable, needed);
        const struct pb_decoding decoding = {.pack = pack,
                                             .len = end,
                                             .needed = needed,
                                             .visit = check_contents,
                                             .context = contents};
        if (pb_decode(&decoding, err) < 0) {
            return -1;
        }
        from = end;
    }
    return 0;
}

/* All builds from a bad one on are of no use: they are made of it. */
static int
check_builds(struct pb_pack *pack, bool *damaged, struct pb_error *err)
{
    size_t readable = count_readable(pack, damaged);
    struct contents contents = {.pack = pack};
    if (check_all_contents(pack, readable, &contents, err) < 0) {
        if (err->code != PB_ERROR_CORRUPT) {
            return -1;
        }
        pb_error_clear(err);
    }
    for (size_t i = 0; i < pack->len; i++) {
        uint32_t number = pack->records[i].number;
        if (pack->records[i].kind == PB_RECORD_BUILD &&
            (number >= contents.good || pack->builds[number] != i))
        {
            damaged[i] = true;
        }
    }
    return 0;
}

int
pb_audit_pack(struct pb_pack *pack, bool *damaged, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf body = PB_BUF_INIT;
    for (size_t i = 0; i < pack->len; i++) {
        const struct pb_record *record = &pack->records[i];
        if (pb_pack_read(pack, i, &body, err) < 0) {
            pb_error_clear(err);
            damaged[i] = true;
        }
        else if (record->kind == PB_RECORD_FAILURE) {
            damaged[i] = !failure_is_whole(pack, i, &body);
        }
        else if (!pb_record_is_entry(record)) {
            damaged[i] = body.len > 0;
        }
    }
    return check_builds(pack, damaged, err);
}

int
pb_pack_copy(struct pb_pack *pack, const bool *keep, const uint64_t *stamps,
             const char *path, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf records = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf body = PB_BUF_INIT;
    for (size_t i = 0; i < pack->len; i++) {
        if (!keep[i]) {
            continue;
        }
        struct pb_record record = pack->records[i];
        record.stamp = stamps == NULL ? record.stamp : stamps[i];
        pb_buf_truncate(&body, 0);
        if (pb_record_is_entry(&record) &&
            pb_pack_read(pack, i, &body, err) < 0) {
            return -1;
        }
        pb_record_add(&records, &record, body.data, body.len);
    }
    return pb_pack_create(path, &pack->group, &records, err);
}

/* A pack without what is damaged; without anything it is removed. A
   tombstone counts even when its bytes are bad: its header was right. */
static int
repair_pack(struct pb_pack *pack, const bool *damaged, struct pb_error *err)
{
    PB_AUTOFREE bool *keep = pb_alloc_array(pack->len + 1, sizeof(*keep));
    bool entries = false;
    for (size_t i = 0; i < pack->len; i++) {
        keep[i] = !damaged[i] || pack->records[i].kind == PB_RECORD_TOMBSTONE;
        entries |= keep[i] && pb_record_is_entry(&pack->records[i]);
    }
    if (!entries) {
        return pb_fs_remove(pack->path, err);
    }
    return pb_pack_copy(pack, keep, NULL, pack->path, err);
}

struct verification {
    size_t checked;
    size_t damaged;
};

static int
verify_pack(const struct pb_store *store, struct pb_pack *pack, bool repair,
            struct verification *verification, struct pb_error *err)
{
    PB_AUTOFREE bool *damaged =
        pb_alloc_array(pack->len + 1, sizeof(*damaged));
    if (pb_audit_pack(pack, damaged, err) < 0) {
        return -1;
    }
    bool any = pack->gap || !pack->readable;
    size_t entries = 0;
    for (size_t i = 0; i < pack->len; i++) {
        bool live = pb_store_is_live(store, pack, i);
        verification->checked += live ? 1 : 0;
        entries += live && damaged[i] ? 1 : 0;
        any |= damaged[i];
    }
    /* What is damaged may be no entry, or no longer one. */
    verification->damaged += any && entries == 0 ? 1 : entries;
    return any && repair ? repair_pack(pack, damaged, err) : 0;
}

int
pb_store_verify(struct pb_store *store, bool repair, size_t *out_checked,
                size_t *out_damaged, struct pb_error *err)
{
    struct verification verification = {.checked = 0};
    PB_AUTOCLOSE int lock = repair ? pb_store_lock(store, err) : -1;
    if (repair ? lock < 0 || pb_store_remove_stale(store, err) < 0
               : pb_store_refresh(store, err) < 0)
    {
        return -1;
    }
    for (size_t i = 0; i < store->len; i++) {
        if (verify_pack(store, store->packs[i], repair, &verification, err) <
            0) {
            return -1;
        }
    }
    *out_checked = verification.checked;
    *out_damaged = verification.damaged;
    return repair ? pb_store_refresh(store, err) : 0;
}
