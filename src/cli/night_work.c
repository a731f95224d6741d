/* A night's work on this machine: one project open at a time. */
#include "cli/night_work.h"

#include <stdlib.h>
#include <string.h>

#include "cli/job.h"
#include "cli/recipes.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/report.h"

#define A_BUILD 60.0    /* seconds that one is expected to take */
#define A_SUITE 60.0    /* likewise, of one that was never run */
#define MORE_RUNS 4.0   /* of a bisection, beside those that halve the range */
#define MOST_CULPRITS 8 /* in one range of one project */

/* --- one project open at a time ----------------------------------------- */

static void
close_project(struct night_work *work)
{
    pb_session_close(&work->session);
    pb_plan_clear(&work->plan);
    free(work->project);
    work->project = NULL;
}

/* Where what was resolved for a project is kept, so that the next night has
   the same: only CPython is to change from one to the next. */
static char *
pins_path(const struct night_work *work, const char *project)
{
    return pb_asprintf("%s/nights/%s.json", work->cli->places.data, project);
}

/* As long as the recipe is the same. */
static int
load_pins(const struct night_work *work, struct pb_plan *plan,
          struct pb_error *err)
{
    PB_AUTOFREE char *path = pins_path(work, plan->project);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTOFREE char *digest = NULL;
    if (!pb_fs_exists(path)) {
        return 0;
    }
    if (recipes_digest(work->cli, plan->project, &digest, err) < 0 ||
        pb_fs_read(path, PB_LIMIT_RECIPE_BYTES, &text, err) < 0)
    {
        return -1;
    }
    PB_AUTO(pb_json)
    struct pb_json *kept = pb_json_parse(text.data, text.len, path, err);
    if (kept == NULL) {
        return -1;
    }
    const struct pb_json *pins = pb_json_get(kept, "pins");
    if (!pb_json_is_null(pins) &&
        strcmp(pb_json_get_string(kept, "recipe"), digest) == 0)
    {
        plan->pins = pb_json_copy(pins);
    }
    return 0;
}

static int
keep_pins(const struct night_work *work, struct pb_error *err)
{
    PB_AUTOFREE char *path = pins_path(work, work->project);
    PB_AUTOFREE char *directory =
        pb_path_join(work->cli->places.data, "nights");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_json) struct pb_json *kept = pb_json_object();
    PB_AUTOFREE char *digest = NULL;
    if (recipes_digest(work->cli, work->project, &digest, err) < 0) {
        return -1;
    }
    pb_json_set(kept, "recipe", pb_json_string(digest));
    pb_json_set(kept, "pins",
                work->plan.pins == NULL ? pb_json_null()
                                        : pb_json_copy(work->plan.pins));
    pb_json_write(kept, true, &text);
    return pb_fs_mkdirs(directory, err) < 0
               ? -1
               : pb_fs_write_atomic(path, text.data, text.len, 0644, err);
}

static int
open_project(struct night_work *work, const char *project,
             struct pb_error *err)
{
    char hex[PB_OID_HEX];
    if (work->project != NULL && strcmp(work->project, project) == 0) {
        return 0;
    }
    close_project(work);
    if (recipes_plan(work->cli, project, &work->plan, err) < 0 ||
        load_pins(work, &work->plan, err) < 0)
    {
        return -1;
    }
    work->plan.bad_id = pb_strdup(pb_oid_hex(&work->head, hex));
    work->session = (struct pb_session){
        .plan = &work->plan,
        .places = &work->cli->places,
        .progress = &work->cli->screen.progress,
        .cancel = work->cli->cancel,
        .bad = work->head,
    };
    work->project = pb_strdup(project);
    if (pb_session_open_history(&work->session, err) < 0 ||
        pb_session_open_project(&work->session, err) < 0 ||
        keep_pins(work, err) < 0)
    {
        close_project(work);
        return -1;
    }
    return 0;
}

/* --- the machine -------------------------------------------------------- */

static void
learn_seconds(struct night_work *work, const char *project, double seconds)
{
    double *known = pb_alloc(sizeof(*known));
    *known = seconds;
    pb_map_set(work->seconds, project, known);
}

static int
test(void *context, const char *project, const char *sha,
     const struct pb_strv *tests, unsigned take, struct pb_evaluation *out,
     struct pb_error *err)
{
    struct night_work *work = context;
    struct pb_session *session = &work->session;
    struct pb_request request = {.tests = tests, .take = take};
    if (open_project(work, project, err) < 0) {
        return -1;
    }
    if (!pb_oid_parse(sha, &request.commit)) {
        return pb_error_set(err, PB_ERROR_CORRUPT, "'%s' is no commit", sha);
    }
    if (pb_session_keys(session, &request.commit, &request.keys, err) < 0) {
        return -1;
    }
    screen_now(&work->cli->screen, "%s: %s at %.10s", project,
               tests == NULL ? "the whole suite" : "once more", sha);
    if (pb_evaluate(session->journal, &session->machine, &request, out, err) <
        0) {
        return -1;
    }
    if (tests == NULL) {
        learn_seconds(work, project, out->test_seconds);
    }
    return 0;
}

static bool
selectable(void *context, const char *id)
{
    const struct night_work *work = context;
    return !pb_result_is_pseudo(id) &&
           pb_recipe_selectable(&work->session.recipe, id);
}

static bool
counts(void *context, const char *id)
{
    const struct night_work *work = context;
    return !pb_recipe_knows_failure(&work->session.recipe, id);
}

static double
elapsed(void *context)
{
    const struct night_work *work = context;
    return pb_clock_monotonic() - work->start;
}

static int64_t
now(void *context)
{
    (void)context;
    return pb_clock_now();
}

static void
cost(void *context, const struct pb_night_hunt *hunt, size_t *out_commits,
     double *out_seconds)
{
    struct night_work *work = context;
    struct pb_error ignored = PB_ERROR_INIT;
    struct pb_oid green;
    struct pb_oid red;
    PB_AUTO(pb_range) struct pb_range range = {.forked = false};
    const double *suite = pb_map_get(work->seconds, hunt->project);
    if (pb_oid_parse(hunt->green, &green) && pb_oid_parse(hunt->red, &red) &&
        pb_range_load(work->repo, &green, &red, false, &range, &ignored) == 0)
    {
        *out_commits = range.commits.len;
    }
    double runs = (double)pb_candidates_steps(*out_commits + 1) + MORE_RUNS;
    *out_seconds = runs * (A_BUILD + (suite != NULL ? *suite : A_SUITE));
}

/* --- bisections --------------------------------------------------------- */

struct hunting {
    struct pb_night_hunt *hunt;
    int (*begun)(void *night, struct pb_error *err);
    void *night;
};

static int
note_begun(struct job *job, struct pb_error *err)
{
    struct hunting *hunting = job->context;
    hunting->hunt->bisection = job->id;
    return hunting->begun(hunting->night, err);
}

/* That of the bisection, if it is begun and not finished; else a new one. */
static int
plan_hunt(struct night_work *work, struct job *job, struct pb_plan *plan,
          const struct pb_night_hunt *hunt, struct pb_json **out_report,
          struct pb_error *err)
{
    if (hunt->bisection != 0) {
        PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
        PB_AUTO(pb_journal_bisection)
        struct pb_journal_bisection kept = {.id = 0};
        if (cli_open_journal(work->cli, &journal, err) < 0 ||
            pb_journal_load(journal, hunt->bisection, NULL, &kept, err) < 0)
        {
            return -1;
        }
        if (kept.report != NULL) {
            *out_report = pb_json_copy(kept.report);
            return 0;
        }
        job->id = hunt->bisection;
        return pb_plan_from_json(kept.plan, plan, err);
    }
    if (recipes_plan(work->cli, hunt->project, plan, err) < 0 ||
        load_pins(work, plan, err) < 0)
    {
        return -1;
    }
    plan->good = pb_strdup(hunt->green);
    plan->bad = pb_strdup(hunt->red);
    plan->different = hunt->different;
    plan->max_culprits = MOST_CULPRITS;
    return 0;
}

static int
write_report(const struct night_work *work, const struct pb_night_hunt *hunt,
             const struct pb_json *report, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf json = PB_BUF_INIT;
    PB_AUTOFREE char *directory =
        pb_path_join(work->cli->places.data, "reports");
    PB_AUTOFREE char *name =
        pb_night_report_path(hunt->project, hunt->failure);
    PB_AUTOFREE char *path = pb_path_join(work->cli->places.data, name);
    pb_report_json(report, &json);
    return pb_fs_mkdirs(directory, err) < 0
               ? -1
               : pb_fs_write_atomic(path, json.data, json.len, 0644, err);
}

static int
run_hunt(struct job *job, struct pb_json **out_report, struct pb_error *err)
{
    if (job->id != 0 && job_lock(job, err) < 0) {
        return -1;
    }
    if (job_run(job, out_report, err) < 0) {
        return -1;
    }
    return *out_report == NULL ? 0 : job_keep(job, *out_report, err);
}

static int
bisect(void *context, struct pb_night_hunt *hunt,
       int (*begun)(void *night, struct pb_error *err), void *night,
       struct pb_json **out_report, struct pb_error *err)
{
    struct night_work *work = context;
    struct hunting hunting = {hunt, begun, night};
    PB_AUTO(pb_json) struct pb_json *report = NULL;
    PB_AUTO(pb_plan) struct pb_plan plan = PB_PLAN_INIT;
    PB_CLEANUP(job_close)
    struct job job = {
        .cli = work->cli,
        .plan = &plan,
        .lock = -1,
        .start = pb_clock_monotonic(),
        .deadline = work->deadline,
        .suspected = hunt->culprits,
        .begun = note_begun,
        .context = &hunting,
    };
    close_project(work);
    if (plan_hunt(work, &job, &plan, hunt, &report, err) < 0 ||
        (report == NULL && run_hunt(&job, &report, err) < 0) ||
        (report != NULL && write_report(work, hunt, report, err) < 0))
    {
        return -1;
    }
    *out_report = report;
    report = NULL;
    return 0;
}

/* --- a life ------------------------------------------------------------- */

void
night_work_init(struct night_work *work, struct cli *cli, struct pb_repo *repo,
                const struct pb_oid *head)
{
    *work = (struct night_work){
        .cli = cli,
        .repo = repo,
        .head = *head,
        .start = pb_clock_monotonic(),
        .seconds = pb_map_new(free),
        .machine = {.test = test,
                    .selectable = selectable,
                    .counts = counts,
                    .bisect = bisect,
                    .cost = cost,
                    .elapsed = elapsed,
                    .now = now,
                    .context = work},
    };
}

void
night_work_close(struct night_work *work)
{
    close_project(work);
    pb_map_free(work->seconds);
}
