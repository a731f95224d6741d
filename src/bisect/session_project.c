/* What a plan tests: the recipe, the project, and what it depends on. */
#include "bisect/session_private.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

#define DEPENDENCY_SECONDS 1800.0 /* for building one */
#define UNKNOWN_VERSION 3999

static bool
is_path(const char *project)
{
    return strcmp(project, ".") == 0 || strcmp(project, "..") == 0 ||
           strchr(project, '/') != NULL;
}

static int
open_checkout(struct pb_session *session, struct pb_error *err)
{
    struct pb_plan *plan = session->plan;
    PB_AUTOFREE char *how = NULL;
    if (plan->project_dir == NULL) {
        plan->project_dir = pb_path_absolute(plan->project);
    }
    if (pb_recipe_detect(plan->project_dir, &session->recipe, &how, err) < 0) {
        return -1;
    }
    if (how != NULL) {
        pb_strv_add(&session->notes, how);
    }
    return 0;
}

/* Rules that are not there are none. */
static int
load_rule_file(struct pb_rules *rules, const char *directory,
               struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(directory, "classes.yml");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    if (pb_fs_read(path, PB_LIMIT_RECIPE_BYTES, &text, err) < 0) {
        if (err->code != PB_ERROR_NOT_FOUND) {
            return -1;
        }
        pb_error_clear(err);
        return 0;
    }
    return pb_rules_parse(rules, text.data, text.len, path, &problems, err);
}

int
pb_session_load_rules(struct pb_session *session, struct pb_error *err)
{
    session->rules = pb_rules_new();
    if (load_rule_file(session->rules, session->places->config, err) < 0) {
        return -1;
    }
    return load_rule_file(session->rules, session->places->recipes, err);
}

static int
find_recipe(struct pb_session *session, struct pb_error *err)
{
    const struct pb_plan *plan = session->plan;
    if (plan->command.len > 0) {
        pb_recipe_of_command(plan->command.items, plan->directory,
                             &session->recipe);
        return 0;
    }
    if (is_path(plan->project)) {
        return open_checkout(session, err);
    }
    PB_AUTO(pb_strv) struct pb_strv directories = PB_STRV_INIT;
    pb_strv_add(&directories, session->places->recipes);
    pb_strv_addf(&directories, "%s/recipes", session->places->config);
    return pb_recipe_find(&directories, plan->project, &session->recipe, err);
}

/* A phase that is asked for must be one that the project has; CPython can
   always be installed. */
static int
settle_phase(struct pb_session *session, struct pb_error *err)
{
    struct pb_recipe *recipe = &session->recipe;
    const char *name = session->plan->phase;
    if (name == NULL) {
        return 0;
    }
    enum pb_phase phase = pb_plan_phase(session->plan);
    session->plan->apart |= phase == PB_PHASE_PREPARE;
    recipe->install_python |= phase == PB_PHASE_INSTALL_PYTHON;
    if ((phase == PB_PHASE_PREPARE && recipe->prepare.len == 0 &&
         recipe->build.len == 0 && recipe->dependencies.len == 0) ||
        (phase == PB_PHASE_SMOKE && recipe->smoke.len == 0))
    {
        return pb_error_set(err, PB_ERROR_CONFIG,
                            "the recipe of '%s' has no phase '%s'",
                            recipe->name, name);
    }
    return 0;
}

/* One recipe for the whole range, that of its bad end: results of tests that
   are not set up alike could not be compared. */
static int
settle_versions(struct pb_session *session, struct pb_error *err)
{
    unsigned major = 0;
    unsigned minor = 0;
    if (pb_range_version(session->repo, &session->bad, &major, &minor, err) <
        0) {
        return -1;
    }
    PB_AUTOFREE char *python = pb_asprintf("%u.%u", major, minor);
    const struct pb_recipe_facts facts = {
        .python = major > 0 ? python : NULL,
        .ref = session->plan->ref,
    };
    pb_recipe_settle(&session->recipe, &facts);
    return 0;
}

static void
note_needs(struct pb_session *session)
{
    const struct pb_recipe *recipe = &session->recipe;
    for (size_t i = 0; i < recipe->nneeds; i++) {
        const struct pb_recipe_need *need = &recipe->needs[i];
        PB_AUTOFREE char *missing = pb_need_missing(need);
        if (missing != NULL) {
            pb_strv_addf(&session->notes,
                         "what needs '%s' is not run: this machine lacks %s",
                         need->name, missing);
        }
    }
    if (session->sandbox != NULL && pb_recipe_reaches_network(recipe)) {
        pb_strv_addf(&session->notes, "%s",
                     recipe->network
                         ? "the recipe asks for the network: its code can "
                           "reach it"
                         : "servers that the recipe needs listen on this "
                           "machine: its code can reach its network");
    }
}

int
pb_session_open_recipe(struct pb_session *session, struct pb_error *err)
{
    if (find_recipe(session, err) < 0 || settle_versions(session, err) < 0) {
        return -1;
    }
    note_needs(session);
    return settle_phase(session, err);
}

/* The versions of CPython at the ends of the range, older one first; of one
   revision, twice the same. One that is not known is newer than all. */
static int
find_versions(struct pb_session *session, char *out[2], struct pb_error *err)
{
    const struct pb_oid *ends[] = {&session->bad, &session->good};
    static const struct pb_oid unset;
    unsigned numbers[2] = {0, 0};
    for (size_t i = 0; i < PB_LENGTH(ends); i++) {
        unsigned major = 0;
        unsigned minor = 0;
        numbers[i] = numbers[0];
        if (pb_oid_equal(ends[i], &unset)) {
            continue;
        }
        if (pb_range_version(session->repo, ends[i], &major, &minor, err) < 0)
        {
            return -1;
        }
        numbers[i] = major > 0 ? major * 1000 + minor : UNKNOWN_VERSION;
    }
    bool ordered = numbers[0] <= numbers[1];
    for (size_t i = 0; i < 2; i++) {
        unsigned number = numbers[ordered ? i : 1 - i];
        out[i] = pb_asprintf("%u.%u", number / 1000, number % 1000);
    }
    return 0;
}

static int
resolve_pins(struct pb_session *session, const struct pb_strv *requirements,
             struct pb_error *err)
{
    struct pb_plan *plan = session->plan;
    char *versions[2] = {NULL, NULL};
    PB_AUTOFREE char *downloads =
        pb_path_join(session->places->data, "distributions");
    if (find_versions(session, versions, err) < 0) {
        return -1;
    }
    struct pb_pins_options options = {
        .project = session->recipe.name,
        .requirements = requirements,
        .find_links = &plan->find_links,
        .download_dir = downloads,
        .oldest = versions[0],
        .newest = versions[1],
        .progress = session->progress,
        .cancel = session->cancel,
    };
    int status =
        pb_pins_resolve(&options, &session->pins, &session->notes, err);
    free(versions[0]);
    free(versions[1]);
    return status;
}

/* Once a bisection: one that goes on has its pins in its plan. */
int
pb_session_open_pins(struct pb_session *session, struct pb_error *err)
{
    struct pb_plan *plan = session->plan;
    PB_AUTO(pb_strv) struct pb_strv requirements = PB_STRV_INIT;
    if (plan->pins != NULL) {
        return pb_pins_from_json(plan->pins, &session->pins, err);
    }
    pb_recipe_requirements(&session->recipe, plan->deps_dir, &requirements);
    if (requirements.len == 0) {
        return 0;
    }
    if (resolve_pins(session, &requirements, err) < 0) {
        return -1;
    }
    plan->pins = pb_pins_to_json(&session->pins);
    return 0;
}

int
pb_session_open_dependencies(struct pb_session *session, struct pb_error *err)
{
    if (session->pins.len == 0 && session->recipe.build.len == 0) {
        return 0;
    }
    const struct pb_dependencies_options options = {
        .pins = &session->pins,
        .cache_dir = session->places->cache,
        .script = session->places->builder,
        .toolchain = pb_builder_toolchain(session->builder),
        .sandbox = session->sandbox,
        .timeout = DEPENDENCY_SECONDS,
        .progress = session->progress,
        .cancel = session->cancel,
    };
    return pb_dependencies_open(&options, &session->dependencies, err);
}

/* A bisection goes on with the copy that it pinned, whatever has become of
   the directory or branch that it was made from. */
int
pb_session_open_source(struct pb_session *session, struct pb_error *err)
{
    struct pb_plan *plan = session->plan;
    PB_AUTOFREE char *sources =
        pb_path_join(session->places->cache, "sources");
    bool pinned = plan->source != NULL && pb_fs_exists(plan->source);
    struct pb_project_options options = {
        .project_dir = pinned ? plan->source : plan->project_dir,
        .ref = pinned ? NULL : plan->ref,
        .deps_dir = plan->deps_dir,
        .data_dir = session->places->data,
        .work_dir = sources,
        .reporter = session->places->reporter,
        .progress = session->progress,
        .cancel = session->cancel,
    };
    if (pb_project_open(&session->recipe, &options, &session->project, err) <
        0) {
        return -1;
    }
    if (pinned) {
        free(session->project.revision);
        session->project.revision = pb_strdup(plan->project_revision);
    }
    else if (session->project.source != NULL) {
        free(plan->source);
        free(plan->project_revision);
        plan->source = pb_strdup(session->project.source);
        plan->project_revision = pb_strdup(session->project.revision);
    }
    return 0;
}

/* Caller frees. */
