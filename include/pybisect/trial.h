/* One bounded run of a command, and the results read out of it.

   Readers (src/trial/readers) turn what a runner leaves behind into
   struct pb_results. All of them keep what a cut run had: a test that was
   started and never stopped is CRASHED or HUNG, what was never started is
   absent. Each run gets the pseudo-test PB_TEST_RUN: passed if the runner
   ended in an orderly way (status 0, or another status that failed tests
   explain), else failed, crashed or hung with the last lines it printed. */
#ifndef PYBISECT_TRIAL_H
#define PYBISECT_TRIAL_H

#include "pybisect/cancel.h"
#include "pybisect/error.h"
#include "pybisect/process.h"
#include "pybisect/results.h"
#include "pybisect/sandbox.h"
#include "pybisect/strv.h"

enum pb_reader {
    PB_READER_UNITTEST, /* events of reporter.py, run by the interpreter under
                           test, on the descriptor named by the environment
                           variable PYBISECT_EVENTS */
    PB_READER_JUNIT,    /* an XML file at results_path */
    PB_READER_SUBUNIT,  /* version 1 (trial) and 2, on standard output */
    PB_READER_STATUS,   /* the exit status alone makes PB_TEST_COMMAND; tests
                           beside it where the output is of the formats of
                           SUBUNIT, TAP or TEXT */
    PB_READER_TEXT,     /* what unittest, Django, nose2, trial and pytest print
                           when they are verbose */
    PB_READER_TAP,      /* the Test Anything Protocol, on standard output */
    PB_READER_PATTERN,  /* regular expressions, on standard output */
};

const char *pb_reader_name(enum pb_reader reader); /* "unittest", ... */
bool pb_reader_parse(const char *name, enum pb_reader *out);

/* A CONFIG error unless it compiles and has a group (?<id>...), which is what
   a test is called; (?<message>...) is what it said. */
int pb_reader_check_pattern(const char *expression, struct pb_error *err);

struct pb_trial_options {
    char *const *argv;
    char *const *environment; /* complete */
    const char *directory;
    enum pb_reader reader;
    const char *results_path; /* JUNIT: what the command writes. Others: a
                                 scratch file that the trial may use */
    const struct pb_strv *patterns; /* PATTERN: "outcome=expression" each,
                                       looked for in this order; borrowed */
    const char *log_path;
    double timeout; /* seconds */
    double grace;   /* as in process.h; 0: its default */
    const struct pb_cancel *cancel;
    const struct pb_process_bounds *bounds; /* NULL: none */
    /* What it is confined by: .directory and .environment are taken from
       above. NULL: by nothing. */
    const struct pb_sandbox *sandbox;
};

/* -1: could not be run at all, or cancelled. `out` must be empty. */
int pb_trial_run(const struct pb_trial_options *options,
                 struct pb_results *out, struct pb_error *err);

/* One step that has no tests of its own (prepare, smoke): adds pseudo-test
   `id` with the command's outcome. True in *out_passed if it exited 0. */
int pb_trial_step(const struct pb_trial_options *options, const char *id,
                  struct pb_results *results, bool *out_passed,
                  struct pb_error *err);

/* The same of a step that was run elsewhere: `log` is what it printed last. */
void pb_trial_add_step(const char *id, bool passed, const char *log,
                       size_t length, struct pb_results *results);

#endif
