/* workspace and environment: what a trial is given, and what it is not. */
#include "tree.h"

#include "pybisect/recipe.h"

struct scene {
    struct pb_recipe recipe;
    struct pb_project project;
    struct pb_workspace workspace;
    char *source;
    char *deps;
    char *directory;
    char *python;
};

static char reporter[] = "/share/reporter.py";

/* A recipe with two variables, a source of one file, no dependencies. */
static void
scene_init(struct scene *scene, const char *root)
{
    *scene = (struct scene){
        .recipe = {.name = pb_strdup("thing"),
                   .test = {.directory = pb_strdup("{project}"),
                            .command = pb_strdup("{python} -m t {tests} -v"),
                            .select = pb_strdup("--id={id}")}},
        .source = pb_path_join(root, "source"),
        .deps = pb_path_join(root, "deps"),
        .directory = pb_path_join(root, "trial"),
        .python = pb_path_join(root, "build/python"),
    };
    put_tree(scene->source, (const char *[]){"a.py", NULL});
    pb_strv_add(&scene->recipe.test.all, "{project}/t");
    pb_strv_add(&scene->recipe.test.all, "b c");
    scene->project = (struct pb_project){.recipe = &scene->recipe,
                                         .source = scene->source,
                                         .reporter = reporter};
}

static void
scene_clear(struct scene *scene)
{
    pb_workspace_close(&scene->workspace);
    pb_recipe_clear(&scene->recipe);
    free(scene->source);
    free(scene->deps);
    free(scene->directory);
    free(scene->python);
}

static void
open_workspace(struct scene *scene)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_workspace_open(&scene->project, scene->directory,
                                scene->python, &scene->workspace, &err),
              &err);
}

/* NULL when it is not set. */
static const char *
variable(const struct scene *scene, const char *name)
{
    const struct pb_strv *list = &scene->workspace.environment;
    const char *found = NULL;
    for (size_t i = 0; i < list->len; i++) {
        size_t length = strlen(name);
        if (strncmp(list->items[i], name, length) == 0 &&
            list->items[i][length] == '=')
        {
            assert_null(found);
            found = list->items[i] + length + 1;
        }
    }
    return found;
}

static void
assert_variable(const struct scene *scene, const char *name,
                const char *expected)
{
    const char *value = variable(scene, name);
    if (value == NULL) {
        fail_msg("%s is not set", name);
    }
    assert_string_equal(value, expected);
}

static void
nothing_of_ours_is_passed_on_but_what_is_listed(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state);
    setenv("GITHUB_TOKEN", "secret", 1);
    setenv("PYTHONPATH", "/ours", 1);
    setenv("LANG", "de_DE.UTF-8", 1);
    setenv("http_proxy", "http://user:secret@proxy", 1);
    setenv("TZ", "Europe/Berlin", 1);
    setenv("PATH", "/bin:/usr/bin", 1);
    open_workspace(&scene);
    unsetenv("TZ");
    static const char *const allowed[] = {
        "PATH",
        "TZ",
        "USER",
        "LOGNAME",
        "LANG",
        "TERM",
        "HOME",
        "TMPDIR",
        "PYTHONHASHSEED",
        "PYTHONFAULTHANDLER",
        "PYTHONNOUSERSITE",
        "PIP_NO_INDEX",
        "ASAN_OPTIONS",
        "PYTHONDONTWRITEBYTECODE",
    };
    const struct pb_strv *list = &scene.workspace.environment;
    for (size_t i = 0; i < list->len; i++) {
        bool found = false;
        for (size_t k = 0; k < PB_LENGTH(allowed) && !found; k++) {
            size_t length = strlen(allowed[k]);
            found = strncmp(list->items[i], allowed[k], length) == 0 &&
                    list->items[i][length] == '=';
        }
        if (!found) {
            fail_msg("'%s' is passed on", list->items[i]);
        }
        assert_null(strstr(list->items[i], "secret"));
    }
    assert_variable(&scene, "TZ", "UTC");
    assert_variable(&scene, "PATH", "/bin:/usr/bin");
    assert_variable(&scene, "LANG", "C.UTF-8");
    assert_variable(&scene, "PYTHONHASHSEED", "0");
    assert_variable(&scene, "TMPDIR", scene.workspace.tmp);
}

static void
the_recipes_variables_come_last(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state);
    pb_strv_add(&scene.recipe.environment, "LANG=C");
    pb_strv_add(&scene.recipe.environment, "X={project}:{tmp}={{tmp}}");
    open_workspace(&scene);
    assert_variable(&scene, "LANG", "C");
    PB_AUTOFREE char *expected = pb_asprintf("%s/project:%s/tmp={tmp}",
                                             scene.directory, scene.directory);
    assert_variable(&scene, "X", expected);
    assert_null(variable(&scene, "PYTHONPATH"));
}

static void
dependencies_come_after_the_recipes_own_path(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state);
    scene.project.deps = scene.deps;
    open_workspace(&scene);
    assert_variable(&scene, "PYTHONPATH", scene.deps);
    pb_workspace_close(&scene.workspace);

    pb_strv_add(&scene.recipe.environment, "PYTHONPATH={project}/src");
    open_workspace(&scene);
    PB_AUTOFREE char *expected =
        pb_asprintf("%s/project/src:%s", scene.directory, scene.deps);
    assert_variable(&scene, "PYTHONPATH", expected);
}

static void
bytecode_goes_where_the_version_can_put_it(void **state)
{
    static const struct {
        const char *text;
        bool prefix;
    } cases[] = {
        {"build/lib.linux-x86_64-3.13", true},
        {"build/lib.linux-x86_64-3.8-pydebug", true},
        {"build/lib.linux-x86_64-3.7", false},
        {"build/lib.linux-x86_64-2.7-pydebug", false},
        {"build/lib.macosx-10.15-x86_64-2.7", false},
        {"build/lib.macosx-10.15-arm64-4.0", true},
        {"", false},
        {"-", false},
    };
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_CLEANUP(scene_clear) struct scene scene;
        scene_init(&scene, *state);
        free(put_below(*state, "build/pybuilddir.txt", cases[i].text));
        open_workspace(&scene);
        const char *prefix = variable(&scene, "PYTHONPYCACHEPREFIX");
        const char *none = variable(&scene, "PYTHONDONTWRITEBYTECODE");
        assert_int_equal(prefix != NULL, cases[i].prefix);
        assert_int_equal(none == NULL, cases[i].prefix);
    }
}

static void
directories_are_fresh_and_removed(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state);
    put_tree(scene.directory,
             (const char *[]){"tmp/left", "project/left.py", "left", NULL});
    open_workspace(&scene);
    PB_AUTO(pb_strv) struct pb_strv files = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_fs_walk(scene.directory, &files, &err), &err);
    assert_words(&files, (const char *[]){"project/a.py", NULL});
    PB_AUTOFREE char *home = pb_path_join(scene.directory, "home");
    assert_true(pb_fs_is_directory(home));
    assert_true(pb_fs_is_directory(scene.workspace.tmp));
    PB_AUTOFREE char *results = pb_path_join(scene.directory, "results");
    assert_true(pb_fs_is_directory(results));
    assert_false(pb_fs_exists(scene.workspace.results));

    free(put_below(scene.workspace.copy, "a.py", "changed"));
    pb_workspace_close(&scene.workspace);
    assert_false(pb_fs_exists(scene.directory));
    PB_AUTOFREE char *pristine = pb_path_join(scene.source, "a.py");
    assert_file(pristine, "x");
}

static void
assert_command(const struct scene *scene, const char *command,
               const struct pb_strv *tests, const char *const *expected)
{
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(
        pb_workspace_command(&scene->workspace, command, tests, &argv, &err),
        &err);
    assert_words(&argv, expected);
}

static void
the_whole_suite_is_what_the_recipe_calls_all(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state);
    open_workspace(&scene);
    PB_AUTOFREE char *path = pb_path_join(scene.workspace.copy, "t");
    const char *const expected[] = {scene.python, "-m", "t", path,
                                    "b c",        "-v", NULL};
    const struct pb_strv none = PB_STRV_INIT;
    assert_command(&scene, scene.recipe.test.command, NULL, expected);
    assert_command(&scene, scene.recipe.test.command, &none, expected);

    pb_strv_clear(&scene.recipe.test.all);
    assert_command(&scene, scene.recipe.test.command, NULL,
                   (const char *[]){scene.python, "-m", "t", "-v", NULL});
}

static void
odd_ids_stay_one_word_each(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state);
    scene.recipe.test.reader = PB_READER_JUNIT;
    open_workspace(&scene);
    PB_AUTO(pb_strv) struct pb_strv tests = PB_STRV_INIT;
    pb_strv_add(&tests, "t.py::test_x[a b]");
    pb_strv_add(&tests, "t.py::test_x['\"$HOME`id`\\;]");
    pb_strv_add(&tests, "t.py::test_x[{python}{{id}}]");
    pb_strv_add(&tests, "t.py::test_x[\n\xff]");
    assert_command(&scene, "run {tests}", &tests,
                   (const char *[]){"run", "--id=t.py::test_x[a b]",
                                    "--id=t.py::test_x['\"$HOME`id`\\;]",
                                    "--id=t.py::test_x[{python}{{id}}]",
                                    "--id=t.py::test_x[\n\xff]", NULL});
}

static void
sub_tests_of_one_test_are_asked_for_once(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state);
    open_workspace(&scene);
    PB_AUTO(pb_strv) struct pb_strv tests = PB_STRV_INIT;
    pb_strv_add(&tests, "m.C.test_x (i=1)");
    pb_strv_add(&tests, "setUpClass (m.D)");
    pb_strv_add(&tests, "m.C.test_x [again] (i=2)");
    pb_strv_add(&tests, "m.C.test_x");
    assert_command(
        &scene, "run {tests}", &tests,
        (const char *[]){"run", "--id=m.C.test_x", "--id=m.D", NULL});
}

static void
a_test_that_cannot_run_alone_is_an_error(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state);
    open_workspace(&scene);
    PB_AUTO(pb_strv) struct pb_strv tests = PB_STRV_INIT;
    pb_strv_add(&tests, "m.C.test_x");
    pb_strv_add(&tests, "unittest.loader._FailedTest.m");
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_workspace_command(&scene.workspace, "run {tests}",
                                          &tests, &argv, &err),
                     -1);
    assert_non_null(strstr(err.message, "unittest.loader._FailedTest.m"));
    assert_int_equal(argv.len, 0);
}

static void
too_many_tests_for_one_command_run_them_all(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state);
    open_workspace(&scene);
    PB_AUTO(pb_strv) struct pb_strv tests = PB_STRV_INIT;
    for (int i = 0; i < 20000; i++) {
        pb_strv_addf(&tests, "package.module.TestCaseClass.test_%06d", i);
    }
    PB_AUTOFREE char *path = pb_path_join(scene.workspace.copy, "t");
    assert_command(&scene, "run {tests}", &tests,
                   (const char *[]){"run", path, "b c", NULL});
}

static void
a_command_that_cannot_be_read_is_an_error(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state);
    open_workspace(&scene);
    static const char *const commands[] = {"run 'it", "", "  "};
    for (size_t i = 0; i < PB_LENGTH(commands); i++) {
        PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
        struct pb_error err = PB_ERROR_INIT;
        assert_int_equal(pb_workspace_command(&scene.workspace, commands[i],
                                              NULL, &argv, &err),
                         -1);
        assert_int_equal(err.code, PB_ERROR_CONFIG);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(nothing_of_ours_is_passed_on_but_what_is_listed),
        SCRATCH_TEST(the_recipes_variables_come_last),
        SCRATCH_TEST(dependencies_come_after_the_recipes_own_path),
        SCRATCH_TEST(bytecode_goes_where_the_version_can_put_it),
        SCRATCH_TEST(directories_are_fresh_and_removed),
        SCRATCH_TEST(the_whole_suite_is_what_the_recipe_calls_all),
        SCRATCH_TEST(odd_ids_stay_one_word_each),
        SCRATCH_TEST(sub_tests_of_one_test_are_asked_for_once),
        SCRATCH_TEST(a_test_that_cannot_run_alone_is_an_error),
        SCRATCH_TEST(too_many_tests_for_one_command_run_them_all),
        SCRATCH_TEST(a_command_that_cannot_be_read_is_an_error),
    };
    return cmocka_run_group_tests_name("recipe/workspace", tests, NULL, NULL);
}
