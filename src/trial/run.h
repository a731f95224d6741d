/* What is said about a run as a whole, and about what its end cut off. */
#ifndef TRIAL_RUN_H
#define TRIAL_RUN_H

#include "trial/readers/readers.h"

/* Says why tests that were running never ended. */
void pb_run_describe_cut(struct pb_span log, struct pb_reading *reading);

/* Adds PB_TEST_RUN. */
void pb_run_add(struct pb_span log, struct pb_reading *reading);

#endif
