/* A log file that keeps the first and the last half of what is too long. */
#ifndef BASE_PROCESS_LOG_H
#define BASE_PROCESS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/cleanup.h"
#include "pybisect/error.h"

struct pb_process_log {
    const char *path; /* NULL: everything is thrown away, but counted */
    int fd;
    int errnum; /* of the first write that failed */
    size_t half;
    uint64_t total;
    char *tail; /* a ring of the last `half` bytes past the first `half` */
    size_t tail_cap;
    char last; /* of the first half */
};

#define PB_PROCESS_LOG_INIT                                                   \
    {                                                                         \
        .fd = -1                                                              \
    }

int pb_process_log_open(struct pb_process_log *log, const char *path,
                        bool append, size_t limit, struct pb_error *err);

/* Never fails: `errnum` tells. */
void pb_process_log_add(struct pb_process_log *log, const char *data,
                        size_t length);

/* Writes what was held back and closes. */
int pb_process_log_finish(struct pb_process_log *log, struct pb_error *err);

void pb_process_log_clear(struct pb_process_log *log);
PB_DEFINE_AUTO_CLEAR(pb_process_log, struct pb_process_log,
                     pb_process_log_clear)

#endif
