/* SHA-256 by libsodium. */
#include "pybisect/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

_Static_assert(sizeof(crypto_hash_sha256_state) <=
                   sizeof(((struct pb_hasher *)0)->state),
               "pb_hasher is too small for libsodium's state");
_Static_assert(_Alignof(crypto_hash_sha256_state) <= 16,
               "pb_hasher is aligned too loosely");
_Static_assert(crypto_hash_sha256_BYTES == PB_DIGEST_SIZE, "SHA-256");

#define CHUNK ((size_t)64 * 1024)

static crypto_hash_sha256_state *
state_of(struct pb_hasher *hasher)
{
    return (void *)hasher->state;
}

void
pb_hasher_init(struct pb_hasher *hasher)
{
    /* Picks the fastest code for this processor; does nothing after the first
       call. */
    if (sodium_init() < 0) {
        abort();
    }
    crypto_hash_sha256_init(state_of(hasher));
}

void
pb_hasher_add(struct pb_hasher *hasher, const void *data, size_t length)
{
    if (length > 0) {
        crypto_hash_sha256_update(state_of(hasher), data, length);
    }
}

void
pb_hasher_add_field(struct pb_hasher *hasher, const char *text)
{
    unsigned char head[9] = {text != NULL};
    uint64_t length = text == NULL ? 0 : strlen(text);
    for (int i = 0; i < 8; i++) {
        head[i + 1] = (unsigned char)(length >> (8 * i));
    }
    pb_hasher_add(hasher, head, sizeof(head));
    pb_hasher_add(hasher, text, (size_t)length);
}

struct pb_digest
pb_hasher_finish(struct pb_hasher *hasher)
{
    struct pb_digest digest;
    crypto_hash_sha256_final(state_of(hasher), digest.bytes);
    return digest;
}

struct pb_digest
pb_digest_of(const void *data, size_t length)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add(&hasher, data, length);
    return pb_hasher_finish(&hasher);
}

int
pb_digest_of_file(const char *path, struct pb_digest *out,
                  struct pb_error *err)
{
    PB_AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return pb_error_errno(err, errno, "cannot open '%s'", path);
    }
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    unsigned char chunk[CHUNK];
    for (;;) {
        ssize_t count = read(fd, chunk, sizeof(chunk));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return pb_error_errno(err, errno, "cannot read '%s'", path);
        }
        if (count == 0) {
            break;
        }
        pb_hasher_add(&hasher, chunk, (size_t)count);
    }
    *out = pb_hasher_finish(&hasher);
    return 0;
}

bool
pb_digest_equal(const struct pb_digest *a, const struct pb_digest *b)
{
    return memcmp(a->bytes, b->bytes, PB_DIGEST_SIZE) == 0;
}

const char *
pb_digest_hex(const struct pb_digest *digest, char out[PB_DIGEST_HEX])
{
    return sodium_bin2hex(out, PB_DIGEST_HEX, digest->bytes, PB_DIGEST_SIZE);
}

bool
pb_digest_parse(const char *hex, struct pb_digest *out)
{
    struct pb_digest parsed;
    size_t length = 0;
    if (hex == NULL || strlen(hex) != PB_DIGEST_HEX - 1 ||
        sodium_hex2bin(parsed.bytes, PB_DIGEST_SIZE, hex, PB_DIGEST_HEX - 1,
                       NULL, &length, NULL) != 0 ||
        length != PB_DIGEST_SIZE)
    {
        return false;
    }
    *out = parsed;
    return true;
}
