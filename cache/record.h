/* Records: what a pack is made of. A header, a body, and the SHA-256 of
   both. */
#ifndef PYBISECT_CACHE_RECORD_H
#define PYBISECT_CACHE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/buf.h"
#include "pybisect/digest.h"

#define PB_RECORD_MAGIC "PBR2"
#define PB_RECORD_HEADER ((size_t)72)
#define PB_RECORD_FRAME (PB_RECORD_HEADER + PB_DIGEST_SIZE)

enum pb_record_kind {
    PB_RECORD_BUILD = 1,
    PB_RECORD_FAILURE = 2,
    PB_RECORD_MARK = 3,      /* the entry was proved */
    PB_RECORD_TOMBSTONE = 4, /* the entry was removed */
};

/* What is told of an entry without its files. */
struct pb_info {
    double seconds;
    uint64_t time; /* seconds since 1970 */
    char *label;
    struct pb_digest output; /* builds */
    uint64_t bytes;          /* builds */
    char *summary;           /* failures */
};

struct pb_record {
    uint64_t offset; /* of its header in the pack */
    uint64_t length; /* of its body */
    /* Grows from record to record over all packs of a store: of two records
       for one key the one with the larger stamp counts. 0: it names no
       entry, and is there because later builds are differences from it. */
    uint64_t stamp;
    uint32_t number; /* builds: from 0 in each pack */
    enum pb_record_kind kind;
    struct pb_digest key;
    bool dropped;         /* found damaged, and no tombstone could be kept */
    struct pb_info *info; /* once read; owned */
};

void pb_info_clear(struct pb_info *info);
void pb_record_clear(struct pb_record *record);

static inline bool
pb_record_is_entry(const struct pb_record *record)
{
    return record->kind == PB_RECORD_BUILD ||
           record->kind == PB_RECORD_FAILURE;
}

static inline uint64_t
pb_record_end(const struct pb_record *record)
{
    return record->offset + PB_RECORD_FRAME + record->length;
}

/* False when the bytes are no header. offset is left alone. */
bool pb_record_parse(const unsigned char header[PB_RECORD_HEADER],
                     struct pb_record *out);

/* Appends the whole record; offset and length are not looked at. */
void pb_record_add(struct pb_buf *out, const struct pb_record *record,
                   const void *body, size_t length);

/* Whether the whole record has the SHA-256 that it ends with. */
bool pb_record_is_whole(const unsigned char *bytes, size_t length);

#endif
