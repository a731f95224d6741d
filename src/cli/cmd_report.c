/* What the journal holds: status and report. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"

#define STATUS_ROWS 20

int
cli_open_journal(struct cli *cli, struct pb_journal **out,
                 struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(cli->places.data, "journal.sqlite");
    return pb_journal_open(path, out, err);
}

int
cli_open_nights(struct cli *cli, struct pb_journal **out, struct pb_error *err)
{
    if (cli_open_journal(cli, out, err) < 0 ||
        pb_journal_check_nights(*out, err) < 0)
    {
        return -1;
    }
    size_t dropped = pb_journal_take_dropped(*out);
    if (dropped > 0) {
        screen_error(&cli->screen,
                     "%zu damaged record%s of nights dropped: tests they told "
                     "of count as new, and events they held are not told",
                     dropped, dropped == 1 ? " is" : "s are");
    }
    return 0;
}

int
cli_bisection_id(struct cli *cli, const char *usage, int64_t *out)
{
    const struct pb_strv *words = &cli->options.words;
    *out = 0;
    if (words->len == 0) {
        return 0;
    }
    char *end = NULL;
    errno = 0;
    long long id = strtoll(words->items[0], &end, 10);
    if (*end != '\0' || id < 1 || errno != 0 || words->len > 1) {
        return cli_usage(cli, usage, "'%s' is not the number of a bisection",
                         words->items[words->len - 1]);
    }
    *out = id;
    return 0;
}

int
cmd_status(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    PB_AUTO(pb_json) struct pb_json *list = NULL;
    if (cli_open_journal(cli, &journal, &err) < 0 ||
        pb_journal_list(journal, STATUS_ROWS, &list, &err) < 0)
    {
        return cli_fail(cli, &err);
    }
    if (pb_json_length(list) == 0) {
        puts("no bisection yet");
    }
    for (size_t i = 0; i < pb_json_length(list); i++) {
        const struct pb_json *item = pb_json_at(list, i);
        char when[PB_CLOCK_TEXT];
        const char *outcome = pb_json_get_string(item, "outcome");
        screen_print("%4lld  %s  %-12s  %s\n",
                     (long long)pb_json_get_integer(item, "id"),
                     pb_clock_iso(pb_json_get_integer(item, "updated"), when),
                     outcome[0] != '\0' ? outcome : "unfinished",
                     pb_json_get_string(item, "title"));
    }
    return 0;
}

int
cli_report_form(struct cli *cli, const char *usage, const char *file,
                enum pb_report_form *out, enum pb_report_for *out_reader)
{
    const char *format = cli->options.format;
    const char *reader = cli->options.reader;
    *out = file != NULL ? pb_report_form_of_file(file) : PB_REPORT_TEXT;
    *out_reader = PB_REPORT_FOR_PROJECT;
    if (format != NULL && !pb_report_form_parse(format, out)) {
        return cli_usage(cli, usage, "there is no format '%s'", format);
    }
    if (reader != NULL && !pb_report_for_parse(reader, out_reader)) {
        return cli_usage(cli, usage,
                         "--for takes cpython or project, not "
                         "'%s'",
                         reader);
    }
    if (reader != NULL && *out != PB_REPORT_MARKDOWN) {
        return cli_usage(cli, usage, "--for goes with --format markdown");
    }
    return 0;
}

/* On standard output, or into the file of --report. */
static int
write_report(struct cli *cli, const struct pb_json *record,
             enum pb_report_form form, enum pb_report_for reader,
             struct pb_error *err)
{
    const char *file = cli->options.report;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (form == PB_REPORT_TEXT && file == NULL) {
        pb_report_text(record, 0, cli->screen.color, &text);
    }
    else {
        pb_report_write(record, form, reader, &text);
    }
    if (form == PB_REPORT_TEXT && cli->options.explain) {
        pb_report_explain(record, 0, cli->screen.color && file == NULL, &text);
    }
    if (file != NULL) {
        return pb_fs_write_atomic(file, text.data, text.len, 0644, err);
    }
    fwrite(text.data, 1, text.len, stdout);
    return 0;
}

int
cmd_report(struct cli *cli)
{
    static const char usage[] =
        "pybisect report [ID] [--format text|json|html|markdown|junit] "
        "[--for cpython|project] [--report FILE]";
    struct pb_error err = PB_ERROR_INIT;
    enum pb_report_form form = PB_REPORT_TEXT;
    enum pb_report_for reader = PB_REPORT_FOR_PROJECT;
    int64_t id = 0;
    int status =
        cli_report_form(cli, usage, cli->options.report, &form, &reader);
    if (status == 0) {
        status = cli_bisection_id(cli, usage, &id);
    }
    if (status != 0) {
        return status;
    }
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection bisection = {
        .id = 0,
    };
    if (cli_open_journal(cli, &journal, &err) < 0 ||
        pb_journal_load(journal, id, id == 0 ? PB_JOURNAL_FINISHED : NULL,
                        &bisection, &err) < 0)
    {
        return cli_fail(cli, &err);
    }
    if (bisection.report == NULL) {
        return cli_usage(cli, usage,
                         "bisection %lld is not finished: 'pybisect resume "
                         "%lld' goes on with it",
                         (long long)bisection.id, (long long)bisection.id);
    }
    PB_AUTOFREE char *name =
        pb_asprintf("the report of bisection %lld", (long long)bisection.id);
    if (pb_report_check(bisection.report, name, &err) < 0 ||
        write_report(cli, bisection.report, form, reader, &err) < 0)
    {
        return cli_fail(cli, &err);
    }
    return 0;
}
