/* Displays of collections whose order is chance. */
#ifndef VERDICT_COLLECTIONS_H
#define VERDICT_COLLECTIONS_H

#include "pybisect/buf.h"
#include "verdict/scan.h"

/* A recogniser, as in normalise.c. */
size_t pb_take_collection(const struct scan *scan, struct pb_buf *out);

/* normalise.c: for an item of a collection, `depth` collections down. */
void pb_normalise_text(const char *text, size_t length, unsigned depth,
                       struct pb_buf *out);

#endif
