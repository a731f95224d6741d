/* One packet of subunit version 2. */
#ifndef TRIAL_SUBUNIT_PACKET_H
#define TRIAL_SUBUNIT_PACKET_H

#include "trial/readers/crc32.h"
#include "trial/text.h"

#define PB_SUBUNIT_SIGNATURE 0xB3

enum pb_subunit_status { /* as the format numbers them */
                         PB_SUBUNIT_UNDEFINED,
                         PB_SUBUNIT_EXISTS,
                         PB_SUBUNIT_INPROGRESS,
                         PB_SUBUNIT_SUCCESS,
                         PB_SUBUNIT_UXSUCCESS,
                         PB_SUBUNIT_SKIP,
                         PB_SUBUNIT_FAIL,
                         PB_SUBUNIT_XFAIL,
};

struct pb_subunit_packet {
    enum pb_subunit_status status;
    double time;         /* seconds since 1970; negative: not given */
    struct pb_span id;   /* data NULL when absent, as below */
    struct pb_span file; /* the name of an attachment */
    struct pb_span content;
    size_t length; /* of the whole packet */
};

enum pb_subunit_parse {
    PB_SUBUNIT_PACKET,
    PB_SUBUNIT_TORN, /* the start of one, cut off by the end of the text */
    PB_SUBUNIT_NONE,
};

/* Is there a packet at the start of the text? It is borrowed from there. */
enum pb_subunit_parse pb_subunit_parse(const struct pb_crc32 *crc,
                                       struct pb_span text,
                                       struct pb_subunit_packet *out);

#endif
