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
    return restore_to(store, "k", directory, NULL, err);
}

static void
overwrite(const char *path, const char *text)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_done(pb_fs_remove(path, &err), &err);
    put_file(path, text);
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
    PB_AUTO(pb_store_restored)
    struct pb_store_restored restored = PB_STORE_RESTORED_INIT;
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    assert_done(pb_store_restore(store, &key, out, NULL, &restored, &err),
                &err);

    PB_AUTOFREE char *python = pb_path_join(out, "python");
    PB_AUTOFREE char *module = pb_path_join(out, "build/lib/math.so");
    struct stat info;
    assert_file(python, "interpreter");
    assert_file(module, "module");
    assert_int_equal(stat(python, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0755);
    assert_int_equal(stat(module, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0644);
    assert_true(restored.changed);
    PB_AUTOFREE char *names = pb_strv_join(&restored.paths, " ");
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
    struct pb_digest group = key_of("group");
    assert_done(pb_store_put_failure(store, &key, &group, "label",
                                     "make: a.c:1: error", path, 2.0, &err),
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
    struct pb_error err = PB_ERROR_INIT;
    assert_done(put_failure(store, *state, "k", "log", &err), &err);
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
a_store_of_another_format_is_left_alone(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *format = pb_path_join(*state, "store/FORMAT");
    PB_AUTOFREE char *path = pb_path_join(*state, "store");
    struct pb_store *store = NULL;
    put_file(format, "pybisect store 3\n");
    assert_int_equal(pb_store_open(path, &store, &err), -1);
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
    assert_string_not_equal(err.hint, "");
    assert_null(store);
    assert_file(format, "pybisect store 3\n");
}

static void
a_store_can_be_opened_again(void **state)
{
    pb_store_close(store_with_build(*state));
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    assert_int_equal(state_of(store, "k"), PB_STORE_BUILT);
}

static void
a_store_of_the_version_before_makes_room(void **state)
{
    PB_AUTOFREE char *format = pb_path_join(*state, "store/FORMAT");
    PB_AUTOFREE char *object = pb_path_join(*state, "store/objects/00/x");
    PB_AUTOFREE char *objects = pb_path_join(*state, "store/objects");
    PB_AUTOFREE char *entry = pb_path_join(*state, "store/entries/00/x");
    PB_AUTOFREE char *entries = pb_path_join(*state, "store/entries");
    put_file(format, "pybisect store 1\n");
    put_file(object, "x");
    put_file(entry, "x");
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    assert_false(pb_fs_exists(objects));
    assert_false(pb_fs_exists(entries));
    assert_file(format, "pybisect store 2\n");
    assert_int_equal(state_of(store, "k"), PB_STORE_BUILT);
}

static void
contents_that_are_there_already_are_not_kept_again(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    struct pb_store_stats stats;
    struct pb_error err = PB_ERROR_INIT;
    assert_done(put_build(store, *state, "other", two_files, &err), &err);
    assert_done(put_failure(store, *state, "failed", "log", &err), &err);
    assert_done(pb_store_stats(store, &stats, &err), &err);
    assert_int_equal(stats.built, 2);
    assert_int_equal(stats.failed, 1);
    assert_int_equal(stats.proved, 0);
    assert_int_equal(stats.packs, 1);
    assert_int_equal(stats.first, 1);
    assert_int_equal(stats.further, 1);
    assert_true(stats.further_bytes < 250);
    assert_int_equal(stats.raw_bytes,
                     2 * (strlen("interpreter") + strlen("module")));
    assert_true(stats.disk_bytes > 0);
}

static void
a_proof_survives_reopening_but_not_another_build(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of("k");
    struct pb_store *store = store_with_build(*state);
    assert_done(pb_store_prove(store, &key, &err), &err);
    pb_store_close(store);
    store = open_store(*state);
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    assert_done(pb_store_find(store, &key, &entry, &err), &err);
    assert_true(entry.proved);
    assert_done(put_build(store, *state, "k", two_files, &err), &err);
    assert_done(pb_store_find(store, &key, &entry, &err), &err);
    assert_false(entry.proved);
    struct pb_digest absent = key_of("absent");
    assert_int_equal(pb_store_prove(store, &absent, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    pb_store_close(store);
}

static void
a_removed_entry_stays_absent_after_reopening(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of("k");
    struct pb_store *store = store_with_build(*state);
    assert_done(put_build(store, *state, "later", two_files, &err), &err);
    assert_done(pb_store_remove(store, &key, &err), &err);
    pb_store_close(store);
    store = open_store(*state);
    assert_int_equal(state_of(store, "k"), PB_STORE_ABSENT);
    /* What is a difference from it is as good as ever. */
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *python = pb_path_join(out, "python");
    assert_done(restore_to(store, "later", out, NULL, &err), &err);
    assert_file(python, "interpreter");
    pb_store_close(store);
}

static int
note_outputs(const struct pb_strv *outputs, void *context,
             struct pb_error *err)
{
    (void)err;
    pb_strv_add_all(context, outputs);
    return 0;
}

static int
refuse(const struct pb_strv *outputs, void *context, struct pb_error *err)
{
    (void)outputs;
    (void)context;
    return pb_error_set(err, PB_ERROR_ENVIRONMENT, "the journal is full");
}

static void
distrust_spreads_from_the_last_proved_entry_on(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    assert_done(put_build(store, *state, "b", two_files, &err), &err);
    assert_done(put_failure(store, *state, "c", "log", &err), &err);
    assert_done(put_build(store, *state, "d", two_files, &err), &err);
    assert_done(put_build(store, *state, "e", two_files, &err), &err);
    const struct pb_digest proved[] = {key_of("k"), key_of("e")};
    assert_done(pb_store_prove(store, &proved[0], &err), &err);
    assert_done(pb_store_prove(store, &proved[1], &err), &err);
    struct pb_digest key = key_of("d");
    PB_AUTO(pb_strv) struct pb_strv outputs = PB_STRV_INIT;
    assert_int_equal(pb_store_distrust(store, &key, refuse, NULL, &err), -1);
    assert_int_equal(state_of(store, "d"), PB_STORE_BUILT);
    pb_error_clear(&err);
    assert_done(pb_store_distrust(store, &key, note_outputs, &outputs, &err),
                &err);
    assert_int_equal(outputs.len, 2);
    PB_AUTO(pb_store) struct pb_store *again = open_store(*state);
    assert_int_equal(state_of(again, "k"), PB_STORE_BUILT);
    assert_int_equal(state_of(again, "b"), PB_STORE_ABSENT);
    assert_int_equal(state_of(again, "c"), PB_STORE_ABSENT);
    assert_int_equal(state_of(again, "d"), PB_STORE_ABSENT);
    assert_int_equal(state_of(again, "e"), PB_STORE_BUILT);
    assert_done(pb_store_distrust(store, &key, note_outputs, &outputs, &err),
                &err);
    assert_int_equal(outputs.len, 2);
}

static void
two_handles_see_what_the_other_puts_and_removes(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *one = open_store(*state);
    PB_AUTO(pb_store) struct pb_store *two = store_with_build(*state);
    struct pb_digest key = key_of("k");
    assert_int_equal(state_of(one, "k"), PB_STORE_BUILT);
    assert_done(put_build(one, *state, "other", two_files, &err), &err);
    assert_int_equal(state_of(two, "other"), PB_STORE_BUILT);
    assert_done(pb_store_remove(one, &key, &err), &err);
    assert_int_equal(state_of(two, "k"), PB_STORE_ABSENT);
    struct pb_store_stats stats;
    assert_done(pb_store_stats(two, &stats, &err), &err);
    assert_int_equal(stats.packs, 1);
}

static int
collect_labels(const struct pb_store_item *item, void *context,
               struct pb_error *err)
{
    struct pb_digest group = key_of("group");
    (void)err;
    assert_true(pb_digest_equal(item->group, &group));
    pb_strv_add(context, item->label);
    return 0;
}

static void
entries_are_visited_oldest_first(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    assert_done(put_build(store, *state, "b", two_files, &err), &err);
    assert_done(put_failure(store, *state, "a", "log", &err), &err);
    PB_AUTO(pb_strv) struct pb_strv labels = PB_STRV_INIT;
    assert_done(pb_store_each(store, collect_labels, &labels, &err), &err);
    PB_AUTOFREE char *joined = pb_strv_join(&labels, " ");
    assert_string_equal(joined, "k b a");
}

/* A build is foreign code: its link to a file of the user's would give it to
   every run that gets the build. */
static void
what_a_link_leads_to_outside_is_not_kept(void **state)
{
    PB_AUTO(pb_store) struct pb_store *store = store_with_build(*state);
    static const char *const targets[] = {"../secret", "/etc/hostname"};
    PB_AUTOFREE char *secret = pb_path_join(*state, "secret");
    PB_AUTOFREE char *python = pb_path_join(*state, "build/python");
    put_file(secret, "the user's own");
    for (size_t i = 0; i < PB_LENGTH(targets); i++) {
        struct pb_error err = PB_ERROR_INIT;
        assert_done(pb_fs_remove(python, &err), &err);
        assert_int_equal(symlink(targets[i], python), 0);
        assert_int_equal(put_build(store, *state, "b", two_files, &err), -1);
        assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
        assert_non_null(strstr(err.message, "leads out of"));
        assert_int_equal(state_of(store, "b"), PB_STORE_ABSENT);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(an_absent_key_is_not_an_error),
        SCRATCH_TEST(a_build_comes_back_with_contents_and_modes),
        SCRATCH_TEST(an_entry_tells_size_time_and_output),
        SCRATCH_TEST(equal_outputs_have_equal_digests_in_any_order),
        SCRATCH_TEST(a_link_is_kept_as_the_file_it_leads_to),
        SCRATCH_TEST(what_a_link_leads_to_outside_is_not_kept),
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
        SCRATCH_TEST(a_store_of_another_format_is_left_alone),
        SCRATCH_TEST(a_store_can_be_opened_again),
        SCRATCH_TEST(a_store_of_the_version_before_makes_room),
        SCRATCH_TEST(contents_that_are_there_already_are_not_kept_again),
        SCRATCH_TEST(a_proof_survives_reopening_but_not_another_build),
        SCRATCH_TEST(a_removed_entry_stays_absent_after_reopening),
        SCRATCH_TEST(distrust_spreads_from_the_last_proved_entry_on),
        SCRATCH_TEST(two_handles_see_what_the_other_puts_and_removes),
        SCRATCH_TEST(entries_are_visited_oldest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
