/* fs: system calls that fail while a file is written atomically. Call
   number N fails, for N = 1, 2, and so on until the write succeeds. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int countdown; /* 0: nothing fails */
static int failing_errnum;
static bool short_writes;

static bool
fails_now(void)
{
    if (countdown > 0 && --countdown == 0) {
        errno = failing_errnum;
        return true;
    }
    return false;
}

int __real_open(const char *path, int flags, ...);
int __real_mkostemp(char *template, int flags);
ssize_t __real_write(int fd, const void *data, size_t length);
int __real_fchmod(int fd, mode_t mode);
int __real_fsync(int fd);
int __real_close(int fd);
int __real_rename(const char *from, const char *to);

int __wrap_open(const char *path, int flags, ...);
int __wrap_mkostemp(char *template, int flags);
ssize_t __wrap_write(int fd, const void *data, size_t length);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_fsync(int fd);
int __wrap_close(int fd);
int __wrap_rename(const char *from, const char *to);

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

ssize_t
__wrap_write(int fd, const void *data, size_t length)
{
    if (fails_now()) {
        return -1;
    }
    return __real_write(fd, data, short_writes && length > 1 ? 1 : length);
}

int
__wrap_fchmod(int fd, mode_t mode)
{
    return fails_now() ? -1 : __real_fchmod(fd, mode);
}

int
__wrap_fsync(int fd)
{
    return fails_now() ? -1 : __real_fsync(fd);
}

int
__wrap_close(int fd)
{
    /* A close that fails has closed. */
    int status = __real_close(fd);
    return fails_now() ? -1 : status;
}

int
__wrap_rename(const char *from, const char *to)
{
    return fails_now() ? -1 : __real_rename(from, to);
}

static void
assert_only_the_file(const char *directory)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_list(directory, &names, &err), 0);
    PB_AUTOFREE char *text = pb_strv_join(&names, " ");
    assert_string_equal(text, "file");
}

/* Replaces "old" by "new" with call `nth` failing. */
static bool
write_with_fault(const char *path, int nth, struct pb_error *err)
{
    put_file(path, "old");
    countdown = nth;
    int status = pb_fs_write_atomic(path, "new", 3, 0644, err);
    bool struck = countdown == 0;
    countdown = 0;
    /* The close of the directory comes last and matters to nobody. */
    assert_true(status == 0 || struck);
    return status < 0;
}

static void
any_failure_leaves_the_old_file_and_no_temporary_file(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "file");
    failing_errnum = ENOSPC;
    int nth = 1;
    for (;; nth++) {
        struct pb_error err = PB_ERROR_INIT;
        if (!write_with_fault(path, nth, &err)) {
            break;
        }
        assert_int_equal(err.errnum, ENOSPC);
        assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
        bool renamed = strstr(err.message, "cannot sync") != NULL;
        assert_file(path, renamed ? "new" : "old");
        assert_only_the_file(*state);
    }
    assert_file(path, "new");
    assert_only_the_file(*state);
    /* open, mkostemp, write, fchmod, fsync, close, rename, fsync */
    assert_int_equal(nth, 9);
}

static void
rename_failure_leaves_no_temporary_file_where_there_was_none(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "file");
    failing_errnum = EIO;
    struct pb_error err = PB_ERROR_INIT;
    countdown = 7; /* as above, the rename */
    assert_int_equal(pb_fs_write_atomic(path, "new", 3, 0644, &err), -1);
    assert_int_equal(countdown, 0);
    assert_false(pb_fs_exists(path));
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    assert_int_equal(pb_fs_list(*state, &names, &err), 0);
    assert_int_equal(names.len, 0);
}

static void
interrupted_and_short_writes_go_on(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "file");
    struct pb_error err = PB_ERROR_INIT;
    short_writes = true;
    failing_errnum = EINTR;
    countdown = 4; /* open, mkostemp, write, write */
    assert_int_equal(pb_fs_write_atomic(path, "whole text", 10, 0644, &err),
                     0);
    assert_int_equal(countdown, 0);
    short_writes = false;
    assert_file(path, "whole text");
}

static void
a_full_disk_is_noticed_by_plain_writing(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "file");
    failing_errnum = ENOSPC;
    /* open, write, close: the mode is right already. */
    for (int nth = 1; nth <= 3; nth++) {
        struct pb_error err = PB_ERROR_INIT;
        put_file(path, "old");
        countdown = nth;
        assert_int_equal(pb_fs_write(path, "new", 3, 0644, &err), -1);
        assert_int_equal(err.errnum, ENOSPC);
        assert_int_equal(countdown, 0);
    }
}

static void
directories_that_cannot_be_synced_are_fine(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    failing_errnum = EINVAL;
    countdown = 2; /* open, fsync */
    assert_int_equal(pb_fs_sync_directory(*state, &err), 0);
    assert_int_equal(countdown, 0);
    failing_errnum = EIO;
    countdown = 2;
    assert_int_equal(pb_fs_sync_directory(*state, &err), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(any_failure_leaves_the_old_file_and_no_temporary_file),
        SCRATCH_TEST(
            rename_failure_leaves_no_temporary_file_where_there_was_none),
        SCRATCH_TEST(interrupted_and_short_writes_go_on),
        SCRATCH_TEST(a_full_disk_is_noticed_by_plain_writing),
        SCRATCH_TEST(directories_that_cannot_be_synced_are_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
