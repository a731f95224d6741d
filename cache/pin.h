/* Which packs are protected. */
#ifndef PYBISECT_CACHE_PIN_H
#define PYBISECT_CACHE_PIN_H

#include "store_private.h"

/* pinned[i]: of store->packs[i]. */
int pb_pin_mark(struct pb_store *store, bool *pinned, struct pb_error *err);

#endif
