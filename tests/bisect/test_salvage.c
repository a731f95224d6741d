/* journal: flipped and cut bytes. What comes out of a damaged journal is right
   or missing, and after a repair it works again. */
#include "base/scratch.h"

#include "pybisect/journal.h"

#define EVALUATIONS 120
#define STEPS 40
#define DAMAGES 60

static unsigned
draw(unsigned *seed, size_t below)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 8) % (unsigned)below;
}

static struct pb_digest
key_of(size_t i)
{
    return pb_digest_of(&i, sizeof(i));
}

static struct pb_json *
record(size_t i)
{
    struct pb_json *json = pb_json_object();
    PB_AUTOFREE char *text = pb_asprintf("the text of record %zu", i);
    pb_json_set(json, "text", pb_json_string(text));
    return json;
}

static void
assert_record(const struct pb_json *json, size_t i)
{
    PB_AUTOFREE char *text = pb_asprintf("the text of record %zu", i);
    assert_string_equal(pb_json_get_string(json, "text"), text);
}

static void
fill(const char *path, struct pb_buf *out)
{
    struct pb_error err = PB_ERROR_INIT;
    int64_t id = 0;
    {
        PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
        PB_AUTO(pb_json) struct pb_json *plan = record(0);
        assert_int_equal(pb_journal_open(path, &journal, &err), 0);
        assert_int_equal(pb_journal_begin(journal, "a", plan, &id, &err), 0);
        assert_int_equal(id, 1);
        for (size_t i = 0; i < EVALUATIONS; i++) {
            PB_AUTO(pb_json) struct pb_json *json = record(i);
            struct pb_digest key = key_of(i);
            assert_int_equal(
                pb_journal_put_evaluation(journal, &key, json, &err), 0);
        }
        for (size_t i = 1; i <= STEPS; i++) {
            PB_AUTO(pb_json) struct pb_json *json = record(i);
            assert_int_equal(pb_journal_add_step(journal, id, i, json, &err),
                             0);
        }
    }
    assert_int_equal(pb_fs_read(path, 1 << 24, out, &err), 0);
}

/* How many records come out, each of them right; -1 when the file says that
   it is damaged. */
static int
read_all(const char *path)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    PB_AUTO(pb_json) struct pb_json *steps = NULL;
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection bisection = {.id = 0};
    int found = 0;
    if (pb_journal_open(path, &journal, &err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < EVALUATIONS; i++) {
        PB_AUTO(pb_json) struct pb_json *json = NULL;
        struct pb_digest key = key_of(i);
        if (pb_journal_get_evaluation(journal, &key, &json, &err) < 0) {
            assert_true(err.hint[0] != '\0');
            return -1;
        }
        if (json != NULL) {
            assert_record(json, i);
            found++;
        }
    }
    if (pb_journal_steps(journal, 1, &steps, &err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < pb_json_length(steps); i++) {
        assert_record(pb_json_at(steps, i), i + 1);
        found++;
    }
    if (pb_journal_load(journal, 1, NULL, &bisection, &err) == 0) {
        assert_string_equal(bisection.title, "a");
        assert_record(bisection.plan, 0);
        found++;
    }
    return found;
}

static void
verify(const char *path, bool repair, size_t *out_damaged, bool *out_kept)
{
    struct pb_error err = PB_ERROR_INIT;
    size_t checked = 0;
    PB_AUTOFREE char *kept = NULL;
    if (pb_journal_verify(path, repair, &checked, out_damaged, &kept, &err) <
        0) {
        fail_msg("%s", err.message);
    }
    *out_kept = kept != NULL;
}

/* The bytes are a journal that may be damaged. */
static void
check_damaged(const char *directory, const char *bytes, size_t length,
              int whole)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *path = pb_path_join(directory, "damaged/j.db");
    PB_AUTOFREE char *place = pb_path_join(directory, "damaged");
    size_t damaged = 0;
    bool kept = false;
    assert_int_equal(pb_fs_remove_tree(place, &err), 0);
    assert_int_equal(pb_fs_write(path, bytes, length, 0600, &err), 0);
    verify(path, true, &damaged, &kept);
    assert_true(kept == (damaged > 0));
    int repaired = read_all(path);
    assert_true(repaired >= 0);
    /* Bytes that say nothing may change unseen: free ones, counters. */
    assert_true(damaged > 0 || repaired == whole);
    verify(path, false, &damaged, &kept);
    assert_int_equal(damaged, 0);

    assert_int_equal(pb_fs_remove_tree(place, &err), 0);
    assert_int_equal(pb_fs_write(path, bytes, length, 0600, &err), 0);
    (void)read_all(path); /* fails on what is wrong */
}

static void
what_a_damaged_journal_says_is_right(void **state)
{
    unsigned seed = 20261125;
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    PB_AUTO(pb_buf) struct pb_buf bytes = PB_BUF_INIT;
    fill(path, &bytes);
    int whole = read_all(path);
    assert_int_equal(whole, EVALUATIONS + STEPS + 1);
    for (size_t i = 0; i < DAMAGES; i++) {
        size_t at = draw(&seed, bytes.len);
        char before = bytes.data[at];
        bytes.data[at] = (char)(before ^ (1 << draw(&seed, 8)));
        check_damaged(*state, bytes.data, bytes.len, whole);
        bytes.data[at] = before;
    }
    for (size_t i = 0; i < DAMAGES / 4; i++) {
        check_damaged(*state, bytes.data, draw(&seed, bytes.len), whole);
    }
}

static void
a_repair_keeps_most(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    PB_AUTO(pb_buf) struct pb_buf bytes = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    size_t damaged = 0;
    bool kept = false;
    fill(path, &bytes);
    /* Not one that says where others are: the first ones do. */
    memset(bytes.data + bytes.len - 4096, 0xA5, 4096);
    assert_int_equal(pb_fs_write(path, bytes.data, bytes.len, 0600, &err), 0);
    verify(path, true, &damaged, &kept);
    assert_true(damaged > 0 && kept);
    assert_true(read_all(path) > (EVALUATIONS + STEPS) / 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(what_a_damaged_journal_says_is_right),
        SCRATCH_TEST(a_repair_keeps_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
