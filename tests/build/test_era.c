/* era: which settings a revision needs. */
#include "build_test.h"

#include "build/era.h"

struct fixture {
    struct repo_builder builder;
    struct pb_repo *repo;
    struct pb_eras *eras;
    struct pb_settings settings;
};

static int
setup(void **state)
{
    struct fixture *fixture = pb_alloc(sizeof(*fixture));
    repo_builder_init(&fixture->builder);
    *state = fixture;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *fixture = *state;
    pb_settings_clear(&fixture->settings);
    pb_eras_free(fixture->eras);
    pb_repo_close(fixture->repo);
    repo_builder_clear(&fixture->builder);
    free(fixture);
    return 0;
}

/* A commit of Python `version` with one file more. */
static int
commit_version(struct fixture *fixture, const char *major, const char *minor,
               const char *path)
{
    PB_AUTOFREE char *branch = pb_asprintf("%s.%s", major, minor);
    int mark = repo_commit(&fixture->builder, branch, "a", 0, 0);
    PB_AUTOFREE char *text = pb_asprintf(
        "/* Version */\n#define PY_MAJOR_VERSION\t%s\n"
        "#define PY_MINOR_VERSION  %s\n#define PY_MICRO_VERSION 99\n",
        major, minor);
    repo_file(&fixture->builder, "Include/patchlevel.h", text);
    repo_file(&fixture->builder, path, "x");
    return mark;
}

static int
load(struct fixture *fixture, const char *text, struct pb_problems *problems,
     struct pb_error *err)
{
    PB_AUTOFREE char *path = below(&fixture->builder, "eras.yml");
    put_text(&fixture->builder, "eras.yml", text);
    return pb_eras_load(path, &fixture->eras, problems, err);
}

/* The names of the eras that apply to `mark`. */
static void
assert_eras(struct fixture *fixture, int mark, const char *expected)
{
    struct pb_error err = PB_ERROR_INIT;
    if (fixture->repo == NULL) {
        fixture->repo = open_repo(&fixture->builder);
    }
    struct pb_oid id = repo_oid(&fixture->builder, mark);
    pb_settings_clear(&fixture->settings);
    assert_done(pb_eras_select(fixture->eras, fixture->repo, &id,
                               &fixture->settings, &err),
                &err);
    PB_AUTOFREE char *names = pb_strv_join(&fixture->settings.names, " ");
    assert_string_equal(names, expected);
}

static void
load_well(struct fixture *fixture, const char *text)
{
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_done(load(fixture, text, &problems, &err), &err);
}

static void
versions_are_compared_as_numbers(void **state)
{
    struct fixture *fixture = *state;
    load_well(fixture, "eras:\n"
                       "  - {name: old, python: '<3.0'}\n"
                       "  - {name: exact, python: ==3.9}\n"
                       "  - {name: new, python: '>=3.10'}\n"
                       "  - {name: most, python: '<=3.9'}\n"
                       "  - {name: between, python: '>2.7, <3.10'}\n");
    int v27 = commit_version(fixture, "2", "7", "a");
    int v39 = commit_version(fixture, "3", "9", "a");
    int v310 = commit_version(fixture, "3", "10", "a");
    int v313 = commit_version(fixture, "3", "13", "a");
    assert_eras(fixture, v27, "old most");
    assert_eras(fixture, v39, "exact most between");
    assert_eras(fixture, v310, "new");
    assert_eras(fixture, v313, "new");
}

static void
paths_may_be_required_or_excluded(void **state)
{
    struct fixture *fixture = *state;
    load_well(fixture, "eras:\n"
                       "  - {name: distutils, has: setup.py}\n"
                       "  - {name: makefile, lacks: [setup.py]}\n"
                       "  - {name: both, has: [setup.py, nothing]}\n"
                       "  - {name: three, has: setup.py, python: '>=3.0'}\n");
    int with = commit_version(fixture, "2", "7", "setup.py");
    int without = commit_version(fixture, "3", "12", "Lib/os.py");
    assert_eras(fixture, with, "distutils");
    assert_eras(fixture, without, "makefile");
}

static void
without_a_version_no_condition_on_it_holds(void **state)
{
    struct fixture *fixture = *state;
    load_well(fixture, "eras:\n"
                       "  - {name: any}\n"
                       "  - {name: old, python: '<3.0'}\n"
                       "  - {name: new, python: '>=3.0'}\n");
    int mark = repo_commit(&fixture->builder, "main", "a", 0, 0);
    repo_file(&fixture->builder, "README", "x");
    assert_eras(fixture, mark, "any");
}

static void
settings_add_up_in_order(void **state)
{
    struct fixture *fixture = *state;
    load_well(fixture, "eras:\n"
                       "  - name: any\n"
                       "    configure: [--a]\n"
                       "    environment: {OPT: -O1, LDFLAGS: -L/x}\n"
                       "    make: {GITTAG: ''}\n"
                       "    targets: [python, sharedmods]\n"
                       "    substitutions:\n"
                       "      - {file: a.c, pattern: x, replacement: y}\n"
                       "  - name: later\n"
                       "    configure: --b\n"
                       "    environment: {OPT: -O0}\n"
                       "    targets: all\n"
                       "    products:\n"
                       "      - {file: b.c, sources: b.in}\n");
    int mark = commit_version(fixture, "3", "9", "a");
    assert_eras(fixture, mark, "any later");
    const struct pb_settings *settings = &fixture->settings;
    PB_AUTOFREE char *arguments = pb_strv_join(&settings->configure_args, " ");
    PB_AUTOFREE char *environment = pb_strv_join(&settings->environment, " ");
    PB_AUTOFREE char *make = pb_strv_join(&settings->make_args, " ");
    PB_AUTOFREE char *targets = pb_strv_join(&settings->targets, " ");
    assert_string_equal(arguments, "--a --b");
    assert_string_equal(environment, "OPT=-O0 LDFLAGS=-L/x");
    assert_string_equal(make, "GITTAG=");
    assert_string_equal(targets, "all");
    assert_int_equal(settings->nsubstitutions, 1);
    assert_string_equal(settings->substitutions[0]->file, "a.c");
    assert_int_equal(settings->nproducts, 1);
    assert_string_equal(settings->products[0]->path, "b.c");
    assert_string_equal(settings->products[0]->sources.items[0], "b.in");
}

static struct pb_digest
digest_with(struct fixture *fixture, int mark, const char *text)
{
    pb_eras_free(fixture->eras);
    fixture->eras = NULL;
    load_well(fixture, text);
    assert_eras(fixture, mark, "any");
    return fixture->settings.digest;
}

static void
the_digest_covers_every_setting_and_no_other_era(void **state)
{
    static const char *const different[] = {
        "eras:\n  - {name: any, configure: [--b]}\n",
        "eras:\n  - {name: any, targets: [--a]}\n",
        "eras:\n  - {name: any, configure: [--a], make: {A: b}}\n",
        "eras:\n  - {name: any, configure: [--a], environment: {A: b}}\n",
        "eras:\n  - name: any\n    configure: [--a]\n    substitutions:\n"
        "      - {file: a, pattern: b, replacement: c}\n",
        "eras:\n  - name: any\n    configure: [--a]\n    products:\n"
        "      - {file: a, sources: b}\n",
    };
    struct fixture *fixture = *state;
    int mark = commit_version(fixture, "3", "9", "a");
    struct pb_digest base = digest_with(
        fixture, mark, "eras:\n  - {name: any, configure: [--a]}\n");
    struct pb_digest same =
        digest_with(fixture, mark,
                    "eras:\n  - {name: any, configure: [--a]}\n"
                    "  - {name: other, python: '<3.0', configure: [--b]}\n");
    assert_true(pb_digest_equal(&base, &same));
    for (size_t i = 0; i < PB_LENGTH(different); i++) {
        struct pb_digest other = digest_with(fixture, mark, different[i]);
        assert_false(pb_digest_equal(&base, &other));
    }
}

static void
mistakes_are_reported_with_their_lines(void **state)
{
    static const struct {
        const char *text;
        int line;
        const char *part;
    } cases[] = {
        {"eras:\n  - name: a\n    pyhton: '<3'\n", 3, "pyhton"},
        {"eras:\n  - name: a\n    python: 3.0\n", 3, "3.0"},
        {"eras:\n  - name: a\n    python: '>=3'\n", 3, ">=3"},
        {"eras:\n  - name: a\n    python: '>=3.0 <3.5'\n", 3, ">=3.0"},
        {"eras:\n  - name: a\n    python: ''\n", 3, "python"},
        {"eras:\n  - has: setup.py\n", 2, "name"},
        {"eras:\n  - name: a\n    substitutions:\n      - file: x\n"
         "        pattern: '('\n        replacement: y\n",
         5, "pattern"},
        {"other: 1\n", 1, "eras"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
        struct pb_error err = PB_ERROR_INIT;
        assert_int_equal(load(fixture, cases[i].text, &problems, &err), -1);
        assert_null(fixture->eras);
        assert_int_equal(err.code, PB_ERROR_CONFIG);
        assert_true(problems.len >= 1);
        PB_AUTO(pb_buf) struct pb_buf all = PB_BUF_INIT;
        bool line = false;
        for (size_t j = 0; j < problems.len; j++) {
            pb_buf_addf(&all, "%s: %s\n", problems.items[j].key,
                        problems.items[j].message);
            line = line || problems.items[j].line == cases[i].line;
        }
        assert_contains(all.data, cases[i].part);
        assert_true(line);
    }
}

static void
load_our_own(struct fixture *fixture)
{
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_done(pb_eras_load(PB_SOURCE_DIR "/recipes/cpython.yml",
                             &fixture->eras, &problems, &err),
                &err);
}

static void
our_own_file_is_without_mistakes(void **state)
{
    struct fixture *fixture = *state;
    load_our_own(fixture);
    int v31 = commit_version(fixture, "3", "1", "setup.py");
    int v313 = commit_version(fixture, "3", "13", "a");
    assert_eras(fixture, v313, "any");
    assert_int_equal(fixture->settings.targets.len, 2);
    assert_eras(fixture, v31,
                "any generators run by make until 3.3 subversion keywords");
}

/* What the eras that were selected last make of a file. */
static void
assert_becomes(const struct fixture *fixture, const char *file,
               const char *content, const char *expected)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(&text, content);
    for (size_t i = 0; i < fixture->settings.nsubstitutions; i++) {
        const struct pb_substitution *one = fixture->settings.substitutions[i];
        if (strcmp(one->file, file) == 0) {
            PB_AUTO(pb_buf) struct pb_buf next = PB_BUF_INIT;
            pb_regex_replace(one->regex, text.data, text.len, one->replacement,
                             &next);
            pb_buf_truncate(&text, 0);
            pb_buf_add(&text, next.data, next.len);
        }
    }
    assert_string_equal(text.data, expected);
}

static void
keywords_of_subversion_are_expanded(void **state)
{
    struct fixture *fixture = *state;
    load_our_own(fixture);
    int mark = commit_version(fixture, "2", "7", "setup.py");
    assert_eras(fixture, mark,
                "any generators run by make until 3.3 subversion keywords");
    assert_becomes(fixture, "Python/sysmodule.c",
                   "static char _patchlevel_revision[] = \"$Revision$\";\n"
                   "static const char headurl[] = \"$HeadURL$\";\n",
                   "static char _patchlevel_revision[] = \"$Revision: 0 $\";\n"
                   "static const char headurl[] = \"$HeadURL: "
                   "svn+ssh://pythondev@svn.python.org/python/trunk/Python/"
                   "sysmodule.c $\";\n");
}

static void
names_that_linux_gave_up_are_left_out(void **state)
{
    struct fixture *fixture = *state;
    load_our_own(fixture);
    int mark = commit_version(fixture, "2", "5", "setup.py");
    assert_eras(fixture, mark,
                "any generators run by make until 3.3 subversion keywords "
                "first netlink sockets bytecode wherever it can");
    assert_becomes(
        fixture, "Modules/socketmodule.c",
        "\tPyModule_AddIntConstant(m, \"NETLINK_ROUTE\", NETLINK_ROUTE);\n"
        "\tPyModule_AddIntConstant(m, \"NETLINK_SKIP\", NETLINK_SKIP);\n"
        "\tPyModule_AddIntConstant(m, \"NETLINK_ROUTE6\", NETLINK_ROUTE6);\n",
        "\tPyModule_AddIntConstant(m, \"NETLINK_ROUTE\", NETLINK_ROUTE);\n");
}

static void
bytecode_is_written_only_where_it_may_be(void **state)
{
    static const char *const cases[][2] = {
        /* 2006, 2007, and 2.6, which asks by itself */
        {"\t\twrite_compiled_module(co, cpathname, mtime);\n",
         "\t\tif (getenv(\"PYTHONDONTWRITEBYTECODE\") == NULL) "
         "write_compiled_module(co, cpathname, mtime);\n"},
        {"\t\tif (cpathname)\n"
         "\t\t\twrite_compiled_module(co, cpathname, mtime);\n",
         "\t\tif (cpathname)\n"
         "\t\t\tif (getenv(\"PYTHONDONTWRITEBYTECODE\") == NULL) "
         "write_compiled_module(co, cpathname, mtime);\n"},
        {"\t\t\tif (ro == NULL || !PyObject_IsTrue(ro))\n"
         "\t\t\t\twrite_compiled_module(co, cpathname, mtime);\n",
         "\t\t\tif (ro == NULL || !PyObject_IsTrue(ro))\n"
         "\t\t\t\tif (getenv(\"PYTHONDONTWRITEBYTECODE\") == NULL) "
         "write_compiled_module(co, cpathname, mtime);\n"},
    };
    struct fixture *fixture = *state;
    load_our_own(fixture);
    int mark = commit_version(fixture, "2", "6", "setup.py");
    assert_eras(fixture, mark,
                "any generators run by make until 3.3 subversion keywords "
                "bytecode wherever it can");
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        assert_becomes(fixture, "Python/import.c", cases[i][0], cases[i][1]);
    }
}

#define ERA_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ERA_TEST(versions_are_compared_as_numbers),
        ERA_TEST(paths_may_be_required_or_excluded),
        ERA_TEST(without_a_version_no_condition_on_it_holds),
        ERA_TEST(settings_add_up_in_order),
        ERA_TEST(the_digest_covers_every_setting_and_no_other_era),
        ERA_TEST(mistakes_are_reported_with_their_lines),
        ERA_TEST(our_own_file_is_without_mistakes),
        ERA_TEST(keywords_of_subversion_are_expanded),
        ERA_TEST(names_that_linux_gave_up_are_left_out),
        ERA_TEST(bytecode_is_written_only_where_it_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
