/* Frames out of what CPython itself prints.

   A line at a time, in one of these states. A traceback that stands in a
   message is not looked at, because after a message only the line that joins
   a chain, at the margin, leads to another traceback. */
#include "pybisect/traceback.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "verdict/frames.h"

enum state {
    BEFORE,
    BODY,    /* frames, innermost last */
    MESSAGE, /* the exception and all that it says */
    CHAIN,   /* another exception follows */
    DUMP,    /* faulthandler's frames, innermost first */
    ASIDE,   /* other threads, parts of a group: not ours */
};

struct reading {
    struct pb_frames *out;
    enum state state;
    bool group;   /* "  | " stands before each line */
    bool remote;  /* the frames of another process, re-raised in this one */
    bool doctest; /* the next "File" line is that of the docstring */
    bool current; /* the frames are of the thread that crashed */
};

/* --- compilers ---------------------------------------------------------- */

/* "src/x.c:12:3: error: ..." */
static bool
read_compiler_line(struct pb_span line, struct pb_frames *out)
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
reverse(struct pb_frames *frames)
{
    for (size_t i = 0; i < frames->len / 2; i++) {
        struct pb_frame_span frame = frames->items[i];
        frames->items[i] = frames->items[frames->len - 1 - i];
        frames->items[frames->len - 1 - i] = frame;
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

/* The text as it would stand on paper; what is plain already is not
   copied. */
static struct pb_span
plain_text(const char *text, struct pb_buf *room)
{
    struct pb_span whole = pb_span_of(text);
    if (pb_text_is_plain_lines(whole)) {
        return whole;
    }
    pb_buf_truncate(room, 0);
    pb_text_plain(whole.data, whole.length, room);
    return (struct pb_span){room->data, room->len};
}

void
pb_frames_read(const char *text, struct pb_frames *out)
{
    pb_frames_drop(out);
    out->dump = false;
    out->collecting = false;
    if (text == NULL) {
        return;
    }
    struct pb_span whole = plain_text(text, &out->plain);
    struct pb_span rest = whole;
    struct pb_span line;
    struct reading reading = {.out = out, .state = BEFORE};
    while (pb_span_line(&rest, &line)) {
        if (reading.state != BEFORE) {
            read_next(&reading, line);
        }
        else if (!read_first(&reading, line)) {
            pb_frames_read_pytest(whole, out);
            return;
        }
        out->dump = out->dump || reading.state == DUMP;
    }
    if (out->dump) {
        reverse(out);
    }
}

static char *
dup_or_null(const char *data, size_t length)
{
    return length == 0 ? NULL : pb_strndup(data, length);
}

void
pb_traceback_parse(const char *text, struct pb_traceback *out)
{
    PB_AUTO(pb_frames) struct pb_frames frames = PB_FRAMES_INIT;
    pb_frames_read(text, &frames);
    *out = (struct pb_traceback){.dump = frames.dump,
                                 .collecting = frames.collecting};
    for (size_t i = 0; i < frames.len; i++) {
        const struct pb_frame_span *frame = &frames.items[i];
        PB_GROW(out->items, out->len, out->cap);
        out->items[out->len++] = (struct pb_frame){
            .path = pb_span_dup(frame->path),
            .function =
                dup_or_null(frame->function.data, frame->function.length),
            .code = dup_or_null(frames.code.data + frame->code,
                                frame->code_length),
            .line = frame->line,
        };
    }
}

void
pb_traceback_clear(struct pb_traceback *trace)
{
    for (size_t i = 0; i < trace->len; i++) {
        free(trace->items[i].path);
        free(trace->items[i].function);
        free(trace->items[i].code);
    }
    free(trace->items);
    *trace = (struct pb_traceback)PB_TRACEBACK_INIT;
}
