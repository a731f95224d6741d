/* A request to stop, set by a signal handler and polled by everything that
   waits. The program owns the one instance; libraries borrow a pointer. */
#ifndef PYBISECT_CANCEL_H
#define PYBISECT_CANCEL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

struct pb_cancel {
    volatile sig_atomic_t requested;
};

static inline bool
pb_cancelled(const struct pb_cancel *cancel) /* NULL: never */
{
    return cancel != NULL && cancel->requested != 0;
}

#endif
