/* Whose failure one is. What the machine lacks comes first, for it may show
   anywhere; a crash is the interpreter's; else the innermost frame outside of
   the standard library and the runner decides. */
#include "pybisect/blame.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

const char *
pb_blame_who_name(enum pb_blame_who who)
{
    switch (who) {
    case PB_BLAME_UNKNOWN:
        break;
    case PB_BLAME_PROJECT:
        return "project";
    case PB_BLAME_DEPENDENCY:
        return "dependency";
    case PB_BLAME_CPYTHON:
        return "cpython";
    case PB_BLAME_RUNNER:
        return "runner";
    case PB_BLAME_ENVIRONMENT:
        return "environment";
    }
    return "unknown";
}

/* --- the environment ---------------------------------------------------- */

static const char *const lacks[] = {
    "connection refused",
    "no space left on device",
    "disk quota exceeded",
    "permission denied",
    "operation not permitted",
    "read-only file system",
    "too many open files",
    "cannot allocate memory",
    "address already in use",
    "cannot assign requested address",
    "temporary failure in name resolution",
    "name or service not known",
    "could not translate host name",
    "network is unreachable",
    "no route to host",
    "can't connect to ",
    "could not connect to server",
};

/* A program that is not there is started by subprocess; one of Python's own
   may have been removed by the commit. */
static bool
is_missing_program(const struct pb_result *result,
                   const struct pb_traceback *trace)
{
    static const char said[] = "No such file or directory: '";
    static const char *const own[] = {"python", "pip",  "pydoc",
                                      "idle",   "2to3", "pyvenv"};
    const char *found =
        result->message == NULL ? NULL : strstr(result->message, said);
    if (found == NULL || trace->len == 0) {
        return false;
    }
    const struct pb_frame *last = &trace->items[trace->len - 1];
    if (last->function == NULL ||
        strcmp(last->function, "_execute_child") != 0) {
        return false;
    }
    const char *program = found + strlen(said);
    for (size_t i = 0; i < PB_LENGTH(own); i++) {
        if (strncmp(program, own[i], strlen(own[i])) == 0) {
            return false;
        }
    }
    return program[strcspn(program, "/'")] != '/'; /* a path is data */
}

/* An assertion quotes what it compares. */
static bool
is_assertion(const struct pb_result *result)
{
    return result->type != NULL && (strstr(result->type, "Assert") != NULL ||
                                    strstr(result->type, "FailTest") != NULL);
}

static bool
is_environment(const struct pb_result *result,
               const struct pb_traceback *trace)
{
    if (result->message == NULL || is_assertion(result)) {
        return false;
    }
    for (size_t i = 0; i < PB_LENGTH(lacks); i++) {
        if (strcasestr(result->message, lacks[i]) != NULL) {
            return true;
        }
    }
    return is_missing_program(result, trace);
}

/* --- frames ------------------------------------------------------------- */

static char *
describe(const struct pb_frame *frame, const char *path)
{
    bool named = frame->function != NULL;
    PB_AUTOFREE char *line =
        frame->line > 0 ? pb_asprintf(":%d", frame->line) : pb_strdup("");
    return pb_asprintf("%s%s%s%s", path, line, named ? ", in " : "",
                       named ? frame->function : "");
}

/* `python -c` and what is piped into it: the command itself. */
static bool
is_command(const struct pb_frame *frame)
{
    return strcmp(frame->path, "<string>") == 0 ||
           strcmp(frame->path, "<stdin>") == 0;
}

/* The innermost frame that has a home, of a traceback without a deciding
   one. */
static void
blame_innermost(const struct pb_traceback *trace,
                const struct pb_trace_places *places, struct pb_blame *out)
{
    for (size_t i = trace->len; i-- > 0 && out->who == PB_BLAME_UNKNOWN;) {
        PB_AUTO(pb_frame_home) struct pb_frame_home home = PB_FRAME_HOME_INIT;
        pb_frame_home_of(trace->items[i].path, places, &home);
        if (home.kind == PB_HOME_NONE) {
            continue;
        }
        out->who =
            home.kind == PB_HOME_RUNNER ? PB_BLAME_RUNNER : PB_BLAME_CPYTHON;
        out->where = describe(&trace->items[i], home.path);
    }
}

static void
blame_frames(const struct pb_traceback *trace,
             const struct pb_trace_places *places, struct pb_blame *out)
{
    PB_AUTO(pb_frame_home) struct pb_frame_home home = PB_FRAME_HOME_INIT;
    size_t index = pb_traceback_decisive(trace, places, &home);
    if (index != PB_NO_FRAME) {
        out->who = home.kind == PB_HOME_DEPENDENCY ? PB_BLAME_DEPENDENCY
                                                   : PB_BLAME_PROJECT;
        out->package = home.package;
        home.package = NULL;
        out->where = describe(&trace->items[index], home.path);
    }
    else if (trace->len > 0 && is_command(&trace->items[0])) {
        out->who = PB_BLAME_PROJECT;
        out->where = describe(&trace->items[0], trace->items[0].path);
    }
    else {
        blame_innermost(trace, places, out);
    }
}

/* The frames say where it showed, not who is to blame. */
static void
blame_in_spite(enum pb_blame_who who, struct pb_blame *out)
{
    out->who = who;
    free(out->package);
    out->package = NULL;
}

void
pb_blame_of(const struct pb_result *result,
            const struct pb_trace_places *places, struct pb_blame *out)
{
    *out = (struct pb_blame)PB_BLAME_INIT;
    if (result == NULL || !pb_outcome_failed(result->outcome)) {
        return;
    }
    PB_AUTO(pb_traceback) struct pb_traceback trace = PB_TRACEBACK_INIT;
    pb_traceback_parse(result->trace, &trace);
    bool crashed = result->outcome == PB_OUTCOME_CRASHED;
    if (!crashed || trace.dump) {
        blame_frames(&trace, places, out);
    }
    if (crashed) {
        blame_in_spite(PB_BLAME_CPYTHON, out);
    }
    else if (is_environment(result, &trace)) {
        blame_in_spite(PB_BLAME_ENVIRONMENT, out);
    }
}

void
pb_blame_clear(struct pb_blame *blame)
{
    free(blame->package);
    free(blame->where);
    *blame = (struct pb_blame)PB_BLAME_INIT;
}
