/* Headers that change without a difference to any compilation: a comment, or
   code for another platform or configuration. What depends on them stays. */
#ifndef PYBISECT_BUILD_HEADERS_H
#define PYBISECT_BUILD_HEADERS_H

#include "build/tree.h"

/* Appends those of the touched paths that may make a difference. Called
   before a move of the tree, whose objects `cc` compiled. */
int pb_headers_that_matter(struct pb_tree *tree,
                           const struct pb_tree_next *next, const char *cc,
                           const struct pb_strv *touched, struct pb_strv *out,
                           struct pb_error *err);

#endif
