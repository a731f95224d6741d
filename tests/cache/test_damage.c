/* store: torn tails and flipped bytes. Whatever happens to a pack, what comes
   out of it is right or refused. */
#include "model.h"

#define BUILDS 5

struct fixture {
    struct model models[BUILDS];
    struct pb_buf pack;
    char *path;
};

static void
name_of(size_t i, char out[16])
{
    snprintf(out, 16, "%zu", i);
}

static void
fixture_fill(struct fixture *fixture, const char *scratch, uint64_t *seed)
{
    struct pb_error err = PB_ERROR_INIT;
    char name[16];
    struct model model;
    model_start(&model, seed);
    PB_AUTO(pb_store) struct pb_store *store = open_store(scratch);
    for (size_t i = 0; i < BUILDS; i++) {
        name_of(i, name);
        fixture->models[i] = model_copy(&model);
        assert_done(model_put(store, scratch, &model, name, &err), &err);
        model_edit(&model, seed);
    }
    assert_done(put_failure(store, scratch, "failure", "a log\n", &err), &err);
    model_clear(&model);
    fixture->pack = (struct pb_buf)PB_BUF_INIT;
    fixture->path = only_pack(scratch);
    read_whole(fixture->path, &fixture->pack);
}

static void
fixture_clear(struct fixture *fixture)
{
    for (size_t i = 0; i < BUILDS; i++) {
        model_clear(&fixture->models[i]);
    }
    pb_buf_clear(&fixture->pack);
    free(fixture->path);
}

static void
only_this_pack(const struct fixture *fixture, const char *scratch,
               const char *data, size_t length)
{
    PB_AUTO(pb_strv) struct pb_strv packs = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    list_packs(scratch, &packs);
    for (size_t i = 0; i < packs.len; i++) {
        assert_done(pb_fs_remove(packs.items[i], &err), &err);
    }
    write_whole(fixture->path, data, length);
}

/* How many entries come back right; a wrong one fails the test. */
static size_t
count_right(const struct fixture *fixture, struct pb_store *store,
            const char *scratch)
{
    size_t right = 0;
    PB_AUTOFREE char *out = pb_path_join(scratch, "out");
    for (size_t i = 0; i < BUILDS; i++) {
        struct pb_error err = PB_ERROR_INIT;
        char name[16];
        name_of(i, name);
        assert_done(pb_fs_remove_tree(out, &err), &err);
        if (restore_to(store, name, out, NULL, &err) == 0) {
            assert_true(model_is_at(&fixture->models[i], out));
            right++;
            continue;
        }
        assert_true(err.code == PB_ERROR_CORRUPT ||
                    err.code == PB_ERROR_NOT_FOUND);
        assert_int_equal(state_of(store, name), PB_STORE_ABSENT);
    }
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of("failure");
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    if (pb_store_failure_log(store, &key, &log, &err) == 0) {
        assert_string_equal(log.data, "a log\n");
        right++;
    }
    return right;
}

/* Where the last record starts: the failure's. */
static size_t
last_record(const struct pb_buf *pack)
{
    size_t at = 56;
    for (;;) {
        uint64_t length = 0;
        memcpy(&length, pack->data + at + 8, sizeof(length));
        size_t next = at + 104 + (size_t)length;
        if (next >= pack->len) {
            return at;
        }
        at = next;
    }
}

static void
a_torn_tail_costs_the_last_record_alone(void **state)
{
    static struct fixture fixture;
    uint64_t seed = model_seed();
    fixture_fill(&fixture, *state, &seed);
    struct pb_error err = PB_ERROR_INIT;
    size_t start = last_record(&fixture.pack);
    for (size_t length = start; length < fixture.pack.len; length++) {
        only_this_pack(&fixture, *state, fixture.pack.data, length);
        PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
        assert_int_equal(state_of(store, "failure"), PB_STORE_ABSENT);
        assert_int_equal(state_of(store, "4"), PB_STORE_BUILT);
        if (length % 8 == 0) {
            assert_int_equal(count_right(&fixture, store, *state), BUILDS);
        }
        assert_int_equal(count_damaged(store, false), 0);
        assert_done(put_failure(store, *state, "failure", "a log\n", &err),
                    &err);
        free(only_pack(*state));
        PB_AUTO(pb_store) struct pb_store *again = open_store(*state);
        assert_int_equal(state_of(again, "failure"), PB_STORE_FAILED);
        assert_int_equal(count_damaged(again, false), 0);
    }
    fixture_clear(&fixture);
}

static void
zeros_after_the_last_record_are_a_torn_tail(void **state)
{
    static struct fixture fixture;
    uint64_t seed = model_seed();
    fixture_fill(&fixture, *state, &seed);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    char zeros[1000] = {0};
    pb_buf_add(&text, fixture.pack.data, fixture.pack.len);
    pb_buf_add(&text, zeros, sizeof(zeros));
    only_this_pack(&fixture, *state, text.data, text.len);
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(count_right(&fixture, store, *state), BUILDS + 1);
    assert_done(put_failure(store, *state, "more", "x", &err), &err);
    PB_AUTO(pb_store) struct pb_store *again = open_store(*state);
    assert_int_equal(state_of(again, "more"), PB_STORE_FAILED);
    assert_int_equal(count_right(&fixture, again, *state), BUILDS + 1);
    fixture_clear(&fixture);
}

static void
a_flipped_byte_never_gives_wrong_content(void **state)
{
    static struct fixture fixture;
    uint64_t seed = model_seed();
    fixture_fill(&fixture, *state, &seed);
    size_t last = last_record(&fixture.pack);
    for (size_t i = 0; i < 150; i++) {
        /* Headers now and then, anything else mostly. */
        size_t at = i < 30 ? i * 7 : draw(&seed, (unsigned)fixture.pack.len);
        struct pb_error err = PB_ERROR_INIT;
        PB_AUTO(pb_buf) struct pb_buf bad = PB_BUF_INIT;
        pb_buf_add(&bad, fixture.pack.data, fixture.pack.len);
        bad.data[at] = (char)(bad.data[at] ^ (1 << draw(&seed, 8)));
        only_this_pack(&fixture, *state, bad.data, bad.len);
        PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
        /* Seen at once, but for the header of the last record: that looks
           torn. */
        bool torn = at >= last && at < last + 72;
        assert_true(torn || count_damaged(store, false) > 0);
        size_t right = count_right(&fixture, store, *state);
        assert_true(right < BUILDS + 1);

        only_this_pack(&fixture, *state, bad.data, bad.len);
        PB_AUTO(pb_store) struct pb_store *repaired = open_store(*state);
        count_damaged(repaired, true);
        assert_int_equal(count_damaged(repaired, false), 0);
        assert_int_equal(count_right(&fixture, repaired, *state), right);
        /* The store goes on working. */
        assert_done(model_put(repaired, *state, &fixture.models[2], "2", &err),
                    &err);
        PB_AUTO(pb_store) struct pb_store *fresh = open_store(*state);
        assert_int_equal(state_of(fresh, "2"), PB_STORE_BUILT);
        assert_true(count_right(&fixture, fresh, *state) >= 1);
    }
    fixture_clear(&fixture);
}

static void
a_damaged_pack_gets_no_more_builds_and_the_next_put_works(void **state)
{
    static struct fixture fixture;
    uint64_t seed = model_seed();
    fixture_fill(&fixture, *state, &seed);
    fixture.pack.data[300] =
        (char)(fixture.pack.data[300] ^ 1); /* in the first build */
    only_this_pack(&fixture, *state, fixture.pack.data, fixture.pack.len);
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(restore_to(store, "3", out, NULL, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CORRUPT);
    assert_false(pb_fs_exists(out));
    PB_AUTO(pb_store) struct pb_store *other = open_store(*state);
    assert_int_equal(state_of(other, "3"), PB_STORE_ABSENT);
    pb_error_clear(&err);
    assert_done(model_put(other, *state, &fixture.models[3], "3", &err), &err);
    assert_done(restore_to(other, "3", out, NULL, &err), &err);
    assert_true(model_is_at(&fixture.models[3], out));
    PB_AUTO(pb_strv) struct pb_strv packs = PB_STRV_INIT;
    list_packs(*state, &packs);
    assert_int_equal(packs.len, 2);
    fixture_clear(&fixture);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_torn_tail_costs_the_last_record_alone),
        SCRATCH_TEST(zeros_after_the_last_record_are_a_torn_tail),
        SCRATCH_TEST(a_flipped_byte_never_gives_wrong_content),
        SCRATCH_TEST(
            a_damaged_pack_gets_no_more_builds_and_the_next_put_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
