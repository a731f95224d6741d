/* What recipe.c and detect.c share: defaults, and the digest that every
   finished recipe carries. */
#ifndef PYBISECT_RECIPE_DEFAULTS_H
#define PYBISECT_RECIPE_DEFAULTS_H

#include "pybisect/recipe.h"

#define PB_RECIPE_TEST_TIMEOUT 1800 /* seconds */
#define PB_RECIPE_STEP_TIMEOUT 600
#define PB_RECIPE_NEED_TIMEOUT 60

/* Far beyond what any suite needs that tests something. */
#define PB_RECIPE_CPU 14400 /* seconds */
#define PB_RECIPE_MEMORY_MB 8192
#define PB_RECIPE_PROCESSES 2000
#define PB_RECIPE_OPEN_FILES 4096
#define PB_RECIPE_FILE_SIZE_MB 4096
#define PB_RECIPE_DISK_MB 8192
#define PB_RECIPE_OUTPUT_MB 1024

/* Those, and what a `limits` (NULL: none) says otherwise. */
struct pb_process_bounds pb_recipe_bounds(const struct pb_yaml_node *limits);

void pb_recipe_seal(struct pb_recipe *recipe);

/* pb_recipe_detect without a look for a recipe of the checkout's own. */
int pb_recipe_guess(const char *checkout, struct pb_recipe *out,
                    char **out_how, struct pb_error *err);

#endif
