/* What the preprocessor gives, without what no object depends on unless it
   says so itself: where a line stood. ccache looks compiled files up by this
   text; a header that gains a comment, or code for another platform, then
   changes nothing but itself. */
#ifndef PYBISECT_BUILD_PREPROCESSED_H
#define PYBISECT_BUILD_PREPROCESSED_H

#include <stdbool.h>

#include "pybisect/buf.h"

/* Does a compiler that gets these words (NULL ends them) put line numbers into
   an object? -g, sanitizers and measured coverage do. */
bool pb_preprocessed_needs_lines(const char *const *argv);

/* Drops empty lines and the numbers in line markers, and those markers that
   name the file of the last one: which files were read can still be told.
   __LINE__ has become a number in the text by then, and stays. */
void pb_preprocessed_forget_lines(struct pb_buf *text);

#endif
