/* Laying pins out, between dependencies.c (directories) and
   dependencies_build.c (what is built goes into the store). */
#ifndef PYBISECT_RECIPE_DEPENDENCIES_PRIVATE_H
#define PYBISECT_RECIPE_DEPENDENCIES_PRIVATE_H

#include "pybisect/dependencies.h"
#include "pybisect/store.h"

struct pb_dependencies {
    struct pb_dependencies_options options;
    char *directory; /* cache/deps */
    char *work;      /* in it, of this process alone; locked */
    int lock;
    char *logs;
    struct pb_store *store;
    struct pb_strv checked; /* directories, in this process */
};

/* Under way: one call of pb_dependencies_lay_out. */
struct pb_laying {
    struct pb_dependencies *dependencies;
    const struct pb_dependencies_request *request;
    struct pb_digest abi;
    struct pb_laid_out *out;
};

/* Indexes of pins, as a set to be laid out together. */
struct pb_pin_set {
    const size_t *items;
    size_t len;
};

/* Appends the directories; with out->failure set, not all of them. */
int pb_lay_out_set(struct pb_laying *laying, const struct pb_pin_set *set,
                   struct pb_strv *out_path, struct pb_error *err);

/* The store has this pin, built for this interpreter, under *out_key; else
   out->failure is set. */
int pb_lay_out_build(struct pb_laying *laying, const struct pb_pin *pin,
                     struct pb_digest *out_key, struct pb_error *err);

#endif
