/* Reasons found at the end of a log. */
#include "trial/log.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "trial/exception.h"

#define FIRST_CRASH_STATUS 128

/* Lines that may follow a traceback which still explains the end. */
#define MOST_AFTER_TRACE 15

#define LINES_WITHOUT_HEAD 4

void
pb_log_load(const char *path, struct pb_buf *out)
{
    PB_AUTO(pb_buf) struct pb_buf tail = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    if (path != NULL &&
        pb_fs_read_tail(path, PB_LIMIT_LOG_TAIL, &tail, &ignored) == 0)
    {
        pb_text_plain(tail.data, tail.len, out);
    }
}

enum pb_outcome
pb_log_outcome(const struct pb_process_result *run)
{
    switch (run->end) {
    case PB_PROCESS_EXITED:
        if (run->status == 0) {
            return PB_OUTCOME_PASS;
        }
        return run->status < FIRST_CRASH_STATUS ? PB_OUTCOME_FAIL
                                                : PB_OUTCOME_CRASHED;
    case PB_PROCESS_SIGNALLED:
        return PB_OUTCOME_CRASHED;
    case PB_PROCESS_TIMED_OUT:
    case PB_PROCESS_CANCELLED:
    case PB_PROCESS_BOUNDED:
        break;
    }
    return PB_OUTCOME_HUNG;
}

/* Where the last `count` non-empty lines start. */
static size_t
last_lines_start(struct pb_span log, size_t count)
{
    size_t start = log.length;
    size_t end = log.length;
    while (end > 0 && count > 0) {
        const char *newline = memrchr(log.data, '\n', end);
        size_t line = newline == NULL ? 0 : (size_t)(newline - log.data) + 1;
        struct pb_span text = {log.data + line, end - line};
        if (pb_span_trim(text).length > 0) {
            start = line;
            count--;
        }
        end = newline == NULL ? 0 : line - 1;
    }
    return start;
}

char *
pb_log_last_lines(struct pb_span log, size_t count)
{
    struct pb_span rest = pb_span_from(log, last_lines_start(log, count));
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    struct pb_span line;
    while (pb_span_line(&rest, &line)) {
        if (pb_span_trim(line).length > 0) {
            pb_buf_addf(&out, "%s%.*s", out.len > 0 ? "\n" : "",
                        (int)line.length, line.data);
        }
    }
    return pb_buf_take(&out);
}

/* Runners print dots without ending the line. */
static struct pb_span
find_fatal(struct pb_span line)
{
    struct pb_span fatal = pb_span_find(line, "Fatal Python error: ");
    if (fatal.length > 0) {
        return fatal;
    }
    if (!pb_span_ends(line, " failed.") ||
        pb_span_find(line, ": Assertion `").length == 0)
    {
        return (struct pb_span){line.data, 0};
    }
    while (pb_span_starts(line, ".")) {
        line = pb_span_from(line, 1);
    }
    return line;
}

/* gcc and clang: "file.c:12:3: error: ..."; ld: "undefined reference". */
static struct pb_span
find_compiler_error(struct pb_span line)
{
    static const char *const marks[] = {
        ": error: ", ": fatal error: ", ": undefined reference to "};
    for (size_t i = 0; i < PB_LENGTH(marks); i++) {
        if (pb_span_find(line, marks[i]).length > 0) {
            return line;
        }
    }
    return (struct pb_span){line.data, 0};
}

/* What `find` finds first in a line of *rest, which is moved behind it. */
static bool
next_match(struct pb_span *rest, struct pb_span (*find)(struct pb_span),
           struct pb_span *out)
{
    struct pb_span line;
    while (pb_span_line(rest, &line)) {
        struct pb_span found = find(line);
        if (found.length > 0) {
            *out = found;
            return true;
        }
    }
    return false;
}

void
pb_log_describe_crash(struct pb_span log, const struct pb_process_result *run,
                      struct pb_result *result)
{
    struct pb_span fatal = {NULL, 0};
    struct pb_span found;
    struct pb_span rest = log;
    while (next_match(&rest, find_fatal, &found)) {
        /* An assertion comes before the "Fatal Python error: Aborted" that
           it causes, and says more. */
        if (fatal.data == NULL || !pb_span_ends(found, ": Aborted")) {
            fatal = found;
        }
    }
    if (fatal.data == NULL) {
        char text[PB_PROCESS_TEXT];
        PB_AUTOFREE char *last = pb_log_last_lines(log, PB_LOG_LINES);
        pb_result_describe(result, NULL, pb_process_describe(run, text), last);
        return;
    }
    PB_AUTOFREE char *message = pb_span_dup(fatal);
    PB_AUTOFREE char *trace =
        pb_span_dup(pb_span_from(log, (size_t)(fatal.data - log.data)));
    pb_result_describe(result, NULL, message, trace);
}

static size_t
count_lines(struct pb_span text)
{
    size_t count = 0;
    struct pb_span line;
    while (pb_span_line(&text, &line)) {
        count += pb_span_trim(line).length > 0;
    }
    return count;
}

/* Where the traceback starts that ends at the end of `text`. What a compiler
   says of a syntax error has no head line. */
static size_t
trace_start(struct pb_span text)
{
    size_t start = last_lines_start(text, LINES_WITHOUT_HEAD);
    struct pb_span rest = text;
    struct pb_span line;
    while (pb_span_line(&rest, &line)) {
        if (pb_span_starts(line, "Traceback (most recent call last):")) {
            start = (size_t)(line.data - text.data);
        }
    }
    return start;
}

/* The last traceback, if it is near the end. */
static bool
find_last_trace(struct pb_span log, struct pb_exception *found,
                struct pb_span *out_trace)
{
    if (!pb_exception_find(log.data, log.length, found)) {
        return false;
    }
    size_t end = (size_t)(found->message - log.data) + found->message_length;
    if (count_lines(pb_span_from(log, end)) > MOST_AFTER_TRACE) {
        return false;
    }
    size_t start = trace_start((struct pb_span){log.data, end});
    *out_trace = (struct pb_span){log.data + start, end - start};
    return true;
}

static struct pb_span
find_stack(struct pb_span line)
{
    if (!pb_span_ends(line, "(most recent call first):")) {
        return (struct pb_span){line.data, 0};
    }
    struct pb_span current = pb_span_find(line, "Current thread 0x");
    return current.length > 0 ? current : pb_span_find(line, "Thread 0x");
}

/* What faulthandler printed when we stopped it: all threads. */
static bool
find_stacks(struct pb_span log, struct pb_span *out)
{
    struct pb_span rest = log;
    struct pb_span first;
    if (!next_match(&rest, find_stack, &first)) {
        return false;
    }
    *out = pb_span_trim(pb_span_from(log, (size_t)(first.data - log.data)));
    return true;
}

/* Where our interrupt met it, if it said so. */
void
pb_log_describe_hang(struct pb_span log, const struct pb_process_result *run,
                     struct pb_result *result)
{
    char text[PB_PROCESS_TEXT];
    struct pb_exception found;
    struct pb_span span;
    PB_AUTOFREE char *trace =
        find_stacks(log, &span) || find_last_trace(log, &found, &span)
            ? pb_span_dup(span)
            : pb_log_last_lines(log, PB_LOG_LINES);
    pb_result_describe(result, NULL, pb_process_describe(run, text), trace);
}

void
pb_log_describe_failure(struct pb_span log, struct pb_result *result)
{
    struct pb_exception found;
    struct pb_span span;
    if (!find_last_trace(log, &found, &span)) {
        PB_AUTOFREE char *last = pb_log_last_lines(log, PB_LOG_LINES);
        pb_result_describe(result, NULL, last, NULL);
        return;
    }
    PB_AUTOFREE char *type =
        pb_span_dup((struct pb_span){found.type, found.type_length});
    PB_AUTOFREE char *message =
        pb_span_dup((struct pb_span){found.message, found.message_length});
    PB_AUTOFREE char *trace = pb_span_dup(span);
    pb_result_describe(result, type, message, trace);
}

void
pb_log_describe_step(struct pb_span log, struct pb_result *result)
{
    struct pb_span rest = log;
    struct pb_span line;
    if (!next_match(&rest, find_compiler_error, &line)) {
        pb_log_describe_failure(log, result);
        return;
    }
    PB_AUTOFREE char *message = pb_span_dup(line);
    PB_AUTOFREE char *trace =
        pb_span_dup(pb_span_from(log, (size_t)(line.data - log.data)));
    pb_result_describe(result, NULL, message, trace);
}
