/* Conditions on what differs by era: "python >= 3.12 and ref < 24". */
#ifndef PYBISECT_RECIPE_CONDITION_H
#define PYBISECT_RECIPE_CONDITION_H

#include "pybisect/recipe.h"

#define PB_CONDITION_BOUNDS 4
#define PB_VERSION_PARTS 4

struct pb_version {
    unsigned long parts[PB_VERSION_PARTS];
    size_t len; /* 0: none is known, which is newer than all */
};

/* The version in a tag: "twisted-24.7.0" and "rel_2_0_36" have one, branches
   and shas have none. NULL has none either. */
struct pb_version pb_version_of_ref(const char *ref);

struct pb_bound {
    bool of_python; /* else of the project's ref */
    enum pb_bound_operator {
        PB_BOUND_LESS,
        PB_BOUND_AT_MOST,
        PB_BOUND_EQUAL,
        PB_BOUND_AT_LEAST,
        PB_BOUND_MORE,
    }
    operator;
    struct pb_version version;
};

struct pb_condition {
    struct pb_bound bounds[PB_CONDITION_BOUNDS]; /* all must hold */
    size_t len;
};

/* The message says what is wrong. */
int pb_condition_parse(const char *text, struct pb_condition *out,
                       struct pb_error *err);

/* Compared as far as the condition's version goes: 3.12.4 == 3.12. */
bool pb_condition_holds(const struct pb_condition *condition,
                        const struct pb_recipe_facts *facts);

#endif
