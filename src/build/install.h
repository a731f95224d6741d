/* `make install` into a scratch directory, for projects that want to know
   whether CPython itself can be installed: an install step can fail while
   everything else works. What came of it is kept as a file of the build. */
#ifndef PYBISECT_BUILD_INSTALL_H
#define PYBISECT_BUILD_INSTALL_H

#include "build/compile_private.h"

/* Its first line is how the command ended (PB_INSTALL_PASSED, or words); of a
   failure the end of its output follows. */
#define PB_INSTALL_NOTE "pybisect-install.txt"
#define PB_INSTALL_PASSED "passed"

/* Of a finished build. -1: trouble of this machine; a failing installation is
   none. */
int pb_install_try(struct pb_compile_run *run, struct pb_error *err);

#endif
