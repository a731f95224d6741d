/* The files of a build on disk, digested. */
#ifndef PYBISECT_CACHE_LISTING_H
#define PYBISECT_CACHE_LISTING_H

#include "history.h"
#include "pybisect/store.h"

struct pb_listing {
    struct pb_file *files; /* sorted by path */
    size_t len;
    size_t cap;
};

int pb_listing_read(const struct pb_store_build *build, struct pb_listing *out,
                    struct pb_error *err);
void pb_listing_clear(struct pb_listing *listing);
PB_DEFINE_AUTO_CLEAR(pb_listing, struct pb_listing, pb_listing_clear)

#endif
