/* Laying pins out, between dependencies.c, room.c (directories) and
   dependencies_build.c (what is built goes into the store). */
#ifndef PYBISECT_RECIPE_DEPENDENCIES_PRIVATE_H
#define PYBISECT_RECIPE_DEPENDENCIES_PRIVATE_H

#include "pybisect/dependencies.h"
#include "pybisect/store.h"

struct pb_dependencies {
    struct pb_dependencies_options options;
    char *directory;         /* cache/deps */
    struct pb_own work;      /* in it */
    struct pb_digest script; /* of build_dist.py: how things are built */
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

/* --- room.c ------------------------------------------------------------ */

/* cache/deps/NAME holds `files` and `revision`, the digest of them. */
struct pb_room {
    char *path;
    char *files;
    char *revision;
};

void pb_room_init(struct pb_room *room, const char *path);
void pb_room_clear(struct pb_room *room);
/* Is it there and right? One that is not goes. */
int pb_room_check(struct pb_dependencies *dependencies,
                  const struct pb_room *room, bool *out_there,
                  struct pb_error *err);

/* Fills a directory; -1 with *err set. */
typedef int pb_room_fill(struct pb_laying *laying, const char *directory,
                         const void *what, struct pb_error *err);

int pb_room_make(struct pb_laying *laying, const struct pb_room *room,
                 pb_room_fill *fill, const void *what, struct pb_error *err);

/* A directory for what is under way; what is old goes. */
int pb_room_open_work(struct pb_dependencies *dependencies,
                      struct pb_error *err);

/* --- dependencies.c, dependencies_build.c ------------------------------ */

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
