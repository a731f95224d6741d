/* Builds made ahead: while tests run, idle cores build the revisions that are
   likely to be tried next, each worker in a tree of its own, into the store.
   What the step in progress needs goes before: workers run on cores that are
   otherwise idle only. A build that is no longer likely to be of use is
   dropped. */
#ifndef PYBISECT_AHEAD_H
#define PYBISECT_AHEAD_H

#include "pybisect/session.h"

struct pb_ahead; /* opaque */

struct pb_ahead_gain {
    size_t built;
    size_t used;    /* of these, tried by now */
    size_t dropped; /* begun, and ended as they would not pay */
    double seconds; /* that building those used would have taken */
};

/* Up to `workers` builds at a time. Nothing runs before the first aim. The
   session, with its candidates loaded, is borrowed. */
struct pb_ahead *pb_ahead_new(struct pb_session *session, size_t workers);
/* From now on build these candidates, the first ones first. */
void pb_ahead_aim(struct pb_ahead *ahead, const size_t *candidates,
                  size_t len);
/* The step in progress wants this candidate at once: it must not wait for a
   worker that waits for idle cores. */
void pb_ahead_leave(struct pb_ahead *ahead, size_t candidate);
/* A trial has come about. */
void pb_ahead_count(struct pb_ahead *ahead,
                    const struct pb_trial_record *trial);
struct pb_ahead_gain pb_ahead_gain(const struct pb_ahead *ahead);
/* Ends what is still under way. NULL is fine. */
void pb_ahead_free(struct pb_ahead *ahead);
PB_DEFINE_AUTO_FREE(pb_ahead, struct pb_ahead, pb_ahead_free)

#endif
