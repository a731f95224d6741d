/* What recipe.c and detect.c share: defaults, and the digest that every
   finished recipe carries. */
#ifndef PYBISECT_RECIPE_DEFAULTS_H
#define PYBISECT_RECIPE_DEFAULTS_H

#include "pybisect/recipe.h"

#define PB_RECIPE_TEST_TIMEOUT 1800 /* seconds */
#define PB_RECIPE_STEP_TIMEOUT 600
#define PB_RECIPE_NEED_TIMEOUT 60

void pb_recipe_seal(struct pb_recipe *recipe);

/* pb_recipe_detect without a look for a recipe of the checkout's own. */
int pb_recipe_guess(const char *checkout, struct pb_recipe *out,
                    char **out_how, struct pb_error *err);

#endif
