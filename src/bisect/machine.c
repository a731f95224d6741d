/* Real builds, real trials: prepare, smoke and test in a workspace that is
   made for one trial and removed after it. */
#include "bisect/machine.h"

#include "bisect/estimate.h"
#include "bisect/local_run.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"

/* Below which a failing suite is not believed. */
#define LITTLE_SPACE ((uint64_t)1024 * 1024)

static int
build(void *context, const struct pb_request *request, struct pb_build *out,
      struct pb_error *err)
{
    struct pb_session *session = context;
    double start = pb_clock_monotonic();
    if (pb_builder_build(session->builder, &request->commit, &request->keys,
                         request->clean, out, err) < 0)
    {
        return -1;
    }
    pb_estimate_learn(session, request, out, pb_clock_monotonic() - start);
    return 0;
}

static bool
estimate(void *context, struct pb_costs *out)
{
    return pb_estimate(context, out);
}

static bool
selectable(void *context, const char *id)
{
    const struct pb_session *session = context;
    return pb_recipe_selectable(&session->recipe, id);
}

/* Directories of one run, by the names that recipes have for them. */
static void
name_places(const struct pb_local_run *run, const struct pb_build *built,
            struct pb_results *results)
{
    const struct pb_workspace *workspace = &run->workspace;
    const struct pb_project *project = &run->session->project;
    const struct pb_strv *laid_out = &project->laid_out;
    const struct pb_results_name names[] = {
        {workspace->tmp, "{tmp}"},
        {project->source == NULL ? NULL : workspace->copy, "{project}"},
        {workspace->directory, "{run}"},
        {laid_out->len > 0 ? laid_out->items[0] : NULL, "{deps}"},
        {laid_out->len > 1 ? laid_out->items[1] : NULL, "{deps}"},
        {project->deps, "{deps}"},
        {built->root, "{cpython}"},
    };
    pb_results_rename(results, names, PB_LENGTH(names));
}

static void
judge(struct pb_evaluation *evaluation)
{
    const struct pb_result *command =
        pb_results_find(&evaluation->results, PB_TEST_COMMAND);
    if (command != NULL && command->outcome == PB_OUTCOME_SKIP) {
        evaluation->status = PB_EVALUATION_UNTESTABLE;
        evaluation->reason = pb_strdup("the command exited with 125");
    }
}

/* Whether tests that fail fail of a full disk, nobody could tell. */
static int
check_space(const char *directory, struct pb_error *err)
{
    if (pb_fs_free_space(directory) >= LITTLE_SPACE) {
        return 0;
    }
    pb_error_set(err, PB_ERROR_ENVIRONMENT,
                 "tests fail, and hardly any space is left in '%s'",
                 directory);
    err->errnum = ENOSPC;
    return -1;
}

static int
test(void *context, const struct pb_request *request,
     const struct pb_build *built, struct pb_evaluation *out,
     struct pb_error *err)
{
    struct pb_session *session = context;
    PB_AUTO(pb_local_run) struct pb_local_run run = {.session = NULL};
    PB_AUTO(pb_evaluation) struct pb_evaluation made = PB_EVALUATION_INIT;
    double start = pb_clock_monotonic();
    if (pb_local_run_open(session, request, built, &run, err) < 0 ||
        pb_local_run_phases(&run, request->tests, &made.results, err) < 0)
    {
        return -1;
    }
    if (pb_results_failed(&made.results) > 0 &&
        check_space(run.workspace.directory, err) < 0)
    {
        return -1;
    }
    name_places(&run, built, &made.results);
    made.dependencies_built = run.laid_out.built + run.own_builds;
    made.dependency_seconds = run.laid_out.seconds + run.own_seconds;
    made.test_seconds = pb_clock_monotonic() - start - made.dependency_seconds;
    made.log = pb_strdup(run.log);
    judge(&made);
    *out = made;
    memset(&made, 0, sizeof(made));
    return 0;
}

/* What is skipped for want of a program is run once it is there. */
static void
add_missing(const struct pb_recipe *recipe, struct pb_hasher *hasher)
{
    for (size_t i = 0; i < recipe->nneeds; i++) {
        PB_AUTOFREE char *missing = pb_need_missing(&recipe->needs[i]);
        if (missing != NULL) {
            pb_hasher_add_field(hasher, recipe->needs[i].name);
        }
    }
}

/* Scripts that a command names: after an edit it is another command. */
static void
add_scripts(const struct pb_plan *plan, struct pb_hasher *hasher)
{
    for (size_t i = 0; i < plan->command.len; i++) {
        struct pb_digest digest;
        struct pb_error ignored = PB_ERROR_INIT;
        const char *word = plan->command.items[i];
        PB_AUTOFREE char *path = word[0] == '/'
                                     ? pb_strdup(word)
                                     : pb_path_join(plan->directory, word);
        if (pb_digest_of_file(path, &digest, &ignored) == 0) {
            pb_hasher_add_field(hasher, word);
            pb_hasher_add(hasher, digest.bytes, PB_DIGEST_SIZE);
        }
    }
}

static struct pb_digest
identity(const struct pb_session *session)
{
    struct utsname machine;
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    if (uname(&machine) == 0) {
        pb_hasher_add_field(&hasher, machine.sysname);
        pb_hasher_add_field(&hasher, machine.machine);
    }
    pb_hasher_add_field(&hasher, pb_builder_toolchain(session->builder));
    pb_hasher_add(&hasher, session->recipe.digest.bytes, PB_DIGEST_SIZE);
    pb_hasher_add_field(&hasher, session->project.revision);
    pb_hasher_add_field(&hasher, session->project.deps_revision);
    if (session->dependencies != NULL) {
        struct pb_digest pins = pb_pins_digest(&session->pins);
        pb_hasher_add(&hasher, pins.bytes, PB_DIGEST_SIZE);
        pb_hasher_add_field(&hasher, session->plan->apart ? "apart" : NULL);
    }
    if (session->plan->phase != NULL) {
        pb_hasher_add_field(&hasher, session->plan->phase);
    }
    add_missing(&session->recipe, &hasher);
    add_scripts(session->plan, &hasher);
    if (session->sandbox != NULL) {
        pb_hasher_add_field(&hasher, "confined");
    }
    double timeout = pb_local_run_timeout(session);
    pb_hasher_add(&hasher, &timeout, sizeof(timeout));
    return pb_hasher_finish(&hasher);
}

void
pb_machine_init_local(struct pb_session *session)
{
    char hex[PB_DIGEST_HEX];
    session->machine = (struct pb_machine){
        .identity = identity(session),
        .build = build,
        .test = test,
        .estimate = session->plan->by_runs ? NULL : estimate,
        .selectable = selectable,
        .context = session,
    };
    free(session->plan->identity);
    session->plan->identity =
        pb_strdup(pb_digest_hex(&session->machine.identity, hex));
}

/* --- replay ------------------------------------------------------------- */

static int
build_nothing(void *context, const struct pb_request *request,
              struct pb_build *out, struct pb_error *err)
{
    char id[PB_OID_SHORT];
    (void)context;
    (void)out;
    pb_error_set(err, PB_ERROR_NOT_FOUND,
                 "the result at %s that comes next is not on record",
                 pb_oid_short(&request->commit, id));
    pb_error_hint(err, "it was dropped since, or the recipe or the clone of "
                       "CPython has changed");
    return -1;
}

static int
test_nothing(void *context, const struct pb_request *request,
             const struct pb_build *built, struct pb_evaluation *out,
             struct pb_error *err)
{
    (void)context;
    (void)request;
    (void)built;
    (void)out;
    return pb_error_set(err, PB_ERROR_INTERNAL, "nothing was built");
}

int
pb_machine_init_recorded(struct pb_session *session, struct pb_error *err)
{
    session->machine = (struct pb_machine){
        .build = build_nothing,
        .test = test_nothing,
        .selectable = selectable,
        .context = session,
    };
    if (session->plan->identity == NULL ||
        !pb_digest_parse(session->plan->identity, &session->machine.identity))
    {
        return pb_error_set(err, PB_ERROR_NOT_FOUND,
                            "this bisection was begun by an older pybisect, "
                            "which did not keep what a replay needs");
    }
    return 0;
}
