/* What the store holds. */
#include <string.h>

#include "pybisect/fs.h"
#include "store_private.h"

static int
count_record(struct pb_store *store, struct pb_pack *pack, size_t index,
             struct pb_store_stats *stats, struct pb_error *err)
{
    const struct pb_record *record = &pack->records[index];
    uint64_t stored = record->length + PB_RECORD_FRAME;
    if (record->kind == PB_RECORD_BUILD) {
        *(record->number == 0 ? &stats->first : &stats->further) += 1;
        *(record->number == 0 ? &stats->first_bytes : &stats->further_bytes) +=
            stored;
    }
    if (!pb_store_is_live(store, pack, index)) {
        return 0;
    }
    const struct pb_info *info = pb_pack_info(pack, index, err);
    if (info == NULL) {
        if (err->code != PB_ERROR_CORRUPT) {
            return -1;
        }
        pb_error_clear(err); /* pb_store_verify tells of it */
        return 0;
    }
    if (record->kind == PB_RECORD_FAILURE) {
        stats->failed++;
        return 0;
    }
    char hex[PB_DIGEST_HEX];
    const struct pb_place *place =
        pb_map_get(store->places, pb_digest_hex(&record->key, hex));
    stats->built++;
    stats->proved += place->proved > place->stamp ? 1 : 0;
    stats->raw_bytes += info->bytes;
    return 0;
}

int
pb_store_stats(struct pb_store *store, struct pb_store_stats *out,
               struct pb_error *err)
{
    struct pb_store_stats stats = {.built = 0};
    if (pb_store_refresh(store, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < store->len; i++) {
        for (size_t j = 0; j < store->packs[i]->len; j++) {
            if (count_record(store, store->packs[i], j, &stats, err) < 0) {
                return -1;
            }
        }
    }
    stats.packs = store->len;
    stats.disk_bytes = pb_fs_usage(store->root);
    *out = stats;
    return 0;
}

static int
visit_record(struct pb_store *store, struct pb_pack *pack, size_t index,
             int (*visit)(const struct pb_store_item *item, void *context,
                          struct pb_error *err),
             void *context, struct pb_error *err)
{
    char hex[PB_DIGEST_HEX];
    /* Copies: visit may put, and so move what is looked at. */
    struct pb_digest key = pack->records[index].key;
    struct pb_digest group = pack->group;
    const struct pb_place *place =
        pb_map_get(store->places, pb_digest_hex(&key, hex));
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    if (pb_store_fill_entry(place, &entry, err) < 0) {
        if (err->code != PB_ERROR_CORRUPT) {
            return -1;
        }
        pb_error_clear(err);
        return 0;
    }
    PB_AUTO(pb_buf) struct pb_buf label = PB_BUF_INIT;
    if (pack->records[index].info->label != NULL) {
        pb_buf_adds(&label, pack->records[index].info->label);
    }
    const struct pb_store_item item = {
        .key = &key, .group = &group, .label = label.data, .entry = &entry};
    return visit(&item, context, err);
}

int
pb_store_each(struct pb_store *store,
              int (*visit)(const struct pb_store_item *item, void *context,
                           struct pb_error *err),
              void *context, struct pb_error *err)
{
    if (pb_store_refresh(store, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < store->len; i++) {
        for (size_t j = 0; j < store->packs[i]->len; j++) {
            if (pb_store_is_live(store, store->packs[i], j) &&
                visit_record(store, store->packs[i], j, visit, context, err) <
                    0)
            {
                return -1;
            }
        }
    }
    return 0;
}
