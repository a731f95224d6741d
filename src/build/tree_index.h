/* What a work tree holds, as it was when we wrote it: one line a file.

   A file whose size or mtime is not what the index says was changed by
   somebody else, and its content counts as unknown. So does all content that
   a move was about to touch when it was killed: the index says so before the
   first file is written. */
#ifndef PYBISECT_BUILD_TREE_INDEX_H
#define PYBISECT_BUILD_TREE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/error.h"

/* A blob's 40 digits, and "+" and 16 more when substitutions apply. */
#define PB_INDEX_CONTENT 60
#define PB_INDEX_UNKNOWN "?"
#define PB_INDEX_LEFT_OUT INT64_C(-1) /* the size of a file we lack */

struct pb_index_entry {
    char *path;
    unsigned mode; /* git's */
    char content[PB_INDEX_CONTENT];
    int64_t size;
    int64_t mtime; /* nanoseconds */
};

struct pb_index {
    struct pb_index_entry *items; /* sorted by path */
    size_t len;
    size_t cap;
};

#define PB_INDEX_INIT                                                         \
    {                                                                         \
        .items = NULL                                                         \
    }

/* Takes no ownership; keeps a copy of the path. Not sorted yet. */
struct pb_index_entry *pb_index_add(struct pb_index *index, const char *path,
                                    unsigned mode, const char *content);
void pb_index_sort(struct pb_index *index);
struct pb_index_entry *pb_index_find(const struct pb_index *index,
                                     const char *path);
void pb_index_clear(struct pb_index *index);
PB_DEFINE_AUTO_CLEAR(pb_index, struct pb_index, pb_index_clear)

/* NOT_FOUND when there is none, CORRUPT when it cannot be used: damaged, or
   from before the machine's last start, as the files were not synced. */
int pb_index_load(const char *path, struct pb_index *out,
                  struct pb_error *err);
int pb_index_write(const char *path, const struct pb_index *index,
                   struct pb_error *err);

#endif
