/* One revision against another, all projects: what would this break? */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/recipes.h"
#include "cli/tell.h"
#include "pybisect/alloc.h"
#include "pybisect/audit_report.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "pybisect/report.h"

static const char usage[] =
    "pybisect audit REV|A..B|BRANCH [PROJECT ..] [--against REV]\n"
    "   or: pybisect audit --worktree DIR [PROJECT ..] [--against REV]";

struct audit {
    struct cli *cli;
    struct pb_patch patch;
    struct pb_strv projects;
    char *scratch;       /* repository of a checkout's state, or NULL */
    const char *project; /* under way */
    size_t number;       /* its, from 1 */
    struct pb_json *record;
    double start;
};

static void
clear_audit(struct audit *audit)
{
    struct pb_error ignored = PB_ERROR_INIT;
    if (audit->scratch != NULL) {
        pb_fs_remove_tree(audit->scratch, &ignored);
    }
    free(audit->scratch);
    pb_patch_clear(&audit->patch);
    pb_strv_clear(&audit->projects);
    pb_json_free(audit->record);
}

static struct pb_session
new_session(struct audit *audit, struct pb_plan *plan)
{
    return (struct pb_session){
        .plan = plan,
        .places = &audit->cli->places,
        .progress = &audit->cli->screen.progress,
        .cancel = audit->cli->cancel,
    };
}

/* --- what is audited ---------------------------------------------------- */

static int
snapshot(struct audit *audit, struct pb_error *err)
{
    struct cli_options *options = &audit->cli->options;
    if (pb_fs_mkdirs(audit->cli->places.cache, err) < 0) {
        return -1;
    }
    audit->scratch =
        pb_fs_temporary(audit->cli->places.cache, "worktree-", err);
    if (audit->scratch == NULL ||
        pb_patch_of_worktree(options->worktree, options->against,
                             audit->scratch, &audit->patch, err) < 0)
    {
        return -1;
    }
    free(options->plan.cpython);
    options->plan.cpython = pb_strdup(audit->scratch);
    return 0;
}

/* The repository from which all sessions build, and the two ends in it. */
static int
settle_patch(struct audit *audit, struct pb_session *session,
             struct pb_error *err)
{
    const struct cli_options *options = &audit->cli->options;
    if (options->worktree != NULL) {
        return snapshot(audit, err) < 0
                   ? -1
                   : pb_session_open_history(session, err);
    }
    return pb_session_open_history(session, err) < 0
               ? -1
               : pb_patch_resolve(session->repo, options->words.items[0],
                                  options->against, &audit->patch, err);
}

/* All that any of the projects can see counts. */
static int
differ(struct audit *audit, struct pb_session *session, bool *out,
       struct pb_error *err)
{
    const struct pb_oid ends[] = {audit->patch.base, audit->patch.revision};
    struct pb_keys keys[2];
    struct pb_fingerprint_options options = {.cancel = audit->cli->cancel};
    if (recipes_count_tests(audit->cli, &audit->projects, &options.count_tests,
                            err) < 0 ||
        pb_fingerprint(pb_repo_path(session->repo), ends, 2, &options, keys,
                       err) < 0)
    {
        return -1;
    }
    *out = !pb_digest_equal(&keys[0].behaviour, &keys[1].behaviour);
    return 0;
}

/* --- one project after the other ---------------------------------------- */

static void
tell_step(void *context, const struct pb_bisection *bisection,
          const struct pb_event *event)
{
    struct audit *audit = context;
    char id[PB_OID_SHORT];
    if (event->kind == PB_EVENT_CHOSEN) {
        bool base = pb_oid_equal(&event->trial->commit, &audit->patch.base);
        screen_now(&audit->cli->screen, "%zu of %zu, %s: %s %s, run %zu",
                   audit->number, audit->projects.len, audit->project,
                   base ? "base" : "revision",
                   pb_oid_short(&event->trial->commit, id),
                   pb_bisection_trials(bisection) + 1);
    }
}

static void
add_project(struct audit *audit, struct pb_session *session,
            const struct pb_comparison *comparison, double start)
{
    pb_audit_report_add(audit->record, audit->project, session, comparison,
                        pb_clock_monotonic() - start);
    const struct pb_json *projects = pb_json_get(audit->record, "projects");
    PB_AUTOFREE char *row = pb_audit_report_summary(
        pb_json_at(projects, pb_json_length(projects) - 1));
    screen_line(&audit->cli->screen, "%s", row);
}

/* A project that cannot be had, or run, keeps no other from being tested; a
   machine in trouble does. */
static int
forgive(struct audit *audit, struct pb_session *session, double start,
        struct pb_error *err)
{
    if (err->code == PB_ERROR_CANCELLED || err->code == PB_ERROR_INTERNAL ||
        (err->code == PB_ERROR_ENVIRONMENT && session->journal != NULL))
    {
        return -1;
    }
    PB_AUTO(pb_comparison)
    struct pb_comparison comparison = {
        .standing = PB_STANDING_UNTESTABLE,
        .why = pb_strdup(err->message),
    };
    add_project(audit, NULL, &comparison, start);
    pb_error_clear(err);
    return 0;
}

static int
audit_project(struct audit *audit, struct pb_error *err)
{
    char hex[PB_OID_HEX];
    double start = pb_clock_monotonic();
    PB_AUTO(pb_plan) struct pb_plan plan = PB_PLAN_INIT;
    if (recipes_plan(audit->cli, audit->project, &plan, err) < 0) {
        return -1;
    }
    plan.good_id = pb_strdup(pb_oid_hex(&audit->patch.base, hex));
    plan.bad_id = pb_strdup(pb_oid_hex(&audit->patch.revision, hex));
    PB_AUTO(pb_session) struct pb_session session = new_session(audit, &plan);
    PB_AUTO(pb_comparison)
    struct pb_comparison comparison = PB_COMPARISON_INIT;
    session.good = audit->patch.base;
    session.bad = audit->patch.revision;
    session.range.good = session.good;
    screen_now(&audit->cli->screen, "%zu of %zu, %s: opening", audit->number,
               audit->projects.len, audit->project);
    if (pb_session_open_history(&session, err) < 0 ||
        pb_session_open_project(&session, err) < 0 ||
        pb_session_compare(&session, tell_step, audit, &comparison, err) < 0)
    {
        return forgive(audit, &session, start, err);
    }
    add_project(audit, &session, &comparison, start);
    return 0;
}

/* --- the end ------------------------------------------------------------ */

static int
write_reports(struct audit *audit, struct pb_error *err)
{
    const struct cli_options *options = &audit->cli->options;
    PB_AUTO(pb_buf) struct pb_buf json = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    bool as_json =
        options->format != NULL && strcmp(options->format, "json") == 0;
    pb_report_json(audit->record, &json);
    pb_audit_report_text(audit->record, 0, audit->cli->screen.color, &text);
    const struct pb_buf *out = as_json ? &json : &text;
    if (options->report != NULL &&
        pb_fs_write_atomic(options->report, json.data, json.len, 0644, err) <
            0)
    {
        return -1;
    }
    screen_clear(&audit->cli->screen);
    fwrite(out->data, 1, out->len, stdout);
    return pb_audit_report_exit_status(audit->record);
}

static int
run(struct audit *audit, struct pb_error *err)
{
    bool different = true;
    {
        PB_AUTO(pb_session)
        struct pb_session session =
            new_session(audit, &audit->cli->options.plan);
        if (settle_patch(audit, &session, err) < 0 ||
            recipes_choose(audit->cli, &audit->cli->options.projects,
                           &audit->projects, err) < 0 ||
            differ(audit, &session, &different, err) < 0)
        {
            return -1;
        }
        tell_notes(audit->cli, &session);
        audit->record =
            pb_audit_report_begin(&audit->patch, session.repo, different,
                                  audit->cli->command_line, err);
    }
    if (audit->record == NULL) {
        return -1;
    }
    for (size_t i = 0; different && i < audit->projects.len; i++) {
        audit->project = audit->projects.items[i];
        audit->number = i + 1;
        if (audit_project(audit, err) < 0) {
            return -1;
        }
    }
    pb_audit_report_end(audit->record, pb_clock_monotonic() - audit->start);
    return write_reports(audit, err);
}

/* Words after the revision, all of them with --worktree, are projects. */
static int
take_words(struct cli *cli)
{
    const struct pb_strv *words = &cli->options.words;
    size_t first = cli->options.worktree == NULL;
    const char *format = cli->options.format;
    if (words->len < first) {
        return cli_usage(cli, usage, "no revision is named");
    }
    if (format != NULL && strcmp(format, "text") != 0 &&
        strcmp(format, "json") != 0)
    {
        return cli_usage(cli, usage, "there is no format '%s'", format);
    }
    if (cli->options.plan.command.len > 0) {
        return cli_usage(cli, usage, "projects are audited, not a command");
    }
    for (size_t i = first; i < words->len; i++) {
        pb_strv_add(&cli->options.projects, words->items[i]);
    }
    cli_default_cpython(cli);
    return 0;
}

int
cmd_audit(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_CLEANUP(clear_audit)
    struct audit audit = {.cli = cli, .start = pb_clock_monotonic()};
    int status = take_words(cli);
    if (status != 0) {
        return status;
    }
    status = run(&audit, &err);
    return status < 0 ? cli_fail(cli, &err) : status;
}
