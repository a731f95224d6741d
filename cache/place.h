/* Files of a directory that is not ours alone: nothing is read, written or
   removed through a symbolic link in a directory's place. */
#ifndef PYBISECT_CACHE_PLACE_H
#define PYBISECT_CACHE_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "pybisect/error.h"

/* Makes the directories that lead to `relative`; what is in their way, a
   link to a directory included, is removed. `last` (caller's, NULL at
   first) remembers the last such directory, so that its files after the
   first cost nothing. Sets *out_changed when it removed something. */
int pb_place_make_parents(const char *directory, const char *relative,
                          char **last, bool *out_changed,
                          struct pb_error *err);

/* Replaces whatever is there by a new file. */
int pb_place_write(const char *path, const char *data, size_t length,
                   mode_t mode, struct stat *out_info, struct pb_error *err);

/* Removes the file, and directories that this leaves empty. Sets
 *out_changed when there was one. */
int pb_place_remove(const char *directory, const char *relative,
                    bool *out_changed, struct pb_error *err);

#endif
