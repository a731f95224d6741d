/* Whose failure one is: where the break surfaced, which need not be where it
   was made. Pure. */
#ifndef PYBISECT_BLAME_H
#define PYBISECT_BLAME_H

#include "pybisect/results.h"
#include "pybisect/traceback.h"

enum pb_blame_who {
    PB_BLAME_UNKNOWN,     /* no failure, or nothing that tells */
    PB_BLAME_PROJECT,     /* the deciding frame is the project's */
    PB_BLAME_DEPENDENCY,  /* it is a dependency's */
    PB_BLAME_CPYTHON,     /* no frame but the standard library's; a crash */
    PB_BLAME_RUNNER,      /* no frame but the runner's */
    PB_BLAME_ENVIRONMENT, /* what this machine lacks, whatever the frames */
};

const char *pb_blame_who_name(enum pb_blame_who who); /* "project", ... */

struct pb_blame {
    enum pb_blame_who who;
    char *package; /* DEPENDENCY: "zope.interface"; else NULL */
    char *where;   /* the frame that decides, "genshi/core.py:12, in render";
                      NULL: none does */
};

#define PB_BLAME_INIT                                                         \
    {                                                                         \
        .who = PB_BLAME_UNKNOWN                                               \
    }

/* `result` NULL (absent) and what is no failure are UNKNOWN. `places` may be
   NULL. `out` must be empty. */
void pb_blame_of(const struct pb_result *result,
                 const struct pb_trace_places *places, struct pb_blame *out);
void pb_blame_clear(struct pb_blame *blame);
PB_DEFINE_AUTO_CLEAR(pb_blame, struct pb_blame, pb_blame_clear)

#endif
