/* What the tests of the store share. */
#ifndef TESTS_CACHE_STORE_TEST_H
#define TESTS_CACHE_STORE_TEST_H

#include "base/scratch.h"
#include "pybisect/store.h"

/* A failed assert leaves the test: what leaks then does not matter. */
#define assert_done(call, err)                                                \
    do {                                                                      \
        if ((call) < 0) {                                                     \
            fail_msg("%s", (err)->message);                                   \
        }                                                                     \
    } while (0)

static inline struct pb_digest
key_of(const char *name)
{
    return pb_digest_of(name, strlen(name));
}

static inline struct pb_store *
open_store(const char *scratch)
{
    PB_AUTOFREE char *path = pb_path_join(scratch, "store");
    struct pb_error err = PB_ERROR_INIT;
    struct pb_store *store = NULL;
    assert_done(pb_store_open(path, &store, &err), &err);
    return store;
}

/* scratch/build/<path>, with the text as its content. */
static inline void
put_built(const char *scratch, const char *path, const char *text)
{
    PB_AUTOFREE char *build = pb_path_join(scratch, "build");
    PB_AUTOFREE char *full = pb_path_join(build, path);
    put_file(full, text);
}

static inline int
put_build(struct pb_store *store, const char *scratch, const char *key,
          const char *const *paths, struct pb_error *err)
{
    PB_AUTOFREE char *build = pb_path_join(scratch, "build");
    PB_AUTO(pb_strv) struct pb_strv list = PB_STRV_INIT;
    struct pb_digest digest = key_of(key);
    for (size_t i = 0; paths[i] != NULL; i++) {
        pb_strv_add(&list, paths[i]);
    }
    return pb_store_put(store, &digest, build, &list, 1.5, err);
}

static inline enum pb_store_state
state_of(struct pb_store *store, const char *key)
{
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest digest = key_of(key);
    assert_done(pb_store_find(store, &digest, &entry, &err), &err);
    return entry.state;
}

/* The only file below scratch/store/<kind>. Caller frees. */
static inline char *
only_file(const char *scratch, const char *kind)
{
    PB_AUTOFREE char *store = pb_path_join(scratch, "store");
    PB_AUTOFREE char *directory = pb_path_join(store, kind);
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_done(pb_fs_walk(directory, &names, &err), &err);
    assert_int_equal(names.len, 1);
    return pb_path_join(directory, names.items[0]);
}

#endif
