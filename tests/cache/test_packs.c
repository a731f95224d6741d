/* When a build begins a pack of its own. */
#include "plan.h"
#include "store_test.h"

static const char *const paths[] = {"a.o", NULL};

/* Bytes that nothing else is like. */
static char *
noise(uint64_t seed, size_t length)
{
    char *text = pb_alloc(length + 1);
    for (size_t i = 0; i < length; i++) {
        seed = seed * UINT64_C(6364136223846793005) +
               UINT64_C(1442695040888963407);
        text[i] = (char)('!' + (seed >> 33) % 90);
    }
    return text;
}

static void
put_text(struct pb_store *store, const char *scratch, const char *key,
         const char *group, const char *text)
{
    struct pb_error err = PB_ERROR_INIT;
    put_built(scratch, "a.o", text);
    assert_done(put_group(store, scratch, key, group, paths, NULL, &err),
                &err);
}

static void
assert_packs(struct pb_store *store, size_t expected)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_store_stats stats;
    assert_done(pb_store_stats(store, &stats, &err), &err);
    assert_int_equal(stats.packs, expected);
}

static void
assert_comes_back(struct pb_store *store, const char *scratch, const char *key,
                  const char *text)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *to = pb_path_join(scratch, "to");
    PB_AUTOFREE char *file = pb_path_join(to, "a.o");
    PB_AUTO(pb_buf) struct pb_buf back = PB_BUF_INIT;
    assert_done(restore_to(store, key, to, NULL, &err), &err);
    read_whole(file, &back);
    assert_string_equal(back.data, text);
}

static void
builds_of_two_groups_are_apart(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    put_text(store, *state, "one", "gcc", "text");
    put_text(store, *state, "two", "gcc", "text 2");
    assert_packs(store, 1);
    put_text(store, *state, "three", "clang", "text 3");
    assert_packs(store, 2);
}

static void
a_build_unlike_the_last_begins_a_pack(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    PB_AUTOFREE char *first = noise(1, 400000);
    PB_AUTOFREE char *other = noise(2, 400000);
    put_text(store, *state, "one", "group", first);
    PB_AUTOFREE char *near = pb_strdup(first);
    near[1000] = '~';
    put_text(store, *state, "two", "group", near);
    assert_packs(store, 1);
    put_text(store, *state, "three", "group", other);
    assert_packs(store, 2);
    assert_comes_back(store, *state, "two", near);
    assert_comes_back(store, *state, "three", other);
}

/* Each is a small difference, but from one that is a difference ...: reading
   the last would mean decoding all. */
static void
a_chain_that_takes_too_long_to_read_is_left(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    PB_AUTOFREE char *text = noise(1, 1000000);
    struct pb_error err = PB_ERROR_INIT;
    struct pb_store_stats stats;
    for (size_t i = 0; i < 20; i++) {
        PB_AUTOFREE char *key = pb_asprintf("%zu", i);
        text[i * 7] = '~';
        put_text(store, *state, key, "group", text);
        assert_comes_back(store, *state, key, text);
    }
    assert_done(pb_store_stats(store, &stats, &err), &err);
    assert_int_equal(stats.packs, 2);
    assert_int_equal(stats.built, 20);
}

static void
a_pack_holds_so_many_builds(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    for (size_t i = 0; i <= PB_PACK_BUILDS; i++) {
        PB_AUTOFREE char *key = pb_asprintf("%zu", i);
        put_text(store, *state, key, "group", key);
    }
    assert_packs(store, 2);
    assert_comes_back(store, *state, "511", "511");
    assert_comes_back(store, *state, "512", "512");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(builds_of_two_groups_are_apart),
        SCRATCH_TEST(a_build_unlike_the_last_begins_a_pack),
        SCRATCH_TEST(a_chain_that_takes_too_long_to_read_is_left),
        SCRATCH_TEST(a_pack_holds_so_many_builds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
