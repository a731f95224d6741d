/* What fs.c, fs_tree.c and fs_remove.c share. */
#ifndef BASE_FS_PRIVATE_H
#define BASE_FS_PRIVATE_H

#include <stddef.h>

#include "pybisect/strv.h"

#define PB_FS_CHUNK ((size_t)64 * 1024)

/* Of an open directory; -1 with errno set. */
int pb_fs_read_names(int fd, struct pb_strv *out);

#endif
