/* Pieces of text, and what makes foreign text fit to be kept. */
#ifndef TRIAL_TEXT_H
#define TRIAL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/buf.h"

/* Borrowed, not terminated. */
struct pb_span {
    const char *data;
    size_t length;
};

struct pb_span pb_span_of(const char *text);
bool pb_span_starts(struct pb_span span, const char *prefix);
bool pb_span_ends(struct pb_span span, const char *suffix);
bool pb_span_is(struct pb_span span, const char *text);
/* From the first place where `text` stands; of length 0 when it does not. */
struct pb_span pb_span_find(struct pb_span span, const char *text);
struct pb_span pb_span_from(struct pb_span span, size_t start);
struct pb_span pb_span_trim(struct pb_span span); /* white space, both ends */
char *pb_span_dup(struct pb_span span);           /* caller frees */
/* Likewise; longer than twice `most` it is its first and last `most` bytes
   with "\n...\n" between: what is to be cut later need not be copied. */
char *pb_span_dup_ends(struct pb_span span, size_t most);

/* Takes the first line, without its end, off *rest. False when *rest is
   empty. */
bool pb_span_line(struct pb_span *rest, struct pb_span *out_line);

/* Of valid UTF-8: the length of the longest whole part up to `most`. */
size_t pb_text_boundary(const char *text, size_t length, size_t most);

/* The text as valid UTF-8; longer than `most` it is cut behind `head` bytes,
   then "\n...\n" and its end follow. Caller frees. */
char *pb_text_excerpt(const char *text, size_t most, size_t head);

/* Printable ASCII and tabs, nothing else: pb_text_plain would change nothing.
 */
bool pb_text_is_plain(struct pb_span line);

/* Appends the text as a terminal would leave it on paper: no colours, no
   control characters but newline and tab, "\r" as a newline, valid UTF-8. */
void pb_text_plain(const char *text, size_t length, struct pb_buf *out);

#endif
