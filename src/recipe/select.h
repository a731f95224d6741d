/* From the id of a result to what its runner is asked for. */
#ifndef PYBISECT_RECIPE_SELECT_H
#define PYBISECT_RECIPE_SELECT_H

#include "pybisect/recipe.h"

/* The {id} of the recipe's `select`: the test itself, its parent for a
   sub-test, the class or module for its fixtures. NULL: cannot be asked for.
   Caller frees. */
char *pb_recipe_select(const struct pb_recipe *recipe, const char *id);

#endif
