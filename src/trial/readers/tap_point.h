/* One test point of TAP: what its line says, and what its diagnosis does. */
#ifndef TRIAL_TAP_POINT_H
#define TRIAL_TAP_POINT_H

#include "trial/readers/readers.h"

struct pb_tap_point {
    size_t number;              /* 0: none given */
    struct pb_span description; /* still escaped; may be empty */
    struct pb_span reason;      /* of a skip or a TODO; may be empty */
    enum pb_outcome outcome;
};

/* Reads "ok 1 - description # SKIP why" or "not ok ...". */
bool pb_tap_parse_point(struct pb_span line, struct pb_tap_point *out);

/* The number at the start; SIZE_MAX if there is none that makes sense. */
size_t pb_tap_number(struct pb_span text, struct pb_span *out_rest);

/* What failed, in one line: the message of a YAML block, what pytest marks,
   what ends a traceback, else the first line. Borrowed from the text. */
struct pb_span pb_tap_message(struct pb_span diagnosis);

#endif
