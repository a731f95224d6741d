/* SHA-256 by OpenSSL's libcrypto: it uses the processor's own instructions,
   ten times as fast as libsodium's code. The one-shot interface that OpenSSL
   recommends wants the heap; this one works in the caller's storage. */
#define OPENSSL_API_COMPAT 0x10100000L
#include "pybisect/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(((struct pb_hasher *)0)->state),
               "pb_hasher is too small for OpenSSL's state");
_Static_assert(_Alignof(SHA256_CTX) <= 16, "pb_hasher is aligned too loosely");
_Static_assert(SHA256_DIGEST_LENGTH == PB_DIGEST_SIZE, "SHA-256");

#define CHUNK ((size_t)64 * 1024)

static SHA256_CTX *
state_of(struct pb_hasher *hasher)
{
    return (void *)hasher->state;
}

void
pb_hasher_init(struct pb_hasher *hasher)
{
    SHA256_Init(state_of(hasher));
}

void
pb_hasher_add(struct pb_hasher *hasher, const void *data, size_t length)
{
    if (length > 0) {
        SHA256_Update(state_of(hasher), data, length);
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
    SHA256_Final(digest.bytes, state_of(hasher));
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

struct pb_digest
pb_digest_hmac(const void *key, size_t key_length, const void *data,
               size_t length)
{
    struct pb_digest digest = {{0}};
    unsigned int size = PB_DIGEST_SIZE;
    HMAC(EVP_sha256(), key, (int)key_length, data, length, digest.bytes,
         &size);
    return digest;
}

bool
pb_digest_equal(const struct pb_digest *a, const struct pb_digest *b)
{
    return memcmp(a->bytes, b->bytes, PB_DIGEST_SIZE) == 0;
}

const char *
pb_digest_hex(const struct pb_digest *digest, char out[PB_DIGEST_HEX])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < PB_DIGEST_SIZE; i++) {
        out[2 * i] = digits[digest->bytes[i] >> 4];
        out[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
    out[PB_DIGEST_HEX - 1] = '\0';
    return out;
}

bool
pb_digest_parse(const char *hex, struct pb_digest *out)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    struct pb_digest parsed;
    if (hex == NULL || strspn(hex, digits) != PB_DIGEST_HEX - 1 ||
        hex[PB_DIGEST_HEX - 1] != '\0')
    {
        return false;
    }
    for (size_t i = 0; i < PB_DIGEST_SIZE; i++) {
        unsigned value = 0;
        sscanf(hex + 2 * i, "%2x", &value);
        parsed.bytes[i] = (unsigned char)value;
    }
    *out = parsed;
    return true;
}
