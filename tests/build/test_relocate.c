/* relocate: templates of files that name their tree. */
#include "base/scratch.h"

#include <unistd.h>

#include "build/relocate.h"

static void
put(const char *directory, const char *name, const char *text)
{
    PB_AUTOFREE char *path = pb_path_join(directory, name);
    put_file(path, text);
}

static void
expect(const char *directory, const char *name, const char *text)
{
    PB_AUTOFREE char *path = pb_path_join(directory, name);
    assert_file(path, text);
}

/* A tree whose Makefile names it, and the names of its files. */
static char *
make_tree(const char *scratch, const char *name, struct pb_strv *paths)
{
    char *tree = pb_path_join(scratch, name);
    PB_AUTOFREE char *makefile =
        pb_asprintf("srcdir=%s\nagain=%s/x\n", tree, tree);
    put(tree, "Makefile", makefile);
    put(tree, "build/_sysconfigdata.py", "no path");
    put(tree, "python", tree);
    pb_strv_add(paths, "Makefile");
    pb_strv_add(paths, "build/_sysconfigdata.py");
    pb_strv_add(paths, "python");
    return tree;
}

static void
equal_builds_in_two_trees_have_equal_templates(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    const char *const names[] = {"one", "another"};
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        PB_AUTO(pb_strv) struct pb_strv paths = PB_STRV_INIT;
        PB_AUTOFREE char *tree = make_tree(*state, names[i], &paths);
        assert_int_equal(pb_relocate_make_templates(tree, &paths, &err), 0);
        PB_AUTOFREE char *joined = pb_strv_join(&paths, " ");
        assert_string_equal(
            joined, "Makefile.pybisect build/_sysconfigdata.py python");
        expect(tree, "Makefile.pybisect",
               "srcdir=@PYBISECT_TREE@\nagain=@PYBISECT_TREE@/x\n");
    }
}

static void
a_template_is_not_written_through_a_link(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv paths = PB_STRV_INIT;
    PB_AUTOFREE char *tree = make_tree(*state, "tree", &paths);
    PB_AUTOFREE char *link = pb_path_join(tree, "Makefile.pybisect");
    put(*state, "secret", "the user's own");
    assert_int_equal(symlink("../secret", link), 0);
    assert_int_equal(pb_relocate_make_templates(tree, &paths, &err), 0);
    expect(*state, "secret", "the user's own");
    expect(tree, "Makefile.pybisect",
           "srcdir=@PYBISECT_TREE@\nagain=@PYBISECT_TREE@/x\n");
}

static void
a_template_is_filled_in_with_the_tree_it_is_used_in(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv paths = PB_STRV_INIT;
    PB_AUTOFREE char *tree = pb_path_join(*state, "run");
    PB_AUTOFREE char *text = pb_asprintf("srcdir=%s\n", tree);
    put(tree, "Makefile.pybisect", "srcdir=@PYBISECT_TREE@\n");
    put(tree, "Makefile", "of another revision");
    put(tree, "python", "@PYBISECT_TREE@");
    pb_strv_add(&paths, "Makefile.pybisect");
    pb_strv_add(&paths, "python");
    assert_int_equal(pb_relocate_use_templates(tree, &paths, &err), 0);
    expect(tree, "Makefile", text);
    expect(tree, "python", "@PYBISECT_TREE@");
    PB_AUTOFREE char *joined = pb_strv_join(&paths, " ");
    assert_string_equal(joined, "Makefile.pybisect python Makefile");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(equal_builds_in_two_trees_have_equal_templates),
        SCRATCH_TEST(a_template_is_not_written_through_a_link),
        SCRATCH_TEST(a_template_is_filled_in_with_the_tree_it_is_used_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
