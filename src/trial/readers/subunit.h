/* Subunit's two versions, which one stream may hold side by side: testr and
   its kin pass on what their workers write. */
#ifndef TRIAL_SUBUNIT_H
#define TRIAL_SUBUNIT_H

#include "trial/readers/running.h"
#include "trial/readers/subunit_packet.h"

/* Version 1. */
struct pb_subunit_text {
    struct pb_reading *reading; /* borrowed */
    struct pb_span rest;        /* what is being read */
    char *running; /* NULL: none. Kept after the first verdict, because a
                      second may follow */
    bool has_verdict;
    double now; /* of the last "time:" line; negative: none yet */
    double started;
};

void pb_subunit_text_read(struct pb_subunit_text *stream, struct pb_span text);
/* Says whether no test was left running. */
bool pb_subunit_text_end(struct pb_subunit_text *stream);

/* Version 2. */
struct pb_subunit_binary {
    struct pb_reading *reading; /* borrowed */
    struct pb_running running;
};

void pb_subunit_binary_hear(struct pb_subunit_binary *stream,
                            const struct pb_subunit_packet *packet);
bool pb_subunit_binary_end(struct pb_subunit_binary *stream);

#endif
