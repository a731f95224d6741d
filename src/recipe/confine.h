/* A workspace's sandbox and what it borrows. */
#ifndef PYBISECT_RECIPE_CONFINE_H
#define PYBISECT_RECIPE_CONFINE_H

#include "pybisect/recipe.h"

struct pb_confinement {
    struct pb_sandbox sandbox;
    char *program;
    char *scratch;
    struct pb_strv writable;
    struct pb_strv readable;
    struct pb_strv hidden;
};

void pb_confinement_free(struct pb_confinement *confinement);

#endif
