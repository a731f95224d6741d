#include "build/preprocessed.h"

#include <string.h>

#include "pybisect/alloc.h"

bool
pb_preprocessed_needs_lines(const char *const *argv)
{
    static const char *const parts[] = {"-fsanitize", "-fprofile", "coverage"};
    bool needs = false;
    for (; *argv != NULL && !needs; argv++) {
        const char *word = *argv;
        needs = strncmp(word, "-g", 2) == 0 && strcmp(word, "-g0") != 0;
        for (size_t i = 0; i < PB_LENGTH(parts) && !needs; i++) {
            needs = strstr(word, parts[i]) != NULL;
        }
    }
    return needs;
}

struct line {
    const char *start;
    size_t length; /* with its newline */
};

static bool
is_empty(const struct line *line)
{
    return strspn(line->start, " \t\r\f\v") + 1 >= line->length &&
           line->start[line->length - 1] == '\n';
}

/* # 12 "Include/object.h" 2: the quoted name, or false. */
static bool
is_marker(const struct line *line, struct line *out_name)
{
    const char *at = line->start;
    const char *end = line->start + line->length;
    if (line->length < 3 || at[0] != '#' || at[1] != ' ') {
        return false;
    }
    at += 2;
    const char *digits = at;
    while (at < end && *at >= '0' && *at <= '9') {
        at++;
    }
    if (at == digits || end - at < 3 || at[0] != ' ' || at[1] != '"') {
        return false;
    }
    const char *name = at + 1;
    const char *quote = memrchr(name + 1, '"', (size_t)(end - name) - 1);
    if (quote == NULL) {
        return false;
    }
    *out_name = (struct line){name, (size_t)(quote - name) + 1};
    return true;
}

static bool
is_same(const struct line *a, const struct line *b)
{
    return a->length == b->length &&
           memcmp(a->start, b->start, a->length) == 0;
}

void
pb_preprocessed_forget_lines(struct pb_buf *text)
{
    struct pb_buf out = PB_BUF_INIT;
    struct line last = {"", 0};
    const char *end = text->data + text->len;
    for (const char *at = text->data; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline == NULL ? end : newline + 1;
        struct line line = {at, (size_t)(next - at)};
        struct line name;
        at = next;
        if (is_empty(&line)) {
            continue;
        }
        if (!is_marker(&line, &name)) {
            pb_buf_add(&out, line.start, line.length);
        }
        else if (!is_same(&name, &last)) {
            pb_buf_adds(&out, "# 0 ");
            pb_buf_add(&out, name.start, name.length);
            pb_buf_addch(&out, '\n');
            last = name;
        }
    }
    pb_buf_clear(text);
    *text = out;
}
