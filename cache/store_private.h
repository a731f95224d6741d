/* What the store's own files share. */
#ifndef PYBISECT_CACHE_STORE_PRIVATE_H
#define PYBISECT_CACHE_STORE_PRIVATE_H

#include "entry.h"
#include "pybisect/buf.h"
#include "pybisect/store.h"

struct pb_store {
    char *root; /* absolute */
};

/* Appends an object that the entry of `key` names; when it is damaged the
   entry is dropped with it. */
int pb_store_object(struct pb_store *store, const struct pb_digest *key,
                    const struct pb_digest *id, struct pb_buf *out,
                    struct pb_error *err);

#endif
