/* A build that is to be kept, as the next one of a pack. */
#ifndef PYBISECT_CACHE_PLAN_H
#define PYBISECT_CACHE_PLAN_H

#include "store_private.h"

/* A pack holds this many builds: reading the last one's table reads all. */
#define PB_PACK_BUILDS 512

/* What is appended: the body of the build's record. pack: whose history is
   loaded, or NULL for a first. *out_fits: false when it is better the first
   of a new pack (and *out is then empty). */
int pb_plan_encode(struct pb_pack *pack, const struct pb_source *source,
                   struct pb_buf *out, bool *out_fits, struct pb_error *err);

#endif
