/* What a failed build's log says. */
#ifndef PYBISECT_BUILD_FAILURE_H
#define PYBISECT_BUILD_FAILURE_H

#include <stdbool.h>
#include <stddef.h>

/* One line: the first error of a compiler, else the last line that speaks of
   an error, else the last line; with "configure: " or "make: " before it.
   Caller frees. */
char *pb_failure_summary(const char *phase, const char *log, size_t length);

/* True when the log blames this machine: no space, no memory. `out` is the
   line, caller frees. */
bool pb_failure_is_environment(const char *log, size_t length, char **out);

#endif
