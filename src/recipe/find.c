/* Recipes by name. */
#include "pybisect/recipe.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "pybisect/fs.h"

/* Is this file of a directory of recipes one of another kind? */
static bool
is_no_recipe(const char *file)
{
    return strcmp(file, "cpython.yml") == 0 ||
           strcmp(file, "classes.yml") == 0;
}

/* A directory that is absent has no recipes: the user's own need not be. */
int
pb_recipe_list(const char *directory, struct pb_strv *out,
               struct pb_error *err)
{
    static const char suffix[] = ".yml";
    if (!pb_fs_exists(directory)) {
        return 0;
    }
    PB_AUTO(pb_strv) struct pb_strv files = PB_STRV_INIT;
    if (pb_fs_list(directory, &files, err) < 0) {
        return -1;
    }
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    for (size_t i = 0; i < files.len; i++) {
        const char *file = files.items[i];
        size_t length = strlen(file);
        if (length >= sizeof(suffix) && file[0] != '.' &&
            strcmp(file + length + 1 - sizeof(suffix), suffix) == 0 &&
            !is_no_recipe(file))
        {
            pb_strv_addf(&names, "%.*s", (int)(length + 1 - sizeof(suffix)),
                         file);
        }
    }
    /* Sorted again: "a-b.yml" is before "a.yml", "a" before "a-b". */
    pb_strv_sort(&names);
    pb_strv_add_all(out, &names);
    return 0;
}

static const char *
closest(const struct pb_strv *names, const char *name)
{
    const char *best = NULL;
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < names->len; i++) {
        size_t distance = pb_suggest_distance(name, names->items[i]);
        if (distance < least) {
            least = distance;
            best = names->items[i];
        }
    }
    return best != NULL && pb_suggest_is_close(least, best) ? best : NULL;
}

static int
fail_not_found(const struct pb_strv *directories, const char *name,
               struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    for (size_t i = 0; i < directories->len; i++) {
        if (pb_recipe_list(directories->items[i], &names, err) < 0) {
            return -1;
        }
    }
    pb_strv_sort(&names);
    pb_strv_unique(&names);
    PB_AUTOFREE char *list = pb_strv_join(&names, ", ");
    const char *meant = closest(&names, name);

    pb_error_set(err, PB_ERROR_NOT_FOUND, "no recipe is called '%s'", name);
    if (meant != NULL) {
        pb_error_hint(err, "did you mean '%s'? use one of: %s", meant, list);
    }
    else if (names.len > 0) {
        pb_error_hint(err, "use one of: %s", list);
    }
    else {
        pb_error_hint(err, "write one (see docs/recipes.md)");
    }
    return -1;
}

int
pb_recipe_find(const struct pb_strv *directories, const char *name,
               struct pb_recipe *out, struct pb_error *err)
{
    for (size_t i = directories->len; i > 0; i--) {
        PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
        const char *directory = directories->items[i - 1];
        if (pb_recipe_list(directory, &names, err) < 0) {
            return -1;
        }
        if (pb_strv_contains(&names, name)) {
            PB_AUTO(pb_buf) struct pb_buf file = PB_BUF_INIT;
            pb_buf_addf(&file, "%s.yml", name);
            PB_AUTOFREE char *path = pb_path_join(directory, file.data);
            PB_AUTO(pb_problems)
            struct pb_problems problems = PB_PROBLEMS_INIT;
            return pb_recipe_load(path, out, &problems, err);
        }
    }
    return fail_not_found(directories, name, err);
}
