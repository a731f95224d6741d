/* Whose code a frame is: by the directories that the caller knows, then by
   what directories are called.

   Trials run in <cache>/runs/run-XXXXXX/project, interpreters in
   <cache>/trees/N/run-N, whose library is Lib; results that are kept have
   "{project}", "{deps}" and "{cpython}" in their stead. pytest prints paths
   relative to where it runs, also with "..". */
#include "pybisect/traceback.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "verdict/scan.h"

/* --- paths -------------------------------------------------------------- */

/* Appends components without "." and "..", each after a slash; what goes up
   beyond the start is forgotten. */
static void
add_components(struct pb_buf *out, const char *path)
{
    while (*path != '\0') {
        size_t length = strcspn(path, "/");
        if (length == 2 && memcmp(path, "..", 2) == 0) {
            const char *slash = strrchr(out->data, '/');
            pb_buf_truncate(out,
                            slash == NULL ? 0 : (size_t)(slash - out->data));
        }
        else if (length > 0 && !(length == 1 && *path == '.')) {
            pb_buf_addch(out, '/');
            pb_buf_add(out, path, length);
        }
        path += length;
        path += strspn(path, "/");
    }
}

/* What is below a directory, or NULL. */
static const char *
below(const char *path, const char *directory)
{
    size_t length = directory == NULL ? 0 : strlen(directory);
    while (length > 1 && directory[length - 1] == '/') {
        length--;
    }
    return length > 0 && strncmp(path, directory, length) == 0 &&
                   path[length] == '/' && path[length + 1] != '\0'
               ? path + length + 1
               : NULL;
}

/* What follows the last "/name/", or NULL. */
static const char *
after_last(const char *path, const char *name)
{
    PB_AUTOFREE char *needle = pb_asprintf("/%s/", name);
    const char *found = NULL;
    for (const char *at = path; (at = strstr(at, needle)) != NULL; at++) {
        found = at + strlen(needle);
    }
    return found != NULL && *found != '\0' ? found : NULL;
}

/* What follows "/run-ANYTHING/name/", or NULL. */
static const char *
after_run(const char *path, const char *name)
{
    static const char run[] = "/run-";
    size_t length = strlen(name);
    for (const char *at = path; (at = strstr(at, run)) != NULL; at++) {
        const char *next = strchr(at + strlen(run), '/');
        if (next != NULL && strncmp(next + 1, name, length) == 0 &&
            next[1 + length] == '/' && next[2 + length] != '\0')
        {
            return next + length + 2;
        }
    }
    return NULL;
}

/* What follows "/lib/python3.12/" (also lib64, python312.zip), or NULL. */
static const char *
after_installed(const char *path)
{
    for (const char *at = path; (at = strstr(at, "/lib")) != NULL; at++) {
        const char *next = at + strlen("/lib");
        next += strncmp(next, "64", 2) == 0 ? 2 : 0;
        if (strncmp(next, "/python", 7) == 0 && pb_scan_is_digit(next[7])) {
            const char *rest = strchr(next + 7, '/');
            return rest != NULL && rest[1] != '\0' ? rest + 1 : NULL;
        }
    }
    return NULL;
}

static bool
starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* --- runners ------------------------------------------------------------ */

/* Below site-packages or a project's own directory of sources. */
static const struct {
    const char *path;   /* a directory or a file */
    const char *except; /* below it: the project's tests of it */
} runners[] = {
    {"_pytest/", NULL},
    {"pytest/", NULL},
    {"pytest.py", NULL},
    {"pluggy/", NULL},
    {"nose2/", "nose2/tests/"},
    {"nose/", NULL},
    {"twisted/trial/", "twisted/trial/test/"},
    {"django/test/", NULL},
    {"zope/testrunner/", "zope/testrunner/tests/"},
    {"testtools/", "testtools/tests/"},
    {"xdist/", NULL},
};

static bool
is_runner(const char *path)
{
    static const char *const sources[] = {"src/", "lib/", "Lib/"};
    for (size_t i = 0; i < PB_LENGTH(sources); i++) {
        if (starts(path, sources[i])) {
            path += strlen(sources[i]);
            break;
        }
    }
    for (size_t i = 0; i < PB_LENGTH(runners); i++) {
        if (starts(path, runners[i].path)) {
            return runners[i].except == NULL ||
                   !starts(path, runners[i].except);
        }
    }
    return false;
}

/* mock is what tests use, not what runs them. */
static bool
is_library_runner(const char *path)
{
    return (starts(path, "unittest/") && !starts(path, "unittest/mock.py")) ||
           strcmp(path, "unittest.py") == 0 || strcmp(path, "doctest.py") == 0;
}

/* --- packages ----------------------------------------------------------- */

/* Directories that several distributions share. */
static bool
is_namespace(const char *name, size_t length)
{
    static const char *const names[] = {"zope",   "google", "sphinxcontrib",
                                        "jaraco", "ruamel", "backports",
                                        "paste",  "repoze", "plone"};
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
        {
            return true;
        }
    }
    return false;
}

/* Length of a component without the suffix of a module's file. */
static size_t
module_length(const char *path)
{
    size_t length = strcspn(path, "/");
    if (path[length] == '\0') {
        size_t stem = strcspn(path, ".");
        return stem < length ? stem : length;
    }
    return length;
}

/* "six.py" gives "six", "zope/interface/ro.py" "zope.interface". */
static char *
package_of(const char *path)
{
    size_t first = module_length(path);
    if (path[first] == '/' && is_namespace(path, first)) {
        const char *second = path + first + 1;
        return pb_asprintf("%.*s.%.*s", (int)first, path,
                           (int)module_length(second), second);
    }
    return pb_strndup(path, first);
}

/* Eggs are directories of their own below site-packages. */
static const char *
without_egg(const char *path)
{
    size_t length = strcspn(path, "/");
    bool egg = length > 4 && path[length] == '/' &&
               strncmp(path + length - 4, ".egg", 4) == 0;
    return egg ? path + length + 1 : path;
}

/* --- homes -------------------------------------------------------------- */

static void
settle(struct pb_frame_home *out, enum pb_home kind, const char *path)
{
    out->library = kind == PB_HOME_STDLIB;
    if (out->library ? is_library_runner(path) : is_runner(path)) {
        kind = PB_HOME_RUNNER;
    }
    out->kind = kind;
    out->path = pb_strdup(path);
    out->package = kind == PB_HOME_DEPENDENCY ? package_of(path) : NULL;
}

/* "<frozen importlib._bootstrap>" is Lib/importlib/_bootstrap.py; any other
   such name is no file. */
static void
settle_no_file(struct pb_frame_home *out, const char *path)
{
    static const char frozen[] = "<frozen ";
    out->path = pb_strdup(path);
    if (!starts(path, frozen)) {
        return;
    }
    size_t length = strcspn(path + strlen(frozen), ">");
    free(out->path);
    out->path = pb_asprintf("%.*s.py", (int)length, path + strlen(frozen));
    for (char *c = out->path; c < out->path + length; c++) {
        *c = *c == '.' ? '/' : *c;
    }
    out->kind = PB_HOME_STDLIB;
    out->library = true;
}

/* Below a tree or prefix of the interpreter's: its library, or the rest. */
static const char *
in_python(const char *path, const char *python)
{
    const char *rest = below(path, python);
    if (rest == NULL) {
        return NULL;
    }
    const char *installed = after_installed(path);
    return starts(rest, "Lib/") && rest[4] != '\0' ? rest + 4
           : installed != NULL                     ? installed
                                                   : rest;
}

/* The last two components; one where the directory's name is a temporary
   one. */
static const char *
last_components(const char *path)
{
    const char *base = strrchr(path, '/');
    const char *start = base;
    while (start > path && start[-1] != '/') {
        start--;
    }
    bool temporary = strstr(path, "/tmp/") != NULL;
    return temporary || start == path || start == base ? base + 1 : start;
}

static void
settle_file(struct pb_frame_home *out, const char *path,
            const struct pb_trace_places *places)
{
    const char *rest = NULL;
    if ((rest = after_last(path, "site-packages")) != NULL ||
        (rest = after_last(path, "dist-packages")) != NULL ||
        (rest = below(path, places->deps)) != NULL)
    {
        settle(out, PB_HOME_DEPENDENCY, without_egg(rest));
    }
    else if ((rest = below(path, places->project)) != NULL ||
             (rest = after_run(path, "project")) != NULL)
    {
        settle(out, PB_HOME_PROJECT, rest);
    }
    else if ((rest = in_python(path, places->python)) != NULL ||
             (rest = after_run(path, "Lib")) != NULL ||
             (rest = after_installed(path)) != NULL)
    {
        settle(out, PB_HOME_STDLIB, rest);
    }
    else if ((rest = after_last(path, "trial")) != NULL &&
             strcmp(rest, "reporter.py") == 0)
    {
        settle(out, PB_HOME_RUNNER, "reporter.py");
    }
    else if (strcmp(last_components(path), "pybisect/reporter.py") == 0) {
        settle(out, PB_HOME_RUNNER, "reporter.py");
    }
    else if ((rest = after_last(path, "deps")) != NULL) {
        settle(out, PB_HOME_DEPENDENCY, without_egg(rest));
    }
    else {
        settle(out, PB_HOME_PROJECT, last_components(path));
    }
}

/* "memory:0x7f1200", "template.html": names that someone's compile() was
   given. */
static bool
is_file_name(const char *path)
{
    const char *dot = strrchr(path, '.');
    return strchr(path, '/') != NULL ||
           (dot != NULL && (starts(dot, ".py") || starts(dot, ".c") ||
                            strcmp(dot, ".h") == 0));
}

void
pb_frame_home_of(const char *path, const struct pb_trace_places *places,
                 struct pb_frame_home *out)
{
    static const struct pb_trace_places nowhere = {NULL, NULL, NULL};
    static const struct pb_trace_places named = {"/{project}", "/{deps}",
                                                 "/{cpython}"};
    PB_AUTO(pb_buf) struct pb_buf whole = PB_BUF_INIT;
    places = places == NULL ? &nowhere : places;
    *out = (struct pb_frame_home)PB_FRAME_HOME_INIT;
    if (*path == '{' && strchr(path, '/') != NULL) {
        add_components(&whole, path);
        settle_file(out, whole.data, &named);
        return;
    }
    if (*path == '<' || !is_file_name(path)) {
        settle_no_file(out, path);
        return;
    }
    bool inside = *path != '/' && !starts(path, "../");
    if (*path != '/' && places->project != NULL) {
        add_components(&whole, places->project);
    }
    add_components(&whole, path);
    if (whole.len == 0) {
        settle_no_file(out, path);
    }
    else if (inside && places->project == NULL) {
        settle(out, PB_HOME_PROJECT, whole.data + 1);
    }
    else {
        settle_file(out, whole.data, places);
    }
}

void
pb_frame_home_clear(struct pb_frame_home *home)
{
    free(home->path);
    free(home->package);
    *home = (struct pb_frame_home)PB_FRAME_HOME_INIT;
}
