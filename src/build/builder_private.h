/* A builder and all that it holds. */
#ifndef PYBISECT_BUILD_BUILDER_PRIVATE_H
#define PYBISECT_BUILD_BUILDER_PRIVATE_H

#include "build/compile.h"
#include "build/era.h"
#include "build/slot.h"
#include "pybisect/interpreter.h"
#include "pybisect/store.h"

struct pb_builder {
    struct pb_repo *repo; /* borrowed */
    char *cc;
    char *toolchain;
    char *logs;
    char *configure_cache;
    char *ccache_dir;
    char *cache_dir;
    struct pb_strv configure_args;
    struct pb_eras *eras;
    struct pb_store *store;
    struct pb_slot slot;
    struct pb_compiler compiler;
};

struct pb_digest pb_builder_make_key(const struct pb_builder *builder,
                                     const struct pb_keys *keys,
                                     const struct pb_settings *settings);
/* Builds by one toolchain with one era's settings are alike. */
struct pb_digest pb_builder_make_group(const struct pb_builder *builder,
                                       const struct pb_settings *settings);

#endif
