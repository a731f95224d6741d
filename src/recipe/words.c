/* Words and placeholders of commands. No shell is involved: what a test id
   or a path holds can never become syntax. */
#include "recipe/words.h"

#include <string.h>

#include "pybisect/alloc.h"

static const char *const known[] = {
    "python", "project", "deps", "reporter", "results", "tmp", "port",
};

/* One quoted stretch, from behind its opening quote; returns what follows
   the closing one, or NULL. */
static const char *
read_single(const char *from, struct pb_buf *word)
{
    const char *end = strchr(from, '\'');
    if (end == NULL) {
        return NULL;
    }
    pb_buf_add(word, from, (size_t)(end - from));
    return end + 1;
}

static const char *
read_double(const char *from, struct pb_buf *word)
{
    for (const char *at = from; *at != '\0'; at++) {
        if (*at == '"') {
            return at + 1;
        }
        /* Inside double quotes a backslash quotes these alone. */
        if (*at == '\\' && at[1] != '\0' && strchr("\"\\$`\n", at[1])) {
            at++;
        }
        pb_buf_addch(word, *at);
    }
    return NULL;
}

/* One piece of a word; NULL when a quote or backslash has no end. */
static const char *
read_piece(const char *at, struct pb_buf *word)
{
    switch (*at) {
    case '\'':
        return read_single(at + 1, word);
    case '"':
        return read_double(at + 1, word);
    case '\\':
        if (at[1] == '\0') {
            return NULL;
        }
        pb_buf_addch(word, at[1]);
        return at + 2;
    default:
        pb_buf_addch(word, *at);
        return at + 1;
    }
}

int
pb_words_split(const char *command, struct pb_strv *out, struct pb_error *err)
{
    static const char blanks[] = " \t\r\n";
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    PB_AUTO(pb_buf) struct pb_buf word = PB_BUF_INIT;

    const char *at = command + strspn(command, blanks);
    while (*at != '\0') {
        while (*at != '\0' && strchr(blanks, *at) == NULL) {
            char opening = *at;
            at = read_piece(at, &word);
            if (at == NULL) {
                return pb_error_set(err, PB_ERROR_CONFIG,
                                    opening == '\\'
                                        ? "nothing follows the last %c"
                                        : "unbalanced quote %c",
                                    opening);
            }
        }
        pb_strv_take(&words, pb_buf_take(&word));
        at += strspn(at, blanks);
    }
    pb_strv_add_all(out, &words);
    return 0;
}

void
pb_words_quote(const char *word, struct pb_buf *out)
{
    pb_buf_addch(out, '\'');
    for (const char *at = word; *at != '\0'; at++) {
        if (*at == '\'') {
            pb_buf_adds(out, "'\\''");
        }
        else {
            pb_buf_addch(out, *at);
        }
    }
    pb_buf_addch(out, '\'');
}

/* Length of the name in "{name}" at `text`, or 0. */
static size_t
name_length(const char *text)
{
    size_t length =
        text[0] == '{' ? strspn(text + 1, "abcdefghijklmnopqrstuvwxyz") : 0;
    return length > 0 && text[1 + length] == '}' ? length : 0;
}

/* Length of the name in "{{name}}" at `text`, or 0. */
static size_t
escaped_length(const char *text)
{
    size_t length = text[0] == '{' ? name_length(text + 1) : 0;
    return length > 0 && text[3 + length] == '}' ? length : 0;
}

bool
pb_placeholder_next(const char *text, size_t *at, const char **out_name,
                    size_t *out_length)
{
    for (size_t i = *at; text[i] != '\0'; i++) {
        size_t escaped = escaped_length(text + i);
        if (escaped > 0) {
            i += escaped + 3;
            continue;
        }
        size_t length = name_length(text + i);
        if (length > 0) {
            *out_name = text + i + 1;
            *out_length = length;
            *at = i + length + 2;
            return true;
        }
    }
    return false;
}

static const struct pb_placeholder *
find_placeholder(const struct pb_placeholder *table, const char *name,
                 size_t length)
{
    for (; table->name != NULL; table++) {
        if (strlen(table->name) == length &&
            memcmp(table->name, name, length) == 0) {
            return table;
        }
    }
    return NULL;
}

void
pb_placeholder_fill(const char *text, const struct pb_placeholder *table,
                    struct pb_buf *out)
{
    while (*text != '\0') {
        size_t length = escaped_length(text);
        if (length > 0) {
            pb_buf_add(out, text + 1, length + 2);
            text += length + 4;
            continue;
        }
        length = name_length(text);
        const struct pb_placeholder *found =
            length > 0 ? find_placeholder(table, text + 1, length) : NULL;
        if (found == NULL) {
            pb_buf_addch(out, *text++);
            continue;
        }
        pb_buf_adds(out, found->value != NULL ? found->value : "");
        text += length + 2;
    }
}

void
pb_placeholder_escape(const char *text, struct pb_buf *out)
{
    while (*text != '\0') {
        size_t length = name_length(text);
        bool literal = length > 0 && !pb_placeholder_known(text + 1, length);
        if (literal) {
            pb_buf_addch(out, '{');
            pb_buf_add(out, text, length + 2);
            pb_buf_addch(out, '}');
            text += length + 2;
        }
        else {
            pb_buf_addch(out, *text++);
        }
    }
}

bool
pb_placeholder_known(const char *name, size_t length)
{
    for (size_t i = 0; i < PB_LENGTH(known); i++) {
        if (strlen(known[i]) == length && memcmp(known[i], name, length) == 0)
        {
            return true;
        }
    }
    return false;
}
