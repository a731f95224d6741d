/* A growing byte string. data is NUL-terminated at data[len] and never NULL,
   also when empty; it may hold NULs, so use len. */
#ifndef PYBISECT_BUF_H
#define PYBISECT_BUF_H

#include <stdarg.h>
#include <stddef.h>

#include "pybisect/cleanup.h"

struct pb_buf {
    char *data;
    size_t len;
    size_t cap; /* 0: data is the static empty string */
};

extern char pb_buf_empty[];
#define PB_BUF_INIT                                                           \
    {                                                                         \
        .data = pb_buf_empty                                                  \
    }

void pb_buf_add(struct pb_buf *buf, const void *data, size_t length);
void pb_buf_adds(struct pb_buf *buf, const char *text);
void pb_buf_addch(struct pb_buf *buf, char c);
void pb_buf_addf(struct pb_buf *buf, const char *format, ...) PB_PRINTF(2, 3);
void pb_buf_vaddf(struct pb_buf *buf, const char *format, va_list arguments)
    PB_PRINTF(2, 0);
/* A word as a POSIX shell reads it back: quoted only where it must be. */
void pb_buf_add_quoted(struct pb_buf *buf, const char *word);
void pb_buf_reserve(struct pb_buf *buf, size_t more);
void pb_buf_truncate(struct pb_buf *buf, size_t length);
char *pb_buf_take(struct pb_buf *buf); /* caller frees; buf is empty again */
void pb_buf_clear(struct pb_buf *buf);

PB_DEFINE_AUTO_CLEAR(pb_buf, struct pb_buf, pb_buf_clear)

#endif
