/* A parser stops at the first character that XML forbids, and one test's
   output would hide the results of all that follow. */
#include "trial/readers/xml_filter.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define LONGEST_REFERENCE 12 /* "&#x0010FFFF;" */

/* The production Char of XML 1.0. */
static bool
is_allowed(unsigned long c)
{
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xD800) ||
           (c > 0xDFFF && c < 0xFFFE) || (c > 0xFFFF && c <= 0x10FFFF);
}

/* The length of a character reference at the start of text that stands for
   what is forbidden; 0 when there is none. */
static size_t
bad_reference(struct pb_span text)
{
    if (!pb_span_starts(text, "&#")) {
        return 0;
    }
    bool hexadecimal = text.length > 2 && text.data[2] == 'x';
    char digits[LONGEST_REFERENCE + 1] = "";
    size_t start = hexadecimal ? 3 : 2;
    size_t count = 0;
    while (count < LONGEST_REFERENCE && start + count < text.length &&
           isxdigit((unsigned char)text.data[start + count]))
    {
        digits[count] = text.data[start + count];
        count++;
    }
    size_t end = start + count;
    if (count == 0 || end >= text.length || text.data[end] != ';') {
        return 0;
    }
    unsigned long c = strtoul(digits, NULL, hexadecimal ? 16 : 10);
    return is_allowed(c) ? 0 : end + 1;
}

/* U+FFFE and U+FFFF are UTF-8, but no characters. */
static bool
is_noncharacter(struct pb_span text)
{
    return pb_span_starts(text, "\xEF\xBF\xBE") ||
           pb_span_starts(text, "\xEF\xBF\xBF");
}

/* How many bytes may stand as they are. */
static size_t
clean_length(struct pb_span text)
{
    size_t length = 0;
    while (length < text.length) {
        unsigned char c = (unsigned char)text.data[length];
        if (c == '&' || c == 0xEF ||
            (c < 0x20 && c != '\t' && c != '\n' && c != '\r')) {
            break;
        }
        length++;
    }
    return length;
}

void
pb_xml_filter(struct pb_span text, struct pb_buf *out)
{
    PB_AUTO(pb_buf) struct pb_buf clean = PB_BUF_INIT;
    pb_utf8_clean(text.data, text.length, &clean);
    struct pb_span rest = {clean.data, clean.len};
    for (;;) {
        size_t length = clean_length(rest);
        pb_buf_add(out, rest.data, length);
        rest = pb_span_from(rest, length);
        if (rest.length == 0) {
            return;
        }
        unsigned char c = (unsigned char)rest.data[0];
        size_t reference = c == '&' ? bad_reference(rest) : 0;
        if (reference > 0) {
            pb_buf_addch(out, '?');
            rest = pb_span_from(rest, reference);
        }
        else if (c == 0xEF && is_noncharacter(rest)) {
            pb_buf_addch(out, '?');
            rest = pb_span_from(rest, 3);
        }
        else {
            pb_buf_addch(out, is_allowed(c) ? rest.data[0] : '?');
            rest = pb_span_from(rest, 1);
        }
    }
}

size_t
pb_xml_piece(struct pb_span text, size_t most)
{
    /* "&#x", as many digits as are looked at, ";". */
    const size_t window = LONGEST_REFERENCE + 4;
    if (text.length <= most) {
        return text.length;
    }
    size_t end = most;
    while (end > most - window &&
           ((unsigned char)text.data[end] & 0xC0) == 0x80) {
        end--;
    }
    const char *reference = memrchr(text.data + end - window, '&', window);
    return reference == NULL ? end : (size_t)(reference - text.data);
}
