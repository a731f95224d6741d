/* Tests of a finding that are alike: of one kind and signature. */
#ifndef REPORT_ALIKE_H
#define REPORT_ALIKE_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/json.h"

struct pb_alike {
    const struct pb_json **tests; /* borrowed, in the record's order */
    size_t len;
    size_t cap;
    size_t quota;  /* how many are named */
    size_t number; /* in the order of the record */
};

struct pb_alikes {
    struct pb_alike *items;
    size_t len;
    size_t cap;
};

/* Phases first, then the largest group. Fixed and new tests are left out.
   Returns the number of tests. */
size_t pb_alike_collect(const struct pb_json *tests, struct pb_alikes *out);
/* Sets quotas: one test of each signature before a second one of any. */
void pb_alike_share_out(struct pb_alikes *groups, size_t limit);
void pb_alike_clear(struct pb_alikes *groups);
PB_DEFINE_AUTO_CLEAR(pb_alike, struct pb_alikes, pb_alike_clear)

/* Pseudo-tests ("(command)", "(prepare)") are phases: nothing to count. */
bool pb_alike_is_phase(const struct pb_json *test);
/* Do both tell the same on this side, "before" or "after"? */
bool pb_alike_same_result(const struct pb_json *a, const struct pb_json *b,
                          const char *side);

#endif
