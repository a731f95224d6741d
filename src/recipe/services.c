/* Servers beside a trial: a private one each, in a directory of its own, on a
   port of its own, gone with the workspace. */
#include "recipe/services.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "pybisect/server.h"
#include "recipe/environment.h"
#include "recipe/port.h"
#include "recipe/words.h"

/* Servers are often where only the administrator's PATH leads. */
#define ADMINISTRATORS "/usr/local/sbin:/usr/sbin:/sbin"
#define ATTEMPTS 3 /* somebody else may take the port before the server */
#define READY_SECONDS 10 /* for one run of `ready` */
#define PAUSE_NANOSECONDS (50 * 1000 * 1000)
#define LOG_TAIL 2048

struct service {
    const struct pb_recipe_need *need; /* borrowed */
    struct pb_server *server;
    char *directory; /* {tmp} */
    char *log;
    char port[PB_PORT_TEXT];
};

struct pb_services {
    struct service *items; /* one a need; .server is NULL until it runs */
    size_t len;
};

unsigned
pb_recipe_phase_parse(const char *name)
{
    static const char *const names[] = {
        [PB_RECIPE_PREPARE] = "prepare",
        [PB_RECIPE_SMOKE] = "smoke",
        [PB_RECIPE_TEST] = "test",
    };
    unsigned i = 0;
    while (i < PB_LENGTH(names) && strcmp(name, names[i]) != 0) {
        i++;
    }
    return i;
}

void
pb_services_free(struct pb_services *services)
{
    for (size_t i = 0; services != NULL && i < services->len; i++) {
        pb_server_free(services->items[i].server);
        free(services->items[i].directory);
        free(services->items[i].log);
    }
    if (services != NULL) {
        free(services->items);
    }
    free(services);
}

/* --- what this machine has ---------------------------------------------- */

static bool
has_program(const char *path, const char *name)
{
    PB_AUTOFREE char *copy = pb_strdup(path);
    char *rest = NULL;
    for (char *each = strtok_r(copy, ":", &rest); each != NULL;
         each = strtok_r(NULL, ":", &rest))
    {
        PB_AUTOFREE char *program = pb_path_join(each, name);
        if (access(program, X_OK) == 0 && !pb_fs_is_directory(program)) {
            return true;
        }
    }
    return false;
}

static char *
search_path(void)
{
    const char *path = getenv("PATH");
    return pb_asprintf("%s:" ADMINISTRATORS,
                       path != NULL ? path : "/usr/local/bin:/usr/bin:/bin");
}

char *
pb_need_missing(const struct pb_recipe_need *need)
{
    PB_AUTOFREE char *path = search_path();
    PB_AUTO(pb_strv) struct pb_strv missing = PB_STRV_INIT;
    for (size_t i = 0; i < need->programs.len; i++) {
        if (!has_program(path, need->programs.items[i])) {
            pb_strv_add(&missing, need->programs.items[i]);
        }
    }
    return missing.len > 0 ? pb_strv_join(&missing, ", ") : NULL;
}

static char *
describe_missing(const struct pb_recipe_need *need, const char *programs)
{
    return pb_asprintf("not run: it needs '%s', and this machine lacks %s",
                       need->name, programs);
}

static bool
is_of(const struct pb_recipe_need *need, const char *id)
{
    for (size_t i = 0; i < need->tests.len; i++) {
        if (fnmatch(need->tests.items[i], id, 0) == 0) {
            return true;
        }
    }
    return false;
}

void
pb_recipe_excuse(const struct pb_recipe *recipe, struct pb_results *results)
{
    for (size_t i = 0; i < recipe->nneeds; i++) {
        const struct pb_recipe_need *need = &recipe->needs[i];
        PB_AUTOFREE char *missing = pb_need_missing(need);
        if (missing == NULL || need->tests.len == 0) {
            continue;
        }
        PB_AUTOFREE char *why = describe_missing(need, missing);
        for (size_t k = 0; k < results->len; k++) {
            struct pb_result *result = &results->items[k];
            if (pb_outcome_failed(result->outcome) && is_of(need, result->id))
            {
                pb_result_excuse(result, why);
            }
        }
    }
}

/* --- commands ----------------------------------------------------------- */

static char *
expand(const struct pb_workspace *workspace, const struct service *service,
       const char *text)
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
        pb_strv_take(out, expand(workspace, service, words.items[i]));
    }
    return 0;
}

/* The trial's, but for where programs are looked for. */
static void
make_environment(const struct pb_workspace *workspace, struct pb_strv *out)
{
    PB_AUTOFREE char *path = search_path();
    pb_strv_add_all(out, &workspace->environment);
    pb_environment_set(out, pb_asprintf("PATH=%s", path));
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
    const struct pb_process_options options = {
        .argv = argv.items,
        .environment = environment.items,
        .directory = service->directory,
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
                            argv.items[0]);
    }
    return 0;
}

/* The last line of the log that is not blank, "" if there is none. */
static char *
last_line(const struct service *service)
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
    PB_AUTOFREE char *line = last_line(service);
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

/* --- starting ----------------------------------------------------------- */

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
    const struct pb_server_options options = {
        .argv = argv.items,
        .environment = environment.items,
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

static int
start(const struct pb_workspace *workspace, struct service *service,
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

static void
add_environment(struct pb_workspace *workspace, const struct service *service)
{
    const struct pb_strv *list = &service->need->environment;
    for (size_t i = 0; i < list->len; i++) {
        pb_environment_set(&workspace->environment,
                           expand(workspace, service, list->items[i]));
    }
}

static struct pb_services *
make_services(const struct pb_workspace *workspace)
{
    const struct pb_recipe *recipe = workspace->project->recipe;
    struct pb_services *services = pb_alloc(sizeof(*services));
    services->len = recipe->nneeds;
    services->items = pb_alloc_array(services->len, sizeof(struct service));
    for (size_t i = 0; i < services->len; i++) {
        struct service *service = &services->items[i];
        service->need = &recipe->needs[i];
        service->directory = pb_asprintf("%s/needs/%s", workspace->directory,
                                         service->need->name);
        service->log = pb_asprintf("%s.log", service->directory);
    }
    return services;
}

int
pb_workspace_serve(struct pb_workspace *workspace, enum pb_recipe_phase phase,
                   const struct pb_cancel *cancel, char **out_missing,
                   struct pb_error *err)
{
    const struct pb_recipe *recipe = workspace->project->recipe;
    *out_missing = NULL;
    if (workspace->services == NULL) {
        workspace->services = make_services(workspace);
    }
    for (size_t i = 0; i < recipe->nneeds; i++) {
        struct service *service = &workspace->services->items[i];
        const struct pb_recipe_need *need = service->need;
        if ((need->phases & 1U << phase) == 0 || service->server != NULL) {
            continue;
        }
        PB_AUTOFREE char *missing = pb_need_missing(need);
        if (missing != NULL && need->tests.len == 0) {
            *out_missing = describe_missing(need, missing);
            return 0;
        }
        if (missing != NULL || need->start == NULL) {
            continue;
        }
        if (start(workspace, service, cancel, err) < 0) {
            return -1;
        }
        add_environment(workspace, service);
    }
    return 0;
}

int
pb_workspace_check_served(struct pb_workspace *workspace, struct pb_error *err)
{
    const struct pb_services *services = workspace->services;
    for (size_t i = 0; services != NULL && i < services->len; i++) {
        const struct service *service = &services->items[i];
        struct pb_process_result result;
        if (service->server != NULL &&
            pb_server_ended(service->server, &result)) {
            char how[PB_PROCESS_TEXT];
            PB_AUTOFREE char *line = last_line(service);
            pb_error_set(err, PB_ERROR_ENVIRONMENT,
                         "the server '%s' ended while tests ran: %s%s%s",
                         service->need->name,
                         pb_process_describe(&result, how),
                         line[0] != '\0' ? ": " : "", line);
            pb_error_hint(err, "run it again; if it ends each time, see its "
                               "'start' in the recipe");
            return -1;
        }
    }
    return 0;
}
