/* Signature, flags, length, then what the flags announce, in this order:
   timestamp, id, tags, type, attachment, route; last the checksum of all
   before it. Numbers are big-endian; a variable one says in its first two
   bits how many bytes follow. */
#include "trial/readers/subunit_packet.h"

#include <stdint.h>

#define VERSION 2
#define HAS_ID 0x0800
#define HAS_ROUTE 0x0400
#define HAS_TIME 0x0200
#define HAS_TAGS 0x0080
#define HAS_FILE 0x0040
#define HAS_TYPE 0x0020
#define STATUS_BITS 0x0007

#define HEAD 3 /* signature and flags */
#define CHECKSUM 4

struct fields {
    struct pb_span rest;
    bool bad; /* something went past the end: what was read is void */
};

static struct pb_span
take(struct fields *fields, size_t length)
{
    if (length > fields->rest.length) {
        fields->bad = true;
        length = 0;
    }
    struct pb_span taken = {fields->rest.data, length};
    fields->rest = pb_span_from(fields->rest, length);
    return taken;
}

static uint32_t
take_bytes(struct fields *fields, size_t count)
{
    uint32_t value = 0;
    struct pb_span bytes = take(fields, count);
    for (size_t i = 0; i < bytes.length; i++) {
        value = (value << 8) | (unsigned char)bytes.data[i];
    }
    return value;
}

static uint32_t
take_number(struct fields *fields)
{
    uint32_t first = take_bytes(fields, 1);
    size_t more = first >> 6;
    return ((first & 0x3F) << (8 * more)) | take_bytes(fields, more);
}

static struct pb_span
take_text(struct fields *fields)
{
    return take(fields, take_number(fields));
}

static bool
parse_fields(struct pb_span body, uint32_t flags,
             struct pb_subunit_packet *out)
{
    struct fields fields = {.rest = body};
    if ((flags & HAS_TIME) != 0) {
        double seconds = take_bytes(&fields, 4);
        out->time = seconds + take_number(&fields) / 1e9;
    }
    if ((flags & HAS_ID) != 0) {
        out->id = take_text(&fields);
    }
    if ((flags & HAS_TAGS) != 0) {
        uint32_t count = take_number(&fields);
        for (uint32_t i = 0; i < count && !fields.bad; i++) {
            (void)take_text(&fields);
        }
    }
    if ((flags & HAS_TYPE) != 0) {
        (void)take_text(&fields);
    }
    if ((flags & HAS_FILE) != 0) {
        out->file = take_text(&fields);
        out->content = take_text(&fields);
    }
    if ((flags & HAS_ROUTE) != 0) {
        (void)take_text(&fields);
    }
    return !fields.bad && fields.rest.length == 0;
}

enum pb_subunit_parse
pb_subunit_parse(const struct pb_crc32 *crc, struct pb_span text,
                 struct pb_subunit_packet *out)
{
    struct fields head = {.rest = text};
    bool ours = take_bytes(&head, 1) == PB_SUBUNIT_SIGNATURE;
    uint32_t flags = take_bytes(&head, 2);
    uint32_t length = take_number(&head);
    size_t start = text.length - head.rest.length;
    if (head.bad) {
        return ours ? PB_SUBUNIT_TORN : PB_SUBUNIT_NONE;
    }
    /* The format allows lengths of three bytes at most. */
    if (!ours || flags >> 12 != VERSION || start > HEAD + 3 ||
        length < start + CHECKSUM)
    {
        return PB_SUBUNIT_NONE;
    }
    if (length > text.length) {
        return PB_SUBUNIT_TORN;
    }
    size_t end = length - CHECKSUM;
    struct fields tail = {.rest = {text.data + end, CHECKSUM}};
    struct pb_subunit_packet packet = {
        .status = (enum pb_subunit_status)(flags & STATUS_BITS),
        .time = -1,
        .length = length,
    };
    struct pb_span body = {text.data + start, end - start};
    /* The checksum last: it is dear, and chance bytes announce megabytes. */
    if (!parse_fields(body, flags, &packet) ||
        take_bytes(&tail, CHECKSUM) != pb_crc32_of(crc, text.data, end))
    {
        return PB_SUBUNIT_NONE;
    }
    *out = packet;
    return PB_SUBUNIT_PACKET;
}
