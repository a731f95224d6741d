/* Sets and dicts in a message: their order is that of hashes, which are those
   of addresses for most objects, and were others in other versions. Items are
   normalised and sorted; where a repr was cut the items left are a chance
   selection, and all of them go. */
#include "verdict/collections.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/strv.h"

#define MOST_BYTES 4096 /* of a display: what is longer stays as it is */
#define MOST_DEPTH 8

#define ELLIPSIS "\xe2\x80\xa6"

/* Behind the closing quote of the string at `from`; 0: it has none. */
static size_t
string_end(const struct scan *scan, size_t from, size_t limit)
{
    char quote = scan->text[from];
    for (size_t i = from + 1; i < limit; i++) {
        if (scan->text[i] == '\\') {
            i++;
        }
        else if (scan->text[i] == quote) {
            return i + 1;
        }
    }
    return 0;
}

/* An apostrophe inside a word begins no string, the prefix of b'x' is no
   word. */
static bool
begins_string(const struct scan *scan, size_t at)
{
    char c = scan->text[at];
    char before = at > 0 ? scan->text[at - 1] : '\0';
    return c == '"' || (c == '\'' && (!pb_scan_is_word(before) || at < 2 ||
                                      !pb_scan_is_word(scan->text[at - 2])));
}

static size_t
line_limit(const struct scan *scan)
{
    size_t limit =
        scan->len - scan->at > MOST_BYTES ? scan->at + MOST_BYTES : scan->len;
    const char *newline =
        memchr(scan->text + scan->at, '\n', limit - scan->at);
    return newline == NULL ? limit : (size_t)(newline - scan->text);
}

static void
add_item(const struct scan *scan, size_t from, size_t to, struct pb_strv *out)
{
    PB_AUTO(pb_buf) struct pb_buf item = PB_BUF_INIT;
    if (out == NULL) {
        return;
    }
    while (from < to && scan->text[from] == ' ') {
        from++;
    }
    pb_normalise_text(scan->text + from, to - from, scan->depth + 1, &item);
    pb_strv_take(out, pb_buf_take(&item));
}

/* Returns where the bracket that opens at scan->at has closed, or 0. The
   items between are appended to `out`, unless that is NULL. */
static size_t
read_display(const struct scan *scan, struct pb_strv *out)
{
    size_t limit = line_limit(scan);
    size_t open = 0;
    size_t item = scan->at + 1;
    for (size_t i = scan->at; i < limit; i++) {
        char c = scan->text[i];
        if (begins_string(scan, i)) {
            size_t end = string_end(scan, i, limit);
            if (end == 0) {
                return 0;
            }
            i = end - 1;
        }
        else if (strchr("{[(", c) != NULL && c != '\0') {
            open++;
        }
        else if (strchr("}])", c) != NULL && c != '\0' && --open == 0) {
            if (c != (scan->text[scan->at] == '{' ? '}' : ']')) {
                return 0;
            }
            if (i > item) {
                add_item(scan, item, i, out);
            }
            return i + 1;
        }
        else if (open == 1 && c == ',' && pb_scan_peek(scan, i + 1) == ' ') {
            add_item(scan, item, i, out);
            item = i + 1;
        }
    }
    return 0;
}

/* "..." between here and `end`: reprlib, unittest and pytest put it
   anywhere, also inside of items. */
static bool
is_cut(const struct scan *scan, size_t end)
{
    for (size_t i = scan->at; i + 3 <= end; i++) {
        if (memcmp(scan->text + i, "...", 3) == 0) {
            return true;
        }
    }
    return false;
}

/* Of a display that was cut at `from`: behind the bracket that still closes
   it, if one does. */
static size_t
end_of_cut(const struct scan *scan, size_t from, size_t limit)
{
    for (size_t i = from; i < limit && scan->text[i] != '{'; i++) {
        if (scan->text[i] == '}') {
            return i + 1;
        }
    }
    return from;
}

/* A display that lost its end, or half of a string: "{'a': 1,
   'b'[truncated]...". */
static size_t
take_cut(const struct scan *scan, struct pb_buf *out)
{
    size_t limit = line_limit(scan);
    bool several = false;
    for (size_t i = scan->at + 1; i + 3 <= limit; i++) {
        several = several || memcmp(scan->text + i, ", ", 2) == 0;
        if (memcmp(scan->text + i, "...", 3) == 0) {
            size_t end = end_of_cut(scan, i + 3, limit);
            pb_buf_adds(out, !several       ? ""
                             : end == i + 3 ? "{" ELLIPSIS
                                            : "{" ELLIPSIS "}");
            return several ? end - scan->at : 0;
        }
    }
    return 0;
}

static bool
follows(const struct scan *scan, const char *word)
{
    size_t length = strlen(word);
    return scan->at >= length &&
           strncmp(scan->text + scan->at - length, word, length) == 0;
}

/* A list that shows a set: set(['a']) of Python 2, dict_keys(['a']). */
static bool
is_list_of_set(const struct scan *scan)
{
    return follows(scan, "set(") || follows(scan, "dict_keys(") ||
           follows(scan, "dict_values(") || follows(scan, "dict_items(");
}

size_t
pb_take_collection(const struct scan *scan, struct pb_buf *out)
{
    char open = scan->text[scan->at];
    bool unordered = open == '{' ? !follows(scan, "OrderedDict(")
                                 : open == '[' && is_list_of_set(scan);
    if (!unordered || scan->depth >= MOST_DEPTH) {
        return 0;
    }
    size_t end = read_display(scan, NULL);
    if (end == 0) {
        return open == '{' ? take_cut(scan, out) : 0;
    }
    if (is_cut(scan, end)) {
        pb_buf_addf(out, "%c" ELLIPSIS "%c", open, scan->text[end - 1]);
        return end - scan->at;
    }
    PB_AUTO(pb_strv) struct pb_strv items = PB_STRV_INIT;
    read_display(scan, &items);
    pb_strv_sort(&items);
    PB_AUTOFREE char *text = pb_strv_join(&items, ", ");
    pb_buf_addf(out, "%c%s%c", open, text, scan->text[end - 1]);
    return end - scan->at;
}
