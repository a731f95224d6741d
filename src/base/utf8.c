/* Well-formed sequences by table 3-7 of the Unicode standard: no overlong
   forms, no surrogates, nothing past U+10FFFF. */
#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool
is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* How many bytes of ASCII the text starts with, or some less. */
static size_t
ascii_length(const unsigned char *text, size_t left)
{
    size_t length = 0;
    uint64_t word = 0;
    while (length + sizeof(word) <= left) {
        memcpy(&word, text + length, sizeof(word));
        if ((word & 0x8080808080808080) != 0) {
            break;
        }
        length += sizeof(word);
    }
    return length;
}

/* The length of the sequence that starts at text; 0 when there is none. */
static size_t
sequence_length(const unsigned char *text, size_t left)
{
    unsigned char first = text[0];
    if (first < 0x80) {
        return 1;
    }
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || length > left) {
        return 0;
    }
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (text[1] < low || text[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if (!is_continuation(text[i])) {
            return 0;
        }
    }
    return length;
}

void
pb_utf8_clean(const char *text, size_t length, struct pb_buf *out)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t copied = 0;
    size_t at = 0;
    while (at < length) {
        at += ascii_length(bytes + at, length - at);
        if (at == length) {
            break;
        }
        size_t sequence = sequence_length(bytes + at, length - at);
        if (sequence > 0) {
            at += sequence;
            continue;
        }
        pb_buf_add(out, text + copied, at - copied);
        pb_buf_adds(out, "\xEF\xBF\xBD");
        copied = ++at;
    }
    if (length > copied) {
        pb_buf_add(out, text + copied, length - copied);
    }
}
