/* Pins: lists of keys by name, a text file each. One that is damaged keeps
   nothing: at worst a build is made again. */
#include "pin.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/checksum.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

static char *
pins_path(const struct pb_store *store)
{
    return pb_path_join(store->root, "pins");
}

static int
check_name(const char *name, struct pb_error *err)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (length == 0 || length > 200 || name[length] != '\0') {
        return pb_error_set(err, PB_ERROR_INTERNAL,
                            "cannot pin under the name '%s'", name);
    }
    return 0;
}

int
pb_store_pin(struct pb_store *store, const char *name,
             const struct pb_digest *keys, size_t len, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTOFREE char *directory = pins_path(store);
    PB_AUTOFREE char *path = pb_path_join(directory, name);
    if (check_name(name, err) < 0 || pb_fs_mkdirs(directory, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < len; i++) {
        char hex[PB_DIGEST_HEX];
        pb_buf_addf(&text, "%s\n", pb_digest_hex(&keys[i], hex));
    }
    pb_checksum_add(&text);
    /* Not while pb_store_gc looks. */
    PB_AUTOCLOSE int lock = pb_store_lock(store, err);
    if (lock < 0) {
        return -1;
    }
    return pb_fs_write_atomic(path, text.data, text.len, 0644, err);
}

int
pb_store_unpin(struct pb_store *store, const char *name, struct pb_error *err)
{
    PB_AUTOFREE char *directory = pins_path(store);
    PB_AUTOFREE char *path = pb_path_join(directory, name);
    if (check_name(name, err) < 0) {
        return -1;
    }
    return pb_fs_remove(path, err);
}

static void
mark_key(const struct pb_store *store, const char *hex, bool *pinned)
{
    const struct pb_place *place = pb_map_get(store->places, hex);
    for (size_t i = 0; i < store->len; i++) {
        if (pb_place_is_live(place) && store->packs[i] == place->pack) {
            pinned[i] = true;
        }
    }
}

static int
mark_list(const struct pb_store *store, const char *path, bool *pinned,
          struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (pb_fs_read(path, PB_LIMIT_STORE_INDEX, &text, err) < 0) {
        if (err->code != PB_ERROR_NOT_FOUND) {
            return -1;
        }
        pb_error_clear(err); /* unpinned meanwhile */
        return 0;
    }
    if (!pb_checksum_cut(&text)) {
        return pb_fs_remove(path, err);
    }
    char *rest = text.data;
    char *line = NULL;
    while ((line = strsep(&rest, "\n")) != NULL) {
        struct pb_digest key;
        if (pb_digest_parse(line, &key)) {
            mark_key(store, line, pinned);
        }
    }
    return 0;
}

int
pb_pin_mark(struct pb_store *store, bool *pinned, struct pb_error *err)
{
    PB_AUTOFREE char *directory = pins_path(store);
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (!pb_fs_is_directory(directory)) {
        return 0;
    }
    if (pb_fs_list(directory, &names, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.len; i++) {
        PB_AUTOFREE char *path = pb_path_join(directory, names.items[i]);
        if (names.items[i][0] != '.' &&
            mark_list(store, path, pinned, err) < 0) {
            return -1;
        }
    }
    return 0;
}
