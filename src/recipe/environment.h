/* The environment of everything that a trial runs. */
#ifndef PYBISECT_RECIPE_ENVIRONMENT_H
#define PYBISECT_RECIPE_ENVIRONMENT_H

#include "pybisect/recipe.h"

/* Fills in workspace->environment; all other fields are set. */
void pb_environment_fill(struct pb_workspace *workspace);

/* Of a command that is run beside the trials: all but what is said of the
   interpreter's bytecode and by the recipe. */
void pb_environment_begin(const char *home, const char *tmp,
                          struct pb_strv *out);

/* Adds or replaces the variable of `entry`, "NAME=value"; takes it. */
void pb_environment_set(struct pb_strv *environment, char *entry);

#endif
