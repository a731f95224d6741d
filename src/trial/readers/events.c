/* The events of reporter.py, which documents them. A line that is no event
   (torn, or written over by a test) is passed over. */
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "trial/exception.h"
#include "trial/readers/event.h"
#include "trial/readers/running.h"

struct stream {
    struct pb_reading *reading;
    struct pb_running running;
};

/* The run went on after a test that ended without an outcome: it was not
   interrupted, and its result class does not speak. */
static void
settle_stopped(struct stream *stream)
{
    for (size_t i = stream->running.len; i > 0; i--) {
        struct pb_running_test *test = &stream->running.items[i - 1];
        if (test->stopped) {
            struct pb_reading_entry said = {
                .outcome = PB_OUTCOME_ERROR,
                .message = "the test ended without an outcome",
                .seconds = -1,
            };
            pb_reading_add(stream->reading, test->id, &said);
            pb_running_forget(&stream->running, test);
        }
    }
}

static void
hear_start(struct stream *stream, const char *id)
{
    settle_stopped(stream);
    (void)pb_running_start(&stream->running, stream->reading, pb_span_of(id));
}

/* unittest wraps what an import raised into an ImportError whose message
   holds the traceback. What was raised is the failure. */
static bool
is_wrapped(const struct pb_reading_entry *said)
{
    static const char *const heads[] = {"Failed to import test module",
                                        "Failed to call load_tests"};
    if (said->message == NULL) {
        return false;
    }
    struct pb_span message = pb_span_of(said->message);
    for (size_t i = 0; i < PB_LENGTH(heads); i++) {
        struct pb_exception found;
        if (pb_span_starts(message, heads[i])) {
            return pb_exception_find(message.data, message.length, &found);
        }
    }
    return false;
}

/* What we interrupt did not fail by itself. */
static bool
is_our_interrupt(const struct pb_reading *reading, const char *type)
{
    return reading->cut == PB_OUTCOME_HUNG && type != NULL &&
           strcmp(type, "KeyboardInterrupt") == 0;
}

static void
hear_outcome(struct stream *stream, const struct pb_event *event,
             const char *id, enum pb_outcome outcome)
{
    struct pb_reading_entry said = {
        .outcome = outcome,
        .type = pb_event_text(event, PB_EVENT_TYPE),
        .message = pb_event_text(event, PB_EVENT_MESSAGE),
        .trace = pb_event_text(event, PB_EVENT_TRACE),
        .seconds = event->seconds,
    };
    if (is_our_interrupt(stream->reading, said.type)) {
        pb_reading_cut(stream->reading, id);
        return;
    }
    if (is_wrapped(&said)) {
        said.type = NULL;
        said.trace = said.message;
        said.message = NULL;
    }
    pb_reading_add(stream->reading, id, &said);
}

static void
hear_stop(struct stream *stream, const struct pb_event *event, const char *id)
{
    enum pb_outcome outcome = PB_OUTCOME_PASS;
    struct pb_running_test *started =
        pb_running_find(&stream->running, pb_span_of(id));
    const char *name = pb_event_text(event, PB_EVENT_OUTCOME);
    if (name == NULL || !pb_outcome_parse(name, &outcome)) {
        if (started != NULL) {
            started->stopped = true;
        }
        return;
    }
    if (started != NULL) {
        pb_running_forget(&stream->running, started);
    }
    hear_outcome(stream, event, id, outcome);
}

static void
hear_raised(struct pb_reading *reading, const struct pb_event *event)
{
    if (!is_our_interrupt(reading, pb_event_text(event, PB_EVENT_TYPE))) {
        pb_reading_clear(reading);
        reading->type = pb_strdup(pb_event_text(event, PB_EVENT_TYPE));
        reading->message = pb_strdup(pb_event_text(event, PB_EVENT_MESSAGE));
        reading->trace = pb_strdup(pb_event_text(event, PB_EVENT_TRACE));
    }
}

static void
hear(struct stream *stream, const struct pb_event *event)
{
    const char *kind = pb_event_text(event, PB_EVENT_KIND);
    const char *id = pb_event_text(event, PB_EVENT_ID);
    if (kind == NULL) {
        return;
    }
    if (strcmp(kind, "end") == 0) {
        stream->reading->orderly = true;
    }
    else if (strcmp(kind, "raised") == 0) {
        hear_raised(stream->reading, event);
    }
    else if (id == NULL || id[0] == '\0') {
        return;
    }
    else if (strcmp(kind, "start") == 0) {
        hear_start(stream, id);
    }
    else if (strcmp(kind, "stop") == 0) {
        hear_stop(stream, event, id);
    }
}

void
pb_read_events(struct pb_span text, struct pb_reading *reading)
{
    struct stream stream = {.reading = reading};
    PB_CLEANUP(pb_event_clear) struct pb_event event;
    pb_event_init(&event);
    struct pb_span line;
    while (pb_span_line(&text, &line)) {
        if (line.length <= PB_LIMIT_EVENT_BYTES &&
            pb_event_parse(&event, line)) {
            hear(&stream, &event);
        }
    }
    if (reading->orderly && reading->cut != PB_OUTCOME_HUNG) {
        settle_stopped(&stream);
    }
    pb_running_cut(&stream.running, reading);
    pb_running_clear(&stream.running);
}
