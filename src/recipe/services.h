/* Servers beside a trial. */
#ifndef PYBISECT_RECIPE_SERVICES_H
#define PYBISECT_RECIPE_SERVICES_H

#include "pybisect/recipe.h"

/* More than PB_RECIPE_TEST for a word that names no phase. */
unsigned pb_recipe_phase_parse(const char *name);

/* Stops all of them. NULL is fine. */
void pb_services_free(struct pb_services *services);

#endif
