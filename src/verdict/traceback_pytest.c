/* Frames out of pytest's own styles.

   Short: "path.py:12: in f", then the source, indented.
   Long: the function's source up to the line, which ">" marks, then
   "path.py:12: " or, for the last frame, "path.py:12: TypeError".
   "E" at the margin stands before all that the exception says. */
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "verdict/frames.h"

struct entry { /* the one that is being read */
    struct pb_span function;
    struct pb_span code;
    bool chained;            /* the frames so far led to another exception */
    struct pb_span bad_path; /* "E  File ..., line 1": may not compile */
    int bad_line;
};

static const struct pb_span none = {"", 0};

/* Ends in a suffix of Python's, or is "<string>". */
static bool
is_python_path(struct pb_span path)
{
    static const char *const suffixes[] = {".py", ".pyx", ".pyw", ".pxd"};
    if (pb_span_starts(path, "<") && pb_span_ends(path, ">")) {
        return true;
    }
    for (size_t i = 0; i < PB_LENGTH(suffixes); i++) {
        if (pb_span_ends(path, suffixes[i])) {
            return path.data[0] != ' ';
        }
    }
    return false;
}

/* "path.py:12: in f", "path.py:12: TypeError", "path.py:12: ", and trial's
   brief "path.py:12:f". */
static bool
parse_location(struct pb_span line, struct pb_span *out_path, int *out_line,
               struct pb_span *out_rest)
{
    for (size_t i = 1; i + 1 < line.length; i++) {
        struct pb_span path = {line.data, i};
        struct pb_span rest = pb_span_from(line, i + 1);
        if (line.data[i] != ':' || !is_python_path(path)) {
            continue;
        }
        int number = pb_frames_number(&rest);
        if (number >= 0 && pb_span_starts(rest, ":")) {
            *out_path = path;
            *out_line = number;
            *out_rest = pb_span_from(rest, 1);
            return true;
        }
    }
    return false;
}

/* The function that a location names, if it does. */
static struct pb_span
named_function(struct pb_span rest)
{
    if (pb_span_starts(rest, " in ")) {
        return pb_span_trim(pb_span_from(rest, 4));
    }
    bool brief = rest.length > 0 && rest.data[0] != ' ';
    return brief ? rest : none;
}

bool
pb_frames_is_pytest(struct pb_span line)
{
    struct pb_span path;
    struct pb_span rest;
    int number = 0;
    return pb_span_starts(line, ">  ") || pb_span_starts(line, "E  ") ||
           parse_location(line, &path, &number, &rest);
}

/* The name in "def name(" or "async def name(". */
static struct pb_span
defined_in(struct pb_span text)
{
    text = pb_span_trim(text);
    if (pb_span_starts(text, "async ")) {
        text = pb_span_trim(pb_span_from(text, 6));
    }
    const char *open = memchr(text.data, '(', text.length);
    if (!pb_span_starts(text, "def ") || open == NULL) {
        return none;
    }
    struct pb_span name = {text.data + 4, (size_t)(open - text.data) - 4};
    return pb_span_trim(name);
}

/* The same, of a line that stands where source does. */
static struct pb_span
defined(struct pb_span line)
{
    return pb_span_starts(line, "    ") ? defined_in(line) : none;
}

static void
end_entry(struct entry *entry)
{
    entry->function = none;
    entry->code = none;
    entry->bad_path = none;
}

static void
add(struct entry *entry, struct pb_frames *out, struct pb_span path, int line,
    struct pb_span function)
{
    if (entry->chained) {
        pb_frames_drop(out);
        entry->chained = false;
    }
    pb_frames_add(out, path, line, function, entry->code);
    end_entry(entry);
}

/* A file that does not compile is named in what the exception says. */
static void
read_said(struct entry *entry, struct pb_span said, struct pb_frames *out)
{
    struct pb_span path;
    struct pb_span function;
    int line = 0;
    if (pb_frames_parse_file(said, &path, &line, &function) == PB_FILE_ALONE) {
        entry->bad_path = path;
        entry->bad_line = line;
        entry->code = none;
    }
    else if (entry->bad_path.length > 0 &&
             (pb_span_starts(said, "SyntaxError:") ||
              pb_span_starts(said, "IndentationError:") ||
              pb_span_starts(said, "TabError:")))
    {
        add(entry, out, entry->bad_path, entry->bad_line, none);
    }
    else if (entry->bad_path.length > 0 && entry->code.length == 0) {
        entry->code = said; /* the line that does not compile */
    }
}

static void
read_line(struct entry *entry, struct pb_span line, struct pb_frames *out)
{
    struct pb_span path;
    struct pb_span rest;
    int number = 0;
    if (pb_frames_is_chain(line)) {
        end_entry(entry);
        entry->chained = true;
    }
    else if (pb_span_starts(line, "E  ")) {
        read_said(entry, pb_span_trim(pb_span_from(line, 1)), out);
    }
    else if (pb_span_starts(line, ">  ")) {
        entry->code = pb_span_trim(pb_span_from(line, 1));
        if (entry->function.length == 0) {
            entry->function = defined_in(pb_span_from(line, 1));
        }
    }
    else if (parse_location(line, &path, &number, &rest)) {
        struct pb_span function = named_function(rest);
        add(entry, out, path, number,
            function.length > 0 ? function : entry->function);
    }
    else if (entry->function.length == 0 && defined(line).length > 0) {
        entry->function = defined(line);
    }
    else if (pb_span_starts(line, "    ") && out->len > 0 &&
             entry->function.length == 0 && !entry->chained &&
             out->items[out->len - 1].code_length == 0)
    {
        pb_frames_add_code(out, line);
    }
}

void
pb_frames_read_pytest(struct pb_span text, struct pb_frames *out)
{
    struct entry entry = {none, none, false, none, 0};
    struct pb_span line;
    while (pb_span_line(&text, &line)) {
        read_line(&entry, line, out);
    }
}
