/* Where the result of an id is, and the ids themselves. */
#ifndef TRIAL_RESULTS_INDEX_H
#define TRIAL_RESULTS_INDEX_H

#include "pybisect/results.h"

struct pb_results_index; /* opaque; NULL is an empty one */

#define PB_NO_RESULT SIZE_MAX

/* The position of the result with that id, or PB_NO_RESULT. */
size_t pb_results_index_find(const struct pb_results *results, const char *id,
                             uint32_t hash);
/* Enters the id of a new result, which is to be appended. Returns a copy of
   it, owned by the index. */
char *pb_results_index_enter(struct pb_results *results, const char *id,
                             size_t length, uint32_t hash);
void pb_results_index_free(struct pb_results_index *index);

#endif
