/* Runners that a checkout's files point to, beyond those that are detected
   where there is no recipe: a script of Django's kind, and trial. */
#include "recipe/draft.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/regex.h"
#include "recipe/defaults.h"

static void
fill(struct pb_recipe *recipe, const char *directory, char *command)
{
    recipe->step_timeout = PB_RECIPE_STEP_TIMEOUT;
    recipe->bounds = pb_recipe_bounds(NULL);
    recipe->test.directory = pb_strdup(directory);
    recipe->test.command = command;
    recipe->test.select = pb_strdup("{id}");
    recipe->test.reader = PB_READER_UNITTEST;
    recipe->test.min_tests = 1;
    recipe->test.timeout = PB_RECIPE_TEST_TIMEOUT;
}

static bool
fill_runtests(const char *checkout, struct pb_recipe *out,
              struct pb_strv *notes)
{
    static const char *const places[] = {"tests", "test", "."};
    for (size_t i = 0; i < PB_LENGTH(places); i++) {
        PB_AUTOFREE char *relative = pb_path_join(places[i], "runtests.py");
        PB_AUTOFREE char *path = pb_path_join(checkout, relative);
        if (!pb_fs_exists(path)) {
            continue;
        }
        bool top = strcmp(places[i], ".") == 0;
        PB_AUTOFREE char *directory =
            top ? pb_strdup("{project}")
                : pb_asprintf("{project}/%s", places[i]);
        fill(out, directory,
             pb_strdup("{python} {reporter} runtests.py {tests}"));
        pb_strv_add(&out->environment, "PYTHONPATH={project}");
        pb_strv_addf(notes,
                     "runner: found %s, taken for one that hands names of "
                     "tests to unittest, as Django's does",
                     top ? "runtests.py" : relative);
        return true;
    }
    return false;
}

/* "trial" where commands are written down: a word of its own that is run. */
static const char *
find_trial(const char *checkout)
{
    static const char *const files[] = {
        "tox.ini", "noxfile.py", "Makefile", "setup.cfg", "pyproject.toml",
    };
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_regex)
    struct pb_regex *regex =
        pb_regex_new("twisted\\.trial\\b|[\\s/\"']trial[\\s\"']", &err);
    for (size_t i = 0; regex != NULL && i < PB_LENGTH(files); i++) {
        PB_AUTOFREE char *path = pb_path_join(checkout, files[i]);
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        struct pb_regex_match match;
        struct pb_error ignored = PB_ERROR_INIT;
        if (pb_fs_exists(path) &&
            pb_fs_read(path, PB_LIMIT_RECIPE_BYTES, &text, &ignored) == 0 &&
            pb_regex_match(regex, text.data, text.len, 0, &match))
        {
            return files[i];
        }
    }
    return NULL;
}

static bool
fill_trial(const char *checkout, const char *package, struct pb_recipe *out,
           struct pb_strv *notes)
{
    const char *seen = package != NULL ? find_trial(checkout) : NULL;
    if (seen == NULL) {
        return false;
    }
    PB_AUTOFREE char *src = pb_path_join(checkout, "src");
    bool below = pb_fs_is_directory(src);
    fill(out, "{project}",
         pb_strdup("{python} {reporter} -m twisted.trial {tests}"));
    pb_strv_add(&out->test.all, package);
    pb_strv_add(&out->environment,
                below ? "PYTHONPATH={project}/src" : "PYTHONPATH={project}");
    if (strcmp(package, "twisted") != 0) {
        pb_strv_add(&out->dependencies, "twisted");
    }
    pb_strv_addf(notes, "runner: trial, which %s speaks of, on '%s'", seen,
                 package);
    return true;
}

int
pb_draft_runner(const char *checkout, const char *package,
                struct pb_recipe *out, struct pb_strv *notes,
                struct pb_error *err)
{
    if (fill_runtests(checkout, out, notes) ||
        fill_trial(checkout, package, out, notes))
    {
        return 0;
    }
    PB_AUTOFREE char *how = NULL;
    if (pb_recipe_guess(checkout, out, &how, err) < 0) {
        return -1;
    }
    pb_strv_addf(notes, "runner: %s", how);
    return 0;
}
