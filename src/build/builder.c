/* A builder's life, and the keys it gives to builds. */
#include "build/builder_private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build/install.h"
#include "build/toolchain.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

#define DEFAULT_TIMEOUT 3600.0
#define DEFAULT_AUDIT_EVERY 50
/* Enters every key; raised when the same revision would be kept otherwise. */
#define BUILD_VERSION "pybisect build 3"

void
pb_builder_free(struct pb_builder *builder)
{
    if (builder == NULL) {
        return;
    }
    struct pb_error ignored = PB_ERROR_INIT;
    if (builder->slot.lock >= 0) {
        pb_slot_remove_fresh_run(&builder->slot, &ignored);
    }
    if (builder->clean_ccache_dir != NULL) {
        pb_fs_remove_tree(builder->clean_ccache_dir, &ignored);
    }
    pb_slot_close(&builder->slot);
    pb_store_close(builder->store);
    pb_eras_free(builder->eras);
    pb_strv_clear(&builder->configure_args);
    free(builder->cc);
    free(builder->toolchain);
    free(builder->logs);
    free(builder->configure_cache);
    free(builder->ccache_dir);
    free(builder->clean_ccache_dir);
    free(builder->cache_dir);
    free(builder->sandbox);
    free(builder);
}

static int
load_eras(struct pb_builder *builder, const char *path, struct pb_error *err)
{
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    return pb_eras_load(path, &builder->eras, &problems, err);
}

static void
fill_compiler(struct pb_builder *builder,
              const struct pb_builder_options *options)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    PB_AUTOFREE char *ccache =
        options->ccache ? pb_toolchain_find("ccache") : NULL;
    builder->compiler = (struct pb_compiler){
        .cc = builder->cc,
        .toolchain = builder->toolchain,
        .configure_args = &builder->configure_args,
        .configure_cache = builder->configure_cache,
        .ccache_dir = ccache == NULL ? NULL : builder->ccache_dir,
        .ccache_base = builder->cache_dir,
        .maps_prefixes = pb_toolchain_maps_prefixes(builder->toolchain),
        .jobs =
            options->jobs > 0 ? options->jobs : (cores > 0 ? (int)cores : 1),
        .audit_every = options->audit_every > 0   ? options->audit_every
                       : options->audit_every < 0 ? 0
                                                  : DEFAULT_AUDIT_EVERY,
        .installs = options->install,
        .sandbox = builder->sandbox,
        .timeout = options->timeout > 0 ? options->timeout : DEFAULT_TIMEOUT,
        .progress = options->progress,
        .cancel = options->cancel,
    };
}

int
pb_builder_new(const struct pb_builder_options *options,
               struct pb_builder **out, struct pb_error *err)
{
    PB_AUTO(pb_builder)
    struct pb_builder *builder = pb_alloc(sizeof(*builder));
    builder->slot = (struct pb_slot)PB_SLOT_INIT;
    builder->repo = options->repo;
    builder->cc = pb_strdup(options->cc == NULL ? "cc" : options->cc);
    builder->cache_dir = pb_path_absolute(options->cache_dir);
    builder->refuted = options->refuted;
    builder->refuted_context = options->refuted_context;
    builder->sandbox =
        options->sandbox == NULL ? NULL : pb_strdup(options->sandbox);
    builder->logs = pb_path_join(builder->cache_dir, "logs");
    builder->configure_cache = pb_path_join(builder->cache_dir, "configure");
    builder->ccache_dir = pb_path_join(builder->cache_dir, "ccache");
    if (options->configure_args != NULL) {
        pb_strv_add_all(&builder->configure_args, options->configure_args);
    }
    if (pb_toolchain_check(builder->cc, err) < 0 ||
        load_eras(builder, options->eras_file, err) < 0)
    {
        return -1;
    }
    builder->toolchain = pb_toolchain_describe(builder->cc, err);
    PB_AUTOFREE char *store = pb_path_join(builder->cache_dir, "store");
    PB_AUTOFREE char *trees = pb_path_join(builder->cache_dir, "trees");
    if (builder->toolchain == NULL ||
        pb_store_open(store, &builder->store, err) < 0 ||
        pb_slot_open(trees, &builder->slot, err) < 0)
    {
        return -1;
    }
    builder->clean_ccache_dir =
        pb_path_join(builder->slot.directory, "ccache-clean");
    if (pb_fs_remove_tree(builder->clean_ccache_dir, err) < 0) {
        return -1;
    }
    fill_compiler(builder, options);
    *out = builder;
    builder = NULL;
    return 0;
}

char *
pb_toolchain(const char *cc, struct pb_error *err)
{
    return pb_toolchain_describe(cc == NULL ? "cc" : cc, err);
}

const char *
pb_builder_toolchain(const struct pb_builder *builder)
{
    return builder->toolchain;
}

/* What builds of different revisions may have in common. */
static void
add_settings(struct pb_hasher *hasher, const struct pb_builder *builder,
             const struct pb_settings *settings)
{
    pb_hasher_add_field(hasher, builder->toolchain);
    pb_hasher_add(hasher, settings->digest.bytes,
                  sizeof(settings->digest.bytes));
    for (size_t i = 0; i < builder->configure_args.len; i++) {
        pb_hasher_add_field(hasher, builder->configure_args.items[i]);
    }
    if (builder->compiler.installs) {
        pb_hasher_add_field(hasher, PB_INSTALL_NOTE);
    }
}

struct pb_digest
pb_builder_make_key(const struct pb_builder *builder,
                    const struct pb_keys *keys,
                    const struct pb_settings *settings)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add_field(&hasher, BUILD_VERSION);
    pb_hasher_add(&hasher, keys->build.bytes, sizeof(keys->build.bytes));
    add_settings(&hasher, builder, settings);
    return pb_hasher_finish(&hasher);
}

struct pb_digest
pb_builder_make_group(const struct pb_builder *builder,
                      const struct pb_settings *settings)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    add_settings(&hasher, builder, settings);
    return pb_hasher_finish(&hasher);
}

int
pb_builder_key(struct pb_builder *builder, const struct pb_oid *commit,
               const struct pb_keys *keys, struct pb_digest *out,
               struct pb_error *err)
{
    PB_AUTO(pb_settings) struct pb_settings settings = {.nproducts = 0};
    if (pb_eras_select(builder->eras, builder->repo, commit, &settings, err) <
        0) {
        return -1;
    }
    *out = pb_builder_make_key(builder, keys, &settings);
    return 0;
}

bool
pb_builder_at(const struct pb_builder *builder, struct pb_oid *out)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    return pb_fs_read(builder->slot.work.at, PB_OID_HEX, &text, &ignored) ==
               0 &&
           pb_oid_parse(text.data, out);
}

/* A damaged entry is dropped by finding it: to be made anew. */
static int
find_entry(struct pb_builder *builder, const struct pb_digest *key,
           struct pb_store_entry *out, struct pb_error *err)
{
    if (pb_store_find(builder->store, key, out, err) < 0) {
        if (err->code != PB_ERROR_CORRUPT) {
            return -1;
        }
        pb_error_clear(err);
    }
    return 0;
}

int
pb_builder_stored(struct pb_builder *builder, const struct pb_digest *keys,
                  size_t len, enum pb_stored *out, struct pb_error *err)
{
    for (size_t i = 0; i < len; i++) {
        PB_AUTO(pb_store_entry)
        struct pb_store_entry entry = {.summary = NULL};
        if (find_entry(builder, &keys[i], &entry, err) < 0) {
            return -1;
        }
        out[i] = entry.state != PB_STORE_BUILT ? PB_STORED_NOT
                 : entry.proved                ? PB_STORED_PROVED
                                               : PB_STORED_BUILD;
    }
    return 0;
}

int
pb_builder_knows(struct pb_builder *builder, const struct pb_oid *commit,
                 const struct pb_keys *keys, bool *out, struct pb_error *err)
{
    struct pb_digest key;
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    if (pb_builder_key(builder, commit, keys, &key, err) < 0 ||
        find_entry(builder, &key, &entry, err) < 0)
    {
        return -1;
    }
    *out = entry.state != PB_STORE_ABSENT;
    return 0;
}

int
pb_builder_pin(struct pb_builder *builder, const char *name,
               const struct pb_digest *keys, size_t len, struct pb_error *err)
{
    return pb_store_pin(builder->store, name, keys, len, err);
}

int
pb_builder_unpin(struct pb_builder *builder, const char *name,
                 struct pb_error *err)
{
    return pb_store_unpin(builder->store, name, err);
}

int
pb_build_installed(const struct pb_build *build, bool *out_passed,
                   struct pb_buf *out_log, struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(build->root, PB_INSTALL_NOTE);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (pb_fs_read(path, 2 * (size_t)PB_LIMIT_LOG_TAIL, &text, err) < 0) {
        return -1;
    }
    size_t first = strcspn(text.data, "\n");
    *out_passed = strncmp(text.data, PB_INSTALL_PASSED, first) == 0;
    pb_buf_add(out_log, text.data, text.len);
    return 0;
}
