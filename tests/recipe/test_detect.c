/* detect: checkouts that brought no recipe, and some that did. */
#include "tree.h"

#include "pybisect/recipe.h"

static const char a_test[] = "import unittest\n"
                             "class T(unittest.TestCase):\n"
                             "    def test_x(self):\n"
                             "        import thing\n"
                             "    def test_y(self):\n"
                             "        pass\n";

struct detected {
    struct pb_recipe recipe;
    char *how;
};

static void
detected_clear(struct detected *detected)
{
    pb_recipe_clear(&detected->recipe);
    free(detected->how);
}

static void
detect(const char *checkout, struct detected *out)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_recipe_detect(checkout, &out->recipe, &out->how, &err), &err);
}

static void
its_own_recipe_wins(void **state)
{
    put_tree(*state, (const char *[]){"pytest.ini", "test_a.py", NULL});
    PB_AUTOFREE char *own =
        put_below(*state, "pybisect.yml",
                  "name: anything\ntest: {command: make, reader: status}\n");
    PB_CLEANUP(detected_clear) struct detected found = {.how = NULL};
    detect(*state, &found);
    assert_string_equal(found.recipe.name, "anything");
    assert_string_equal(found.recipe.file, own);
    assert_string_equal(found.how, "found its own recipe, pybisect.yml");
}

static void
a_broken_recipe_of_its_own_is_an_error(void **state)
{
    PB_AUTOFREE char *own = put_below(*state, "pybisect.yml", "name: x\n");
    put_tree(*state, (const char *[]){"pytest.ini", NULL});
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    PB_AUTOFREE char *how = NULL;
    assert_int_equal(pb_recipe_detect(*state, &recipe, &how, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CONFIG);
    assert_string_equal(err.file, own);
    assert_null(how);
}

static void
assert_pytest(const char *root, const char *name, const char *file,
              const char *text, const char *how)
{
    PB_AUTOFREE char *checkout = pb_path_join(root, name);
    free(put_below(checkout, file, text));
    PB_CLEANUP(detected_clear) struct detected found = {.how = NULL};
    detect(checkout, &found);
    assert_int_equal(found.recipe.test.reader, PB_READER_JUNIT);
    assert_string_equal(found.how, how);
    assert_words(&found.recipe.dependencies, (const char *[]){"pytest", NULL});
    assert_string_equal(found.recipe.name, name);
    assert_non_null(strstr(found.recipe.test.command, "-m pytest"));
}

static void
pytest_is_known_by_its_configuration(void **state)
{
    assert_pytest(*state, "a", "pytest.ini", "",
                  "found pytest.ini: runs pytest on '.'");
    assert_pytest(*state, "b", "pyproject.toml",
                  "[project]\nname = 'x'\n[tool.pytest.ini_options]\n",
                  "found [tool.pytest] in pyproject.toml: runs pytest on "
                  "'.'");
    assert_pytest(*state, "c", "setup.cfg", "[tool:pytest]\n",
                  "found [tool:pytest] in setup.cfg: runs pytest on '.'");
    assert_pytest(*state, "d", "tox.ini", "[tox]\n[pytest]",
                  "found [pytest] in tox.ini: runs pytest on '.'");
    assert_pytest(*state, "e", "tests/conftest.py", "",
                  "found tests/conftest.py: runs pytest on 'tests'");
    assert_pytest(*state, "f", "test/conftest.py", "",
                  "found test/conftest.py: runs pytest on 'test'");
}

static void
a_mention_of_pytest_is_no_configuration(void **state)
{
    free(put_below(*state, "tox.ini", "[testenv]\ncommands = [pytest]\n"));
    free(put_below(*state, "test_a.py", a_test));
    PB_CLEANUP(detected_clear) struct detected found = {.how = NULL};
    detect(*state, &found);
    assert_int_equal(found.recipe.test.reader, PB_READER_UNITTEST);
    assert_string_equal(found.how,
                        "found test*.py: runs unittest's discovery there");
}

static void
a_src_layout_goes_on_the_path(void **state)
{
    put_tree(*state, (const char *[]){"src/thing/__init__.py",
                                      "tests/conftest.py", NULL});
    PB_CLEANUP(detected_clear) struct detected found = {.how = NULL};
    detect(*state, &found);
    assert_words(&found.recipe.environment,
                 (const char *[]){"PYTHONPATH={project}/src", NULL});
    assert_words(&found.recipe.test.all, (const char *[]){"tests", NULL});
}

static void
names_are_made_fit(void **state)
{
    PB_AUTOFREE char *checkout = pb_path_join(*state, "My Project (2)");
    free(put_below(checkout, "test_a.py", a_test));
    PB_CLEANUP(detected_clear) struct detected found = {.how = NULL};
    detect(checkout, &found);
    assert_string_equal(found.recipe.name, "my-project--2-");
}

static void
what_has_no_tests_is_not_guessed_at(void **state)
{
    put_tree(*state, (const char *[]){"setup.py", "docs/test_x.py",
                                      "thing/__init__.py", NULL});
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    PB_AUTOFREE char *how = NULL;
    assert_int_equal(pb_recipe_detect(*state, &recipe, &how, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    assert_non_null(strstr(err.hint, "pybisect.yml"));

    PB_AUTOFREE char *absent = pb_path_join(*state, "absent");
    assert_int_equal(pb_recipe_detect(absent, &recipe, &how, &err), -1);
    assert_non_null(strstr(err.message, "is no directory"));
}

/* One run of what was detected, by the python3 of this machine. */
static void
run_detected(const char *root, const struct pb_recipe *recipe,
             const struct pb_strv *tests, struct pb_results *out)
{
    PB_AUTOFREE char *checkout = pb_path_join(root, "checkout");
    PB_AUTOFREE char *work = pb_path_join(root, "work");
    PB_AUTOFREE char *trial = pb_path_join(root, "trial");
    PB_AUTOFREE char *log = pb_path_join(root, "log");
    const struct pb_project_options options = {.project_dir = checkout,
                                               .work_dir = work,
                                               .reporter = PB_SOURCE_DIR
                                               "/src/trial/reporter.py"};
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_project) struct pb_project project = {.recipe = NULL};
    assert_ok(pb_project_open(recipe, &options, &project, &err), &err);
    PB_AUTO(pb_workspace) struct pb_workspace workspace = {.project = NULL};
    assert_ok(
        pb_workspace_open(&project, trial, "/usr/bin/env", &workspace, &err),
        &err);

    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    pb_strv_add(&argv, "python3");
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    assert_ok(pb_workspace_command(&workspace, recipe->test.command, tests,
                                   &words, &err),
              &err);
    for (size_t i = 1; i < words.len; i++) {
        pb_strv_add(&argv, words.items[i]);
    }
    PB_AUTOFREE char *directory =
        pb_workspace_expand(&workspace, recipe->test.directory);
    const struct pb_trial_options trial_options = {
        .argv = argv.items,
        .environment = workspace.environment.items,
        .directory = directory,
        .reader = recipe->test.reader,
        .results_path = workspace.results,
        .log_path = log,
        .timeout = 60};
    assert_ok(pb_trial_run(&trial_options, out, &err), &err);
}

/* The suite runs as detected, and each of its tests can be asked for. */
static void
assert_runs(const char *root, const char *module)
{
    PB_AUTOFREE char *checkout = pb_path_join(root, "checkout");
    PB_CLEANUP(detected_clear) struct detected found = {.how = NULL};
    detect(checkout, &found);
    assert_int_equal(found.recipe.test.reader, PB_READER_UNITTEST);

    PB_AUTO(pb_results) struct pb_results all = PB_RESULTS_INIT;
    run_detected(root, &found.recipe, NULL, &all);
    assert_int_equal(pb_results_tests(&all), 2);
    assert_int_equal(pb_results_count(&all, PB_OUTCOME_PASS), 2);

    PB_AUTO(pb_strv) struct pb_strv one = PB_STRV_INIT;
    pb_strv_addf(&one, "%s.T.test_x", module);
    assert_int_equal(pb_results_outcome(&all, one.items[0]), PB_OUTCOME_PASS);
    PB_AUTO(pb_results) struct pb_results some = PB_RESULTS_INIT;
    run_detected(root, &found.recipe, &one, &some);
    assert_int_equal(pb_results_tests(&some), 1);
    assert_int_equal(pb_results_outcome(&some, one.items[0]), PB_OUTCOME_PASS);
}

static void
tests_at_the_top_run(void **state)
{
    put_tree(*state, (const char *[]){"checkout/README", NULL});
    free(put_below(*state, "checkout/thing.py", ""));
    free(put_below(*state, "checkout/test_thing.py", a_test));
    assert_runs(*state, "test_thing");
}

static void
a_package_of_tests_runs(void **state)
{
    free(put_below(*state, "checkout/thing.py", ""));
    free(put_below(*state, "checkout/tests/__init__.py", ""));
    free(put_below(*state, "checkout/tests/test_thing.py", a_test));
    assert_runs(*state, "tests.test_thing");
}

static void
a_directory_of_tests_that_is_no_package_runs(void **state)
{
    free(put_below(*state, "checkout/thing.py", ""));
    free(put_below(*state, "checkout/tests/test_thing.py", a_test));
    assert_runs(*state, "test_thing");
}

static void
tests_inside_of_the_package_run(void **state)
{
    free(put_below(*state, "checkout/thing/__init__.py", ""));
    free(put_below(*state, "checkout/thing/sub/__init__.py", ""));
    free(put_below(*state, "checkout/thing/sub/tests/__init__.py", ""));
    free(put_below(*state, "checkout/thing/sub/tests/test_b.py", a_test));
    assert_runs(*state, "thing.sub.tests.test_b");
}

static void
tests_inside_of_src_run(void **state)
{
    free(put_below(*state, "checkout/src/thing/__init__.py", ""));
    free(put_below(*state, "checkout/src/thing/test_b.py", a_test));
    assert_runs(*state, "thing.test_b");
}

static void
a_src_layout_with_a_directory_of_tests_runs(void **state)
{
    free(put_below(*state, "checkout/src/thing.py", ""));
    free(put_below(*state, "checkout/test/test_thing.py", a_test));
    assert_runs(*state, "test_thing");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(its_own_recipe_wins),
        SCRATCH_TEST(a_broken_recipe_of_its_own_is_an_error),
        SCRATCH_TEST(pytest_is_known_by_its_configuration),
        SCRATCH_TEST(a_mention_of_pytest_is_no_configuration),
        SCRATCH_TEST(a_src_layout_goes_on_the_path),
        SCRATCH_TEST(names_are_made_fit),
        SCRATCH_TEST(what_has_no_tests_is_not_guessed_at),
        SCRATCH_TEST(tests_at_the_top_run),
        SCRATCH_TEST(a_package_of_tests_runs),
        SCRATCH_TEST(a_directory_of_tests_that_is_no_package_runs),
        SCRATCH_TEST(tests_inside_of_the_package_run),
        SCRATCH_TEST(tests_inside_of_src_run),
        SCRATCH_TEST(a_src_layout_with_a_directory_of_tests_runs),
    };
    return cmocka_run_group_tests_name("recipe/detect", tests, NULL, NULL);
}
