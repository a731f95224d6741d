/* A command whose exit status is its result: 0 is good, 125 cannot be told,
   as with git bisect run. */
#include <stdlib.h>

#include "trial/log.h"
#include "trial/readers/readers.h"

#define CANNOT_TELL 125

void
pb_read_status(struct pb_span log, struct pb_results *results)
{
    const struct pb_process_result *run = &results->run;
    enum pb_outcome outcome = pb_log_outcome(run);
    if (run->end == PB_PROCESS_EXITED && run->status == CANNOT_TELL) {
        outcome = PB_OUTCOME_SKIP;
    }
    struct pb_result *result =
        pb_results_add(results, PB_TEST_COMMAND, outcome);
    if (outcome != PB_OUTCOME_PASS) {
        PB_AUTOFREE char *message = pb_log_last_lines(log, PB_LOG_LINES);
        pb_result_describe(result, NULL, message, NULL);
    }
    result->seconds = run->wall_seconds;
}
