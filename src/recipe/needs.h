/* What a project imports and pybisect does not bring: --deps DIR. */
#ifndef PYBISECT_RECIPE_NEEDS_H
#define PYBISECT_RECIPE_NEEDS_H

#include "pybisect/recipe.h"

/* A directory, without extension modules for one interpreter alone. */
int pb_needs_check_directory(const char *deps, struct pb_error *err);

/* What pip would be asked for: "PyHamcrest>=2" of "hamcrest=PyHamcrest>=2".
   Borrowed from the text. */
const char *pb_dependency_requirement(const char *dependency);

/* "digest:" and 16 digits over the names, modes and contents below `path`;
   bytecode is left out. Caller frees; NULL on failure. */
char *pb_tree_revision(const char *path, struct pb_error *err);

#endif
