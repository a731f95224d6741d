/* Any revision's interpreter, at once, with the user's own terminal. */
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_exec.h"
#include "pybisect/alloc.h"
#include "pybisect/foreground.h"

static const char usage[] =
    "pybisect exec REV [PROJECT] [options] [-- CMD {python} ...]\n"
    "   or: pybisect exec REV [PROJECT] --shell [options]";

static void
replace_python(const struct pb_strv *command, const char *python,
               struct pb_strv *out)
{
    static const char placeholder[] = "{python}";
    for (size_t i = 0; i < command->len; i++) {
        const char *word = command->items[i];
        const char *at = strstr(word, placeholder);
        if (at == NULL) {
            pb_strv_add(out, word);
        }
        else {
            pb_strv_addf(out, "%.*s%s%s", (int)(at - word), word, python,
                         at + strlen(placeholder));
        }
    }
    if (command->len == 0) {
        pb_strv_add(out, python);
    }
}

/* The user's environment, without what is meant for another interpreter: with
   its PYTHONHOME none but that one starts, and packages below ~/.local were
   installed for a release of the same version. A PYTHONPATH stays, as it may
   have been set for this very command. */
static void
make_environment(struct pb_strv *out)
{
    static const char home[] = "PYTHONHOME=";
    static const struct {
        const char *name;
        const char *value;
    } defaults[] = {
        {"PYTHONNOUSERSITE", "1"},
        {"ASAN_OPTIONS", "detect_leaks=0"},
    };
    for (char **each = environ; *each != NULL; each++) {
        if (strncmp(*each, home, strlen(home)) != 0) {
            pb_strv_add(out, *each);
        }
    }
    for (size_t i = 0; i < PB_LENGTH(defaults); i++) {
        if (getenv(defaults[i].name) == NULL) {
            pb_strv_addf(out, "%s=%s", defaults[i].name, defaults[i].value);
        }
    }
}

int
exec_build(struct cli *cli, struct pb_session *session,
           struct pb_request *request, struct pb_build *out,
           struct pb_error *err)
{
    const char *revision = cli->options.words.items[0];
    request->commit = session->bad;
    if (pb_session_keys(session, &request->commit, &request->keys, err) < 0) {
        return -1;
    }
    screen_doing(&cli->screen, "building %s", revision);
    if (pb_builder_build(session->builder, &request->commit, &request->keys,
                         false, out, err) < 0)
    {
        return -1;
    }
    screen_clear(&cli->screen);
    if (out->end != PB_BUILD_FAILED) {
        return 0;
    }
    screen_error(&cli->screen, "'%s' does not build: %s\nlog: %s", revision,
                 out->failure, out->log);
    return CLI_SKIP;
}

/* The interpreter alone, which can do what its user can. */
static int
exec_interpreter(struct cli *cli, struct pb_session *session,
                 struct pb_error *err)
{
    int status = 0;
    struct pb_request request = {.tests = NULL};
    PB_AUTO(pb_build) struct pb_build build = {.python = NULL};
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv environment = PB_STRV_INIT;
    if (pb_session_open_builder(session, err) < 0) {
        return -1;
    }
    status = exec_build(cli, session, &request, &build, err);
    if (status != 0) {
        return status;
    }
    replace_python(&cli->options.plan.command, build.python, &argv);
    make_environment(&environment);
    const struct pb_foreground foreground = {
        .argv = argv.items,
        .environment = environment.items,
    };
    return pb_foreground_run(&foreground, &status, err) < 0 ? -1 : status;
}

static int
exec_revision(struct cli *cli, struct pb_session *session,
              struct pb_error *err)
{
    const struct pb_strv *words = &cli->options.words;
    if (pb_session_open_history(session, err) < 0 ||
        pb_range_revision(session->repo, words->items[0], &session->bad, err) <
            0)
    {
        return -1;
    }
    return words->len == 1 && !cli->options.shell
               ? exec_interpreter(cli, session, err)
               : exec_in_project(cli, session, err);
}

int
cmd_exec(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    const struct pb_strv *words = &cli->options.words;
    if (words->len < 1 || words->len > 2) {
        return cli_usage(cli, usage,
                         "one revision is wanted, and at most one project");
    }
    if (cli->options.shell && cli->options.plan.command.len > 0) {
        return cli_usage(cli, usage, "--shell takes no command");
    }
    PB_AUTO(pb_session)
    struct pb_session session = {
        .plan = &cli->options.plan,
        .places = &cli->places,
        .progress = &cli->screen.progress,
        .cancel = cli->cancel,
    };
    cli_default_cpython(cli);
    int status = exec_revision(cli, &session, &err);
    return status < 0 ? cli_fail(cli, &err) : status;
}
