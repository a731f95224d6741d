/* Pieces of text, and what makes foreign text fit to be kept. */
#ifndef TRIAL_TEXT_H
#define TRIAL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "pybisect/buf.h"

/* Borrowed, not terminated. */
struct pb_span {
    const char *data;
    size_t length;
};

/* Asked of every line, mostly of literals, and so inline. */
static inline struct pb_span
pb_span_of(const char *text)
{
    return (struct pb_span){text, strlen(text)};
}

static inline bool
pb_span_starts(struct pb_span span, const char *prefix)
{
    size_t length = strlen(prefix);
    return span.length >= length && memcmp(span.data, prefix, length) == 0;
}

static inline bool
pb_span_ends(struct pb_span span, const char *suffix)
{
    size_t length = strlen(suffix);
    return span.length >= length &&
           memcmp(span.data + span.length - length, suffix, length) == 0;
}

static inline bool
pb_span_is(struct pb_span span, const char *text)
{
    return span.length == strlen(text) && pb_span_starts(span, text);
}

static inline bool
pb_span_equal(struct pb_span a, struct pb_span b)
{
    return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

static inline struct pb_span
pb_span_from(struct pb_span span, size_t start)
{
    return (struct pb_span){span.data + start, span.length - start};
}

/* From the first place where `text` stands; of length 0 when it does not. */
struct pb_span pb_span_find_bytes(struct pb_span span, const char *text,
                                  size_t length);
static inline struct pb_span
pb_span_find(struct pb_span span, const char *text)
{
    return pb_span_find_bytes(span, text, strlen(text));
}
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

/* The same of text with newlines. */
bool pb_text_is_plain_lines(struct pb_span text);

/* Appends the text as a terminal would leave it on paper: no colours, no
   control characters but newline and tab, "\r" as a newline, valid UTF-8. */
void pb_text_plain(const char *text, size_t length, struct pb_buf *out);

#endif
