/* Beside pb_abi_key. */
#ifndef PYBISECT_RECIPE_ABI_H
#define PYBISECT_RECIPE_ABI_H

#include "pybisect/digest.h"

/* "3.12", out of the headers: what code that is not compiled may go by. */
void pb_abi_add_version(const char *root, struct pb_hasher *hasher);

#endif
