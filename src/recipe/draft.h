/* Making a recipe for a checkout, between draft.c and draft_runner.c. */
#ifndef PYBISECT_RECIPE_DRAFT_H
#define PYBISECT_RECIPE_DRAFT_H

#include "pybisect/recipe.h"

/* How the tests are run: fills in test, environment, and pytest among the
   dependencies. `package` is what is imported, or NULL. */
int pb_draft_runner(const char *checkout, const char *package,
                    struct pb_recipe *out, struct pb_strv *notes,
                    struct pb_error *err);

#endif
