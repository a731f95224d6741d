/* Small suites in a directory of their own, run with the python3 in PATH. */
#ifndef TESTS_TRIAL_SUITE_H
#define TESTS_TRIAL_SUITE_H

#include "pybisect/trial.h"

struct suite {
    char *directory;
    char *log;
    char *scratch;
    struct pb_results results;
};

int suite_setup(void **state);
int suite_teardown(void **state);

void suite_write(const struct suite *suite, const char *name,
                 const char *text);

/* Runs argv (NULL-terminated) in the directory; must succeed. */
void suite_run(struct suite *suite, enum pb_reader reader,
               const char *const *argv, double timeout);

/* reporter.py with up to three arguments, under `python`. */
void suite_report(struct suite *suite, const char *python, const char *first,
                  const char *second, const char *third);

/* python3 reporter.py -m unittest `module`. */
void suite_unittest(struct suite *suite, const char *module);

/* Fails the test unless `id` has this outcome. Returns it. */
const struct pb_result *suite_expect(const struct suite *suite, const char *id,
                                     enum pb_outcome outcome);

/* As above; `type` and `message` "-" stand for none. */
void suite_expect_said(const struct suite *suite, const char *id,
                       enum pb_outcome outcome, const char *type,
                       const char *message);

#endif
