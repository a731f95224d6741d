/* Which recipes there are, and which of them can be run here. */
#include "cli/recipes.h"

#include <stdlib.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

static int
load(struct cli *cli, const char *name, struct pb_recipe *out,
     struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv directories = PB_STRV_INIT;
    const struct pb_recipe_facts facts = {.ref = cli->options.plan.ref};
    pb_strv_add(&directories, cli->places.recipes);
    pb_strv_addf(&directories, "%s/recipes", cli->places.config);
    if (pb_recipe_find(&directories, name, out, err) < 0) {
        return -1;
    }
    pb_recipe_settle(out, &facts);
    return 0;
}

/* Programs without which none of its tests runs, or NULL. Caller frees. */
static char *
find_missing(const struct pb_recipe *recipe)
{
    for (size_t i = 0; i < recipe->nneeds; i++) {
        const struct pb_recipe_need *need = &recipe->needs[i];
        char *missing = need->tests.len > 0 ? NULL : pb_need_missing(need);
        if (missing != NULL) {
            return missing;
        }
    }
    return NULL;
}

static void
add_if_runnable(struct cli *cli, const char *name, struct pb_strv *out)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    if (load(cli, name, &recipe, &err) < 0) {
        screen_line(&cli->screen, "%s is left out: %s", name, err.message);
        return;
    }
    PB_AUTOFREE char *missing = find_missing(&recipe);
    if (missing != NULL) {
        screen_line(&cli->screen, "%s is left out: this machine lacks %s",
                    name, missing);
        return;
    }
    pb_strv_add(out, name);
}

static int
list_all(struct cli *cli, struct pb_strv *out, struct pb_error *err)
{
    PB_AUTOFREE char *own = pb_path_join(cli->places.config, "recipes");
    if (pb_recipe_list(cli->places.recipes, out, err) < 0 ||
        pb_recipe_list(own, out, err) < 0)
    {
        return -1;
    }
    pb_strv_sort(out);
    pb_strv_unique(out);
    return 0;
}

int
recipes_choose(struct cli *cli, const struct pb_strv *wanted,
               struct pb_strv *out, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv all = PB_STRV_INIT;
    for (size_t i = 0; i < wanted->len; i++) {
        PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
        if (load(cli, wanted->items[i], &recipe, err) < 0) {
            return -1;
        }
        pb_strv_add(out, wanted->items[i]);
    }
    pb_strv_sort(out);
    pb_strv_unique(out);
    if (wanted->len > 0) {
        return 0;
    }
    if (list_all(cli, &all, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < all.len; i++) {
        add_if_runnable(cli, all.items[i], out);
    }
    if (out->len == 0) {
        pb_error_set(err, PB_ERROR_NOT_FOUND,
                     "there is no recipe that this machine can run");
        pb_error_hint(err, "see 'pybisect recipe list'");
        return -1;
    }
    return 0;
}

int
recipes_plan(struct cli *cli, const char *name, struct pb_plan *out,
             struct pb_error *err)
{
    PB_AUTO(pb_json)
    struct pb_json *shared = pb_plan_to_json(&cli->options.plan);
    if (pb_plan_from_json(shared, out, err) < 0) {
        return -1;
    }
    free(out->project);
    free(out->budget);
    out->project = pb_strdup(name);
    out->budget = NULL;
    return 0;
}

int
recipes_digest(struct cli *cli, const char *name, char **out,
               struct pb_error *err)
{
    char hex[PB_DIGEST_HEX];
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    if (load(cli, name, &recipe, err) < 0) {
        return -1;
    }
    *out = pb_strdup(pb_digest_hex(&recipe.digest, hex));
    return 0;
}

int
recipes_count_tests(struct cli *cli, const struct pb_strv *names, bool *out,
                    struct pb_error *err)
{
    *out = false;
    for (size_t i = 0; i < names->len && !*out; i++) {
        PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
        if (load(cli, names->items[i], &recipe, err) < 0) {
            return -1;
        }
        *out = recipe.test_support;
    }
    return 0;
}
