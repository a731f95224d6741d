/* Searched from the end: the last one started stops first. */
#include "trial/readers/running.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"

static void
test_clear(struct pb_running_test *test)
{
    free(test->id);
    pb_buf_clear(&test->trace);
    pb_buf_clear(&test->reason);
}

void
pb_running_clear(struct pb_running *running)
{
    for (size_t i = 0; i < running->len; i++) {
        test_clear(&running->items[i]);
    }
    free(running->items);
    *running = (struct pb_running){.items = NULL};
}

struct pb_running_test *
pb_running_find(const struct pb_running *running, struct pb_span id)
{
    for (size_t i = running->len; i > 0; i--) {
        if (pb_span_is(id, running->items[i - 1].id)) {
            return &running->items[i - 1];
        }
    }
    return NULL;
}

struct pb_running_test *
pb_running_start(struct pb_running *running, struct pb_reading *reading,
                 struct pb_span id)
{
    if (running->len == PB_LIMIT_RUNNING) {
        pb_reading_cut(reading, running->items[0].id);
        pb_running_forget(running, &running->items[0]);
    }
    PB_GROW(running->items, running->len, running->cap);
    struct pb_running_test *test = &running->items[running->len++];
    *test = (struct pb_running_test){.id = pb_span_dup(id),
                                     .since = -1,
                                     .trace = PB_BUF_INIT,
                                     .reason = PB_BUF_INIT};
    return test;
}

void
pb_running_forget(struct pb_running *running, struct pb_running_test *test)
{
    size_t index = (size_t)(test - running->items);
    test_clear(test);
    running->len--;
    memmove(test, test + 1, (running->len - index) * sizeof(*test));
}

void
pb_running_cut(const struct pb_running *running, struct pb_reading *reading)
{
    for (size_t i = 0; i < running->len; i++) {
        pb_reading_cut(reading, running->items[i].id);
    }
}
