/* One bisection from its plan to its record. */
#include "cli/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/live.h"
#include "cli/tell.h"
#include "pybisect/ahead.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fill.h"
#include "pybisect/fs.h"
#include "pybisect/report.h"

/* Caller frees. */
static char *
lock_path(const struct job *job)
{
    return pb_asprintf("%s/bisection-%lld.lock", job->cli->places.data,
                       (long long)job->id);
}

void
job_close(struct job *job)
{
    pb_session_close(&job->session);
    if (job->lock >= 0) {
        PB_AUTOFREE char *path = lock_path(job);
        unlink(path);
        close(job->lock);
    }
}

int
job_lock(struct job *job, struct pb_error *err)
{
    PB_AUTOFREE char *path = lock_path(job);
    job->lock = pb_fs_lock(path, false, err);
    if (job->lock < 0) {
        pb_error_prefix(err, "bisection %lld is running in another process",
                        (long long)job->id);
        return -1;
    }
    return 0;
}

/* A new bisection gets its number here; from now on it can be resumed. */
static int
save_plan(struct job *job, struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *json = pb_plan_to_json(job->plan);
    if (job->id != 0) {
        return pb_journal_update_plan(job->session.journal, job->id, json,
                                      err);
    }
    PB_AUTOFREE char *title = pb_plan_title(job->plan);
    if (pb_journal_begin(job->session.journal, title, json, &job->id, err) <
            0 ||
        job_lock(job, err) < 0)
    {
        return -1;
    }
    return job->begun == NULL ? 0 : job->begun(job, err);
}

static int
open_job(struct job *job, struct pb_error *err)
{
    struct cli *cli = job->cli;
    struct pb_session *session = &job->session;
    session->plan = job->plan;
    session->places = &cli->places;
    session->progress = &cli->screen.progress;
    session->cancel = cli->cancel;
    if (pb_session_open_history(session, err) < 0 ||
        pb_session_resolve(session, err) < 0 ||
        pb_session_open_project(session, err) < 0)
    {
        return -1;
    }
    tell_notes(cli, session);
    return 0;
}

/* `cache gc` leaves the range's builds alone until the bisection has ended,
   not just its process. */
static int
pin_builds(struct job *job, struct pb_error *err)
{
    struct pb_session *session = &job->session;
    PB_AUTOFREE char *name = pb_asprintf("bisection-%lld", (long long)job->id);
    PB_AUTO(pb_fill_list) struct pb_fill_list list = {.items = NULL};
    pb_fill_list_builds(session, &list);
    PB_AUTOFREE struct pb_digest *keys =
        pb_fill_list_keys(&list, session->builder, err);
    return keys == NULL
               ? -1
               : pb_builder_pin(session->builder, name, keys, list.len, err);
}

static int
unpin_builds(struct job *job, struct pb_error *err)
{
    PB_AUTOFREE char *name = pb_asprintf("bisection-%lld", (long long)job->id);
    return pb_builder_unpin(job->session.builder, name, err);
}

static int
settle_range(struct job *job, struct pb_error *err)
{
    struct pb_session *session = &job->session;
    if (session->range.commits.len == 0) {
        struct pb_probe_watch watch = {tell_probing, tell_probe, job->cli};
        /* Looking for a good end takes long enough to be resumed. */
        if (save_plan(job, err) < 0 ||
            pb_session_probe(session, &watch, err) < 0) {
            return -1;
        }
    }
    if (pb_session_load_candidates(session, err) < 0 ||
        save_plan(job, err) < 0 || pin_builds(job, err) < 0)
    {
        return -1;
    }
    tell_range(job->cli, session);
    return 0;
}

/* While tests run, and until they are at an end. */
static void
build_ahead(struct job *job, struct pb_bisection *bisection,
            const struct pb_event *event, struct pb_ahead *ahead)
{
    size_t most = (size_t)job->plan->ahead;
    if (most > 0 && event->kind == PB_EVENT_BUILT) {
        PB_AUTOFREE size_t *next = pb_alloc_array(most, sizeof(*next));
        size_t len = pb_bisection_ahead(bisection, most, next);
        pb_ahead_aim(ahead, next, len);
    }
    if (event->kind == PB_EVENT_CHOSEN) {
        pb_ahead_leave(ahead, event->trial->candidate);
    }
    if (event->kind == PB_EVENT_TRIED) {
        pb_ahead_count(ahead, event->trial);
    }
}

static bool
time_is_up(const struct job *job)
{
    return job->deadline > 0 && pb_clock_monotonic() >= job->deadline;
}

enum course { DONE, AGAIN, OUT_OF_TIME };

/* AGAIN: what was found so far is void. */
static int
run_engine(struct job *job, struct pb_bisection *bisection,
           enum course *out_course, struct pb_error *err)
{
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    PB_AUTO(pb_ahead)
    struct pb_ahead *ahead =
        pb_ahead_new(&job->session, (size_t)job->plan->ahead);
    PB_AUTO(live) struct live live = {.screen = NULL};
    live_open(&live, &job->cli->screen, &job->session.range,
              job->session.candidates.len);
    *out_course = DONE;
    while (event.kind != PB_EVENT_FINISHED && *out_course == DONE) {
        if (pb_cancelled(job->cli->cancel)) {
            return pb_error_set(err, PB_ERROR_CANCELLED, "interrupted");
        }
        if (pb_session_step(&job->session, bisection, &event, err) < 0) {
            return -1;
        }
        live_event(&live, bisection, &event);
        tell_event(job->cli, bisection, &event);
        build_ahead(job, bisection, &event, ahead);
        if (job->session.unbuildable) {
            *out_course = AGAIN;
        }
        else if (event.kind != PB_EVENT_FINISHED && time_is_up(job)) {
            *out_course = OUT_OF_TIME;
        }
    }
    if (job->plan->ahead > 0) {
        tell_gain(job->cli, pb_ahead_gain(ahead));
    }
    return 0;
}

/* A dependency that one revision builds another one may not be able to build,
   and then that is what is looked for: they no longer share what they build.
 */
static int
build_apart(struct job *job, struct pb_error *err)
{
    screen_line(&job->cli->screen,
                "a dependency does not build: once more, with each revision "
                "building them itself");
    pb_session_build_apart(&job->session);
    return pb_journal_forget_steps(job->session.journal, job->id, err) < 0
               ? -1
               : save_plan(job, err);
}

static bool
is_suspected(const struct job *job, size_t candidate)
{
    char hex[PB_OID_HEX];
    const struct pb_session *session = &job->session;
    size_t commit = session->candidates.items[candidate].commit;
    return pb_strv_contains(
        job->suspected,
        pb_oid_hex(&session->range.commits.items[commit], hex));
}

/* What broke something else in this range is as likely to have broken this as
   all the others together. */
static void
weigh(void *context, const struct pb_result *const *failures, size_t nfailures,
      double *weights)
{
    struct job *job = context;
    size_t len = job->session.candidates.len;
    size_t suspected = 0;
    double sum = 0;
    pb_session_weigh(&job->session, failures, nfailures, weights);
    for (size_t i = 0; i < len; i++) {
        suspected += is_suspected(job, i);
        sum += weights[i];
    }
    for (size_t i = 0; i < len; i++) {
        if (is_suspected(job, i)) {
            weights[i] += sum / (double)suspected;
        }
    }
}

int
job_run(struct job *job, struct pb_json **out_record, struct pb_error *err)
{
    const struct pb_plan *plan = job->plan;
    PB_AUTO(pb_regex) struct pb_regex *match = NULL;
    if (plan->match != NULL) {
        match = pb_regex_new(plan->match, err);
        if (match == NULL) {
            pb_error_prefix(err, "--match");
            return -1;
        }
    }
    if (open_job(job, err) < 0 || settle_range(job, err) < 0) {
        return -1;
    }
    enum pb_phase phase = pb_plan_phase(plan);
    struct pb_bisection_options options;
    pb_session_bisection_options(&job->session, &options);
    options.id = job->id;
    options.match = match;
    if (job->suspected != NULL && options.weigh != NULL) {
        options.weigh = weigh;
        options.weigh_context = job;
    }
    options.phase = plan->phase == NULL ? NULL : &phase;
    PB_AUTO(pb_bisection)
    struct pb_bisection *bisection = pb_bisection_new(&options);
    enum course course = DONE;
    if (run_engine(job, bisection, &course, err) < 0) {
        return -1;
    }
    if (course == AGAIN) {
        pb_bisection_free(bisection);
        bisection = NULL;
        if (build_apart(job, err) < 0) {
            return -1;
        }
        bisection = pb_bisection_new(&options);
        if (run_engine(job, bisection, &course, err) < 0) {
            return -1;
        }
    }
    if (course == OUT_OF_TIME) {
        *out_record = NULL;
        return 0;
    }
    struct pb_json *record =
        pb_report_record(bisection, &job->session, job->cli->command_line,
                         pb_clock_monotonic() - job->start, err);
    if (record == NULL) {
        return -1;
    }
    *out_record = record;
    return 0;
}

char *
job_report_path(const struct job *job)
{
    return pb_asprintf("%s/bisections/%lld/report.json", job->cli->places.data,
                       (long long)job->id);
}

int
job_keep(struct job *job, const struct pb_json *record, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf json = PB_BUF_INIT;
    PB_AUTOFREE char *path = job_report_path(job);
    PB_AUTOFREE char *directory = pb_asprintf(
        "%s/bisections/%lld", job->cli->places.data, (long long)job->id);
    pb_report_json(record, &json);
    if (pb_fs_mkdirs(directory, err) < 0 ||
        pb_fs_write_atomic(path, json.data, json.len, 0644, err) < 0 ||
        pb_journal_finish(job->session.journal, job->id, record, err) < 0)
    {
        return -1;
    }
    return unpin_builds(job, err);
}
