/* What it would take to build each candidate, on this machine, now: the
   machine's `estimate`. Learns from what builds really take. */
#ifndef PYBISECT_BISECT_ESTIMATE_H
#define PYBISECT_BISECT_ESTIMATE_H

#include "pybisect/session.h"

struct pb_estimator; /* opaque */

/* False when history or store cannot be read: there are no estimates then. */
bool pb_estimate(struct pb_session *session, struct pb_costs *out);
/* A build that was asked for after the last estimate has come about; `elapsed`
   seconds, restored or compiled. */
void pb_estimate_learn(struct pb_session *session,
                       const struct pb_request *request,
                       const struct pb_build *build, double elapsed);
void pb_estimator_free(struct pb_estimator *estimator); /* NULL is fine */

#endif
