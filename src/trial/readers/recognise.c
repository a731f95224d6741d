/* One pass over the lines. What a format needs one line for is believed at
   once; TAP's plan and points, and subunit's starts and verdicts, must both
   be there, because each alone is what any program may print. */
#include "trial/readers/recognise.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "trial/readers/subunit_packet.h"
#include "trial/readers/tap_point.h"
#include "trial/readers/text.h"

struct evidence {
    struct pb_span started; /* what subunit's last start line names */
    bool plan;
    bool point;
};

/* "id" or "id [", where details follow. */
static bool
is_verdict_on(struct pb_span id, struct pb_span said)
{
    if (said.length < id.length || memcmp(said.data, id.data, id.length) != 0)
    {
        return false;
    }
    struct pb_span after = pb_span_from(said, id.length);
    return after.length == 0 || pb_span_starts(after, " [");
}

static bool
speaks_subunit(struct evidence *seen, struct pb_span line)
{
    static const char start[] = "test: ";
    static const char *const verdicts[] = {
        "successful: ", "success: ", "failure: ",  "error: ",
        "skip: ",       "xfail: ",   "uxsuccess: "};
    if (pb_span_starts(line, start)) {
        seen->started = pb_span_from(line, strlen(start));
        return false;
    }
    for (size_t i = 0; seen->started.length > 0 && i < PB_LENGTH(verdicts);
         i++) {
        if (pb_span_starts(line, verdicts[i])) {
            return is_verdict_on(seen->started,
                                 pb_span_from(line, strlen(verdicts[i])));
        }
    }
    return false;
}

static bool
speaks_tap(struct evidence *seen, struct pb_span line)
{
    static const char plan[] = "1..";
    struct pb_tap_point point;
    struct pb_span rest;
    if (pb_span_starts(line, plan)) {
        struct pb_span count = pb_span_from(line, strlen(plan));
        seen->plan =
            seen->plan || (pb_tap_number(count, &rest) != SIZE_MAX &&
                           (rest.length == 0 || pb_span_starts(rest, " #")));
    }
    else if (!seen->point) {
        seen->point = pb_tap_parse_point(line, &point);
    }
    return (seen->plan && seen->point) || pb_span_starts(line, "TAP version ");
}

static bool
speaks_text(struct pb_span line)
{
    return pb_text_unittest_speaks(line) || pb_text_pytest_speaks(line) ||
           pb_text_trial_speaks(line);
}

static bool
has_packet(struct pb_span line, struct pb_span log)
{
    struct pb_crc32 crc;
    bool ready = false;
    const char *at = line.data;
    const char *end = line.data + line.length;
    while (at < end &&
           (at = memchr(at, PB_SUBUNIT_SIGNATURE, (size_t)(end - at))) != NULL)
    {
        struct pb_subunit_packet packet;
        if (!ready) {
            pb_crc32_init(&crc);
            ready = true;
        }
        struct pb_span rest = pb_span_from(log, (size_t)(at - log.data));
        if (pb_subunit_parse(&crc, rest, &packet) == PB_SUBUNIT_PACKET) {
            return true;
        }
        at++;
    }
    return false;
}

static bool
recognise_line(struct evidence *seen, struct pb_span line, enum pb_reader *out)
{
    if (line.length == 0) {
        return false;
    }
    if (speaks_subunit(seen, line)) {
        *out = PB_READER_SUBUNIT;
        return true;
    }
    if (speaks_tap(seen, line)) {
        *out = PB_READER_TAP;
        return true;
    }
    if (speaks_text(line)) {
        *out = PB_READER_TEXT;
        return true;
    }
    return false;
}

bool
pb_reader_recognise(struct pb_span log, enum pb_reader *out)
{
    struct evidence seen = {.started = {NULL, 0}};
    struct pb_span rest = log;
    struct pb_span line;
    while (pb_span_line(&rest, &line)) {
        if (pb_text_is_plain(line)) {
            if (recognise_line(&seen, line, out)) {
                return true;
            }
            continue;
        }
        if (has_packet(line, log)) {
            *out = PB_READER_SUBUNIT;
            return true;
        }
        if (line.length > PB_LIMIT_LINE_BYTES) {
            line.length = PB_LIMIT_LINE_BYTES;
        }
        /* TAP and subunit have no colours, and a carriage return makes lines
           that would not outlive this one. */
        PB_AUTO(pb_buf) struct pb_buf plain = PB_BUF_INIT;
        pb_text_plain(line.data, line.length, &plain);
        struct pb_span lines = {plain.data, plain.len};
        while (pb_span_line(&lines, &line)) {
            if (line.length > 0 && speaks_text(line)) {
                *out = PB_READER_TEXT;
                return true;
            }
        }
    }
    return false;
}
