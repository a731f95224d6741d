/* A command, or a shell, with all that a trial of a project has, and confined
   as that is. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd_exec.h"
#include "cli/tell.h"
#include "pybisect/alloc.h"
#include "pybisect/foreground.h"
#include "pybisect/fs.h"
#include "pybisect/prepared.h"
#include "recipe/environment.h"

#define BASH "/bin/bash"
#define SH "/bin/sh"

/* The words after the project are the command, not a project of their own. */
static void
take_words(struct cli *cli, struct pb_strv *out_command)
{
    struct pb_plan *plan = &cli->options.plan;
    *out_command = plan->command;
    plan->command = (struct pb_strv)PB_STRV_INIT;
    if (cli->options.words.len > 1) {
        plan->project = pb_strdup(cli->options.words.items[1]);
    }
    else {
        pb_strv_add(&plan->command, SH);
        plan->directory = pb_path_absolute(".");
    }
}

static void
choose_shell(struct pb_strv *out)
{
    bool bash = pb_fs_exists(BASH);
    pb_strv_add(out, bash ? BASH : SH);
    if (bash) {
        pb_strv_add(out, "--norc"); /* the system's sets another prompt */
    }
    if (isatty(STDIN_FILENO)) {
        pb_strv_add(out, "-i");
    }
}

static void
make_command(const struct cli *cli, const struct pb_workspace *workspace,
             const struct pb_strv *typed, struct pb_strv *out)
{
    if (cli->options.shell) {
        choose_shell(out);
        return;
    }
    for (size_t i = 0; i < typed->len; i++) {
        pb_strv_take(out, pb_workspace_expand(workspace, typed->items[i]));
    }
    if (typed->len == 0) {
        pb_strv_add(out, workspace->python);
    }
}

/* Its own "python", wherever that is called. */
static int
make_programs(const struct pb_workspace *workspace, const char *directory,
              struct pb_error *err)
{
    static const char *const names[] = {"python", "python3"};
    PB_AUTO(pb_buf) struct pb_buf script = PB_BUF_INIT;
    pb_buf_adds(&script, "#!/bin/sh\nexec ");
    pb_buf_add_quoted(&script, workspace->python);
    pb_buf_adds(&script, " \"$@\"\n");
    if (pb_fs_mkdirs(directory, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        PB_AUTOFREE char *path = pb_path_join(directory, names[i]);
        if (pb_fs_write_atomic(path, script.data, script.len, 0755, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* That of a trial, for somebody who looks at it. */
static int
make_environment(const struct cli *cli, const struct pb_workspace *workspace,
                 struct pb_strv *out, struct pb_error *err)
{
    static const char *const passed_on[] = {"TERM", "COLORTERM", "NO_COLOR"};
    const struct pb_strv *words = &cli->options.words;
    const char *path = "/usr/local/bin:/usr/bin:/bin";
    PB_AUTOFREE char *programs = pb_path_join(workspace->directory, "bin");
    pb_strv_add_all(out, &workspace->environment);
    for (size_t i = 0; i < PB_LENGTH(passed_on); i++) {
        const char *value = getenv(passed_on[i]);
        if (value != NULL) {
            pb_environment_set(out, pb_asprintf("%s=%s", passed_on[i], value));
        }
    }
    for (size_t i = 0; i < out->len; i++) {
        path =
            strncmp(out->items[i], "PATH=", 5) == 0 ? out->items[i] + 5 : path;
    }
    pb_environment_set(out, pb_asprintf("PATH=%s:%s", programs, path));
    pb_environment_set(out,
                       pb_asprintf("PS1=(%s%s%s) \\$ ", words->items[0],
                                   words->len > 1 ? " " : "",
                                   words->len > 1 ? words->items[1] : ""));
    return make_programs(workspace, programs, err);
}

static int
run_confined(const struct cli *cli, const struct pb_sandbox *confinement,
             const char *directory, const struct pb_strv *command,
             const struct pb_strv *environment, int *out_status,
             struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv inside = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv outside = PB_STRV_INIT;
    struct pb_sandbox sandbox = *confinement;
    sandbox.directory = directory;
    sandbox.environment = environment->items;
    sandbox.unwatched = true;
    pb_foreground_words(&inside);
    pb_strv_add_all(&inside, command);
    pb_sandbox_command(&sandbox, inside.items, &argv);
    pb_sandbox_environment(&outside);
    const struct pb_foreground foreground = {
        .argv = argv.items,
        .environment = outside.items,
        .apart = true,
        .cancel = cli->cancel,
    };
    return pb_foreground_run(&foreground, out_status, err);
}

static int
run_free(const char *directory, const struct pb_strv *command,
         const struct pb_strv *environment, int *out_status,
         struct pb_error *err)
{
    const struct pb_foreground foreground = {
        .argv = command->items,
        .environment = environment->items,
        .directory = directory,
    };
    return pb_foreground_run(&foreground, out_status, err);
}

static void
tell_where(struct cli *cli, const struct pb_workspace *workspace)
{
    if (workspace->project->source != NULL) {
        screen_line(&cli->screen,
                    "the project's copy, which goes at the end: %s",
                    workspace->copy);
    }
    if (pb_workspace_sandbox(workspace) != NULL) {
        screen_line(&cli->screen,
                    "confined, as tests are; --sandbox=none lets it do what "
                    "you can");
    }
}

static int
run_prepared(struct cli *cli, const struct pb_prepared *prepared,
             const struct pb_strv *typed, struct pb_error *err)
{
    int status = 0;
    const struct pb_workspace *workspace = pb_prepared_workspace(prepared);
    const char *directory = pb_prepared_directory(prepared);
    const struct pb_sandbox *sandbox = pb_workspace_sandbox(workspace);
    PB_AUTO(pb_strv) struct pb_strv command = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv environment = PB_STRV_INIT;
    make_command(cli, workspace, typed, &command);
    if (make_environment(cli, workspace, &environment, err) < 0) {
        return -1;
    }
    tell_where(cli, workspace);
    int done = sandbox != NULL
                   ? run_confined(cli, sandbox, directory, &command,
                                  &environment, &status, err)
                   : run_free(directory, &command, &environment, &status, err);
    return done < 0 ? -1 : status;
}

/* In a shell one can see what is wrong. */
static int
prepare_and_run(struct cli *cli, struct pb_session *session,
                const struct pb_strv *typed, struct pb_error *err)
{
    struct pb_request request = {.tests = NULL};
    PB_AUTO(pb_build) struct pb_build build = {.python = NULL};
    int status = exec_build(cli, session, &request, &build, err);
    if (status != 0) {
        return status;
    }
    screen_doing(&cli->screen, "preparing %s", session->recipe.name);
    PB_AUTO(pb_prepared)
    struct pb_prepared *prepared =
        pb_prepared_new(session, &request, &build, err);
    if (prepared == NULL) {
        return -1;
    }
    screen_clear(&cli->screen);
    const char *trouble = pb_prepared_trouble(prepared);
    if (trouble != NULL) {
        screen_error(&cli->screen, "'%s': %s", session->recipe.name, trouble);
    }
    return trouble != NULL && !cli->options.shell
               ? CLI_SKIP
               : run_prepared(cli, prepared, typed, err);
}

int
exec_in_project(struct cli *cli, struct pb_session *session,
                struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv typed = PB_STRV_INIT;
    take_words(cli, &typed);
    if (pb_session_open_project(session, err) < 0) {
        return -1;
    }
    tell_notes(cli, session);
    return prepare_and_run(cli, session, &typed, err);
}
