/* Eight bytes at a time, by the tables of Intel's "slicing-by-8" (Kounavis
   and Berry, 2005). */
#include "trial/readers/crc32.h"

#define POLYNOMIAL 0xEDB88320u

void
pb_crc32_init(struct pb_crc32 *crc)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < 8; bit++) {
            value = (value >> 1) ^ ((value & 1) != 0 ? POLYNOMIAL : 0);
        }
        crc->table[0][byte] = value;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        for (int k = 1; k < 8; k++) {
            uint32_t before = crc->table[k - 1][byte];
            crc->table[k][byte] = (before >> 8) ^ crc->table[0][before & 0xFF];
        }
    }
}

uint32_t
pb_crc32_of(const struct pb_crc32 *crc, const void *data, size_t length)
{
    const unsigned char *at = data;
    uint32_t value = ~0u;
    for (; length >= 8; length -= 8, at += 8) {
        uint32_t next = 0;
        for (int i = 0; i < 4; i++) {
            next ^= crc->table[7 - i][at[i] ^ ((value >> (8 * i)) & 0xFF)] ^
                    crc->table[3 - i][at[4 + i]];
        }
        value = next;
    }
    for (; length > 0; length--, at++) {
        value = (value >> 8) ^ crc->table[0][(value ^ *at) & 0xFF];
    }
    return ~value;
}
