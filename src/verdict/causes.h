/* The exceptions that a traceback tells: the one that it ends in, and those
   that were its direct cause. Its frames are traceback.h's. */
#ifndef PYBISECT_VERDICT_CAUSES_H
#define PYBISECT_VERDICT_CAUSES_H

#include <stddef.h>

#include "trial/text.h"

#define PB_CAUSES_MOST 4

struct pb_cause {
    struct pb_span type;
    struct pb_span message; /* to the end of its line */
};

/* All spans point into the text. */
struct pb_causes {
    struct pb_cause items[PB_CAUSES_MOST]; /* the first cause first; of too
                                              many the last is kept */
    size_t len;
};

void pb_causes_find(struct pb_span text, struct pb_causes *out);

#endif
