/* The Test Anything Protocol, versions 12 to 14:

       1..3
       ok 1 - loads
       not ok 2 - parses # TODO later
         ---
         message: 'ValueError: x'
         ...
       # Subtest: prints
           ok 1 - a line
           1..1
       ok 3 - prints # SKIP no printer
       Bail out! why

   A test is called by its description, else "test N", below the names of the
   sub-tests that it stands in: "prints > a line". Version 14 writes that name
   at the outer level, older Perl modules at the inner. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "trial/exception.h"
#include "trial/readers/tap_point.h"

#define INDENT 4
#define LEVELS 16 /* sub-tests deeper than this are taken for output */

struct level {
    char *name;     /* of the sub-test to come, from a comment; or NULL */
    size_t points;  /* seen in this block */
    size_t planned; /* SIZE_MAX: no plan yet */
};

/* The test point last read, until what explains it has been read too. */
struct point {
    char *id; /* NULL: none */
    enum pb_outcome outcome;
    char *reason;
    size_t indent; /* of its line */
    struct pb_buf diagnosis;
    bool in_yaml;
};

struct stream {
    struct pb_reading *reading;
    struct level levels[LEVELS];
    struct point point;
    bool bailed;
};

static void
stream_clear(struct stream *stream)
{
    for (size_t i = 0; i < LEVELS; i++) {
        free(stream->levels[i].name);
    }
    free(stream->point.id);
    free(stream->point.reason);
    pb_buf_clear(&stream->point.diagnosis);
}

static void
describe_failure(struct pb_reading *reading, const struct point *point)
{
    PB_AUTO(pb_buf) struct pb_buf plain = PB_BUF_INIT;
    pb_text_plain(point->diagnosis.data, point->diagnosis.len, &plain);
    struct pb_span line =
        pb_tap_message((struct pb_span){plain.data, plain.len});
    struct pb_exception found = {NULL, 0, NULL, 0};
    PB_AUTOFREE char *type = NULL;
    if (pb_exception_parse(line.data, line.length, &found)) {
        type = pb_span_dup((struct pb_span){found.type, found.type_length});
        line = (struct pb_span){found.message, found.message_length};
    }
    PB_AUTOFREE char *message = line.length > 0 ? pb_span_dup(line) : NULL;
    struct pb_reading_entry said = {
        .outcome = point->outcome,
        .type = type,
        .message = message,
        .trace = plain.len > 0 ? plain.data : NULL,
        .seconds = -1,
    };
    pb_reading_add(reading, point->id, &said);
}

static void
end_point(struct stream *stream)
{
    struct point *point = &stream->point;
    if (point->id == NULL) {
        return;
    }
    if (point->outcome == PB_OUTCOME_FAIL) {
        describe_failure(stream->reading, point);
    }
    else {
        struct pb_reading_entry said = {.outcome = point->outcome,
                                        .message = point->reason,
                                        .seconds = -1};
        pb_reading_add(stream->reading, point->id, &said);
    }
    free(point->id);
    free(point->reason);
    pb_buf_clear(&point->diagnosis);
    *point = (struct point){.id = NULL, .diagnosis = PB_BUF_INIT};
}

static void
set_name(struct level *level, struct pb_span name)
{
    free(level->name);
    level->name = name.length > 0 ? pb_span_dup(name) : NULL;
}

/* Blocks within the one at `depth` are over. */
static void
reset_below(struct stream *stream, size_t depth)
{
    for (size_t i = depth + 1; i < LEVELS; i++) {
        set_name(&stream->levels[i], (struct pb_span){NULL, 0});
        stream->levels[i].points = 0;
        stream->levels[i].planned = SIZE_MAX;
    }
}

static void
add_unescaped(struct pb_span text, struct pb_buf *out)
{
    for (size_t i = 0; i < text.length; i++) {
        bool escape = text.data[i] == '\\' && i + 1 < text.length &&
                      strchr("#\\", text.data[i + 1]) != NULL &&
                      text.data[i + 1] != '\0';
        i += escape;
        pb_buf_addch(out, text.data[i]);
    }
}

/* The name of the sub-test around a point, or NULL. An inner name that is
   the point's own announces the point itself. */
static const char *
name_around(const struct stream *stream, size_t depth, size_t level,
            struct pb_span description)
{
    const char *name = stream->levels[level].name;
    const char *inner = stream->levels[depth].name;
    if (name != NULL || level + 1 != depth || inner == NULL ||
        pb_span_is(description, inner))
    {
        return name;
    }
    return inner;
}

static void
make_id(const struct stream *stream, size_t depth,
        const struct pb_tap_point *said, struct pb_buf *out)
{
    for (size_t i = 0; i < depth; i++) {
        const char *name = name_around(stream, depth, i, said->description);
        if (name != NULL) {
            pb_buf_addf(out, "%s > ", name);
        }
    }
    if (said->description.length == 0) {
        pb_buf_addf(out, "test %zu", said->number);
        return;
    }
    add_unescaped(said->description, out);
}

static void
take_point(struct stream *stream, size_t depth, struct pb_tap_point *said)
{
    end_point(stream);
    struct level *level = &stream->levels[depth];
    level->points++;
    if (said->number == 0) {
        said->number = level->points;
    }
    PB_AUTO(pb_buf) struct pb_buf id = PB_BUF_INIT;
    make_id(stream, depth, said, &id);
    stream->point = (struct point){
        .id = pb_buf_take(&id),
        .outcome = said->outcome,
        .reason = said->reason.length > 0 ? pb_span_dup(said->reason) : NULL,
        .indent = depth * INDENT,
        .diagnosis = PB_BUF_INIT,
    };
    bool own =
        level->name != NULL && pb_span_is(said->description, level->name);
    if (own || depth == 0 || stream->levels[depth - 1].name != NULL) {
        set_name(level, (struct pb_span){NULL, 0});
    }
    reset_below(stream, depth);
}

static void
add_diagnosis(struct point *point, struct pb_span line)
{
    if (point->outcome == PB_OUTCOME_FAIL &&
        point->diagnosis.len + line.length <= PB_LIMIT_TRACE_BYTES)
    {
        pb_buf_add(&point->diagnosis, line.data, line.length);
        pb_buf_addch(&point->diagnosis, '\n');
    }
}

/* Takes the lines of a YAML block that belongs to the last point. */
static bool
take_yaml(struct stream *stream, size_t indent, struct pb_span line)
{
    struct point *point = &stream->point;
    struct pb_span text = pb_span_from(line, indent);
    bool opening = pb_span_is(text, "---");
    if (point->id == NULL || indent < point->indent + 2 ||
        (!point->in_yaml && !opening))
    {
        point->in_yaml = false; /* torn, if it was one */
        return false;
    }
    if (opening) {
        point->in_yaml = true;
    }
    else if (pb_span_is(text, "...")) {
        point->in_yaml = false;
    }
    else {
        add_diagnosis(point, pb_span_from(line, point->indent + 2));
    }
    return true;
}

static void
take_comment(struct stream *stream, size_t depth, struct pb_span text)
{
    static const char head[] = "# Subtest: ";
    if (pb_span_starts(text, head)) {
        end_point(stream);
        set_name(&stream->levels[depth],
                 pb_span_trim(pb_span_from(text, strlen(head))));
        return;
    }
    text = pb_span_from(text, 1);
    if (pb_span_starts(text, " ")) {
        text = pb_span_from(text, 1);
    }
    if (stream->point.id != NULL) {
        add_diagnosis(&stream->point, text);
    }
}

/* "1..3", "1..0 # SKIP why". */
static void
take_plan(struct level *level, struct pb_span text)
{
    static const char head[] = "1..";
    struct pb_span rest = text;
    if (pb_span_starts(text, head)) {
        size_t count = pb_tap_number(pb_span_from(text, strlen(head)), &rest);
        rest = pb_span_trim(rest);
        if (rest.length == 0 || rest.data[0] == '#') {
            level->planned = count;
        }
    }
}

static void
bail(struct stream *stream, struct pb_span why)
{
    struct pb_reading *reading = stream->reading;
    why = pb_span_trim(why);
    stream->bailed = true;
    if (reading->message == NULL) {
        reading->message =
            why.length > 0 ? pb_span_dup(why) : pb_strdup("bailed out");
    }
}

static void
take_line(struct stream *stream, struct pb_span line)
{
    static const char bails[] = "Bail out!";
    size_t indent = 0;
    while (indent < line.length && line.data[indent] == ' ') {
        indent++;
    }
    struct pb_span text = pb_span_from(line, indent);
    size_t depth = indent / INDENT;
    struct pb_tap_point said;
    if (text.length == 0 || take_yaml(stream, indent, line) ||
        indent % INDENT != 0 || depth >= LEVELS)
    {
        return;
    }
    if (pb_tap_parse_point(text, &said)) {
        take_point(stream, depth, &said);
    }
    else if (text.data[0] == '#') {
        take_comment(stream, depth, text);
    }
    else if (pb_span_starts(text, bails)) {
        bail(stream, pb_span_from(text, strlen(bails)));
    }
    else {
        take_plan(&stream->levels[depth], text);
    }
}

void
pb_read_tap(struct pb_span text, struct pb_reading *reading)
{
    PB_CLEANUP(stream_clear)
    struct stream stream = {.reading = reading,
                            .point = {.diagnosis = PB_BUF_INIT}};
    stream.levels[0].planned = SIZE_MAX;
    reset_below(&stream, 0);
    struct pb_span line;
    while (pb_span_line(&text, &line)) {
        if (line.length > PB_LIMIT_LINE_BYTES) {
            line.length = PB_LIMIT_LINE_BYTES;
        }
        take_line(&stream, line);
    }
    end_point(&stream);
    const struct level *top = &stream.levels[0];
    reading->orderly = !stream.bailed && top->planned == top->points;
}
