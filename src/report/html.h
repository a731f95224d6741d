/* What the pages share: text that is escaped on its way out, a few elements,
   and the frame of a page. Nothing that comes out of a record or of nights
   reaches a page but through pb_html_text. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include <stddef.h>

#include "pybisect/buf.h"
#include "pybisect/json.h"
#include "report/say.h"
#include "report/strip.h"

/* Text for an element or a quoted attribute. What a reader could not see, or
   what turns the text around it, is made visible, as by pb_text_escape. */
void pb_html_text(struct pb_buf *out, const char *text);
/* The first `most` characters, then an ellipsis. */
void pb_html_cut(struct pb_buf *out, const char *text, size_t most);
/* <name class="...">text</name>; `class_name` may be NULL. */
void pb_html_element(struct pb_buf *out, const char *name,
                     const char *class_name, const char *text);
void pb_html_int(struct pb_buf *out, const char *name, int64_t value);
/* A link if it is one to the web, else its text alone. */
void pb_html_web_link(struct pb_buf *out, const char *url, const char *text);
/* A commit's digits, linked to where CPython's are shown. */
void pb_html_commit(struct pb_buf *out, const char *sha);
/* <dt>label</dt><dd>text</dd>; nothing when there is no text. */
void pb_html_fact(struct pb_buf *out, const char *label, const char *text);
/* A command to copy: a click selects all of it. */
void pb_html_command(struct pb_buf *out, const char *label,
                     const char *command);
/* A shape and a word for a verdict or outcome: "good", "bad", "other",
   "skip". */
void pb_html_mark(struct pb_buf *out, const char *verdict, const char *text);

struct pb_html_link {
    const char *href;
    const char *text;
};

struct pb_html_page {
    const char *title;
    const char *kind;                  /* class of <body> */
    const struct pb_html_link *crumbs; /* the way to this page */
    size_t ncrumbs;
    const struct pb_html_link *feeds; /* Atom, then JSON; NULL: none */
};

void pb_html_begin(struct pb_buf *out, const struct pb_html_page *page);
void pb_html_end(struct pb_buf *out);

/* --- the parts of a report ---------------------------------------------- */

/* html_report.c: all between a page's <main> and </main>. */
void pb_html_report(struct pb_buf *out, const struct pb_json *record);

/* html_finding.c: headline and commit or suspects, as of heading level 1, or
   2 for a further finding; what ties it to the failures. */
void pb_html_finding(struct pb_buf *out, const struct pb_json *record,
                     const struct pb_json *finding, int level);
/* The kinds of break, as a list. */
void pb_html_classes(struct pb_buf *out, const struct pb_json *classes);
void pb_html_evidence(struct pb_buf *out, const struct pb_json *finding,
                      int level);

/* html_strip.c: the range with what was tried, and what was believed. */
void pb_html_strip(struct pb_buf *out, const struct pb_json *record,
                   const struct pb_json *finding, int level);
/* The shapes that it uses, once a page. */
void pb_html_shapes(struct pb_buf *out);

/* html_near.c: the commits next to the answer. */
void pb_html_near(struct pb_buf *out, const struct pb_strip *strip,
                  const struct pb_json *finding);

/* html_tests.c: what changed. */
void pb_html_tests(struct pb_buf *out, const struct pb_json *finding,
                   int level);

/* html_outcome.c: bisections without a finding. */
void pb_html_outcome(struct pb_buf *out, const struct pb_json *record);

/* html_tried.c: every run; what was pinned. */
void pb_html_tried(struct pb_buf *out, const struct pb_json *record);
void pb_html_pinned(struct pb_buf *out, const struct pb_json *record);

#endif
