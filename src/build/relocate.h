/* Files that name the tree they were made in. They are kept as templates,
   with a placeholder in the path's stead, so that equal builds in different
   trees are equal, and are filled in where they are used. */
#ifndef PYBISECT_BUILD_RELOCATE_H
#define PYBISECT_BUILD_RELOCATE_H

#include "pybisect/buf.h"
#include "pybisect/error.h"
#include "pybisect/strv.h"

#define PB_RELOCATE_SUFFIX ".pybisect"

/* A tree's path as programs that run in it see it. Caller frees. */
char *pb_relocate_real(const char *directory);

/* Appends the text with the tree's path replaced by the placeholder, or the
   other way round. */
void pb_relocate_abstract(const char *text, const char *directory,
                          struct pb_buf *out);
void pb_relocate_fill(const char *text, const char *directory,
                      struct pb_buf *out);

/* Makes a template beside each of the build's text files that names the
   directory, and puts it in the file's place in `paths`. */
int pb_relocate_make_templates(const char *directory, struct pb_strv *paths,
                               struct pb_error *err);
/* Makes the files of the templates among `paths` and appends their names.
   What is right already is not written. */
int pb_relocate_use_templates(const char *directory, struct pb_strv *paths,
                              struct pb_error *err);

#endif
