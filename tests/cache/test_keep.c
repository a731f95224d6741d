/* store: making room, and what is protected from it. */
#include "store_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *const files[] = {"python", NULL};

/* Three packs, a group each, unused for 3, 2 and 1 hours. */
static struct pb_store *
store_with_packs(const char *scratch)
{
    static const char *const names[] = {"a", "b", "c"};
    struct pb_error err = PB_ERROR_INIT;
    struct pb_store *store = open_store(scratch);
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        put_built(scratch, "python", names[i]);
        assert_done(
            put_group(store, scratch, names[i], names[i], files, NULL, &err),
            &err);
    }
    PB_AUTO(pb_strv) struct pb_strv packs = PB_STRV_INIT;
    list_packs(scratch, &packs);
    assert_int_equal(packs.len, 3);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    for (size_t i = 0; i < packs.len; i++) {
        time_t then = now.tv_sec - 3600 * (3 - (time_t)i);
        const struct timespec times[2] = {{.tv_sec = then}, {.tv_sec = then}};
        assert_int_equal(utimensat(AT_FDCWD, packs.items[i], times, 0), 0);
    }
    return store;
}

static uint64_t
size_of_pack(const char *scratch)
{
    PB_AUTO(pb_strv) struct pb_strv packs = PB_STRV_INIT;
    struct stat info;
    list_packs(scratch, &packs);
    assert_int_equal(lstat(packs.items[0], &info), 0);
    return (uint64_t)info.st_size;
}

static void
the_longest_unused_packs_go_first(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = store_with_packs(*state);
    uint64_t size = size_of_pack(*state);
    struct pb_store_gc gc = {.max_bytes = 2 * size + 10, .dry_run = true};
    assert_done(pb_store_gc(store, &gc, &err), &err);
    assert_int_equal(gc.packs, 1);
    assert_int_equal(gc.entries, 1);
    assert_int_equal(gc.bytes, size);
    assert_int_equal(state_of(store, "a"), PB_STORE_BUILT);
    gc.dry_run = false;
    assert_done(pb_store_gc(store, &gc, &err), &err);
    assert_int_equal(gc.packs, 1);
    assert_int_equal(state_of(store, "a"), PB_STORE_ABSENT);
    assert_int_equal(state_of(store, "b"), PB_STORE_BUILT);
    assert_int_equal(state_of(store, "c"), PB_STORE_BUILT);
}

static void
packs_that_are_too_old_go(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = store_with_packs(*state);
    struct pb_store_gc gc = {.max_age = 1.5 * 3600};
    assert_done(pb_store_gc(store, &gc, &err), &err);
    assert_int_equal(gc.packs, 2);
    assert_int_equal(state_of(store, "a"), PB_STORE_ABSENT);
    assert_int_equal(state_of(store, "b"), PB_STORE_ABSENT);
    assert_int_equal(state_of(store, "c"), PB_STORE_BUILT);
}

static void
a_restore_is_a_use(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = store_with_packs(*state);
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    assert_done(restore_to(store, "a", out, NULL, &err), &err);
    struct pb_store_gc gc = {.max_age = 1800};
    assert_done(pb_store_gc(store, &gc, &err), &err);
    assert_int_equal(gc.packs, 2);
    assert_int_equal(state_of(store, "a"), PB_STORE_BUILT);
}

static void
a_pinned_pack_stays_until_unpinned(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = store_with_packs(*state);
    PB_AUTO(pb_store) struct pb_store *other = open_store(*state);
    const struct pb_digest keys[] = {key_of("a"), key_of("absent")};
    struct pb_store_gc gc = {.max_age = 1800};
    assert_done(pb_store_pin(other, "bisection-1", keys, 2, &err), &err);
    assert_done(pb_store_gc(store, &gc, &err), &err);
    assert_int_equal(gc.packs, 2);
    assert_int_equal(gc.pinned, 1);
    assert_int_equal(state_of(store, "a"), PB_STORE_BUILT);
    assert_int_equal(state_of(other, "b"), PB_STORE_ABSENT);
    /* Pinning again replaces the list. */
    assert_done(pb_store_pin(other, "bisection-1", keys + 1, 1, &err), &err);
    gc.dry_run = true;
    assert_done(pb_store_gc(store, &gc, &err), &err);
    assert_int_equal(gc.packs, 1);
    assert_done(pb_store_pin(other, "bisection-1", keys, 1, &err), &err);
    assert_done(pb_store_unpin(other, "bisection-1", &err), &err);
    gc.dry_run = false;
    assert_done(pb_store_gc(store, &gc, &err), &err);
    assert_int_equal(gc.packs, 1);
    assert_int_equal(state_of(store, "a"), PB_STORE_ABSENT);
}

static void
a_pin_that_was_altered_keeps_nothing_and_goes(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = store_with_packs(*state);
    const struct pb_digest key = key_of("a");
    struct pb_store_gc gc = {.max_age = 1800};
    PB_AUTOFREE char *path = pb_path_join(*state, "store/pins/bisection-1");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    assert_done(pb_store_pin(store, "bisection-1", &key, 1, &err), &err);
    assert_done(pb_fs_read(path, 1 << 20, &text, &err), &err);
    text.data[0] = text.data[0] == '0' ? '1' : '0';
    put_file(path, text.data);
    assert_done(pb_store_gc(store, &gc, &err), &err);
    assert_int_equal(gc.pinned, 0);
    assert_false(pb_fs_exists(path));
}

static void
a_name_that_leads_elsewhere_cannot_be_pinned(void **state)
{
    static const char *const names[] = {"", "../x", "a/b", "A", ".x"};
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        struct pb_error err = PB_ERROR_INIT;
        assert_int_equal(pb_store_pin(store, names[i], NULL, 0, &err), -1);
        assert_string_not_equal(err.message, "");
    }
}

static void
a_removed_entry_does_not_come_back_with_a_removed_pack(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    struct pb_digest key = key_of("k");
    put_built(*state, "python", "x");
    assert_done(put_group(store, *state, "k", "old", files, NULL, &err), &err);
    assert_done(put_group(store, *state, "k", "new", files, NULL, &err), &err);
    assert_done(pb_store_remove(store, &key, &err), &err);
    PB_AUTO(pb_strv) struct pb_strv packs = PB_STRV_INIT;
    list_packs(*state, &packs);
    assert_int_equal(packs.len, 2);
    assert_int_equal(unlink(packs.items[1]), 0);
    assert_int_equal(state_of(store, "k"), PB_STORE_ABSENT);
}

static void
only_old_temporary_files_are_removed(void **state)
{
    const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = store_with_packs(*state);
    PB_AUTOFREE char *stale = pb_path_join(*state, "store/packs/.tmp-000000");
    PB_AUTOFREE char *fresh = pb_path_join(*state, "store/packs/.tmp-111111");
    PB_AUTOFREE char *idle = pb_path_join(*state, "store/claims/idle");
    put_file(stale, "half");
    put_file(fresh, "half");
    put_file(idle, "1\n");
    assert_int_equal(utimensat(AT_FDCWD, stale, old, 0), 0);
    struct pb_store_gc gc = {.max_age = 0};
    assert_done(pb_store_gc(store, &gc, &err), &err);
    assert_int_equal(gc.packs, 0);
    assert_false(pb_fs_exists(stale));
    assert_true(pb_fs_exists(fresh));
    assert_false(pb_fs_exists(idle));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(the_longest_unused_packs_go_first),
        SCRATCH_TEST(packs_that_are_too_old_go),
        SCRATCH_TEST(a_restore_is_a_use),
        SCRATCH_TEST(a_pinned_pack_stays_until_unpinned),
        SCRATCH_TEST(a_pin_that_was_altered_keeps_nothing_and_goes),
        SCRATCH_TEST(a_name_that_leads_elsewhere_cannot_be_pinned),
        SCRATCH_TEST(a_removed_entry_does_not_come_back_with_a_removed_pack),
        SCRATCH_TEST(only_old_temporary_files_are_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
