/* What an exception says, held against what a commit changes. */
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "verdict/evidence_private.h"

#define SHORTEST_FRAGMENT 10
#define MOST_SEARCHED 2048 /* bytes of a message */
#define NEWS_BYTES 120
#define C_FILES_NAMED 3

/* --- modules ------------------------------------------------------------ */

static bool
is_moved(const struct pb_touched *touched, const char *module)
{
    for (size_t i = 0; i < touched->len; i++) {
        PB_AUTOFREE char *other = pb_words_module(touched->files[i].path);
        if (touched->files[i].status == 'A' && other != NULL &&
            strcmp(other, module) == 0)
        {
            return true;
        }
    }
    return false;
}

/* "the package Lib/distutils" for its __init__.py. Caller frees. */
static char *
describe_module_file(const char *path)
{
    const char *init = strstr(path, "/__init__.py");
    return init == NULL
               ? pb_strdup(path)
               : pb_asprintf("the package %.*s", (int)(init - path), path);
}

static void
find_lost_module(struct inquiry *inquiry)
{
    static const char *const types[] = {"ImportError", "ModuleNotFoundError"};
    if (!pb_inquiry_is_type(inquiry, types, PB_LENGTH(types)) ||
        inquiry->quoted.len == 0)
    {
        return;
    }
    const char *missed = inquiry->quoted.items[0];
    for (size_t i = 0; i < inquiry->touched->len; i++) {
        const struct pb_touched_file *file = &inquiry->touched->files[i];
        PB_AUTOFREE char *module = pb_words_module(file->path);
        if (file->status == 'D' && module != NULL &&
            strcmp(module, missed) == 0 && !is_moved(inquiry->touched, module))
        {
            PB_AUTOFREE char *what = describe_module_file(file->path);
            PB_AUTOFREE char *about = pb_inquiry_module(file);
            pb_inquiry_add(inquiry, STRENGTH_LOST, about, file,
                           pb_asprintf("the commit removes %s; the failure "
                                       "says: %s",
                                       what, inquiry->said));
        }
    }
}

static const char *
verb(const struct pb_touched_file *file)
{
    return file->status == 'D'   ? "removes"
           : file->status == 'A' ? "adds"
                                 : "changes";
}

static void
find_named_modules(struct inquiry *inquiry)
{
    for (size_t i = 0;
         pb_inquiry_quotes_names(inquiry) && i < inquiry->touched->len; i++)
    {
        const struct pb_touched_file *file = &inquiry->touched->files[i];
        PB_AUTOFREE char *module = pb_words_module(file->path);
        if (module != NULL && pb_strv_contains(&inquiry->quoted, module)) {
            PB_AUTOFREE char *about = pb_inquiry_module(file);
            pb_inquiry_add(inquiry, STRENGTH_MODULE, about, file,
                           pb_asprintf("the failure names %s; the commit %s "
                                       "%s",
                                       module, verb(file), file->path));
        }
    }
}

/* --- the words themselves ----------------------------------------------- */

/* The longest piece of a literal between "%s", "{name}" and escapes. */
static size_t
longest_fragment(const char *text, const char **out)
{
    size_t longest = 0;
    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, "%{}\\");
        if (length > longest) {
            longest = length;
            *out = at;
        }
        at += length;
        if (*at == '\\' && at[1] != '\0') {
            at += 2;
        }
        else if (*at == '%') {
            at++;
            at += strspn(at, "0123456789.#+-*");
            at += *at != '\0';
        }
        else if (*at != '\0') {
            const char *close = *at == '{' ? strchr(at, '}') : NULL;
            at = close == NULL ? at + 1 : close + 1;
        }
    }
    return longest;
}

/* Long, and more than a name. */
static bool
is_sentence(const char *text, size_t length)
{
    return length >= SHORTEST_FRAGMENT && memchr(text, ' ', length) != NULL;
}

/* Returns whether there are such. */
static bool
find_words(struct inquiry *inquiry)
{
    const char *message = inquiry->failure->message;
    PB_AUTOFREE char *searched =
        pb_strndup(message == NULL ? "" : message, MOST_SEARCHED);
    const struct pb_touched_file *where = NULL;
    PB_AUTOFREE char *best = NULL;
    for (size_t i = 0; *searched != '\0' && i < inquiry->touched->len; i++) {
        const struct pb_touched_file *file = &inquiry->touched->files[i];
        for (size_t j = 0; j < file->texts.len; j++) {
            const char *start = NULL;
            size_t length = longest_fragment(file->texts.items[j], &start);
            if (length <= (best == NULL ? 0 : strlen(best)) ||
                !is_sentence(start, length)) {
                continue;
            }
            PB_AUTOFREE char *fragment = pb_strndup(start, length);
            if (strstr(searched, fragment) != NULL) {
                char *shorter = best;
                best = fragment;
                fragment = shorter;
                where = file;
            }
        }
    }
    if (where != NULL) {
        PB_AUTOFREE char *words =
            pb_words_first_line(best + strspn(best, " :;,."), NEWS_BYTES);
        pb_inquiry_add(inquiry, STRENGTH_SAID, words, where,
                       pb_asprintf("the commit changes lines of %s that say "
                                   "\"%s\", as the failure does",
                                   where->path, words));
    }
    return where != NULL;
}

/* --- crashes and syntax ------------------------------------------------- */

static bool
is_c(const char *path)
{
    size_t length = strlen(path);
    return length > 2 && path[length - 2] == '.' &&
           strchr("ch", path[length - 1]) != NULL;
}

static void
find_assertion(struct inquiry *inquiry)
{
    for (size_t i = 0; i < inquiry->touched->len; i++) {
        const char *path = inquiry->touched->files[i].path;
        const char *found = inquiry->failure->message == NULL || !is_c(path)
                                ? NULL
                                : strstr(inquiry->failure->message, path);
        if (found != NULL && found[strlen(path)] == ':') {
            pb_inquiry_add(inquiry, STRENGTH_ASSERTED, path,
                           &inquiry->touched->files[i],
                           pb_asprintf("the failure names %s, which the "
                                       "commit changes: %s",
                                       path, inquiry->said));
        }
    }
}

static void
find_c_code(struct inquiry *inquiry)
{
    PB_AUTO(pb_buf) struct pb_buf files = PB_BUF_INIT;
    size_t count = 0;
    if (inquiry->failure->outcome != PB_OUTCOME_CRASHED) {
        return;
    }
    for (size_t i = 0; i < inquiry->touched->len; i++) {
        const struct pb_touched_file *file = &inquiry->touched->files[i];
        if (is_c(file->path) && file->words.len > 0 &&
            ++count <= C_FILES_NAMED) {
            pb_buf_addf(&files, "%s%s", files.len > 0 ? ", " : "", file->path);
        }
    }
    if (count > 0) {
        pb_inquiry_add(inquiry, STRENGTH_ANY, "C", NULL,
                       pb_asprintf("the interpreter crashes; the commit "
                                   "changes C code: %s%s",
                                   files.data,
                                   count > C_FILES_NAMED ? ", ..." : ""));
    }
}

static bool
is_grammar(const char *path)
{
    static const char *const places[] = {
        "Grammar/",         "Parser/",           "Python/ast.c",
        "Python/compile.c", "Python/symtable.c", "Python/graminit.c",
        "Python/ast_opt.c", "Lib/keyword.py",
    };
    for (size_t i = 0; i < PB_LENGTH(places); i++) {
        if (strncmp(path, places[i], strlen(places[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void
find_grammar(struct inquiry *inquiry)
{
    static const char *const types[] = {"SyntaxError", "IndentationError",
                                        "TabError"};
    if (!pb_inquiry_is_type(inquiry, types, PB_LENGTH(types))) {
        return;
    }
    for (size_t i = 0; i < inquiry->touched->len; i++) {
        const struct pb_touched_file *file = &inquiry->touched->files[i];
        if (is_grammar(file->path)) {
            pb_inquiry_add(inquiry, STRENGTH_GRAMMAR, "grammar", file,
                           pb_asprintf("a file does not compile; the commit "
                                       "%s %s",
                                       verb(file), file->path));
            return;
        }
    }
}

/* --- NEWS --------------------------------------------------------------- */

static bool
find_in_news(struct inquiry *inquiry, const struct pb_strv *names)
{
    const struct pb_touched *touched = inquiry->touched;
    const char *text =
        touched->news != NULL ? touched->news : touched->whats_new;
    for (size_t i = 0; text != NULL && i < names->len; i++) {
        const char *name = names->items[i];
        if (strlen(name) > 2 && !pb_words_is_everyday(name) &&
            pb_words_has(text, name))
        {
            PB_AUTOFREE char *sentence =
                pb_words_sentence(text, name, NEWS_BYTES);
            pb_inquiry_add(inquiry, STRENGTH_NEWS, "NEWS", NULL,
                           pb_asprintf("%s names %s, as the failure does: %s",
                                       touched->news != NULL ? "its NEWS entry"
                                                             : "What's New",
                                       name, sentence));
            return true;
        }
    }
    return false;
}

void
pb_evidence_of_message(struct inquiry *inquiry)
{
    find_lost_module(inquiry);
    pb_evidence_of_names(inquiry, find_words(inquiry));
    find_named_modules(inquiry);
    find_assertion(inquiry);
    find_grammar(inquiry);
    find_c_code(inquiry);
    if (!pb_inquiry_quotes_names(inquiry) ||
        !find_in_news(inquiry, &inquiry->quoted))
    {
        find_in_news(inquiry, &inquiry->names);
    }
}
