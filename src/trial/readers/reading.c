/* What the readers share: a verdict put on record. */
#include "trial/readers/readers.h"

#include <stdlib.h>

#include "trial/exception.h"

void
pb_reading_clear(struct pb_reading *reading)
{
    free(reading->type);
    free(reading->message);
    free(reading->trace);
    reading->type = NULL;
    reading->message = NULL;
    reading->trace = NULL;
}

/* The exception's message may have several lines: all that follow. */
static void
describe_from_trace(struct pb_result *result, const char *trace)
{
    struct pb_span text = pb_span_trim(pb_span_of(trace));
    struct pb_span rest = text;
    struct pb_span line = {text.data, 0};
    struct pb_exception found;
    (void)pb_span_line(&rest, &line);
    if (!pb_exception_find(text.data, text.length, &found) &&
        !pb_exception_parse(line.data, line.length, &found))
    {
        pb_result_describe(result, NULL, NULL, trace);
        return;
    }
    PB_AUTOFREE char *type =
        pb_span_dup((struct pb_span){found.type, found.type_length});
    size_t start = (size_t)(found.message - text.data);
    PB_AUTOFREE char *message =
        pb_span_dup(pb_span_trim(pb_span_from(text, start)));
    pb_result_describe(result, type, message, trace);
}

static bool
is_for_runners(const char *id)
{
    return id[0] != '\0' && !pb_result_is_pseudo(id);
}

void
pb_reading_add(struct pb_reading *reading, const char *id,
               const struct pb_reading_entry *said)
{
    struct pb_result *result =
        is_for_runners(id)
            ? pb_results_add(reading->results, id, said->outcome)
            : NULL;
    if (result == NULL) {
        return;
    }
    if (said->seconds >= 0 && result->seconds < 0) {
        result->seconds = said->seconds;
    }
    bool said_before = result->type != NULL || result->message != NULL ||
                       result->trace != NULL;
    if (result->outcome != said->outcome || said_before) {
        return;
    }
    if (said->type == NULL && said->message == NULL && said->trace != NULL) {
        describe_from_trace(result, said->trace);
    }
    else {
        pb_result_describe(result, said->type, said->message, said->trace);
    }
}

void
pb_reading_cut(struct pb_reading *reading, const char *id)
{
    if (reading->cut != PB_OUTCOME_ABSENT && is_for_runners(id)) {
        (void)pb_results_add(reading->results, id, reading->cut);
    }
}
