/* A content-addressed store of build outputs (cache/FORMAT.md describes it
   on disk). It knows keys, files and bytes; nothing of Python, git or tests.

   An entry is a success (a set of files) or a failure (a summary and a log).
   Written = synced before named; read = verified: a damaged entry is dropped
   and reported as PB_ERROR_CORRUPT, and the caller makes it anew. Several
   processes may use one store. */
#ifndef PYBISECT_STORE_H
#define PYBISECT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/digest.h"
#include "pybisect/error.h"
#include "pybisect/strv.h"

struct pb_store; /* opaque */

/* Makes the directory when it is absent. */
int pb_store_open(const char *directory, struct pb_store **out,
                  struct pb_error *err);
void pb_store_close(struct pb_store *store);
PB_DEFINE_AUTO_FREE(pb_store, struct pb_store, pb_store_close)

enum pb_store_state { PB_STORE_ABSENT, PB_STORE_BUILT, PB_STORE_FAILED };

struct pb_store_entry {
    enum pb_store_state state;
    struct pb_digest output; /* BUILT: digest over paths, modes, contents */
    uint64_t bytes;          /* BUILT: files' sizes added up */
    double seconds;          /* what making it took */
    char *summary;           /* FAILED: one line */
};

/* Absence is not an error. */
int pb_store_find(struct pb_store *store, const struct pb_digest *key,
                  struct pb_store_entry *out, struct pb_error *err);
void pb_store_entry_clear(struct pb_store_entry *entry);
PB_DEFINE_AUTO_CLEAR(pb_store_entry, struct pb_store_entry,
                     pb_store_entry_clear)

/* Keeps `paths` (relative to `directory`; a symbolic link to a regular file
   is stored as that file's content) under `key`. */
int pb_store_put(struct pb_store *store, const struct pb_digest *key,
                 const char *directory, const struct pb_strv *paths,
                 double seconds, struct pb_error *err);
int pb_store_put_failure(struct pb_store *store, const struct pb_digest *key,
                         const char *summary, const char *log_path,
                         double seconds, struct pb_error *err);

/* Writes the entry's files below `directory`, replacing what is there under
   the same names (never writing through a link or a shared inode), and
   appends their paths to `out_paths` when it is not NULL. A file whose
   content is already right is left alone, mtime included. */
int pb_store_restore(struct pb_store *store, const struct pb_digest *key,
                     const char *directory, struct pb_strv *out_paths,
                     struct pb_error *err);
/* Appends a failure's log. */
int pb_store_failure_log(struct pb_store *store, const struct pb_digest *key,
                         struct pb_buf *out, struct pb_error *err);
int pb_store_remove(struct pb_store *store, const struct pb_digest *key,
                    struct pb_error *err);

struct pb_store_stats {
    size_t built;
    size_t failed;
    size_t objects;      /* distinct file contents */
    uint64_t raw_bytes;  /* of all entries' files, were each kept whole */
    uint64_t disk_bytes; /* what the store takes */
};
int pb_store_stats(struct pb_store *store, struct pb_store_stats *out,
                   struct pb_error *err);

/* Reads everything; damaged entries are dropped and counted. */
int pb_store_verify(struct pb_store *store, size_t *out_checked,
                    size_t *out_dropped, struct pb_error *err);

#endif
