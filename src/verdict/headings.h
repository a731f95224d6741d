/* Messages whose first line is but a heading. */
#ifndef VERDICT_HEADINGS_H
#define VERDICT_HEADINGS_H

#include <stdbool.h>

#include "pybisect/buf.h"
#include "trial/exception.h"

/* Appends what stands below the heading and tells failures apart, normalised
   and on one line; nothing below any other first line. */
void pb_heading_add_rest(const char *message, struct pb_buf *out);

/* What the first example that failed of a doctest raised: the failure itself,
   of which unittest makes an AssertionError. False: it is no doctest's, or
   raised nothing. Borrowed from the message. */
bool pb_heading_raised(const char *message, struct pb_exception *out);

#endif
