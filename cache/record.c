/* The frame of a record. */
#include "record.h"

#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define CHECKSUM_OFFSET 64
#define CHECKSUM_SIZE 8

void
pb_info_clear(struct pb_info *info)
{
    free(info->label);
    free(info->summary);
    *info = (struct pb_info){.label = NULL};
}

void
pb_record_clear(struct pb_record *record)
{
    if (record->info != NULL) {
        pb_info_clear(record->info);
        free(record->info);
        record->info = NULL;
    }
}

bool
pb_record_parse(const unsigned char header[PB_RECORD_HEADER],
                struct pb_record *out)
{
    static const unsigned char zeros[4];
    struct pb_digest check = pb_digest_of(header, CHECKSUM_OFFSET);
    if (memcmp(header, PB_RECORD_MAGIC, 4) != 0 ||
        memcmp(header + CHECKSUM_OFFSET, check.bytes, CHECKSUM_SIZE) != 0 ||
        header[4] < PB_RECORD_BUILD || header[4] > PB_RECORD_TOMBSTONE ||
        memcmp(header + 5, zeros, 3) != 0 ||
        memcmp(header + 28, zeros, 4) != 0)
    {
        return false;
    }
    out->kind = (enum pb_record_kind)header[4];
    out->length = pb_wire_get_u64(header + 8);
    out->stamp = pb_wire_get_u64(header + 16);
    out->number = pb_wire_get_u32(header + 24);
    memcpy(out->key.bytes, header + 32, PB_DIGEST_SIZE);
    return true;
}

static void
fill_header(const struct pb_record *record, size_t length,
            unsigned char header[PB_RECORD_HEADER])
{
    memset(header, 0, PB_RECORD_HEADER);
    memcpy(header, PB_RECORD_MAGIC, 4);
    header[4] = (unsigned char)record->kind;
    pb_wire_set_u64(header + 8, length);
    pb_wire_set_u64(header + 16, record->stamp);
    pb_wire_set_u32(header + 24, record->number);
    memcpy(header + 32, record->key.bytes, PB_DIGEST_SIZE);
    struct pb_digest check = pb_digest_of(header, CHECKSUM_OFFSET);
    memcpy(header + CHECKSUM_OFFSET, check.bytes, CHECKSUM_SIZE);
}

void
pb_record_add(struct pb_buf *out, const struct pb_record *record,
              const void *body, size_t length)
{
    unsigned char header[PB_RECORD_HEADER];
    fill_header(record, length, header);
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add(&hasher, header, sizeof(header));
    pb_hasher_add(&hasher, body, length);
    struct pb_digest digest = pb_hasher_finish(&hasher);
    pb_buf_add(out, header, sizeof(header));
    if (length > 0) {
        pb_buf_add(out, body, length);
    }
    pb_buf_add(out, digest.bytes, sizeof(digest.bytes));
}

bool
pb_record_is_whole(const unsigned char *bytes, size_t length)
{
    if (length < PB_RECORD_FRAME) {
        return false;
    }
    size_t hashed = length - PB_DIGEST_SIZE;
    struct pb_digest actual = pb_digest_of(bytes, hashed);
    return memcmp(actual.bytes, bytes + hashed, PB_DIGEST_SIZE) == 0;
}
