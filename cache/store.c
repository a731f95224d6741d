/* The store: opening it, and seeing what is in it. */
#include "store_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

#define FORMAT_TEXT "pybisect store 2\n"
#define FORMAT_BEFORE "pybisect store 1\n"
#define NAME_LENGTH 16

/* A store of the version before is only a cache: it makes room. */
static int
take_over(const char *root, struct pb_error *err)
{
    static const char *const names[] = {"objects", "entries"};
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        PB_AUTOFREE char *path = pb_path_join(root, names[i]);
        if (pb_fs_remove_tree(path, err) < 0) {
            return -1;
        }
    }
    return 0;
}

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
    }
    else if (strcmp(text.data, FORMAT_TEXT) == 0) {
        return 0;
    }
    else if (strcmp(text.data, FORMAT_BEFORE) != 0) {
        pb_error_set(err, PB_ERROR_ENVIRONMENT,
                     "the store '%s' has a format that this version does not "
                     "know",
                     root);
        pb_error_hint(err, "upgrade pybisect, or remove the store");
        return -1;
    }
    else if (take_over(root, err) < 0) {
        return -1;
    }
    return pb_fs_write_atomic(path, FORMAT_TEXT, strlen(FORMAT_TEXT), 0644,
                              err);
}

int
pb_store_open(const char *directory, struct pb_store **out,
              struct pb_error *err)
{
    PB_AUTO(pb_store) struct pb_store *store = pb_alloc(sizeof(*store));
    store->root = pb_path_absolute(directory);
    store->packs_path = pb_path_join(store->root, "packs");
    store->places = pb_map_new(free);
    if (pb_fs_mkdirs(store->root, err) < 0 ||
        check_format(store->root, err) < 0 ||
        pb_fs_mkdirs(store->packs_path, err) < 0 ||
        pb_store_refresh(store, err) < 0)
    {
        return -1;
    }
    *out = store;
    store = NULL;
    return 0;
}

void
pb_store_close(struct pb_store *store)
{
    if (store == NULL) {
        return;
    }
    for (size_t i = 0; i < store->len; i++) {
        pb_pack_close(store->packs[i]);
    }
    pb_map_free(store->places);
    free(store->packs);
    free(store->packs_path);
    free(store->root);
    free(store);
}

/* Enters a record into the places. */
static void
place_record(struct pb_store *store, struct pb_pack *pack, size_t index)
{
    const struct pb_record *record = &pack->records[index];
    if (record->stamp > store->last_stamp) {
        store->last_stamp = record->stamp;
    }
    if (record->stamp == 0) {
        return;
    }
    char hex[PB_DIGEST_HEX];
    pb_digest_hex(&record->key, hex);
    struct pb_place *place = pb_map_get(store->places, hex);
    if (place == NULL) {
        place = pb_alloc(sizeof(*place));
        pb_map_set(store->places, hex, place);
    }
    if (record->kind == PB_RECORD_MARK) {
        if (record->stamp > place->proved) {
            place->proved = record->stamp;
        }
    }
    else if (record->stamp > place->stamp) {
        place->pack = pack;
        place->record = index;
        place->stamp = record->stamp;
    }
}

static void
place_from(struct pb_store *store, struct pb_pack *pack, size_t first)
{
    for (size_t i = first; i < pack->len; i++) {
        place_record(store, pack, i);
    }
}

int
pb_store_rescan(struct pb_store *store, struct pb_pack *pack,
                struct pb_error *err)
{
    size_t known = pack->len;
    if (pb_pack_scan(pack, err) < 0) {
        return -1;
    }
    place_from(store, pack, known);
    return 0;
}

static void
forget_places(struct pb_store *store)
{
    pb_map_free(store->places);
    store->places = pb_map_new(free);
    for (size_t i = 0; i < store->len; i++) {
        place_from(store, store->packs[i], 0);
    }
}

/* Drops packs that are gone, and looks at the ends of the others. */
static int
refresh_known(struct pb_store *store, struct pb_error *err)
{
    size_t kept = 0;
    size_t before = store->len;
    for (size_t i = 0; i < before; i++) {
        bool grown = false;
        struct pb_pack *pack = store->packs[i];
        if (!pb_pack_is_current(pack, &grown)) {
            pb_pack_close(pack);
            continue;
        }
        store->packs[kept++] = pack;
    }
    store->len = kept;
    if (kept < before) {
        forget_places(store);
    }
    for (size_t i = 0; i < store->len; i++) {
        if (pb_store_rescan(store, store->packs[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

static bool
parse_name(const char *name, uint64_t *out)
{
    if (strspn(name, "0123456789abcdef") != NAME_LENGTH ||
        strcmp(name + NAME_LENGTH, PB_PACK_SUFFIX) != 0)
    {
        return false;
    }
    *out = strtoull(name, NULL, 16);
    return true;
}

static bool
is_known(const struct pb_store *store, uint64_t id)
{
    for (size_t i = 0; i < store->len; i++) {
        if (store->packs[i]->id == id) {
            return true;
        }
    }
    return false;
}

static int
compare_packs(const void *a, const void *b)
{
    const struct pb_pack *const *left = a;
    const struct pb_pack *const *right = b;
    return (*left)->id < (*right)->id ? -1 : (*left)->id > (*right)->id;
}

static int
add_pack(struct pb_store *store, const char *name, uint64_t id,
         struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(store->packs_path, name);
    struct pb_pack *pack = NULL;
    if (pb_pack_open(path, id, &pack, err) < 0) {
        if (err->code != PB_ERROR_NOT_FOUND) {
            return -1;
        }
        pb_error_clear(err); /* removed meanwhile */
        return 0;
    }
    PB_GROW(store->packs, store->len, store->cap);
    store->packs[store->len++] = pack;
    place_from(store, pack, 0);
    return 0;
}

int
pb_store_refresh(struct pb_store *store, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (refresh_known(store, err) < 0 ||
        pb_fs_list(store->packs_path, &names, err) < 0)
    {
        return -1;
    }
    size_t before = store->len;
    for (size_t i = 0; i < names.len; i++) {
        uint64_t id = 0;
        if (parse_name(names.items[i], &id) && !is_known(store, id) &&
            add_pack(store, names.items[i], id, err) < 0)
        {
            return -1;
        }
    }
    if (store->len > before) {
        qsort(store->packs, store->len, sizeof(store->packs[0]),
              compare_packs);
    }
    return 0;
}

int
pb_store_lock(struct pb_store *store, struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(store->root, "lock");
    PB_AUTOCLOSE int lock = pb_fs_lock(path, true, err);
    if (lock < 0 || pb_store_refresh(store, err) < 0) {
        return -1;
    }
    int result = lock;
    lock = -1;
    return result;
}

static uint64_t
nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

uint64_t
pb_store_stamp(struct pb_store *store)
{
    uint64_t now = nanoseconds();
    store->last_stamp = now > store->last_stamp ? now : store->last_stamp + 1;
    return store->last_stamp;
}

char *
pb_store_new_path(const struct pb_store *store)
{
    uint64_t id = nanoseconds();
    if (store->len > 0 && store->packs[store->len - 1]->id >= id) {
        id = store->packs[store->len - 1]->id + 1;
    }
    return pb_asprintf("%s/%016llx" PB_PACK_SUFFIX, store->packs_path,
                       (unsigned long long)id);
}

bool
pb_place_is_live(const struct pb_place *place)
{
    if (place == NULL || place->pack == NULL) {
        return false;
    }
    const struct pb_record *record = pb_place_record(place);
    return pb_record_is_entry(record) && !record->dropped;
}

bool
pb_store_is_live(const struct pb_store *store, const struct pb_pack *pack,
                 size_t record)
{
    char hex[PB_DIGEST_HEX];
    const struct pb_place *place = pb_map_get(
        store->places, pb_digest_hex(&pack->records[record].key, hex));
    return pb_place_is_live(place) && place->pack == pack &&
           place->record == record;
}

/* What another process did to the pack since. */
static bool
is_unchanged(const struct pb_place *place)
{
    bool grown = false;
    return pb_pack_is_current(place->pack, &grown) && !grown;
}

int
pb_store_look_up(struct pb_store *store, const struct pb_digest *key,
                 struct pb_place **out, struct pb_error *err)
{
    char hex[PB_DIGEST_HEX];
    pb_digest_hex(key, hex);
    struct pb_place *place = pb_map_get(store->places, hex);
    if (!pb_place_is_live(place) || !is_unchanged(place)) {
        if (pb_store_refresh(store, err) < 0) {
            return -1;
        }
        place = pb_map_get(store->places, hex);
    }
    *out = pb_place_is_live(place) ? place : NULL;
    return 0;
}

struct pb_place *
pb_store_need(struct pb_store *store, const struct pb_digest *key,
              enum pb_record_kind kind, struct pb_error *err)
{
    struct pb_place *place = NULL;
    if (pb_store_look_up(store, key, &place, err) < 0) {
        return NULL;
    }
    if (place == NULL) {
        char hex[PB_DIGEST_HEX];
        pb_error_set(err, PB_ERROR_NOT_FOUND, "the store has no entry '%s'",
                     pb_digest_hex(key, hex));
        return NULL;
    }
    if (pb_place_record(place)->kind != kind) {
        pb_error_set(err, PB_ERROR_NOT_FOUND, "%s",
                     kind == PB_RECORD_BUILD
                         ? "the entry is a failure, not a build"
                         : "the entry is a build, not a failure");
        return NULL;
    }
    return place;
}
