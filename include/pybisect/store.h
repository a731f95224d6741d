/* A store of builds, dense and fast (cache/FORMAT.md describes it on disk).
   It knows keys, groups, files and bytes; nothing of Python, git or tests.

   An entry is a build (a set of files) or a failure (a summary and a log).
   Entries of one group are alike: each is kept as its difference from the
   one before it in the same pack, so that the next of a series of builds
   costs kilobytes. A file may be *derived*: its content is not kept, only
   its digest; whoever restores the entry makes it from the other files.

   Written = synced before named; read = verified: a damaged entry is dropped
   and reported as PB_ERROR_CORRUPT, and the caller makes it anew. Several
   processes may use one store; each process sees what others add. */
#ifndef PYBISECT_STORE_H
#define PYBISECT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/buf.h"
#include "pybisect/cancel.h"
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
    struct pb_digest output; /* BUILT: over paths, modes, contents, also of
                                derived files */
    uint64_t bytes;          /* BUILT: files' sizes added up */
    uint64_t stored;         /* bytes of the entry's own record */
    double seconds;          /* what making it took */
    bool proved;             /* BUILT: pb_store_prove was called */
    char *summary;           /* FAILED: one line */
};

/* Absence is not an error. */
int pb_store_find(struct pb_store *store, const struct pb_digest *key,
                  struct pb_store_entry *out, struct pb_error *err);
void pb_store_entry_clear(struct pb_store_entry *entry);
PB_DEFINE_AUTO_CLEAR(pb_store_entry, struct pb_store_entry,
                     pb_store_entry_clear)

struct pb_store_build {
    struct pb_digest group;
    const char *label; /* one line for people; may be NULL */
    const char *directory;
    const struct pb_strv *paths;   /* relative to it; a symbolic link to a
                                      regular file counts as that file */
    const struct pb_strv *derived; /* likewise, content not kept; or NULL */
    double seconds;
};

/* A later entry of the same key replaces an earlier one. */
int pb_store_put(struct pb_store *store, const struct pb_digest *key,
                 const struct pb_store_build *build, struct pb_error *err);
int pb_store_put_failure(struct pb_store *store, const struct pb_digest *key,
                         const struct pb_digest *group, const char *label,
                         const char *summary, const char *log_path,
                         double seconds, struct pb_error *err);
/* The output digest that pb_store_put would give; nothing is kept. */
int pb_store_digest(const struct pb_store_build *build, struct pb_digest *out,
                    struct pb_error *err);

/* What a restored directory holds, one line a file. */
struct pb_store_restored {
    struct pb_strv paths;   /* all files of the entry that are in place */
    struct pb_strv derived; /* to be made by the caller, then checked with
                               pb_store_check_derived */
    bool changed;           /* something was written or removed */
};
#define PB_STORE_RESTORED_INIT                                                \
    {                                                                         \
        .paths = PB_STRV_INIT, .derived = PB_STRV_INIT                        \
    }
void pb_store_restored_clear(struct pb_store_restored *restored);
PB_DEFINE_AUTO_CLEAR(pb_store_restored, struct pb_store_restored,
                     pb_store_restored_clear)

/* Makes the kept files below `directory` those of the entry, replacing what
   is there under the same names (never writing through a link or a shared
   inode) and removing files that the last restore with this index put there
   and that this entry lacks. `index` is a file beside the directory in which
   the store notes what it left there (path, size, mtime, digest), so that a
   file that is right already is left alone without being read; NULL: files
   are compared by digest. Derived files on disk whose noted digest is not
   the entry's are removed. */
int pb_store_restore(struct pb_store *store, const struct pb_digest *key,
                     const char *directory, const char *index,
                     struct pb_store_restored *out, struct pb_error *err);
/* Each derived file is there with the digest on record, and is noted in the
   index; else PB_ERROR_CORRUPT, and the entry is dropped. */
int pb_store_check_derived(struct pb_store *store, const struct pb_digest *key,
                           const char *directory, const char *index,
                           struct pb_error *err);

/* Appends a failure's log. */
int pb_store_failure_log(struct pb_store *store, const struct pb_digest *key,
                         struct pb_buf *out, struct pb_error *err);

/* Notes that an independent build had the same output. */
int pb_store_prove(struct pb_store *store, const struct pb_digest *key,
                   struct pb_error *err);
int pb_store_remove(struct pb_store *store, const struct pb_digest *key,
                    struct pb_error *err);
/* Removes the entry and those that may share its fault: builds are made one
   out of the other, so every one of its pack that was kept after the last
   proved one before it, up to the newest, but for proved ones. `before` is
   called first, with the output digests of the builds among them, in
   hexadecimal: what follows from them can be forgotten before they are gone.
   When it fails nothing is removed. */
int pb_store_distrust(struct pb_store *store, const struct pb_digest *key,
                      int (*before)(const struct pb_strv *outputs,
                                    void *context, struct pb_error *err),
                      void *context, struct pb_error *err);

/* --- claims: one process makes an entry, others wait -------------------- */

struct pb_store_claim {
    int fd;     /* -1: none */
    char *path; /* owned */
};
#define PB_STORE_CLAIM_INIT                                                   \
    {                                                                         \
        .fd = -1, .path = NULL                                                \
    }

/* Takes the claim on a key. When another process has it: with `waiting`
   NULL, *out stays unclaimed and 1 is returned; else waiting(pid, context)
   is called once with the other's process id (0: unknown) and the call waits
   until the claim is free, or fails with PB_ERROR_CANCELLED. A claim ends
   with its process, however that ends. After waiting, look again with
   pb_store_find. */
int pb_store_claim(struct pb_store *store, const struct pb_digest *key,
                   void (*waiting)(long pid, void *context), void *context,
                   const struct pb_cancel *cancel, struct pb_store_claim *out,
                   struct pb_error *err);
void pb_store_release(struct pb_store_claim *claim);
PB_DEFINE_AUTO_CLEAR(pb_store_claim, struct pb_store_claim, pb_store_release)

/* --- the store as a whole ------------------------------------------------ */

struct pb_store_stats {
    size_t built;
    size_t proved;
    size_t failed;
    size_t packs;
    uint64_t raw_bytes;   /* of all builds' files, were each kept whole */
    uint64_t first_bytes; /* records that stand alone: a pack's first */
    size_t first;
    uint64_t further_bytes; /* records that are differences */
    size_t further;
    uint64_t disk_bytes; /* what the store takes */
};
int pb_store_stats(struct pb_store *store, struct pb_store_stats *out,
                   struct pb_error *err);

/* Each entry, oldest first within its pack. visit returns -1 with *err set
   to stop. */
struct pb_store_item {
    const struct pb_digest *key;
    const struct pb_digest *group;
    const char *label; /* "" when none was given */
    const struct pb_store_entry *entry;
};
int pb_store_each(struct pb_store *store,
                  int (*visit)(const struct pb_store_item *item, void *context,
                               struct pb_error *err),
                  void *context, struct pb_error *err);

/* Reads and checks everything; damaged entries are counted and, with
   `repair`, dropped, together with those that are differences from them. */
int pb_store_verify(struct pb_store *store, bool repair, size_t *out_checked,
                    size_t *out_damaged, struct pb_error *err);

/* Protects the packs that hold these keys from pb_store_gc until unpinned.
   `name` ([a-z0-9-]+) is the caller's; pinning it again replaces the list. */
int pb_store_pin(struct pb_store *store, const char *name,
                 const struct pb_digest *keys, size_t len,
                 struct pb_error *err);
int pb_store_unpin(struct pb_store *store, const char *name,
                   struct pb_error *err);

struct pb_store_gc {
    uint64_t max_bytes; /* 0: no limit */
    double max_age;     /* seconds since an entry of the pack was last put or
                           restored; 0: no limit */
    bool dry_run;
    size_t packs;   /* out: removed (or would be) */
    size_t entries; /* out */
    uint64_t bytes; /* out: freed */
    size_t pinned;  /* out: packs kept only because of pins */
};
/* Removes whole packs, the longest unused first, never a pinned one. */
int pb_store_gc(struct pb_store *store, struct pb_store_gc *gc,
                struct pb_error *err);

/* Writes the entries of `keys`, in that order, into one file that
   pb_store_import reads; `about` is text that goes with it. Keys without an
   entry are counted, not an error. */
int pb_store_export(struct pb_store *store, const char *path,
                    const char *about, const struct pb_digest *keys,
                    size_t len, size_t *out_missing, struct pb_error *err);
/* The text of an exported file. */
int pb_store_read_about(const char *path, struct pb_buf *out,
                        struct pb_error *err);
/* Checks everything in the file before anything of it is taken over; entries
   that the store has already are left alone. */
int pb_store_import(struct pb_store *store, const char *path,
                    size_t *out_added, size_t *out_known,
                    struct pb_error *err);

#endif
