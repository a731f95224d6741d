/* A growing byte string. */
#include "pybisect/buf.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

/* What every empty buffer points at; nothing ever writes to it. */
char pb_buf_empty[1];

void
pb_buf_reserve(struct pb_buf *buf, size_t more)
{
    assert(more < SIZE_MAX / 2 - buf->len);
    size_t need = buf->len + more + 1;
    if (need <= buf->cap) {
        return;
    }
    size_t cap = buf->cap * 2;
    if (cap < need) {
        cap = need < 64 ? 64 : need;
    }
    char *old = buf->cap == 0 ? NULL : buf->data;
    buf->data = pb_realloc_array(old, cap, 1);
    buf->data[buf->len] = '\0';
    buf->cap = cap;
}

void
pb_buf_add(struct pb_buf *buf, const void *data, size_t length)
{
    if (length == 0) {
        return;
    }
    pb_buf_reserve(buf, length);
    memcpy(buf->data + buf->len, data, length);
    buf->len += length;
    buf->data[buf->len] = '\0';
}

void
pb_buf_adds(struct pb_buf *buf, const char *text)
{
    pb_buf_add(buf, text, strlen(text));
}

void
pb_buf_addch(struct pb_buf *buf, char c)
{
    pb_buf_add(buf, &c, 1);
}

void
pb_buf_addf(struct pb_buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pb_buf_vaddf(buf, format, arguments);
    va_end(arguments);
}

void
pb_buf_vaddf(struct pb_buf *buf, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(length >= 0);
    pb_buf_reserve(buf, (size_t)length);
    vsnprintf(buf->data + buf->len, (size_t)length + 1, format, arguments);
    buf->len += (size_t)length;
}

void
pb_buf_truncate(struct pb_buf *buf, size_t length)
{
    assert(length <= buf->len);
    if (buf->cap > 0) {
        buf->len = length;
        buf->data[length] = '\0';
    }
}

char *
pb_buf_take(struct pb_buf *buf)
{
    pb_buf_reserve(buf, 0);
    char *data = buf->data;
    *buf = (struct pb_buf)PB_BUF_INIT;
    return data;
}

void
pb_buf_clear(struct pb_buf *buf)
{
    if (buf->cap > 0) {
        free(buf->data);
    }
    *buf = (struct pb_buf)PB_BUF_INIT;
}

void
pb_buf_add_quoted(struct pb_buf *buf, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_@%+=:,./-";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        pb_buf_adds(buf, word);
        return;
    }
    pb_buf_addch(buf, '\'');
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            pb_buf_adds(buf, "'\\''");
        }
        else {
            pb_buf_addch(buf, *word);
        }
    }
    pb_buf_addch(buf, '\'');
}
