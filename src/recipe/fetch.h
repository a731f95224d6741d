/* Distributions from an index, by way of the host's pip. */
#ifndef PYBISECT_RECIPE_FETCH_H
#define PYBISECT_RECIPE_FETCH_H

#include "pybisect/dependencies.h"

/* Appends the files that answer one requirement: a wheel for any interpreter,
   else a source distribution, else a wheel for the stable ABI. */
int pb_fetch(const struct pb_pins_options *options, const char *requirement,
             struct pb_strv *out_files, struct pb_error *err);

#endif
