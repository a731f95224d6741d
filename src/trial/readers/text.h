/* What runners print for people to read, line by line. A start line names a
   test; its verdict stands on that line, or after whatever the test printed.

   One file a family knows its lines: unittest's (Django, nose2), trial's,
   pytest's. text.c keeps the test that runs and decides which verdict is
   its. */
#ifndef TRIAL_TEXT_READER_H
#define TRIAL_TEXT_READER_H

#include "trial/readers/readers.h"

enum pb_text_family {
    PB_TEXT_UNITTEST,
    PB_TEXT_TRIAL,
    PB_TEXT_PYTEST,
};

enum pb_text_match {
    PB_TEXT_NONE,
    PB_TEXT_LIKELY, /* behind something else: the test may have printed it */
    PB_TEXT_SURE,
};

struct pb_text_verdict {
    enum pb_outcome outcome;
    struct pb_span reason; /* length 0: none */
    double seconds;        /* negative: not known */
};

/* A piece of pytest's FAILURES or ERRORS. */
struct pb_text_section {
    char *title;
    bool error;
    struct pb_span body; /* as logged */
};

enum pb_text_block { /* of pytest's report */
                     PB_TEXT_NO_BLOCK,
                     PB_TEXT_FAILURES,
                     PB_TEXT_ERRORS,
                     PB_TEXT_SUMMARY,
};

struct pb_text {
    struct pb_reading *reading; /* borrowed */
    struct pb_span raw;         /* the line being read, as logged */
    struct pb_span rest;        /* what follows it */

    char *running; /* NULL: none */
    enum pb_text_family family;
    bool guessed; /* `guess` may be the verdict */
    enum pb_outcome guess;
    char *guess_reason;

    char *named; /* unittest: an id whose docstring must come next */

    struct pb_buf module; /* trial's tree */
    struct pb_buf class;
    char *last; /* trial: the test that ended; it may get a second verdict */

    enum pb_text_block block;
    struct pb_text_section *sections;
    size_t nsections;
    size_t sections_cap;
};

/* A start line was read, `after` is what follows the id on it. */
void pb_text_start(struct pb_text *text, enum pb_text_family family,
                   struct pb_span id, struct pb_span after);

/* Puts a verdict on record. */
void pb_text_add(struct pb_text *text, struct pb_span id,
                 const struct pb_text_verdict *verdict);

/* A failure with its traceback, as logged. */
void pb_text_add_trace(struct pb_text *text, struct pb_span id,
                       enum pb_outcome outcome, struct pb_span trace);

/* Each says whether the line was one of its own, and then has taken it. */
bool pb_text_unittest_line(struct pb_text *text, struct pb_span line);
bool pb_text_trial_line(struct pb_text *text, struct pb_span line);
bool pb_text_pytest_line(struct pb_text *text, struct pb_span line);

/* Is it a line that nothing but such a runner writes? */
bool pb_text_unittest_speaks(struct pb_span line);
bool pb_text_trial_speaks(struct pb_span line);
bool pb_text_pytest_speaks(struct pb_span line);

/* Is this, a line or what follows an id, a verdict? */
enum pb_text_match pb_text_unittest_verdict(struct pb_span said,
                                            struct pb_text_verdict *out);
enum pb_text_match pb_text_trial_verdict(struct pb_span said,
                                         struct pb_text_verdict *out);
enum pb_text_match pb_text_pytest_verdict(struct pb_span said,
                                          struct pb_text_verdict *out);

/* The line is "=====...": takes the failure that it opens off text->rest. */
bool pb_text_unittest_section(struct pb_text *text);
bool pb_text_trial_section(struct pb_text *text);

/* Gives pytest's failures what its sections say of them. */
void pb_text_pytest_end(struct pb_text *text);

/* Is the line a rule, at least 70 of this character and nothing else? */
bool pb_text_is_rule(struct pb_span line, char c);

/* "mod.test_x": a dotted name with a part that starts with "test". */
bool pb_text_names_test(struct pb_span name);

#endif
