/* Any revision's interpreter, at once, with the user's own terminal. */
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/cli.h"
#include "pybisect/alloc.h"

extern char **environ;

static const char usage[] =
    "pybisect exec REV [options] [-- CMD {python} ...]";

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

/* The terminal's Ctrl-C goes to the child as well, which decides. */
static int
run_in_foreground(struct pb_strv *argv, struct pb_error *err)
{
    pid_t child = 0;
    PB_AUTO(pb_strv) struct pb_strv environment = PB_STRV_INIT;
    make_environment(&environment);
    int code = posix_spawnp(&child, argv->items[0], NULL, NULL, argv->items,
                            environment.items);
    if (code != 0) {
        return pb_error_errno(err, code, "cannot run '%s'", argv->items[0]);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return pb_error_errno(err, errno, "cannot wait for '%s'",
                                  argv->items[0]);
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int
exec_revision(struct cli *cli, struct pb_session *session,
              struct pb_error *err)
{
    struct pb_oid commit;
    struct pb_keys keys;
    PB_AUTO(pb_build) struct pb_build build = {.python = NULL};
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    const char *revision = cli->options.words.items[0];
    if (pb_session_open_history(session, err) < 0 ||
        pb_range_revision(session->repo, revision, &commit, err) < 0 ||
        pb_session_open_builder(session, err) < 0 ||
        pb_session_keys(session, &commit, &keys, err) < 0)
    {
        return -1;
    }
    screen_doing(&cli->screen, "building %s", revision);
    if (pb_builder_build(session->builder, &commit, &keys, false, &build,
                         err) < 0) {
        return -1;
    }
    screen_clear(&cli->screen);
    if (build.end == PB_BUILD_FAILED) {
        screen_error(&cli->screen, "'%s' does not build: %s\nlog: %s",
                     revision, build.failure, build.log);
        return CLI_SKIP;
    }
    replace_python(&cli->options.plan.command, build.python, &argv);
    return run_in_foreground(&argv, err);
}

int
cmd_exec(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    if (cli->options.words.len != 1) {
        return cli_usage(cli, usage, "exactly one revision is wanted");
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
