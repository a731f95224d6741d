#include "build/visible.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

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

/* --- conditions --------------------------------------------------------- */

enum truth { NEVER, ALWAYS, PERHAPS };

/* Of parentheses within parentheses. */
#define MOST_ENCLOSED 32

struct judge {
    pb_visible_undefined *undefined;
    void *context;
    int depth;
};

struct span {
    const char *start;
    size_t length;
};

static struct span
trim(struct span span)
{
    while (span.length > 0 && span.start[0] == ' ') {
        span.start++;
        span.length--;
    }
    while (span.length > 0 && span.start[span.length - 1] == ' ') {
        span.length--;
    }
    return span;
}

static struct span
without(struct span span, size_t first, size_t last)
{
    return trim((struct span){span.start + first, span.length - first - last});
}

static bool
is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool
is_name(struct span span)
{
    bool all = span.length > 0 && !isdigit((unsigned char)span.start[0]);
    for (size_t i = 0; i < span.length; i++) {
        all = all && is_word(span.start[i]);
    }
    return all;
}

static bool
is_undefined(const struct judge *judge, struct span name)
{
    PB_AUTOFREE char *text = pb_strndup(name.start, name.length);
    return judge->undefined(text, judge->context);
}

/* Where the two characters stand outside parentheses; the length: nowhere. */
static size_t
find_operator(struct span span, const char *operator)
{
    int depth = 0;
    for (size_t i = 0; i + 1 < span.length; i++) {
        depth += (span.start[i] == '(') - (span.start[i] == ')');
        if (depth == 0 && memcmp(span.start + i, operator, 2) == 0) {
            return i;
        }
    }
    return span.length;
}

/* Does the first parenthesis close at the end? */
static bool
is_enclosed(struct span span)
{
    int depth = 0;
    for (size_t i = 0; i < span.length; i++) {
        depth += (span.start[i] == '(') - (span.start[i] == ')');
        if (depth == 0) {
            return i > 0 && i + 1 == span.length;
        }
    }
    return false;
}

static bool
is_text(struct span span, const char *text)
{
    return span.length == strlen(text) &&
           memcmp(span.start, text, span.length) == 0;
}

/* X, (X) or nothing that it knows. */
static enum truth
judge_defined(const struct judge *judge, struct span operand)
{
    if (is_enclosed(operand)) {
        operand = without(operand, 1, 1);
    }
    return is_name(operand) && is_undefined(judge, operand) ? NEVER : PERHAPS;
}

static enum truth
negate(enum truth truth)
{
    return truth == PERHAPS ? PERHAPS : truth == NEVER ? ALWAYS : NEVER;
}

#define DEFINED "defined"

static enum truth judge_any(const struct judge *judge, struct span span);

static enum truth
judge_one(const struct judge *judge, struct span span)
{
    size_t word = strlen(DEFINED);
    if (is_enclosed(span)) {
        struct judge inner = *judge;
        return ++inner.depth > MOST_ENCLOSED
                   ? PERHAPS
                   : judge_any(&inner, without(span, 1, 1));
    }
    if (span.length > word && memcmp(span.start, DEFINED, word) == 0 &&
        !is_word(span.start[word]))
    {
        return judge_defined(judge, without(span, word, 0));
    }
    if (is_name(span)) { /* counts as 0 */
        return is_undefined(judge, span) ? NEVER : PERHAPS;
    }
    return is_text(span, "0") ? NEVER : is_text(span, "1") ? ALWAYS : PERHAPS;
}

/* `!` binds closer than all operators but `defined`. */
static enum truth
judge_term(const struct judge *judge, struct span span)
{
    bool negated = false;
    while (span.length > 1 && span.start[0] == '!') {
        negated = !negated;
        span = without(span, 1, 0);
    }
    enum truth truth = judge_one(judge, span);
    return negated ? negate(truth) : truth;
}

/* Every part is looked at: all names are asked for. */
static enum truth
judge_parts(const struct judge *judge, struct span span, const char *operator,
            enum truth decides,
            enum truth (*part)(const struct judge *, struct span))
{
    enum truth all = negate(decides);
    while (true) {
        size_t at = find_operator(span, operator);
        enum truth one = part(judge, trim((struct span){span.start, at}));
        if (one == decides || all == decides) {
            all = decides;
        }
        else if (one == PERHAPS) {
            all = PERHAPS;
        }
        if (at == span.length) {
            return all;
        }
        span = without(span, at + 2, 0);
    }
}

static enum truth
judge_all(const struct judge *judge, struct span span)
{
    return judge_parts(judge, span, "&&", NEVER, judge_term);
}

static enum truth
judge_any(const struct judge *judge, struct span span)
{
    if (memchr(span.start, '?', span.length) != NULL) {
        return PERHAPS;
    }
    return judge_parts(judge, span, "||", ALWAYS, judge_all);
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
    struct judge judge;
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
put(struct nest *nest, const char *directive, struct span rest)
{
    pb_buf_adds(nest->out, directive);
    pb_buf_addch(nest->out, ' ');
    pb_buf_add(nest->out, rest.start, rest.length);
    pb_buf_addch(nest->out, '\n');
}

/* A branch begins, under a condition as #if has it. */
static void
branch(struct nest *nest, enum truth truth, const char *directive,
       struct span condition)
{
    struct group *group = &nest->groups[nest->depth - 1];
    group->dead = group->hidden || group->settled || truth == NEVER;
    if (group->dead) {
        return;
    }
    group->settled = truth == ALWAYS;
    if (truth == PERHAPS) {
        put(nest, group->opened ? "#elif" : directive, condition);
        group->opened = true;
    }
    else if (group->opened) {
        put(nest, "#else", (struct span){"", 0});
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
        put(nest, "#endif", (struct span){"", 0});
    }
    return true;
}

/* False: not one that it can follow. */
static bool
follow(struct nest *nest, struct span word, struct span rest)
{
    if (is_text(word, "if")) {
        bool fits = begin(nest);
        if (fits) {
            branch(nest, judge_any(&nest->judge, rest), "#if", rest);
        }
        return fits;
    }
    if (is_text(word, "ifdef") || is_text(word, "ifndef")) {
        bool fits = begin(nest);
        if (fits) {
            bool negated = is_text(word, "ifndef");
            enum truth truth = judge_defined(&nest->judge, rest);
            branch(nest, negated ? negate(truth) : truth,
                   negated ? "#ifndef" : "#ifdef", rest);
        }
        return fits;
    }
    if (is_text(word, "endif")) {
        return end(nest);
    }
    if (nest->depth == 0) {
        return false;
    }
    if (is_text(word, "elif")) {
        branch(nest, judge_any(&nest->judge, rest), "#if", rest);
        return true;
    }
    if (is_text(word, "else")) {
        branch(nest, ALWAYS, "#else", (struct span){"", 0});
        return true;
    }
    return false;
}

static bool
is_conditional(struct span word)
{
    return (word.length >= 2 && memcmp(word.start, "if", 2) == 0) ||
           (word.length >= 2 && memcmp(word.start, "el", 2) == 0) ||
           is_text(word, "endif");
}

static struct span
first_word(struct span span)
{
    size_t length = 0;
    while (length < span.length && is_word(span.start[length])) {
        length++;
    }
    return (struct span){span.start, length};
}

bool
pb_visible_text(const char *text, size_t length,
                pb_visible_undefined *undefined, void *context,
                struct pb_buf *out)
{
    PB_AUTO(pb_buf) struct pb_buf lines = PB_BUF_INIT;
    struct nest nest = {.judge = {undefined, context, 0}, .out = out};
    bool fits = true;
    clean(text, length, &lines);
    const char *stop = lines.data + lines.len;
    for (const char *at = lines.data; at < stop && fits;) {
        const char *newline = memchr(at, '\n', (size_t)(stop - at));
        struct span line = {at, (size_t)(newline - at)};
        at = newline + 1;
        struct span word = {line.start, 0};
        if (line.start[0] == '#') {
            word = first_word(without(line, 1, 0));
        }
        if (is_conditional(word)) {
            size_t before = (size_t)(word.start - line.start) + word.length;
            fits = follow(&nest, word, without(line, before, 0));
        }
        else if (is_seen(&nest)) {
            pb_buf_add(out, line.start, line.length + 1);
        }
    }
    return fits && nest.depth == 0;
}
