/* Verdicts by regular expressions that a recipe gives. */
#ifndef TRIAL_PATTERN_H
#define TRIAL_PATTERN_H

#include "pybisect/regex.h"
#include "pybisect/strv.h"
#include "trial/readers/readers.h"

struct pb_pattern {
    enum pb_outcome outcome;
    struct pb_regex *regex;
    size_t id;      /* numbers of the named groups */
    size_t message; /* 0: none */
};

struct pb_patterns {
    struct pb_pattern *items;
    size_t len;
    size_t cap;
};

/* Compiles "outcome=expression" each, NULL for none. */
int pb_patterns_init(const struct pb_strv *texts, struct pb_patterns *out,
                     struct pb_error *err);
void pb_patterns_clear(struct pb_patterns *patterns);
PB_DEFINE_AUTO_CLEAR(pb_patterns, struct pb_patterns, pb_patterns_clear)

/* Line by line; the first pattern that matches a line counts. */
void pb_read_patterns(struct pb_span text, const struct pb_patterns *patterns,
                      struct pb_reading *reading);

#endif
