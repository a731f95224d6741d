/* Looking at a text byte by byte, for this room's files only. Bytes are ASCII
   or nothing: the locale must not matter here, so no <ctype.h>. */
#ifndef PYBISECT_VERDICT_SCAN_H
#define PYBISECT_VERDICT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct scan {
    const char *text;
    size_t len;
    size_t at;
    unsigned depth; /* of collections that the text is an item of */
};

bool pb_scan_is_digit(char c);
bool pb_scan_is_hex(char c);
bool pb_scan_is_upper(char c);
bool pb_scan_is_letter(char c);
bool pb_scan_is_word(char c); /* letter, digit or underscore */

/* '\0' outside the text. */
char pb_scan_peek(const struct scan *scan, size_t at);
char pb_scan_previous(const struct scan *scan);
bool pb_scan_at_word_start(const struct scan *scan);

/* Length of the run of such bytes that begins at `from`. */
size_t pb_scan_run(const struct scan *scan, size_t from, bool (*is)(char));

/* Whether the literal is at `from`, in capitals or not. */
bool pb_scan_begins(const struct scan *scan, size_t from, const char *literal);

/* In a shape, 'd' is a digit, 'h' a hexadecimal one, 'T' a T or a blank; all
   else is itself. */
bool pb_scan_has_shape(const struct scan *scan, size_t from,
                       const char *shape);

#endif
