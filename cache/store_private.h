/* What the store's own files share. */
#ifndef PYBISECT_CACHE_STORE_PRIVATE_H
#define PYBISECT_CACHE_STORE_PRIVATE_H

#include "pack.h"
#include "pybisect/map.h"
#include "pybisect/store.h"

/* Where a key's latest record is. */
struct pb_place {
    struct pb_pack *pack;
    size_t record;   /* build, failure or tombstone */
    uint64_t stamp;  /* of it */
    uint64_t proved; /* stamp of the latest mark */
};

struct pb_store {
    char *root; /* absolute */
    char *packs_path;
    struct pb_pack **packs; /* by id */
    size_t len;
    size_t cap;
    struct pb_map *places; /* by key in hexadecimal; owned */
    uint64_t last_stamp;
};

/* Sees what other processes did. */
int pb_store_refresh(struct pb_store *store, struct pb_error *err);
/* Likewise, holding the lock; a descriptor to close. */
int pb_store_lock(struct pb_store *store, struct pb_error *err);
uint64_t pb_store_stamp(struct pb_store *store);
/* The name of a new pack. Caller frees. */
char *pb_store_new_path(const struct pb_store *store);
/* Sees what was appended to the pack. */
int pb_store_rescan(struct pb_store *store, struct pb_pack *pack,
                    struct pb_error *err);

/* The entry's place as far as is known, refreshed on a miss; NULL when there
   is no entry. -1 is an error. */
int pb_store_look_up(struct pb_store *store, const struct pb_digest *key,
                     struct pb_place **out, struct pb_error *err);
/* Likewise, but PB_ERROR_NOT_FOUND when there is none of that kind. */
struct pb_place *pb_store_need(struct pb_store *store,
                               const struct pb_digest *key,
                               enum pb_record_kind kind, struct pb_error *err);
static inline const struct pb_record *
pb_place_record(const struct pb_place *place)
{
    return &place->pack->records[place->record];
}
/* Whether the place's key has an entry. */
bool pb_place_is_live(const struct pb_place *place);
/* Whether the record is what its key leads to. */
bool pb_store_is_live(const struct pb_store *store, const struct pb_pack *pack,
                      size_t record);

/* Takes a damaged entry out, *err being PB_ERROR_CORRUPT. Always -1. */
int pb_store_drop(struct pb_store *store, const struct pb_digest *key,
                  struct pb_error *err);
/* Under the lock: a tombstone in each pack but `except` (may be NULL) that
   has a record of the key. */
int pb_store_bury(struct pb_store *store, const struct pb_digest *key,
                  const struct pb_pack *except, struct pb_error *err);

/* The pack's build of that record, with everything before it. */
int pb_store_load(struct pb_pack *pack, size_t record,
                  const struct pb_step **out, struct pb_error *err);

int pb_store_fill_entry(const struct pb_place *place,
                        struct pb_store_entry *out, struct pb_error *err);

/* Where a build that is to be kept comes from. */
struct pb_source {
    struct pb_file *files; /* sorted by path; paths owned by whoever made
                              it; number and index are not looked at */
    size_t len;
    struct pb_info info; /* output and bytes are not looked at */
    /* Appends the content of a file that is not derived. */
    int (*read)(void *context, const struct pb_file *file, struct pb_buf *out,
                struct pb_error *err);
    void *context;
};
int pb_store_put_source(struct pb_store *store, const struct pb_digest *key,
                        const struct pb_digest *group,
                        const struct pb_source *source, struct pb_error *err);
int pb_store_put_log(struct pb_store *store, const struct pb_digest *key,
                     const struct pb_digest *group, const struct pb_info *info,
                     const struct pb_buf *log, struct pb_error *err);
/* Appends records to the pack, or makes it a new one of the group (NULL). */
int pb_store_append(struct pb_store *store, struct pb_pack *pack,
                    const struct pb_digest *group,
                    const struct pb_buf *records, struct pb_error *err);
/* The group's newest pack that takes records; NULL. */
struct pb_pack *pb_store_pack_of(const struct pb_store *store,
                                 const struct pb_digest *group);

/* Removes files of killed processes below `path`. */
int pb_store_remove_stale(struct pb_store *store, struct pb_error *err);

/* Checks all of a pack. damaged[i]: record i cannot be used. */
int pb_audit_pack(struct pb_pack *pack, bool *damaged, struct pb_error *err);

/* Copies the records that `keep` says, restamped where stamps is given, into
   a new file of the same group. */
int pb_pack_copy(struct pb_pack *pack, const bool *keep,
                 const uint64_t *stamps, const char *path,
                 struct pb_error *err);

#endif
