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

/* Asked of every byte of every message, and so inline. */
static inline bool
pb_scan_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool
pb_scan_is_hex(char c)
{
    return pb_scan_is_digit(c) || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

static inline bool
pb_scan_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool
pb_scan_is_letter(char c)
{
    return pb_scan_is_upper(c) || (c >= 'a' && c <= 'z');
}

static inline bool
pb_scan_is_word(char c) /* letter, digit or underscore */
{
    return pb_scan_is_letter(c) || pb_scan_is_digit(c) || c == '_';
}

static inline char
pb_scan_lower(char c)
{
    return pb_scan_is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

/* '\0' outside the text. */
static inline char
pb_scan_peek(const struct scan *scan, size_t at)
{
    return at < scan->len ? scan->text[at] : '\0';
}

static inline char
pb_scan_previous(const struct scan *scan)
{
    return scan->at == 0 ? '\0' : scan->text[scan->at - 1];
}

static inline bool
pb_scan_at_word_start(const struct scan *scan)
{
    return !pb_scan_is_word(pb_scan_previous(scan));
}

/* Length of the run of such bytes that begins at `from`. */
size_t pb_scan_run(const struct scan *scan, size_t from, bool (*is)(char));

/* Whether the literal is at `from`, in capitals or not. */
bool pb_scan_begins(const struct scan *scan, size_t from, const char *literal);

/* In a shape, 'd' is a digit, 'h' a hexadecimal one, 'T' a T or a blank; all
   else is itself. */
bool pb_scan_has_shape(const struct scan *scan, size_t from,
                       const char *shape);

#endif
