/* What a trial may touch: its own directory. What it may read: the
   interpreter, the dependencies, the reporter. */
#include "recipe/confine.h"

#include <stdlib.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

void
pb_confinement_free(struct pb_confinement *confinement)
{
    if (confinement == NULL) {
        return;
    }
    pb_strv_clear(&confinement->writable);
    pb_strv_clear(&confinement->readable);
    pb_strv_clear(&confinement->hidden);
    free(confinement->program);
    free(confinement->scratch);
    free(confinement);
}

bool
pb_recipe_reaches_network(const struct pb_recipe *recipe)
{
    for (size_t i = 0; i < recipe->nneeds; i++) {
        PB_AUTOFREE char *missing = pb_need_missing(&recipe->needs[i]);
        if (recipe->needs[i].start != NULL && missing == NULL) {
            return true;
        }
    }
    return recipe->network;
}

/* Places of their own, so that nothing inside can put a link in their stead:
   what is written to them is opened outside. */
static void
add_writable(const struct pb_workspace *workspace, struct pb_strv *out)
{
    pb_strv_add(out, workspace->directory);
    pb_strv_addf(out, "%s/results", workspace->directory);
    pb_strv_addf(out, "%s/needs", workspace->directory);
}

static void
add_readable(const struct pb_workspace *workspace, const char *root,
             struct pb_strv *out)
{
    const struct pb_project *project = workspace->project;
    pb_strv_add(out, root);
    pb_strv_add(out, project->reporter);
    pb_strv_add_all(out, &project->laid_out);
    if (project->deps != NULL) {
        pb_strv_add(out, project->deps);
    }
    if (project->source == NULL) {
        pb_strv_add(out, workspace->copy); /* of a bare command */
    }
}

int
pb_workspace_confine(struct pb_workspace *workspace, const char *program,
                     const char *root, struct pb_error *err)
{
    struct pb_confinement *confinement = pb_alloc(sizeof(*confinement));
    workspace->confinement = confinement;
    confinement->program = pb_strdup(program);
    confinement->scratch = pb_path_join(workspace->directory, "scratch");
    add_writable(workspace, &confinement->writable);
    add_readable(workspace, root, &confinement->readable);
    pb_sandbox_secrets(&confinement->hidden);
    confinement->sandbox = (struct pb_sandbox){
        .program = confinement->program,
        .scratch = confinement->scratch,
        .writable = &confinement->writable,
        .readable = &confinement->readable,
        .hidden = &confinement->hidden,
        .network = pb_recipe_reaches_network(workspace->project->recipe),
    };
    return pb_sandbox_make_scratch(confinement->scratch, err);
}

const struct pb_sandbox *
pb_workspace_sandbox(const struct pb_workspace *workspace)
{
    return workspace->confinement != NULL ? &workspace->confinement->sandbox
                                          : NULL;
}
