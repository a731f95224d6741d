/* What may stand in a recipe. */
#ifndef PYBISECT_RECIPE_CHECK_H
#define PYBISECT_RECIPE_CHECK_H

#include "pybisect/yaml.h"

/* Appends every mistake in a recipe, those of form and those of sense. A
   file called pybisect.yml may hold a recipe of any name. */
void pb_recipe_check(const struct pb_yaml *doc, struct pb_problems *problems);

/* NULL unless `node` is a mapping that has `key`. */
const struct pb_yaml_node *pb_recipe_field(const struct pb_yaml_node *node,
                                           const char *key);

/* Part of it: `test.patterns`. */
void pb_recipe_check_patterns(const struct pb_yaml *doc,
                              struct pb_problems *problems);

#endif
