/* From a need to a server that is ready. */
#include "recipe/services_private.h"

#include <string.h>
#include <time.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "recipe/environment.h"
#include "recipe/port.h"
#include "recipe/words.h"

#define ATTEMPTS 3 /* somebody else may take the port before the server */
#define READY_SECONDS 10 /* for one run of `ready` */
#define PAUSE_NANOSECONDS (50 * 1000 * 1000)
#define LOG_TAIL 2048

char *
pb_service_expand(const struct pb_workspace *workspace,
                  const struct service *service, const char *text)
{
    const struct pb_placeholder table[] = {
        {"port", service->port},
        {"tmp", service->directory},
        {"project", workspace->copy},
        {"deps", workspace->project->deps},
        {NULL, NULL},
    };
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_placeholder_fill(text, table, &out);
    return pb_buf_take(&out);
}

static int
split(const struct pb_workspace *workspace, const struct service *service,
      const char *command, struct pb_strv *out, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    if (pb_words_split(command, &words, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < words.len; i++) {
        pb_strv_take(out,
                     pb_service_expand(workspace, service, words.items[i]));
    }
    return 0;
}

/* The trial's, but for where programs are looked for. */
static void
make_environment(const struct pb_workspace *workspace, struct pb_strv *out)
{
    PB_AUTOFREE char *path = pb_service_path();
    pb_strv_add_all(out, &workspace->environment);
    pb_environment_set(out, pb_asprintf("PATH=%s", path));
}

/* A project's own recipe may name any command: they are confined as its tests
   are. False: nothing is. */
static bool
confine(const struct pb_workspace *workspace, const struct service *service,
        bool stays, const struct pb_strv *argv,
        const struct pb_strv *environment, struct pb_strv *out)
{
    const struct pb_sandbox *own = pb_workspace_sandbox(workspace);
    if (own == NULL) {
        return false;
    }
    struct pb_sandbox sandbox = *own;
    sandbox.directory = service->directory;
    sandbox.environment = environment->items;
    sandbox.unwatched = stays;
    pb_sandbox_command(&sandbox, argv->items, out);
    return true;
}

static int
run_command(const struct pb_workspace *workspace,
            const struct service *service, const char *command, double timeout,
            const struct pb_cancel *cancel, struct pb_process_result *out,
            struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv environment = PB_STRV_INIT;
    make_environment(workspace, &environment);
    if (split(workspace, service, command, &argv, err) < 0) {
        return -1;
    }
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv outside = PB_STRV_INIT;
    bool confined =
        confine(workspace, service, false, &argv, &environment, &words);
    pb_sandbox_environment(&outside);
    const struct pb_process_options options = {
        .argv = confined ? words.items : argv.items,
        .environment = confined ? outside.items : environment.items,
        .directory = service->directory,
        .confined = confined,
        .log_path = service->log,
        .log_append = true,
        .timeout = timeout,
        .cancel = cancel,
    };
    if (pb_process_run(&options, out, err) < 0) {
        return -1;
    }
    if (out->end == PB_PROCESS_CANCELLED) {
        return pb_error_set(err, PB_ERROR_CANCELLED, "'%s' was interrupted",
                            command);
    }
    return 0;
}

char *
pb_service_last_line(const struct service *service)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    (void)pb_fs_read_tail(service->log, LOG_TAIL, &text, &ignored);
    while (text.len > 0 && strchr(" \t\r\n", text.data[text.len - 1]) != NULL)
    {
        pb_buf_truncate(&text, text.len - 1);
    }
    const char *line = strrchr(text.data, '\n');
    return pb_strdup(line != NULL ? line + 1 : text.data);
}

static int
fail(const struct service *service, const char *what,
     const struct pb_process_result *result, struct pb_error *err)
{
    char how[PB_PROCESS_TEXT] = "";
    PB_AUTOFREE char *line = pb_service_last_line(service);
    if (result != NULL) {
        pb_process_describe(result, how);
    }
    pb_error_set(err, PB_ERROR_ENVIRONMENT,
                 "cannot start the server '%s': %s%s%s%s%s",
                 service->need->name, what, result != NULL ? ": " : "", how,
                 line[0] != '\0' ? ": " : "", line);
    pb_error_hint(err, "see that its commands in the recipe work on this "
                       "machine ('needs' in docs/recipes.md)");
    return -1;
}

static int
initialise(const struct pb_workspace *workspace, struct service *service,
           const struct pb_cancel *cancel, struct pb_error *err)
{
    const struct pb_strv *commands = &service->need->init;
    if (pb_fs_remove_tree(service->directory, err) < 0 ||
        pb_fs_mkdirs(service->directory, err) < 0 ||
        pb_fs_remove(service->log, err) < 0 ||
        pb_port_find(service->port, err) < 0)
    {
        return -1;
    }
    for (size_t i = 0; i < commands->len; i++) {
        struct pb_process_result result;
        if (run_command(workspace, service, commands->items[i],
                        workspace->project->recipe->step_timeout, cancel,
                        &result, err) < 0)
        {
            return -1;
        }
        if (result.end != PB_PROCESS_EXITED || result.status != 0) {
            PB_AUTOFREE char *what = pb_asprintf("'%s'", commands->items[i]);
            return fail(service, what, &result, err);
        }
    }
    return 0;
}

static int
launch(const struct pb_workspace *workspace, struct service *service,
       struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv environment = PB_STRV_INIT;
    make_environment(workspace, &environment);
    if (split(workspace, service, service->need->start, &argv, err) < 0) {
        return -1;
    }
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv outside = PB_STRV_INIT;
    bool confined =
        confine(workspace, service, true, &argv, &environment, &words);
    pb_sandbox_environment(&outside);
    const struct pb_server_options options = {
        .argv = confined ? words.items : argv.items,
        .environment = confined ? outside.items : environment.items,
        .directory = service->directory,
        .log_path = service->log,
    };
    service->server = pb_server_start(&options, err);
    return service->server != NULL ? 0 : -1;
}

static int
ask_ready(const struct pb_workspace *workspace, const struct service *service,
          const struct pb_cancel *cancel, bool *out_ready,
          struct pb_error *err)
{
    if (service->need->ready == NULL) {
        *out_ready = pb_port_answers(service->port);
        return 0;
    }
    struct pb_process_result result;
    if (run_command(workspace, service, service->need->ready, READY_SECONDS,
                    cancel, &result, err) < 0)
    {
        return -1;
    }
    *out_ready = result.end == PB_PROCESS_EXITED && result.status == 0;
    return 0;
}

/* *out_ready false without an error: it has ended, as one does that cannot
   have its port. */
static int
await(const struct pb_workspace *workspace, struct service *service,
      const struct pb_cancel *cancel, bool *out_ready,
      struct pb_process_result *out_end, struct pb_error *err)
{
    double end = pb_clock_monotonic() + service->need->timeout;
    *out_ready = false;
    for (;;) {
        bool ready = false;
        if (pb_server_ended(service->server, out_end)) {
            return 0;
        }
        if (pb_cancelled(cancel)) {
            return pb_error_set(err, PB_ERROR_CANCELLED, "interrupted");
        }
        if (ask_ready(workspace, service, cancel, &ready, err) < 0) {
            return -1;
        }
        /* Whatever answers at a port that ours could not have. */
        if (ready && !pb_server_ended(service->server, out_end)) {
            *out_ready = true;
            return 0;
        }
        if (pb_clock_monotonic() >= end) {
            PB_AUTOFREE char *what =
                pb_asprintf("not ready after %.0f s", service->need->timeout);
            return fail(service, what, NULL, err);
        }
        const struct timespec pause = {.tv_nsec = PAUSE_NANOSECONDS};
        (void)nanosleep(&pause, NULL);
    }
}

int
pb_service_start(const struct pb_workspace *workspace, struct service *service,
                 const struct pb_cancel *cancel, struct pb_error *err)
{
    struct pb_process_result end = {.end = PB_PROCESS_EXITED};
    for (int i = 0; i < ATTEMPTS; i++) {
        bool ready = false;
        pb_server_free(service->server);
        service->server = NULL;
        if (initialise(workspace, service, cancel, err) < 0 ||
            launch(workspace, service, err) < 0 ||
            await(workspace, service, cancel, &ready, &end, err) < 0)
        {
            break;
        }
        if (ready) {
            return 0;
        }
    }
    if (err->code == PB_ERROR_NONE) {
        fail(service, "it ends by itself", &end, err);
    }
    pb_server_free(service->server);
    service->server = NULL;
    return -1;
}
