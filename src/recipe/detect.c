/* The recipe of a checkout that nobody wrote one for. What is looked at is
   what the runners themselves look at: pytest's configuration files, and the
   packages and test*.py files that unittest's discovery goes through. */
#include "pybisect/recipe.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "recipe/defaults.h"

/* Packages that are looked into for tests; the deepest trees have hundreds,
   and a link that leads upwards makes them endless. */
#define MAX_PACKAGES 2000

static const char *const test_directories[] = {"tests", "test"};

static bool
has(const char *checkout, const char *relative)
{
    PB_AUTOFREE char *path = pb_path_join(checkout, relative);
    return pb_fs_exists(path);
}

static bool
has_directory(const char *checkout, const char *relative)
{
    PB_AUTOFREE char *path = pb_path_join(checkout, relative);
    return pb_fs_is_directory(path);
}

/* Does a line of the file start with `start`? */
static bool
has_line(const char *checkout, const char *file, const char *start)
{
    PB_AUTOFREE char *path = pb_path_join(checkout, file);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    if (!pb_fs_exists(path) ||
        pb_fs_read(path, PB_LIMIT_RECIPE_BYTES, &text, &ignored) < 0)
    {
        return false;
    }
    size_t length = strlen(start);
    for (const char *line = text.data; line != NULL;) {
        if (strncmp(line, start, length) == 0) {
            return true;
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return false;
}

/* What says that this is pytest's, as text; NULL: nothing does. */
static const char *
find_pytest(const char *checkout)
{
    static const struct {
        const char *file;
        const char *line; /* NULL: the file is enough */
        const char *seen;
    } signs[] = {
        {"pytest.ini", NULL, "pytest.ini"},
        {".pytest.ini", NULL, ".pytest.ini"},
        {"pyproject.toml", "[tool.pytest", "[tool.pytest] in pyproject.toml"},
        {"tox.ini", "[pytest]", "[pytest] in tox.ini"},
        {"setup.cfg", "[tool:pytest]", "[tool:pytest] in setup.cfg"},
        {"conftest.py", NULL, "conftest.py"},
        {"tests/conftest.py", NULL, "tests/conftest.py"},
        {"test/conftest.py", NULL, "test/conftest.py"},
    };
    for (size_t i = 0; i < PB_LENGTH(signs); i++) {
        if (signs[i].line == NULL
                ? has(checkout, signs[i].file)
                : has_line(checkout, signs[i].file, signs[i].line))
        {
            return signs[i].seen;
        }
    }
    return NULL;
}

/* Looks for test*.py in one directory, and queues the packages below it. */
static bool
scan_directory(const char *checkout, const char *relative,
               struct pb_strv *queue)
{
    PB_AUTOFREE char *path = pb_path_join(checkout, relative);
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_fs_list(path, &names, &ignored) < 0) {
        return false;
    }
    for (size_t i = 0; i < names.len; i++) {
        PB_AUTOFREE char *below = pb_path_join(relative, names.items[i]);
        if (fnmatch("test*.py", names.items[i], 0) == 0 &&
            !has_directory(checkout, below))
        {
            return true;
        }
        PB_AUTOFREE char *init = pb_path_join(below, "__init__.py");
        if (has(checkout, init) && queue->len < MAX_PACKAGES) {
            pb_strv_add(queue, below);
        }
    }
    return false;
}

/* Would unittest's discovery, started in this directory, find a file? */
static bool
has_unittests(const char *checkout, const char *relative)
{
    PB_AUTO(pb_strv) struct pb_strv queue = PB_STRV_INIT;
    pb_strv_add(&queue, relative);
    for (size_t i = 0; i < queue.len; i++) {
        PB_AUTOFREE char *directory = pb_strdup(queue.items[i]);
        if (scan_directory(checkout, directory, &queue)) {
            return true;
        }
    }
    return false;
}

static char *
find_unittest_directory(const char *checkout)
{
    /* Discovery enters packages alone: a directory of tests that is none
       must be where it starts. */
    for (size_t i = 0; i < PB_LENGTH(test_directories); i++) {
        const char *name = test_directories[i];
        PB_AUTOFREE char *init = pb_path_join(name, "__init__.py");
        if (has_directory(checkout, name) && !has(checkout, init) &&
            has_unittests(checkout, name))
        {
            return pb_strdup(name);
        }
    }
    static const char *const others[] = {".", "src"};
    for (size_t i = 0; i < PB_LENGTH(others); i++) {
        if (has_directory(checkout, others[i]) &&
            has_unittests(checkout, others[i])) {
            return pb_strdup(others[i]);
        }
    }
    return NULL;
}

/* Modules below src/ mean that src/ is what goes on the path. */
static bool
has_src_layout(const char *checkout)
{
    PB_AUTOFREE char *path = pb_path_join(checkout, "src");
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    if (!pb_fs_is_directory(path) || has(checkout, "src/__init__.py") ||
        pb_fs_list(path, &names, &ignored) < 0)
    {
        return false;
    }
    for (size_t i = 0; i < names.len; i++) {
        PB_AUTOFREE char *init = pb_path_join(names.items[i], "__init__.py");
        if (fnmatch("*.py", names.items[i], 0) == 0 || has(path, init)) {
            return true;
        }
    }
    return false;
}

static void
fill_pytest(const char *checkout, const char *seen, struct pb_recipe *recipe,
            struct pb_buf *how)
{
    recipe->test.reader = PB_READER_JUNIT;
    /* Without the project's own options: coverage, parallel runs and an XML
       file of its own all get in the way. */
    recipe->test.command =
        pb_strdup("{python} -m pytest -p no:cacheprovider -o addopts= "
                  "-o junit_family=xunit1 --continue-on-collection-errors "
                  "--junitxml={results} {tests}");
    pb_strv_add(&recipe->dependencies, "pytest");
    const char *all = ".";
    for (size_t i = PB_LENGTH(test_directories); i > 0; i--) {
        if (has_directory(checkout, test_directories[i - 1])) {
            all = test_directories[i - 1];
        }
    }
    pb_strv_add(&recipe->test.all, all);
    if (has_src_layout(checkout)) {
        pb_strv_add(&recipe->environment, "PYTHONPATH={project}/src");
    }
    pb_buf_addf(how, "found %s: runs pytest on '%s'", seen, all);
}

static void
fill_unittest(const char *checkout, const char *directory,
              struct pb_recipe *recipe, struct pb_buf *how)
{
    bool top = strcmp(directory, ".") == 0;
    recipe->test.reader = PB_READER_UNITTEST;
    recipe->test.command =
        pb_strdup("{python} {reporter} -m unittest -v {tests}");
    if (!top) {
        free(recipe->test.directory);
        recipe->test.directory = pb_asprintf("{project}/%s", directory);
    }
    if (has_src_layout(checkout)) {
        pb_strv_add(&recipe->environment, "PYTHONPATH={project}/src");
    }
    else if (!top) {
        pb_strv_add(&recipe->environment, "PYTHONPATH={project}");
    }
    pb_buf_addf(how, "found test*.py%s%s%s: runs unittest's discovery there",
                top ? "" : " in '", top ? "" : directory, top ? "" : "'");
}

/* The directory's name, made fit for a recipe. */
static char *
name_of(const char *checkout)
{
    PB_AUTOFREE char *absolute = pb_path_absolute(checkout);
    char *name = pb_strdup(pb_path_base(absolute));
    for (char *c = name; *c != '\0'; c++) {
        unsigned char lower = (unsigned char)tolower((unsigned char)*c);
        *c =
            isalnum(lower) || strchr("._-", lower) != NULL ? (char)lower : '-';
    }
    return name;
}

static int
load_own(const char *path, struct pb_recipe *out, char **out_how,
         struct pb_error *err)
{
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    if (pb_recipe_load(path, out, &problems, err) < 0) {
        return -1;
    }
    *out_how = pb_asprintf("found its own recipe, pybisect.yml");
    return 0;
}

int
pb_recipe_guess(const char *checkout, struct pb_recipe *out, char **out_how,
                struct pb_error *err)
{
    const char *pytest = find_pytest(checkout);
    PB_AUTOFREE char *directory =
        pytest == NULL ? find_unittest_directory(checkout) : NULL;
    if (pytest == NULL && directory == NULL) {
        pb_error_set(err, PB_ERROR_NOT_FOUND,
                     "cannot tell how the tests of '%s' are run", checkout);
        pb_error_hint(err, "write a pybisect.yml there (see "
                           "docs/recipes.md)");
        return -1;
    }
    struct pb_recipe recipe = {
        .name = name_of(checkout),
        .bounds = pb_recipe_bounds(NULL),
        .step_timeout = PB_RECIPE_STEP_TIMEOUT,
        .test = {.directory = pb_strdup("{project}"),
                 .select = pb_strdup("{id}"),
                 .min_tests = 1,
                 .timeout = PB_RECIPE_TEST_TIMEOUT},
    };
    PB_AUTO(pb_buf) struct pb_buf how = PB_BUF_INIT;
    if (pytest != NULL) {
        fill_pytest(checkout, pytest, &recipe, &how);
    }
    else {
        fill_unittest(checkout, directory, &recipe, &how);
    }
    pb_recipe_seal(&recipe);
    *out = recipe;
    *out_how = pb_buf_take(&how);
    return 0;
}

int
pb_recipe_detect(const char *checkout, struct pb_recipe *out, char **out_how,
                 struct pb_error *err)
{
    if (!pb_fs_is_directory(checkout)) {
        return pb_error_set(err, PB_ERROR_NOT_FOUND, "'%s' is no directory",
                            checkout);
    }
    PB_AUTOFREE char *own = pb_path_join(checkout, "pybisect.yml");
    return pb_fs_exists(own) ? load_own(own, out, out_how, err)
                             : pb_recipe_guess(checkout, out, out_how, err);
}
