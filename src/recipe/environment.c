/* What a project's tests may know of their surroundings: a fixed set of
   variables, so that a run does not depend on whose shell started it and no
   token of ours reaches foreign code. */
#include "recipe/environment.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/json.h"
#include "pybisect/process.h"

/* Of our own environment, these alone. */
static const char *const passed_on[] = {"PATH", "USER", "LOGNAME"};

static const char *const fixed[] = {
    "LANG=C.UTF-8",       "TZ=UTC",
    "TERM=dumb",          "PYTHONHASHSEED=0",
    "PYTHONNOUSERSITE=1", "PYTHONFAULTHANDLER=1",
    "PIP_NO_INDEX=1",     "ASAN_OPTIONS=detect_leaks=0",
};

struct pb_json *
pb_environment_fixed(void)
{
    PB_AUTO(pb_strv) struct pb_strv variables = PB_STRV_INIT;
    PB_AUTOFREE char *mask = pb_asprintf("%03o", PB_PROCESS_UMASK);
    struct pb_json *json = pb_json_object();
    for (size_t i = 0; i < PB_LENGTH(fixed); i++) {
        pb_strv_add(&variables, fixed[i]);
    }
    pb_json_set(json, "variables", pb_json_strings(&variables));
    pb_json_set(json, "umask", pb_json_string(mask));
    return json;
}

void
pb_environment_set(struct pb_strv *environment, char *entry)
{
    size_t length = (size_t)(strchr(entry, '=') - entry) + 1;
    for (size_t i = 0; i < environment->len; i++) {
        if (strncmp(environment->items[i], entry, length) == 0) {
            free(environment->items[i]);
            environment->items[i] = entry;
            return;
        }
    }
    pb_strv_take(environment, entry);
}

static const char *
get_variable(const struct pb_strv *environment, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < environment->len; i++) {
        const char *entry = environment->items[i];
        if (strncmp(entry, name, length) == 0 && entry[length] == '=') {
            return entry + length + 1;
        }
    }
    return NULL;
}

/* The last "-3.13" of "build/lib.linux-x86_64-3.13-pydebug". */
static bool
parse_version(const char *text, int *out_major, int *out_minor)
{
    bool found = false;
    for (const char *at = strchr(text, '-'); at != NULL;
         at = strchr(at + 1, '-')) {
        int major = 0;
        int minor = 0;
        if (isdigit((unsigned char)at[1]) &&
            sscanf(at + 1, "%2d.%3d", &major, &minor) == 2)
        {
            *out_major = major;
            *out_minor = minor;
            found = true;
        }
    }
    return found;
}

/* PYTHONPYCACHEPREFIX came with 3.8. A build tree says its version in a
   file beside the executable; asking the interpreter takes as long as many a
   test. */
static bool
knows_cache_prefix(const char *python)
{
    PB_AUTOFREE char *directory =
        pb_strndup(python, (size_t)(pb_path_base(python) - python));
    PB_AUTOFREE char *path = pb_path_join(directory, "pybuilddir.txt");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    int major = 0;
    int minor = 0;
    return pb_fs_read(path, 4096, &text, &ignored) == 0 &&
           parse_version(text.data, &major, &minor) &&
           (major > 3 || (major == 3 && minor >= 8));
}

/* Bytecode stays out of all trees: magic numbers do not change with every
   revision that changes bytecode. */
static void
add_bytecode(const struct pb_workspace *workspace, struct pb_strv *out)
{
    if (knows_cache_prefix(workspace->python)) {
        pb_strv_addf(out, "PYTHONPYCACHEPREFIX=%s/pycache",
                     workspace->directory);
    }
    else {
        pb_strv_add(out, "PYTHONDONTWRITEBYTECODE=1");
    }
}

static void
add_dependencies(const struct pb_workspace *workspace, struct pb_strv *out)
{
    const struct pb_project *project = workspace->project;
    PB_AUTO(pb_strv) struct pb_strv path = PB_STRV_INIT;
    const char *own = get_variable(out, "PYTHONPATH");
    if (own != NULL && own[0] != '\0') {
        pb_strv_add(&path, own);
    }
    pb_strv_add_all(&path, &project->laid_out);
    if (project->deps != NULL) {
        pb_strv_add(&path, project->deps);
    }
    if (path.len > 0) {
        PB_AUTOFREE char *joined = pb_strv_join(&path, ":");
        pb_environment_set(out, pb_asprintf("PYTHONPATH=%s", joined));
    }
}

void
pb_environment_begin(const char *home, const char *tmp, struct pb_strv *out)
{
    pb_strv_add(out, "PATH=/usr/local/bin:/usr/bin:/bin");
    for (size_t i = 0; i < PB_LENGTH(passed_on); i++) {
        const char *value = getenv(passed_on[i]);
        if (value != NULL) {
            pb_environment_set(out, pb_asprintf("%s=%s", passed_on[i], value));
        }
    }
    for (size_t i = 0; i < PB_LENGTH(fixed); i++) {
        pb_strv_add(out, fixed[i]);
    }
    pb_strv_addf(out, "HOME=%s", home);
    pb_strv_addf(out, "TMPDIR=%s", tmp);
}

void
pb_environment_fill(struct pb_workspace *workspace)
{
    PB_AUTO(pb_strv) struct pb_strv list = PB_STRV_INIT;
    PB_AUTOFREE char *home = pb_path_join(workspace->directory, "home");
    pb_environment_begin(home, workspace->tmp, &list);
    add_bytecode(workspace, &list);

    const struct pb_strv *own = &workspace->project->recipe->environment;
    for (size_t i = 0; i < own->len; i++) {
        pb_environment_set(&list,
                           pb_workspace_expand(workspace, own->items[i]));
    }
    add_dependencies(workspace, &list);
    pb_strv_add_all(&workspace->environment, &list);
}
