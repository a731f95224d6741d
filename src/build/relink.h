/* Linking the interpreter again, from stored objects: it is by far the
   largest file of a build and changes with every commit, while its objects
   hardly do. The commands are those that make printed when it linked the
   interpreter the first time; they are kept as a file of the build. */
#ifndef PYBISECT_BUILD_RELINK_H
#define PYBISECT_BUILD_RELINK_H

#include "build/compile.h"
#include "pybisect/error.h"
#include "pybisect/strv.h"

#define PB_RELINK_SCRIPT "pybisect-link.sh"

/* Finds the commands in make's log and writes them into the directory;
   appends the script and the files that it needs to `out_paths`. 1 when the
   log does not tell, or not all is there: then the interpreter itself has to
   be kept. */
int pb_relink_prepare(const char *directory, const char *log_path,
                      struct pb_strv *out_paths, struct pb_error *err);

/* Runs the script of a restored tree, confined as what made it was. A failure
   of it is reported as PB_ERROR_CORRUPT. */
int pb_relink_run(const struct pb_compiler *compiler, struct pb_tree *tree,
                  struct pb_error *err);

/* Removes what the link is made of, so that make makes it, and says how. */
int pb_relink_forget(const char *directory, struct pb_error *err);

#endif
