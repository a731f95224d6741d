/* store: system calls that fail while an entry is kept. Call number N fails,
   for N = 1, 2, and so on until keeping succeeds. Whatever fails, no name in
   the store leads to anything but whole content, and the next attempt
   works. */
#include "store_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int countdown; /* 0: nothing fails */

static bool
fails_now(void)
{
    if (countdown > 0 && --countdown == 0) {
        errno = ENOSPC;
        return true;
    }
    return false;
}

int __real_open(const char *path, int flags, ...);
int __real_mkostemp(char *template, int flags);
int __real_mkdir(const char *path, mode_t mode);
ssize_t __real_write(int fd, const void *data, size_t length);
int __real_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __real_ftruncate(int fd, off_t length);

int __wrap_open(const char *path, int flags, ...);
int __wrap_mkostemp(char *template, int flags);
int __wrap_mkdir(const char *path, mode_t mode);
ssize_t __wrap_write(int fd, const void *data, size_t length);
int __wrap_fsync(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_ftruncate(int fd, off_t length);

int
__wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails_now() ? -1 : __real_open(path, flags, mode);
}

int
__wrap_mkostemp(char *template, int flags)
{
    return fails_now() ? -1 : __real_mkostemp(template, flags);
}

int
__wrap_mkdir(const char *path, mode_t mode)
{
    return fails_now() ? -1 : __real_mkdir(path, mode);
}

/* A failing write leaves half of its data, as a full disk does. */
ssize_t
__wrap_write(int fd, const void *data, size_t length)
{
    if (fails_now()) {
        ssize_t count = __real_write(fd, data, length / 2);
        (void)count;
        errno = ENOSPC;
        return -1;
    }
    return __real_write(fd, data, length);
}

int
__wrap_fsync(int fd)
{
    return fails_now() ? -1 : __real_fsync(fd);
}

int
__wrap_rename(const char *from, const char *to)
{
    return fails_now() ? -1 : __real_rename(from, to);
}

int
__wrap_ftruncate(int fd, off_t length)
{
    return fails_now() ? -1 : __real_ftruncate(fd, length);
}

static const char *const files[] = {"python", "pyconfig.h", NULL};

static int
put_both(struct pb_store *store, const char *scratch, struct pb_error *err)
{
    PB_AUTOFREE char *log = pb_path_join(scratch, "log");
    struct pb_digest key = key_of("failure");
    struct pb_digest group = key_of("group");
    if (put_build(store, scratch, "build", files, err) < 0 ||
        put_build(store, scratch, "again", files, err) < 0)
    {
        return -1;
    }
    return pb_store_put_failure(store, &key, &group, NULL, "make: no", log, 1,
                                err);
}

/* Nothing but final names, and everything behind them whole. */
static void
assert_sound(struct pb_store *store, const char *scratch)
{
    PB_AUTO(pb_strv) struct pb_strv packs = PB_STRV_INIT;
    list_packs(scratch, &packs);
    for (size_t i = 0; i < packs.len; i++) {
        assert_int_not_equal(pb_path_base(packs.items[i])[0], '.');
    }
    assert_int_equal(count_damaged(store, false), 0);
    PB_AUTO(pb_store) struct pb_store *other = open_store(scratch);
    assert_int_equal(count_damaged(other, false), 0);
}

static void
any_failing_call_leaves_a_sound_store(void **state)
{
    PB_AUTOFREE char *log = pb_path_join(*state, "log");
    put_built(*state, "python", "interpreter");
    put_built(*state, "pyconfig.h", "#define HAVE_FORK 1\n");
    put_file(log, "no\n");
    int failures = 0;
    bool struck = true;
    for (int nth = 1; struck; nth++) {
        struct pb_error err = PB_ERROR_INIT;
        PB_AUTOFREE char *root = pb_path_join(*state, "store");
        assert_done(pb_fs_remove_tree(root, &err), &err);
        PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
        countdown = nth;
        int status = put_both(store, *state, &err);
        struck = countdown == 0;
        countdown = 0;
        /* mkdir of a directory that exists fails anyway. */
        assert_true(status == 0 || struck);
        failures += status < 0;
        assert_sound(store, *state);
        pb_error_clear(&err);
        assert_done(put_both(store, *state, &err), &err);
        assert_int_equal(state_of(store, "build"), PB_STORE_BUILT);
        assert_int_equal(state_of(store, "again"), PB_STORE_BUILT);
        assert_int_equal(state_of(store, "failure"), PB_STORE_FAILED);
    }
    /* Three records: each is at least opened, written and synced. */
    assert_true(failures > 3 * 3);
}

static void
a_failing_open_leaves_a_store_that_opens(void **state)
{
    PB_AUTOFREE char *root = pb_path_join(*state, "store");
    int nth = 1;
    for (bool struck = true; struck; nth++) {
        struct pb_error err = PB_ERROR_INIT;
        struct pb_store *store = NULL;
        assert_done(pb_fs_remove_tree(root, &err), &err);
        countdown = nth;
        int status = pb_store_open(root, &store, &err);
        struck = countdown == 0;
        countdown = 0;
        /* mkdir of a directory that exists fails anyway. */
        assert_true(status == 0 || struck);
        pb_store_close(store);
        pb_store_close(open_store(*state));
    }
    assert_true(nth > 4);
}

static void
a_failed_restore_is_completed_by_the_next(void **state)
{
    put_built(*state, "python", "interpreter");
    put_built(*state, "pyconfig.h", "#define HAVE_FORK 1\n");
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *index = pb_path_join(*state, "out.index");
    PB_AUTOFREE char *python = pb_path_join(out, "python");
    PB_AUTOFREE char *config = pb_path_join(out, "pyconfig.h");
    assert_done(put_build(store, *state, "build", files, &err), &err);
    put_built(*state, "python", "INTERPRETER");
    assert_done(put_build(store, *state, "other", files, &err), &err);
    int nth = 1;
    for (bool struck = true; struck; nth++) {
        assert_done(pb_fs_remove_tree(out, &err), &err);
        assert_done(restore_to(store, "other", out, index, &err), &err);
        assert_done(pb_fs_remove(config, &err), &err);
        countdown = nth;
        struct pb_error fault = PB_ERROR_INIT;
        int status = restore_to(store, "build", out, index, &fault);
        struck = countdown == 0;
        countdown = 0;
        assert_true(status == 0 || struck);
        assert_int_not_equal(fault.code, PB_ERROR_CORRUPT);
        assert_done(restore_to(store, "build", out, index, &err), &err);
        assert_file(python, "interpreter");
        assert_file(config, "#define HAVE_FORK 1\n");
    }
    assert_true(nth > 5);
}

static void
a_failing_import_or_export_adds_nothing_and_can_be_repeated(void **state)
{
    put_built(*state, "python", "interpreter");
    put_built(*state, "pyconfig.h", "#define HAVE_FORK 1\n");
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *file = pb_path_join(*state, "file");
    struct pb_digest key = key_of("build");
    assert_done(put_build(store, *state, "build", files, &err), &err);
    int nth = 1;
    for (bool struck = true; struck; nth++) {
        struct pb_error fault = PB_ERROR_INIT;
        size_t missing = 0;
        size_t added = 0;
        size_t known = 0;
        PB_AUTOFREE char *root = pb_path_join(*state, "other");
        assert_done(pb_fs_remove_tree(root, &err), &err);
        PB_AUTO(pb_store) struct pb_store *other = open_named(*state, "other");
        countdown = nth;
        int status =
            pb_store_export(store, file, "", &key, 1, &missing, &fault);
        if (status == 0) {
            status = pb_store_import(other, file, &added, &known, &fault);
        }
        struck = countdown == 0;
        countdown = 0;
        assert_true(status == 0 || struck);
        assert_int_equal(count_damaged(other, false), 0);
        assert_done(pb_store_export(store, file, "", &key, 1, &missing, &err),
                    &err);
        assert_done(pb_store_import(other, file, &added, &known, &err), &err);
        assert_int_equal(state_of(other, "build"), PB_STORE_BUILT);
    }
    assert_true(nth > 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(any_failing_call_leaves_a_sound_store),
        SCRATCH_TEST(a_failing_open_leaves_a_store_that_opens),
        SCRATCH_TEST(a_failed_restore_is_completed_by_the_next),
        SCRATCH_TEST(
            a_failing_import_or_export_adds_nothing_and_can_be_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
