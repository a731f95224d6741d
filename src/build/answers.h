/* What a run of configure found out, kept for other trees and later times.

   Not configure's own cache file: scripts of CPython set variables inside
   cached checks, so that a run with a cache file differs from one without
   (3.13 compiles decimal otherwise and forgets a linker flag). config.status,
   which configure leaves behind, holds the results themselves; run again it
   makes the same files of the same templates, in a tenth of a second. */
#ifndef PYBISECT_BUILD_ANSWERS_H
#define PYBISECT_BUILD_ANSWERS_H

#include "build/compile_private.h"

/* Keeps the answers of the run that has just ended well under `path`. */
int pb_answers_keep(const struct pb_compile_run *run, const char *path,
                    struct pb_error *err);

/* Configures the tree with them. 0: done; 1: there are none that fit; else as
   pb_compile_program. */
int pb_answers_use(struct pb_compile_run *run, const char *path,
                   struct pb_error *err);

#endif
