/* stale: what goes before files change under it. */
#include "build_test.h"

#include "build/stale.h"

#include <sys/stat.h>

struct fixture {
    struct repo_builder builder;
    struct pb_repo *repo;
    struct pb_tree *tree;
};

/* A tree with sources, and objects as a build leaves them. */
static int
setup(void **state)
{
    static const struct {
        const char *path;
        const char *text;
    } files[] = {
        {"Include/Python.h", "#include \"object.h\"\n"},
        {"Include/object.h", ""},
        {"Objects/abstract.c", "#include \"Python.h\"\n"},
        {"Objects/clinic/list.c.h", ""},
        {"Objects/list.c", "  #  include <clinic/list.c.h>\n"},
        {"Python/alone.c", "/* #include \"no.h\" */\n"},
        {"Modules/sre_lib.h", ""},
        {"Modules/_sre.c", "#include \"sre.h\"\n#include \"sre_lib.h\"\n"},
        {"Modules/impl.c", ""},
        {"Modules/outer.c", "#include \"impl.c\"\n"},
    };
    static const char *const objects[] = {
        "Objects/abstract.o", "Objects/list.o",  "Python/alone.o",
        "Modules/_sre.o",     "Modules/outer.o",
    };
    struct fixture *fixture = pb_alloc(sizeof(*fixture));
    struct pb_error err = PB_ERROR_INIT;
    repo_builder_init(&fixture->builder);
    int mark = repo_commit(&fixture->builder, "main", "a", 0, 0);
    for (size_t i = 0; i < PB_LENGTH(files); i++) {
        repo_file(&fixture->builder, files[i].path, files[i].text);
    }
    fixture->repo = open_repo(&fixture->builder);
    PB_AUTOFREE char *directory = below(&fixture->builder, "tree");
    PB_AUTOFREE char *index = below(&fixture->builder, "index");
    struct pb_oid commit = repo_oid(&fixture->builder, mark);
    const struct pb_tree_target target = {
        .repo = fixture->repo, .commit = &commit, .wanted = everything};
    PB_AUTO(pb_strv) struct pb_strv changed = PB_STRV_INIT;
    assert_done(pb_tree_open(directory, index, &fixture->tree, &err), &err);
    assert_done(pb_tree_move(fixture->tree, &target, &changed, &err), &err);
    for (size_t i = 0; i < PB_LENGTH(objects); i++) {
        PB_AUTOFREE char *name = pb_path_join("tree", objects[i]);
        put_text(&fixture->builder, name, "object");
    }
    put_text(&fixture->builder, "tree/build/lib.linux/math.so", "module");
    put_text(&fixture->builder, "tree/build/temp.linux/math.o", "object");
    put_text(&fixture->builder, "tree/libpython.a", "library");
    *state = fixture;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *fixture = *state;
    pb_tree_free(fixture->tree);
    pb_repo_close(fixture->repo);
    repo_builder_clear(&fixture->builder);
    free(fixture);
    return 0;
}

/* Says that `path` will change, and which objects are left. */
static void
assert_left(const struct fixture *fixture, const char *path,
            const char *expected)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv touched = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv all = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv left = PB_STRV_INIT;
    pb_strv_add(&touched, path);
    assert_done(pb_stale_remove(fixture->tree, NULL, &touched, NULL, &err),
                &err);
    assert_done(pb_fs_walk(pb_tree_directory(fixture->tree), &all, &err),
                &err);
    for (size_t i = 0; i < all.len; i++) {
        size_t length = strlen(all.items[i]);
        if (strcmp(all.items[i] + length - 2, ".o") == 0 ||
            strcmp(all.items[i] + length - 3, ".so") == 0)
        {
            pb_strv_add(&left, all.items[i]);
        }
    }
    PB_AUTOFREE char *names = pb_strv_join(&left, " ");
    assert_string_equal(names, expected);
}

#define MODULES "build/lib.linux/math.so build/temp.linux/math.o"

static void
a_source_that_nobody_includes_takes_nothing_along(void **state)
{
    assert_left(*state, "Python/alone.c",
                "Modules/_sre.o Modules/outer.o Objects/abstract.o "
                "Objects/list.o Python/alone.o " MODULES);
}

static void
a_header_takes_along_what_includes_it_through_others(void **state)
{
    assert_left(*state, "Include/object.h",
                "Modules/_sre.o Modules/outer.o Objects/list.o "
                "Python/alone.o");
}

static void
a_header_in_a_directory_below_is_found(void **state)
{
    assert_left(*state, "Objects/clinic/list.c.h",
                "Modules/_sre.o Modules/outer.o Objects/abstract.o "
                "Python/alone.o");
}

static void
a_source_included_by_a_source_takes_that_along(void **state)
{
    assert_left(*state, "Modules/impl.c",
                "Modules/_sre.o Objects/abstract.o Objects/list.o "
                "Python/alone.o");
}

static void
a_header_that_is_yet_to_come_takes_along_what_asks_for_it(void **state)
{
    assert_left(*state, "Modules/sre.h",
                "Modules/outer.o Objects/abstract.o Objects/list.o "
                "Python/alone.o");
}

static void
the_library_leaves_everything_alone_but_distutils_does_not(void **state)
{
    assert_left(*state, "Lib/json/decoder.py",
                "Modules/_sre.o Modules/outer.o Objects/abstract.o "
                "Objects/list.o Python/alone.o " MODULES);
    assert_left(*state, "Lib/distutils/ccompiler.py",
                "Modules/_sre.o Modules/outer.o Objects/abstract.o "
                "Objects/list.o Python/alone.o");
}

static void
a_new_setup_template_takes_the_place_of_its_copy(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv touched = PB_STRV_INIT;
    put_text(&fixture->builder, "tree/Modules/Setup", "copy");
    pb_strv_add(&touched, "Modules/_sre.c");
    assert_done(pb_stale_remove(fixture->tree, NULL, &touched, NULL, &err),
                &err);
    assert_true(is_there(&fixture->builder, "tree/Modules/Setup"));
    pb_strv_add(&touched, "Modules/Setup.dist");
    assert_done(pb_stale_remove(fixture->tree, NULL, &touched, NULL, &err),
                &err);
    assert_false(is_there(&fixture->builder, "tree/Modules/Setup"));
}

/* As long ago as it takes for the file to count as out of date. */
static void
age(const struct fixture *fixture, const char *name)
{
    PB_AUTOFREE char *path = below(&fixture->builder, name);
    const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
}

static void
objects_that_a_header_left_alone_are_newer_than_it(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv touched = PB_STRV_INIT;
    age(fixture, "tree/Python/alone.o");
    age(fixture, "tree/libpython.a");
    age(fixture, "tree/build/temp.linux/math.o");
    pb_strv_add(&touched, "Python/other.c");
    assert_done(pb_stale_keep_objects(fixture->tree, &touched, &err), &err);
    const struct repo_builder *builder = &fixture->builder;
    int64_t header = mtime_of(builder, "tree/Include/object.h");
    assert_true(mtime_of(builder, "tree/Python/alone.o") < header);
    pb_strv_add(&touched, "Include/object.h");
    assert_done(pb_stale_keep_objects(fixture->tree, &touched, &err), &err);
    assert_true(mtime_of(builder, "tree/Python/alone.o") >= header);
    assert_true(mtime_of(builder, "tree/libpython.a") < header);
    assert_true(mtime_of(builder, "tree/build/temp.linux/math.o") < header);
}

static void
a_source_that_changed_with_a_header_is_compiled_all_the_same(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv touched = PB_STRV_INIT;
    age(fixture, "tree/Python/alone.o");
    pb_strv_add(&touched, "Include/object.h");
    pb_strv_add(&touched, "Python/alone.c");
    assert_done(pb_stale_keep_objects(fixture->tree, &touched, &err), &err);
    const struct repo_builder *builder = &fixture->builder;
    assert_true(mtime_of(builder, "tree/Python/alone.o") <
                mtime_of(builder, "tree/Python/alone.c"));
}

static void
all_that_a_compiler_made_can_be_removed(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    assert_done(pb_stale_remove_objects(fixture->tree, &err), &err);
    assert_left(fixture, "Lib/os.py", "");
    assert_false(is_there(&fixture->builder, "tree/libpython.a"));
    assert_true(is_there(&fixture->builder, "tree/Modules/_sre.c"));
}

#define STALE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STALE_TEST(a_source_that_nobody_includes_takes_nothing_along),
        STALE_TEST(a_header_takes_along_what_includes_it_through_others),
        STALE_TEST(a_header_in_a_directory_below_is_found),
        STALE_TEST(a_source_included_by_a_source_takes_that_along),
        STALE_TEST(a_header_that_is_yet_to_come_takes_along_what_asks_for_it),
        STALE_TEST(the_library_leaves_everything_alone_but_distutils_does_not),
        STALE_TEST(a_new_setup_template_takes_the_place_of_its_copy),
        STALE_TEST(objects_that_a_header_left_alone_are_newer_than_it),
        STALE_TEST(
            a_source_that_changed_with_a_header_is_compiled_all_the_same),
        STALE_TEST(all_that_a_compiler_made_can_be_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
