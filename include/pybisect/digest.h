/* SHA-256. A digest identifies content and keys. */
#ifndef PYBISECT_DIGEST_H
#define PYBISECT_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/error.h"

#define PB_DIGEST_SIZE 32
#define PB_DIGEST_HEX 65 /* with the NUL */

struct pb_digest {
    unsigned char bytes[PB_DIGEST_SIZE];
};

struct pb_hasher {
    _Alignas(16) unsigned char state[128];
};

void pb_hasher_init(struct pb_hasher *hasher);
void pb_hasher_add(struct pb_hasher *hasher, const void *data, size_t length);
/* A length-prefixed field, so that ("ab","c") and ("a","bc") differ. NULL is
   a field of its own, unlike "". */
void pb_hasher_add_field(struct pb_hasher *hasher, const char *text);
struct pb_digest pb_hasher_finish(struct pb_hasher *hasher);

struct pb_digest pb_digest_of(const void *data, size_t length);
int pb_digest_of_file(const char *path, struct pb_digest *out,
                      struct pb_error *err);
/* HMAC-SHA256 (RFC 2104). */
struct pb_digest pb_digest_hmac(const void *key, size_t key_length,
                                const void *data, size_t length);
bool pb_digest_equal(const struct pb_digest *a, const struct pb_digest *b);
const char *pb_digest_hex(const struct pb_digest *digest,
                          char out[PB_DIGEST_HEX]);
bool pb_digest_parse(const char *hex, struct pb_digest *out);

#endif
