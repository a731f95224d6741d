/* What a project imports and pybisect does not bring: --deps DIR. */
#ifndef PYBISECT_RECIPE_NEEDS_H
#define PYBISECT_RECIPE_NEEDS_H

#include "pybisect/recipe.h"

/* One error names all dependencies that are not in `deps` (NULL: none is). */
int pb_needs_check(const struct pb_recipe *recipe, const char *deps,
                   struct pb_error *err);

/* "digest:" and 16 digits over the names, modes and contents below `path`;
   bytecode is left out. Caller frees; NULL on failure. */
char *pb_tree_revision(const char *path, struct pb_error *err);

#endif
