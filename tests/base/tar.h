/* Tar files made by hand, good and bad ones. */
#ifndef TESTS_BASE_TAR_H
#define TESTS_BASE_TAR_H

#include <stdio.h>

#include "base/scratch.h"

/* One header of a tar file; type '0' is a file, '1' and '2' are links. */
static inline void
tar_add(struct pb_buf *tar, const char *name, char type, unsigned mode,
        const char *text)
{
    char header[512] = "";
    unsigned length = type == '0' ? (unsigned)strlen(text) : 0;
    snprintf(header, 100, "%s", name);
    snprintf(header + 100, 8, "%07o", mode & 07777);
    snprintf(header + 108, 8, "%07o", 0U);
    snprintf(header + 116, 8, "%07o", 0U);
    snprintf(header + 124, 12, "%011o", length);
    snprintf(header + 136, 12, "%011o", 0U);
    memset(header + 148, ' ', 8);
    header[156] = type;
    if (type != '0') {
        snprintf(header + 157, 100, "%s", text);
    }
    memcpy(header + 257, "ustar\00000", 8);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof(header); i++) {
        sum += (unsigned char)header[i];
    }
    snprintf(header + 148, 8, "%06o", sum & 0777777);
    pb_buf_add(tar, header, sizeof(header));
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
