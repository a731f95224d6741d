/* Looking at a text byte by byte. */
#include "scan.h"

#include <string.h>
#include <strings.h>

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
    /* Most literals that are asked for differ in their first byte. */
    if (pb_scan_lower(pb_scan_peek(scan, from)) != pb_scan_lower(*literal)) {
        return false;
    }
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
