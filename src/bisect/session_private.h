/* The parts of opening a session's project, in the order in which they are
   called. */
#ifndef PYBISECT_BISECT_SESSION_PRIVATE_H
#define PYBISECT_BISECT_SESSION_PRIVATE_H

#include "pybisect/session.h"

int pb_session_open_recipe(struct pb_session *session, struct pb_error *err);
/* Looks up what it depends on, unless the plan has that pinned. */
int pb_session_open_pins(struct pb_session *session, struct pb_error *err);
int pb_session_open_source(struct pb_session *session, struct pb_error *err);
/* The builder is open. */
int pb_session_open_dependencies(struct pb_session *session,
                                 struct pb_error *err);

#endif
