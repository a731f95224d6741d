/* Preprocessed text without its line numbers, and what ccache makes of it. */
#include <stdlib.h>
#include <sys/wait.h>

#include "base/scratch.h"

#include "build/preprocessed.h"

/* --- text --------------------------------------------------------------- */

static void
expect(const char *before, const char *after)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(&text, before);
    pb_preprocessed_forget_lines(&text);
    assert_string_equal(text.len == 0 ? "" : text.data, after);
}

static void
empty_lines_go(void **state)
{
    (void)state;
    expect("", "");
    expect("\n\n", "");
    expect("int a;\n\n \t\nint b;\n", "int a;\nint b;\n");
    expect("\n  x", "  x");
}

static void
numbers_and_flags_of_markers_go(void **state)
{
    (void)state;
    expect("# 12 \"a.h\" 1 3 4\nint a;\n# 7 \"b.h\" 2\n",
           "# 0 \"a.h\"\nint a;\n# 0 \"b.h\"\n");
}

static void
a_marker_that_names_the_file_of_the_last_one_goes(void **state)
{
    (void)state;
    expect("# 1 \"a.h\" 1\nint a;\n# 20 \"a.h\"\nint b;\n# 3 \"a.c\" 2\n",
           "# 0 \"a.h\"\nint a;\nint b;\n# 0 \"a.c\"\n");
    expect("# 1 \"a.h\"\n# 1 \"aa.h\"\n# 1 \"a.h\"\n",
           "# 0 \"a.h\"\n# 0 \"aa.h\"\n# 0 \"a.h\"\n");
}

static void
what_only_looks_like_a_marker_stays(void **state)
{
    static const char *const texts[] = {
        "#pragma pack(1)\n", "# x \"a\"\n", "# 1\n", "# 1 \"a\n", "#1 \"a\"\n",
        " # 1 \"a\"\n",      "# 1 a.h\n",   "#",     "# 1 \"",    "# ",
        "f(\"\\n\")",
    };
    (void)state;
    for (size_t i = 0; i < PB_LENGTH(texts); i++) {
        expect(texts[i], texts[i]);
    }
}

static void
names_may_hold_quotes(void **state)
{
    (void)state;
    expect("# 1 \"a\\\"b.h\" 1\n", "# 0 \"a\\\"b.h\"\n");
}

static void
some_compilations_need_lines(void **state)
{
    static const struct {
        const char *word;
        bool needs;
    } cases[] = {
        {"-g", true},
        {"-ggdb3", true},
        {"-fsanitize=address", true},
        {"--coverage", true},
        {"-fprofile-arcs", true},
        {"-g0", false},
        {"-O1", false},
        {"-fvisibility=hidden", false},
        {"a-g.c", false},
    };
    (void)state;
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        const char *const argv[] = {"cc", "-c", cases[i].word, NULL};
        assert_int_equal(pb_preprocessed_needs_lines(argv), cases[i].needs);
    }
}

/* --- ccache ------------------------------------------------------------- */

/* Runs in the scratch directory. */
static int
shell(const char *directory, const char *command)
{
    PB_AUTOFREE char *line = pb_asprintf(
        "cd '%s' && export CCACHE_DIR=$PWD/cache CCACHE_PREFIX_CPP='%s' && %s",
        directory, PB_CPP, command);
    int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
compile(const char *directory, const char *header, const char *flags)
{
    PB_AUTOFREE char *path = pb_path_join(directory, "a.h");
    PB_AUTOFREE char *command =
        pb_asprintf("ccache cc %s -c a.c -o a.o", flags);
    put_file(path, header);
    assert_int_equal(shell(directory, command), 0);
}

/* Of preprocessed text. */
static int
hits(const char *directory)
{
    return shell(directory, "exit $(ccache --print-stats | "
                            "sed -n 's/^preprocessed_cache_hit\t//p')");
}

static void
begin(const char *directory)
{
    PB_AUTOFREE char *path = pb_path_join(directory, "a.c");
    put_file(path, "#include \"a.h\"\n"
                   "int f(void) { return NUMBER; }\n"
                   "int line(void) { return LINE; }\n");
}

#define HEADER "#define NUMBER 1\n#define LINE 5\n"

static void
a_header_whose_lines_moved_compiles_nothing(void **state)
{
    if (shell(*state, "command -v ccache >/dev/null") != 0) {
        skip();
    }
    begin(*state);
    compile(*state, "int g(void);\n" HEADER, "-O1");
    assert_int_equal(hits(*state), 0);
    compile(*state, "/* what it is */\n\nint g(void);\n" HEADER, "-O1");
    assert_int_equal(hits(*state), 1);
    /* Direct: which headers were read is known still. */
    compile(*state, "/* what it is */\n\nint g(void);\n" HEADER, "-O1");
    assert_int_equal(hits(*state), 1);
    compile(*state, "int g(void);\n#define NUMBER 2\n#define LINE 5\n", "-O1");
    assert_int_equal(hits(*state), 1);
    assert_int_equal(shell(*state, "cc -O1 -c a.c -o b.o && cmp a.o b.o"), 0);
}

static void
an_object_that_holds_lines_is_compiled(void **state)
{
    if (shell(*state, "command -v ccache >/dev/null") != 0) {
        skip();
    }
    begin(*state);
    compile(*state, "int g(void);\n" HEADER, "-g");
    compile(*state, "\n\nint g(void);\n" HEADER, "-g");
    assert_int_equal(hits(*state), 0);
    compile(*state, "#define NUMBER 1\n#define LINE __LINE__\n", "-O1");
    PB_AUTOFREE char *path = pb_path_join(*state, "a.c");
    put_file(path, "#include \"a.h\"\n"
                   "int f(void) { return NUMBER; }\n\n"
                   "int line(void) { return LINE; }\n");
    compile(*state, "#define NUMBER 1\n#define LINE __LINE__\n", "-O1");
    assert_int_equal(hits(*state), 0);
    assert_int_equal(shell(*state, "cc -O1 -c a.c -o b.o && cmp a.o b.o"), 0);
}

static void
a_compiler_that_fails_or_is_not_there_fails(void **state)
{
    assert_int_equal(shell(*state, "'" PB_CPP "' false -o x"), 1);
    assert_int_equal(
        shell(*state, "'" PB_CPP "' /no-such-compiler -o x 2>/dev/null"), 127);
    assert_int_equal(shell(*state, "'" PB_CPP "' 2>/dev/null"), 2);
    assert_int_equal(shell(*state, "'" PB_CPP "' true -o x 2>/dev/null"), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_lines_go),
        cmocka_unit_test(numbers_and_flags_of_markers_go),
        cmocka_unit_test(a_marker_that_names_the_file_of_the_last_one_goes),
        cmocka_unit_test(what_only_looks_like_a_marker_stays),
        cmocka_unit_test(names_may_hold_quotes),
        cmocka_unit_test(some_compilations_need_lines),
        SCRATCH_TEST(a_header_whose_lines_moved_compiles_nothing),
        SCRATCH_TEST(an_object_that_holds_lines_is_compiled),
        SCRATCH_TEST(a_compiler_that_fails_or_is_not_there_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
