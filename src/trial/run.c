/* Was the run orderly? A status that failed tests explain is; so is 0, if
   the runner got to its end and had tests to run. */
#include "trial/run.h"

#include <stddef.h>

#include "trial/exception.h"
#include "trial/log.h"

#define STATUS_NO_TESTS 5 /* of pytest, and of unittest since 3.12 */

static void
describe_end(struct pb_span log, const struct pb_process_result *run,
             struct pb_result *result)
{
    if (result->outcome == PB_OUTCOME_CRASHED) {
        pb_log_describe_crash(log, run, result);
    }
    else {
        pb_log_describe_hang(log, run, result);
    }
}

void
pb_run_describe_cut(struct pb_span log, struct pb_reading *reading)
{
    struct pb_results *results = reading->results;
    for (size_t i = 0; i < results->len; i++) {
        struct pb_result *result = &results->items[i];
        if (result->outcome == reading->cut && result->message == NULL) {
            describe_end(log, &results->run, result);
        }
    }
}

static bool
is_orderly(const struct pb_reading *reading)
{
    const struct pb_results *results = reading->results;
    return reading->orderly && pb_results_tests(results) > 0 &&
           (results->run.status == 0 || pb_results_failed(results) > 0);
}

/* Why a run that ended by itself is not orderly. */
static void
describe_failure(struct pb_span log, const struct pb_reading *reading,
                 struct pb_result *result)
{
    int status = reading->results->run.status;
    bool no_tests = pb_results_tests(reading->results) == 0;
    if (reading->message != NULL) {
        pb_result_describe(result, reading->type, reading->message,
                           reading->trace);
        return;
    }
    bool cut = pb_results_count(reading->results, reading->cut) > 0;
    if (status != 0 && !cut) {
        pb_log_describe_failure(log, result);
    }
    bool explained = result->type != NULL ||
                     (result->message != NULL && result->message[0] != '\0');
    if (no_tests && result->type == NULL &&
        (!explained || status == STATUS_NO_TESTS))
    {
        pb_result_describe(result, NULL, "no tests ran", NULL);
    }
    else if (!explained) {
        char text[PB_PROCESS_TEXT];
        PB_AUTO(pb_buf) struct pb_buf message = PB_BUF_INIT;
        pb_buf_addf(&message, "the runner ended before its results: %s",
                    pb_process_describe(&reading->results->run, text));
        pb_result_describe(result, NULL, message.data, NULL);
    }
}

void
pb_run_add(struct pb_span log, struct pb_reading *reading)
{
    struct pb_results *results = reading->results;
    enum pb_outcome outcome = pb_log_outcome(&results->run);
    if (outcome <= PB_OUTCOME_FAIL) {
        outcome = is_orderly(reading) ? PB_OUTCOME_PASS : PB_OUTCOME_FAIL;
    }
    struct pb_result *result = pb_results_add(results, PB_TEST_RUN, outcome);
    result->seconds = results->run.wall_seconds;
    if (outcome == PB_OUTCOME_FAIL) {
        describe_failure(log, reading, result);
    }
    else if (outcome != PB_OUTCOME_PASS) {
        describe_end(log, &results->run, result);
    }
}
