/* Definitions of Python by indentation, of C by PEP 7: a function begins in
   column one and ends at a brace there. */
#include "definitions.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

struct line {
    const char *text; /* without indentation */
    size_t length;
    size_t indent;
};

static bool
is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (c >= '0' && c <= '9');
}

size_t
pb_identifier_length(const char *text, size_t length)
{
    size_t end = 0;
    while (end < length && is_name_byte(text[end])) {
        end++;
    }
    return end > 0 && text[0] >= '0' && text[0] <= '9' ? 0 : end;
}

static bool
begins(const struct line *line, const char *prefix)
{
    size_t length = strlen(prefix);
    return line->length >= length && memcmp(line->text, prefix, length) == 0;
}

static struct pb_definition *
add(struct pb_definitions *out, const struct line *line, const char *name,
    size_t length)
{
    PB_GROW(out->items, out->len, out->cap);
    struct pb_definition *definition = &out->items[out->len++];
    *definition = (struct pb_definition){
        .name = pb_strndup(name, length),
        .indent = line->indent,
    };
    return definition;
}

/* The last definition has lines of its own from here on. */
static void
open_last(struct pb_definitions *out)
{
    if (out->depth < PB_DEFINITIONS_DEPTH) {
        out->open[out->depth++] = out->len - 1;
    }
}

/* --- Python ------------------------------------------------------------- */

static const struct pb_definition *
innermost(const struct pb_definitions *out)
{
    return out->depth == 0 ? NULL : &out->items[out->open[out->depth - 1]];
}

/* "name = ..." and "name: type = ..." of a module or class. */
static void
add_variable(struct pb_definitions *out, const struct line *line)
{
    const struct pb_definition *around = innermost(out);
    size_t length = pb_identifier_length(line->text, line->length);
    size_t next = length;
    while (next < line->length && line->text[next] == ' ') {
        next++;
    }
    if (length == 0 || (around != NULL && !around->class_) ||
        next + 1 >= line->length)
    {
        return;
    }
    bool assigned = line->text[next] == '=' && line->text[next + 1] != '=';
    bool annotated = line->text[next] == ':' && next == length &&
                     memchr(line->text, '=', line->length) != NULL;
    if (assigned || annotated) {
        add(out, line, line->text, length);
    }
}

static void
read_python(struct pb_definitions *out, const struct line *line)
{
    static const char *const heads[] = {"def ", "class ", "async def "};
    if (line->length == 0 || line->text[0] == '#') {
        return;
    }
    while (out->depth > 0 && line->indent <= innermost(out)->indent) {
        out->depth--;
    }
    for (size_t i = 0; i < PB_LENGTH(heads); i++) {
        size_t skip = strlen(heads[i]);
        if (!begins(line, heads[i])) {
            continue;
        }
        size_t length =
            pb_identifier_length(line->text + skip, line->length - skip);
        if (length > 0) {
            add(out, line, line->text + skip, length)->class_ = i == 1;
            open_last(out);
        }
        return;
    }
    add_variable(out, line);
}

/* --- C ------------------------------------------------------------------ */

/* The identifier that ends at `end`, spaces before that left out. */
static const char *
name_before(const struct line *line, size_t end, size_t *out_length)
{
    while (end > 0 && line->text[end - 1] == ' ') {
        end--;
    }
    size_t start = end;
    while (start > 0 && is_name_byte(line->text[start - 1])) {
        start--;
    }
    *out_length = pb_identifier_length(line->text + start, end - start);
    return line->text + start;
}

/* PyAPI_FUNC(PyObject *) PyX_New(...); PyAPI_DATA(PyTypeObject) PyX_Type; */
static bool
add_declaration(struct pb_definitions *out, const struct line *line)
{
    const char *close = memchr(line->text, ')', line->length);
    if (!begins(line, "PyAPI_") || close == NULL) {
        return false;
    }
    for (size_t i = (size_t)(close - line->text) + 1; i < line->length; i++) {
        if (strchr("(;[", line->text[i]) != NULL) {
            size_t length = 0;
            const char *name = name_before(line, i, &length);
            if (length > 0) {
                add(out, line, name, length);
            }
            break;
        }
    }
    return true;
}

/* {"name", function, ...}: a method, member or getter that Python sees. */
static void
add_table_entry(struct pb_definitions *out, const struct line *line)
{
    if (begins(line, "{\"")) {
        size_t length = pb_identifier_length(line->text + 2, line->length - 2);
        if (length > 0 && 2 + length < line->length &&
            line->text[2 + length] == '"') {
            add(out, line, line->text + 2, length);
        }
    }
}

static bool
is_no_function(const char *name, size_t length)
{
    static const char *const names[] = {"PyDoc_STRVAR", "PyDoc_STR", "if",
                                        "while",        "for",       "switch"};
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
        {
            return true;
        }
    }
    return length == 0;
}

static void
add_function(struct pb_definitions *out, const struct line *line)
{
    const char *open = memchr(line->text, '(', line->length);
    char end = line->length > 0 ? line->text[line->length - 1] : ';';
    if (line->indent > 0 || open == NULL || end == ';' ||
        pb_identifier_length(line->text, line->length) == 0)
    {
        return;
    }
    size_t length = 0;
    const char *name = name_before(line, (size_t)(open - line->text), &length);
    if (!is_no_function(name, length)) {
        add(out, line, name, length);
        out->depth = 0; /* if the last one's end was not seen */
        open_last(out);
    }
}

static void
read_c(struct pb_definitions *out, const struct line *line)
{
    static const char define[] = "#define ";
    if (begins(line, define)) {
        size_t skip = strlen(define);
        size_t length =
            pb_identifier_length(line->text + skip, line->length - skip);
        if (length > 0) {
            add(out, line, line->text + skip, length);
        }
    }
    else if (!add_declaration(out, line)) {
        add_table_entry(out, line);
        add_function(out, line);
    }
}

/* --- both --------------------------------------------------------------- */

static bool
ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t tail = strlen(suffix);
    return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

/* The next line of `text` from *at on, which is moved behind it. */
static struct line
next_line(const struct pb_buf *text, size_t *at)
{
    struct line line = {.text = text->data + *at};
    const char *newline = memchr(line.text, '\n', text->len - *at);
    line.length =
        newline == NULL ? text->len - *at : (size_t)(newline - line.text);
    *at += line.length + 1;
    while (line.length > 0 && (*line.text == ' ' || *line.text == '\t')) {
        line.text++;
        line.length--;
        line.indent++;
    }
    while (line.length > 0 && line.text[line.length - 1] == '\r') {
        line.length--;
    }
    return line;
}

void
pb_definitions_find(const char *path, const struct pb_buf *text,
                    struct pb_definitions *out)
{
    bool python = ends_with(path, ".py");
    bool c = ends_with(path, ".c") || ends_with(path, ".h");
    for (size_t at = 0; (python || c) && at < text->len;) {
        struct line line = next_line(text, &at);
        (python ? read_python : read_c)(out, &line);
        PB_GROW(out->around, out->lines, out->lines_cap);
        out->around[out->lines++] =
            out->depth == 0 ? 0 : out->open[out->depth - 1] + 1;
        if (c && line.indent == 0 && begins(&line, "}")) {
            out->depth = 0;
        }
    }
}

const char *
pb_definitions_at(const struct pb_definitions *definitions, size_t line)
{
    size_t around = line == 0 || line > definitions->lines
                        ? 0
                        : definitions->around[line - 1];
    return around == 0 ? NULL : definitions->items[around - 1].name;
}

void
pb_definitions_names(const struct pb_definitions *definitions,
                     struct pb_strv *out)
{
    for (size_t i = 0; i < definitions->len; i++) {
        pb_strv_add(out, definitions->items[i].name);
    }
    pb_strv_sort(out);
    pb_strv_unique(out);
}

void
pb_definitions_clear(struct pb_definitions *definitions)
{
    for (size_t i = 0; i < definitions->len; i++) {
        free(definitions->items[i].name);
    }
    free(definitions->items);
    free(definitions->around);
    *definitions = (struct pb_definitions){.items = NULL};
}
