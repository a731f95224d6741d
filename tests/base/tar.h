/* Tar files made by hand, good and bad ones. */
#ifndef TESTS_BASE_TAR_H
#define TESTS_BASE_TAR_H

#include <stdio.h>

#include "base/scratch.h"

/* One header of a tar file; type '0' is a file, '1' and '2' are links to
   `target`. `size` is what it says, true or not. */
static inline void
tar_add_header(struct pb_buf *tar, const char *name, char type, unsigned mode,
               unsigned size, const char *target)
{
    char header[512] = "";
    snprintf(header, 100, "%s", name);
    snprintf(header + 100, 8, "%07o", mode & 07777);
    snprintf(header + 108, 8, "%07o", 0U);
    snprintf(header + 116, 8, "%07o", 0U);
    snprintf(header + 124, 12, "%011o", size);
    snprintf(header + 136, 12, "%011o", 0U);
    memset(header + 148, ' ', 8);
    header[156] = type;
    snprintf(header + 157, 100, "%s", target);
    memcpy(header + 257, "ustar\00000", 8);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof(header); i++) {
        sum += (unsigned char)header[i];
    }
    snprintf(header + 148, 8, "%06o", sum & 0777777);
    pb_buf_add(tar, header, sizeof(header));
}

/* A file; or, of type '1' or '2', a link to `text`; or, of 'L', what GNU tar
   has for the name of the next. */
static inline void
tar_add(struct pb_buf *tar, const char *name, char type, unsigned mode,
        const char *text)
{
    bool has_content = type == '0' || type == 'L';
    unsigned length = has_content ? (unsigned)strlen(text) : 0;
    tar_add_header(tar, name, type, mode, length, has_content ? "" : text);
    pb_buf_add(tar, text, length);
    char padding[512] = "";
    pb_buf_add(tar, padding, (512 - length % 512) % 512);
}

/* With the end that a tar file has. */
static inline void
tar_write(const char *path, struct pb_buf *tar)
{
    struct pb_error err = PB_ERROR_INIT;
    char end[1024] = "";
    pb_buf_add(tar, end, sizeof(end));
    if (pb_fs_write(path, tar->data, tar->len, 0644, &err) < 0) {
        fail_msg("%s", err.message);
    }
}

#endif
