/* One line of what reporter.py writes: a JSON object without others in it. */
#ifndef TRIAL_EVENT_H
#define TRIAL_EVENT_H

#include "trial/text.h"

enum pb_event_key {
    PB_EVENT_KIND, /* "e" */
    PB_EVENT_ID,
    PB_EVENT_OUTCOME,
    PB_EVENT_TYPE,
    PB_EVENT_MESSAGE,
    PB_EVENT_TRACE,
    PB_EVENT_KEYS,
};

/* Used again for each line, so that its buffers are. */
struct pb_event {
    struct pb_buf texts[PB_EVENT_KEYS];
    bool has[PB_EVENT_KEYS];
    double seconds; /* negative: not given */
};

void pb_event_init(struct pb_event *event);
void pb_event_clear(struct pb_event *event);

/* False if the line is no such object, a torn one for instance. */
bool pb_event_parse(struct pb_event *event, struct pb_span line);

/* Borrowed until the next line; NULL when absent. */
const char *pb_event_text(const struct pb_event *event, enum pb_event_key key);

#endif
