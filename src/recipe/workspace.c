/* Where one trial of a project happens, and the commands that run there. */
#include "pybisect/recipe.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/map.h"
#include "recipe/confine.h"
#include "recipe/environment.h"
#include "recipe/port.h"
#include "recipe/select.h"
#include "recipe/services.h"
#include "recipe/words.h"

/* Linux gives a command 2 MiB for its words and environment; a selection
   beyond this runs the whole suite, which answers for it too. */
#define MAX_SELECTION ((size_t)512 * 1024)
#define MAX_WORDS 8000 /* bubblewrap takes 9000 */

#define PLACEHOLDERS 9 /* those of the workspace, {id}, and the end */

static void
fill_table(const struct pb_workspace *workspace, const char *id,
           struct pb_placeholder table[PLACEHOLDERS])
{
    const struct pb_project *project = workspace->project;
    const struct pb_strv *laid_out = &project->laid_out;
    const char *deps = project->deps != NULL ? project->deps
                       : laid_out->len > 0 ? laid_out->items[laid_out->len - 1]
                                           : NULL;
    const struct pb_placeholder values[PLACEHOLDERS] = {
        {"python", workspace->python},
        {"project", workspace->copy},
        {"deps", deps},
        {"reporter", project->reporter},
        {"results", workspace->results},
        {"tmp", workspace->tmp},
        {"port", workspace->port},
        {id != NULL ? "id" : NULL, id},
        {NULL, NULL},
    };
    memcpy(table, values, sizeof(values));
}

static char *
expand(const struct pb_workspace *workspace, const char *text, const char *id)
{
    struct pb_placeholder table[PLACEHOLDERS];
    fill_table(workspace, id, table);
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_placeholder_fill(text, table, &out);
    return pb_buf_take(&out);
}

char *
pb_workspace_expand(const struct pb_workspace *workspace, const char *text)
{
    return expand(workspace, text, NULL);
}

static void
add_all(const struct pb_workspace *workspace, struct pb_strv *out)
{
    const struct pb_strv *all = &workspace->project->recipe->test.all;
    for (size_t i = 0; i < all->len; i++) {
        pb_strv_take(out, expand(workspace, all->items[i], NULL));
    }
}

/* One word a test; sub-tests of one test are one word. */
static int
add_selection(const struct pb_workspace *workspace,
              const struct pb_strv *tests, struct pb_strv *out,
              struct pb_error *err)
{
    const struct pb_recipe *recipe = workspace->project->recipe;
    PB_AUTO(pb_map) struct pb_map *seen = pb_map_new(NULL);
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    size_t bytes = 0;
    for (size_t i = 0; i < tests->len; i++) {
        PB_AUTOFREE char *id = pb_recipe_select(recipe, tests->items[i]);
        if (id == NULL) {
            return pb_error_set(err, PB_ERROR_USAGE,
                                "the test '%s' of '%s' cannot be run alone",
                                tests->items[i], recipe->name);
        }
        if (pb_map_get(seen, id) == NULL) {
            pb_map_set(seen, id, seen);
            pb_strv_take(&words, expand(workspace, recipe->test.select, id));
            bytes += strlen(words.items[words.len - 1]) + 1;
        }
    }
    if (bytes > MAX_SELECTION || words.len > MAX_WORDS) {
        add_all(workspace, out);
        return 0;
    }
    pb_strv_add_all(out, &words);
    return 0;
}

int
pb_workspace_command(const struct pb_workspace *workspace, const char *command,
                     const struct pb_strv *tests, struct pb_strv *out_argv,
                     struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    if (pb_words_split(command, &words, err) < 0) {
        pb_error_prefix(err, "cannot read the command '%s'", command);
        return -1;
    }
    for (size_t i = 0; i < words.len; i++) {
        if (strcmp(words.items[i], "{tests}") != 0) {
            pb_strv_take(&argv, expand(workspace, words.items[i], NULL));
        }
        else if (tests == NULL || tests->len == 0) {
            add_all(workspace, &argv);
        }
        else if (add_selection(workspace, tests, &argv, err) < 0) {
            return -1;
        }
    }
    if (argv.len == 0) {
        return pb_error_set(err, PB_ERROR_CONFIG, "the command is empty");
    }
    pb_strv_add_all(out_argv, &argv);
    return 0;
}

/* Everything below `directory` is ours: what an earlier trial left goes. */
static int
make_directories(const struct pb_workspace *workspace, struct pb_error *err)
{
    static const char *const names[] = {"tmp", "home", "results", "needs"};
    if (pb_fs_remove_tree(workspace->directory, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        PB_AUTOFREE char *path = pb_path_join(workspace->directory, names[i]);
        if (pb_fs_mkdirs(path, err) < 0) {
            return -1;
        }
    }
    const char *source = workspace->project->source;
    return source == NULL
               ? 0
               : pb_fs_copy_tree(source, workspace->copy, NULL, NULL, err);
}

int
pb_workspace_open(const struct pb_project *project, const char *directory,
                  const char *python, struct pb_workspace *out,
                  struct pb_error *err)
{
    struct pb_workspace workspace = {
        .project = project,
        .directory = pb_path_absolute(directory),
        .python = pb_path_absolute(python),
    };
    workspace.tmp = pb_path_join(workspace.directory, "tmp");
    workspace.results = pb_path_join(workspace.directory, "results/report");
    /* A bare command runs where its user is. */
    workspace.copy =
        project->source != NULL
            ? pb_path_join(workspace.directory, "project")
            : pb_workspace_expand(&workspace, project->recipe->test.directory);
    if (pb_port_find(workspace.port, err) < 0) {
        pb_workspace_close(&workspace);
        return -1;
    }
    pb_environment_fill(&workspace);
    if (make_directories(&workspace, err) < 0) {
        pb_workspace_close(&workspace);
        return -1;
    }
    *out = workspace;
    return 0;
}

void
pb_workspace_close(struct pb_workspace *workspace)
{
    pb_services_free(workspace->services);
    pb_confinement_free(workspace->confinement);
    if (workspace->directory != NULL) {
        /* What cannot be removed now is removed by the next trial here, which
           reports why when it cannot either. */
        struct pb_error ignored = PB_ERROR_INIT;
        (void)pb_fs_remove_tree(workspace->directory, &ignored);
    }
    free(workspace->directory);
    free(workspace->copy);
    free(workspace->tmp);
    free(workspace->results);
    free(workspace->python);
    pb_strv_clear(&workspace->environment);
    *workspace = (struct pb_workspace){.project = NULL};
}
