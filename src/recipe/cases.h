/* Items of a recipe's lists that are for some versions alone. */
#ifndef PYBISECT_RECIPE_CASES_H
#define PYBISECT_RECIPE_CASES_H

#include "pybisect/recipe.h"

/* The keys of the lists that may hold such items, "dependencies" or
   "test.all"; NULL ends them. */
extern const char *const pb_cases_keys[];

/* The node at such a key, or NULL. */
const struct pb_yaml_node *pb_cases_list(const struct pb_yaml_node *root,
                                         const char *key);

/* Keeps those of a checked document aside. */
void pb_cases_read(const struct pb_yaml_node *root, struct pb_recipe *recipe);
void pb_cases_clear(struct pb_recipe *recipe);

#endif
