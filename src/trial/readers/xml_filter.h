/* What XML forbids and runners write all the same. */
#ifndef TRIAL_XML_FILTER_H
#define TRIAL_XML_FILTER_H

#include "trial/text.h"

/* Appends the document with '?' for control characters, also when they are
   spelt "&#x0;", and U+FFFD for bytes that are not UTF-8. */
void pb_xml_filter(struct pb_span text, struct pb_buf *out);

/* The length of a piece that can be filtered by itself: at most `most` bytes
   (some dozens or more), cut within no reference and no
   character. */
size_t pb_xml_piece(struct pb_span text, size_t most);

#endif
