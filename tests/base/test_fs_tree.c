/* fs_tree and fs_remove: whole trees, also hostile ones. */
#include "scratch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534

/* The root passes every permission check, so tests of permissions give it
   up. */
static int
scratch_make_unprivileged(void **state)
{
    if (geteuid() == 0 && seteuid(NOBODY) < 0) {
        return -1;
    }
    return scratch_make(state);
}

static int
scratch_remove_unprivileged(void **state)
{
    int status = scratch_remove(state);
    return getuid() == 0 && seteuid(0) < 0 ? -1 : status;
}

static void
put_below(const char *root, const char *name, const char *text)
{
    PB_AUTOFREE char *path = pb_path_join(root, name);
    put_file(path, text);
}

static void
link_below(const char *root, const char *name, const char *target)
{
    PB_AUTOFREE char *path = pb_path_join(root, name);
    assert_int_equal(symlink(target, path), 0);
}

static void
mkdir_below(const char *root, const char *name, mode_t mode)
{
    PB_AUTOFREE char *path = pb_path_join(root, name);
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_mkdirs(path, &err), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void
assert_list(struct pb_strv *list, const char *expected)
{
    PB_AUTOFREE char *text = pb_strv_join(list, " ");
    assert_string_equal(text, expected);
}

static void
assert_walk(const char *root, const char *expected)
{
    PB_AUTO(pb_strv) struct pb_strv found = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_walk(root, &found, &err), 0);
    assert_list(&found, expected);
}

static void
lists_are_sorted_and_walks_go_below(void **state)
{
    put_below(*state, "b/y", "");
    put_below(*state, "b/x/deep", "");
    put_below(*state, "a", "");
    mkdir_below(*state, "empty", 0755);
    link_below(*state, "c", "b");
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_list(*state, &names, &err), 0);
    assert_list(&names, "a b c empty");
    assert_walk(*state, "a b/x/deep b/y c");
}

static void
listing_what_is_absent_is_an_error(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "absent");
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_list(path, &names, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    assert_int_equal(pb_fs_walk(path, &names, &err), -1);
    assert_int_equal(names.len, 0);
}

static void
files_with_two_names_are_measured_once(void **state)
{
    PB_AUTOFREE char *one = pb_path_join(*state, "one");
    PB_AUTOFREE char *two = pb_path_join(*state, "two");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    for (int i = 0; i < 30000; i++) {
        pb_buf_addf(&text, "%d", i);
    }
    put_file(one, text.data);
    uint64_t before = pb_fs_usage(*state);
    assert_int_equal(link(one, two), 0);
    assert_true(pb_fs_usage(*state) == before);
    assert_true(pb_fs_usage(one) > 0);
    assert_true(before >= pb_fs_usage(one));
    PB_AUTOFREE char *absent = pb_path_join(*state, "absent");
    assert_true(pb_fs_usage(absent) == 0);
}

static bool
skip_caches(const char *relative, void *context)
{
    (*(int *)context)++;
    return strcmp(pb_path_base(relative), "__pycache__") == 0;
}

static void
copies_keep_content_links_modes_and_times(void **state)
{
    PB_AUTOFREE char *from = pb_path_join(*state, "from");
    PB_AUTOFREE char *to = pb_path_join(*state, "to/there");
    put_below(from, "bin/tool", "#!/bin/sh\n");
    put_below(from, "lib/__pycache__/m.pyc", "junk");
    put_below(from, "lib/m.py", "x = 1\n");
    link_below(from, "bin/link", "../lib/m.py");
    link_below(from, "dangling", "nowhere");
    PB_AUTOFREE char *tool = pb_path_join(from, "bin/tool");
    const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 2000}};
    assert_int_equal(chmod(tool, 0751), 0);
    assert_int_equal(utimensat(AT_FDCWD, tool, times, 0), 0);

    struct pb_error err = PB_ERROR_INIT;
    int asked = 0;
    assert_int_equal(pb_fs_copy_tree(from, to, skip_caches, &asked, &err), 0);
    assert_walk(to, "bin/link bin/tool dangling lib/m.py");
    assert_int_equal(asked, 7);
    PB_AUTOFREE char *copied = pb_path_join(to, "bin/tool");
    assert_file(copied, "#!/bin/sh\n");
    struct stat info;
    assert_int_equal(stat(copied, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0751);
    assert_int_equal(info.st_mtim.tv_sec, 2000);
    PB_AUTOFREE char *linked = pb_path_join(to, "bin/link");
    char target[64] = "";
    assert_int_equal(readlink(linked, target, sizeof(target) - 1), 11);
    assert_string_equal(target, "../lib/m.py");
}

static void
large_files_are_copied_whole(void **state)
{
    PB_AUTOFREE char *from = pb_path_join(*state, "from");
    PB_AUTOFREE char *to = pb_path_join(*state, "to");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    for (int i = 0; i < 100000; i++) {
        pb_buf_addf(&text, "%d\n", i);
    }
    put_below(from, "file", text.data);
    put_below(to, "file", "shorter, and overwritten");
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_copy_tree(from, to, NULL, NULL, &err), 0);
    PB_AUTOFREE char *copied = pb_path_join(to, "file");
    assert_file(copied, text.data);
}

static void
copies_do_not_write_through_links(void **state)
{
    PB_AUTOFREE char *from = pb_path_join(*state, "from");
    PB_AUTOFREE char *to = pb_path_join(*state, "to");
    PB_AUTOFREE char *outside = pb_path_join(*state, "outside");
    put_below(from, "file", "new");
    put_below(from, "sub/file", "new");
    put_below(outside, "file", "old");
    mkdir_below(*state, "to", 0755);
    link_below(to, "file", "../outside/file");
    link_below(to, "sub", "../outside");
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_copy_tree(from, to, NULL, NULL, &err), -1);
    assert_non_null(strstr(err.message, "to/sub"));
    PB_AUTOFREE char *kept = pb_path_join(outside, "file");
    assert_file(kept, "old");
}

static void
read_only_directories_can_be_copied(void **state)
{
    PB_AUTOFREE char *from = pb_path_join(*state, "from");
    PB_AUTOFREE char *to = pb_path_join(*state, "to");
    put_below(from, "sub/file", "x");
    mkdir_below(from, "sub", 0555);
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_copy_tree(from, to, NULL, NULL, &err), 0);
    assert_walk(to, "sub/file");
    PB_AUTOFREE char *sub = pb_path_join(to, "sub");
    struct stat info;
    assert_int_equal(stat(sub, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0555);
}

static void
removing_does_not_follow_links(void **state)
{
    PB_AUTOFREE char *tree = pb_path_join(*state, "tree");
    PB_AUTOFREE char *alias = pb_path_join(*state, "alias");
    PB_AUTOFREE char *kept = pb_path_join(*state, "outside/file");
    put_below(*state, "outside/file", "precious");
    put_below(tree, "a/b/file", "x");
    link_below(tree, "a/link", "../../outside");
    link_below(*state, "alias", "outside");
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_remove_tree(tree, &err), 0);
    assert_false(pb_fs_exists(tree));
    assert_int_equal(pb_fs_remove_tree(alias, &err), 0);
    assert_false(pb_fs_exists(alias));
    assert_file(kept, "precious");
}

static void
removing_bears_files_and_absence(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "x");
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_remove_tree(path, &err), 0);
    put_file(path, "");
    assert_int_equal(pb_fs_remove_tree(path, &err), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(pb_fs_remove_tree(path, &err), 0);
    assert_false(pb_fs_exists(path));
}

static void
names_like_ours_do_not_confuse_the_removal(void **state)
{
    PB_AUTOFREE char *tree = pb_path_join(*state, "tree");
    put_below(tree, ".tmp-0/a/b/c", "");
    put_below(tree, ".tmp-1", "");
    put_below(tree, "d/.tmp-2/e/f", "");
    put_below(tree, "d/e/.tmp-0/f", "");
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_remove_tree(tree, &err), 0);
    assert_false(pb_fs_exists(tree));
}

static void
locked_directories_are_removed(void **state)
{
    PB_AUTOFREE char *tree = pb_path_join(*state, "tree");
    put_below(tree, "a/b/file", "x");
    put_below(tree, "a/c/d/file", "x");
    mkdir_below(tree, "a/c/d", 0000);
    mkdir_below(tree, "a/b", 0555);
    mkdir_below(tree, "a/c", 0555);
    mkdir_below(tree, "a", 0111);
    mkdir_below(*state, "tree", 0444);
    struct pb_error err = PB_ERROR_INIT;
    if (pb_fs_remove_tree(tree, &err) < 0) {
        fail_msg("%s", err.message);
    }
    assert_false(pb_fs_exists(tree));
}

static void
trees_deeper_than_any_path_are_removed(void **state)
{
    PB_AUTOFREE char *tree = pb_path_join(*state, "tree");
    assert_int_equal(mkdir(tree, 0755), 0);
    int fd = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(mkdirat(fd, "directory", 0755), 0);
        int below = openat(fd, "directory", O_RDONLY | O_DIRECTORY);
        assert_true(below >= 0);
        close(fd);
        fd = below;
    }
    close(fd);
    struct pb_error err = PB_ERROR_INIT;
    if (pb_fs_remove_tree(tree, &err) < 0) {
        fail_msg("%s", err.message);
    }
    assert_false(pb_fs_exists(tree));
}

static void
what_cannot_be_removed_is_an_error(void **state)
{
    PB_AUTOFREE char *locked = pb_path_join(*state, "locked");
    PB_AUTOFREE char *tree = pb_path_join(locked, "tree");
    put_below(tree, "file", "x");
    mkdir_below(*state, "locked", 0555);
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_remove_tree(tree, &err), -1);
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
    assert_non_null(strstr(err.message, tree));
}

#define UNPRIVILEGED_TEST(test)                                               \
    cmocka_unit_test_setup_teardown(test, scratch_make_unprivileged,          \
                                    scratch_remove_unprivileged)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(lists_are_sorted_and_walks_go_below),
        SCRATCH_TEST(listing_what_is_absent_is_an_error),
        SCRATCH_TEST(files_with_two_names_are_measured_once),
        SCRATCH_TEST(copies_keep_content_links_modes_and_times),
        SCRATCH_TEST(large_files_are_copied_whole),
        SCRATCH_TEST(copies_do_not_write_through_links),
        UNPRIVILEGED_TEST(read_only_directories_can_be_copied),
        SCRATCH_TEST(removing_does_not_follow_links),
        SCRATCH_TEST(removing_bears_files_and_absence),
        SCRATCH_TEST(names_like_ours_do_not_confuse_the_removal),
        UNPRIVILEGED_TEST(locked_directories_are_removed),
        SCRATCH_TEST(trees_deeper_than_any_path_are_removed),
        UNPRIVILEGED_TEST(what_cannot_be_removed_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
