/* The main job, and going on with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/tell.h"
#include "pybisect/ahead.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fill.h"
#include "pybisect/fs.h"
#include "pybisect/report.h"

static const char usage[] = "pybisect PROJECT GOOD..BAD [options]\n"
                            "   or: pybisect GOOD..BAD [options] -- CMD ...";

/* Everything of one bisection under way. */
struct job {
    struct cli *cli;
    struct pb_plan *plan;
    struct pb_session session;
    int64_t id;
    int lock;
    double start;
    enum pb_report_form form; /* of --report's file, else of what is printed */
    enum pb_report_for reader;
};

/* Caller frees. */
static char *
lock_path(const struct job *job)
{
    return pb_asprintf("%s/bisection-%lld.lock", job->cli->places.data,
                       (long long)job->id);
}

static void
close_job(struct job *job)
{
    pb_session_close(&job->session);
    if (job->lock >= 0) {
        PB_AUTOFREE char *path = lock_path(job);
        unlink(path);
        close(job->lock);
    }
}

static int
lock_job(struct job *job, struct pb_error *err)
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
    if (pb_journal_begin(job->session.journal, title, json, &job->id, err) < 0)
    {
        return -1;
    }
    return lock_job(job, err);
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

/* True in *out_again: what was found so far is void. */
static int
run_engine(struct job *job, struct pb_bisection *bisection, bool *out_again,
           struct pb_error *err)
{
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    PB_AUTO(pb_ahead)
    struct pb_ahead *ahead =
        pb_ahead_new(&job->session, (size_t)job->plan->ahead);
    *out_again = false;
    while (event.kind != PB_EVENT_FINISHED && !*out_again) {
        if (pb_cancelled(job->cli->cancel)) {
            return pb_error_set(err, PB_ERROR_CANCELLED, "interrupted");
        }
        if (pb_bisection_step(bisection, &event, err) < 0) {
            return -1;
        }
        tell_event(job->cli, bisection, &event);
        build_ahead(job, bisection, &event, ahead);
        *out_again = job->session.unbuildable;
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

/* The copy that was asked for, if any. */
static int
write_copy(struct job *job, const struct pb_json *record, struct pb_error *err)
{
    const char *copy = job->cli->options.report;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (copy == NULL) {
        return 0;
    }
    pb_report_write(record, job->form, job->reader, &text);
    return pb_fs_write_atomic(copy, text.data, text.len, 0644, err);
}

static void
print_report(struct job *job, const struct pb_json *record)
{
    struct cli *cli = job->cli;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    bool plain = job->form == PB_REPORT_TEXT || cli->options.report != NULL;
    if (plain) {
        pb_report_text(record, 0, cli->screen.color, &text);
    }
    else {
        pb_report_write(record, job->form, job->reader, &text);
    }
    if (plain && cli->options.explain) {
        pb_report_explain(record, 0, cli->screen.color, &text);
    }
    screen_clear(&cli->screen);
    fwrite(text.data, 1, text.len, stdout);
    fflush(stdout); /* both may be one terminal; main looks for errors */
}

static int
write_reports(struct job *job, const struct pb_json *record,
              struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf json = PB_BUF_INIT;
    PB_AUTOFREE char *directory = pb_asprintf(
        "%s/bisections/%lld", job->cli->places.data, (long long)job->id);
    PB_AUTOFREE char *path = pb_path_join(directory, "report.json");
    pb_report_json(record, &json);
    if (pb_fs_mkdirs(directory, err) < 0 ||
        pb_fs_write_atomic(path, json.data, json.len, 0644, err) < 0 ||
        pb_journal_finish(job->session.journal, job->id, record, err) < 0 ||
        unpin_builds(job, err) < 0 || write_copy(job, record, err) < 0)
    {
        return -1;
    }
    print_report(job, record);
    const char *copy = job->cli->options.report;
    screen_line(&job->cli->screen, "\nreport: %s", copy != NULL ? copy : path);
    return pb_report_exit_status(record);
}

static int
bisect(struct job *job, struct pb_error *err)
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
    options.phase = plan->phase == NULL ? NULL : &phase;
    PB_AUTO(pb_bisection)
    struct pb_bisection *bisection = pb_bisection_new(&options);
    bool again = false;
    if (run_engine(job, bisection, &again, err) < 0) {
        return -1;
    }
    if (again) {
        pb_bisection_free(bisection);
        bisection = NULL;
        if (build_apart(job, err) < 0) {
            return -1;
        }
        bisection = pb_bisection_new(&options);
        if (run_engine(job, bisection, &again, err) < 0) {
            return -1;
        }
    }
    PB_AUTO(pb_json)
    struct pb_json *record =
        pb_report_record(bisection, &job->session, job->cli->command_line,
                         pb_clock_monotonic() - job->start, err);
    return record == NULL ? -1 : write_reports(job, record, err);
}

static int
run_job(struct cli *cli, struct pb_plan *plan, int64_t id)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_CLEANUP(close_job)
    struct job job = {
        .cli = cli,
        .plan = plan,
        .id = id,
        .lock = -1,
        .start = pb_clock_monotonic(),
    };
    int status = cli_report_form(cli, usage, cli->options.report, &job.form,
                                 &job.reader);
    if (status != 0) {
        return status;
    }
    if (id != 0 && lock_job(&job, &err) < 0) {
        return cli_fail(cli, &err);
    }
    status = bisect(&job, &err);
    if (status >= 0) {
        return status;
    }
    status = cli_fail(cli, &err);
    if (job.id != 0 && status >= CLI_ENVIRONMENT) {
        screen_error(&cli->screen,
                     "nothing is lost; go on with: pybisect resume %lld",
                     (long long)job.id);
    }
    return status;
}

/* --- commands ----------------------------------------------------------- */

void
cli_default_cpython(struct cli *cli)
{
    struct pb_plan *plan = &cli->options.plan;
    const char *cpython = getenv("PYBISECT_CPYTHON");
    if (plan->cpython == NULL && cpython != NULL && cpython[0] != '\0') {
        plan->cpython = pb_path_absolute(cpython);
    }
}

int
cli_take_project(struct cli *cli, size_t index, const char *text)
{
    struct pb_plan *plan = &cli->options.plan;
    const struct pb_strv *words = &cli->options.words;
    size_t wanted = index + (plan->command.len == 0);
    if (words->len < wanted) {
        return cli_usage(cli, text,
                         plan->command.len == 0 ? "no project is named"
                                                : "too few words");
    }
    if (words->len > wanted) {
        return cli_usage(cli, text, "'%s' is one word too many",
                         words->items[wanted]);
    }
    if (plan->command.len == 0) {
        plan->project = pb_strdup(words->items[index]);
    }
    else {
        plan->directory = pb_path_absolute(".");
    }
    cli_default_cpython(cli);
    return 0;
}

static int
take_range(struct cli *cli, const char *word)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_range_spec) struct pb_range_spec spec = {.good = NULL};
    if (pb_range_parse(word, &spec, &err) < 0) {
        return cli_fail(cli, &err);
    }
    cli->options.plan.good = pb_strdup(spec.good);
    cli->options.plan.bad = pb_strdup(spec.bad);
    return 0;
}

/* "PROJECT RANGE" or "RANGE -- CMD": the range is the last word. */
int
cmd_bisect(struct cli *cli)
{
    struct pb_strv *words = &cli->options.words;
    if (words->len == 0) {
        return cli_usage(cli, usage, "no range is named");
    }
    if (words->len == 1 && cli->options.plan.command.len == 0 &&
        !pb_range_looks_like(words->items[0]))
    {
        return cli_usage(cli, usage, "'%s' is neither a command nor a range",
                         words->items[0]);
    }
    PB_AUTOFREE char *range = pb_strdup(words->items[words->len - 1]);
    free(words->items[--words->len]);
    words->items[words->len] = NULL;
    int status = cli_take_project(cli, 0, usage);
    if (status == 0) {
        status = take_range(cli, range);
    }
    return status != 0 ? status : run_job(cli, &cli->options.plan, 0);
}

int
cmd_resume(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    int64_t id = 0;
    int status = cli_bisection_id(cli, "pybisect resume [ID]", &id);
    if (status != 0) {
        return status;
    }
    PB_AUTO(pb_plan) struct pb_plan plan = PB_PLAN_INIT;
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection bisection = {
        .id = 0,
    };
    {
        PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
        if (cli_open_journal(cli, &journal, &err) < 0 ||
            pb_journal_load(journal, id, id == 0 ? PB_JOURNAL_RUNNING : NULL,
                            &bisection, &err) < 0 ||
            pb_plan_from_json(bisection.plan, &plan, &err) < 0)
        {
            return cli_fail(cli, &err);
        }
    }
    screen_line(&cli->screen, "bisection %lld: %s", (long long)bisection.id,
                bisection.title);
    return run_job(cli, &plan, bisection.id);
}
