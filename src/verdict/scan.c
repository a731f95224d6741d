/* Looking at a text byte by byte. */
#include "scan.h"

#include <string.h>
#include <strings.h>

bool
pb_scan_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool
pb_scan_is_hex(char c)
{
    return pb_scan_is_digit(c) || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

bool
pb_scan_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool
pb_scan_is_letter(char c)
{
    return pb_scan_is_upper(c) || (c >= 'a' && c <= 'z');
}

bool
pb_scan_is_word(char c)
{
    return pb_scan_is_letter(c) || pb_scan_is_digit(c) || c == '_';
}

char
pb_scan_peek(const struct scan *scan, size_t at)
{
    return at < scan->len ? scan->text[at] : '\0';
}

char
pb_scan_previous(const struct scan *scan)
{
    return scan->at == 0 ? '\0' : scan->text[scan->at - 1];
}

bool
pb_scan_at_word_start(const struct scan *scan)
{
    return !pb_scan_is_word(pb_scan_previous(scan));
}

size_t
pb_scan_run(const struct scan *scan, size_t from, bool (*is)(char))
{
    size_t length = 0;
    while (from + length < scan->len && is(scan->text[from + length])) {
        length++;
    }
    return length;
}

bool
pb_scan_begins(const struct scan *scan, size_t from, const char *literal)
{
    size_t length = strlen(literal);
    return from <= scan->len && scan->len - from >= length &&
           strncasecmp(scan->text + from, literal, length) == 0;
}

bool
pb_scan_has_shape(const struct scan *scan, size_t from, const char *shape)
{
    for (size_t i = 0; shape[i] != '\0'; i++) {
        char c = pb_scan_peek(scan, from + i);
        bool fits = shape[i] == 'd'   ? pb_scan_is_digit(c)
                    : shape[i] == 'h' ? pb_scan_is_hex(c)
                    : shape[i] == 'T' ? c == 'T' || c == ' '
                                      : c == shape[i];
        if (!fits) {
            return false;
        }
    }
    return true;
}
