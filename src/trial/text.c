/* Spans of text, and foreign bytes made fit to be kept. */
#include "trial/text.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "pybisect/alloc.h"

#define CUT "\n...\n"

/* What is looked for is short, and so are most lines: memmem() would take
   longer to make its table. */
struct pb_span
pb_span_find_bytes(struct pb_span span, const char *text, size_t length)
{
    struct pb_span rest = span;
    while (rest.length >= length && rest.length > 0) {
        const char *found =
            memchr(rest.data, text[0], rest.length - length + 1);
        if (found == NULL) {
            break;
        }
        rest = pb_span_from(rest, (size_t)(found - rest.data));
        if (memcmp(found, text, length) == 0) {
            return rest;
        }
        rest = pb_span_from(rest, 1);
    }
    return (struct pb_span){span.data, 0};
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
    /* Cleaning makes nothing shorter: the seam is cut out again. */
    PB_AUTOFREE char *ends = pb_span_dup_ends(pb_span_of(text), most);
    pb_utf8_clean(ends, strlen(ends), &clean);
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

static bool
is_printable(unsigned char c)
{
    return (c >= 0x20 && c != 0x7F) || c == '\t';
}

static bool
are_plain(const char *data, size_t length, bool newlines)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)data[i];
        if ((!is_printable(c) || c >= 0x80) && !(newlines && c == '\n')) {
            return false;
        }
    }
    return true;
}

/* A word at a time; one with a tab or a newline in it costs a second look. */
static bool
is_plain(struct pb_span text, bool newlines)
{
    const uint64_t low = 0x0101010101010101;
    const uint64_t high = 0x8080808080808080;
    size_t i = 0;
    for (; i + sizeof(low) <= text.length; i += sizeof(low)) {
        uint64_t word = 0;
        memcpy(&word, text.data + i, sizeof(word));
        /* Some byte is 0x80 or more, or below 0x20, or 0x7F. */
        if (((word | (word - low * 0x20) | (word + low)) & high) != 0 &&
            !are_plain(text.data + i, sizeof(word), newlines))
        {
            return false;
        }
    }
    return are_plain(text.data + i, text.length - i, newlines);
}

bool
pb_text_is_plain(struct pb_span line)
{
    return is_plain(line, false);
}

bool
pb_text_is_plain_lines(struct pb_span text)
{
    return is_plain(text, true);
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
    size_t i = 0;
    while (i < length) {
        size_t run = i;
        while (run < length &&
               (is_printable((unsigned char)text[run]) || text[run] == '\n'))
        {
            run++;
        }
        pb_buf_add(&plain, text + i, run - i);
        if (run == length) {
            break;
        }
        i = run + 1;
        if (text[run] == '\033') {
            i += escape_length(text + i, length - i);
        }
        else if (text[run] == '\r' && (i == length || text[i] != '\n')) {
            pb_buf_addch(&plain, '\n');
        }
    }
    pb_utf8_clean(plain.data, plain.len, out);
}
