/* How often the store was of use: counts beside it, for `cache stats`. */
#ifndef PYBISECT_BUILD_USES_H
#define PYBISECT_BUILD_USES_H

#include "pybisect/interpreter.h"

/* Counts one build that came about. Losing a count is no reason to fail. */
void pb_uses_count(const char *cache_dir, const struct pb_build *build,
                   bool hot);

#endif
