/* What recipe.c and detect.c share: defaults, and the digest that every
   finished recipe carries. */
#ifndef PYBISECT_RECIPE_DEFAULTS_H
#define PYBISECT_RECIPE_DEFAULTS_H

#include "pybisect/recipe.h"

#define PB_RECIPE_TEST_TIMEOUT 1800 /* seconds */
#define PB_RECIPE_STEP_TIMEOUT 600
#define PB_RECIPE_NEED_TIMEOUT 60

void pb_recipe_seal(struct pb_recipe *recipe);

#endif
