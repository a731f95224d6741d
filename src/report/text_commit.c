/* A commit of CPython, with what CPython says about it. */
#include "report/text_private.h"

#include <stdint.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "verdict/words.h"

#define FILES_NAMED 12
#define ENTRY_ROWS 12 /* of a paragraph */

static void
write_strings(struct pb_page *page, const char *label,
              const struct pb_json *array, size_t limit)
{
    size_t len = pb_json_length(array);
    for (size_t i = 0; i < len && i < limit; i++) {
        pb_page_field(page, i == 0 ? label : "", PB_STYLE_PLAIN,
                      pb_json_text(pb_json_at(array, i)));
    }
    if (len > limit) {
        PB_AUTO(pb_buf) struct pb_buf more = PB_BUF_INIT;
        pb_buf_addf(&more, "... and %zu more", len - limit);
        pb_page_field(page, "", PB_STYLE_PLAIN, more.data);
    }
}

/* Length of a paragraph or of an item of a list. */
static size_t
paragraph_length(const char *text)
{
    const char *end = strchr(text, '\n');
    while (end != NULL) {
        const char *next = end + 1 + strspn(end + 1, " ");
        if (*next == '\0' || *next == '\n' || strncmp(next, "* ", 2) == 0 ||
            strncmp(next, "- ", 2) == 0)
        {
            return (size_t)(end - text);
        }
        end = strchr(next, '\n');
    }
    return strlen(text);
}

/* Of a title, its line alone. */
static void
drop_underline(char *paragraph)
{
    char *second = strchr(paragraph, '\n');
    if (second != NULL && second[1] != '\0' &&
        second[1 + strspn(second + 1, "-=~^")] == '\0')
    {
        *second = '\0';
    }
}

/* reStructuredText without its markup: nobody's terminal follows links.
   Examples, which are deeper than the line with "::" above them, are left
   out. */
static void
write_entry(struct pb_page *page, const char *label, const char *rst)
{
    size_t intro = SIZE_MAX; /* depth of that line */
    for (rst += strspn(rst, "\n"); *rst != '\0'; rst += strspn(rst, "\n")) {
        size_t depth = strspn(rst, " ");
        rst += depth;
        size_t length = paragraph_length(rst);
        PB_AUTOFREE char *paragraph = pb_strndup(rst, length);
        rst += length;
        if (length == 0 || depth > intro) {
            continue;
        }
        bool introduces =
            length > 2 && strcmp(paragraph + length - 2, "::") == 0;
        bool item = strncmp(paragraph, "* ", 2) == 0 ||
                    strncmp(paragraph, "- ", 2) == 0;
        intro = introduces ? depth + (item ? 2 : 0) : SIZE_MAX;
        paragraph[length - introduces] = '\0';
        drop_underline(paragraph);
        PB_AUTO(pb_buf) struct pb_buf plain = PB_BUF_INIT;
        pb_words_plain(paragraph, &plain);
        pb_page_field_block(page, label, plain.data, ENTRY_ROWS);
        label = "";
    }
}

static void
write_parent(struct pb_page *page, const struct pb_json *parent)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_addf(&text, "%s (%s) %s", pb_json_get_string(parent, "short"),
                pb_json_get_string(parent, "date"),
                pb_json_get_string(parent, "subject"));
    pb_page_field(page, "parent", PB_STYLE_PLAIN, text.data);
}

void
pb_text_commit(struct pb_page *page, const struct pb_json *finding, bool whole)
{
    const struct pb_json *commit = pb_json_get(finding, "culprit");
    PB_AUTO(pb_buf) struct pb_buf author = PB_BUF_INIT;
    pb_buf_adds(&author, pb_json_get_string(commit, "author"));
    if (*pb_json_get_string(commit, "email") != '\0') {
        pb_buf_addf(&author, " <%s>", pb_json_get_string(commit, "email"));
    }
    pb_page_field(page, "commit", PB_STYLE_BOLD,
                  pb_json_get_string(commit, "sha"));
    pb_page_field(page, "author", PB_STYLE_PLAIN, author.data);
    pb_page_field(page, "date", PB_STYLE_PLAIN,
                  pb_json_get_string(commit, "date"));
    pb_page_field(page, "subject", PB_STYLE_BOLD,
                  pb_json_get_string(commit, "subject"));
    write_strings(page, "links", pb_json_get(commit, "links"), FILES_NAMED);
    write_entry(page, "NEWS", pb_json_get_string(commit, "news"));
    if (whole) {
        write_entry(page, "What's New",
                    pb_json_get_string(commit, "whats_new"));
        write_strings(page, "files", pb_json_get(commit, "files"),
                      FILES_NAMED);
    }
    write_parent(page, pb_json_get(finding, "parent"));
}
