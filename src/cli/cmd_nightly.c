/* The nightly job: trunk against every recipe. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/night_work.h"
#include "cli/recipes.h"
#include "cli/tell.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "pybisect/night_report.h"
#include "pybisect/site.h"

static const char usage[] =
    "pybisect nightly [--projects A,B] [--head REV] [--budget TIME]\n"
    "                        [--json FILE] [--site DIR] [--dry-run]\n"
    "   or: pybisect nightly --status";

/* Everything of one night under way. */
struct nightly {
    struct cli *cli;
    struct pb_session session; /* history and rules */
    struct pb_strv projects;
    struct pb_journal *journal;
    struct pb_commit head;
    int lock;
};

static void
close_nightly(struct nightly *nightly)
{
    pb_session_close(&nightly->session);
    pb_strv_clear(&nightly->projects);
    pb_journal_close(nightly->journal);
    pb_commit_clear(&nightly->head);
    if (nightly->lock >= 0) {
        close(nightly->lock);
    }
}

/* --- what it is about --------------------------------------------------- */

static int
lock_nightly(struct nightly *nightly, struct pb_error *err)
{
    const char *data = nightly->cli->places.data;
    PB_AUTOFREE char *path = pb_path_join(data, "nightly.lock");
    if (pb_fs_mkdirs(data, err) < 0) {
        return -1;
    }
    nightly->lock = pb_fs_lock(path, false, err);
    if (nightly->lock < 0) {
        pb_error_prefix(err, "a night is under way in another process");
        return -1;
    }
    return 0;
}

static int
find_head(struct nightly *nightly, struct pb_error *err)
{
    struct pb_session *session = &nightly->session;
    const char *wanted = nightly->cli->options.night.head;
    struct pb_oid head;
    int status = wanted == NULL
                     ? pb_repo_trunk(session->repo, &head, err)
                     : pb_range_revision(session->repo, wanted, &head, err);
    return status < 0
               ? -1
               : pb_repo_commit(session->repo, &head, &nightly->head, err);
}

static uint64_t
free_space(const struct pb_places *places)
{
    uint64_t data = pb_fs_free_space(places->data);
    uint64_t cache =
        pb_fs_exists(places->cache) ? pb_fs_free_space(places->cache) : data;
    return data < cache ? data : cache;
}

static int
open_nightly(struct nightly *nightly, struct pb_error *err)
{
    struct cli *cli = nightly->cli;
    nightly->session = (struct pb_session){
        .plan = &cli->options.plan,
        .places = &cli->places,
        .progress = &cli->screen.progress,
        .cancel = cli->cancel,
    };
    if (lock_nightly(nightly, err) < 0 ||
        recipes_choose(cli, &cli->options.projects, &nightly->projects, err) <
            0 ||
        pb_session_open_history(&nightly->session, err) < 0 ||
        pb_session_load_rules(&nightly->session, err) < 0 ||
        find_head(nightly, err) < 0)
    {
        return -1;
    }
    tell_notes(cli, &nightly->session);
    return cli_open_nights(cli, &nightly->journal, err);
}

/* --- the night ---------------------------------------------------------- */

static void
tell(struct cli *cli, const struct pb_night_event *event)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    switch (event->kind) {
    case PB_NIGHT_LOOKING:
        screen_now(&cli->screen, "%s", event->project);
        break;
    case PB_NIGHT_LOOKED:
        pb_night_report_cell(event->project, event->cell, &text);
        screen_line(&cli->screen, "%s", text.data);
        break;
    case PB_NIGHT_BISECTING:
        screen_line(&cli->screen, "%s: bisecting %.10s..%.10s", event->project,
                    event->hunt->green, event->hunt->red);
        break;
    case PB_NIGHT_ANSWERED:
        for (size_t i = 0; i < pb_json_length(event->failures); i++) {
            pb_buf_truncate(&text, 0);
            pb_night_report_failure(pb_json_at(event->failures, i), &text);
            screen_line(&cli->screen, "%s: %s", event->project, text.data);
        }
        break;
    case PB_NIGHT_FINISHED:
        break;
    }
}

static int
spend(struct nightly *nightly, struct pb_night *night, struct pb_error *err)
{
    struct pb_night_event event = {.kind = PB_NIGHT_LOOKING};
    while (event.kind != PB_NIGHT_FINISHED) {
        if (pb_cancelled(nightly->cli->cancel)) {
            return pb_error_set(err, PB_ERROR_CANCELLED, "interrupted");
        }
        if (pb_night_step(night, &event, err) < 0) {
            return -1;
        }
        tell(nightly->cli, &event);
    }
    return 0;
}

/* A budget of runs is one of bisections. */
static double
budget_of(const struct cli *cli)
{
    size_t runs = 0;
    double seconds = 0;
    if (cli->options.plan.budget != NULL) {
        pb_plan_parse_budget(cli->options.plan.budget, &runs, &seconds);
    }
    return seconds;
}

/* What the world is shown, after each night, whatever came of it. Reports
   lie below the data directory. */
static int
publish(struct nightly *nightly, const struct pb_json *record,
        struct pb_error *err)
{
    const struct cli_night_options *options = &nightly->cli->options.night;
    PB_AUTO(pb_buf) struct pb_buf json = PB_BUF_INIT;
    pb_json_write(record, true, &json);
    if (options->json != NULL &&
        pb_fs_write_atomic(options->json, json.data, json.len, 0644, err) < 0)
    {
        return -1;
    }
    return options->site == NULL
               ? 0
               : pb_site_write(record, nightly->cli->places.data,
                               options->site, err);
}

/* Those who want to know, if there are any. Returns an exit status, or -1. */
static int
send_news(struct nightly *nightly, struct pb_error *err)
{
    struct cli *cli = nightly->cli;
    PB_AUTOFREE char *path = pb_path_join(cli->places.config, "notify.yml");
    return pb_fs_exists(path) ? cli_notify(cli, nightly->journal, err) : 0;
}

static int
conclude(struct nightly *nightly, const struct pb_night *night,
         struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *record = NULL;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct cli *cli = nightly->cli;
    if (pb_nights_record(nightly->journal, &record, err) < 0 ||
        publish(nightly, record, err) < 0)
    {
        return -1;
    }
    screen_clear(&cli->screen);
    if (pb_night_was_idle(night)) {
        printf("nothing to do: all of it was done at this head\n");
    }
    pb_night_report_text(record, 0, cli->screen.color, &text);
    fwrite(text.data, 1, text.len, stdout);
    fflush(stdout); /* both may be one terminal; main looks for errors */
    int status = send_news(nightly, err);
    return status != 0 ? status : pb_night_report_exit_status(record);
}

static int
run_nightly(struct nightly *nightly, struct pb_error *err)
{
    char id[PB_OID_SHORT];
    struct night_work work;
    struct cli *cli = nightly->cli;
    const struct pb_commit *head = &nightly->head;
    PB_AUTO(pb_night) struct pb_night *night = NULL;
    night_work_init(&work, cli, nightly->session.repo, &head->id);
    const struct pb_night_options options = {
        .journal = nightly->journal,
        .machine = &work.machine,
        .projects = &nightly->projects,
        .rules = nightly->session.rules,
        .head = head->id,
        .subject = head->subject,
        .date = head->committer_time,
        .budget = budget_of(cli),
        .free_bytes = free_space(&cli->places),
    };
    work.deadline = options.budget > 0 ? work.start + options.budget : 0;
    int status = pb_night_open(&options, &night, err);
    if (status == 0) {
        screen_line(
            &cli->screen, "night %lld: %s %s; %zu projects",
            (long long)pb_json_get_integer(pb_night_record(night), "id"),
            pb_oid_short(&head->id, id), head->subject, nightly->projects.len);
        status = spend(nightly, night, err);
    }
    night_work_close(&work);
    return status < 0 ? -1 : conclude(nightly, night, err);
}

/* --- what is known ------------------------------------------------------ */

static int
show_status(struct cli *cli, struct pb_error *err)
{
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    PB_AUTO(pb_json) struct pb_json *record = NULL;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (cli_open_nights(cli, &journal, err) < 0 ||
        pb_nights_record(journal, &record, err) < 0)
    {
        return -1;
    }
    pb_night_report_status(record, 0, cli->screen.color, &text);
    fwrite(text.data, 1, text.len, stdout);
    return 0;
}

static int
check_words(struct cli *cli)
{
    const char *budget = cli->options.plan.budget;
    size_t runs = 0;
    double seconds = 0;
    if (cli->options.words.len > 0) {
        return cli_usage(cli, usage, "'%s' is one word too many",
                         cli->options.words.items[0]);
    }
    if (cli->options.plan.command.len > 0) {
        return cli_usage(cli, usage, "projects are tested, not a command");
    }
    if (budget != NULL && pb_plan_parse_budget(budget, &runs, &seconds) &&
        runs > 0)
    {
        return cli_usage(cli, usage,
                         "--budget takes a time, as 6h or 90m, not '%s'",
                         budget);
    }
    cli_default_cpython(cli);
    return 0;
}

int
cmd_nightly(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_CLEANUP(close_nightly)
    struct nightly nightly = {.cli = cli, .lock = -1};
    int status = check_words(cli);
    if (status != 0) {
        return status;
    }
    if (cli->options.night.status) {
        status = show_status(cli, &err);
    }
    else {
        status = open_nightly(&nightly, &err) < 0
                     ? -1
                     : run_nightly(&nightly, &err);
    }
    return status < 0 ? cli_fail(cli, &err) : status;
}
