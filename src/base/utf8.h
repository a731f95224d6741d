/* Making text valid UTF-8. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

#include "pybisect/buf.h"

/* Appends text with U+FFFD in place of each byte that is not UTF-8. */
void pb_utf8_clean(const char *text, size_t length, struct pb_buf *out);

#endif
