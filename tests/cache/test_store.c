/* store: keeping builds and failures, and giving them back. */
#include "store_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const two_files[] = {"python", "build/lib/math.so", NULL};

/* A store that holds build "k" of `python` and `build/lib/math.so`. */
static struct pb_store *
store_with_build(const char *scratch)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_store *store = open_store(scratch);
    put_built(scratch, "python", "interpreter");
    put_built(scratch, "build/lib/math.so", "module");
    PB_AUTOFREE char *python = pb_path_join(scratch, "build/python");
    assert_int_equal(chmod(python, 0755), 0);
    assert_done(put_build(store, scratch, "k", two_files, &err), &err);
    return store;
}

static int
restore(struct pb_store *store, const char *directory, struct pb_error *err)
{
    struct pb_digest key = key_of("k");
    return pb_store_restore(store, &key, directory, NULL, err);
}

static void
overwrite(const char *path, const char *text)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_done(pb_fs_remove(path, &err), &err);
    put_file(path, text);
}

/* Changes one byte in the middle of the file. */
static void
damage(const char *path)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_done(pb_fs_read(path, 1 << 20, &text, &err), &err);
    text.data[text.len / 2] = (char)(text.data[text.len / 2] ^ 1);
    assert_done(pb_fs_remove(path, &err), &err);
    assert_done(pb_fs_write(path, text.data, text.len, 0444, &err), &err);
}

static void
an_absent_key_is_not_an_error(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    assert_int_equal(state_of(store, "k"), PB_STORE_ABSENT);
}

static void
a_build_comes_back_with_contents_and_modes(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of("k");
    PB_AUTO(pb_strv) struct pb_strv paths = PB_STRV_INIT;
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    assert_done(pb_store_restore(store, &key, out, &paths, &err), &err);

    PB_AUTOFREE char *python = pb_path_join(out, "python");
    PB_AUTOFREE char *module = pb_path_join(out, "build/lib/math.so");
    struct stat info;
    assert_file(python, "interpreter");
    assert_file(module, "module");
    assert_int_equal(stat(python, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0755);
    assert_int_equal(stat(module, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0644);
    pb_strv_sort(&paths);
    PB_AUTOFREE char *names = pb_strv_join(&paths, " ");
    assert_string_equal(names, "build/lib/math.so python");
}

static void
an_entry_tells_size_time_and_output(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of("k");
    assert_done(pb_store_find(store, &key, &entry, &err), &err);
    assert_int_equal(entry.state, PB_STORE_BUILT);
    assert_int_equal(entry.bytes, strlen("interpreter") + strlen("module"));
    assert_true(entry.seconds > 1.4 && entry.seconds < 1.6);
    assert_null(entry.summary);
}

static struct pb_digest
output_of(struct pb_store *store, const char *key)
{
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest digest = key_of(key);
    assert_done(pb_store_find(store, &digest, &entry, &err), &err);
    return entry.output;
}

static void
equal_outputs_have_equal_digests_in_any_order(void **state)
{
    static const char *const reversed[] = {"build/lib/math.so", "python",
                                           NULL};
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    struct pb_error err = PB_ERROR_INIT;
    assert_done(put_build(store, *state, "other", reversed, &err), &err);
    struct pb_digest first = output_of(store, "k");
    struct pb_digest second = output_of(store, "other");
    assert_true(pb_digest_equal(&first, &second));

    put_built(*state, "build/lib/math.so", "modulE");
    assert_done(put_build(store, *state, "other", reversed, &err), &err);
    second = output_of(store, "other");
    assert_false(pb_digest_equal(&first, &second));
}

static void
equal_contents_are_kept_once(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    struct pb_store_stats stats;
    struct pb_error err = PB_ERROR_INIT;
    assert_done(put_build(store, *state, "other", two_files, &err), &err);
    assert_done(pb_store_stats(store, &stats, &err), &err);
    assert_int_equal(stats.built, 2);
    assert_int_equal(stats.failed, 0);
    assert_int_equal(stats.objects, 2);
    assert_int_equal(stats.raw_bytes,
                     2 * (strlen("interpreter") + strlen("module")));
    assert_true(stats.disk_bytes > 0);
}

static void
a_link_is_kept_as_the_file_it_leads_to(void **state)
{
    static const char *const paths[] = {"build/lib/link.so", NULL};
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    struct pb_error err = PB_ERROR_INIT;
    put_built(*state, "math.so", "module");
    put_built(*state, "build/lib/other", "");
    PB_AUTOFREE char *link = pb_path_join(*state, "build/build/lib/link.so");
    assert_int_equal(symlink("../../math.so", link), 0);
    assert_done(put_build(store, *state, "k", paths, &err), &err);

    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *restored = pb_path_join(out, "build/lib/link.so");
    struct stat info;
    assert_done(restore(store, out, &err), &err);
    assert_int_equal(lstat(restored, &info), 0);
    assert_true(S_ISREG(info.st_mode));
    assert_file(restored, "module");
}

static void
an_empty_file_comes_back(void **state)
{
    static const char *const paths[] = {"Setup.local", NULL};
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    struct pb_error err = PB_ERROR_INIT;
    put_built(*state, "Setup.local", "");
    assert_done(put_build(store, *state, "k", paths, &err), &err);
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *restored = pb_path_join(out, "Setup.local");
    assert_done(restore(store, out, &err), &err);
    assert_file(restored, "");
}

static void
a_missing_or_special_file_cannot_be_kept(void **state)
{
    static const char *const missing[] = {"nothing", NULL};
    static const char *const directory[] = {"build", NULL};
    static const char *const outside[] = {"../secret", NULL};
    static const char *const none[] = {NULL};
    const char *const *const cases[] = {missing, directory, outside, none};
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        struct pb_error err = PB_ERROR_INIT;
        assert_int_equal(put_build(store, *state, "new", cases[i], &err), -1);
        assert_string_not_equal(err.message, "");
        assert_int_equal(state_of(store, "new"), PB_STORE_ABSENT);
    }
}

static int64_t
mtime_of(const char *path)
{
    struct stat info;
    assert_int_equal(lstat(path, &info), 0);
    return (int64_t)info.st_mtim.tv_sec;
}

static void
set_old(const char *path)
{
    const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
a_file_that_is_right_keeps_its_mtime(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *python = pb_path_join(out, "python");
    PB_AUTOFREE char *module = pb_path_join(out, "build/lib/math.so");
    assert_done(restore(store, out, &err), &err);
    overwrite(module, "modulE");
    set_old(python);
    set_old(module);
    assert_done(restore(store, out, &err), &err);
    assert_int_equal(mtime_of(python), 1000);
    assert_int_not_equal(mtime_of(module), 1000);
    assert_file(module, "module");
}

static void
a_wrong_mode_is_put_right(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    struct pb_error err = PB_ERROR_INIT;
    struct stat info;
    PB_AUTOFREE char *python = pb_path_join(*state, "out/python");
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    assert_done(restore(store, out, &err), &err);
    assert_int_equal(chmod(python, 0600), 0);
    assert_done(restore(store, out, &err), &err);
    assert_int_equal(stat(python, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0755);
}

/* out/python shares its inode with `precious`, out/build leads to `away`. */
static void
nothing_is_written_through_links(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *python = pb_path_join(out, "python");
    PB_AUTOFREE char *build = pb_path_join(out, "build");
    PB_AUTOFREE char *precious = pb_path_join(*state, "precious");
    PB_AUTOFREE char *away = pb_path_join(*state, "away");
    put_file(precious, "mine");
    assert_done(pb_fs_mkdirs(out, &err), &err);
    assert_done(pb_fs_mkdirs(away, &err), &err);
    assert_int_equal(link(precious, python), 0);
    assert_int_equal(symlink(away, build), 0);
    assert_done(restore(store, out, &err), &err);

    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    PB_AUTOFREE char *module = pb_path_join(out, "build/lib/math.so");
    assert_file(precious, "mine");
    assert_file(python, "interpreter");
    assert_file(module, "module");
    assert_done(pb_fs_list(away, &names, &err), &err);
    assert_int_equal(names.len, 0);
}

static void
a_link_with_the_right_content_is_replaced_by_a_file(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    struct pb_error err = PB_ERROR_INIT;
    struct stat info;
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *python = pb_path_join(out, "python");
    PB_AUTOFREE char *target = pb_path_join(*state, "target");
    put_file(target, "interpreter");
    assert_done(pb_fs_mkdirs(out, &err), &err);
    assert_int_equal(symlink(target, python), 0);
    assert_done(restore(store, out, &err), &err);
    assert_int_equal(lstat(python, &info), 0);
    assert_true(S_ISREG(info.st_mode));
}

static void
a_directory_in_a_files_place_gives_way(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *python = pb_path_join(out, "python");
    PB_AUTOFREE char *inside = pb_path_join(python, "file");
    put_file(inside, "x");
    assert_done(restore(store, out, &err), &err);
    assert_file(python, "interpreter");
}

static void
a_failure_comes_back_with_its_log(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    PB_AUTOFREE char *path = pb_path_join(*state, "log");
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of("k");
    put_file(path, "cc -c a.c\na.c:1: error: \xff\n");
    assert_done(pb_store_put_failure(store, &key, "make: a.c:1: error", path,
                                     2.0, &err),
                &err);
    assert_done(pb_store_find(store, &key, &entry, &err), &err);
    assert_int_equal(entry.state, PB_STORE_FAILED);
    assert_string_equal(entry.summary, "make: a.c:1: error");
    assert_done(pb_store_failure_log(store, &key, &log, &err), &err);
    assert_string_equal(log.data, "cc -c a.c\na.c:1: error: \xff\n");
    assert_int_equal(restore(store, path, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
}

static void
a_later_entry_takes_the_place_of_an_earlier_one(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    PB_AUTOFREE char *path = pb_path_join(*state, "log");
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of("k");
    put_file(path, "log");
    assert_done(pb_store_put_failure(store, &key, "no", path, 1, &err), &err);
    put_built(*state, "python", "interpreter");
    put_built(*state, "build/lib/math.so", "module");
    assert_done(put_build(store, *state, "k", two_files, &err), &err);
    assert_int_equal(state_of(store, "k"), PB_STORE_BUILT);
}

static void
a_removed_entry_is_absent(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of("k");
    assert_done(pb_store_remove(store, &key, &err), &err);
    assert_done(pb_store_remove(store, &key, &err), &err);
    assert_int_equal(state_of(store, "k"), PB_STORE_ABSENT);
}

static void
a_damaged_manifest_is_reported_and_dropped(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of("k");
    PB_AUTOFREE char *manifest = only_file(*state, "entries");
    damage(manifest);
    assert_int_equal(pb_store_find(store, &key, &entry, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CORRUPT);
    assert_int_equal(state_of(store, "k"), PB_STORE_ABSENT);
}

static void
a_cut_manifest_is_reported_and_dropped(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    PB_AUTOFREE char *manifest = only_file(*state, "entries");
    struct stat info;
    assert_int_equal(stat(manifest, &info), 0);
    for (off_t length = 0; length < info.st_size; length += 7) {
        struct pb_error err = PB_ERROR_INIT;
        assert_done(put_build(store, *state, "k", two_files, &err), &err);
        assert_int_equal(truncate(manifest, length), 0);
        assert_int_equal(restore(store, *state, &err), -1);
        assert_int_equal(err.code, PB_ERROR_CORRUPT);
        assert_int_equal(state_of(store, "k"), PB_STORE_ABSENT);
    }
}

static void
an_entry_under_a_wrong_name_is_damaged(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest other = key_of("other");
    char hex[PB_DIGEST_HEX];
    PB_AUTOFREE char *manifest = only_file(*state, "entries");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_digest_hex(&other, hex);
    PB_AUTOFREE char *wrong =
        pb_asprintf("%s/store/entries/%.2s/%s", (char *)*state, hex, hex);
    assert_done(pb_fs_read(manifest, 1 << 20, &text, &err), &err);
    put_file(wrong, text.data);
    assert_int_equal(pb_store_find(store, &other, &entry, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CORRUPT);
}

/* A store whose one object is the content of `python`. */
static struct pb_store *
store_with_one_object(const char *scratch)
{
    static const char *const paths[] = {"python", NULL};
    struct pb_error err = PB_ERROR_INIT;
    struct pb_store *store = open_store(scratch);
    put_built(scratch, "python", "interpreter");
    assert_done(put_build(store, scratch, "k", paths, &err), &err);
    return store;
}

static void
a_damaged_object_is_never_restored_and_its_entry_dropped(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_one_object(*state);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *object = only_file(*state, "objects");
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *python = pb_path_join(out, "python");
    damage(object);
    assert_int_equal(restore(store, out, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CORRUPT);
    assert_false(pb_fs_exists(python));
    assert_int_equal(state_of(store, "k"), PB_STORE_ABSENT);

    static const char *const paths[] = {"python", NULL};
    assert_done(put_build(store, *state, "k", paths, &err), &err);
    assert_done(restore(store, out, &err), &err);
    assert_file(python, "interpreter");
}

static void
an_object_of_another_content_is_damaged(void **state)
{
    static const char *const other[] = {"other", NULL};
    PB_AUTO(pb_store) struct pb_store *store = store_with_one_object(*state);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *object = only_file(*state, "objects");
    PB_AUTOFREE char *second_path = pb_path_join(*state, "second");
    put_built(*state, "other", "other content");
    PB_AUTO(pb_store) struct pb_store *second = NULL;
    assert_done(pb_store_open(second_path, &second, &err), &err);
    assert_done(put_build(second, *state, "k", other, &err), &err);
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    PB_AUTOFREE char *objects = pb_path_join(second_path, "objects");
    assert_done(pb_fs_walk(objects, &names, &err), &err);
    PB_AUTOFREE char *from = pb_path_join(objects, names.items[0]);
    assert_int_equal(rename(from, object), 0);
    assert_int_equal(restore(store, *state, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CORRUPT);
}

static void
a_missing_object_drops_the_entry(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_one_object(*state);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *object = only_file(*state, "objects");
    assert_int_equal(unlink(object), 0);
    assert_int_equal(restore(store, *state, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CORRUPT);
    assert_int_equal(state_of(store, "k"), PB_STORE_ABSENT);
}

static void
verification_drops_exactly_the_damaged_entries(void **state)
{
    static const char *const python[] = {"python", NULL};
    static const char *const other[] = {"other", NULL};
    struct pb_error err = PB_ERROR_INIT;
    size_t checked = 0;
    size_t dropped = 0;
    PB_AUTO(pb_store) struct pb_store *store = store_with_one_object(*state);
    PB_AUTOFREE char *object = only_file(*state, "objects");
    put_built(*state, "other", "other content");
    assert_done(put_build(store, *state, "good", other, &err), &err);
    assert_done(put_build(store, *state, "bad too", python, &err), &err);
    assert_done(pb_store_verify(store, &checked, &dropped, &err), &err);
    assert_int_equal(checked, 3);
    assert_int_equal(dropped, 0);

    damage(object);
    assert_done(pb_store_verify(store, &checked, &dropped, &err), &err);
    assert_int_equal(checked, 3);
    assert_int_equal(dropped, 2);
    assert_int_equal(state_of(store, "k"), PB_STORE_ABSENT);
    assert_int_equal(state_of(store, "bad too"), PB_STORE_ABSENT);
    assert_int_equal(state_of(store, "good"), PB_STORE_BUILT);
}

static void
verification_removes_old_temporary_files_only(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    size_t checked = 0;
    size_t dropped = 0;
    PB_AUTO(pb_store) struct pb_store *store = store_with_one_object(*state);
    PB_AUTOFREE char *old =
        pb_path_join(*state, "store/entries/00/.tmp-000000");
    PB_AUTOFREE char *new =
        pb_path_join(*state, "store/entries/00/.tmp-111111");
    put_file(old, "half");
    put_file(new, "half");
    set_old(old);
    assert_done(pb_store_verify(store, &checked, &dropped, &err), &err);
    assert_false(pb_fs_exists(old));
    assert_true(pb_fs_exists(new));
}

static void
a_store_of_another_format_is_left_alone(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *format = pb_path_join(*state, "store/FORMAT");
    PB_AUTOFREE char *path = pb_path_join(*state, "store");
    struct pb_store *store = NULL;
    put_file(format, "pybisect store 2\n");
    assert_int_equal(pb_store_open(path, &store, &err), -1);
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
    assert_string_not_equal(err.hint, "");
    assert_null(store);
    assert_file(format, "pybisect store 2\n");
}

static void
a_store_can_be_opened_again(void **state)
{
    pb_store_close(store_with_build(*state));
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    assert_int_equal(state_of(store, "k"), PB_STORE_BUILT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(an_absent_key_is_not_an_error),
        SCRATCH_TEST(a_build_comes_back_with_contents_and_modes),
        SCRATCH_TEST(an_entry_tells_size_time_and_output),
        SCRATCH_TEST(equal_outputs_have_equal_digests_in_any_order),
        SCRATCH_TEST(equal_contents_are_kept_once),
        SCRATCH_TEST(a_link_is_kept_as_the_file_it_leads_to),
        SCRATCH_TEST(an_empty_file_comes_back),
        SCRATCH_TEST(a_missing_or_special_file_cannot_be_kept),
        SCRATCH_TEST(a_file_that_is_right_keeps_its_mtime),
        SCRATCH_TEST(a_wrong_mode_is_put_right),
        SCRATCH_TEST(nothing_is_written_through_links),
        SCRATCH_TEST(a_link_with_the_right_content_is_replaced_by_a_file),
        SCRATCH_TEST(a_directory_in_a_files_place_gives_way),
        SCRATCH_TEST(a_failure_comes_back_with_its_log),
        SCRATCH_TEST(a_later_entry_takes_the_place_of_an_earlier_one),
        SCRATCH_TEST(a_removed_entry_is_absent),
        SCRATCH_TEST(a_damaged_manifest_is_reported_and_dropped),
        SCRATCH_TEST(a_cut_manifest_is_reported_and_dropped),
        SCRATCH_TEST(an_entry_under_a_wrong_name_is_damaged),
        SCRATCH_TEST(a_damaged_object_is_never_restored_and_its_entry_dropped),
        SCRATCH_TEST(an_object_of_another_content_is_damaged),
        SCRATCH_TEST(a_missing_object_drops_the_entry),
        SCRATCH_TEST(verification_drops_exactly_the_damaged_entries),
        SCRATCH_TEST(verification_removes_old_temporary_files_only),
        SCRATCH_TEST(a_store_of_another_format_is_left_alone),
        SCRATCH_TEST(a_store_can_be_opened_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
