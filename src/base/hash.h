/* A hash of bytes, for tables in memory: not for what is kept or sent, nor
   against anybody who looks for collisions. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A word at a time, each mixed in as MurmurHash's finaliser does it: ids
   that are alike but for a number are what tables hold. */
static inline uint64_t
pb_hash_more(uint64_t hash, const void *data, size_t length)
{
    const uint64_t factor = 0xff51afd7ed558ccd;
    const unsigned char *at = data;
    hash ^= length * factor;
    while (length > 0) {
        uint64_t word = 0;
        size_t taken = length < sizeof(word) ? length : sizeof(word);
        memcpy(&word, at, taken);
        hash = (hash ^ word) * factor;
        hash ^= hash >> 32;
        at += taken;
        length -= taken;
    }
    return hash;
}

/* The low bits are as good as the high ones. */
static inline uint32_t
pb_hash(const void *data, size_t length)
{
    uint64_t hash = pb_hash_more(0x9e3779b97f4a7c15, data, length);
    hash *= 0xc4ceb9fe1a85ec53;
    return (uint32_t)(hash >> 32);
}

#endif
