/* Results to differences, signatures and verdicts. Pure: no files, no clock,
   no processes. A verdict is about one failure, not about an exit status. */
#ifndef PYBISECT_VERDICT_H
#define PYBISECT_VERDICT_H

#include <stddef.h>

#include "pybisect/buf.h"
#include "pybisect/results.h"
#include "pybisect/strv.h"

/* --- signature.c: what identifies a failure across revisions ----------- */

/* Appends the text without what differs between two runs of one failure:
   addresses, paths of temporary and work directories, line numbers, times,
   process ids, long numbers, the order of sets and dicts. */
void pb_signature_normalise(const char *text, struct pb_buf *out);

/* "AssertionError: 'a' != 'b' [genshi/core.py: render]", "skip: no ssl",
   "absent", "pass": outcome family, exception type, normalised first line of
   the message, and the function that decides whose failure it is (the
   innermost frame outside of the standard library and the runner), unless
   that is the test itself; docs/verdicts.md has the rules. Caller frees.
   `result` NULL is absent. */
char *pb_signature_of(const struct pb_result *result);

/* --- diff.c: two runs compared ----------------------------------------- */

enum pb_change_kind {
    PB_CHANGE_FAILING,   /* passed, skipped or was absent; now fails. Or it
                            succeeded unexpectedly, and fails as expected
                            now */
    PB_CHANGE_SKIPPED,   /* passed; now skipped */
    PB_CHANGE_VANISHED,  /* passed; now absent */
    PB_CHANGE_DIFFERENT, /* failed; now fails with another signature */
    PB_CHANGE_FIXED,     /* failed; now passes */
    PB_CHANGE_NEW,       /* absent; now passes or is skipped */
};

const char *pb_change_kind_name(enum pb_change_kind kind); /* "failing" */
/* FAILING, SKIPPED, VANISHED: what a bisection looks for. */
bool pb_change_is_regression(enum pb_change_kind kind);

struct pb_change {
    enum pb_change_kind kind;
    const char *id;                 /* borrowed from a run */
    const struct pb_result *before; /* borrowed; NULL: absent */
    const struct pb_result *after;
    char *signature; /* of `after` */
};

struct pb_diff {
    struct pb_change *items; /* by kind, then id */
    size_t len;
    size_t cap;
    size_t failing_both; /* fail on both sides: never counted */
    size_t known;        /* left out by `known`; failed on either side */
    size_t passing_both;
};

#define PB_DIFF_INIT                                                          \
    {                                                                         \
        .items = NULL                                                         \
    }

/* Both runs must outlive the diff. Tests that match a pattern in `known`
   (fnmatch; may be NULL) are left out, as expected to be unreliable. */
void pb_diff_compute(const struct pb_results *before,
                     const struct pb_results *after,
                     const struct pb_strv *known, struct pb_diff *out);
size_t pb_diff_count(const struct pb_diff *diff, enum pb_change_kind kind);
size_t pb_diff_regressions(const struct pb_diff *diff);
void pb_diff_clear(struct pb_diff *diff);
PB_DEFINE_AUTO_CLEAR(pb_diff, struct pb_diff, pb_diff_clear)

/* --- verdict.c: one revision, one failure ------------------------------ */

enum pb_verdict {
    PB_VERDICT_NONE,  /* nothing is known */
    PB_VERDICT_GOOD,  /* the test does what it did at the good end */
    PB_VERDICT_BAD,   /* it does what it does at the bad end */
    PB_VERDICT_OTHER, /* it fails in another way */
    PB_VERDICT_SKIP,  /* the revision could not be built or tested */
};

const char *pb_verdict_name(enum pb_verdict verdict);

/* One test that regressed between the ends. */
struct pb_regression {
    char *id;
    enum pb_change_kind kind;
    char *good_signature; /* at the good end */
    char *bad_signature;  /* at the bad end */
};

/* `result` is the test's at the revision; NULL: absent there. */
enum pb_verdict pb_verdict_of(const struct pb_regression *regression,
                              const struct pb_result *result);

#endif
