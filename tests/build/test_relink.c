/* relink: the commands in make's log, and what they make again. */
#include "base/scratch.h"

#include "build/relink.h"
#include "pybisect/sandbox.h"

static void
put(const char *scratch, const char *name, const char *text)
{
    PB_AUTOFREE char *path = pb_path_join(scratch, name);
    put_file(path, text);
}

/* What is needed, in one line; NULL: the log does not tell. Caller frees. */
static char *
prepare(const char *scratch, const char *log)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv paths = PB_STRV_INIT;
    PB_AUTOFREE char *path = pb_path_join(scratch, "log");
    PB_AUTOFREE char *tree = pb_path_join(scratch, "tree");
    put(scratch, "log", log);
    int status = pb_relink_prepare(tree, path, &paths, &err);
    if (status < 0) {
        fail_msg("%s", err.message);
    }
    return status == 1 ? NULL : pb_strv_join(&paths, " ");
}

static void
put_objects(const char *scratch)
{
    put(scratch, "tree/Programs/python.o", "p");
    put(scratch, "tree/Objects/a.o", "a");
    put(scratch, "tree/Objects/b.o", "b");
    put(scratch, "tree/Modules/libz.a", "z");
}

static void
a_link_of_objects_needs_these_alone(void **state)
{
    put_objects(*state);
    PB_AUTOFREE char *paths =
        prepare(*state, "cc -c -o Objects/a.o Objects/a.c\n"
                        "ar rcs libpython3.13.a Objects/a.o Objects/b.o\n"
                        "ccache cc -ffile-prefix-map=/a/b=. -Xlinker "
                        "-export-dynamic -o python "
                        "Programs/python.o Objects/a.o Modules/libz.a -lm\n"
                        "cc -shared Objects/b.o -o build/x.so\n");
    assert_string_equal(paths, "pybisect-link.sh Modules/libz.a Objects/a.o "
                               "Programs/python.o");
    PB_AUTOFREE char *script = pb_path_join(*state, "tree/pybisect-link.sh");
    assert_file(script, "# Links the interpreter as make did.\nset -e\n"
                        "cc -Xlinker -export-dynamic -o python "
                        "Programs/python.o Objects/a.o Modules/libz.a -lm\n");
}

static void
a_link_with_the_archive_makes_that_first(void **state)
{
    put_objects(*state);
    PB_AUTOFREE char *paths =
        prepare(*state, "ar rc libpython2.7.a Objects/a.o\n"
                        "x86_64-linux-gnu-ar rc libpython2.7.a Objects/b.o\n"
                        "ranlib libpython2.7.a\n"
                        "gcc -o python \\\n"
                        "\tPrograms/python.o \\\n"
                        "\tlibpython2.7.a -lm\n");
    assert_string_equal(paths, "pybisect-link.sh Objects/a.o Objects/b.o "
                               "Programs/python.o");
    PB_AUTOFREE char *script = pb_path_join(*state, "tree/pybisect-link.sh");
    assert_file(script,
                "# Links the interpreter as make did.\nset -e\n"
                "ar rc libpython2.7.a Objects/a.o\n"
                "x86_64-linux-gnu-ar rc libpython2.7.a Objects/b.o\n"
                "ranlib libpython2.7.a\n"
                "gcc -o python  \tPrograms/python.o  \tlibpython2.7.a -lm\n");
}

static void
what_is_not_told_or_not_there_is_not_guessed(void **state)
{
    static const char *const logs[] = {
        "",
        "cc -o Programs/_freeze_module Programs/python.o\n",
        "cc -o python Programs/python.o Objects/gone.o\n",
        "cc -o python Programs/python.o libpython3.a\n",
        "if true; then cc -o python Programs/python.o; fi\n",
        "cc -o python Programs/python.o $(cat flags)\n",
    };
    put_objects(*state);
    for (size_t i = 0; i < PB_LENGTH(logs); i++) {
        assert_null(prepare(*state, logs[i]));
    }
}

static struct pb_tree *
open_tree(const char *scratch)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_tree *tree = NULL;
    PB_AUTOFREE char *directory = pb_path_join(scratch, "tree");
    PB_AUTOFREE char *index = pb_path_join(scratch, "tree.index");
    assert_int_equal(pb_tree_open(directory, index, &tree, &err), 0);
    put_objects(scratch);
    return tree;
}

static void
the_script_makes_the_interpreter_again(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    const struct pb_compiler compiler = {.jobs = 1};
    PB_AUTO(pb_tree) struct pb_tree *tree = open_tree(*state);
    PB_AUTOFREE char *archive = pb_path_join(*state, "tree/libpython3.a");
    PB_AUTOFREE char *python = pb_path_join(*state, "tree/python");
    put(*state, "tree/pybisect-link.sh",
        "set -e\ntest ! -e libpython3.a\ncat Objects/a.o > python\n");
    put_file(archive, "old");
    assert_int_equal(pb_relink_run(&compiler, tree, &err), 0);
    assert_file(python, "a");
    put(*state, "tree/pybisect-link.sh", "set -e\nfalse\n");
    assert_int_equal(pb_relink_run(&compiler, tree, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CORRUPT);
    assert_string_equal(err.message, "cannot link the stored interpreter: "
                                     "exit status 1");
}

/* A stored build may come from anywhere, and its script with it. */
static void
the_script_is_confined(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *sandbox = pb_sandbox_find(&err);
    if (sandbox == NULL) {
        skip();
    }
    const struct pb_compiler compiler = {.sandbox = sandbox, .jobs = 1};
    PB_AUTO(pb_tree) struct pb_tree *tree = open_tree(*state);
    PB_AUTOFREE char *python = pb_path_join(*state, "tree/python");
    PB_AUTOFREE char *secret = pb_path_join(*state, "secret");
    put(*state, "secret", "the user's own");
    put(*state, "tree/pybisect-link.sh",
        "cat ../secret > python || echo made > python\n"
        "echo gone > ../secret || true\n");
    assert_int_equal(pb_relink_run(&compiler, tree, &err), 0);
    assert_file(python, "made\n");
    assert_file(secret, "the user's own");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_link_of_objects_needs_these_alone),
        SCRATCH_TEST(a_link_with_the_archive_makes_that_first),
        SCRATCH_TEST(what_is_not_told_or_not_there_is_not_guessed),
        SCRATCH_TEST(the_script_makes_the_interpreter_again),
        SCRATCH_TEST(the_script_is_confined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
