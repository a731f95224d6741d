/* A commit of CPython, with what CPython says about it. */
#include "report/text_private.h"

#include <string.h>

#include "pybisect/strv.h"

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

/* Nobody's terminal follows links: without markup. */
static void
write_entry(struct pb_page *page, const char *label, const char *rst)
{
    PB_AUTO(pb_strv) struct pb_strv paragraphs = PB_STRV_INIT;
    pb_say_entry(&paragraphs, rst);
    for (size_t i = 0; i < paragraphs.len; i++) {
        pb_page_field_block(page, i == 0 ? label : "", paragraphs.items[i],
                            ENTRY_ROWS);
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
