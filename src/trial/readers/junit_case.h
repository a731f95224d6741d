/* One <testcase>, and what pytest's way of writing it means. */
#ifndef TRIAL_JUNIT_CASE_H
#define TRIAL_JUNIT_CASE_H

#include "trial/readers/readers.h"

enum pb_junit_element {
    PB_JUNIT_NONE,
    PB_JUNIT_FAILURE,
    PB_JUNIT_ERROR,
    PB_JUNIT_SKIPPED,
};

/* Attributes, borrowed; NULL when absent. */
struct pb_junit_case {
    const char *file;
    const char *classname;
    const char *name;
};

struct pb_junit_verdict {
    enum pb_junit_element element;
    char *type;
    char *message;
    struct pb_buf text;
};

/* pytest's node id, "tests/test_a.py::Class::test_x[1]", when the case names
   its file (junit_family=xunit1); else "classname.name". Collection errors
   are named by the file, or by what pytest gives for it. */
void pb_junit_id(const struct pb_junit_case *test, struct pb_buf *out);

/* Adds one verdict on the test `id`; NULL is a pass. */
void pb_junit_add(struct pb_reading *reading, const char *id, double seconds,
                  const struct pb_junit_verdict *verdict);

#endif
