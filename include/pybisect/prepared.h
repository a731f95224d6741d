/* A project at one revision, for use by hand: a copy of it with all that a
   trial of it has, up to where the tests would start. Its servers run until it
   is freed, and then the copy goes. */
#ifndef PYBISECT_PREPARED_H
#define PYBISECT_PREPARED_H

#include "pybisect/session.h"

struct pb_prepared; /* opaque */

/* session, request and build are borrowed until it is freed; of a session one
   can be there at a time. That preparing fails is no error. NULL: *err. */
struct pb_prepared *pb_prepared_new(struct pb_session *session,
                                    const struct pb_request *request,
                                    const struct pb_build *build,
                                    struct pb_error *err);
void pb_prepared_free(struct pb_prepared *prepared);
PB_DEFINE_AUTO_FREE(pb_prepared, struct pb_prepared, pb_prepared_free)

/* Borrowed: where its commands run, and with what. */
const struct pb_workspace *
pb_prepared_workspace(const struct pb_prepared *prepared);
/* Where its tests run. */
const char *pb_prepared_directory(const struct pb_prepared *prepared);
/* What cannot be used, and why; NULL: all is well. */
const char *pb_prepared_trouble(const struct pb_prepared *prepared);

#endif
