/* One era as era_load.c reads it and era.c applies it. */
#ifndef PYBISECT_BUILD_ERA_PRIVATE_H
#define PYBISECT_BUILD_ERA_PRIVATE_H

#include "build/era.h"

enum pb_version_operator {
    PB_VERSION_LESS,
    PB_VERSION_AT_MOST,
    PB_VERSION_EQUAL,
    PB_VERSION_AT_LEAST,
    PB_VERSION_MORE,
};

struct pb_version_bound {
    enum pb_version_operator operator;
    unsigned version; /* major * 1000 + minor */
};

#define PB_VERSION_BOUNDS 4

struct pb_era {
    char *name;
    struct pb_strv has;
    struct pb_strv lacks;
    struct pb_version_bound bounds[PB_VERSION_BOUNDS];
    size_t nbounds;
    struct pb_strv configure_args;
    struct pb_strv environment;
    struct pb_strv make_args;
    struct pb_strv targets;
    struct pb_substitution *substitutions;
    size_t nsubstitutions;
    struct pb_product *products;
    size_t nproducts;
};

struct pb_eras {
    struct pb_era *items;
    size_t len;
};

#endif
