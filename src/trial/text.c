/* Spans of text, and foreign bytes made fit to be kept. */
#include "trial/text.h"

#include <string.h>

#include "base/utf8.h"
#include "pybisect/alloc.h"

#define CUT "\n...\n"

struct pb_span
pb_span_of(const char *text)
{
    return (struct pb_span){text, strlen(text)};
}

bool
pb_span_starts(struct pb_span span, const char *prefix)
{
    size_t length = strlen(prefix);
    return span.length >= length && memcmp(span.data, prefix, length) == 0;
}

bool
pb_span_ends(struct pb_span span, const char *suffix)
{
    size_t length = strlen(suffix);
    return span.length >= length &&
           memcmp(span.data + span.length - length, suffix, length) == 0;
}

bool
pb_span_is(struct pb_span span, const char *text)
{
    return span.length == strlen(text) && pb_span_starts(span, text);
}

struct pb_span
pb_span_find(struct pb_span span, const char *text)
{
    const char *found = memmem(span.data, span.length, text, strlen(text));
    if (found == NULL) {
        return (struct pb_span){span.data, 0};
    }
    return pb_span_from(span, (size_t)(found - span.data));
}

struct pb_span
pb_span_from(struct pb_span span, size_t start)
{
    return (struct pb_span){span.data + start, span.length - start};
}

static bool
is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct pb_span
pb_span_trim(struct pb_span span)
{
    while (span.length > 0 && is_space(span.data[span.length - 1])) {
        span.length--;
    }
    while (span.length > 0 && is_space(span.data[0])) {
        span = pb_span_from(span, 1);
    }
    return span;
}

char *
pb_span_dup(struct pb_span span)
{
    return pb_strndup(span.data, span.length);
}

char *
pb_span_dup_ends(struct pb_span span, size_t most)
{
    if (span.length <= 2 * most) {
        return pb_span_dup(span);
    }
    PB_AUTO(pb_buf) struct pb_buf ends = PB_BUF_INIT;
    pb_buf_add(&ends, span.data, most);
    pb_buf_adds(&ends, CUT);
    pb_buf_add(&ends, span.data + span.length - most, most);
    return pb_buf_take(&ends);
}

bool
pb_span_line(struct pb_span *rest, struct pb_span *out_line)
{
    if (rest->length == 0) {
        return false;
    }
    const char *newline = memchr(rest->data, '\n', rest->length);
    size_t length =
        newline == NULL ? rest->length : (size_t)(newline - rest->data);
    size_t next = newline == NULL ? length : length + 1;
    if (length > 0 && rest->data[length - 1] == '\r') {
        length--;
    }
    *out_line = (struct pb_span){rest->data, length};
    *rest = pb_span_from(*rest, next);
    return true;
}

size_t
pb_text_boundary(const char *text, size_t length, size_t most)
{
    if (length <= most) {
        return length;
    }
    while (most > 0 && ((unsigned char)text[most] & 0xC0) == 0x80) {
        most--;
    }
    return most;
}

char *
pb_text_excerpt(const char *text, size_t most, size_t head)
{
    PB_AUTO(pb_buf) struct pb_buf clean = PB_BUF_INIT;
    pb_utf8_clean(text, strlen(text), &clean);
    if (clean.len <= most) {
        return pb_buf_take(&clean);
    }
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_buf_add(&out, clean.data,
               pb_text_boundary(clean.data, clean.len, head));
    size_t tail = clean.len - (most - head - strlen(CUT));
    while (((unsigned char)clean.data[tail] & 0xC0) == 0x80) {
        tail++;
    }
    pb_buf_adds(&out, CUT);
    pb_buf_add(&out, clean.data + tail, clean.len - tail);
    return pb_buf_take(&out);
}

/* The length of the escape sequence after ESC: ECMA-48's CSI and OSC, else
   one byte. */
static size_t
escape_length(const char *text, size_t length)
{
    size_t end = 1;
    if (length > 0 && text[0] == '[') {
        while (end < length && (text[end] < 0x40 || text[end] > 0x7E)) {
            if (text[end] == '\n') {
                return end;
            }
            end++;
        }
        return end < length ? end + 1 : length;
    }
    if (length > 0 && text[0] == ']') {
        while (end < length && text[end] != '\a' && text[end] != '\033' &&
               text[end] != '\n')
        {
            end++;
        }
        return end < length && text[end] == '\a' ? end + 1 : end;
    }
    return length > 0 && text[0] != '\n' ? 1 : 0;
}

void
pb_text_plain(const char *text, size_t length, struct pb_buf *out)
{
    PB_AUTO(pb_buf) struct pb_buf plain = PB_BUF_INIT;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\033') {
            i += escape_length(text + i + 1, length - i - 1);
        }
        else if (c == '\r') {
            if (i + 1 == length || text[i + 1] != '\n') {
                pb_buf_addch(&plain, '\n');
            }
        }
        else if (c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7F)) {
            pb_buf_addch(&plain, text[i]);
        }
    }
    pb_utf8_clean(plain.data, plain.len, out);
}
