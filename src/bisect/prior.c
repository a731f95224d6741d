/* How likely each candidate is to be the culprit, by what its commit touches:
   files that the failing tests went through or import, and what else ties a
   commit to a failure (evidence.h). A hint, not a proof: belief.h mixes it
   with an even prior. */
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/evidence.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/map.h"
#include "pybisect/session.h"

/* Added to the weight of one that every candidate has. */
#define WEIGHT_IMPORTED 3
#define WEIGHT_TRACEBACK 10
#define WEIGHT_EVIDENCE 30

#define SOURCES_MOST 64    /* files of the project that are read */
#define EVIDENCE_MOST 1500 /* candidates whose changes are read */
#define MODULE_LONGEST 200
#define QUOTED_SHORTEST 2

/* What the failures speak of. */
struct hints {
    const struct pb_session *session;
    char *project;
    struct pb_trace_places places;
    struct pb_map *library; /* "Lib/json/decoder.py": in a traceback */
    struct pb_map *modules; /* "json": imported */
    struct pb_map *quoted;  /* "json": between quotes in a message */
    struct pb_map *sources; /* files of the project that were read */
};

static void
hints_clear(struct hints *hints)
{
    free(hints->project);
    pb_map_free(hints->library);
    pb_map_free(hints->modules);
    pb_map_free(hints->quoted);
    pb_map_free(hints->sources);
}
PB_DEFINE_AUTO_CLEAR(hints, struct hints, hints_clear)

static void
add(struct pb_map *set, const char *name)
{
    pb_map_set(set, name, set);
}

static bool
has(const struct pb_map *set, const char *name)
{
    return pb_map_get(set, name) != NULL;
}

/* --- imports --------------------------------------------------------- */

static bool
is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/* The first word, up to its first dot. Returns what follows the word. */
static const char *
add_module(struct hints *hints, const char *text)
{
    char name[MODULE_LONGEST];
    size_t length = 0;
    while (is_name(text[length])) {
        length++;
    }
    size_t top = strcspn(text, ".");
    top = top < length ? top : length;
    if (top > 0 && top < sizeof(name)) {
        memcpy(name, text, top);
        name[top] = '\0';
        add(hints->modules, name);
    }
    return text + length;
}

/* "import a, b.c as d", "from x import y". */
static void
add_imports_of_line(struct hints *hints, const char *line)
{
    line += strspn(line, " \t");
    if (strncmp(line, "from ", 5) == 0) {
        add_module(hints, line + 5 + strspn(line + 5, " "));
        return;
    }
    if (strncmp(line, "import ", 7) != 0) {
        return;
    }
    line += 7;
    for (;;) {
        line += strspn(line, " \t");
        line = add_module(hints, line);
        line += strcspn(line, ",\n");
        if (*line != ',') {
            return;
        }
        line++;
    }
}

/* Where the project's files are, or the bare command's. */
static const char *
root_of(const struct pb_session *session)
{
    return session->project.source != NULL ? session->project.source
                                           : session->plan->directory;
}

/* Names of files are what foreign code says: only those below the root. */
static void
read_source(struct hints *hints, const char *path)
{
    const char *root = root_of(hints->session);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_map_size(hints->sources) >= SOURCES_MOST || root == NULL ||
        !pb_fs_stays_below(root, path) || has(hints->sources, path))
    {
        return;
    }
    add(hints->sources, path);
    if (pb_fs_read(path, PB_LIMIT_TOUCHED_BLOB, &text, &ignored) < 0) {
        return;
    }
    for (const char *line = text.data; line != NULL;) {
        add_imports_of_line(hints, line);
        const char *end = strchr(line, '\n');
        line = end == NULL ? NULL : end + 1;
    }
}

/* "tests.test_x.Case.test_y": the longest part that is a file. */
static void
read_test(struct hints *hints, const char *id)
{
    const char *root = root_of(hints->session);
    PB_AUTOFREE char *path = pb_strdup(id);
    for (char *at = path; *at != '\0'; at++) {
        *at = *at == '.' ? '/' : *at;
    }
    for (char *end = strrchr(path, '/'); root != NULL && end != NULL;
         end = strrchr(path, '/'))
    {
        *end = '\0';
        PB_AUTOFREE char *file = pb_asprintf("%s/%s.py", root, path);
        if (pb_fs_exists(file)) {
            read_source(hints, file);
            return;
        }
    }
}

/* --- tracebacks --------------------------------------------------------- */

static void
read_frame_of_project(struct hints *hints, const char *path)
{
    static const char project[] = "{project}/";
    const struct pb_session *session = hints->session;
    if (strncmp(path, project, strlen(project)) == 0) {
        if (session->project.source != NULL) {
            PB_AUTOFREE char *file =
                pb_path_join(session->project.source, path + strlen(project));
            read_source(hints, file);
        }
    }
    else if (path[0] == '/') {
        read_source(hints, path);
    }
    else if (session->plan->directory != NULL) {
        PB_AUTOFREE char *file = pb_path_join(session->plan->directory, path);
        read_source(hints, file);
    }
}

static void
add_frame(struct hints *hints, const struct pb_frame *frame)
{
    PB_AUTO(pb_frame_home) struct pb_frame_home home = PB_FRAME_HOME_INIT;
    pb_frame_home_of(frame->path, &hints->places, &home);
    if (home.kind == PB_HOME_STDLIB && home.path != NULL) {
        PB_AUTOFREE char *path = pb_asprintf("Lib/%s", home.path);
        add(hints->library, path);
    }
    else if (home.kind == PB_HOME_PROJECT && frame->path != NULL) {
        read_frame_of_project(hints, frame->path);
    }
}

/* "No module named 'asyncore'", "module 'imp' has no attribute 'x'". */
static void
add_quoted(struct hints *hints, const char *text)
{
    for (const char *at = text; at != NULL && (at = strchr(at, '\'')) != NULL;)
    {
        size_t length = 0;
        at++;
        while (is_name(at[length])) {
            length++;
        }
        if (at[length] == '\'' && length >= QUOTED_SHORTEST &&
            length < MODULE_LONGEST) {
            PB_AUTOFREE char *name = pb_strndup(at, strcspn(at, ".'"));
            add(hints->quoted, name);
            at += length + 1;
        }
    }
}

static void
add_failure(struct hints *hints, const struct pb_result *failure)
{
    PB_AUTO(pb_traceback) struct pb_traceback trace = PB_TRACEBACK_INIT;
    if (failure == NULL) {
        return;
    }
    pb_traceback_parse(failure->trace, &trace);
    add_quoted(hints, failure->message);
    for (size_t i = 0; i < trace.len; i++) {
        add_frame(hints, &trace.items[i]);
    }
    if (!pb_result_is_pseudo(failure->id)) {
        read_test(hints, failure->id);
    }
}

/* --- candidates --------------------------------------------------------- */

/* "json" of "Lib/json/decoder.py", "Lib/json.py", "Modules/_json.c",
   "Modules/_json/x.c", "Modules/jsonmodule.c"; "" of other paths. */
static void
module_of(const char *path, char out[MODULE_LONGEST])
{
    static const char suffix[] = "module";
    const char *name = NULL;
    out[0] = '\0';
    if (strncmp(path, "Lib/", 4) == 0) {
        name = path + 4;
    }
    else if (strncmp(path, "Modules/", 8) == 0) {
        name = path + 8;
        name += strncmp(name, "clinic/", 7) == 0 ? 7 : 0;
        name += *name == '_';
    }
    size_t length = name == NULL ? 0 : strcspn(name, "/.");
    if (length == 0 || length >= MODULE_LONGEST) {
        return;
    }
    memcpy(out, name, length);
    out[length] = '\0';
    size_t cut = strlen(suffix);
    if (path[0] == 'M' && length > cut &&
        strcmp(out + length - cut, suffix) == 0) {
        out[length - cut] = '\0';
    }
}

struct weighing {
    const struct hints *hints;
    double weight;
};

static int
weigh_path(const struct pb_tree_entry *entry, void *context,
           struct pb_error *err)
{
    struct weighing *weighing = context;
    char module[MODULE_LONGEST];
    (void)err;
    if (pb_fingerprint_role(entry->path, false) == PB_PATH_IGNORED) {
        return 0;
    }
    module_of(entry->path, module);
    if ((has(weighing->hints->library, entry->path) ||
         (module[0] != '\0' && has(weighing->hints->quoted, module))) &&
        weighing->weight < WEIGHT_TRACEBACK)
    {
        weighing->weight = WEIGHT_TRACEBACK;
    }
    else if (module[0] != '\0' && has(weighing->hints->modules, module) &&
             weighing->weight < WEIGHT_IMPORTED)
    {
        weighing->weight = WEIGHT_IMPORTED;
    }
    return 0;
}

static bool
has_evidence(const struct hints *hints, const struct pb_oid *commit,
             const struct pb_result *const *failures, size_t nfailures)
{
    PB_AUTO(pb_touched) struct pb_touched touched = PB_TOUCHED_INIT;
    PB_AUTO(pb_evidence) struct pb_evidence evidence = PB_EVIDENCE_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_touched_load(hints->session->repo, commit, &touched, &ignored) < 0)
    {
        return false;
    }
    pb_evidence_find(&touched, failures, nfailures, &hints->places, &evidence);
    return evidence.reasons.len > 0;
}

/* What cannot be read of a commit adds nothing. */
static double
weigh_commit(const struct hints *hints, const struct pb_oid *commit,
             const struct pb_result *const *failures, size_t nfailures,
             bool closely)
{
    struct weighing weighing = {.hints = hints};
    PB_AUTO(pb_oid_list) struct pb_oid_list parents = {.items = NULL};
    struct pb_error ignored = PB_ERROR_INIT;
    if (closely && has_evidence(hints, commit, failures, nfailures)) {
        return WEIGHT_EVIDENCE;
    }
    if (pb_repo_parents(hints->session->repo, commit, &parents, &ignored) <
            0 ||
        parents.len == 0 ||
        pb_repo_changes(hints->session->repo, &parents.items[0], commit,
                        weigh_path, &weighing, &ignored) < 0)
    {
        return 0;
    }
    return weighing.weight;
}

static void
hints_init(struct hints *hints, const struct pb_session *session)
{
    hints->session = session;
    hints->library = pb_map_new(NULL);
    hints->modules = pb_map_new(NULL);
    hints->quoted = pb_map_new(NULL);
    hints->sources = pb_map_new(NULL);
    if (session->plan->command.len > 0) {
        hints->project = pb_strdup(session->plan->directory);
    }
    else if (session->workspace.path != NULL) {
        hints->project = pb_asprintf("%s/project", session->workspace.path);
    }
    hints->places.project = hints->project;
    hints->places.deps = session->project.deps;
}

void
pb_session_weigh(void *context, const struct pb_result *const *failures,
                 size_t nfailures, double *weights)
{
    const struct pb_session *session = context;
    const struct pb_candidates *candidates = &session->candidates;
    PB_AUTO(hints) struct hints hints = {.project = NULL};
    hints_init(&hints, session);
    for (size_t i = 0; i < nfailures; i++) {
        add_failure(&hints, failures[i]);
    }
    for (size_t i = 0; i < candidates->len; i++) {
        const struct pb_oid *commit =
            &session->range.commits.items[candidates->items[i].commit];
        if (pb_cancelled(session->cancel)) {
            return;
        }
        weights[i] += weigh_commit(&hints, commit, failures, nfailures,
                                   candidates->len <= EVIDENCE_MOST);
    }
}
