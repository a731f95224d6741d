#include "build/visible.h"

#include <ctype.h>
#include <string.h>

/* --- lines -------------------------------------------------------------- */

struct reader {
    const char *at;
    const char *end;
};

/* The next character, lines that end in a backslash joined; -1 at the end. */
static int
peek(struct reader *reader)
{
    while (reader->end - reader->at >= 2 && reader->at[0] == '\\') {
        if (reader->at[1] == '\n') {
            reader->at += 2;
        }
        else if (reader->end - reader->at >= 3 && reader->at[1] == '\r' &&
                 reader->at[2] == '\n')
        {
            reader->at += 3;
        }
        else {
            break;
        }
    }
    return reader->at < reader->end ? (unsigned char)*reader->at : -1;
}

static int
take(struct reader *reader)
{
    int c = peek(reader);
    reader->at += c >= 0;
    return c;
}

static void
skip_block_comment(struct reader *reader)
{
    int last = 0;
    for (int c = take(reader); c >= 0; c = take(reader)) {
        if (last == '*' && c == '/') {
            return;
        }
        last = c;
    }
}

static void
skip_line_comment(struct reader *reader)
{
    while (peek(reader) >= 0 && peek(reader) != '\n') {
        (void)take(reader);
    }
}

/* Up to its end, or that of the line: "don't" may stand after #error. */
static void
copy_literal(struct reader *reader, int quote, struct pb_buf *out)
{
    pb_buf_addch(out, (char)quote);
    while (peek(reader) >= 0 && peek(reader) != '\n') {
        int c = take(reader);
        pb_buf_addch(out, (char)c);
        if (c == quote) {
            return;
        }
        if (c == '\\' && peek(reader) >= 0 && peek(reader) != '\n') {
            pb_buf_addch(out, (char)take(reader));
        }
    }
}

static void
add_space(struct pb_buf *out)
{
    char last = out->len == 0 ? '\n' : out->data[out->len - 1];
    bool after_hash =
        last == '#' && (out->len == 1 || out->data[out->len - 2] == '\n');
    if (last != '\n' && last != ' ' && !after_hash) {
        pb_buf_addch(out, ' ');
    }
}

static void
end_line(struct pb_buf *out)
{
    if (out->len > 0 && out->data[out->len - 1] == ' ') {
        out->data[--out->len] = '\0';
    }
    if (out->len > 0 && out->data[out->len - 1] != '\n') {
        pb_buf_addch(out, '\n');
    }
}

/* Lines without comments, and with one space where there is any. */
static void
clean(const char *text, size_t length, struct pb_buf *out)
{
    struct reader reader = {text, text + length};
    for (int c = take(&reader); c >= 0; c = take(&reader)) {
        if (c == '\n') {
            end_line(out);
        }
        else if (c == '/' && peek(&reader) == '*') {
            (void)take(&reader);
            skip_block_comment(&reader);
            add_space(out);
        }
        else if (c == '/' && peek(&reader) == '/') {
            skip_line_comment(&reader);
        }
        else if (isspace(c)) {
            add_space(out);
        }
        else if (c == '"' || c == '\'') {
            copy_literal(&reader, c, out);
        }
        else {
            pb_buf_addch(out, (char)c);
        }
    }
    end_line(out);
}

/* --- what is left ------------------------------------------------------- */

#define MOST_NESTED 64

struct group {
    bool hidden;  /* all of it, by what is around it */
    bool opened;  /* a condition of it was put out */
    bool settled; /* a branch of it always holds: no later one does */
    bool dead;    /* the branch at hand is not seen */
};

struct nest {
    const struct pb_undefined *undefined;
    struct group groups[MOST_NESTED];
    size_t depth;
    struct pb_buf *out;
};

static bool
is_seen(const struct nest *nest)
{
    return nest->depth == 0 || !nest->groups[nest->depth - 1].dead;
}

static void
put(struct nest *nest, const char *directive, struct pb_span rest)
{
    pb_buf_adds(nest->out, directive);
    pb_buf_addch(nest->out, ' ');
    pb_buf_add(nest->out, rest.data, rest.length);
    pb_buf_addch(nest->out, '\n');
}

/* A branch begins, under a condition as #if has it. */
static void
branch(struct nest *nest, enum pb_truth truth, const char *directive,
       struct pb_span condition)
{
    struct group *group = &nest->groups[nest->depth - 1];
    group->dead = group->hidden || group->settled || truth == PB_NEVER;
    if (group->dead) {
        return;
    }
    group->settled = truth == PB_ALWAYS;
    if (truth == PB_PERHAPS) {
        put(nest, group->opened ? "#elif" : directive, condition);
        group->opened = true;
    }
    else if (group->opened) {
        put(nest, "#else", (struct pb_span){"", 0});
    }
}

static bool
begin(struct nest *nest)
{
    if (nest->depth == MOST_NESTED) {
        return false;
    }
    bool hidden = !is_seen(nest);
    nest->groups[nest->depth++] = (struct group){.hidden = hidden};
    return true;
}

static bool
end(struct nest *nest)
{
    if (nest->depth == 0) {
        return false;
    }
    if (nest->groups[--nest->depth].opened) {
        put(nest, "#endif", (struct pb_span){"", 0});
    }
    return true;
}

/* False: not one that it can follow. */
static bool
follow(struct nest *nest, struct pb_span word, struct pb_span rest)
{
    if (pb_span_is(word, "if")) {
        bool fits = begin(nest);
        if (fits) {
            branch(nest, pb_condition_judge(nest->undefined, rest), "#if",
                   rest);
        }
        return fits;
    }
    if (pb_span_is(word, "ifdef") || pb_span_is(word, "ifndef")) {
        bool fits = begin(nest);
        if (fits) {
            bool negated = pb_span_is(word, "ifndef");
            enum pb_truth truth = pb_condition_defined(nest->undefined, rest);
            branch(nest, negated ? pb_truth_not(truth) : truth,
                   negated ? "#ifndef" : "#ifdef", rest);
        }
        return fits;
    }
    if (pb_span_is(word, "endif")) {
        return end(nest);
    }
    if (nest->depth == 0) {
        return false;
    }
    if (pb_span_is(word, "elif")) {
        branch(nest, pb_condition_judge(nest->undefined, rest), "#if", rest);
        return true;
    }
    if (pb_span_is(word, "else")) {
        branch(nest, PB_ALWAYS, "#else", (struct pb_span){"", 0});
        return true;
    }
    return false;
}

static bool
is_conditional(struct pb_span word)
{
    return (word.length >= 2 && memcmp(word.data, "if", 2) == 0) ||
           (word.length >= 2 && memcmp(word.data, "el", 2) == 0) ||
           pb_span_is(word, "endif");
}

static struct pb_span
first_word(struct pb_span span)
{
    size_t length = 0;
    while (length < span.length && pb_is_word_character(span.data[length])) {
        length++;
    }
    return (struct pb_span){span.data, length};
}

bool
pb_visible_text(const char *text, size_t length,
                const struct pb_undefined *undefined, struct pb_buf *out)
{
    PB_AUTO(pb_buf) struct pb_buf lines = PB_BUF_INIT;
    struct nest nest = {.undefined = undefined, .out = out};
    bool fits = true;
    clean(text, length, &lines);
    struct pb_span rest = {lines.data, lines.len};
    struct pb_span line;
    while (fits && pb_span_line(&rest, &line)) {
        struct pb_span word = {line.data, 0};
        if (line.data[0] == '#') {
            word = first_word(pb_span_trim(pb_span_from(line, 1)));
        }
        if (is_conditional(word)) {
            size_t before = (size_t)(word.data - line.data) + word.length;
            fits =
                follow(&nest, word, pb_span_trim(pb_span_from(line, before)));
        }
        else if (is_seen(&nest)) {
            pb_buf_add(out, line.data, line.length);
            pb_buf_addch(out, '\n');
        }
    }
    return fits && nest.depth == 0;
}
