/* What the live block says of a bisection, in three lines: the range as a
   strip, the run under way, and what is still to come.

       6afb285ff0 ..+...+??????@???????x....x....x 6d8da238cc
       [12] search 1583c40be9: make: 120 files, 48 s of about 1 min
       about 6 runs, 8 min to go; 37 suspects of 430; builds: 5 made, 4 stored

   In the strip + passes, x fails, ! cannot be tried, @ is under way; the
   culprit is among the ? with 90 %. */
#ifndef PYBISECT_CLI_LIVE_H
#define PYBISECT_CLI_LIVE_H

#include "cli/screen.h"
#include "pybisect/outlook.h"

struct live {
    struct screen *screen;
    char good[PB_OID_SHORT];
    char bad[PB_OID_SHORT];
    size_t len;   /* candidates */
    char *marks;  /* one of the characters above for each */
    double began; /* the run under way */
    struct pb_outlook outlook;
    size_t made; /* builds of this bisection */
    size_t stored;
    size_t recalled; /* results */
};

/* Paints from now on, where anything is live. *live stays where it is. */
void live_open(struct live *live, struct screen *screen,
               const struct pb_range *range, size_t ncandidates);
void live_close(struct live *live);
PB_DEFINE_AUTO_CLEAR(live, struct live, live_close)

/* After each step, before it is told. */
void live_event(struct live *live, struct pb_bisection *bisection,
                const struct pb_event *event);

/* The screen_painter; context is a struct live. */
void live_paint(void *context, size_t width, struct pb_strv *out);

#endif
