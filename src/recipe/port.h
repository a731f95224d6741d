/* Ports of 127.0.0.1. */
#ifndef PYBISECT_RECIPE_PORT_H
#define PYBISECT_RECIPE_PORT_H

#include <stdbool.h>

#include "pybisect/recipe.h"

/* One that nobody had a moment ago, in digits. */
int pb_port_find(char out[PB_PORT_TEXT], struct pb_error *err);

/* Is there somebody who accepts a connection? */
bool pb_port_answers(const char *port);

#endif
