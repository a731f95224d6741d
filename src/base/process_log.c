/* The first half goes to the file as it comes. The rest goes round in a ring
   in memory, which grows only as far as it is used, and is written last. */
#include "base/process_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pybisect/fs.h"
#include "pybisect/alloc.h"

int
pb_process_log_open(struct pb_process_log *log, const char *path, bool append,
                    size_t limit, struct pb_error *err)
{
    log->half = limit / 2;
    if (path == NULL) {
        return 0;
    }
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC;
    int fd = open(path, flags | (append ? O_APPEND : O_TRUNC), 0666);
    if (fd < 0) {
        return pb_error_errno(err, errno, "cannot write '%s'", path);
    }
    log->path = path;
    log->fd = fd;
    return 0;
}

static void
put(struct pb_process_log *log, const char *data, size_t length)
{
    if (length > 0 && log->errnum == 0 &&
        pb_fs_write_all(log->fd, data, length) < 0)
    {
        log->errnum = errno;
    }
}

/* `position` counts from the end of the first half. */
static void
put_in_ring(struct pb_process_log *log, uint64_t position, const char *data,
            size_t length)
{
    if (log->half == 0) {
        return;
    }
    if (length > log->half) {
        position += length - log->half;
        data += length - log->half;
        length = log->half;
    }
    /* Until the ring has its full size, nothing has wrapped round. */
    if (log->tail_cap < log->half && position + length > log->tail_cap) {
        size_t cap = log->tail_cap * 2;
        cap = cap < position + length ? (size_t)position + length : cap;
        log->tail_cap = cap < log->half ? cap : log->half;
        log->tail = pb_realloc_array(log->tail, log->tail_cap, 1);
    }
    size_t start = (size_t)(position % log->half);
    size_t first = log->half - start < length ? log->half - start : length;
    memcpy(log->tail + start, data, first);
    memcpy(log->tail, data + first, length - first);
}

void
pb_process_log_add(struct pb_process_log *log, const char *data, size_t length)
{
    uint64_t before = log->total;
    log->total += length;
    if (log->path == NULL || length == 0) {
        return;
    }
    size_t head = 0;
    if (before < log->half) {
        size_t room = log->half - (size_t)before;
        head = length < room ? length : room;
        put(log, data, head);
        log->last = data[head - 1];
    }
    if (length > head) {
        put_in_ring(log, before + head - log->half, data + head,
                    length - head);
    }
}

static void
put_tail(struct pb_process_log *log)
{
    if (log->total <= log->half) {
        return;
    }
    uint64_t past = log->total - log->half;
    if (past <= log->half) {
        put(log, log->tail, (size_t)past);
        return;
    }
    char line[64];
    int length =
        snprintf(line, sizeof(line), "%s[... %ju bytes left out ...]\n",
                 log->last == '\n' ? "" : "\n", (uintmax_t)(past - log->half));
    put(log, line, (size_t)length);
    if (log->half > 0) {
        size_t start = (size_t)(past % log->half);
        put(log, log->tail + start, log->half - start);
        put(log, log->tail, start);
    }
}

int
pb_process_log_finish(struct pb_process_log *log, struct pb_error *err)
{
    if (log->path == NULL) {
        return 0;
    }
    put_tail(log);
    int fd = log->fd;
    log->fd = -1;
    if (close(fd) < 0 && log->errnum == 0) {
        log->errnum = errno;
    }
    if (log->errnum != 0) {
        return pb_error_errno(err, log->errnum, "cannot write '%s'",
                              log->path);
    }
    return 0;
}

void
pb_process_log_clear(struct pb_process_log *log)
{
    if (log->fd >= 0) {
        close(log->fd);
    }
    free(log->tail);
    *log = (struct pb_process_log)PB_PROCESS_LOG_INIT;
}
