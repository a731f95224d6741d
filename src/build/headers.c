#include "build/headers.h"

#include <stdlib.h>
#include <string.h>

#include "build/macros.h"
#include "build/stale.h"
#include "build/visible.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/regex.h"

/* --- line numbers ------------------------------------------------------- */

/* Do these words put the numbers of lines into objects? -g, sanitizers and
   measured coverage do. */
static bool
are_lines_kept_by(const char *words)
{
    static const char *const parts[] = {" -g", "\t-g", "-fsanitize",
                                        "-fprofile", "coverage"};
    bool kept = false;
    for (size_t i = 0; i < PB_LENGTH(parts); i++) {
        kept = kept || strstr(words, parts[i]) != NULL;
    }
    return kept;
}

/* The flags that everything is compiled with; group 1 is their text. */
#define FLAGS "^(?:OPT|\\w*CFLAGS\\w*)[ \\t]*=(.*)$"
/* Checks that say in which line they failed. */
#define CHECKS                                                                \
    "^#[ \\t]*define[ \\t]+Py_(?:DEBUG|REF_DEBUG|TRACE_REFS|STATS)\\b"

/* 1: as far as flags and configuration say, no object knows of lines. */
static int
are_lines_free(const char *directory, struct pb_error *err)
{
    PB_AUTOFREE char *makefile = pb_path_join(directory, "Makefile");
    PB_AUTOFREE char *config = pb_path_join(directory, "pyconfig.h");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf words = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf header = PB_BUF_INIT;
    PB_AUTO(pb_regex) struct pb_regex *flags = pb_regex_new(FLAGS, err);
    PB_AUTO(pb_regex) struct pb_regex *checks = pb_regex_new(CHECKS, err);
    struct pb_regex_match match;
    if (flags == NULL || checks == NULL) {
        return -1;
    }
    struct pb_error ignored = PB_ERROR_INIT; /* not configured yet, mostly */
    if (pb_fs_read(makefile, PB_LIMIT_BLOB_BYTES, &text, &ignored) < 0 ||
        pb_fs_read(config, PB_LIMIT_BLOB_BYTES, &header, &ignored) < 0)
    {
        return 0;
    }
    for (size_t at = 0; pb_regex_match(flags, text.data, text.len, at, &match);
         at = match.group[0].end)
    {
        pb_buf_addch(&words, ' ');
        pb_buf_add(&words, text.data + match.group[1].start,
                   match.group[1].end - match.group[1].start);
    }
    return strstr(words.data, "-DNDEBUG") != NULL &&
           !are_lines_kept_by(words.data) &&
           !pb_regex_match(checks, header.data, header.len, 0, &match);
}

/* Does a line other than a directive name its number? */
static bool
names_lines(const struct pb_buf *visible)
{
    for (const char *line = visible->data; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (line[0] != '#' &&
            memmem(line, length, "__LINE__", strlen("__LINE__")) != NULL)
        {
            return true;
        }
        line += length;
        line += *line == '\n';
    }
    return false;
}

/* --- comparing ---------------------------------------------------------- */

struct header {
    const char *path; /* borrowed */
    struct pb_buf before;
    struct pb_buf after;
    bool alike;
};

struct headers {
    struct header *items;
    size_t len;
};

static void
pb_headers_clear(struct headers *headers)
{
    for (size_t i = 0; i < headers->len; i++) {
        pb_buf_clear(&headers->items[i].before);
        pb_buf_clear(&headers->items[i].after);
    }
    free(headers->items);
}
PB_DEFINE_AUTO_CLEAR(pb_headers, struct headers, pb_headers_clear)

/* Notes what is asked for; nothing is known of it yet. */
static bool
note_name(const char *name, void *context)
{
    pb_macros_add(context, name);
    return false;
}

static void
note_names(const struct pb_buf *text, struct pb_macros *macros)
{
    PB_AUTO(pb_buf) struct pb_buf ignored = PB_BUF_INIT;
    const struct pb_undefined noting = {note_name, macros};
    (void)pb_visible_text(text->data, text->len, &noting, &ignored);
}

static bool
is_undefined(const char *name, void *context)
{
    return pb_macros_has(context, name);
}

static bool
see(const struct pb_buf *text, struct pb_macros *undefined,
    struct pb_buf *visible)
{
    const struct pb_undefined known = {is_undefined, undefined};
    return pb_visible_text(text->data, text->len, &known, visible);
}

static bool
look_the_same(const struct header *header, struct pb_macros *undefined)
{
    PB_AUTO(pb_buf) struct pb_buf before = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf after = PB_BUF_INIT;
    return see(&header->before, undefined, &before) &&
           see(&header->after, undefined, &after) && before.len == after.len &&
           memcmp(before.data, after.data, before.len) == 0 &&
           !names_lines(&before);
}

/* Those that are there before and after. */
static int
read_headers(struct pb_tree *tree, const struct pb_tree_next *next,
             const struct pb_strv *touched, struct headers *out,
             struct pb_error *err)
{
    out->items = pb_alloc(touched->len * sizeof(*out->items));
    for (size_t i = 0; i < touched->len; i++) {
        const char *path = touched->items[i];
        PB_AUTOFREE char *full = pb_path_join(pb_tree_directory(tree), path);
        if (!pb_stale_is_header(path) || !pb_fs_exists(full)) {
            continue;
        }
        struct header *header = &out->items[out->len++];
        *header = (struct header){
            .path = path, .before = PB_BUF_INIT, .after = PB_BUF_INIT};
        if (pb_fs_read(full, PB_LIMIT_BLOB_BYTES, &header->before, err) < 0) {
            return -1;
        }
        int status = pb_tree_next_read(next, path, &header->after, err);
        if (status < 0) {
            return -1;
        }
        if (status == 1) {
            pb_buf_clear(&header->before);
            out->len--;
        }
    }
    return 0;
}

/* What files that change will define counts as well as what they did. */
static int
drop_new_definitions(const struct pb_tree_next *next,
                     const struct pb_strv *touched, struct pb_macros *macros,
                     struct pb_error *err)
{
    for (size_t i = 0; i < touched->len; i++) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        if (!pb_stale_is_c_text(touched->items[i])) {
            continue;
        }
        if (pb_tree_next_read(next, touched->items[i], &text, err) < 0) {
            return -1;
        }
        pb_macros_drop_defined(macros, text.data, text.len);
    }
    return 0;
}

static int
find_alike(struct pb_tree *tree, const struct pb_tree_next *next,
           const char *cc, const struct pb_strv *touched,
           struct headers *headers, struct pb_error *err)
{
    PB_AUTO(pb_macros) struct pb_macros *macros = pb_macros_new();
    const char *directory = pb_tree_directory(tree);
    if (read_headers(tree, next, touched, headers, err) < 0) {
        return -1;
    }
    if (headers->len == 0) {
        return 0;
    }
    for (size_t i = 0; i < headers->len; i++) {
        note_names(&headers->items[i].before, macros);
        note_names(&headers->items[i].after, macros);
    }
    if (drop_new_definitions(next, touched, macros, err) < 0) {
        return -1;
    }
    pb_macros_drop_possible(macros, directory, cc);
    bool lines_count = pb_macros_has_assertions(macros);
    for (size_t i = 0; i < headers->len; i++) {
        struct header *header = &headers->items[i];
        header->alike = !lines_count && look_the_same(header, macros);
    }
    return 0;
}

/* Headers are few and touched paths may be many. */
static bool
is_alike(const struct headers *headers, const char *path)
{
    for (size_t i = 0; i < headers->len; i++) {
        if (strcmp(headers->items[i].path, path) == 0) {
            return headers->items[i].alike;
        }
    }
    return false;
}

int
pb_headers_that_matter(struct pb_tree *tree, const struct pb_tree_next *next,
                       const char *cc, const struct pb_strv *touched,
                       struct pb_strv *out, struct pb_error *err)
{
    PB_AUTO(pb_headers) struct headers headers = {.len = 0};
    int status = are_lines_free(pb_tree_directory(tree), err);
    if (status < 0 || (status == 1 &&
                       find_alike(tree, next, cc, touched, &headers, err) < 0))
    {
        return -1;
    }
    for (size_t i = 0; i < touched->len; i++) {
        if (!is_alike(&headers, touched->items[i])) {
            pb_strv_add(out, touched->items[i]);
        }
    }
    return 0;
}
