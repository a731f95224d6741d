/* `pybisect recipe list`: what there is, and what this machine lacks for it.
 */
#include "cli/cmd_recipe.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

enum { NAME, REF, MISSING, DESCRIPTION, COLUMNS };

struct table {
    char *(*rows)[COLUMNS];
    size_t len;
    size_t cap;
};

static void
table_clear(struct table *table)
{
    for (size_t i = 0; i < table->len; i++) {
        for (size_t k = 0; k < COLUMNS; k++) {
            free(table->rows[i][k]);
        }
    }
    free(table->rows);
}

static void
add_row(struct table *table, const char *const row[COLUMNS])
{
    PB_GROW(table->rows, table->len, table->cap);
    for (size_t i = 0; i < COLUMNS; i++) {
        table->rows[table->len][i] = pb_strdup(row[i]);
    }
    table->len++;
}

static void
print_table(const struct table *table)
{
    int widths[COLUMNS] = {0};
    for (size_t i = 0; i < table->len; i++) {
        for (size_t k = 0; k < COLUMNS; k++) {
            int width = (int)strlen(table->rows[i][k]);
            widths[k] = width > widths[k] ? width : widths[k];
        }
    }
    for (size_t i = 0; i < table->len; i++) {
        char *const *row = table->rows[i];
        screen_print("%-*s  %-*s  %-*s  %s\n", widths[NAME], row[NAME],
                     widths[REF], row[REF], widths[MISSING], row[MISSING],
                     row[DESCRIPTION]);
    }
}

/* "clone, mariadbd, six"; "-" if nothing is missing. Caller frees. */
static char *
describe_missing(const struct cli *cli, const struct pb_recipe *recipe)
{
    PB_AUTO(pb_strv) struct pb_strv missing = PB_STRV_INIT;
    const char *deps = cli->options.plan.deps_dir;
    if (recipe->git != NULL && !pb_project_is_cloned(recipe, cli->places.data))
    {
        pb_strv_add(&missing, "clone");
    }
    for (size_t i = 0; i < recipe->nneeds; i++) {
        char *programs = pb_need_missing(&recipe->needs[i]);
        if (programs != NULL) {
            pb_strv_take(&missing, programs);
        }
    }
    const struct pb_strv *links = &cli->options.plan.find_links;
    if (links->len > 0) {
        PB_AUTO(pb_strv) struct pb_strv requirements = PB_STRV_INIT;
        pb_recipe_requirements(recipe, deps, &requirements);
        pb_pins_missing(&requirements, links, &missing);
    }
    else if (deps != NULL) {
        pb_recipe_missing(recipe, deps, &missing);
    }
    return missing.len > 0 ? pb_strv_join(&missing, ", ") : pb_strdup("-");
}

static void
add_recipe(const struct cli *cli, const char *directory, const char *name,
           struct table *table)
{
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    PB_AUTOFREE char *path = pb_asprintf("%s/%s.yml", directory, name);
    struct pb_error err = PB_ERROR_INIT;
    if (pb_recipe_load(path, &recipe, &problems, &err) < 0) {
        PB_AUTOFREE char *advice =
            pb_asprintf("has mistakes: see 'pybisect recipe check %s'", name);
        const char *const row[COLUMNS] = {name, "-", "-", advice};
        add_row(table, row);
        return;
    }
    /* What a list is for is the newest CPython. */
    const struct pb_recipe_facts facts = {.ref = cli->options.plan.ref};
    pb_recipe_settle(&recipe, &facts);
    PB_AUTOFREE char *missing = describe_missing(cli, &recipe);
    const char *const row[COLUMNS] = {
        name,
        recipe.ref != NULL ? recipe.ref : "-",
        missing,
        recipe.description != NULL ? recipe.description : "",
    };
    add_row(table, row);
}

int
cmd_recipe_list(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_CLEANUP(table_clear) struct table table = {.rows = NULL};
    PB_AUTOFREE char *own = pb_path_join(cli->places.config, "recipes");
    const char *const directories[] = {cli->places.recipes, own};
    PB_AUTO(pb_strv) struct pb_strv users = PB_STRV_INIT;
    const char *const titles[COLUMNS] = {"RECIPE", "REF", "MISSING",
                                         "DESCRIPTION"};
    if (pb_recipe_list(own, &users, &err) < 0) {
        return cli_fail(cli, &err);
    }
    add_row(&table, titles);
    for (size_t i = 0; i < PB_LENGTH(directories); i++) {
        PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
        if (pb_recipe_list(directories[i], &names, &err) < 0) {
            return cli_fail(cli, &err);
        }
        for (size_t k = 0; k < names.len; k++) {
            /* The user's own wins. */
            if (i == 1 || !pb_strv_contains(&users, names.items[k])) {
                add_recipe(cli, directories[i], names.items[k], &table);
            }
        }
    }
    print_table(&table);
    return 0;
}
