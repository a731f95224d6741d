/* Pins as the journal keeps them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/dependencies.h"
#include "pybisect/fs.h"

static const char *const kinds[] = {
    [PB_PIN_WHEEL] = "wheel",
    [PB_PIN_SOURCE] = "source",
    [PB_PIN_STABLE] = "stable-abi wheel",
};

void
pb_pins_clear(struct pb_pins *pins)
{
    for (size_t i = 0; i < pins->len; i++) {
        struct pb_pin *pin = &pins->items[i];
        free(pin->name);
        free(pin->version);
        free(pin->file);
        free(pin->backend);
        free(pin->backend_path);
        free(pin->tools);
    }
    free(pins->items);
    *pins = (struct pb_pins)PB_PINS_INIT;
}

static struct pb_json *
pin_to_json(const struct pb_pin *pin)
{
    char hex[PB_DIGEST_HEX];
    struct pb_json *json = pb_json_object();
    struct pb_json *tools = pb_json_array();
    pb_json_set(json, "name", pb_json_string(pin->name));
    pb_json_set(json, "version", pb_json_string(pin->version));
    pb_json_set(json, "kind", pb_json_string(kinds[pin->kind]));
    pb_json_set(json, "file", pb_json_string(pin->file));
    pb_json_set(json, "sha256",
                pb_json_string(pb_digest_hex(&pin->digest, hex)));
    pb_json_set(json, "imported", pb_json_bool(pin->wanted));
    pb_json_set(json, "compiled", pb_json_bool(pin->compiled));
    pb_json_set(json, "backend", pb_json_string(pin->backend));
    pb_json_set(json, "backend_path", pb_json_string(pin->backend_path));
    for (size_t i = 0; i < pin->ntools; i++) {
        pb_json_append(tools, pb_json_integer((int64_t)pin->tools[i]));
    }
    pb_json_set(json, "tools", tools);
    return json;
}

struct pb_json *
pb_pins_to_json(const struct pb_pins *pins)
{
    struct pb_json *array = pb_json_array();
    for (size_t i = 0; i < pins->len; i++) {
        pb_json_append(array, pin_to_json(&pins->items[i]));
    }
    return array;
}

static char *
text_of(const struct pb_json *json, const char *key)
{
    return pb_json_is_null(pb_json_get(json, key))
               ? NULL
               : pb_strdup(pb_json_get_string(json, key));
}

static int
pin_from_json(const struct pb_json *json, size_t index, struct pb_pin *pin,
              struct pb_error *err)
{
    const struct pb_json *tools = pb_json_get(json, "tools");
    const char *kind = pb_json_get_string(json, "kind");
    size_t which = 0;
    while (which < PB_LENGTH(kinds) && strcmp(kinds[which], kind) != 0) {
        which++;
    }
    pin->name = text_of(json, "name");
    pin->version = text_of(json, "version");
    pin->file = text_of(json, "file");
    pin->backend = text_of(json, "backend");
    pin->backend_path = text_of(json, "backend_path");
    pin->wanted = pb_json_get_bool(json, "imported");
    pin->compiled = pb_json_get_bool(json, "compiled");
    pin->tools = pb_alloc_array(pb_json_length(tools) + 1, sizeof(size_t));
    bool whole =
        which < PB_LENGTH(kinds) && pin->name != NULL &&
        pin->version != NULL && pin->file != NULL &&
        pb_digest_parse(pb_json_get_string(json, "sha256"), &pin->digest);
    for (size_t i = 0; i < pb_json_length(tools); i++) {
        int64_t tool = pb_json_whole(pb_json_at(tools, i));
        whole &= tool >= 0 && (size_t)tool < index;
        pin->tools[pin->ntools++] = (size_t)tool;
    }
    if (!whole) {
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "the journal's pins are not of pybisect's");
    }
    pin->kind = (enum pb_pin_kind)which;
    return 0;
}

int
pb_pins_from_json(const struct pb_json *json, struct pb_pins *out,
                  struct pb_error *err)
{
    PB_AUTO(pb_pins) struct pb_pins pins = PB_PINS_INIT;
    for (size_t i = 0; i < pb_json_length(json); i++) {
        PB_GROW(pins.items, pins.len, pins.cap);
        pins.items[pins.len] = (struct pb_pin){.name = NULL};
        struct pb_pin *pin = &pins.items[pins.len++];
        if (pin_from_json(pb_json_at(json, i), i, pin, err) < 0) {
            return -1;
        }
    }
    *out = pins;
    pins = (struct pb_pins)PB_PINS_INIT;
    return 0;
}

int
pb_pins_check(const struct pb_pins *pins, struct pb_error *err)
{
    for (size_t i = 0; i < pins->len; i++) {
        const struct pb_pin *pin = &pins->items[i];
        struct pb_digest digest;
        if (!pb_fs_exists(pin->file)) {
            pb_error_set(err, PB_ERROR_NOT_FOUND,
                         "'%s' is gone, which %s %s was pinned to", pin->file,
                         pin->name, pin->version);
            pb_error_hint(err, "put it back, or begin a new bisection");
            return -1;
        }
        if (pb_digest_of_file(pin->file, &digest, err) < 0) {
            return -1;
        }
        if (!pb_digest_equal(&digest, &pin->digest)) {
            pb_error_set(err, PB_ERROR_CONFIG,
                         "'%s' has changed since %s %s was pinned to it",
                         pin->file, pin->name, pin->version);
            pb_error_hint(err, "put it back, or begin a new bisection");
            return -1;
        }
    }
    return 0;
}

struct pb_digest
pb_pins_digest(const struct pb_pins *pins)
{
    struct pb_hasher hasher;
    if (pins->len == 0) {
        return (struct pb_digest){{0}};
    }
    pb_hasher_init(&hasher);
    for (size_t i = 0; i < pins->len; i++) {
        const struct pb_pin *pin = &pins->items[i];
        pb_hasher_add_field(&hasher, pin->name);
        pb_hasher_add(&hasher, pin->digest.bytes, PB_DIGEST_SIZE);
        pb_hasher_add(&hasher, pin->tools, pin->ntools * sizeof(size_t));
        int64_t wanted = pin->wanted;
        pb_hasher_add(&hasher, &wanted, sizeof(wanted));
    }
    return pb_hasher_finish(&hasher);
}
