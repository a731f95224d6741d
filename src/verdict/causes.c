/* One pass over the lines. Python prints an exception, at the margin, behind
   the frames that it came through; pytest marks it with E. */
#include "verdict/causes.h"

#include <string.h>

#include "trial/exception.h"

struct reader {
    struct pb_causes *out;
    bool in_body;   /* behind a frame: an exception may come */
    bool in_margin; /* in a block that pytest marks with E */
    struct pb_cause last;
};

/* 'File "a.py", line 3, in f'; faulthandler's frames, which no exception
   follows, have no comma before "in". */
static bool
is_frame(struct pb_span line, bool *out_fault)
{
    size_t indent = 0;
    while (indent < line.length && memchr(" |+", line.data[indent], 3) != NULL)
    {
        indent++;
    }
    line = pb_span_from(line, indent);
    *out_fault = pb_span_find(line, ", in ").length == 0 &&
                 pb_span_find(line, " in ").length > 0;
    return pb_span_starts(line, "File \"") &&
           pb_span_find(line, "\", line ").length > 0;
}

static void
note_exception(struct reader *reader, struct pb_span line)
{
    struct pb_exception found;
    if (pb_exception_parse(line.data, line.length, &found)) {
        reader->last = (struct pb_cause){
            .type = {found.type, found.type_length},
            .message = {found.message, found.message_length}};
    }
}

/* The last exception seen is one of those that matter. */
static void
keep_exception(struct reader *reader)
{
    struct pb_causes *out = reader->out;
    if (reader->last.type.length > 0) {
        size_t at =
            out->len < PB_CAUSES_MOST ? out->len++ : PB_CAUSES_MOST - 1;
        out->items[at] = reader->last;
    }
    reader->last = (struct pb_cause){.type = {NULL, 0}};
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
    bool fault = false;
    line = without_margin(reader, line);
    if (is_frame(line, &fault)) {
        reader->in_body = !fault;
        return;
    }
    if (reader->in_body && line.length > 0 && line.data[0] != ' ') {
        note_exception(reader, line);
        reader->in_body = false;
    }
    if (pb_span_starts(line, "The above exception was the direct cause")) {
        keep_exception(reader);
    }
}

void
pb_causes_find(struct pb_span text, struct pb_causes *out)
{
    struct reader reader = {.out = out};
    struct pb_span line;
    out->len = 0;
    while (pb_span_line(&text, &line)) {
        take_line(&reader, line);
    }
    keep_exception(&reader);
}
