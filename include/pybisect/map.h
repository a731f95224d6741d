/* String keys to pointers, in insertion order (uthash inside). The map owns
   its copies of the keys; values belong to the caller unless a release
   function was given. */
#ifndef PYBISECT_MAP_H
#define PYBISECT_MAP_H

#include <stddef.h>

#include "pybisect/cleanup.h"

struct pb_map; /* opaque */

struct pb_map *pb_map_new(void (*release)(void *value)); /* NULL: borrowed */
void pb_map_set(struct pb_map *map, const char *key, void *value);
void *pb_map_get(const struct pb_map *map, const char *key); /* or NULL */
size_t pb_map_size(const struct pb_map *map);
void pb_map_each(const struct pb_map *map,
                 void (*visit)(const char *key, void *value, void *context),
                 void *context);
void pb_map_free(struct pb_map *map);

PB_DEFINE_AUTO_FREE(pb_map, struct pb_map, pb_map_free)

#endif
