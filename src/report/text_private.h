/* What the files of the terminal report share: a page that wraps, and the
   parts of the report, which write themselves onto it. Whatever comes out of
   the record is escaped on its way to the page. */
#ifndef REPORT_TEXT_PRIVATE_H
#define REPORT_TEXT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/buf.h"
#include "pybisect/json.h"
#include "pybisect/report.h"
#include "report/say.h"

#define PB_TEXT_MESSAGE_ROWS 6
#define PB_TEXT_TRACE_ROWS 24

/* --- text_escape.c ------------------------------------------------------ */

/* Columns of escaped text: its characters. */
size_t pb_text_columns(const char *text, size_t length);
/* Bytes of the first `columns` characters. */
size_t pb_text_bytes(const char *text, size_t length, size_t columns);

/* --- text_page.c -------------------------------------------------------- */

enum pb_style {
    PB_STYLE_PLAIN,
    PB_STYLE_BOLD,
    PB_STYLE_RED,
    PB_STYLE_GREEN,
    PB_STYLE_YELLOW,
};

struct pb_page {
    struct pb_buf *out; /* borrowed */
    size_t width;
    bool color;
};

/* An empty line, then a title. */
void pb_page_heading(struct pb_page *page, const char *title);
/* Part of a line. */
void pb_page_span(struct pb_page *page, enum pb_style style, const char *text);
void pb_page_newline(struct pb_page *page);
/* `lead` after `indent` spaces, then the text, words wrapped and never
   broken, hanging below its own start. Newlines count as spaces. */
void pb_page_paragraph(struct pb_page *page, size_t indent, const char *lead,
                       enum pb_style style, const char *text);
/* Likewise, but line by line as the text has them; long lines are broken
   anywhere, and after `max_rows` rows the rest is "...". */
void pb_page_block(struct pb_page *page, size_t indent, const char *lead,
                   enum pb_style style, const char *text, size_t max_rows);
/* "label     text", labels as wide as the widest in use; nothing when the
   text is empty. */
void pb_page_field(struct pb_page *page, const char *label,
                   enum pb_style style, const char *text);
void pb_page_field_block(struct pb_page *page, const char *label,
                         const char *text, size_t max_rows);
/* A shell command; lines end in "\" between words. */
void pb_page_command(struct pb_page *page, size_t indent, const char *command);

/* --- text_table.c ------------------------------------------------------- */

struct pb_table {
    const char *const *titles; /* borrowed */
    size_t columns;
    struct pb_table_cell *cells;
    size_t len;
    size_t cap;
};

void pb_table_add(struct pb_table *table, enum pb_style style,
                  const char *text);
/* Text below the row that was just completed. */
void pb_table_note(struct pb_table *table, const char *text);
void pb_table_write(const struct pb_table *table, struct pb_page *page);
void pb_table_clear(struct pb_table *table);
PB_DEFINE_AUTO_CLEAR(pb_table, struct pb_table, pb_table_clear)

/* --- the parts ---------------------------------------------------------- */

/* text.c: a page for a terminal; 0: of the usual width. */
struct pb_page pb_text_page(int width, bool color, struct pb_buf *out);

/* text_commit.c */
void pb_text_commit(struct pb_page *page, const struct pb_json *finding,
                    bool whole);

/* text_evidence.c: where it surfaced; of a culprit also the reasons, and
   whether it was announced. */
void pb_text_evidence(struct pb_page *page, const struct pb_json *finding);

/* text_findings.c: the first finding; all others. */
void pb_text_findings(struct pb_page *page, const struct pb_json *record);
void pb_text_other_findings(struct pb_page *page,
                            const struct pb_json *record);

/* text_result.c: what a test did, behind `lead`; its traceback. */
void pb_text_result(struct pb_page *page, const char *lead,
                    const struct pb_json *result);
void pb_text_trace(struct pb_page *page, const char *trace);

/* text_tests.c: what changed for the tests, with at most `limit` named. */
void pb_text_tests(struct pb_page *page, const struct pb_json *finding,
                   size_t limit);

/* Which rule made which class of it, and what to do. */
void pb_text_why_classes(struct pb_page *page, const struct pb_json *finding);

/* text_outcome.c: bisections without a finding; what to do next. */
void pb_text_outcome(struct pb_page *page, const struct pb_json *record);
void pb_text_next(struct pb_page *page, const struct pb_json *record);

/* text_tried.c */
void pb_text_tried(struct pb_page *page, const struct pb_json *record);
void pb_text_time(struct pb_page *page, const struct pb_json *record);

#endif
