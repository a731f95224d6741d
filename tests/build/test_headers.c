/* headers: which changes of headers leave objects as they are. */
#include "build_test.h"

#include "build/headers.h"
#include "build/stale.h"
#include "pybisect/process.h"

struct fixture {
    struct repo_builder builder;
    struct pb_repo *repo;
    struct pb_tree *tree;
    int mark; /* of the last revision */
};

#define HEADER                                                                \
    "/* one */\n"                                                             \
    "#ifdef OTHER\nint other;\n#endif\n"                                      \
    "#ifdef __riscv\nint risc;\n#endif\n"                                     \
    "#ifdef __AVX2__\nint wide;\n#endif\n"                                    \
    "int a(void);\n"
#define MAKEFILE "OPT=\t-O1 -DNDEBUG\nCC=\tgcc -pthread\n"

static int
setup(void **state)
{
    struct fixture *fixture = pb_alloc(sizeof(*fixture));
    repo_builder_init(&fixture->builder);
    fixture->mark = repo_commit(&fixture->builder, "main", "a", 0, 0);
    repo_file(&fixture->builder, "Include/a.h", HEADER);
    repo_file(&fixture->builder, "Python/a.c", "#include \"Include/a.h\"\n");
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

static char cc[] = "cc";

static void
move(struct fixture *fixture, int mark)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv changed = PB_STRV_INIT;
    struct pb_oid commit = repo_oid(&fixture->builder, mark);
    const struct pb_tree_target target = {
        .repo = fixture->repo,
        .commit = &commit,
        .wanted = everything,
        .aged = pb_stale_is_header,
        .before = pb_stale_remove,
        .context = cc,
    };
    assert_done(pb_tree_move(fixture->tree, &target, &changed, &err), &err);
}

/* The first revision, built: by `flags`, with a makefile that says so. */
static void
begin(struct fixture *fixture, const char *makefile)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    PB_AUTOFREE char *directory = below(&fixture->builder, "tree");
    PB_AUTOFREE char *index = below(&fixture->builder, "index");
    PB_AUTOFREE char *command = pb_asprintf(
        "cd '%s' && cc -I. -MD -c Python/a.c -o Python/a.o", directory);
    fixture->repo = open_repo(&fixture->builder);
    assert_done(pb_tree_open(directory, index, &fixture->tree, &err), &err);
    move(fixture, 1);
    put_text(&fixture->builder, "tree/Makefile", makefile);
    put_text(&fixture->builder, "tree/pyconfig.h", "/* #undef OTHER */\n");
    char shell[] = "sh";
    char option[] = "-c";
    char *const argv[] = {shell, option, command, NULL};
    assert_done(pb_process_capture(argv, &out, &err), &err);
}

/* A revision whose header is `text`. */
static void
change(struct fixture *fixture, const char *text)
{
    fixture->mark =
        repo_commit(&fixture->builder, "main", "b", fixture->mark, 0);
    repo_file(&fixture->builder, "Include/a.h", text);
}

static bool
object_stays(struct fixture *fixture)
{
    move(fixture, fixture->mark);
    return is_there(&fixture->builder, "tree/Python/a.o");
}

static void
what_no_object_sees_compiles_nothing(void **state)
{
    struct fixture *fixture = *state;
    change(fixture, "/* another\n   one */\n"
                    "#ifdef OTHER\nint other, more;\n#endif\n"
                    "#ifdef __AVX2__\nint wide;\n#endif\n"
                    "int  a(void);\n");
    begin(fixture, MAKEFILE);
    assert_true(object_stays(fixture));
    assert_true(mtime_of(&fixture->builder, "tree/Include/a.h") <
                mtime_of(&fixture->builder, "tree/Python/a.o"));
}

static void
what_is_seen_is_compiled(void **state)
{
    struct fixture *fixture = *state;
    change(fixture, HEADER "int b(void);\n");
    begin(fixture, MAKEFILE);
    assert_false(object_stays(fixture));
}

static void
a_flag_may_define_what_is_reserved(void **state)
{
    struct fixture *fixture = *state;
    change(fixture, HEADER "#ifdef __AVX2__\nint wider;\n#endif\n");
    begin(fixture, MAKEFILE);
    assert_false(object_stays(fixture));
}

static void
the_makefile_may_define_it(void **state)
{
    struct fixture *fixture = *state;
    change(fixture, HEADER "#ifdef OTHER\nint more;\n#endif\n");
    begin(fixture, MAKEFILE "Modules/x.o: x.c\n\t$(CC) -DOTHER=1 -c x.c\n");
    assert_false(object_stays(fixture));
}

static void
a_file_that_was_read_may_define_it(void **state)
{
    struct fixture *fixture = *state;
    repo_file(&fixture->builder, "Python/a.c",
              "#define OTHER\n#include \"Include/a.h\"\n");
    change(fixture, HEADER "#ifdef OTHER\nint more;\n#endif\n");
    begin(fixture, MAKEFILE);
    assert_false(object_stays(fixture));
}

static void
a_file_that_comes_may_define_it(void **state)
{
    struct fixture *fixture = *state;
    change(fixture, HEADER "#ifdef OTHER\nint more;\n#endif\n");
    repo_file(&fixture->builder, "Include/b.h", "# define OTHER\n");
    begin(fixture, MAKEFILE);
    assert_false(object_stays(fixture));
}

static void
an_object_that_does_not_tell_its_files_leaves_all_open(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    change(fixture, HEADER "#ifdef OTHER\nint more;\n#endif\n");
    begin(fixture, MAKEFILE);
    PB_AUTOFREE char *path = below(&fixture->builder, "tree/Python/a.d");
    assert_done(pb_fs_remove(path, &err), &err);
    assert_false(object_stays(fixture));
}

static void
a_source_that_wants_assertions_holds_lines(void **state)
{
    struct fixture *fixture = *state;
    repo_file(&fixture->builder, "Python/a.c",
              "#undef NDEBUG\n#include \"Include/a.h\"\n");
    change(fixture, "\n" HEADER);
    begin(fixture, MAKEFILE);
    assert_false(object_stays(fixture));
}

static void
objects_that_hold_lines_are_compiled(void **state)
{
    static const char *const makefiles[] = {
        "OPT=\t-O1 -DNDEBUG -g\n",
        "OPT=\t-g -O1 -DNDEBUG\n",
        "OPT=\t-O1 -DNDEBUG\nPY_CFLAGS= -fsanitize=address\n",
        "OPT=\t-O1 -DNDEBUG\nCONFIGURE_CFLAGS_NODIST = --coverage\n",
        "OPT=\t-O1\n", /* assertions say where they are */
    };
    struct fixture *fixture = *state;
    change(fixture, "\n" HEADER);
    for (size_t i = 0; i < PB_LENGTH(makefiles); i++) {
        if (i == 0) {
            begin(fixture, makefiles[i]);
        }
        move(fixture, 1);
        put_text(&fixture->builder, "tree/Makefile", makefiles[i]);
        put_text(&fixture->builder, "tree/Python/a.o", "object");
        assert_false(object_stays(fixture));
    }
    move(fixture, 1);
    put_text(&fixture->builder, "tree/Makefile", MAKEFILE);
    put_text(&fixture->builder, "tree/pyconfig.h", "#define Py_DEBUG 1\n");
    put_text(&fixture->builder, "tree/Python/a.o", "object");
    assert_false(object_stays(fixture));
}

static void
a_header_that_names_its_lines_is_compiled(void **state)
{
    struct fixture *fixture = *state;
    repo_file(&fixture->builder, "Include/a.h",
              HEADER "static int here = __LINE__;\n");
    change(fixture, "\n" HEADER "static int here = __LINE__;\n");
    begin(fixture, MAKEFILE);
    assert_false(object_stays(fixture));
}

static void
a_header_that_comes_or_goes_matters(void **state)
{
    struct fixture *fixture = *state;
    fixture->mark =
        repo_commit(&fixture->builder, "main", "b", fixture->mark, 0);
    repo_remove(&fixture->builder, "Include/a.h");
    begin(fixture, MAKEFILE);
    assert_false(object_stays(fixture));
}

static void
objects_of_generated_sources_go_with_any_header_that_matters(void **state)
{
    struct fixture *fixture = *state;
    change(fixture, "/* two */\n" HEADER);
    int two = fixture->mark;
    change(fixture, HEADER "int b(void);\n");
    begin(fixture, MAKEFILE);
    put_text(&fixture->builder, "tree/Python/made.c", "");
    put_text(&fixture->builder, "tree/Python/made.o", "object");
    put_text(&fixture->builder, "tree/Python/made.d", "made.o: pyconfig.h\n");
    move(fixture, two);
    assert_true(is_there(&fixture->builder, "tree/Python/made.o"));
    move(fixture, fixture->mark);
    assert_false(is_there(&fixture->builder, "tree/Python/made.o"));
    assert_true(is_there(&fixture->builder, "tree/Python/made.c"));
}

#define HEADERS_TEST(test)                                                    \
    cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        HEADERS_TEST(what_no_object_sees_compiles_nothing),
        HEADERS_TEST(what_is_seen_is_compiled),
        HEADERS_TEST(a_flag_may_define_what_is_reserved),
        HEADERS_TEST(the_makefile_may_define_it),
        HEADERS_TEST(a_file_that_was_read_may_define_it),
        HEADERS_TEST(a_file_that_comes_may_define_it),
        HEADERS_TEST(an_object_that_does_not_tell_its_files_leaves_all_open),
        HEADERS_TEST(a_source_that_wants_assertions_holds_lines),
        HEADERS_TEST(objects_that_hold_lines_are_compiled),
        HEADERS_TEST(a_header_that_names_its_lines_is_compiled),
        HEADERS_TEST(a_header_that_comes_or_goes_matters),
        HEADERS_TEST(
            objects_of_generated_sources_go_with_any_header_that_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
