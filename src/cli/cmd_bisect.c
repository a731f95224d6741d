/* The main job, and going on with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/job.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "pybisect/report.h"

static const char usage[] = "pybisect PROJECT GOOD..BAD [options]\n"
                            "   or: pybisect GOOD..BAD [options] -- CMD ...";

/* How the report is to be written. */
struct form {
    enum pb_report_form form; /* of --report's file, else of what is printed */
    enum pb_report_for reader;
};

/* The copy that was asked for, if any. */
static int
write_copy(const struct job *job, const struct form *form,
           const struct pb_json *record, struct pb_error *err)
{
    const char *copy = job->cli->options.report;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (copy == NULL) {
        return 0;
    }
    pb_report_write(record, form->form, form->reader, &text);
    return pb_fs_write_atomic(copy, text.data, text.len, 0644, err);
}

static void
print_report(struct cli *cli, const struct form *form,
             const struct pb_json *record)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    bool plain = form->form == PB_REPORT_TEXT || cli->options.report != NULL;
    if (plain) {
        pb_report_text(record, 0, cli->screen.color, &text);
    }
    else {
        pb_report_write(record, form->form, form->reader, &text);
    }
    if (plain && cli->options.explain) {
        pb_report_explain(record, 0, cli->screen.color, &text);
    }
    screen_clear(&cli->screen);
    fwrite(text.data, 1, text.len, stdout);
    fflush(stdout); /* both may be one terminal; main looks for errors */
}

static int
write_reports(struct job *job, const struct form *form,
              const struct pb_json *record, struct pb_error *err)
{
    PB_AUTOFREE char *path = job_report_path(job);
    const char *copy = job->cli->options.report;
    if (job_keep(job, record, err) < 0 ||
        write_copy(job, form, record, err) < 0) {
        return -1;
    }
    print_report(job->cli, form, record);
    screen_line(&job->cli->screen, "\nreport: %s", copy != NULL ? copy : path);
    return pb_report_exit_status(record);
}

static int
bisect(struct job *job, const struct form *form, struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *record = NULL;
    return job_run(job, &record, err) < 0
               ? -1
               : write_reports(job, form, record, err);
}

static int
run_job(struct cli *cli, struct pb_plan *plan, int64_t id)
{
    struct pb_error err = PB_ERROR_INIT;
    struct form form;
    PB_CLEANUP(job_close)
    struct job job = {
        .cli = cli,
        .plan = plan,
        .id = id,
        .lock = -1,
        .start = pb_clock_monotonic(),
    };
    int status = cli_report_form(cli, usage, cli->options.report, &form.form,
                                 &form.reader);
    if (status != 0) {
        return status;
    }
    if (id != 0 && job_lock(&job, &err) < 0) {
        return cli_fail(cli, &err);
    }
    status = bisect(&job, &form, &err);
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
