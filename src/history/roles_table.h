/* The rules behind pb_fingerprint_role; see roles_table.c. */
#ifndef PYBISECT_HISTORY_ROLES_TABLE_H
#define PYBISECT_HISTORY_ROLES_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/fingerprint.h"

struct pb_role_rule {
    /* A path with '*' inside components; one that ends in '/' means all that
       is below a directory, the empty one means everything. */
    const char *pattern;
    enum pb_path_role role;
    bool tests; /* not applied when tests count */
};

extern const struct pb_role_rule pb_role_rules[];
extern const size_t pb_role_rules_count;

#endif
