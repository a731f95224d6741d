/* Recipes: what is wrong with one; listing and making them is elsewhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_recipe.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"

static const char usage[] =
    "pybisect recipe list [--find-links DIR] [--deps DIR]\n"
    "   or: pybisect recipe check [NAME|FILE ...]\n"
    "   or: pybisect recipe new [DIR] [-o FILE]";

/* A name among the recipes, or a file. */
static char *
path_of(struct cli *cli, const char *word)
{
    if (strchr(word, '/') != NULL || pb_fs_exists(word)) {
        return pb_strdup(word);
    }
    PB_AUTOFREE char *own =
        pb_asprintf("%s/recipes/%s.yml", cli->places.config, word);
    return pb_fs_exists(own)
               ? pb_strdup(own)
               : pb_asprintf("%s/%s.yml", cli->places.recipes, word);
}

static int
check(struct cli *cli, const char *word)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    PB_AUTOFREE char *path = path_of(cli, word);
    if (pb_recipe_load(path, &recipe, &problems, &err) == 0) {
        printf("%s: no mistakes\n", path);
        return 0;
    }
    if (problems.len == 0) {
        return cli_fail(cli, &err);
    }
    cli_print_problems(&problems);
    return CLI_USAGE;
}

static int
check_all(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    int status = 0;
    if (pb_recipe_list(cli->places.recipes, &names, &err) < 0) {
        return cli_fail(cli, &err);
    }
    for (size_t i = 0; i < names.len; i++) {
        int one = check(cli, names.items[i]);
        status = one != 0 ? one : status;
    }
    return status;
}

int
cmd_recipe(struct cli *cli)
{
    const struct pb_strv *words = &cli->options.words;
    const char *verb = words->len > 0 ? words->items[0] : "";
    if (strcmp(verb, "list") == 0 && words->len == 1) {
        return cmd_recipe_list(cli);
    }
    if (strcmp(verb, "new") == 0 && words->len <= 2) {
        return cmd_recipe_new(cli, words->len == 2 ? words->items[1] : ".");
    }
    if (strcmp(verb, "check") != 0) {
        return cli_usage(cli, usage, "list, check or new?");
    }
    if (words->len == 1) {
        return check_all(cli);
    }
    int status = 0;
    for (size_t i = 1; i < words->len; i++) {
        int one = check(cli, words->items[i]);
        status = one != 0 ? one : status;
    }
    return status;
}
