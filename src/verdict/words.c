/* Names in messages, source lines and NEWS. */
#include "verdict/words.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "trial/text.h"
#include "verdict/scan.h"

#define SHORTEST_NAME 4

/* Words of Python's own messages, and names that are everybody's. */
static const char *const everyday[] = {
    "None",         "True",           "False",      "self",
    "name",         "names",          "object",     "objects",
    "module",       "attribute",      "argument",   "arguments",
    "keyword",      "positional",     "unexpected", "required",
    "expected",     "given",          "takes",      "missing",
    "instance",     "instances",      "string",     "strings",
    "bytes",        "type",           "types",      "value",
    "values",       "Error",          "error",      "class",
    "function",     "method",         "import",     "cannot",
    "named",        "must",           "have",       "from",
    "with",         "that",           "this",       "when",
    "line",         "file",           "call",       "args",
    "kwargs",       "index",          "range",      "list",
    "dict",         "tuple",          "float",      "item",
    "items",        "data",           "result",     "return",
    "test",         "tests",          "True",       "not",
    "found",        "invalid",        "syntax",     "after",
    "before",       "more",           "than",       "were",
    "does",         "between",        "read",       "write",
    "open",         "close",          "main",       "init",
    "__init__",     "__main__",       "__name__",   "__file__",
    "__call__",     "__new__",        "__repr__",   "__str__",
    "__eq__",       "__all__",        "assert",     "raise",
    "raised",       "AssertionError", "TypeError",  "ValueError",
    "ImportError",  "AttributeError", "KeyError",   "NameError",
    "RuntimeError", "Exception",      "OSError",    "ModuleNotFoundError",
    "SyntaxError",  "unittest",       "unable",     "failed",
    "should",       "only",           "same",       "supported",
    "python",       "Python",         "available",  "start",
    "stop",         "next",           "send",       "text",
    "path",         "join",           "copy",       "update",
    "append",       "encode",         "decode",     "format",
    "group",        "match",          "search",     "load",
    "loads",        "dump",           "dumps",      "iter",
    "keys",         "size",           "length",     "key",
    "code",         "wait",
};

bool
pb_words_is_everyday(const char *name)
{
    for (size_t i = 0; i < PB_LENGTH(everyday); i++) {
        if (strcmp(everyday[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool
is_dotted(char c)
{
    return pb_scan_is_word(c) || c == '.';
}

static void
add_once(struct pb_strv *list, const char *text, size_t length)
{
    PB_AUTOFREE char *word = pb_strndup(text, length);
    if (!pb_strv_contains(list, word) && list->len < 100) {
        pb_strv_add(list, word);
    }
}

/* "a.b.c", then its parts. */
static void
add_dotted(struct pb_strv *out, const char *text, size_t length)
{
    struct scan scan = {.text = text, .len = length};
    add_once(out, text, length);
    while (scan.at < length) {
        size_t part = pb_scan_run(&scan, scan.at, pb_scan_is_word);
        if (part > 0) {
            add_once(out, text + scan.at, part);
        }
        scan.at += part + 1;
    }
}

void
pb_words_quoted(const char *text, struct pb_strv *out)
{
    struct scan scan = {.text = text, .len = strlen(text)};
    for (; scan.at < scan.len; scan.at++) {
        char quote = text[scan.at];
        if (strchr("'\"`", quote) == NULL) {
            continue;
        }
        size_t from = scan.at + 1;
        size_t length = pb_scan_run(&scan, from, is_dotted);
        if (length > 0 && pb_scan_peek(&scan, from + length) == quote &&
            !pb_scan_is_digit(text[from]) && text[from] != '.')
        {
            add_dotted(out, text + from, length);
            scan.at = from + length;
        }
    }
    /* Python 2 quotes no module. */
    static const char named[] = "No module named ";
    const char *bare = strstr(text, named);
    if (bare != NULL) {
        scan.at = (size_t)(bare - text) + strlen(named);
        size_t length = pb_scan_run(&scan, scan.at, is_dotted);
        if (length > 0) {
            add_dotted(out, text + scan.at, length);
        }
    }
}

void
pb_words_telling(const char *text, struct pb_strv *out)
{
    struct scan scan = {.text = text, .len = strlen(text)};
    while (scan.at < scan.len) {
        size_t length = pb_scan_run(&scan, scan.at, pb_scan_is_word);
        if (length >= SHORTEST_NAME && !pb_scan_is_digit(text[scan.at])) {
            PB_AUTOFREE char *word = pb_strndup(text + scan.at, length);
            if (!pb_words_is_everyday(word)) {
                add_once(out, word, length);
            }
        }
        scan.at += length > 0 ? length : 1;
    }
}

bool
pb_words_has(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = text; length > 0 && (at = strstr(at, name)) != NULL;
         at++)
    {
        if ((at == text || !pb_scan_is_word(at[-1])) &&
            !pb_scan_is_word(at[length])) {
            return true;
        }
    }
    return false;
}

char *
pb_words_first_line(const char *text, size_t most)
{
    text += strspn(text, " \t\r\n");
    struct pb_span line = {text, strcspn(text, "\r\n")};
    line = pb_span_trim(line);
    size_t kept = pb_text_boundary(line.data, line.length, most);
    const char *space =
        kept < line.length ? memrchr(line.data, ' ', kept) : NULL;
    if (space != NULL && (size_t)(space - line.data) > kept / 2) {
        kept = (size_t)(space + 1 - line.data); /* no half of a word */
    }
    return pb_asprintf("%.*s%s", (int)kept, line.data,
                       kept < line.length ? "..." : "");
}

/* --- reStructuredText --------------------------------------------------- */

/* Length of ":role:" before a backquote, or 0. */
static size_t
role_length(const char *text)
{
    size_t length = *text == ':' ? 1 : 0;
    while (length > 0 &&
           (pb_scan_is_word(text[length]) ||
            strchr(":-", text[length]) != NULL) &&
           text[length] != '\0')
    {
        length++;
    }
    return length > 2 && text[length - 1] == ':' && text[length] == '`'
               ? length
               : 0;
}

/* What a role says besides its text. */
static const char *
role_words(const char *role, size_t length)
{
    static const char *const words[][2] = {
        {":pep:", "PEP "}, {":issue:", "issue "}, {":gh:", "gh-"}};
    for (size_t i = 0; i < PB_LENGTH(words); i++) {
        if (strlen(words[i][0]) == length &&
            strncmp(role, words[i][0], length) == 0) {
            return words[i][1];
        }
    }
    return "";
}

void
pb_words_plain(const char *rst, struct pb_buf *out)
{
    for (const char *c = rst; *c != '\0'; c++) {
        size_t role = role_length(c);
        if (role > 0) {
            pb_buf_adds(out, role_words(c, role));
            c += role; /* on the backquote */
            c += strspn(c + 1, "!~");
        }
        else if (*c == '\n') {
            pb_buf_addch(out, ' ');
            c += strspn(c + 1, " \t");
        }
        else if (*c != '`' && *c != '\r') {
            pb_buf_addch(out, *c);
        }
    }
}

/* Length of the sentence at `text`, its full stop included. */
static size_t
sentence_length(const char *text)
{
    const char *end = strstr(text, ". ");
    return end == NULL ? strlen(text) : (size_t)(end + 1 - text);
}

char *
pb_words_sentence(const char *rst, const char *name, size_t most)
{
    PB_AUTO(pb_buf) struct pb_buf plain = PB_BUF_INIT;
    pb_words_plain(rst + strspn(rst, "-* \t\r\n"), &plain);
    for (const char *at = plain.data; *at != '\0';) {
        size_t length = sentence_length(at);
        PB_AUTOFREE char *sentence = pb_strndup(at, length);
        if (pb_words_has(sentence, name)) {
            return pb_words_first_line(sentence, most);
        }
        at += length;
        at += strspn(at, " ");
    }
    pb_buf_truncate(&plain, sentence_length(plain.data));
    return pb_words_first_line(plain.data, most);
}

/* --- modules ------------------------------------------------------------ */

static bool
ends_with(const char *text, size_t length, const char *suffix)
{
    size_t tail = strlen(suffix);
    return length > tail && memcmp(text + length - tail, suffix, tail) == 0;
}

/* Modules/_socketmodule.c, Modules/_ssl.c, Modules/_io/fileio.c. */
static char *
extension_module(const char *path)
{
    static const char *const suffixes[] = {"module.c", ".c"};
    size_t first = strcspn(path, "/");
    if (path[first] == '/') {
        return pb_strndup(path, first);
    }
    for (size_t i = 0; i < PB_LENGTH(suffixes); i++) {
        if (ends_with(path, first, suffixes[i])) {
            return pb_strndup(path, first - strlen(suffixes[i]));
        }
    }
    return NULL;
}

char *
pb_words_module(const char *path)
{
    if (strncmp(path, "Modules/", 8) == 0) {
        return extension_module(path + 8);
    }
    size_t length = strlen(path);
    if (strncmp(path, "Lib/", 4) != 0 || !ends_with(path, length, ".py") ||
        strncmp(path, "Lib/test/", 9) == 0)
    {
        return NULL;
    }
    length -= ends_with(path, length, "/__init__.py") ? 12 : 3;
    char *name = pb_strndup(path + 4, length - 4);
    for (char *c = name; *c != '\0'; c++) {
        *c = *c == '/' ? '.' : *c;
    }
    return name;
}

bool
pb_words_same_module(const char *a, const char *b)
{
    size_t length = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
    return length > 0 && strncmp(a, b, length) == 0 &&
           (a[length] == '\0' || a[length] == '.') &&
           (b[length] == '\0' || b[length] == '.');
}
