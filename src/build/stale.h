/* Build products that make would wrongly take for current after a move.

   CPython's makefile does not list every header that a source includes (none
   of the generated clinic ones, for instance), and older set-ups compile
   extension modules through distutils, which knows less still. So, before
   files change, whatever may depend on them goes.

   What it does list is too much: every object, it says, depends on every
   header. So headers are written with a time long ago (pb_tree_target.aged),
   and what is left, which only includes headers that look to it as they did
   before (headers.h), is current. */
#ifndef PYBISECT_BUILD_STALE_H
#define PYBISECT_BUILD_STALE_H

#include "build/tree.h"

/* Fits pb_tree_target.before; the context is the name of the compiler. */
int pb_stale_remove(struct pb_tree *tree, const struct pb_tree_next *next,
                    const struct pb_strv *touched, void *context,
                    struct pb_error *err);

/* What the preprocessor may read, and what of that others include. */
bool pb_stale_is_c_text(const char *path);
bool pb_stale_is_header(const char *path);

/* After a move that touched these paths and removed what depends on them, for
   headers that cannot be of long ago because they are made of something else:
   the objects that remain, but for those of touched sources, count as newer
   than any header. */
int pb_stale_keep_objects(struct pb_tree *tree, const struct pb_strv *touched,
                          struct pb_error *err);

/* Removes everything that a compiler or linker made. */
int pb_stale_remove_objects(struct pb_tree *tree, struct pb_error *err);

/* Removes build/lib.*, and build/temp.* too when asked. */
int pb_stale_remove_modules(struct pb_tree *tree, bool objects_too,
                            struct pb_error *err);

#endif
