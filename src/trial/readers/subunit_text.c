/* Subunit version 1, in a log that holds the suite's own output and standard
   error as well. A line counts only if it speaks of the test that runs, or
   opens details; all others are output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "trial/readers/subunit.h"

struct keyword {
    const char *text;
    enum pb_outcome outcome;
};

static const struct keyword keywords[] = {
    {"successful: ", PB_OUTCOME_PASS}, {"success: ", PB_OUTCOME_PASS},
    {"failure: ", PB_OUTCOME_FAIL},    {"error: ", PB_OUTCOME_ERROR},
    {"skip: ", PB_OUTCOME_SKIP},       {"xfail: ", PB_OUTCOME_XFAIL},
    {"uxsuccess: ", PB_OUTCOME_XPASS},
};

/* "time: 2024-05-01 10:00:00.123456Z", as seconds within its day: tests are
   timed by the difference. */
static bool
parse_time(struct pb_span line, double *out)
{
    PB_AUTOFREE char *text = pb_span_dup(line);
    int hours = 0;
    int minutes = 0;
    double seconds = 0;
    if (sscanf(text, "time: %*d-%*d-%*d %d:%d:%lf", &hours, &minutes,
               &seconds) != 3)
    {
        return false;
    }
    *out = hours * 3600.0 + minutes * 60.0 + seconds;
    return true;
}

static double
elapsed(const struct pb_subunit_text *stream)
{
    if (stream->now < 0 || stream->started < 0) {
        return -1;
    }
    double seconds = stream->now - stream->started;
    return seconds < 0 ? seconds + 86400 : seconds; /* over midnight */
}

/* A test that ends without a verdict, before another starts, was cut. */
static void
end_running(struct pb_subunit_text *stream)
{
    if (stream->running != NULL && !stream->has_verdict) {
        pb_reading_cut(stream->reading, stream->running);
    }
    free(stream->running);
    stream->running = NULL;
    stream->has_verdict = false;
}

static void
start_test(struct pb_subunit_text *stream, struct pb_span id)
{
    end_running(stream);
    if (id.length == 0) {
        return; /* torn */
    }
    stream->running = pb_span_dup(id);
    stream->started = stream->now;
}

/* Details in chunks: names and types, then "HEX\r\n" and as many bytes, to
   "0\r\n". False, with nothing taken, if it is not well formed. */
static bool
read_part(struct pb_span *rest, struct pb_buf *out)
{
    for (;;) {
        struct pb_span line;
        if (!pb_span_line(rest, &line)) {
            return false;
        }
        PB_AUTOFREE char *digits = pb_span_dup(line);
        char *end = NULL;
        unsigned long size = strtoul(digits, &end, 16);
        if (end == digits || *end != '\0' || size > rest->length) {
            return false;
        }
        if (size == 0) {
            return true;
        }
        pb_buf_add(out, rest->data, size);
        *rest = pb_span_from(*rest, size);
    }
}

static bool
read_multipart(struct pb_span *rest, struct pb_buf *out)
{
    struct pb_span at = *rest;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_span line;
    while (pb_span_line(&at, &line)) {
        if (pb_span_is(line, "]")) {
            pb_buf_add(out, text.data, text.len);
            *rest = at;
            return true;
        }
        if (!pb_span_starts(line, "Content-Type: ") ||
            !pb_span_line(&at, &line) || !read_part(&at, &text))
        {
            return false;
        }
        pb_buf_addch(&text, '\n');
    }
    return false;
}

/* To "]" on a line of its own; a line of the text that would be one has a
   space before it. */
static void
read_details(struct pb_span *rest, struct pb_buf *out)
{
    struct pb_span line;
    while (pb_span_line(rest, &line) && !pb_span_is(line, "]")) {
        if (pb_span_is(line, " ]")) {
            line = pb_span_from(line, 1);
        }
        pb_buf_add(out, line.data, line.length);
        pb_buf_addch(out, '\n');
    }
}

static void
add_verdict(struct pb_subunit_text *stream, const char *id,
            enum pb_outcome outcome, const struct pb_buf *details)
{
    struct pb_reading_entry said = {.outcome = outcome, .seconds = -1};
    PB_AUTOFREE char *text = NULL;
    if (details->len > 0) {
        text = pb_span_dup(
            pb_span_trim((struct pb_span){details->data, details->len}));
    }
    if (outcome == PB_OUTCOME_SKIP) {
        said.message = text;
    }
    else {
        said.trace = text;
    }
    if (stream->running != NULL && strcmp(stream->running, id) == 0) {
        stream->has_verdict = true;
        said.seconds = elapsed(stream);
    }
    pb_reading_add(stream->reading, id, &said);
}

static void
take_verdict(struct pb_subunit_text *stream, const struct keyword *keyword,
             struct pb_span rest)
{
    static const char plain[] = " [";
    static const char multipart[] = " [ multipart";
    PB_AUTO(pb_buf) struct pb_buf details = PB_BUF_INIT;
    if (pb_span_ends(rest, multipart)) {
        rest.length -= strlen(multipart);
        if (!read_multipart(&stream->rest, &details)) {
            read_details(&stream->rest, &details);
        }
    }
    else if (pb_span_ends(rest, plain)) {
        rest.length -= strlen(plain);
        read_details(&stream->rest, &details);
    }
    else if (stream->running == NULL || !pb_span_is(rest, stream->running)) {
        return; /* a compiler's "error: ...", say */
    }
    PB_AUTOFREE char *id = pb_span_dup(rest);
    add_verdict(stream, id, keyword->outcome, &details);
}

/* The keyword that ends where `end` does, so that a name may follow. */
static const struct keyword *
keyword_before(struct pb_span end)
{
    for (size_t i = 0; i < PB_LENGTH(keywords); i++) {
        if (pb_span_ends(end, keywords[i].text)) {
            return &keywords[i];
        }
    }
    return NULL;
}

/* The test may have written half a line before its verdict. */
static bool
find_verdict(const struct pb_subunit_text *stream, struct pb_span line,
             const struct keyword **out, struct pb_span *out_rest)
{
    for (size_t i = 0; i < PB_LENGTH(keywords); i++) {
        if (pb_span_starts(line, keywords[i].text)) {
            *out = &keywords[i];
            *out_rest = pb_span_from(line, strlen(keywords[i].text));
            return true;
        }
    }
    struct pb_span at = line;
    while (stream->running != NULL && at.length > 0) {
        at = pb_span_find(at, stream->running);
        size_t before = (size_t)(at.data - line.data);
        *out = keyword_before((struct pb_span){line.data, before});
        if (at.length > 0 && *out != NULL) {
            *out_rest = at;
            return true;
        }
        at = pb_span_from(at, at.length > 0);
    }
    return false;
}

static void
take_line(struct pb_subunit_text *stream, struct pb_span line)
{
    double time = 0;
    const struct keyword *keyword = NULL;
    struct pb_span rest;
    if (pb_span_starts(line, "test: ")) {
        start_test(stream, pb_span_from(line, strlen("test: ")));
    }
    else if (pb_span_starts(line, "time: ") && parse_time(line, &time)) {
        stream->now = time;
    }
    else if (find_verdict(stream, line, &keyword, &rest)) {
        take_verdict(stream, keyword, rest);
    }
}

void
pb_subunit_text_read(struct pb_subunit_text *stream, struct pb_span text)
{
    struct pb_span line;
    stream->rest = text;
    while (pb_span_line(&stream->rest, &line)) {
        take_line(stream, line);
    }
}

bool
pb_subunit_text_end(struct pb_subunit_text *stream)
{
    bool quiet = stream->running == NULL || stream->has_verdict;
    end_running(stream);
    return quiet;
}
