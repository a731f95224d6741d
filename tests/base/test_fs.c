/* fs: single files, directories and locks. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static mode_t
mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 07777;
}

static void
directories_are_made_with_their_parents(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "a//b/c/");
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_mkdirs(path, &err), 0);
    assert_true(pb_fs_is_directory(path));
    assert_int_equal(pb_fs_mkdirs(path, &err), 0);
    assert_int_equal(pb_fs_mkdirs("/", &err), 0);
}

static void
a_file_in_the_way_of_a_directory_is_an_error(void **state)
{
    PB_AUTOFREE char *file = pb_path_join(*state, "file");
    PB_AUTOFREE char *below = pb_path_join(file, "sub");
    put_file(file, "x");
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_mkdirs(file, &err), -1);
    assert_int_equal(pb_fs_mkdirs(below, &err), -1);
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
    assert_non_null(strstr(err.message, file));
}

static void
dangling_links_exist(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "link");
    assert_false(pb_fs_exists(path));
    assert_int_equal(symlink("nowhere", path), 0);
    assert_true(pb_fs_exists(path));
    assert_false(pb_fs_is_directory(path));
}

static void
reading_appends_and_keeps_nuls(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "file");
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_write(path, "a\0b", 3, 0600, &err), 0);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(&text, ">");
    assert_int_equal(pb_fs_read(path, 3, &text, &err), 0);
    assert_int_equal(text.len, 4);
    assert_memory_equal(text.data, ">a\0b", 5);
}

static void
a_file_over_the_limit_leaves_the_buffer_alone(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "file");
    put_file(path, "12345");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(&text, "before");
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_read(path, 4, &text, &err), -1);
    assert_int_equal(err.code, PB_ERROR_LIMIT);
    assert_string_equal(text.data, "before");
    assert_int_equal(pb_fs_read(path, 5, &text, &err), 0);
    assert_string_equal(text.data, "before12345");
}

static void
what_is_no_file_is_not_read(void **state)
{
    PB_AUTOFREE char *pipe = pb_path_join(*state, "pipe");
    PB_AUTOFREE char *absent = pb_path_join(*state, "absent");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_read(pipe, 100, &text, &err), -1);
    assert_non_null(strstr(err.message, "pipe"));
    assert_int_equal(pb_fs_read(*state, 100, &text, &err), -1);
    assert_int_equal(err.errnum, EISDIR);
    assert_int_equal(pb_fs_read(absent, 100, &text, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    assert_int_equal(text.len, 0);
}

static void
assert_tail(const char *path, size_t limit, const char *expected)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_read_tail(path, limit, &text, &err), 0);
    assert_string_equal(text.data, expected);
}

static void
a_tail_starts_at_a_line(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "log");
    put_file(path, "one\ntwo\nthree\n");
    assert_tail(path, 100, "one\ntwo\nthree\n");
    assert_tail(path, 14, "one\ntwo\nthree\n");
    assert_tail(path, 13, "two\nthree\n");
    assert_tail(path, 10, "two\nthree\n");
    assert_tail(path, 9, "three\n");
    assert_tail(path, 6, "three\n");
}

static void
a_tail_within_one_line_is_still_given(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "log");
    put_file(path, "one\nendless line\n");
    assert_tail(path, 5, "line\n");
    put_file(path, "");
    assert_tail(path, 5, "");
}

static void
written_files_have_the_mode_asked_for(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "new/dir/file");
    struct pb_error err = PB_ERROR_INIT;
    mode_t before = umask(077);
    assert_int_equal(pb_fs_write(path, "longer", 6, 0755, &err), 0);
    assert_int_equal(mode_of(path), 0755);
    assert_int_equal(pb_fs_write(path, "x", 1, 0644, &err), 0);
    assert_int_equal(mode_of(path), 0644);
    assert_int_equal(pb_fs_write_atomic(path, "y", 1, 0751, &err), 0);
    assert_int_equal(mode_of(path), 0751);
    umask(before);
    assert_file(path, "y");
}

static void
atomic_writing_needs_the_directory(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "absent/file");
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_write_atomic(path, "x", 1, 0644, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    assert_non_null(strstr(err.message, path));
}

static void
removing_what_is_absent_is_fine(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "file");
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_remove(path, &err), 0);
    put_file(path, "x");
    assert_int_equal(pb_fs_remove(path, &err), 0);
    assert_false(pb_fs_exists(path));
    assert_int_equal(pb_fs_remove(*state, &err), -1);
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
}

static void
renaming_names_both_paths_when_it_fails(void **state)
{
    PB_AUTOFREE char *from = pb_path_join(*state, "from");
    PB_AUTOFREE char *to = pb_path_join(*state, "to");
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_rename(from, to, &err), -1);
    assert_non_null(strstr(err.message, from));
    assert_non_null(strstr(err.message, to));
    put_file(from, "x");
    assert_int_equal(pb_fs_rename(from, to, &err), 0);
    assert_file(to, "x");
}

static void
temporary_directories_are_new_each_time(void **state)
{
    PB_AUTOFREE char *parent = pb_path_join(*state, "tmp");
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *one = pb_fs_temporary(parent, "run-", &err);
    PB_AUTOFREE char *two = pb_fs_temporary(parent, "run-", &err);
    assert_true(pb_fs_is_directory(one));
    assert_true(pb_fs_is_directory(two));
    assert_string_not_equal(one, two);
    assert_memory_equal(pb_path_base(one), "run-", 4);
}

/* What another process gets when it asks for the lock. */
static int
lock_elsewhere(const char *path)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct pb_error err = PB_ERROR_INIT;
        int fd = pb_fs_lock(path, false, &err);
        _exit(fd >= 0 ? 0 : err.errnum == EWOULDBLOCK ? 1 : 2);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

static void
a_lock_keeps_others_out_until_closed(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "lock");
    struct pb_error err = PB_ERROR_INIT;
    int fd = pb_fs_lock(path, true, &err);
    assert_true(fd >= 0);
    assert_int_equal(lock_elsewhere(path), 1);
    assert_int_equal(pb_fs_lock(path, false, &err), -1);
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
    assert_int_equal(err.errnum, EWOULDBLOCK);
    close(fd);
    assert_int_equal(lock_elsewhere(path), 0);
}

static void
free_space_is_known_for_what_exists(void **state)
{
    PB_AUTOFREE char *absent = pb_path_join(*state, "absent");
    assert_true(pb_fs_free_space(*state) > 0);
    assert_true(pb_fs_free_space(absent) == 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(directories_are_made_with_their_parents),
        SCRATCH_TEST(a_file_in_the_way_of_a_directory_is_an_error),
        SCRATCH_TEST(dangling_links_exist),
        SCRATCH_TEST(reading_appends_and_keeps_nuls),
        SCRATCH_TEST(a_file_over_the_limit_leaves_the_buffer_alone),
        SCRATCH_TEST(what_is_no_file_is_not_read),
        SCRATCH_TEST(a_tail_starts_at_a_line),
        SCRATCH_TEST(a_tail_within_one_line_is_still_given),
        SCRATCH_TEST(written_files_have_the_mode_asked_for),
        SCRATCH_TEST(atomic_writing_needs_the_directory),
        SCRATCH_TEST(removing_what_is_absent_is_fine),
        SCRATCH_TEST(renaming_names_both_paths_when_it_fails),
        SCRATCH_TEST(temporary_directories_are_new_each_time),
        SCRATCH_TEST(a_lock_keeps_others_out_until_closed),
        SCRATCH_TEST(free_space_is_known_for_what_exists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
