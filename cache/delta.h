/* zstd frames, alone or as the difference from a prefix. */
#ifndef PYBISECT_CACHE_DELTA_H
#define PYBISECT_CACHE_DELTA_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/buf.h"
#include "pybisect/error.h"

/* Appends one frame that states its content's size and checksum. */
int pb_delta_compress(const struct pb_buf *content,
                      const struct pb_buf *prefix, struct pb_buf *out,
                      struct pb_error *err);

/* Fills `out` with exactly `size` bytes; false when the frame is not that. */
bool pb_delta_expand(const char *frame, size_t length,
                     const struct pb_buf *prefix, char *out, size_t size);

/* For texts: appends a frame; appends its content of at most `limit` bytes,
   false when it is none. */
int pb_delta_pack_text(const char *text, size_t length, int level,
                       struct pb_buf *out, struct pb_error *err);
bool pb_delta_unpack_text(const char *frame, size_t length, size_t limit,
                          struct pb_buf *out);

#endif
