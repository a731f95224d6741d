/* What is still to come of a bisection: runs and seconds, by what is believed
   and by what was measured. The search is played to its end for some of the
   commits that it may end at, by the rule that it goes by; what each run would
   take follows from how far apart revisions are, from what is stored, and from
   the seconds of the builds and tests so far. */
#ifndef PYBISECT_OUTLOOK_H
#define PYBISECT_OUTLOOK_H

#include "pybisect/bisection.h"

struct pb_outlook {
    size_t suspects; /* so many equally likely ones would leave as much open */
    size_t answers;  /* to be closed, when nothing is open any more; else 0 */
    size_t runs;     /* to go, the one under way included */
    double step;     /* seconds, of the one under way; negative: not known */
    double seconds;  /* of all of those runs; negative: not known yet */
    bool *likely;    /* a flag a candidate: in the smallest set that holds the
                        culprit with 90 % */
};

#define PB_OUTLOOK_INIT                                                       \
    {                                                                         \
        .step = -1, .seconds = -1                                             \
    }
void pb_outlook_clear(struct pb_outlook *outlook);
PB_DEFINE_AUTO_CLEAR(pb_outlook, struct pb_outlook, pb_outlook_clear)

/* After PB_EVENT_CHOSEN: takes some hundredths of a second. */
void pb_bisection_outlook(struct pb_bisection *bisection,
                          struct pb_outlook *out);

#endif
