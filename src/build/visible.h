/* What a compiler can see of C text: no comments, no layout, and nothing that
   stands under a condition which cannot hold because it needs a macro that
   nobody defines. Texts that look the same compile to the same, but for the
   numbers of their lines. */
#ifndef PYBISECT_BUILD_VISIBLE_H
#define PYBISECT_BUILD_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>

#include "build/condition.h"
#include "pybisect/buf.h"

/* Appends a line for each that is seen; directives begin with '#'. False: the
   text's conditions do not match up, and nothing can be said. */
bool pb_visible_text(const char *text, size_t length,
                     const struct pb_undefined *undefined, struct pb_buf *out);

#endif
