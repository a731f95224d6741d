/* The log of a build that failed. */
#ifndef PYBISECT_RECIPE_BUILD_LOG_H
#define PYBISECT_RECIPE_BUILD_LOG_H

#include "pybisect/error.h"
#include "pybisect/strv.h"

/* Puts names in the place of paths, all through the file: `names` are a path
   and its name in turn. *out_last is the last line that says anything, "" if
   none does; caller frees. */
int pb_build_log_tidy(const char *path, const struct pb_strv *names,
                      char **out_last, struct pb_error *err);

#endif
