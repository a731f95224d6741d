/* A finding's search, as the record tells it: what was tried where, what that
   leaves open, and what was believed. */
#ifndef REPORT_STRIP_H
#define REPORT_STRIP_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/json.h"

#define PB_STRIP_SHARES 200

struct pb_shares { /* of a belief, in ten thousandths */
    unsigned of[PB_STRIP_SHARES];
    size_t len;
    unsigned largest;
    unsigned sum;
};

void pb_shares_parse(const char *text, struct pb_shares *out);

struct pb_strip { /* borrowed from the record */
    const struct pb_json *tried;
    const struct pb_json *verdicts;
    const struct pb_json *believed;
    double candidates;
    double from; /* the stretch that is shown */
    double len;
    double first; /* the culprit, or the first suspect */
    double last;
    double good; /* the last one before those that passes; -1: the good end */
    double bad;  /* the first one from there on that fails */
};

/* False: the record does not say. */
bool pb_strip_init(struct pb_strip *strip, const struct pb_json *record,
                   const struct pb_json *finding);
/* Left edge and middle of a candidate, in percent of what is shown. */
double pb_strip_edge(const struct pb_strip *strip, double candidate);
double pb_strip_middle(const struct pb_strip *strip, double candidate);
/* Is it in the stretch that is shown? */
bool pb_strip_shows(const struct pb_strip *strip, double candidate);
/* The candidate of a row of `tried`; -1: the good end. */
double pb_strip_place(const struct pb_json *row);
const char *pb_strip_verdict(const struct pb_strip *strip, size_t row);

#endif
