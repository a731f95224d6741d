/* The CRC-32 of zlib, PNG and Ethernet (reflected, polynomial EDB88320). */
#ifndef TRIAL_CRC32_H
#define TRIAL_CRC32_H

#include <stddef.h>
#include <stdint.h>

struct pb_crc32 {
    uint32_t table[8][256]; /* [k][b]: byte b with k more bytes behind it */
};

void pb_crc32_init(struct pb_crc32 *crc);
uint32_t pb_crc32_of(const struct pb_crc32 *crc, const void *data,
                     size_t length);

#endif
