/* One pass over the lines. Python prints

       File "a.py", line 3, in f
         source

   pytest "a.py:3: in f" with the source behind it or, with a '>' at the
   margin, before it; faulthandler "File "a.py", line 3 in f" with the
   innermost frame first. Frames of exception groups have a margin of '|'. */
#include "trace.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "scan.h"
#include "trial/exception.h"

struct reader {
    struct trace *out;
    struct pb_span marked; /* pytest's '>' line that awaits its place */
    bool wants_source;     /* the last frame's comes next */
    bool in_body;          /* an exception may end this */
    bool in_margin;        /* in a block that pytest marks with E */
    bool fixed;            /* the innermost frame is known */
    bool fault;            /* the next frame is faulthandler's first */
    struct trace_exception last;
};

static struct pb_span
skip(struct pb_span text, const char *set)
{
    size_t at = 0;
    while (at < text.length && text.data[at] != '\0' &&
           strchr(set, text.data[at]) != NULL)
    {
        at++;
    }
    return pb_span_from(text, at);
}

static size_t
digits(struct pb_span text)
{
    size_t count = 0;
    while (count < text.length && pb_scan_is_digit(text.data[count])) {
        count++;
    }
    return count;
}

/* 'File "a.py", line 3, in f'; *out_fault without the second comma. */
static bool
read_python_frame(struct pb_span line, struct trace_frame *out,
                  bool *out_fault)
{
    static const char head[] = "File \"";
    static const char middle[] = "\", line ";
    if (!pb_span_starts(line, head)) {
        return false;
    }
    struct pb_span file = pb_span_from(line, strlen(head));
    struct pb_span rest = pb_span_find(file, middle);
    if (rest.length == 0) {
        return false;
    }
    file.length -= rest.length;
    rest = pb_span_from(rest, strlen(middle));
    rest = pb_span_from(rest, digits(rest));
    *out_fault = pb_span_starts(rest, " in ");
    bool named = *out_fault || pb_span_starts(rest, ", in ");
    *out = (struct trace_frame){
        .file = file,
        .function = named ? pb_span_from(rest, *out_fault ? 4 : 5)
                          : pb_span_from(rest, rest.length),
    };
    return true;
}

/* "a.py:3: in f", or "a.py:3: ValueError" where a frame of pytest's long
   form ends. */
static bool
read_pytest_frame(struct pb_span line, struct trace_frame *out, bool *out_long)
{
    struct pb_span place = pb_span_find(line, ".py");
    if (place.length == 0 || line.data[0] == ' ') {
        return false;
    }
    size_t length = line.length - place.length + strlen(".py");
    length += pb_span_starts(place, ".pyx");
    struct pb_span rest = pb_span_from(line, length);
    if (!pb_span_starts(rest, ":") || memchr(line.data, ' ', length) != NULL) {
        return false;
    }
    rest = pb_span_from(rest, 1);
    size_t number = digits(rest);
    rest = pb_span_from(rest, number);
    if (number == 0 || !pb_span_starts(rest, ": ")) {
        return false;
    }
    rest = pb_span_from(rest, 2);
    *out_long = !pb_span_starts(rest, "in ");
    *out = (struct trace_frame){
        .file = {line.data, length},
        .function = pb_span_from(rest, *out_long ? rest.length : 3),
    };
    return true;
}

static void
add_frame(struct reader *reader, const struct trace_frame *frame)
{
    struct trace *out = reader->out;
    if (out->len == PB_TRACE_FRAMES) {
        out->len--;
    }
    out->frames[out->len] = *frame;
    if (!reader->fixed) {
        out->innermost = out->len;
    }
    out->len++;
    reader->wants_source = frame->source.length == 0;
    reader->marked.length = 0;
}

/* Is this line a frame? */
static bool
take_frame(struct reader *reader, struct pb_span line)
{
    struct trace_frame frame;
    bool fault = false;
    bool is_long = false;
    if (read_python_frame(skip(line, " |+"), &frame, &fault)) {
        if (fault && reader->fault) {
            reader->fixed = false;
        }
        add_frame(reader, &frame);
        if (fault) {
            reader->fixed = true;
            reader->fault = false;
            reader->wants_source = false;
        }
        reader->in_body = !fault;
        return true;
    }
    if (read_pytest_frame(line, &frame, &is_long)) {
        if (is_long) {
            frame.source = reader->marked;
        }
        add_frame(reader, &frame);
        reader->wants_source = !is_long;
        return true;
    }
    return false;
}

/* Carets and tildes under a line of source. */
static bool
is_underline(struct pb_span line)
{
    return skip(line, " |^~").length == 0;
}

static void
take_source(struct reader *reader, struct pb_span line)
{
    struct pb_span source = pb_span_trim(skip(line, " |"));
    if (line.length > 0 && line.data[0] == ' ' && source.length > 0 &&
        !is_underline(line))
    {
        reader->out->frames[reader->out->len - 1].source = source;
    }
    reader->wants_source = false;
}

static void
note_exception(struct reader *reader, struct pb_span line)
{
    struct pb_exception found;
    if (pb_exception_parse(line.data, line.length, &found)) {
        reader->last = (struct trace_exception){
            .type = {found.type, found.type_length},
            .message = {found.message, found.message_length}};
    }
}

/* The last exception seen is one of those that matter. */
static void
keep_exception(struct reader *reader)
{
    struct trace *out = reader->out;
    if (reader->last.type.length > 0) {
        size_t at = out->nexceptions < PB_TRACE_EXCEPTIONS
                        ? out->nexceptions++
                        : PB_TRACE_EXCEPTIONS - 1;
        out->exceptions[at] = reader->last;
    }
    reader->last = (struct trace_exception){.type = {NULL, 0}};
}

/* What pytest marks with E at the margin begins with an exception, as deep as
   the source above it, or is the traceback of a syntax error. */
static struct pb_span
without_margin(struct reader *reader, struct pb_span line)
{
    bool in_margin = pb_span_starts(line, "E  ");
    if (in_margin) {
        line = pb_span_from(line, pb_span_starts(line, "E   ") ? 4 : 3);
        if (!reader->in_margin) {
            note_exception(reader, pb_span_trim(line));
        }
    }
    reader->in_margin = in_margin;
    return line;
}

static void
take_line(struct reader *reader, struct pb_span line)
{
    line = without_margin(reader, line);
    if (take_frame(reader, line)) {
        return;
    }
    if (reader->in_body && line.length > 0 && line.data[0] != ' ') {
        note_exception(reader, line);
        reader->in_body = false;
    }
    if (reader->wants_source) {
        take_source(reader, line);
    }
    if (pb_span_starts(line, ">")) {
        reader->marked = pb_span_trim(pb_span_from(line, 1));
    }
    else if (pb_span_starts(line, "The above exception was the direct cause"))
    {
        keep_exception(reader);
    }
    else if (pb_span_ends(line, "(most recent call first):")) {
        reader->fault =
            pb_span_starts(line, "Current thread") || !reader->fixed;
    }
}

void
pb_trace_parse(struct pb_span text, struct trace *out)
{
    out->len = 0;
    out->innermost = 0;
    out->nexceptions = 0;
    struct reader reader = {.out = out};
    struct pb_span line;
    while (pb_span_line(&text, &line)) {
        take_line(&reader, line);
    }
    keep_exception(&reader);
}

/* The line that the byte at `at` is in. */
static struct pb_span
line_around(struct pb_span text, size_t at)
{
    const char *before = memrchr(text.data, '\n', at);
    size_t start = before == NULL ? 0 : (size_t)(before - text.data) + 1;
    struct pb_span rest = pb_span_from(text, start);
    struct pb_span line = {text.data, 0};
    (void)pb_span_line(&rest, &line);
    return line;
}

bool
pb_trace_innermost(struct pb_span text, struct trace_frame *out)
{
    size_t end = text.length;
    while (end > 0) {
        const char *quote = memrchr(text.data, '"', end);
        if (quote == NULL) {
            break;
        }
        end = (size_t)(quote - text.data);
        struct pb_span line = line_around(text, end);
        bool fault = false;
        if (read_python_frame(skip(line, " |+"), out, &fault)) {
            return true;
        }
        end = (size_t)(line.data - text.data);
    }
    return false;
}
