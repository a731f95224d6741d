/* One record, several writers. The record is JSON, documented field by field
   in docs/report.md; every writer reads the record and nothing else, so a
   report can be written again from the journal at any time. */
#ifndef PYBISECT_REPORT_H
#define PYBISECT_REPORT_H

#include "pybisect/buf.h"
#include "pybisect/json.h"
#include "pybisect/session.h"

/* The record of a finished bisection. Caller frees. NULL on failure (an
   object of the history that cannot be read). `command` is the command line
   as typed. */
struct pb_json *pb_report_record(const struct pb_bisection *bisection,
                                 struct pb_session *session,
                                 const char *command, double seconds,
                                 struct pb_error *err);

/* The exit status that the record's outcome calls for: 0 or 1. */
int pb_report_exit_status(const struct pb_json *record);

/* For a terminal: `width` columns (0: 79), `color` with ANSI escapes. */
void pb_report_text(const struct pb_json *record, int width, bool color,
                    struct pb_buf *out);
/* For --explain: which rule made which class of each finding. */
void pb_report_explain(const struct pb_json *record, int width, bool color,
                       struct pb_buf *out);
/* One page, which asks for nothing from outside. */
void pb_report_html(const struct pb_json *record, struct pb_buf *out);
enum pb_report_for {
    PB_REPORT_FOR_CPYTHON, /* with the fields of its bug form */
    PB_REPORT_FOR_PROJECT,
};

/* An issue on GitHub, of 60,000 bytes at most. */
void pb_report_markdown(const struct pb_json *record,
                        enum pb_report_for reader, struct pb_buf *out);
/* What changed, for a CI server. */
void pb_report_junit(const struct pb_json *record, struct pb_buf *out);
void pb_report_json(const struct pb_json *record, struct pb_buf *out);

enum pb_report_form {
    PB_REPORT_TEXT,
    PB_REPORT_JSON,
    PB_REPORT_HTML,
    PB_REPORT_MARKDOWN,
    PB_REPORT_JUNIT,
};

/* "text", "json", "html", "markdown", "junit"; "cpython", "project". */
bool pb_report_form_parse(const char *name, enum pb_report_form *out);
bool pb_report_for_parse(const char *name, enum pb_report_for *out);
/* By .txt, .json, .html, .md, .xml; others are JSON. */
enum pb_report_form pb_report_form_of_file(const char *path);
/* In any of them; text is 79 columns wide and without colours. */
void pb_report_write(const struct pb_json *record, enum pb_report_form form,
                     enum pb_report_for reader, struct pb_buf *out);

/* Fails (PB_ERROR_CONFIG) if the record has another schema than this version
   reads; `name` is what messages call it. */
int pb_report_check(const struct pb_json *record, const char *name,
                    struct pb_error *err);

/* Appends `text` with what a terminal would act on made visible: control
   characters ("\x1b"), the directional ones of Unicode ("\u202e"), bytes
   that are no UTF-8. Newlines stay, tabs are four spaces, a carriage return
   before a newline is dropped. */
void pb_text_escape(const char *text, struct pb_buf *out);

#endif
