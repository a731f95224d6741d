/* Resolving, between resolve.c (sets and pins) and choose.c (which file of
   those that there are). */
#ifndef PYBISECT_RECIPE_RESOLVE_PRIVATE_H
#define PYBISECT_RECIPE_RESOLVE_PRIVATE_H

#include "pybisect/dependencies.h"
#include "recipe/distribution.h"

struct pb_resolver {
    const struct pb_pins_options *options;
    struct pb_dist *dists; /* what there is */
    size_t ndists;
    size_t cap;
    struct pb_pins *pins;
    struct pb_strv *notes;
    struct pb_strv missing; /* sentences */
    int depth;
};

/* One name of a set under way. */
struct pb_node {
    char *name;
    struct pb_strv clauses; /* all must hold */
    struct pb_strv extras;
    char *wanted_by;
    const char *path;    /* of the chosen file; borrowed, NULL: none yet */
    struct pb_dist dist; /* a borrowed copy */
    struct pb_dist_facts facts;
    bool dirty;
};

/* Takes in what lies in options->find_links. */
int pb_resolver_scan(struct pb_resolver *resolver, struct pb_error *err);
void pb_resolver_clear(struct pb_resolver *resolver);

/* Chooses a file for the node and reads what it says; without one, why not is
   added to .missing. */
int pb_resolver_settle(struct pb_resolver *resolver, struct pb_node *node,
                       struct pb_error *err);

/* A note, if it says that it is for other versions of Python. */
void pb_resolver_note_limits(struct pb_resolver *resolver,
                             const struct pb_dist *dist,
                             const struct pb_dist_facts *facts);

#endif
