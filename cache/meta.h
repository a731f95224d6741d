/* What a record says of its entry: the info, and of a build the table of
   files as its difference from the build before. */
#ifndef PYBISECT_CACHE_META_H
#define PYBISECT_CACHE_META_H

#include <stdbool.h>

#include "history.h"
#include "pybisect/buf.h"
#include "record.h"
#include "wire.h"

/* Appends a record's body: the meta text compressed, then the frame. */
int pb_meta_pack(const struct pb_buf *meta, const struct pb_buf *frame,
                 struct pb_buf *out, struct pb_error *err);
/* Appends the meta text of a body. */
bool pb_meta_unpack(const struct pb_buf *body, struct pb_buf *out);

void pb_meta_add_info(struct pb_buf *meta, const struct pb_info *info,
                      enum pb_record_kind kind);
bool pb_meta_read_info(const struct pb_buf *meta, enum pb_record_kind kind,
                       struct pb_info *out);

/* Likewise, leaving the reader at the table of files. */
bool pb_meta_read_head(struct pb_reader *reader, enum pb_record_kind kind,
                       struct pb_info *out);

/* How a file is described. */
#define PB_FILE_EXECUTABLE 1u
#define PB_FILE_DERIVED (0u << 1)
#define PB_FILE_NEW (1u << 1)
#define PB_FILE_OLD (2u << 1)
#define PB_FILE_FILTERED (3u << 1) /* new, and filtered */
#define PB_FILE_WHERE (3u << 1)

/* Appends the step's files. tip: the build before; NULL for a first. */
void pb_meta_add_files(struct pb_buf *meta, const struct pb_step *step,
                       const struct pb_step *tip, uint32_t number);
/* steps[0 .. number - 1] are the builds before. False when it is not what
   pb_meta_add_files makes. */
bool pb_meta_read_files(const struct pb_buf *meta, const struct pb_step *steps,
                        uint32_t number, struct pb_step *out);

/* A name below a directory that cannot lead out of it: printable ASCII. */
bool pb_entry_path_is_safe(const char *path);

#endif
