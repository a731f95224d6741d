/* store: long series of builds, each a difference from the one before. */
#include "model.h"

#include <fcntl.h>

#define BUILDS 100

struct series {
    struct model models[BUILDS];
    struct pb_store *store;
};

static void
name_of(size_t i, char out[16])
{
    snprintf(out, 16, "build %zu", i);
}

static void
fill(struct series *series, const char *scratch, uint64_t *seed)
{
    struct pb_error err = PB_ERROR_INIT;
    char name[16];
    struct model model;
    model_start(&model, seed);
    series->store = open_store(scratch);
    for (size_t i = 0; i < BUILDS; i++) {
        name_of(i, name);
        series->models[i] = model_copy(&model);
        assert_done(model_put(series->store, scratch, &model, name, &err),
                    &err);
        model_edit(&model, seed);
    }
    model_clear(&model);
}

static void
series_clear(struct series *series)
{
    for (size_t i = 0; i < BUILDS; i++) {
        model_clear(&series->models[i]);
    }
    pb_store_close(series->store);
}

static void
every_build_of_a_series_comes_back_in_any_order(void **state)
{
    static struct series series;
    uint64_t seed = model_seed();
    struct pb_error err = PB_ERROR_INIT;
    char name[16];
    PB_AUTOFREE char *moving = pb_path_join(*state, "moving");
    PB_AUTOFREE char *index = pb_path_join(*state, "moving.index");
    PB_AUTOFREE char *fresh = pb_path_join(*state, "fresh");
    fill(&series, *state, &seed);
    struct pb_store_stats stats;
    assert_done(pb_store_stats(series.store, &stats, &err), &err);
    assert_true(stats.further > stats.first);
    for (size_t i = 0; i < BUILDS; i++) {
        size_t which = draw(&seed, BUILDS);
        name_of(which, name);
        assert_done(restore_to(series.store, name, moving, index, &err), &err);
        assert_true(model_is_at(&series.models[which], moving));
        assert_done(pb_fs_remove_tree(fresh, &err), &err);
        assert_done(restore_to(series.store, name, fresh, NULL, &err), &err);
        assert_true(model_is_at(&series.models[which], fresh));
    }
    assert_int_equal(count_damaged(series.store, false), 0);
    series_clear(&series);
}

static void
put_two(struct pb_store *store, const char *scratch)
{
    static const char *const paths[] = {"python", "config", NULL};
    static const char *const more[] = {"python", "config", "lib/extra", NULL};
    struct pb_error err = PB_ERROR_INIT;
    put_built(scratch, "python", "one");
    put_built(scratch, "config", "same");
    put_built(scratch, "lib/extra", "extra");
    assert_done(put_build(store, scratch, "one", more, &err), &err);
    put_built(scratch, "python", "two");
    assert_done(put_build(store, scratch, "two", paths, &err), &err);
}

static struct timespec
mtime_of(const char *path)
{
    struct stat info;
    assert_int_equal(lstat(path, &info), 0);
    return info.st_mtim;
}

static void
moving_one_step_touches_only_what_differs(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *index = pb_path_join(*state, "out.index");
    PB_AUTOFREE char *python = pb_path_join(out, "python");
    PB_AUTOFREE char *config = pb_path_join(out, "config");
    PB_AUTOFREE char *mine = pb_path_join(out, "lib/mine");
    PB_AUTOFREE char *extra = pb_path_join(out, "lib/extra");
    PB_AUTO(pb_store_restored)
    struct pb_store_restored restored = PB_STORE_RESTORED_INIT;
    struct pb_digest two = key_of("two");
    put_two(store, *state);
    assert_done(restore_to(store, "one", out, index, &err), &err);
    put_file(mine, "mine");
    struct timespec before = mtime_of(config);
    assert_done(pb_store_restore(store, &two, out, index, &restored, &err),
                &err);
    struct timespec after = mtime_of(config);
    assert_true(restored.changed);
    assert_int_equal(before.tv_nsec, after.tv_nsec);
    assert_file(python, "two");
    assert_file(mine, "mine");
    assert_false(pb_fs_exists(extra));
    pb_store_restored_clear(&restored);
    assert_done(pb_store_restore(store, &two, out, index, &restored, &err),
                &err);
    assert_false(restored.changed);
}

/* The same size, another content and another mtime. */
static void
a_file_that_was_tampered_with_is_not_believed(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *index = pb_path_join(*state, "out.index");
    PB_AUTOFREE char *python = pb_path_join(out, "python");
    put_two(store, *state);
    assert_done(restore_to(store, "one", out, index, &err), &err);
    put_file(python, "eno");
    assert_done(restore_to(store, "one", out, index, &err), &err);
    assert_file(python, "one");
}

static void
a_file_that_is_noted_is_not_read(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *index = pb_path_join(*state, "out.index");
    PB_AUTOFREE char *python = pb_path_join(out, "python");
    const struct timespec past[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    put_two(store, *state);
    assert_done(restore_to(store, "one", out, index, &err), &err);
    assert_int_equal(utimensat(AT_FDCWD, python, past, 0), 0);
    assert_done(restore_to(store, "one", out, index, &err), &err);
    /* What nobody can see without reading. */
    put_file(python, "eno");
    assert_int_equal(utimensat(AT_FDCWD, python, past, 0), 0);
    assert_done(restore_to(store, "one", out, index, &err), &err);
    assert_file(python, "eno");
    assert_done(restore_to(store, "one", out, NULL, &err), &err);
    assert_file(python, "one");
}

static void
a_damaged_note_is_no_note(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *index = pb_path_join(*state, "out.index");
    PB_AUTOFREE char *python = pb_path_join(out, "python");
    PB_AUTOFREE char *extra = pb_path_join(out, "lib/extra");
    put_two(store, *state);
    assert_done(restore_to(store, "one", out, index, &err), &err);
    read_whole(index, &text);
    text.data[text.len / 2] = (char)(text.data[text.len / 2] ^ 1);
    write_whole(index, text.data, text.len);
    assert_done(restore_to(store, "two", out, index, &err), &err);
    assert_file(python, "two");
    /* Nobody knows any more whose it is. */
    assert_true(pb_fs_exists(extra));
}

static void
nothing_is_removed_through_a_link_in_a_directorys_place(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *index = pb_path_join(*state, "out.index");
    PB_AUTOFREE char *lib = pb_path_join(out, "lib");
    PB_AUTOFREE char *away = pb_path_join(*state, "away");
    PB_AUTOFREE char *precious = pb_path_join(away, "extra");
    put_two(store, *state);
    assert_done(restore_to(store, "one", out, index, &err), &err);
    assert_done(pb_fs_remove_tree(lib, &err), &err);
    put_file(precious, "mine");
    assert_int_equal(symlink(away, lib), 0);
    assert_done(restore_to(store, "two", out, index, &err), &err);
    assert_file(precious, "mine");
}

static void
put_derived(struct pb_store *store, const char *scratch, const char *key,
            const char *object, const char *linked)
{
    static const char *const kept[] = {"a.o", NULL};
    static const char *const derived[] = {"python", NULL};
    struct pb_error err = PB_ERROR_INIT;
    put_built(scratch, "a.o", object);
    put_built(scratch, "python", linked);
    assert_done(put_group(store, scratch, key, "group", kept, derived, &err),
                &err);
}

static void
derived_files_are_made_and_checked_by_the_caller(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *index = pb_path_join(*state, "out.index");
    PB_AUTOFREE char *python = pb_path_join(out, "python");
    struct pb_digest one = key_of("one");
    struct pb_digest two = key_of("two");
    put_derived(store, *state, "one", "object 1", "linked 1");
    put_derived(store, *state, "two", "object 2", "linked 2");
    PB_AUTO(pb_store_restored)
    struct pb_store_restored restored = PB_STORE_RESTORED_INIT;
    assert_done(pb_store_restore(store, &one, out, index, &restored, &err),
                &err);
    assert_int_equal(restored.paths.len, 1);
    assert_int_equal(restored.derived.len, 1);
    assert_string_equal(restored.derived.items[0], "python");
    assert_false(pb_fs_exists(python));
    put_file(python, "linked 1");
    assert_done(pb_store_check_derived(store, &one, out, index, &err), &err);
    pb_store_restored_clear(&restored);
    assert_done(pb_store_restore(store, &one, out, index, &restored, &err),
                &err);
    assert_int_equal(restored.paths.len, 2);
    assert_int_equal(restored.derived.len, 0);
    pb_store_restored_clear(&restored);
    assert_done(pb_store_restore(store, &two, out, index, &restored, &err),
                &err);
    assert_int_equal(restored.derived.len, 1);
    assert_false(pb_fs_exists(python));
    put_file(python, "linked X");
    assert_int_equal(pb_store_check_derived(store, &two, out, index, &err),
                     -1);
    assert_int_equal(err.code, PB_ERROR_CORRUPT);
    assert_int_equal(state_of(store, "two"), PB_STORE_ABSENT);
    assert_int_equal(state_of(store, "one"), PB_STORE_BUILT);
}

static void
the_digest_of_a_build_is_that_of_its_entry(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    PB_AUTO(pb_strv) struct pb_strv kept = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv derived = PB_STRV_INIT;
    PB_AUTOFREE char *build = pb_path_join(*state, "build");
    struct pb_digest key = key_of("one");
    struct pb_digest output;
    put_derived(store, *state, "one", "object", "linked");
    pb_strv_add(&kept, "a.o");
    pb_strv_add(&derived, "python");
    const struct pb_store_build what = {
        .directory = build, .paths = &kept, .derived = &derived};
    assert_done(pb_store_digest(&what, &output, &err), &err);
    assert_done(pb_store_find(store, &key, &entry, &err), &err);
    assert_true(pb_digest_equal(&output, &entry.output));
}

/* An independent reader, by FORMAT.md alone, sees the same files. */
static void
another_program_reads_the_same_files(void **state)
{
    static struct series series;
    uint64_t seed = model_seed();
    fill(&series, *state, &seed);
    PB_AUTO(pb_strv) struct pb_strv expected = PB_STRV_INIT;
    for (size_t i = 0; i < BUILDS; i++) {
        char name[16];
        char key_hex[PB_DIGEST_HEX];
        char hex[PB_DIGEST_HEX];
        name_of(i, name);
        struct pb_digest key = key_of(name);
        pb_digest_hex(&key, key_hex);
        for (size_t j = 0; j < MODEL_FILES; j++) {
            const struct model_file *file = &series.models[i].files[j];
            if (file->data != NULL) {
                PB_AUTOFREE char *path = model_path(j);
                struct pb_digest id = pb_digest_of(file->data, file->len);
                pb_strv_addf(&expected, "%s %s %s %zu %s\n", key_hex, path,
                             file->executable ? "755" : "644", file->len,
                             pb_digest_hex(&id, hex));
            }
        }
    }
    PB_AUTOFREE char *command =
        pb_asprintf("python3 '%s/tests/cache/read_pack.py' '%s/store'",
                    PB_SOURCE_DIR, (char *)*state);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    PB_AUTO(pb_strv) struct pb_strv told = PB_STRV_INIT;
    char line[1024];
    while (fgets(line, sizeof(line), pipe) != NULL) {
        pb_strv_add(&told, line);
    }
    assert_int_equal(pclose(pipe), 0);
    pb_strv_sort(&expected);
    pb_strv_sort(&told);
    assert_int_equal(told.len, expected.len);
    for (size_t i = 0; i < told.len; i++) {
        assert_string_equal(told.items[i], expected.items[i]);
    }
    series_clear(&series);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(every_build_of_a_series_comes_back_in_any_order),
        SCRATCH_TEST(moving_one_step_touches_only_what_differs),
        SCRATCH_TEST(a_file_that_was_tampered_with_is_not_believed),
        SCRATCH_TEST(a_file_that_is_noted_is_not_read),
        SCRATCH_TEST(a_damaged_note_is_no_note),
        SCRATCH_TEST(nothing_is_removed_through_a_link_in_a_directorys_place),
        SCRATCH_TEST(derived_files_are_made_and_checked_by_the_caller),
        SCRATCH_TEST(the_digest_of_a_build_is_that_of_its_entry),
        SCRATCH_TEST(another_program_reads_the_same_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
