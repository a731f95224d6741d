/* Text files of our own whose last line is a SHA-256 over all before it:
   "sha256 0123...\n". */
#ifndef PYBISECT_CHECKSUM_H
#define PYBISECT_CHECKSUM_H

#include <stdbool.h>

#include "pybisect/buf.h"

void pb_checksum_add(struct pb_buf *text);
/* Takes the line off; false, and the text as it was, when it is wrong. */
bool pb_checksum_cut(struct pb_buf *text);

#endif
