/* The local machine behind struct pb_machine: builds with the session's
   builder, trials in a fresh workspace each. */
#ifndef PYBISECT_BISECT_MACHINE_H
#define PYBISECT_BISECT_MACHINE_H

#include "pybisect/session.h"

/* The session must have its project and builder. */
void pb_machine_init_local(struct pb_session *session);
/* One that knows what is on record and does nothing. */
int pb_machine_init_recorded(struct pb_session *session, struct pb_error *err);

#endif
