/* Packets are told from other bytes by signature and checksum. What lies
   between them is read as version 1. */
#include "trial/readers/subunit.h"

#include <string.h>

struct source {
    struct pb_crc32 crc;
    struct pb_span rest;
    bool torn; /* it ends within a packet */
};

/* Moves to the next packet; what was passed over is *out_between. */
static bool
next_packet(struct source *source, struct pb_span *out_between,
            struct pb_subunit_packet *out)
{
    struct pb_span start = source->rest;
    struct pb_span at = start;
    bool found = false;
    while (!found && at.length > 0) {
        const char *mark = memchr(at.data, PB_SUBUNIT_SIGNATURE, at.length);
        size_t skipped = mark == NULL ? at.length : (size_t)(mark - at.data);
        at = pb_span_from(at, skipped);
        if (at.length == 0) {
            break;
        }
        enum pb_subunit_parse parsed = pb_subunit_parse(&source->crc, at, out);
        found = parsed == PB_SUBUNIT_PACKET;
        source->torn = source->torn || parsed == PB_SUBUNIT_TORN;
        at = found ? at : pb_span_from(at, 1);
    }
    *out_between =
        (struct pb_span){start.data, (size_t)(at.data - start.data)};
    source->rest = found ? pb_span_from(at, out->length) : at;
    return found;
}

void
pb_read_subunit(struct pb_span text, struct pb_reading *reading)
{
    struct source source = {.rest = text};
    struct pb_subunit_text lines = {
        .reading = reading, .now = -1, .started = -1};
    struct pb_subunit_binary packets = {.reading = reading};
    struct pb_span between;
    struct pb_subunit_packet packet;
    bool any = false;
    pb_crc32_init(&source.crc);
    while (next_packet(&source, &between, &packet)) {
        pb_subunit_text_read(&lines, between);
        pb_subunit_binary_hear(&packets, &packet);
        source.torn = false;
        any = true;
    }
    pb_subunit_text_read(&lines, between);
    /* The format has no end mark: that no test was left running must do. */
    bool quiet = pb_subunit_text_end(&lines);
    quiet = pb_subunit_binary_end(&packets) && quiet;
    reading->orderly = quiet && !(any && source.torn);
}
