/* Subunit version 2: any number of tests at a time; attachments come before
   the verdict that they belong to. */
#include "trial/readers/subunit.h"

static struct pb_running_test *
running_test(struct pb_subunit_binary *stream, struct pb_span id)
{
    struct pb_running_test *test = pb_running_find(&stream->running, id);
    return test != NULL
               ? test
               : pb_running_start(&stream->running, stream->reading, id);
}

/* "traceback", "traceback-1", ... and "reason". */
static void
attach(struct pb_running_test *test, const struct pb_subunit_packet *packet)
{
    if (pb_span_starts(packet->file, "traceback")) {
        pb_buf_add(&test->trace, packet->content.data, packet->content.length);
    }
    else if (pb_span_is(packet->file, "reason")) {
        pb_buf_add(&test->reason, packet->content.data,
                   packet->content.length);
    }
}

static char *
text_of(const struct pb_buf *buf)
{
    struct pb_span text = pb_span_trim((struct pb_span){buf->data, buf->len});
    return text.length > 0 ? pb_span_dup(text) : NULL;
}

static void
conclude(struct pb_subunit_binary *stream, struct pb_running_test *test,
         double time, enum pb_outcome outcome)
{
    PB_AUTOFREE char *trace = text_of(&test->trace);
    PB_AUTOFREE char *reason = text_of(&test->reason);
    double seconds = time >= 0 && test->since >= 0 ? time - test->since : -1;
    struct pb_reading_entry said = {.outcome = outcome,
                                    .message = reason,
                                    .trace = trace,
                                    .seconds = seconds};
    pb_reading_add(stream->reading, test->id, &said);
    pb_running_forget(&stream->running, test);
}

void
pb_subunit_binary_hear(struct pb_subunit_binary *stream,
                       const struct pb_subunit_packet *packet)
{
    static const enum pb_outcome outcomes[] = {
        [PB_SUBUNIT_SUCCESS] = PB_OUTCOME_PASS,
        [PB_SUBUNIT_UXSUCCESS] = PB_OUTCOME_XPASS,
        [PB_SUBUNIT_SKIP] = PB_OUTCOME_SKIP,
        [PB_SUBUNIT_FAIL] = PB_OUTCOME_FAIL,
        [PB_SUBUNIT_XFAIL] = PB_OUTCOME_XFAIL,
    };
    if (packet->id.length == 0 || packet->status == PB_SUBUNIT_EXISTS) {
        return; /* output of nobody's, or a list of tests */
    }
    bool attachment = packet->file.data != NULL;
    if (packet->status == PB_SUBUNIT_UNDEFINED &&
        (!attachment || pb_running_find(&stream->running, packet->id) == NULL))
    {
        return; /* what follows a verdict */
    }
    struct pb_running_test *test = running_test(stream, packet->id);
    if (attachment) {
        attach(test, packet);
    }
    if (packet->status == PB_SUBUNIT_INPROGRESS) {
        test->since = packet->time;
    }
    else if (packet->status != PB_SUBUNIT_UNDEFINED) {
        conclude(stream, test, packet->time, outcomes[packet->status]);
    }
}

bool
pb_subunit_binary_end(struct pb_subunit_binary *stream)
{
    bool quiet = stream->running.len == 0;
    pb_running_cut(&stream->running, stream->reading);
    pb_running_clear(&stream->running);
    return quiet;
}
