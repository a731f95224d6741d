/* The deciding frame, for who reads many tracebacks: homes are kept. */
#ifndef VERDICT_DECISIVE_H
#define VERDICT_DECISIVE_H

#include "verdict/frames.h"

#define PB_HOMES_SLOTS 256

struct pb_homes { /* all zero when empty */
    struct {
        char *path;
        struct pb_frame_home home;
    } slots[PB_HOMES_SLOTS];
};

void pb_homes_clear(struct pb_homes *homes);
PB_DEFINE_AUTO_CLEAR(pb_homes, struct pb_homes, pb_homes_clear)

/* As pb_traceback_decisive without places. *out is set if a frame is found,
   and borrowed until `homes` is asked again. */
size_t pb_frames_decisive(const struct pb_frames *frames,
                          struct pb_homes *homes,
                          const struct pb_frame_home **out);

#endif
