/* Whether two clean builds of one revision give the same bytes. Where they do
   not, an incremental build that differs from a clean one may be right all the
   same: there is nothing to compare, and nothing to accuse. It shows only when
   an audit finds a difference, and then holds for all builds of the same
   group. */
#ifndef PYBISECT_BUILD_REPRODUCE_H
#define PYBISECT_BUILD_REPRODUCE_H

#include "build/builder_private.h"

/* False: the compiler writes paths into what it makes, or it has shown. */
bool pb_is_reproducible(const struct pb_build_request *request);

/* Builds the revision from clean once more, in a directory of another name,
   and compares the output. When it differs that is noted for the future. */
int pb_reproduce(const struct pb_build_request *request,
                 const struct pb_digest *output, bool *out_same,
                 struct pb_error *err);

#endif
