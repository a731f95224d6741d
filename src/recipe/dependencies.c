/* Pins laid out for one interpreter: what is for any in one directory, what
   was built for it in another. */
#include "pybisect/dependencies.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/archive.h"
#include "pybisect/fs.h"
#include "recipe/dependencies_private.h"

void
pb_laid_out_clear(struct pb_laid_out *laid_out)
{
    pb_strv_clear(&laid_out->path);
    free(laid_out->failure);
    free(laid_out->log);
    *laid_out = (struct pb_laid_out){.failure = NULL};
}

void
pb_dependencies_close(struct pb_dependencies *dependencies)
{
    if (dependencies == NULL) {
        return;
    }
    pb_fs_disown(&dependencies->work);
    pb_store_close(dependencies->store);
    pb_strv_clear(&dependencies->checked);
    free(dependencies->directory);
    free(dependencies->logs);
    free(dependencies);
}

int
pb_dependencies_open(const struct pb_dependencies_options *options,
                     struct pb_dependencies **out, struct pb_error *err)
{
    PB_AUTO(pb_dependencies)
    struct pb_dependencies *dependencies = pb_alloc(sizeof(*dependencies));
    PB_AUTOFREE char *store = pb_path_join(options->cache_dir, "store");
    dependencies->options = *options;
    dependencies->directory = pb_path_join(options->cache_dir, "deps");
    dependencies->logs = pb_path_join(options->cache_dir, "logs");
    if (pb_pins_check(options->pins, err) < 0 ||
        pb_digest_of_file(options->script, &dependencies->script, err) < 0 ||
        pb_fs_mkdirs(dependencies->directory, err) < 0 ||
        pb_fs_mkdirs(dependencies->logs, err) < 0 ||
        pb_room_open_work(dependencies, err) < 0 ||
        pb_store_open(store, &dependencies->store, err) < 0)
    {
        return -1;
    }
    *out = dependencies;
    dependencies = NULL;
    return 0;
}

/* --- wheels ------------------------------------------------------------ */

/* "x-1.data/purelib/x.py" is x.py; scripts go to bin. */
static char *
place_in_wheel(const char *name, void *context)
{
    (void)context;
    static const char *const schemes[][2] = {
        {"purelib/", ""}, {"platlib/", ""}, {"scripts/", "bin/"}};
    const char *slash = strchr(name, '/');
    if (slash == NULL || slash - name < 5 ||
        strncmp(slash - 5, ".data", 5) != 0) {
        return pb_strdup(name);
    }
    for (size_t i = 0; i < PB_LENGTH(schemes); i++) {
        size_t length = strlen(schemes[i][0]);
        if (strncmp(slash + 1, schemes[i][0], length) == 0) {
            return pb_asprintf("%s%s", schemes[i][1], slash + 1 + length);
        }
    }
    return NULL;
}

static int
fill_with_wheels(struct pb_laying *laying, const char *directory,
                 const void *what, struct pb_error *err)
{
    const struct pb_pin_set *set = what;
    const struct pb_pins *pins = laying->dependencies->options.pins;
    for (size_t i = 0; i < set->len; i++) {
        const struct pb_pin *pin = &pins->items[set->items[i]];
        if (pin->kind != PB_PIN_SOURCE &&
            pb_archive_unpack(pin->file, directory, place_in_wheel, NULL,
                              err) < 0)
        {
            return -1;
        }
    }
    return 0;
}

static int
lay_out_wheels(struct pb_laying *laying, const struct pb_pin_set *set,
               struct pb_strv *out_path, struct pb_error *err)
{
    struct pb_dependencies *dependencies = laying->dependencies;
    const struct pb_pins *pins = dependencies->options.pins;
    char hex[PB_DIGEST_HEX];
    struct pb_hasher hasher;
    size_t wheels = 0;
    pb_hasher_init(&hasher);
    for (size_t i = 0; i < set->len; i++) {
        const struct pb_pin *pin = &pins->items[set->items[i]];
        if (pin->kind != PB_PIN_SOURCE) {
            pb_hasher_add(&hasher, pin->digest.bytes, PB_DIGEST_SIZE);
            wheels++;
        }
    }
    if (wheels == 0) {
        return 0;
    }
    struct pb_digest digest = pb_hasher_finish(&hasher);
    PB_AUTOFREE char *path =
        pb_asprintf("%s/wheels-%.32s", dependencies->directory,
                    pb_digest_hex(&digest, hex));
    PB_CLEANUP(pb_room_clear) struct pb_room room = {.path = NULL};
    pb_room_init(&room, path);
    bool there = false;
    if (pb_room_check(dependencies, &room, &there, err) < 0 ||
        (!there &&
         pb_room_make(laying, &room, fill_with_wheels, set, err) < 0))
    {
        return -1;
    }
    pb_strv_add(out_path, room.files);
    return 0;
}

/* --- what is built ----------------------------------------------------- */

struct keys {
    struct pb_digest *items;
    size_t len;
};

static int
fill_with_builds(struct pb_laying *laying, const char *directory,
                 const void *what, struct pb_error *err)
{
    const struct keys *keys = what;
    for (size_t i = 0; i < keys->len; i++) {
        PB_AUTO(pb_store_restored)
        struct pb_store_restored restored = PB_STORE_RESTORED_INIT;
        if (pb_store_restore(laying->dependencies->store, &keys->items[i],
                             directory, NULL, &restored, err) < 0)
        {
            return -1;
        }
    }
    return 0;
}

static int
build_all(struct pb_laying *laying, const struct pb_pin_set *set,
          struct keys *keys, struct pb_error *err)
{
    const struct pb_pins *pins = laying->dependencies->options.pins;
    keys->len = 0;
    for (size_t i = 0; i < set->len; i++) {
        const struct pb_pin *pin = &pins->items[set->items[i]];
        if (pin->kind != PB_PIN_SOURCE) {
            continue;
        }
        if (pb_lay_out_build(laying, pin, &keys->items[keys->len++], err) < 0)
        {
            return -1;
        }
        if (laying->out->failure != NULL) {
            return 0;
        }
    }
    return 0;
}

static int
restore_all(struct pb_laying *laying, const struct keys *keys,
            struct pb_strv *out_path, struct pb_error *err)
{
    struct pb_dependencies *dependencies = laying->dependencies;
    char hex[PB_DIGEST_HEX];
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    for (size_t i = 0; i < keys->len; i++) {
        pb_hasher_add(&hasher, keys->items[i].bytes, PB_DIGEST_SIZE);
    }
    struct pb_digest digest = pb_hasher_finish(&hasher);
    PB_AUTOFREE char *path =
        laying->request->fresh
            ? pb_path_join(dependencies->work.path, "fresh")
            : pb_asprintf("%s/built-%.32s", dependencies->directory,
                          pb_digest_hex(&digest, hex));
    PB_CLEANUP(pb_room_clear) struct pb_room room = {.path = NULL};
    pb_room_init(&room, path);
    bool there = false;
    if (laying->request->fresh) {
        if (pb_fs_remove_tree(path, err) < 0) {
            return -1;
        }
    }
    else if (pb_room_check(dependencies, &room, &there, err) < 0) {
        return -1;
    }
    if (!there && pb_room_make(laying, &room, fill_with_builds, keys, err) < 0)
    {
        return -1;
    }
    pb_strv_add(out_path, room.files);
    return 0;
}

static int
lay_out_builds(struct pb_laying *laying, const struct pb_pin_set *set,
               struct pb_strv *out_path, struct pb_error *err)
{
    PB_AUTOFREE struct pb_digest *items =
        pb_alloc_array(set->len + 1, sizeof(*items));
    struct keys keys = {.items = items};
    /* What the store turns out to have damaged is built again. */
    for (int attempt = 0;; attempt++) {
        if (build_all(laying, set, &keys, err) < 0) {
            return -1;
        }
        if (laying->out->failure != NULL || keys.len == 0 ||
            restore_all(laying, &keys, out_path, err) == 0)
        {
            return 0;
        }
        if (err->code != PB_ERROR_CORRUPT || attempt > 0) {
            return -1;
        }
        pb_error_clear(err);
    }
}

/* What was built comes first: it may stand beside a wheel's in a package that
   both share. */
int
pb_lay_out_set(struct pb_laying *laying, const struct pb_pin_set *set,
               struct pb_strv *out_path, struct pb_error *err)
{
    return lay_out_builds(laying, set, out_path, err) < 0 ||
                   (laying->out->failure == NULL &&
                    lay_out_wheels(laying, set, out_path, err) < 0)
               ? -1
               : 0;
}

int
pb_dependencies_lay_out(struct pb_dependencies *dependencies,
                        const struct pb_dependencies_request *request,
                        struct pb_laid_out *out, struct pb_error *err)
{
    PB_AUTO(pb_laid_out) struct pb_laid_out made = {.failure = NULL};
    const struct pb_pins *pins = dependencies->options.pins;
    struct pb_laying laying = {
        .dependencies = dependencies, .request = request, .out = &made};
    PB_AUTOFREE size_t *wanted = pb_alloc_array(pins->len + 1, sizeof(size_t));
    struct pb_pin_set set = {.items = wanted};
    for (size_t i = 0; i < pins->len; i++) {
        if (pins->items[i].wanted) {
            wanted[set.len++] = i;
        }
    }
    if (pb_abi_key(request->root, &laying.abi, err) < 0 ||
        pb_lay_out_set(&laying, &set, &made.path, err) < 0)
    {
        return -1;
    }
    *out = made;
    made = (struct pb_laid_out){.failure = NULL};
    return 0;
}
