/* The facts of what a commit touches. */
#include "history_test.h"

#include "pybisect/alloc.h"
#include "pybisect/touched.h"

/*
 *  1---2   main
 */
struct fixture {
    struct repo_builder builder;
    struct pb_repo *repo;
    struct pb_touched touched;
};

/* A commit that makes `after` of `before`; NULL: no such file. */
static void
load(struct fixture *fixture, const char *path, const char *before,
     const char *after)
{
    struct pb_error err = PB_ERROR_INIT;
    *fixture = (struct fixture){.repo = NULL};
    repo_builder_init(&fixture->builder);
    repo_commit(&fixture->builder, "main", "base", 0, 0);
    repo_file(&fixture->builder, "README", "x\n");
    if (before != NULL) {
        repo_file(&fixture->builder, path, before);
    }
    repo_commit(&fixture->builder, "main", "gh-1: change", 1, 0);
    if (after == NULL) {
        repo_remove(&fixture->builder, path);
    }
    else {
        repo_file(&fixture->builder, path, after);
    }
    fixture->repo = open_built(&fixture->builder);
    struct pb_oid id = repo_oid(&fixture->builder, 2);
    assert_ok(pb_touched_load(fixture->repo, &id, &fixture->touched, &err));
    assert_int_equal(fixture->touched.len, 1);
    assert_string_equal(fixture->touched.files[0].path, path);
}

static void
fixture_clear(struct fixture *fixture)
{
    pb_touched_clear(&fixture->touched);
    pb_repo_close(fixture->repo);
    repo_builder_clear(&fixture->builder);
}
PB_DEFINE_AUTO_CLEAR(fixture, struct fixture, fixture_clear)

static void
assert_list(const struct pb_strv *list, const char *expected)
{
    PB_AUTOFREE char *got = pb_strv_join(list, "|");
    assert_string_equal(got, expected);
}

static const char python_before[] =
    "import warnings\n"
    "\n"
    "LIMIT = 3\n"
    "\n"
    "class Loader:\n"
    "    kind = 'x'\n"
    "\n"
    "    def load(self, name):\n"
    "        if name == 'a':\n"
    "            return 1\n"
    "\n"
    "        return 2\n"
    "\n"
    "    def stay(self):\n"
    "        pass\n"
    "\n"
    "def makeSuite(x):\n"
    "    warnings.warn('unittest.makeSuite() is deprecated',\n"
    "                  DeprecationWarning)\n"
    "    return x\n";

static const char python_after[] =
    "import warnings\n"
    "\n"
    "LIMIT = 3\n"
    "\n"
    "class Loader:\n"
    "    kind = 'x'\n"
    "\n"
    "    def load(self, name):\n"
    "        if name == 'a':\n"
    "            return 1\n"
    "\n"
    "        raise TypeError('loaders need a name')\n"
    "\n"
    "    def stay(self):\n"
    "        pass\n"
    "\n"
    "    async def addDuration(self):\n"
    "        # a comment\n"
    "        pass\n";

static void
names_of_python_are_removed_added_and_changed(void **state)
{
    (void)state;
    PB_AUTO(fixture) struct fixture fixture = {.repo = NULL};
    load(&fixture, "Lib/unittest/loader.py", python_before, python_after);
    const struct pb_touched_file *file = &fixture.touched.files[0];
    assert_int_equal(file->status, 'M');
    assert_list(&file->removed, "makeSuite");
    assert_list(&file->added, "addDuration");
    assert_list(&file->changed, "load");
    assert_true(pb_strv_contains_sorted(&file->words, "loaders"));
    assert_false(pb_strv_contains_sorted(&file->words, "comment"));
    assert_true(pb_strv_contains_sorted(&file->texts, "loaders need a name"));
    assert_list(&file->warned,
                "DeprecationWarning)|warnings.warn('unittest.makeSuite() is "
                "deprecated',");
    assert_false(fixture.touched.cut);
}

static void
names_of_c_are_functions_macros_and_table_entries(void **state)
{
    (void)state;
    PB_AUTO(fixture) struct fixture fixture = {.repo = NULL};
    load(&fixture, "Objects/genobject.c",
         "#define OLD_FLAG 1\n"
         "static PyObject *\n"
         "gen_send(PyGenObject *gen, PyObject *arg)\n"
         "{\n"
         "    if (arg) {\n"
         "        return NULL;\n"
         "    }\n"
         "    return arg;\n"
         "}\n"
         "\n"
         "static int forward(void);\n"
         "\n"
         "static PyMethodDef methods[] = {\n"
         "    {\"send\", gen_send, METH_O, NULL},\n"
         "    {\"old_send\", gen_send, METH_O, NULL},\n"
         "};\n"
         "PyDoc_STRVAR(doc,\n"
         "\"text\");\n",
         "static PyObject *\n"
         "gen_send(PyGenObject *gen, PyObject *arg)\n"
         "{\n"
         "    if (arg) {\n"
         "        PyErr_SetString(PyExc_RuntimeError,\n"
         "                        \"generator raised StopIteration\");\n"
         "        return NULL;\n"
         "    }\n"
         "    return arg;\n"
         "}\n"
         "\n"
         "static PyObject *gen_new(void)\n"
         "{\n"
         "    return NULL;\n"
         "}\n"
         "\n"
         "static int forward(void);\n"
         "\n"
         "static PyMethodDef methods[] = {\n"
         "    {\"send\", gen_send, METH_O, NULL},\n"
         "};\n"
         "PyDoc_STRVAR(doc,\n"
         "\"text\");\n");
    const struct pb_touched_file *file = &fixture.touched.files[0];
    assert_list(&file->removed, "OLD_FLAG|old_send");
    assert_list(&file->added, "gen_new");
    assert_list(&file->changed, "gen_send");
    assert_list(&file->texts, "generator raised StopIteration|old_send");
}

static void
what_a_header_declares_is_a_name(void **state)
{
    (void)state;
    PB_AUTO(fixture) struct fixture fixture = {.repo = NULL};
    load(&fixture, "Include/ceval.h",
         "PyAPI_FUNC(PyObject *) PyEval_CallObject(PyObject *callable);\n"
         "PyAPI_DATA(PyTypeObject) PyOld_Type;\n",
         "/* empty */\n");
    assert_list(&fixture.touched.files[0].removed,
                "PyEval_CallObject|PyOld_Type");
}

static void
a_removed_module_has_its_names_and_what_warned(void **state)
{
    (void)state;
    PB_AUTO(fixture) struct fixture fixture = {.repo = NULL};
    load(&fixture, "Lib/cgi.py",
         "import warnings\n"
         "warnings._deprecated(__name__, remove=(3,13))\n"
         "def parse():\n"
         "    raise ValueError('a long message')\n",
         NULL);
    const struct pb_touched_file *file = &fixture.touched.files[0];
    assert_int_equal(file->status, 'D');
    assert_list(&file->removed, "parse");
    assert_list(&file->words, "");
    assert_list(&file->texts, "");
    assert_list(&file->warned,
                "warnings._deprecated(__name__, remove=(3,13))");
}

static void
what_no_project_sees_is_a_path_alone(void **state)
{
    (void)state;
    static const char *const paths[] = {"Lib/test/test_os.py", "Doc/conf.py",
                                        "configure"};
    for (size_t i = 0; i < PB_LENGTH(paths); i++) {
        PB_AUTO(fixture) struct fixture fixture = {.repo = NULL};
        load(&fixture, paths[i], NULL, "def test_a():\n    return 'abc'\n");
        const struct pb_touched_file *file = &fixture.touched.files[0];
        assert_int_equal(file->status, 'A');
        assert_list(&file->added, "");
        assert_list(&file->words, "");
    }
}

static void
what_moves_to_another_file_is_neither_removed_nor_added(void **state)
{
    (void)state;
    struct repo_builder builder;
    struct pb_error err = PB_ERROR_INIT;
    repo_builder_init(&builder);
    repo_commit(&builder, "main", "base", 0, 0);
    repo_file(&builder, "Lib/unittest.py",
              "def moved():\n    pass\n\n"
              "def gone():\n    pass\n");
    repo_commit(&builder, "main", "split", 1, 0);
    repo_remove(&builder, "Lib/unittest.py");
    repo_file(&builder, "Lib/unittest/case.py",
              "def moved():\n    pass\n\ndef new():\n    pass\n");
    PB_AUTO(pb_repo) struct pb_repo *repo = open_built(&builder);
    PB_AUTO(pb_touched) struct pb_touched touched = PB_TOUCHED_INIT;
    struct pb_oid id = repo_oid(&builder, 2);
    assert_ok(pb_touched_load(repo, &id, &touched, &err));
    assert_int_equal(touched.len, 2);
    assert_list(&touched.files[0].removed, "gone");
    assert_list(&touched.files[1].added, "new");
    repo_builder_clear(&builder);
}

static void
what_announces_the_change_is_there(void **state)
{
    (void)state;
    struct repo_builder builder;
    struct pb_error err = PB_ERROR_INIT;
    repo_builder_init(&builder);
    repo_commit(&builder, "main", "gh-1: the first commit", 0, 0);
    repo_file(&builder, "Misc/NEWS.d/next/Library/x.rst",
              ".. gh-issue: 1\n\nRemove it.\n");
    repo_file(&builder, "Doc/whatsnew/3.13.rst", "* It is gone.\n");
    PB_AUTO(pb_repo) struct pb_repo *repo = open_built(&builder);
    PB_AUTO(pb_touched) struct pb_touched touched = PB_TOUCHED_INIT;
    struct pb_oid id = repo_oid(&builder, 1);
    assert_ok(pb_touched_load(repo, &id, &touched, &err));
    assert_string_equal(touched.news, "Remove it.");
    assert_string_equal(touched.whats_new, "* It is gone.");
    repo_builder_clear(&builder);
}

static void
a_file_of_any_bytes_is_read_within_limits(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    for (unsigned i = 0; i < 60000; i++) {
        pb_buf_addf(&text, "def f%u(\xff'\"\\:\n", i);
    }
    PB_AUTO(fixture) struct fixture fixture = {.repo = NULL};
    load(&fixture, "Lib/os.py", NULL, text.data);
    assert_true(fixture.touched.cut);
    assert_true(fixture.touched.files[0].added.len <= 2000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_python_are_removed_added_and_changed),
        cmocka_unit_test(names_of_c_are_functions_macros_and_table_entries),
        cmocka_unit_test(what_a_header_declares_is_a_name),
        cmocka_unit_test(a_removed_module_has_its_names_and_what_warned),
        cmocka_unit_test(what_no_project_sees_is_a_path_alone),
        cmocka_unit_test(
            what_moves_to_another_file_is_neither_removed_nor_added),
        cmocka_unit_test(what_announces_the_change_is_there),
        cmocka_unit_test(a_file_of_any_bytes_is_read_within_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
