/* Making text of unknown origin safe for a terminal: a test's message may
   hold anything, escape sequences and broken bytes included. */
#include "report/text_private.h"

#include <stdint.h>
#include <string.h>

/* Length of the UTF-8 sequence at `text` and its character; 0: not UTF-8. */
static size_t
decode(const unsigned char *text, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = text[0];
    if (first < 0x80) {
        *out = first;
        return 1;
    }
    size_t length = (first & 0xE0) == 0xC0   ? 2
                    : (first & 0xF0) == 0xE0 ? 3
                    : (first & 0xF8) == 0xF0 ? 4
                                             : 0;
    if (length == 0) {
        return 0;
    }
    uint32_t value = first & (0x7FU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xC0) != 0x80) { /* a NUL ends the text here */
            return 0;
        }
        value = value << 6 | (text[i] & 0x3FU);
    }
    if (value < least[length] || value > 0x10FFFF ||
        (value >= 0xD800 && value < 0xE000))
    {
        return 0;
    }
    *out = value;
    return length;
}

/* Characters above ASCII that steer a terminal or reorder its text, are not to
   be seen, or are none. */
static bool
is_steering(uint32_t c)
{
    return (c >= 0x80 && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
           (c >= 0xFFF9 && c <= 0xFFFB) || (c & 0xFFFE) == 0xFFFE ||
           (c >= 0xE0000 && c <= 0xE007F) || c == 0x061C || c == 0xFEFF;
}

void
pb_text_escape(const char *text, struct pb_buf *out)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        uint32_t c = 0;
        size_t length = decode(at, &c);
        if (length == 0) {
            pb_buf_addf(out, "\\x%02x", *at++);
            continue;
        }
        if (c == '\t') {
            pb_buf_adds(out, "    ");
        }
        else if (c == '\n') {
            pb_buf_addch(out, '\n');
        }
        else if (c < ' ' || c == 0x7F) {
            if (c != '\r' || at[1] != '\n') {
                pb_buf_addf(out, "\\x%02x", (unsigned)c);
            }
        }
        else if (is_steering(c)) {
            pb_buf_addf(out, "\\u%04x", (unsigned)c);
        }
        else {
            pb_buf_add(out, at, length);
        }
        at += length;
    }
}

static bool
starts_character(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

size_t
pb_text_columns(const char *text, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length; i++) {
        columns += starts_character(text[i]) ? 1 : 0;
    }
    return columns;
}

size_t
pb_text_bytes(const char *text, size_t length, size_t columns)
{
    size_t i = 0;
    for (; i < length; i++) {
        if (starts_character(text[i]) && columns-- == 0) {
            break;
        }
    }
    return i;
}
