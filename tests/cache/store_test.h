/* What the tests of the store share. */
#ifndef TESTS_CACHE_STORE_TEST_H
#define TESTS_CACHE_STORE_TEST_H

#include <sys/stat.h>

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
open_named(const char *scratch, const char *name)
{
    PB_AUTOFREE char *path = pb_path_join(scratch, name);
    struct pb_error err = PB_ERROR_INIT;
    struct pb_store *store = NULL;
    assert_done(pb_store_open(path, &store, &err), &err);
    return store;
}

static inline struct pb_store *
open_store(const char *scratch)
{
    return open_named(scratch, "store");
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
put_group(struct pb_store *store, const char *scratch, const char *key,
          const char *group, const char *const *paths,
          const char *const *derived, struct pb_error *err)
{
    PB_AUTOFREE char *directory = pb_path_join(scratch, "build");
    PB_AUTO(pb_strv) struct pb_strv list = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv made = PB_STRV_INIT;
    struct pb_digest digest = key_of(key);
    for (size_t i = 0; paths[i] != NULL; i++) {
        pb_strv_add(&list, paths[i]);
    }
    for (size_t i = 0; derived != NULL && derived[i] != NULL; i++) {
        pb_strv_add(&made, derived[i]);
    }
    const struct pb_store_build build = {.group = key_of(group),
                                         .label = key,
                                         .directory = directory,
                                         .paths = &list,
                                         .derived = &made,
                                         .seconds = 1.5};
    return pb_store_put(store, &digest, &build, err);
}

static inline int
put_build(struct pb_store *store, const char *scratch, const char *key,
          const char *const *paths, struct pb_error *err)
{
    return put_group(store, scratch, key, "group", paths, NULL, err);
}

static inline int
put_failure(struct pb_store *store, const char *scratch, const char *key,
            const char *log, struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(scratch, "log");
    struct pb_digest digest = key_of(key);
    struct pb_digest group = key_of("group");
    put_file(path, log);
    return pb_store_put_failure(store, &digest, &group, key, "make: error",
                                path, 2.0, err);
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

static inline int
restore_to(struct pb_store *store, const char *key, const char *directory,
           const char *index, struct pb_error *err)
{
    struct pb_digest digest = key_of(key);
    return pb_store_restore(store, &digest, directory, index, NULL, err);
}

/* Paths of all packs. */
static inline void
list_packs(const char *scratch, struct pb_strv *out)
{
    PB_AUTOFREE char *packs = pb_path_join(scratch, "store/packs");
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_done(pb_fs_walk(packs, &names, &err), &err);
    for (size_t i = 0; i < names.len; i++) {
        pb_strv_take(out, pb_path_join(packs, names.items[i]));
    }
}

/* The only pack. Caller frees. */
static inline char *
only_pack(const char *scratch)
{
    PB_AUTO(pb_strv) struct pb_strv packs = PB_STRV_INIT;
    list_packs(scratch, &packs);
    assert_int_equal(packs.len, 1);
    return pb_strdup(packs.items[0]);
}

static inline void
read_whole(const char *path, struct pb_buf *out)
{
    struct pb_error err = PB_ERROR_INIT;
    pb_buf_truncate(out, 0);
    assert_done(pb_fs_read(path, SIZE_MAX, out, &err), &err);
}

static inline void
write_whole(const char *path, const char *data, size_t length)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_done(pb_fs_write(path, data, length, 0644, &err), &err);
}

/* What was verified without repairing; the damaged. */
static inline size_t
count_damaged(struct pb_store *store, bool repair)
{
    struct pb_error err = PB_ERROR_INIT;
    size_t checked = 0;
    size_t damaged = 0;
    assert_done(pb_store_verify(store, repair, &checked, &damaged, &err),
                &err);
    return damaged;
}

#endif
