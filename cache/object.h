/* File contents by SHA-256, each a zstd frame of its own below `objects`. */
#ifndef PYBISECT_CACHE_OBJECT_H
#define PYBISECT_CACHE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/buf.h"
#include "pybisect/digest.h"
#include "pybisect/error.h"

/* Caller frees. */
char *pb_object_path(const char *root, const struct pb_digest *id);

/* Keeps the bytes, on disk before it returns; one that is there already is
   left alone. */
int pb_object_put(const char *root, const void *data, size_t length,
                  struct pb_digest *out_id, struct pb_error *err);

/* Appends the content. PB_ERROR_CORRUPT when it is absent or does not have
   the digest it is named by; a damaged object is removed. */
int pb_object_get(const char *root, const struct pb_digest *id,
                  struct pb_buf *out, struct pb_error *err);

/* objects/<2 hex> or entries/<2 hex>, made and synced when absent. */
int pb_store_fan_out(const char *root, const char *kind, const char *hex,
                     struct pb_error *err);

/* Each file below root/kind whose name is a digest. visit returns -1 with
 *err set to stop. */
int pb_store_each(const char *root, const char *kind,
                  int (*visit)(const struct pb_digest *id, void *context,
                               struct pb_error *err),
                  void *context, struct pb_error *err);

#endif
