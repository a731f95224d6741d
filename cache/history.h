/* The builds of one pack, in memory: what files each has, and in which
   build's frame each content lies. */
#ifndef PYBISECT_CACHE_HISTORY_H
#define PYBISECT_CACHE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/buf.h"
#include "pybisect/digest.h"
#include "pybisect/error.h"

struct pb_pack;

struct pb_file {
    char *path;
    unsigned mode; /* 0755 or 0644 */
    bool derived;  /* content not kept */
    uint64_t size;
    struct pb_digest id;
    uint32_t number; /* not derived: the build whose frame has it ... */
    uint32_t index;  /* ... as this content */
};

struct pb_content {
    uint64_t offset; /* in the frame's content */
    uint64_t size;
    struct pb_digest id;
    bool filtered; /* in the frame: see filter.h */
    bool based;    /* the same path's content in the build before: */
    uint32_t base_number;
    uint32_t base_index;
};

/* One build. Files that did not change are the build before's own. */
struct pb_step {
    const struct pb_file **files; /* sorted by path */
    size_t len;
    struct pb_file *own; /* new or changed here */
    size_t nown;
    struct pb_content *contents; /* of the frame, in its order */
    size_t ncontents;
    uint64_t raw;    /* bytes of the frame's content */
    uint64_t prefix; /* bytes of what it is a difference from */
};

struct pb_history {
    struct pb_step *steps;
    size_t len;
    size_t cap;
    uint64_t bytes; /* of memory, about */
};

void pb_step_clear(struct pb_step *step);
PB_DEFINE_AUTO_CLEAR(pb_step, struct pb_step, pb_step_clear)
void pb_history_clear(struct pb_history *history);

/* The file of that path; NULL when there is none. */
const struct pb_file *pb_step_find(const struct pb_step *step,
                                   const char *path);

/* Gives the file's content the next place in the frame, as the difference
   from the same path's in `tip` (NULL for a first). contents has room. */
void pb_step_add_content(struct pb_step *step, const struct pb_file *file,
                         const struct pb_step *tip);

/* The content, out of its frame's; in `scratch` when it was filtered. Borrowed
   from one of the two. */
const char *pb_content_get(const struct pb_content *content, const char *frame,
                           struct pb_buf *scratch);

/* Over paths, modes and contents. */
struct pb_digest pb_step_output(const struct pb_step *step);
uint64_t pb_step_bytes(const struct pb_step *step);

/* Reads the builds up to `number`, each verified; later calls trust
   what was read. */
int pb_history_load(struct pb_pack *pack, size_t number, struct pb_error *err);

#endif
