/* What a restore left in a directory: a text beside it.

   Nothing in it is believed of a file whose size, mtime or inode is another,
   of one written in the very instant in which the note was, or after a
   reboot: then the disk may hold less than was written. */
#ifndef PYBISECT_CACHE_NOTE_H
#define PYBISECT_CACHE_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "pybisect/buf.h"
#include "pybisect/digest.h"
#include "pybisect/error.h"
#include "pybisect/map.h"

struct pb_note {
    uint64_t size;
    int64_t mtime; /* nanoseconds */
    uint64_t inode;
    struct pb_digest id;
    bool derived;
};

struct pb_notes {
    struct pb_map *by_path; /* owned struct pb_note */
    int64_t written;        /* mtime of the note itself; 0: there is none */
};

/* A note that is absent, or not what pb_notes_write makes, is an empty
   one. */
void pb_notes_load(const char *path, struct pb_notes *out);
void pb_notes_clear(struct pb_notes *notes);
PB_DEFINE_AUTO_CLEAR(pb_notes, struct pb_notes, pb_notes_clear)

/* Takes what is noted of the path out, if the file is still that one. */
const struct pb_note *pb_notes_get(const struct pb_notes *notes,
                                   const char *path, const struct stat *info);
void pb_notes_set(struct pb_notes *notes, const char *path,
                  const struct stat *info, const struct pb_digest *id,
                  bool derived);
/* Takes over what may be believed. */
void pb_notes_carry(const struct pb_notes *from, struct pb_notes *to);
int pb_notes_write(const struct pb_notes *notes, const char *path,
                   struct pb_error *err);

#endif
