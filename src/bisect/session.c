/* Opening what a plan needs, in the order in which mistakes are cheapest to
   report: history, revisions, recipe, project, tools. */
#include "pybisect/session.h"

#include <stdlib.h>
#include <string.h>

#include "bisect/estimate.h"
#include "bisect/machine.h"
#include "bisect/session_private.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/undo.h"

#define UPSTREAM "https://github.com/python/cpython.git"

/* --- history ------------------------------------------------------------ */

static int
open_mirror(struct pb_session *session, struct pb_error *err)
{
    PB_AUTOFREE char *path =
        pb_path_join(session->places->data, "cpython.git");
    if (!pb_fs_exists(path)) {
        if (pb_fs_mkdirs(session->places->data, err) < 0) {
            return -1;
        }
        if (pb_repo_clone(UPSTREAM, path, session->progress, session->cancel,
                          err) < 0) {
            pb_error_prefix(err, "there is no clone of CPython yet, and "
                                 "making one failed");
            pb_error_hint(err, "name a clone with --cpython PATH");
            return -1;
        }
        return pb_repo_open(path, &session->repo, err);
    }
    if (pb_repo_open(path, &session->repo, err) < 0) {
        return -1;
    }
    struct pb_error offline = PB_ERROR_INIT;
    if (session->plan->bad_id == NULL &&
        pb_repo_fetch(session->repo, session->progress, session->cancel,
                      &offline) < 0)
    {
        pb_strv_addf(&session->notes,
                     "CPython's history is as of the last fetch: %s",
                     offline.message);
    }
    return 0;
}

int
pb_session_open_history(struct pb_session *session, struct pb_error *err)
{
    const char *path = session->plan->cpython;
    if (path == NULL) {
        return open_mirror(session, err);
    }
    if (pb_repo_open(path, &session->repo, err) < 0) {
        pb_error_hint(err, "give --cpython the path of a clone of CPython, "
                           "bare or not");
        return -1;
    }
    return 0;
}

/* --- revisions ---------------------------------------------------------- */

static int
resolve_end(struct pb_session *session, const char *typed, char **pinned,
            struct pb_oid *out, struct pb_error *err)
{
    char hex[PB_OID_HEX];
    if (*pinned != NULL && pb_oid_parse(*pinned, out)) {
        return 0;
    }
    int status = typed == NULL
                     ? pb_repo_trunk(session->repo, out, err)
                     : pb_range_revision(session->repo, typed, out, err);
    if (status == 0) {
        free(*pinned);
        *pinned = pb_strdup(pb_oid_hex(out, hex));
    }
    return status;
}

int
pb_session_resolve(struct pb_session *session, struct pb_error *err)
{
    struct pb_plan *plan = session->plan;
    if (resolve_end(session, plan->bad, &plan->bad_id, &session->bad, err) < 0)
    {
        return -1;
    }
    if (plan->good == NULL && plan->good_id == NULL) {
        return 0;
    }
    if (resolve_end(session, plan->good, &plan->good_id, &session->good, err) <
        0) {
        return -1;
    }
    return pb_range_load(session->repo, &session->good, &session->bad,
                         plan->all_parents, &session->range, err);
}

static struct pb_fingerprint_options
fingerprint_options(const struct pb_session *session)
{
    return (struct pb_fingerprint_options){
        .count_tests = session->recipe.test_support,
        .progress = session->progress,
        .cancel = session->cancel,
    };
}

int
pb_session_keys(struct pb_session *session, const struct pb_oid *commit,
                struct pb_keys *out, struct pb_error *err)
{
    struct pb_fingerprint_options options = fingerprint_options(session);
    return pb_fingerprint(pb_repo_path(session->repo), commit, 1, &options,
                          out, err);
}

int
pb_session_load_candidates(struct pb_session *session, struct pb_error *err)
{
    struct pb_range *range = &session->range;
    struct pb_fingerprint_options options = fingerprint_options(session);
    PB_AUTOFREE struct pb_keys *keys =
        pb_alloc_array(range->commits.len, sizeof(*keys));
    struct pb_keys good;
    if (pb_session_keys(session, &range->good, &good, err) < 0 ||
        pb_fingerprint(pb_repo_path(session->repo), range->commits.items,
                       range->commits.len, &options, keys, err) < 0)
    {
        return -1;
    }
    pb_candidates_fold(range, &good, keys, &session->candidates);
    if (session->candidates.len == 0) {
        pb_error_set(err, PB_ERROR_NOT_FOUND,
                     "none of the %zu commits in the range changes anything "
                     "that a project can see (only docs, tests and the like)",
                     range->commits.len);
        pb_error_hint(err, "look for the cause in the project or its "
                           "dependencies");
        return -1;
    }
    return 0;
}

size_t
pb_session_undone(void *context, size_t candidate)
{
    const struct pb_session *session = context;
    const struct pb_range *range = &session->range;
    const struct pb_candidates *candidates = &session->candidates;
    size_t commit = candidates->items[candidate].commit;
    PB_AUTO(pb_oid_list) struct pb_oid_list parents = {.items = NULL};
    struct pb_error ignored = PB_ERROR_INIT;
    size_t index = PB_UNDO_NONE;
    if (pb_repo_parents(session->repo, &range->commits.items[commit], &parents,
                        &ignored) < 0 ||
        parents.len == 0 ||
        pb_undo_find(session->repo, &parents.items[0],
                     &range->commits.items[commit], &range->commits,
                     commit + 1, &index, &ignored) < 0 ||
        index == PB_UNDO_NONE || candidates->of_commit[index] == SIZE_MAX)
    {
        return PB_CANDIDATES_NONE;
    }
    return candidates->of_commit[index];
}

static char *
journal_path(const struct pb_session *session)
{
    return pb_path_join(session->places->data, "journal.sqlite");
}

/* --- tools -------------------------------------------------------------- */

/* All foreign code runs confined, unless somebody says otherwise. */
static int
settle_sandbox(struct pb_session *session, struct pb_error *err)
{
    const char *wanted = session->plan->sandbox;
    if (wanted == NULL) {
        const char *set = getenv("PYBISECT_SANDBOX");
        wanted = set != NULL && set[0] != '\0' ? set : "bwrap";
    }
    if (!pb_plan_parse_sandbox(wanted)) {
        return pb_error_set(err, PB_ERROR_USAGE,
                            "PYBISECT_SANDBOX is bwrap or none, not '%s'",
                            wanted);
    }
    if (strcmp(wanted, "none") == 0 || session->sandbox != NULL) {
        return 0;
    }
    session->sandbox = pb_sandbox_find(err);
    return session->sandbox != NULL ? 0 : -1;
}

/* By a connection of its own: builders that build ahead are in processes of
   their own. */
static int
forget_refuted(void *context, const struct pb_strv *outputs,
               struct pb_error *err)
{
    const struct pb_session *session = context;
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    PB_AUTOFREE char *path = journal_path(session);
    return pb_journal_open(path, &journal, err) < 0
               ? -1
               : pb_journal_forget_outputs(journal, outputs, err);
}

int
pb_session_open_builder(struct pb_session *session, struct pb_error *err)
{
    const struct pb_plan *plan = session->plan;
    PB_AUTOFREE char *eras =
        pb_path_join(session->places->recipes, "cpython.yml");
    if (settle_sandbox(session, err) < 0) {
        return -1;
    }
    struct pb_builder_options options = {
        .repo = session->repo,
        .cache_dir = session->places->cache,
        .eras_file = eras,
        .cc = plan->cc,
        .configure_args = &plan->configure_args,
        .jobs = (int)plan->jobs,
        .ccache = !plan->no_ccache,
        .install = session->recipe.install_python,
        .sandbox = session->sandbox,
        .refuted = forget_refuted,
        .refuted_context = session,
        .progress = session->progress,
        .cancel = session->cancel,
    };
    return pb_builder_new(&options, &session->builder, err);
}

int
pb_session_open_project(struct pb_session *session, struct pb_error *err)
{
    PB_AUTOFREE char *runs = pb_path_join(session->places->cache, "runs");
    PB_AUTOFREE char *journal = journal_path(session);
    if (settle_sandbox(session, err) < 0 ||
        pb_session_load_rules(session, err) < 0 ||
        pb_session_open_recipe(session, err) < 0 ||
        pb_session_open_pins(session, err) < 0 ||
        pb_session_open_source(session, err) < 0 ||
        pb_session_open_builder(session, err) < 0 ||
        pb_session_open_dependencies(session, err) < 0 ||
        pb_journal_open(journal, &session->journal, err) < 0 ||
        pb_fs_own(runs, "run-", &session->workspace, err) < 0)
    {
        return -1;
    }
    pb_machine_init_local(session);
    return 0;
}

void
pb_session_bisection_options(struct pb_session *session,
                             struct pb_bisection_options *out)
{
    const struct pb_plan *plan = session->plan;
    *out = (struct pb_bisection_options){
        .journal = session->journal,
        .machine = &session->machine,
        .range = &session->range,
        .candidates = &session->candidates,
        .tests = plan->tests.len > 0 ? &plan->tests : NULL,
        .known_failures = &session->recipe.known_failures,
        .min_tests = session->recipe.test.min_tests,
        .max_culprits = (size_t)plan->max_culprits,
        .first = plan->first,
        .different = plan->different,
        .deterministic = plan->deterministic,
        .repeat = (size_t)plan->repeat,
        .undone = pb_session_undone,
        .undone_context = session,
    };
    if (!plan->no_prior) {
        out->weigh = pb_session_weigh;
        out->weigh_context = session;
    }
    if (plan->confidence != NULL) {
        pb_plan_parse_confidence(plan->confidence, &out->confidence);
    }
    if (plan->budget != NULL) {
        pb_plan_parse_budget(plan->budget, &out->budget_runs,
                             &out->budget_seconds);
    }
}

int
pb_session_open_replay(struct pb_session *session, struct pb_error *err)
{
    PB_AUTOFREE char *journal = journal_path(session);
    if (pb_session_open_recipe(session, err) < 0 ||
        pb_journal_open(journal, &session->journal, err) < 0)
    {
        return -1;
    }
    return pb_machine_init_recorded(session, err);
}

void
pb_session_build_apart(struct pb_session *session)
{
    session->plan->apart = true;
    session->unbuildable = false;
    pb_machine_init_local(session);
}

void
pb_session_close(struct pb_session *session)
{
    pb_fs_disown(&session->workspace);
    free(session->sandbox);
    pb_candidates_clear(&session->candidates);
    pb_range_clear(&session->range);
    pb_dependencies_close(session->dependencies);
    pb_pins_clear(&session->pins);
    pb_builder_free(session->builder);
    pb_project_clear(&session->project);
    pb_recipe_clear(&session->recipe);
    pb_estimator_free(session->estimator);
    pb_journal_close(session->journal);
    pb_rules_free(session->rules);
    pb_repo_close(session->repo);
    pb_strv_clear(&session->notes);
    memset(session, 0, sizeof(*session));
}
