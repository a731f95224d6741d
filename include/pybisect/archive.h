/* Archives that others made: zip and tar, compressed or not (libarchive
   inside; no other module sees it).

   Nothing that an archive says leads out of the directory it is unpacked
   into: an absolute name, a "..", a link, a device or a name that comes twice
   makes the whole archive a CORRUPT one; more files or bytes than limits.h
   allows is LIMIT. */
#ifndef PYBISECT_ARCHIVE_H
#define PYBISECT_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "pybisect/buf.h"
#include "pybisect/error.h"

struct pb_archive; /* opaque: an archive while it is gone through */

/* Each regular file, in the archive's order. visit returns 0 to go on, 1 to
   stop, -1 with *err set for an error. */
int pb_archive_each(const char *path,
                    int (*visit)(struct pb_archive *archive, const char *name,
                                 void *context, struct pb_error *err),
                    void *context, struct pb_error *err);

/* Within a visit: appends the file's content; more than `limit` bytes is
   LIMIT. */
int pb_archive_read(struct pb_archive *archive, size_t limit,
                    struct pb_buf *out, struct pb_error *err);

/* Into a directory, which is made when it is absent. `place`, when given,
   says where a file goes, relative (caller frees), or NULL to leave it out;
   it is held to the same rules. A file that is there already stays as it is.
   Modes are 0644 and 0755. Not synced: for what can be unpacked again. */
int pb_archive_unpack(const char *path, const char *directory,
                      char *(*place)(const char *name, void *context),
                      void *context, struct pb_error *err);

#endif
