/* The driver: lines made plain, offered to each family, and the test that
   runs between its start line and its verdict.

   A verdict on a line of its own, or right behind the id, is sure. One behind
   something else may be the test's own words: it counts when the next test
   starts, or the run ends in good order, and no better one has come. */
#include "trial/readers/text.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "trial/exception.h"

#define SHORTEST_RULE 70

static void
text_clear(struct pb_text *text)
{
    free(text->running);
    free(text->guess_reason);
    free(text->named);
    free(text->last);
    pb_buf_clear(&text->module);
    pb_buf_clear(&text->class);
    for (size_t i = 0; i < text->nsections; i++) {
        free(text->sections[i].title);
    }
    free(text->sections);
}

bool
pb_text_is_rule(struct pb_span line, char c)
{
    size_t length = 0;
    while (length < line.length && line.data[length] == c) {
        length++;
    }
    return length == line.length && length >= SHORTEST_RULE;
}

void
pb_text_add(struct pb_text *text, struct pb_span id,
            const struct pb_text_verdict *verdict)
{
    PB_AUTOFREE char *name = pb_span_dup(id);
    PB_AUTOFREE char *type = NULL;
    struct pb_span reason = verdict->reason;
    struct pb_exception found;
    bool raised = verdict->outcome == PB_OUTCOME_FAIL ||
                  verdict->outcome == PB_OUTCOME_ERROR;
    if (raised && pb_exception_parse(reason.data, reason.length, &found)) {
        type = pb_span_dup((struct pb_span){found.type, found.type_length});
        reason = (struct pb_span){found.message, found.message_length};
    }
    PB_AUTOFREE char *message = reason.length > 0 ? pb_span_dup(reason) : NULL;
    struct pb_reading_entry said = {.outcome = verdict->outcome,
                                    .type = type,
                                    .message = message,
                                    .seconds = verdict->seconds};
    pb_reading_add(text->reading, name, &said);
}

void
pb_text_add_trace(struct pb_text *text, struct pb_span id,
                  enum pb_outcome outcome, struct pb_span trace)
{
    PB_AUTOFREE char *name = pb_span_dup(id);
    PB_AUTO(pb_buf) struct pb_buf plain = PB_BUF_INIT;
    PB_AUTOFREE char *ends = pb_span_dup_ends(trace, PB_LIMIT_TRACE_BYTES);
    pb_text_plain(ends, strlen(ends), &plain);
    struct pb_reading_entry said = {
        .outcome = outcome,
        .trace = plain.len > 0 ? plain.data : NULL,
        .seconds = -1,
    };
    pb_reading_add(text->reading, name, &said);
}

static void
forget_running(struct pb_text *text)
{
    free(text->last);
    text->last = text->family == PB_TEXT_TRIAL ? text->running : NULL;
    if (text->last == NULL) {
        free(text->running);
    }
    text->running = NULL;
    text->guessed = false;
    free(text->guess_reason);
    text->guess_reason = NULL;
}

static void
conclude(struct pb_text *text, const struct pb_text_verdict *verdict)
{
    pb_text_add(text, pb_span_of(text->running), verdict);
    forget_running(text);
}

/* Another test has started, or the run has ended in good order. */
static void
settle(struct pb_text *text)
{
    if (text->running == NULL) {
        return;
    }
    if (text->guessed) {
        struct pb_text_verdict verdict = {.outcome = text->guess,
                                          .seconds = -1};
        if (text->guess_reason != NULL) {
            verdict.reason = pb_span_of(text->guess_reason);
        }
        conclude(text, &verdict);
        return;
    }
    forget_running(text); /* its verdict cannot be told */
}

static void
hear_output(struct pb_text *text, struct pb_span said)
{
    static enum pb_text_match (*const verdicts[])(struct pb_span,
                                                  struct pb_text_verdict *) = {
        [PB_TEXT_UNITTEST] = pb_text_unittest_verdict,
        [PB_TEXT_TRIAL] = pb_text_trial_verdict,
        [PB_TEXT_PYTEST] = pb_text_pytest_verdict,
    };
    struct pb_text_verdict verdict;
    switch (verdicts[text->family](said, &verdict)) {
    case PB_TEXT_NONE:
        break;
    case PB_TEXT_SURE:
        conclude(text, &verdict);
        break;
    case PB_TEXT_LIKELY:
        free(text->guess_reason);
        text->guessed = true;
        text->guess = verdict.outcome;
        text->guess_reason =
            verdict.reason.length > 0 ? pb_span_dup(verdict.reason) : NULL;
        break;
    }
}

void
pb_text_start(struct pb_text *text, enum pb_text_family family,
              struct pb_span id, struct pb_span after)
{
    settle(text);
    text->reading->orderly = false;
    text->running = pb_span_dup(id);
    text->family = family;
    hear_output(text, after);
}

static void
take_line(struct pb_text *text, struct pb_span line)
{
    if (line.length == 0) {
        return;
    }
    if (pb_text_is_rule(line, '=') &&
        (pb_text_unittest_section(text) || pb_text_trial_section(text)))
    {
        return;
    }
    if (!pb_text_pytest_line(text, line) &&
        !pb_text_unittest_line(text, line) &&
        !pb_text_trial_line(text, line) && text->running != NULL)
    {
        hear_output(text, line);
    }
}

/* A line with carriage returns is several. */
static void
take_plain(struct pb_text *text, struct pb_span line)
{
    PB_AUTO(pb_buf) struct pb_buf plain = PB_BUF_INIT;
    pb_text_plain(line.data, line.length, &plain);
    struct pb_span lines = {plain.data, plain.len};
    while (pb_span_line(&lines, &line)) {
        take_line(text, line);
    }
}

/* A test wrote and wrote: its id stands at the start, its verdict at the end.
 */
static void
take_long(struct pb_text *text, struct pb_span line)
{
    PB_AUTOFREE char *ends = pb_span_dup_ends(line, PB_LIMIT_LINE_BYTES / 2);
    take_plain(text, pb_span_of(ends));
}

static void
finish(struct pb_text *text)
{
    if (text->reading->orderly) {
        settle(text);
    }
    else if (text->running != NULL) {
        pb_reading_cut(text->reading, text->running);
    }
    pb_text_pytest_end(text);
}

void
pb_read_text(struct pb_span log, struct pb_reading *reading)
{
    PB_CLEANUP(text_clear)
    struct pb_text text = {.reading = reading,
                           .rest = log,
                           .module = PB_BUF_INIT,
                           .class = PB_BUF_INIT};
    while (pb_span_line(&text.rest, &text.raw)) {
        if (text.raw.length > PB_LIMIT_LINE_BYTES) {
            take_long(&text, text.raw);
        }
        else if (pb_text_is_plain(text.raw)) {
            take_line(&text, text.raw);
        }
        else {
            take_plain(&text, text.raw);
        }
    }
    finish(&text);
}
