/* A trial's phases, each up to the first command of it that fails. */
#include "bisect/local_run.h"

#include <stdlib.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

void
pb_local_run_close(struct pb_local_run *run)
{
    pb_workspace_close(&run->workspace);
    pb_laid_out_clear(&run->laid_out);
    free(run->directory);
    free(run->log);
}

/* Over a build and the library beside it. */
static struct pb_digest
behaviour_of(const struct pb_request *request)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add(&hasher, request->keys.build.bytes, PB_DIGEST_SIZE);
    pb_hasher_add(&hasher, request->keys.library.bytes, PB_DIGEST_SIZE);
    return pb_hasher_finish(&hasher);
}

static struct pb_dependencies_request
what_is_wanted(const struct pb_session *session,
               const struct pb_request *request, const struct pb_build *built)
{
    return (struct pb_dependencies_request){
        .python = built->python,
        .root = built->root,
        .behaviour = behaviour_of(request),
        /* A repetition of what is in question is one that builds. */
        .fresh = request->clean || (request->take > 0 && session->plan->apart),
        .alone = session->plan->apart,
    };
}

/* What the project needs, as this interpreter can load it. */
static int
lay_out(struct pb_local_run *run, struct pb_error *err)
{
    struct pb_session *session = run->session;
    struct pb_project *project = &session->project;
    struct pb_laid_out *laid_out = &run->laid_out;
    const struct pb_dependencies_request wanted =
        what_is_wanted(session, run->request, run->built);
    pb_strv_clear(&project->laid_out);
    if (session->dependencies == NULL) {
        return 0;
    }
    if (pb_dependencies_lay_out(session->dependencies, &wanted, laid_out,
                                err) < 0) {
        return -1;
    }
    session->unbuildable |= laid_out->failure != NULL && !session->plan->apart;
    pb_strv_add_all(&project->laid_out, &laid_out->path);
    return 0;
}

int
pb_local_run_open(struct pb_session *session, const struct pb_request *request,
                  const struct pb_build *built, struct pb_local_run *run,
                  struct pb_error *err)
{
    char hex[PB_DIGEST_HEX];
    struct pb_digest key = pb_request_key(&session->machine, request);
    pb_digest_hex(&key, hex);
    PB_AUTOFREE char *logs = pb_path_join(session->places->cache, "logs");
    run->session = session;
    run->request = request;
    run->built = built;
    run->log = pb_asprintf("%s/test-%.16s.log", logs, hex);
    if (lay_out(run, err) < 0 || pb_fs_mkdirs(logs, err) < 0 ||
        pb_workspace_open(&session->project, session->workspace.path,
                          built->python, &run->workspace, err) < 0)
    {
        return -1;
    }
    run->bounds = session->recipe.bounds;
    run->bounds.watched = run->workspace.directory;
    run->directory =
        pb_workspace_expand(&run->workspace, session->recipe.test.directory);
    return session->sandbox == NULL
               ? 0
               : pb_workspace_confine(&run->workspace, session->sandbox,
                                      built->root, err);
}

double
pb_local_run_timeout(const struct pb_session *session)
{
    return session->plan->timeout > 0 ? (double)session->plan->timeout
                                      : session->recipe.test.timeout;
}

static struct pb_trial_options
options_of(const struct pb_local_run *run, struct pb_strv *argv)
{
    return (struct pb_trial_options){
        .argv = argv->items,
        .environment = run->workspace.environment.items,
        .reader = run->session->recipe.test.reader,
        .results_path = run->workspace.results,
        .patterns = &run->session->recipe.test.patterns,
        .log_path = run->log,
        .cancel = run->session->cancel,
        .bounds = &run->bounds,
        .sandbox = pb_workspace_sandbox(&run->workspace),
    };
}

/* Commands of a phase in order, up to the first that fails; each has a log
   of its own beside that of the tests. */
static int
run_phase(struct pb_local_run *run, const struct pb_strv *commands,
          const char *name, const char *id, struct pb_results *out,
          bool *out_passed, struct pb_error *err)
{
    *out_passed = true;
    for (size_t i = 0; i < commands->len && *out_passed; i++) {
        PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
        if (pb_workspace_command(&run->workspace, commands->items[i], NULL,
                                 &argv, err) < 0)
        {
            return -1;
        }
        PB_AUTOFREE char *log = pb_asprintf("%s.%s%zu", run->log, name, i + 1);
        struct pb_trial_options options = options_of(run, &argv);
        options.log_path = log;
        options.directory = run->workspace.copy;
        options.timeout = run->session->recipe.step_timeout;
        if (pb_trial_step(&options, id, out, out_passed, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
add_installation(const struct pb_build *built, struct pb_results *out,
                 struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    bool passed = false;
    if (pb_build_installed(built, &passed, &log, err) < 0) {
        return -1;
    }
    pb_trial_add_step(PB_TEST_INSTALL, passed, log.data, log.len, out);
    return 0;
}

/* Building dependencies is a part of preparing. */
static int
add_dependencies(const struct pb_local_run *run, struct pb_results *out,
                 struct pb_error *err)
{
    const struct pb_laid_out *laid_out = &run->laid_out;
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    if (run->session->pins.len == 0) {
        return 0;
    }
    if (laid_out->failure != NULL) {
        if (pb_fs_read_tail(laid_out->log, PB_LIMIT_LOG_TAIL, &log, err) < 0) {
            return -1;
        }
        pb_buf_addf(&log, "\n%s\n", laid_out->failure);
    }
    pb_trial_add_step(PB_TEST_PREPARE, laid_out->failure == NULL, log.data,
                      log.len, out);
    return 0;
}

static int
run_tests(struct pb_local_run *run, const struct pb_strv *tests,
          struct pb_results *out, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    if (pb_workspace_command(&run->workspace,
                             run->session->recipe.test.command, tests, &argv,
                             err) < 0)
    {
        return -1;
    }
    struct pb_trial_options options = options_of(run, &argv);
    options.directory = run->directory;
    options.timeout = pb_local_run_timeout(run->session);
    if (pb_trial_run(&options, &results, err) < 0) {
        return -1;
    }
    pb_results_merge(out, &results);
    out->run = results.run;
    out->seconds = results.seconds;
    return 0;
}

/* Servers that the phase needs. *out_ready false: the phase, which is noted
   as skipped, cannot run on this machine. */
static int
serve(struct pb_local_run *run, enum pb_recipe_phase phase, const char *id,
      struct pb_results *out, bool *out_ready, struct pb_error *err)
{
    PB_AUTOFREE char *missing = NULL;
    if (pb_workspace_serve(&run->workspace, phase, run->session->cancel,
                           &missing, err) < 0)
    {
        return -1;
    }
    *out_ready = missing == NULL;
    if (missing != NULL) {
        pb_result_describe(pb_results_add(out, id, PB_OUTCOME_SKIP), NULL,
                           missing, NULL);
    }
    return 0;
}

/* What the project's own build can be changed by, beside the interpreter. */
static struct pb_digest
own_key(const struct pb_session *session)
{
    struct pb_hasher hasher;
    struct pb_digest pins = pb_pins_digest(&session->pins);
    pb_hasher_init(&hasher);
    pb_hasher_add(&hasher, session->recipe.digest.bytes, PB_DIGEST_SIZE);
    pb_hasher_add_field(&hasher, session->project.revision);
    pb_hasher_add_field(&hasher, session->project.deps_revision);
    pb_hasher_add(&hasher, pins.bytes, PB_DIGEST_SIZE);
    return pb_hasher_finish(&hasher);
}

/* Out of the store, or by the recipe's commands. */
static int
build_own(struct pb_local_run *run, struct pb_results *out, bool *out_passed,
          struct pb_error *err)
{
    struct pb_session *session = run->session;
    const struct pb_strv *commands = &session->recipe.build;
    const struct pb_dependencies_request wanted =
        what_is_wanted(session, run->request, run->built);
    struct pb_digest project = own_key(session);
    const char *copy = run->workspace.copy;
    bool found = false;
    if (commands->len == 0) {
        return 0;
    }
    if (pb_own_build_recall(session->dependencies, &wanted, &project, copy,
                            &found, err) < 0)
    {
        return -1;
    }
    if (found) {
        pb_trial_add_step(PB_TEST_PREPARE, true, "", 0, out);
        return 0;
    }
    double start = pb_clock_monotonic();
    if (run_phase(run, commands, "build", PB_TEST_PREPARE, out, out_passed,
                  err) < 0)
    {
        return -1;
    }
    run->own_builds = 1;
    run->own_seconds = pb_clock_monotonic() - start;
    session->unbuildable |= !*out_passed && !session->plan->apart;
    return !*out_passed ? 0
                        : pb_own_build_keep(session->dependencies, &wanted,
                                            &project, session->project.source,
                                            copy, run->own_seconds, err);
}

static int
prepare(struct pb_local_run *run, struct pb_results *out, bool *out_ready,
        struct pb_error *err)
{
    const struct pb_strv *commands = &run->session->recipe.prepare;
    if (serve(run, PB_RECIPE_PREPARE, PB_TEST_PREPARE, out, out_ready, err) <
        0) {
        return -1;
    }
    if (*out_ready && build_own(run, out, out_ready, err) < 0) {
        return -1;
    }
    return !*out_ready ? 0
                       : run_phase(run, commands, "prepare", PB_TEST_PREPARE,
                                   out, out_ready, err);
}

static int
smoke(struct pb_local_run *run, struct pb_results *out, struct pb_error *err)
{
    const struct pb_strv *commands = &run->session->recipe.smoke;
    bool ready = false;
    if (commands->len == 0) {
        return 0;
    }
    if (serve(run, PB_RECIPE_SMOKE, PB_TEST_SMOKE, out, &ready, err) < 0) {
        return -1;
    }
    bool passed = false;
    return !ready ? 0
                  : run_phase(run, commands, "smoke", PB_TEST_SMOKE, out,
                              &passed, err);
}

static int
test_suite(struct pb_local_run *run, const struct pb_strv *tests,
           struct pb_results *out, struct pb_error *err)
{
    bool ready = false;
    if (serve(run, PB_RECIPE_TEST, PB_TEST_RUN, out, &ready, err) < 0) {
        return -1;
    }
    if (!ready) {
        return 0;
    }
    if (run_tests(run, tests, out, err) < 0) {
        return -1;
    }
    pb_recipe_excuse(&run->session->recipe, out);
    return 0;
}

int
pb_local_run_prepare(struct pb_local_run *run, struct pb_results *out,
                     bool *out_ready, struct pb_error *err)
{
    *out_ready = run->laid_out.failure == NULL;
    if (add_dependencies(run, out, err) < 0) {
        return -1;
    }
    return *out_ready ? prepare(run, out, out_ready, err) : 0;
}

/* As far as they are wanted: what comes after the phase that is bisected has
   nothing to say. */
int
pb_local_run_phases(struct pb_local_run *run, const struct pb_strv *tests,
                    struct pb_results *out, struct pb_error *err)
{
    const struct pb_plan *plan = run->session->plan;
    bool ready = false;
    if ((run->session->recipe.install_python &&
         add_installation(run->built, out, err) < 0) ||
        add_dependencies(run, out, err) < 0)
    {
        return -1;
    }
    if (run->laid_out.failure != NULL || !pb_plan_runs(plan, PB_PHASE_PREPARE))
    {
        return 0;
    }
    if (prepare(run, out, &ready, err) < 0) {
        return -1;
    }
    if (ready && pb_plan_runs(plan, PB_PHASE_SMOKE) &&
        smoke(run, out, err) < 0) {
        return -1;
    }
    if (ready && pb_plan_runs(plan, PB_PHASE_TEST) &&
        test_suite(run, tests, out, err) < 0)
    {
        return -1;
    }
    return pb_workspace_check_served(&run->workspace, err);
}
