/* A bisection staged for the record's sake: the real engine over a small
   repository, with a machine that makes its results up. */
#ifndef TESTS_REPORT_STAGED_H
#define TESTS_REPORT_STAGED_H

#include "pybisect/report.h"
#include "support/repo_builder.h"

#define STAGED_COMMITS 8 /* 1 is the good end, the last one the bad end */

/* Tests that fail at the commits `from` to the bad end. */
struct staged_break {
    int from; /* a mark; 0: everywhere */
    size_t ntests;
    const char *id; /* "suite.%zu" is numbered */
    const char *message;
    const char *trace;
};

struct staged {
    const struct staged_break *breaks; /* borrowed */
    size_t nbreaks;
    bool unbuildable[STAGED_COMMITS + 1]; /* by mark */
    bool forgetful; /* what broke passes when built from clean */

    struct repo_builder builder;
    struct pb_plan plan;
    struct pb_session session;
    struct pb_bisection *bisection;
};

/* Runs it to its end. */
void staged_run(struct staged *staged);
void staged_clear(struct staged *staged);
PB_DEFINE_AUTO_CLEAR(staged, struct staged, staged_clear)

/* Caller frees. */
struct pb_json *staged_record(struct staged *staged);

#endif
