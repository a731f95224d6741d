/* Markdown for an issue on GitHub. Whatever comes out of the record goes
   through one of the three functions below: it cannot end its fence, mention
   anybody, refer to another issue or become HTML. */
#ifndef REPORT_MARKDOWN_H
#define REPORT_MARKDOWN_H

#include <stddef.h>

#include "pybisect/buf.h"
#include "pybisect/json.h"

/* How much of each thing there is: less and less, until it all fits. */
struct pb_md_limits {
    size_t text;  /* characters of a phrase */
    size_t block; /* characters of a message, traceback or command */
    size_t tests; /* of one finding */
    size_t rows;  /* of a table or list */
};

/* In a sentence, cut; newlines are spaces. */
void pb_md_text(struct pb_buf *out, const char *text, size_t most);
/* `code`, cut; newlines are spaces. */
void pb_md_code(struct pb_buf *out, const char *text, size_t most);
/* A fenced block; too long a text loses its middle. */
void pb_md_block(struct pb_buf *out, const char *language, const char *text,
                 size_t most);

/* markdown_tests.c: what changed. */
void pb_md_tests(struct pb_buf *out, const struct pb_json *finding,
                 const struct pb_md_limits *limits);
/* markdown_details.c: the folded parts. */
void pb_md_details(struct pb_buf *out, const struct pb_json *record,
                   const struct pb_md_limits *limits);

#endif
