/* Messages whose first line is but a heading. */
#ifndef VERDICT_HEADINGS_H
#define VERDICT_HEADINGS_H

#include "pybisect/buf.h"

/* Appends what stands below the heading and tells failures apart, normalised
   and on one line; nothing below any other first line. */
void pb_heading_add_rest(const char *message, struct pb_buf *out);

#endif
