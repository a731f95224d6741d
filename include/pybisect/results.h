/* What one run of a test suite said, test by test.

   Ids are canonical: unittest's "test_x (mod.Class)" and "test_x
   (mod.Class.test_x)" are both "mod.Class.test_x"; ids longer than
   PB_LIMIT_TEST_ID_BYTES are cut and end in "#" and 16 digits of a digest. A
   test reported twice keeps its worst outcome. */
#ifndef PYBISECT_RESULTS_H
#define PYBISECT_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/buf.h"
#include "pybisect/error.h"
#include "pybisect/json.h"
#include "pybisect/process.h"

enum pb_outcome { /* from best to worst */
                  PB_OUTCOME_PASS,
                  PB_OUTCOME_XFAIL, /* expected failure */
                  PB_OUTCOME_SKIP,
                  PB_OUTCOME_ABSENT, /* no such result in this run */
                  PB_OUTCOME_XPASS,  /* unexpected success */
                  PB_OUTCOME_FAIL,
                  PB_OUTCOME_ERROR,
                  PB_OUTCOME_HUNG,    /* running when the time limit came */
                  PB_OUTCOME_CRASHED, /* running when the process died */
};

const char *pb_outcome_name(enum pb_outcome outcome); /* "pass", ... */
bool pb_outcome_parse(const char *name, enum pb_outcome *out);
/* FAIL, ERROR, XPASS, HUNG, CRASHED. */
bool pb_outcome_failed(enum pb_outcome outcome);

struct pb_result {
    char *id; /* of pb_results: owned by its index */
    enum pb_outcome outcome;
    char *type;     /* exception type ("AssertionError"), or NULL */
    char *message;  /* exception message or skip reason, or NULL */
    char *trace;    /* traceback, or NULL */
    double seconds; /* negative: not known */
};

struct pb_results {
    struct pb_result *items; /* in order of first report until sorted */
    size_t len;
    size_t cap;
    struct pb_results_index *index; /* private */
    struct pb_process_result run;
    double seconds; /* wall time of the run */
};

#define PB_RESULTS_INIT                                                       \
    {                                                                         \
        .items = NULL                                                         \
    }

/* Pseudo-tests: a run has one of each phase it went through. */
#define PB_TEST_INSTALL "(install-python)" /* `make install` of CPython */
#define PB_TEST_PREPARE "(prepare)"        /* the project's build or install */
#define PB_TEST_SMOKE "(smoke)"            /* does it start */
#define PB_TEST_RUN "(run)"         /* the suite as a whole: orderly or not */
#define PB_TEST_COMMAND "(command)" /* `-- CMD`: its exit status */
bool pb_result_is_pseudo(const char *id);

/* Copies and canonicalises. Returns the stored result, borrowed until the
   next add; one whose outcome became worse has no description any more. Ids
   beyond PB_LIMIT_TESTS are dropped: NULL, which pb_result_describe takes. */
struct pb_result *pb_results_add(struct pb_results *results, const char *id,
                                 enum pb_outcome outcome);
/* Fills in what a failure said; NULL leaves a field alone. Long texts are cut
   to their limits. */
void pb_result_describe(struct pb_result *result, const char *type,
                        const char *message, const char *trace);
/* Makes it a skipped one, for this reason. */
void pb_result_excuse(struct pb_result *result, const char *reason);
const struct pb_result *pb_results_find(const struct pb_results *results,
                                        const char *id); /* any spelling */
/* Of an id as a result has it, and so faster. */
const struct pb_result *pb_results_get(const struct pb_results *results,
                                       const char *canonical);
enum pb_outcome pb_results_outcome(const struct pb_results *results,
                                   const char *id); /* ABSENT if not there */
size_t pb_results_count(const struct pb_results *results,
                        enum pb_outcome outcome); /* pseudo-tests left out */
size_t pb_results_tests(const struct pb_results *results);  /* likewise */
size_t pb_results_failed(const struct pb_results *results); /* likewise */
/* Puts `to` in the place of each directory `from` in messages and traces:
   where a run took place says nothing about its results, and differs from run
   to run. Longer names first. */
struct pb_results_name {
    const char *from; /* NULL or "": nothing */
    const char *to;
};
void pb_results_rename(struct pb_results *results,
                       const struct pb_results_name *names, size_t len);
void pb_results_merge(struct pb_results *into, const struct pb_results *more);
void pb_results_clear(struct pb_results *results);
PB_DEFINE_AUTO_CLEAR(pb_results, struct pb_results, pb_results_clear)

/* For the journal. */
struct pb_json *pb_results_to_json(const struct pb_results *results);
int pb_results_from_json(const struct pb_json *json, struct pb_results *out,
                         struct pb_error *err);

/* Appends "mod.Class.test_x" for "test_x (mod.Class)" and "test_x
   (mod.Class.test_x)", also before the parameters of a sub-test; other ids,
   "setUpClass (mod.Class)" among them, stay as they are. Control characters
   are spelt out, bytes that are not UTF-8 become U+FFFD, and what is too long
   is cut. */
void pb_results_canonical_id(const char *id, size_t length,
                             struct pb_buf *out);

#endif
