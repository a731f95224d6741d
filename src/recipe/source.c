/* A project's source at hand: from its upstream repository, from a clone of
   the user's or from a plain directory; copied once, and from then on the
   interpreter is all that changes. */
#include "recipe/source_private.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "recipe/needs.h"

static const char give_checkout[] = "give a checkout with --project-dir DIR";

static const char *
wanted_ref(const struct opening *opening)
{
    return opening->options->ref != NULL ? opening->options->ref
                                         : opening->recipe->ref;
}

/* A bare clone has no work tree that could be copied. */
static bool
is_bare_clone(const char *directory)
{
    PB_AUTOFREE char *head = pb_path_join(directory, "HEAD");
    PB_AUTOFREE char *objects = pb_path_join(directory, "objects");
    PB_AUTOFREE char *refs = pb_path_join(directory, "refs");
    return pb_fs_exists(head) && pb_fs_is_directory(objects) &&
           pb_fs_is_directory(refs);
}

static int
open_directory(const struct opening *opening, struct pb_error *err)
{
    const char *directory = opening->options->project_dir;
    if (!pb_fs_is_directory(directory)) {
        return pb_error_set(err, PB_ERROR_NOT_FOUND, "'%s' is no directory",
                            directory);
    }
    const char *ref = opening->options->ref;
    if (ref == NULL && is_bare_clone(directory)) {
        ref = opening->recipe->ref != NULL ? opening->recipe->ref : "HEAD";
    }
    if (ref == NULL) {
        return pb_source_copy(opening, directory, err);
    }
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    struct pb_oid commit;
    if (pb_repo_open(directory, &repo, err) < 0 ||
        pb_repo_resolve(repo, ref, &commit, err) < 0)
    {
        pb_error_prefix(err, "cannot take '%s' out of '%s'", ref, directory);
        return -1;
    }
    return pb_source_export(opening, repo, &commit, err);
}

/* The clone is named by its address too, so that a recipe that moves to a
   fork does not go on using the old one. */
static char *
clone_path(const struct pb_recipe *recipe, const char *data_dir)
{
    struct pb_digest digest = pb_digest_of(recipe->git, strlen(recipe->git));
    char hex[PB_DIGEST_HEX];
    return pb_asprintf("%s/projects/%s-%.8s.git", data_dir, recipe->name,
                       pb_digest_hex(&digest, hex));
}

bool
pb_project_is_cloned(const struct pb_recipe *recipe, const char *data_dir)
{
    if (recipe->git == NULL) {
        return false;
    }
    PB_AUTOFREE char *path = clone_path(recipe, data_dir);
    return pb_fs_exists(path);
}

static int
open_clone(const struct opening *opening, struct pb_repo **out,
           struct pb_error *err)
{
    const struct pb_project_options *options = opening->options;
    PB_AUTOFREE char *path = clone_path(opening->recipe, options->data_dir);
    if (!pb_fs_exists(path) &&
        pb_repo_clone(opening->recipe->git, path, options->progress,
                      options->cancel, err) < 0)
    {
        pb_error_prefix(err, "cannot clone '%s'", opening->recipe->git);
        if (err->code != PB_ERROR_CANCELLED) {
            pb_error_hint(err, "%s", give_checkout);
        }
        return -1;
    }
    return pb_repo_open(path, out, err);
}

/* A ref that the clone does not know is looked for upstream, once. */
static int
resolve(const struct opening *opening, struct pb_repo *repo,
        struct pb_oid *out, struct pb_error *err)
{
    const struct pb_project_options *options = opening->options;
    const char *ref = wanted_ref(opening);
    struct pb_error first = PB_ERROR_INIT;
    if (pb_repo_resolve(repo, ref, out, &first) == 0) {
        return 0;
    }
    if (first.code != PB_ERROR_NOT_FOUND) {
        *err = first;
        return -1;
    }
    if (pb_repo_fetch(repo, options->progress, options->cancel, err) < 0) {
        pb_error_prefix(err, "'%s' is not in the clone of '%s'", ref,
                        opening->recipe->git);
        if (err->code != PB_ERROR_CANCELLED) {
            pb_error_hint(err, "%s", give_checkout);
        }
        return -1;
    }
    return pb_repo_resolve(repo, ref, out, err);
}

static int
open_upstream(const struct opening *opening, struct pb_error *err)
{
    if (opening->recipe->git == NULL || wanted_ref(opening) == NULL) {
        pb_error_set(err, PB_ERROR_USAGE,
                     "the recipe '%s' names no repository",
                     opening->recipe->name);
        pb_error_hint(err, "%s", give_checkout);
        return -1;
    }
    PB_AUTOFREE char *projects =
        pb_path_join(opening->options->data_dir, "projects");
    PB_AUTOFREE char *lock_path = pb_path_join(projects, ".lock");
    if (pb_fs_mkdirs(projects, err) < 0) {
        return -1;
    }
    PB_AUTOCLOSE int lock = pb_fs_lock(lock_path, true, err);
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    struct pb_oid commit;
    if (lock < 0 || open_clone(opening, &repo, err) < 0 ||
        resolve(opening, repo, &commit, err) < 0)
    {
        return -1;
    }
    return pb_source_export(opening, repo, &commit, err);
}

/* `-- CMD` tests nothing but the interpreter. */
static bool
is_bare_command(const struct opening *opening)
{
    return opening->options->project_dir == NULL &&
           opening->recipe->git == NULL && opening->recipe->file == NULL &&
           opening->recipe->test.reader == PB_READER_STATUS;
}

static int
open_source(const struct opening *opening, struct pb_error *err)
{
    if (is_bare_command(opening)) {
        opening->project->revision = pb_strdup("none");
        return 0;
    }
    const char *work_dir = opening->options->work_dir;
    PB_AUTOFREE char *lock_path = pb_path_join(work_dir, "source.lock");
    if (pb_fs_mkdirs(work_dir, err) < 0) {
        return -1;
    }
    PB_AUTOCLOSE int lock = pb_fs_lock(lock_path, true, err);
    if (lock < 0) {
        return -1;
    }
    return opening->options->project_dir != NULL ? open_directory(opening, err)
                                                 : open_upstream(opening, err);
}

static int
open_dependencies(const struct opening *opening, struct pb_error *err)
{
    const char *deps = opening->options->deps_dir;
    if (deps == NULL) {
        return 0;
    }
    if (pb_needs_check_directory(deps, err) < 0) {
        return -1;
    }
    opening->project->deps = pb_path_absolute(deps);
    opening->project->deps_revision = pb_tree_revision(deps, err);
    return opening->project->deps_revision != NULL ? 0 : -1;
}

int
pb_project_open(const struct pb_recipe *recipe,
                const struct pb_project_options *options,
                struct pb_project *out, struct pb_error *err)
{
    struct pb_project project = {.recipe = recipe};
    const struct opening opening = {
        .recipe = recipe, .options = options, .project = &project};
    if (options->reporter != NULL) {
        project.reporter = pb_path_absolute(options->reporter);
    }
    /* Dependencies first: a clone takes minutes, a look does not. */
    if (open_dependencies(&opening, err) < 0 || open_source(&opening, err) < 0)
    {
        pb_project_clear(&project);
        return -1;
    }
    *out = project;
    return 0;
}

void
pb_project_clear(struct pb_project *project)
{
    free(project->source);
    free(project->revision);
    free(project->deps);
    free(project->deps_revision);
    free(project->reporter);
    pb_strv_clear(&project->laid_out);
    *project = (struct pb_project){.recipe = NULL};
}

struct pb_json *
pb_project_pins(const struct pb_project *project)
{
    char hex[PB_DIGEST_HEX];
    struct pb_json *pins = pb_json_object();
    pb_json_set(pins, "recipe", pb_json_string(project->recipe->name));
    pb_json_set(pins, "recipe_digest",
                pb_json_string(pb_digest_hex(&project->recipe->digest, hex)));
    pb_json_set(pins, "git", pb_json_string(project->recipe->git));
    pb_json_set(pins, "revision", pb_json_string(project->revision));
    pb_json_set(pins, "deps", pb_json_string(project->deps));
    pb_json_set(pins, "deps_revision", pb_json_string(project->deps_revision));
    return pins;
}
