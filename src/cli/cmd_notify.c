/* Telling what the nightly job found to those who asked for it. */
#include <string.h>

#include "cli/cli.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/notify.h"

static const char usage[] = "pybisect notify [--dry-run]";

static void
print_indented(const char *text)
{
    for (const char *at = text; *at != '\0';) {
        const char *end = strchrnul(at, '\n');
        screen_print("%s%.*s\n", end > at ? "    " : "", (int)(end - at), at);
        at = *end == '\0' ? end : end + 1;
    }
}

static void
tell(const struct pb_notify_news *news, void *context)
{
    struct cli *cli = context;
    switch (news->end) {
    case PB_NOTIFY_SENT:
        screen_print("%s: sent: %s\n", news->receiver, news->subject);
        break;
    case PB_NOTIFY_WOULD:
        screen_print("%s: to be sent: %s\n", news->receiver, news->subject);
        print_indented(news->text);
        break;
    case PB_NOTIFY_FAILED:
        screen_error(&cli->screen, "%s: not sent, next time again: %s%s%s",
                     news->receiver, news->subject,
                     news->subject[0] == '\0' ? "" : "; ", news->text);
        break;
    case PB_NOTIFY_UNKNOWN:
        screen_error(&cli->screen,
                     "%s: may have arrived, pybisect was stopped while it "
                     "sent it, and not sent again: %s",
                     news->receiver, news->subject);
        break;
    }
}

int
cli_notify(struct cli *cli, struct pb_journal *journal, struct pb_error *err)
{
    size_t failed = 0;
    PB_AUTO(pb_notify) struct pb_notify notify = PB_NOTIFY_INIT;
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    PB_AUTOFREE char *path = pb_path_join(cli->places.config, "notify.yml");
    PB_AUTOFREE char *lock = pb_path_join(cli->places.data, "notify.lock");
    if (pb_notify_load(path, &notify, &problems, err) < 0) {
        cli_print_problems(&problems);
        return problems.len > 0 ? CLI_USAGE : -1;
    }
    if (notify.len == 0) {
        screen_line(&cli->screen, "nobody is to be told: there is no '%s'",
                    path);
        return 0;
    }
    const struct pb_notify_options options = {
        .dry_run = cli->options.cache.dry_run,
        .lock = lock,
        .cancel = cli->cancel,
        .told = tell,
        .context = cli,
    };
    if (pb_notify_deliver(&notify, journal, &options, &failed, err) < 0) {
        return -1;
    }
    return failed > 0 ? CLI_ENVIRONMENT : 0;
}

int
cmd_notify(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    if (cli->options.words.len > 0) {
        return cli_usage(cli, usage, "'%s' is one word too many",
                         cli->options.words.items[0]);
    }
    int status = cli_open_nights(cli, &journal, &err);
    if (status == 0) {
        status = cli_notify(cli, journal, &err);
    }
    return status < 0 ? cli_fail(cli, &err) : status;
}
