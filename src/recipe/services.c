/* Servers beside a trial: a private one each, in a directory of its own, on a
   port of its own, gone with the workspace. */
#include "recipe/services_private.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "recipe/environment.h"

/* Servers are often where only the administrator's PATH leads. */
#define ADMINISTRATORS "/usr/local/sbin:/usr/sbin:/sbin"

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

char *
pb_service_path(void)
{
    const char *path = getenv("PATH");
    return pb_asprintf("%s:" ADMINISTRATORS,
                       path != NULL ? path : "/usr/local/bin:/usr/bin:/bin");
}

char *
pb_need_missing(const struct pb_recipe_need *need)
{
    PB_AUTOFREE char *path = pb_service_path();
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

static void
add_environment(struct pb_workspace *workspace, const struct service *service)
{
    const struct pb_strv *list = &service->need->environment;
    for (size_t i = 0; i < list->len; i++) {
        pb_environment_set(
            &workspace->environment,
            pb_service_expand(workspace, service, list->items[i]));
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
        if (pb_service_start(workspace, service, cancel, err) < 0) {
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
            PB_AUTOFREE char *line = pb_service_last_line(service);
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
