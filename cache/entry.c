/* Entries: finding, removing, proving. */
#include <stdlib.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "store_private.h"

void
pb_store_entry_clear(struct pb_store_entry *entry)
{
    free(entry->summary);
    *entry = (struct pb_store_entry){.state = PB_STORE_ABSENT};
}

int
pb_store_fill_entry(const struct pb_place *place, struct pb_store_entry *out,
                    struct pb_error *err)
{
    const struct pb_record *record = pb_place_record(place);
    const struct pb_info *info = pb_pack_info(place->pack, place->record, err);
    if (info == NULL) {
        return -1;
    }
    bool built = record->kind == PB_RECORD_BUILD;
    *out = (struct pb_store_entry){
        .state = built ? PB_STORE_BUILT : PB_STORE_FAILED,
        .output = info->output,
        .bytes = info->bytes,
        .stored = record->length + PB_RECORD_FRAME,
        .seconds = info->seconds,
        .proved = built && place->proved > place->stamp,
        .summary = built ? NULL : pb_strdup(info->summary),
    };
    return 0;
}

int
pb_store_find(struct pb_store *store, const struct pb_digest *key,
              struct pb_store_entry *out, struct pb_error *err)
{
    struct pb_place *place = NULL;
    if (pb_store_look_up(store, key, &place, err) < 0) {
        return -1;
    }
    if (place == NULL) {
        *out = (struct pb_store_entry){.state = PB_STORE_ABSENT};
        return 0;
    }
    if (pb_store_fill_entry(place, out, err) < 0) {
        return pb_store_drop(store, key, err);
    }
    return 0;
}

int
pb_store_load(struct pb_pack *pack, size_t record, const struct pb_step **out,
              struct pb_error *err)
{
    uint32_t number = pack->records[record].number;
    /* A number that came twice is the first one's. */
    if (number >= pack->nbuilds || pack->builds[number] != record) {
        return pb_pack_corrupt(pack, err);
    }
    if (pb_history_load(pack, number, err) < 0) {
        return -1;
    }
    *out = &pack->history.steps[number];
    return 0;
}

/* A record without a body. */
static void
add_note(struct pb_buf *out, const struct pb_digest *key,
         enum pb_record_kind kind, uint64_t stamp)
{
    const struct pb_record record = {
        .kind = kind, .key = *key, .stamp = stamp};
    pb_record_add(out, &record, "", 0);
}

static bool
has_entry(const struct pb_pack *pack, const struct pb_digest *key)
{
    bool found = false;
    for (size_t i = 0; i < pack->len; i++) {
        const struct pb_record *record = &pack->records[i];
        if (record->kind != PB_RECORD_MARK && record->stamp != 0 &&
            pb_digest_equal(&record->key, key))
        {
            found = pb_record_is_entry(record);
        }
    }
    return found;
}

int
pb_store_bury(struct pb_store *store, const struct pb_digest *key,
              const struct pb_pack *except, struct pb_error *err)
{
    /* In each pack: one alone may be removed by pb_store_gc. */
    for (size_t i = 0; i < store->len; i++) {
        struct pb_pack *pack = store->packs[i];
        if (pack == except || !has_entry(pack, key)) {
            continue;
        }
        PB_AUTO(pb_buf) struct pb_buf note = PB_BUF_INIT;
        add_note(&note, key, PB_RECORD_TOMBSTONE, pb_store_stamp(store));
        if (pb_store_append(store, pack, NULL, &note, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
pb_store_remove(struct pb_store *store, const struct pb_digest *key,
                struct pb_error *err)
{
    struct pb_place *place = NULL;
    if (pb_store_look_up(store, key, &place, err) < 0) {
        return -1;
    }
    if (place == NULL) {
        return 0;
    }
    PB_AUTOCLOSE int lock = pb_store_lock(store, err);
    return lock < 0 ? -1 : pb_store_bury(store, key, NULL, err);
}

int
pb_store_drop(struct pb_store *store, const struct pb_digest *key,
              struct pb_error *err)
{
    if (err->code != PB_ERROR_CORRUPT) {
        return -1;
    }
    /* Noted in memory first: the disk may be unwritable. Nothing of the key
       is trusted any more, an older entry as little. */
    for (size_t i = 0; i < store->len; i++) {
        struct pb_pack *pack = store->packs[i];
        for (size_t j = 0; j < pack->len; j++) {
            if (pb_digest_equal(&pack->records[j].key, key)) {
                pack->records[j].dropped = true;
            }
        }
    }
    struct pb_error ignored = PB_ERROR_INIT;
    PB_AUTOCLOSE int lock = pb_store_lock(store, &ignored);
    if (lock >= 0) {
        pb_store_bury(store, key, NULL, &ignored);
    }
    return -1;
}

int
pb_store_prove(struct pb_store *store, const struct pb_digest *key,
               struct pb_error *err)
{
    PB_AUTOCLOSE int lock = pb_store_lock(store, err);
    if (lock < 0) {
        return -1;
    }
    const struct pb_place *place =
        pb_store_need(store, key, PB_RECORD_BUILD, err);
    if (place == NULL) {
        return -1;
    }
    PB_AUTO(pb_buf) struct pb_buf note = PB_BUF_INIT;
    add_note(&note, key, PB_RECORD_MARK, pb_store_stamp(store));
    return pb_store_append(store, place->pack, NULL, &note, err);
}

/* One that cannot be told any more is as good as removed already. */
static void
add_output(struct pb_pack *pack, size_t record, struct pb_strv *out)
{
    char hex[PB_DIGEST_HEX];
    struct pb_error ignored = PB_ERROR_INIT;
    const struct pb_info *info = pb_pack_info(pack, record, &ignored);
    if (info != NULL && pack->records[record].kind == PB_RECORD_BUILD) {
        pb_strv_add(out, pb_digest_hex(&info->output, hex));
    }
}

static bool
is_proved(const struct pb_store *store, const struct pb_record *record)
{
    char hex[PB_DIGEST_HEX];
    const struct pb_place *place =
        pb_map_get(store->places, pb_digest_hex(&record->key, hex));
    return place != NULL && place->proved > place->stamp;
}

/* The record after the last proved one before `record`. */
static size_t
doubt_begins(const struct pb_store *store, const struct pb_pack *pack,
             size_t record)
{
    while (record > 0 && !(pb_store_is_live(store, pack, record - 1) &&
                           is_proved(store, &pack->records[record - 1])))
    {
        record--;
    }
    return record;
}

int
pb_store_distrust(struct pb_store *store, const struct pb_digest *key,
                  int (*before)(const struct pb_strv *outputs, void *context,
                                struct pb_error *err),
                  void *context, struct pb_error *err)
{
    PB_AUTOCLOSE int lock = pb_store_lock(store, err);
    struct pb_place *place = NULL;
    if (lock < 0 || pb_store_look_up(store, key, &place, err) < 0) {
        return -1;
    }
    if (place == NULL) {
        return 0;
    }
    PB_AUTO(pb_buf) struct pb_buf notes = PB_BUF_INIT;
    PB_AUTO(pb_strv) struct pb_strv outputs = PB_STRV_INIT;
    struct pb_pack *pack = place->pack;
    for (size_t i = doubt_begins(store, pack, place->record); i < pack->len;
         i++) {
        const struct pb_record *record = &pack->records[i];
        if (!pb_store_is_live(store, pack, i) ||
            (i != place->record && is_proved(store, record)))
        {
            continue;
        }
        add_note(&notes, &record->key, PB_RECORD_TOMBSTONE,
                 pb_store_stamp(store));
        add_output(pack, i, &outputs);
    }
    if (notes.len == 0) {
        return 0;
    }
    return before(&outputs, context, err) < 0
               ? -1
               : pb_store_append(store, pack, NULL, &notes, err);
}
