/* A builder's work trees, under a lock of their own:

     trees/<n>/lock
               source, source.index, source.stamp, source.mark, source.at
               run-0, ... (runs.h)

   A clean build has the same path as any other, because paths get into what
   is built: the incremental tree steps aside for it. */
#ifndef PYBISECT_BUILD_SLOT_H
#define PYBISECT_BUILD_SLOT_H

#include <stdint.h>

#include "build/compile.h"
#include "build/runs.h"
#include "build/tree.h"

struct pb_slot {
    char *directory;
    int lock; /* -1: closed */
    struct pb_work work;
    struct pb_runs runs;
};

#define PB_SLOT_INIT                                                          \
    {                                                                         \
        .lock = -1                                                            \
    }

/* Takes the first slot below `trees` that no process has. */
int pb_slot_open(const char *trees, struct pb_slot *out, struct pb_error *err);
void pb_slot_close(struct pb_slot *slot);

/* Empties all that no process has; adds the bytes that it took. */
int pb_slot_evict_idle(const char *trees, uint64_t *bytes,
                       struct pb_error *err);

/* Puts right what a clean build has left that did not come to its end. */
int pb_slot_settle(struct pb_slot *slot, struct pb_error *err);

/* Empties the source tree. */
int pb_slot_start_over(struct pb_slot *slot, struct pb_error *err);

/* A source tree in a fresh directory; begin and end come in pairs, also when
   what is between fails. After a kill pb_slot_open puts things right. */
int pb_slot_begin_clean(struct pb_slot *slot, struct pb_work *out,
                        struct pb_error *err);
int pb_slot_end_clean(struct pb_slot *slot, struct pb_work *work,
                      struct pb_error *err);

/* An empty source tree beside the usual one, whose name is longer; begin and
   end as above. */
int pb_slot_begin_elsewhere(struct pb_slot *slot, struct pb_work *out,
                            struct pb_error *err);
int pb_slot_end_elsewhere(struct pb_slot *slot, struct pb_work *work,
                          struct pb_error *err);

/* An empty run tree beside the usual ones. Caller frees with pb_tree_free;
   it stays on disk until removed. */
int pb_slot_fresh_run(struct pb_slot *slot, struct pb_tree **out,
                      struct pb_error *err);
int pb_slot_remove_fresh_run(struct pb_slot *slot, struct pb_error *err);

#endif
