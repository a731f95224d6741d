/* What a runner left behind, turned into results. Readers keep what a cut
   run had, and take any bytes. */
#ifndef TRIAL_READERS_H
#define TRIAL_READERS_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/results.h"
#include "trial/text.h"

struct pb_reading {
    struct pb_results *results; /* borrowed */
    enum pb_outcome cut;        /* of a test that never ended: HUNG or CRASHED;
                                   ABSENT: not recorded */
    bool orderly;               /* set when the runner said its last word */
    /* Set when the suite as a whole ended in an exception. */
    char *type;
    char *message;
    char *trace;
};

void pb_reading_clear(struct pb_reading *reading);
PB_DEFINE_AUTO_CLEAR(pb_reading, struct pb_reading, pb_reading_clear)

/* One verdict on one test. Of two the worse counts, of equals the first. A
   `trace` alone is searched for the exception. */
struct pb_reading_entry {
    enum pb_outcome outcome;
    const char *type;
    const char *message;
    const char *trace;
    double seconds; /* negative: not known */
};

/* No name, and the names of pseudo-tests, are not for runners to give: they
   are passed over. */
void pb_reading_add(struct pb_reading *reading, const char *id,
                    const struct pb_reading_entry *said);

/* A test that was running when the process died. */
void pb_reading_cut(struct pb_reading *reading, const char *id);

void pb_read_events(struct pb_span text, struct pb_reading *reading);
void pb_read_junit(struct pb_span text, struct pb_reading *reading);
void pb_read_subunit(struct pb_span text, struct pb_reading *reading);
void pb_read_text(struct pb_span log, struct pb_reading *reading);
void pb_read_tap(struct pb_span text, struct pb_reading *reading);

/* PB_TEST_COMMAND out of how the command ended; `log` is the end of what it
   printed, as pb_text_plain leaves it. */
void pb_read_status(struct pb_span log, struct pb_results *results);

#endif
