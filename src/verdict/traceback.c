/* Frames out of what CPython itself prints.

   A line at a time, in one of these states. A traceback that stands in a
   message is not looked at, because after a message only the line that joins
   a chain, at the margin, leads to another traceback. */
#include "pybisect/traceback.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "verdict/frames.h"

#define CODE_BYTES 512 /* kept of a frame's source */

enum state {
    BEFORE,
    BODY,    /* frames, innermost last */
    MESSAGE, /* the exception and all that it says */
    CHAIN,   /* another exception follows */
    DUMP,    /* faulthandler's frames, innermost first */
    ASIDE,   /* other threads, parts of a group: not ours */
};

struct reading {
    struct pb_traceback *out;
    enum state state;
    bool group;   /* "  | " stands before each line */
    bool remote;  /* the frames of another process, re-raised in this one */
    bool doctest; /* the next "File" line is that of the docstring */
    bool current; /* the frames are of the thread that crashed */
};

/* --- what the files that read tracebacks share -------------------------- */

static char *
dup_or_null(struct pb_span span)
{
    return span.length == 0 ? NULL : pb_span_dup(span);
}

void
pb_frames_add(struct pb_traceback *trace, struct pb_span path, int line,
              struct pb_span function, struct pb_span code)
{
    PB_GROW(trace->items, trace->len, trace->cap);
    trace->items[trace->len++] = (struct pb_frame){
        .path = pb_span_dup(path),
        .function = dup_or_null(function),
        .line = line,
    };
    if (code.length > 0) {
        pb_frames_add_code(trace, code);
    }
}

void
pb_frames_drop(struct pb_traceback *trace)
{
    for (size_t i = 0; i < trace->len; i++) {
        free(trace->items[i].path);
        free(trace->items[i].function);
        free(trace->items[i].code);
    }
    trace->len = 0;
}

/* "    ~~^~~" points at the line above. */
static bool
is_marker(struct pb_span code)
{
    for (size_t i = 0; i < code.length; i++) {
        if (strchr("^~ -", code.data[i]) == NULL) {
            return false;
        }
    }
    return true;
}

void
pb_frames_add_code(struct pb_traceback *trace, struct pb_span code)
{
    code = pb_span_trim(code);
    if (trace->len == 0 || is_marker(code)) {
        return;
    }
    struct pb_frame *frame = &trace->items[trace->len - 1];
    size_t had = frame->code == NULL ? 0 : strlen(frame->code);
    if (had + code.length > CODE_BYTES) {
        return;
    }
    char *longer = had == 0 ? pb_span_dup(code)
                            : pb_asprintf("%s\n%.*s", frame->code,
                                          (int)code.length, code.data);
    free(frame->code);
    frame->code = longer;
}

int
pb_frames_number(struct pb_span *rest)
{
    int number = -1;
    while (rest->length > 0 && rest->data[0] >= '0' && rest->data[0] <= '9') {
        int digit = rest->data[0] - '0';
        number = number < 0 ? 0 : number;
        number =
            number > (INT_MAX - digit) / 10 ? INT_MAX : number * 10 + digit;
        *rest = pb_span_from(*rest, 1);
    }
    return number;
}

bool
pb_frames_is_chain(struct pb_span line)
{
    return pb_span_starts(line, "During handling of the above exception, "
                                "another exception occurred:") ||
           pb_span_starts(line, "The above exception was the direct cause "
                                "of the following exception:");
}

enum pb_file_line
pb_frames_parse_file(struct pb_span text, struct pb_span *out_path,
                     int *out_line, struct pb_span *out_function)
{
    static const char head[] = "File \"";
    static const char middle[] = "\", line ";
    if (!pb_span_starts(text, head)) {
        return PB_FILE_NONE;
    }
    struct pb_span path = pb_span_from(text, strlen(head));
    struct pb_span rest = pb_span_find(path, middle);
    if (rest.length == 0) {
        return PB_FILE_NONE;
    }
    path.length = (size_t)(rest.data - path.data);
    rest = pb_span_from(rest, strlen(middle));
    int line = pb_frames_number(&rest);
    if (line < 0 || path.length == 0) {
        return PB_FILE_NONE;
    }
    *out_path = path;
    *out_line = line;
    *out_function = (struct pb_span){rest.data, 0};
    if (pb_span_starts(rest, ", in ")) {
        *out_function = pb_span_trim(pb_span_from(rest, 5));
        return PB_FILE_FRAME;
    }
    if (pb_span_starts(rest, " in ")) {
        *out_function = pb_span_trim(pb_span_from(rest, 4));
        return PB_FILE_DUMP;
    }
    return rest.length == 0 ? PB_FILE_ALONE : PB_FILE_NONE;
}

/* --- compilers ---------------------------------------------------------- */

/* "src/x.c:12:3: error: ..." */
static bool
read_compiler_line(struct pb_span line, struct pb_traceback *out)
{
    static const struct pb_span none = {"", 0};
    struct pb_span rest = pb_span_find(line, ": error: ");
    if (rest.length == 0) {
        rest = pb_span_find(line, ": fatal error: ");
    }
    const char *colon = memchr(line.data, ':', line.length);
    if (rest.length == 0 || colon == NULL || colon == line.data) {
        return false;
    }
    struct pb_span path = {line.data, (size_t)(colon - line.data)};
    rest = pb_span_from(line, path.length + 1);
    int number = pb_frames_number(&rest);
    if (number < 0 || memchr(path.data, ' ', path.length) != NULL) {
        return false;
    }
    pb_frames_add(out, path, number, none, none);
    return true;
}

/* --- CPython ------------------------------------------------------------ */

/* What stands before the lines of an exception group's own traceback. */
static struct pb_span
without_margin(const struct reading *reading, struct pb_span line)
{
    if (reading->group && pb_span_starts(line, "  | ")) {
        return pb_span_from(line, 4);
    }
    return reading->group && pb_span_is(line, "  |") ? pb_span_from(line, 3)
                                                     : line;
}

static bool
read_head(struct reading *reading, struct pb_span line)
{
    static const char head[] = "Traceback (most recent call last):";
    bool group = pb_span_starts(
        line, "  + Exception Group Traceback (most recent call last):");
    if (!group && !pb_span_starts(line, head)) {
        return false;
    }
    pb_frames_drop(reading->out);
    reading->group = group;
    reading->doctest = false;
    reading->state = BODY;
    return true;
}

static bool
read_frame(struct reading *reading, struct pb_span line)
{
    struct pb_span path;
    struct pb_span function;
    int number = 0;
    if (!pb_span_starts(line, "  File \"")) {
        return false;
    }
    enum pb_file_line kind =
        pb_frames_parse_file(pb_span_from(line, 2), &path, &number, &function);
    if (kind != PB_FILE_FRAME && kind != PB_FILE_ALONE) {
        return false;
    }
    pb_frames_add(reading->out, path, number, function,
                  (struct pb_span){"", 0});
    return true;
}

static void
read_body(struct reading *reading, struct pb_span line)
{
    if (line.length == 0 || read_frame(reading, line) ||
        pb_span_is(line, "...") || pb_span_starts(line, "--- <exception"))
    {
        return;
    }
    if (pb_span_starts(line, "    ")) {
        pb_frames_add_code(reading->out, line);
    }
    else if (pb_span_starts(line, "  +-+-")) {
        reading->state = ASIDE;
    }
    else if (line.data[0] != ' ') {
        reading->state = MESSAGE;
        reading->doctest =
            pb_span_find(line, "Failed doctest test for ").length > 0;
    }
}

/* --- faulthandler ------------------------------------------------------- */

/* True on the line above a thread's frames. */
static bool
read_thread(struct reading *reading, struct pb_span line)
{
    bool current = pb_span_starts(line, "Current thread 0x") ||
                   pb_span_starts(line, "Current thread's");
    if (!current && !pb_span_starts(line, "Thread 0x")) {
        return false;
    }
    if (reading->current || pb_span_find(line, "C stack").length > 0) {
        reading->state = ASIDE;
        return true;
    }
    pb_frames_drop(reading->out);
    reading->current = current;
    reading->state = DUMP;
    return true;
}

static bool
read_dumped_frame(struct reading *reading, struct pb_span line)
{
    struct pb_span path;
    struct pb_span function;
    int number = 0;
    if (!pb_span_starts(line, "  File \"") ||
        pb_frames_parse_file(pb_span_from(line, 2), &path, &number,
                             &function) != PB_FILE_DUMP)
    {
        return false;
    }
    pb_frames_add(reading->out, path, number, function,
                  (struct pb_span){"", 0});
    return true;
}

static void
read_dump(struct reading *reading, struct pb_span line)
{
    if (pb_span_is(line, "  Garbage-collecting")) {
        reading->out->collecting = true;
    }
    else if (!read_thread(reading, line) &&
             !read_dumped_frame(reading, line) && line.length == 0)
    {
        /* Another thread may follow, and be the one. */
        reading->state = reading->current ? ASIDE : DUMP;
    }
}

static void
reverse(struct pb_traceback *trace)
{
    for (size_t i = 0; i < trace->len / 2; i++) {
        struct pb_frame frame = trace->items[i];
        trace->items[i] = trace->items[trace->len - 1 - i];
        trace->items[trace->len - 1 - i] = frame;
    }
}

/* --- all together ------------------------------------------------------- */

/* False: what follows is pytest's. */
static bool
read_first(struct reading *reading, struct pb_span line)
{
    if (read_head(reading, line) || read_thread(reading, line)) {
        return true;
    }
    if (read_frame(reading, line)) {
        reading->state = BODY;
    }
    else if (read_dumped_frame(reading, line)) {
        reading->state = DUMP;
    }
    else if (read_compiler_line(line, reading->out)) {
        reading->state = ASIDE;
    }
    else if (pb_span_ends(line, "RemoteTraceback:") ||
             pb_span_ends(line, "RemoteTraceback: "))
    {
        reading->remote = true;
    }
    else {
        return !pb_frames_is_pytest(line);
    }
    return true;
}

static bool
read_chain(struct reading *reading, struct pb_span line)
{
    if (reading->state == BEFORE || reading->state == DUMP ||
        !pb_frames_is_chain(line))
    {
        return false;
    }
    /* What another process raised is raised here once more, through frames
       that only fetch it. */
    reading->state = reading->remote && reading->out->len > 0 ? ASIDE : CHAIN;
    return true;
}

static void
read_next(struct reading *reading, struct pb_span line)
{
    line = without_margin(reading, line);
    if (read_chain(reading, line)) {
        return;
    }
    switch (reading->state) {
    case BODY:
        read_body(reading, line);
        break;
    case CHAIN:
        if (!read_head(reading, line) && pb_span_starts(line, "  File \"")) {
            pb_frames_drop(reading->out); /* its head was cut off */
            reading->state = BODY;
            read_body(reading, line);
        }
        break;
    case DUMP:
        read_dump(reading, line);
        break;
    case MESSAGE:
        if (reading->doctest && read_frame(reading, line)) {
            reading->doctest = false;
        }
        break;
    case BEFORE:
    case ASIDE:
        break;
    }
}

void
pb_traceback_parse(const char *text, struct pb_traceback *out)
{
    *out = (struct pb_traceback)PB_TRACEBACK_INIT;
    if (text == NULL) {
        return;
    }
    PB_AUTO(pb_buf) struct pb_buf plain = PB_BUF_INIT;
    pb_text_plain(text, strlen(text), &plain);
    struct pb_span rest = {plain.data, plain.len};
    struct pb_span line;
    struct reading reading = {.out = out, .state = BEFORE};
    while (pb_span_line(&rest, &line)) {
        if (reading.state != BEFORE) {
            read_next(&reading, line);
        }
        else if (!read_first(&reading, line)) {
            pb_frames_read_pytest((struct pb_span){plain.data, plain.len},
                                  out);
            return;
        }
        out->dump = out->dump || reading.state == DUMP;
    }
    if (out->dump) {
        reverse(out);
    }
}

void
pb_traceback_clear(struct pb_traceback *trace)
{
    pb_frames_drop(trace);
    free(trace->items);
    *trace = (struct pb_traceback)PB_TRACEBACK_INIT;
}
