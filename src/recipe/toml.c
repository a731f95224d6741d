/* As much of TOML as it takes to find names and requirements: tables, keys,
   and the texts in values. What is well formed is read right; this is no
   judge of the rest. */
#include "recipe/metadata.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"

static const char *
skip_line(const char *at)
{
    return at + strcspn(at, "\n");
}

static const char *
skip_blank(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\r\n");
        if (*at != '#') {
            return at;
        }
        at = skip_line(at);
    }
}

/* A text that starts at its quote; returns what follows it. Escapes other
   than of a quote or a backslash are left as they are. */
static const char *
read_text(const char *at, struct pb_buf *out)
{
    char quote = *at;
    bool block = at[1] == quote && at[2] == quote;
    size_t width = block ? 3 : 1;
    const char end[] = {quote, quote, quote, '\0'};
    at += width;
    while (*at != '\0' && (block || *at != '\n')) {
        if (strncmp(at, end, width) == 0) {
            return at + width;
        }
        if (quote == '"' && *at == '\\' && (at[1] == '"' || at[1] == '\\')) {
            at++;
        }
        pb_buf_addch(out, *at++);
    }
    return at;
}

/* A value and the texts in it; returns what follows it. */
static const char *
read_value(const char *at, struct pb_strv *texts)
{
    size_t depth = 0;
    size_t tables = 0;
    while (*at != '\0') {
        if (*at == '"' || *at == '\'') {
            PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
            at = read_text(at, &text);
            if (tables == 0) {
                pb_strv_add(texts, text.data);
            }
            continue;
        }
        if (*at == '#') {
            at = skip_line(at);
            continue;
        }
        if (*at == '\n' && depth == 0) {
            return at;
        }
        depth += *at == '[' || *at == '{';
        tables += *at == '{';
        tables -= *at == '}' && tables > 0;
        depth -= (*at == ']' || *at == '}') && depth > 0;
        at++;
    }
    return at;
}

/* "a.b" out of `a."b" ` and the like. */
static char *
clean_key(const char *text, size_t length)
{
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    for (size_t i = 0; i < length; i++) {
        if (strchr(" \t\r\"'", text[i]) == NULL) {
            pb_buf_addch(&out, text[i]);
        }
    }
    return pb_buf_take(&out);
}

void
pb_toml_each(const char *text,
             void (*visit)(const char *table, const char *key,
                           const struct pb_strv *texts, void *context),
             void *context)
{
    PB_AUTOFREE char *table = pb_strdup("");
    for (const char *at = skip_blank(text); *at != '\0'; at = skip_blank(at)) {
        if (*at == '[') {
            at += strspn(at, "[");
            size_t length = strcspn(at, "]\n");
            free(table);
            table = clean_key(at, length);
            at = skip_line(at + length);
            continue;
        }
        size_t length = strcspn(at, "=\n");
        if (at[length] != '=') {
            at = skip_line(at);
            continue;
        }
        PB_AUTOFREE char *key = clean_key(at, length);
        PB_AUTO(pb_strv) struct pb_strv texts = PB_STRV_INIT;
        at = read_value(at + length + 1, &texts);
        visit(table, key, &texts, context);
    }
}
