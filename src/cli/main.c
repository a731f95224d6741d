/* pybisect: which CPython commit broke this project? */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "pybisect/alloc.h"
#include "pybisect/buf.h"

static const struct command {
    const char *name;
    int (*run)(struct cli *cli);
} commands[] = {
    {"resume", cmd_resume}, {"status", cmd_status}, {"log", cmd_log},
    {"replay", cmd_replay}, {"report", cmd_report}, {"try", cmd_try},
    {"exec", cmd_exec},     {"recipe", cmd_recipe}, {"cache", cmd_cache},
    {"doctor", cmd_doctor}, {"audit", cmd_audit},   {"nightly", cmd_nightly},
    {"notify", cmd_notify},
};

/* The one piece of global state: a signal handler has no other way. */
static struct pb_cancel cancel;

/* The first signal asks for a clean stop, the second one ends the program:
   the journal survives that too. */
static void
request_stop(int number)
{
    cancel.requested = 1;
    signal(number, SIG_DFL);
}

/* Descriptors 0 to 2 must be open, or a file of ours would become one. */
static void
open_standard_descriptors(void)
{
    int fd = 0;
    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        close(fd);
    }
}

static void
install_signal_handlers(void)
{
    struct sigaction action = {.sa_handler = request_stop};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* children are waited for */
}

int
cli_fail(struct cli *cli, const struct pb_error *err)
{
    if (err->file[0] != '\0' && err->line > 0) {
        screen_error(&cli->screen, "pybisect: %s:%d: %s", err->file, err->line,
                     err->message);
    }
    else {
        screen_error(&cli->screen, "pybisect: %s", err->message);
    }
    if (err->hint[0] != '\0') {
        screen_error(&cli->screen, "hint: %s", err->hint);
    }
    return pb_error_exit_status(err);
}

int
cli_usage(struct cli *cli, const char *usage, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PB_AUTOFREE char *text = pb_vasprintf(format, arguments);
    va_end(arguments);
    screen_error(&cli->screen, "pybisect: %s", text);
    screen_error(&cli->screen, "usage: %s", usage);
    return CLI_USAGE;
}

static char *
quote_command_line(int argc, char **argv)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(&text, "pybisect");
    for (int i = 1; i < argc; i++) {
        pb_buf_addch(&text, ' ');
        pb_buf_add_quoted(&text, argv[i]);
    }
    return pb_buf_take(&text);
}

static void
print_help(FILE *file)
{
    for (size_t i = 0; cli_help_text[i] != NULL; i++) {
        fputs(cli_help_text[i], file);
    }
}

static const struct command *
find_command(const char *word)
{
    for (size_t i = 0; i < PB_LENGTH(commands); i++) {
        if (strcmp(commands[i].name, word) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static int
run(struct cli *cli, int argc, char **argv)
{
    struct pb_error err = PB_ERROR_INIT;
    const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;
    int skip = command != NULL ? 1 : 0;
    int status =
        cli_options_parse(argc - skip, argv + skip, &cli->options, &err);
    screen_init(&cli->screen, cli->options.quiet);
    if (status < 0) {
        return cli_fail(cli, &err);
    }
    if (cli->options.version) {
        puts("pybisect " PB_VERSION);
        return 0;
    }
    if (cli->options.help || argc == 1) {
        print_help(cli->options.help ? stdout : stderr);
        return cli->options.help ? 0 : CLI_USAGE;
    }
    if (pb_places_init(&cli->places, &err) < 0) {
        return cli_fail(cli, &err);
    }
    return command != NULL ? command->run(cli) : cmd_bisect(cli);
}

int
main(int argc, char **argv)
{
    struct cli cli = {.cancel = &cancel};
    open_standard_descriptors();
    install_signal_handlers();
    cli.command_line = quote_command_line(argc, argv);
    int status = run(&cli, argc, argv);
    screen_clear(&cli.screen);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        screen_error(&cli.screen, "pybisect: cannot write the output");
        status = CLI_ENVIRONMENT;
    }
    free(cli.command_line);
    pb_places_clear(&cli.places);
    cli_options_clear(&cli.options);
    return status;
}
