/* Tests that have been started: one as a rule, as many as there are workers
   at most. */
#ifndef TRIAL_RUNNING_H
#define TRIAL_RUNNING_H

#include "trial/readers/readers.h"

struct pb_running_test {
    char *id;
    bool stopped; /* without an outcome */
    double since; /* negative: not known */
    struct pb_buf trace;
    struct pb_buf reason;
};

struct pb_running {
    struct pb_running_test *items;
    size_t len;
    size_t cap;
};

void pb_running_clear(struct pb_running *running);
PB_DEFINE_AUTO_CLEAR(pb_running, struct pb_running, pb_running_clear)

/* The last one of this id, or NULL. Borrowed until the next change. */
struct pb_running_test *pb_running_find(const struct pb_running *running,
                                        struct pb_span id);

/* A new one. Beyond PB_LIMIT_RUNNING the oldest is given up: cut. */
struct pb_running_test *pb_running_start(struct pb_running *running,
                                         struct pb_reading *reading,
                                         struct pb_span id);

void pb_running_forget(struct pb_running *running,
                       struct pb_running_test *test);

/* The end came first for all that are left. */
void pb_running_cut(const struct pb_running *running,
                    struct pb_reading *reading);

#endif
