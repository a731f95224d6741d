/* Packs: append-only files of records. A pack is of one group; its builds
   are numbered from 0, each kept as its difference from the one before. */
#ifndef PYBISECT_CACHE_PACK_H
#define PYBISECT_CACHE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "history.h"
#include "pybisect/buf.h"
#include "pybisect/digest.h"
#include "pybisect/error.h"
#include "record.h"

#define PB_PACK_MAGIC "PBPACK2\n"
#define PB_PACK_HEADER ((size_t)56)
#define PB_PACK_CHECKSUM 48 /* where it is, and what it covers */
#define PB_PACK_SUFFIX ".pack"
#define PB_PACK_LOST SIZE_MAX

struct pb_pack {
    char *path;
    uint64_t id; /* its name; later packs have larger ones */
    int fd;      /* stays good when the name is removed */
    ino_t inode;
    bool readable; /* the pack's own header is right */
    struct pb_digest group;
    uint64_t end; /* past the last whole record */
    struct pb_record *records;
    size_t len;
    size_t cap;
    size_t *builds; /* index of the record by number; PB_PACK_LOST */
    size_t nbuilds;
    size_t builds_cap;
    bool gap;     /* bytes before `end` belong to no record */
    bool damaged; /* a record does not have its digest: no more builds */
    bool touched; /* its mtime says already that it was used */
    struct pb_history history;
};

/* A header that cannot be read is not an error: see `readable`. NOT_FOUND
   when the pack is gone. */
int pb_pack_open(const char *path, uint64_t id, struct pb_pack **out,
                 struct pb_error *err);
void pb_pack_close(struct pb_pack *pack);

/* Finds the records past `end`. */
int pb_pack_scan(struct pb_pack *pack, struct pb_error *err);

/* Whether the name still leads to this file, with at least its records. */
bool pb_pack_is_current(const struct pb_pack *pack, bool *out_grown);

/* Replaces *out by the record's body. PB_ERROR_CORRUPT, and the pack is
   damaged, when it does not have its digest. */
int pb_pack_read(struct pb_pack *pack, size_t index, struct pb_buf *out,
                 struct pb_error *err);
/* The body as two parts; both borrowed from `body`. */
bool pb_pack_split(const struct pb_buf *body, const char **out_meta,
                   size_t *out_meta_length, const char **out_frame,
                   size_t *out_frame_length);

/* The record's info, read if need be; borrowed. Of a mark or tombstone:
   NULL with *err set. */
const struct pb_info *pb_pack_info(struct pb_pack *pack, size_t index,
                                   struct pb_error *err);

/* Both under the store's lock and right after pb_pack_scan. What is written
   is on disk afterwards, or nothing is named. */
int pb_pack_append(struct pb_pack *pack, const struct pb_buf *records,
                   struct pb_error *err);
int pb_pack_create(const char *path, const struct pb_digest *group,
                   const struct pb_buf *records, struct pb_error *err);

/* Notes the use, once a process. */
void pb_pack_touch(struct pb_pack *pack);

int pb_pack_corrupt(struct pb_pack *pack, struct pb_error *err);

#endif
