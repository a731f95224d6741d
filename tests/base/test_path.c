/* path: joining and normalising. */
#include "scratch.h"

#include <unistd.h>

static void
assert_join(const char *directory, const char *name, const char *expected)
{
    PB_AUTOFREE char *path = pb_path_join(directory, name);
    assert_string_equal(path, expected);
}

static void
joining_puts_one_slash(void **state)
{
    (void)state;
    assert_join("a", "b", "a/b");
    assert_join("a/", "b", "a/b");
    assert_join("/", "b", "/b");
    assert_join("", "b", "b");
}

static void
the_base_is_what_follows_the_last_slash(void **state)
{
    (void)state;
    assert_string_equal(pb_path_base("/usr/bin/python"), "python");
    assert_string_equal(pb_path_base("python"), "python");
    assert_string_equal(pb_path_base("/"), "");
}

static void
assert_absolute(const char *path, const char *expected)
{
    PB_AUTOFREE char *absolute = pb_path_absolute(path);
    assert_string_equal(absolute, expected);
}

static void
absolute_paths_are_normalised(void **state)
{
    (void)state;
    assert_absolute("/a/./b//c/", "/a/b/c");
    assert_absolute("/a/../b", "/b");
    assert_absolute("/../..", "/");
    assert_absolute("/", "/");
    assert_absolute("/a/..b/...", "/a/..b/...");
}

static void
relative_paths_start_at_the_working_directory(void **state)
{
    PB_AUTOFREE char *before = get_current_dir_name();
    assert_int_equal(chdir(*state), 0);
    PB_AUTOFREE char *here = get_current_dir_name();
    PB_AUTOFREE char *expected = pb_path_join(here, "x");
    assert_absolute("x", expected);
    assert_absolute("./y/../x/", expected);
    assert_absolute(".", here);
    assert_int_equal(chdir(before), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joining_puts_one_slash),
        cmocka_unit_test(the_base_is_what_follows_the_last_slash),
        cmocka_unit_test(absolute_paths_are_normalised),
        SCRATCH_TEST(relative_paths_start_at_the_working_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
