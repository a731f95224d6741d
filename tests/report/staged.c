#include "report/staged.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

#define PASSING 5 /* tests that never fail */

static int
mark_of(const struct staged *staged, const struct pb_oid *commit)
{
    for (int mark = 1; mark <= STAGED_COMMITS; mark++) {
        struct pb_oid oid = repo_oid(&staged->builder, mark);
        if (pb_oid_equal(&oid, commit)) {
            return mark;
        }
    }
    fail_msg("asked for a commit that is not there");
    return 0;
}

static int
build(void *context, const struct pb_request *request, struct pb_build *out,
      struct pb_error *err)
{
    (void)err;
    const struct staged *staged = context;
    *out = (struct pb_build){.end = PB_BUILD_COMPILED, .seconds = 2};
    if (staged->unbuildable[mark_of(staged, &request->commit)]) {
        out->end = PB_BUILD_FAILED;
        out->failure = pb_strdup("make: Objects/object.c:1: error: no");
        out->log = pb_strdup("/logs/build.log");
    }
    else {
        out->python = pb_strdup("python");
        out->root = pb_strdup("/");
    }
    return 0;
}

static void
add_break(const struct staged_break *each, bool failing,
          struct pb_results *results)
{
    for (size_t i = 0; i < each->ntests; i++) {
        char id[200];
        snprintf(id, sizeof(id), "%s%zu", each->id, i);
        struct pb_result *result = pb_results_add(
            results, id, failing ? PB_OUTCOME_FAIL : PB_OUTCOME_PASS);
        if (failing) {
            pb_result_describe(result, "AssertionError", each->message,
                               each->trace);
        }
    }
}

static int
test(void *context, const struct pb_request *request,
     const struct pb_build *built, struct pb_evaluation *out,
     struct pb_error *err)
{
    (void)built;
    (void)err;
    const struct staged *staged = context;
    int mark = mark_of(staged, &request->commit);
    out->status = PB_EVALUATION_TESTED;
    out->test_seconds = 3;
    pb_results_add(&out->results, PB_TEST_RUN, PB_OUTCOME_PASS);
    for (int i = 0; i < PASSING; i++) {
        char id[] = "good.test_0";
        id[sizeof(id) - 2] = (char)('0' + i);
        pb_results_add(&out->results, id, PB_OUTCOME_PASS);
    }
    for (size_t i = 0; i < staged->nbreaks; i++) {
        const struct staged_break *each = &staged->breaks[i];
        bool failing =
            mark >= each->from && !(staged->forgetful && request->clean);
        add_break(each, failing, &out->results);
    }
    return 0;
}

static bool
selectable(void *context, const char *id)
{
    (void)context;
    return !pb_result_is_pseudo(id);
}

static void
make_history(struct staged *staged)
{
    repo_builder_init(&staged->builder);
    for (int mark = 1; mark <= STAGED_COMMITS; mark++) {
        char text[80];
        snprintf(text, sizeof(text), "gh-%d: Change number %d", 1000 + mark,
                 mark);
        repo_commit(&staged->builder, "main", text, mark - 1, 0);
        repo_file(&staged->builder, "Lib/os.py", text);
    }
    repo_build(&staged->builder);
}

/* Each commit behaves in its own way: all of them are candidates. */
static void
fold(struct staged *staged)
{
    struct pb_keys good = {.build = pb_digest_of("good", 4)};
    struct pb_keys keys[STAGED_COMMITS];
    memset(keys, 0, sizeof(keys));
    good.behaviour = good.build;
    for (size_t i = 0; i < PB_LENGTH(keys); i++) {
        keys[i].build = pb_digest_of(&i, sizeof(i));
        keys[i].behaviour = keys[i].build;
    }
    pb_candidates_fold(&staged->session.range, &good, keys,
                       &staged->session.candidates);
}

static void
open_session(struct staged *staged)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_session *session = &staged->session;
    session->plan = &staged->plan;
    session->recipe.name = pb_strdup("genshi");
    session->project.recipe = &session->recipe;
    session->machine = (struct pb_machine){
        .build = build,
        .test = test,
        .selectable = selectable,
        .context = staged,
    };
    struct pb_oid good = repo_oid(&staged->builder, 1);
    struct pb_oid bad = repo_oid(&staged->builder, STAGED_COMMITS);
    PB_AUTOFREE char *journal =
        pb_path_join(staged->builder.directory, "journal.sqlite");
    if (pb_repo_open(staged->builder.path, &session->repo, &err) < 0 ||
        pb_journal_open(journal, &session->journal, &err) < 0 ||
        pb_range_load(session->repo, &good, &bad, false, &session->range,
                      &err) < 0)
    {
        fail_msg("%s", err.message);
    }
    fold(staged);
}

void
staged_run(struct staged *staged)
{
    struct pb_error err = PB_ERROR_INIT;
    make_history(staged);
    open_session(staged);
    PB_AUTO(pb_json) struct pb_json *plan = pb_json_object();
    struct pb_bisection_options options = {
        .journal = staged->session.journal,
        .machine = &staged->session.machine,
        .range = &staged->session.range,
        .candidates = &staged->session.candidates,
    };
    if (pb_journal_begin(options.journal, "staged", plan, &options.id, &err) <
        0) {
        fail_msg("%s", err.message);
    }
    staged->bisection = pb_bisection_new(&options);
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    while (event.kind != PB_EVENT_FINISHED) {
        if (pb_bisection_step(staged->bisection, &event, &err) < 0) {
            fail_msg("%s", err.message);
        }
    }
}

void
staged_clear(struct staged *staged)
{
    pb_bisection_free(staged->bisection);
    pb_range_clear(&staged->session.range);
    pb_candidates_clear(&staged->session.candidates);
    pb_recipe_clear(&staged->session.recipe);
    pb_journal_close(staged->session.journal);
    pb_repo_close(staged->session.repo);
    pb_plan_clear(&staged->plan);
    repo_builder_clear(&staged->builder);
}

struct pb_json *
staged_record(struct staged *staged)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_json *record = pb_report_record(
        staged->bisection, &staged->session, "pybisect genshi", 60, &err);
    if (record == NULL) {
        fail_msg("%s", err.message);
    }
    return record;
}
