/* What a key leads to: the manifest of a build, or the record of a failure.
   A text of JSON and a line with its own SHA-256. */
#ifndef PYBISECT_CACHE_ENTRY_H
#define PYBISECT_CACHE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/digest.h"
#include "pybisect/error.h"

struct pb_entry_file {
    char *path; /* relative, without ".." */
    unsigned mode;
    uint64_t size;
    struct pb_digest id;
};

struct pb_entry {
    bool failed;
    double seconds;
    char *summary;        /* failures */
    struct pb_digest log; /* failures: an object */
    struct pb_entry_file *files;
    size_t len;
    size_t cap;
};

void pb_entry_clear(struct pb_entry *entry);
PB_DEFINE_AUTO_CLEAR(pb_entry, struct pb_entry, pb_entry_clear)

/* Takes `path`. */
void pb_entry_add(struct pb_entry *entry, char *path, unsigned mode,
                  uint64_t size, const struct pb_digest *id);

/* A name below a directory that cannot lead out of it, in UTF-8. */
bool pb_entry_path_is_safe(const char *path);

/* Over paths, modes and contents; sorts the files by path. */
struct pb_digest pb_entry_output(struct pb_entry *entry);

/* NOT_FOUND when there is none. A damaged manifest is removed and reported
   as PB_ERROR_CORRUPT. */
int pb_entry_load(const char *root, const struct pb_digest *key,
                  struct pb_entry *out, struct pb_error *err);
int pb_entry_write(const char *root, const struct pb_digest *key,
                   const struct pb_entry *entry, struct pb_error *err);
int pb_entry_remove(const char *root, const struct pb_digest *key,
                    struct pb_error *err);

#endif
