/* What the journal holds: status and report. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "pybisect/report.h"

#define STATUS_ROWS 20

int
cli_open_journal(struct cli *cli, struct pb_journal **out,
                 struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(cli->places.data, "journal.sqlite");
    return pb_journal_open(path, out, err);
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
cmd_report(struct cli *cli)
{
    static const char usage[] = "pybisect report [ID] [--format text|json]";
    struct pb_error err = PB_ERROR_INIT;
    const char *format =
        cli->options.format != NULL ? cli->options.format : "text";
    bool json = strcmp(format, "json") == 0;
    int64_t id = 0;
    if (!json && strcmp(format, "text") != 0 && strcmp(format,"html")!=0) {
        return cli_usage(cli, usage, "there is no format '%s'", format);
    }
    int status = cli_bisection_id(cli, usage, &id);
    if (status != 0) {
        return status;
    }
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
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
    if (strcmp(format, "html") == 0) {
        pb_report_html(bisection.report, &text);
    }
    else if (json) {
        pb_report_json(bisection.report, &text);
    }
    else {
        pb_report_text(bisection.report, 0, cli->screen.color, &text);
        if (cli->options.explain) {
            pb_report_explain(bisection.report, 0, cli->screen.color, &text);
        }
    }
    fwrite(text.data, 1, text.len, stdout);
    return 0;
}
