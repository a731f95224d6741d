/* What ties a commit to the failures that began with it, in plain words: "the
   commit removes Lib/cgi.py; the failure says: No module named 'cgi'". Pure.

   Evidence proves nothing that the bisection has not shown; it explains. A
   commit without any is none the less the culprit. */
#ifndef PYBISECT_EVIDENCE_H
#define PYBISECT_EVIDENCE_H

#include "pybisect/results.h"
#include "pybisect/strv.h"
#include "pybisect/touched.h"
#include "pybisect/traceback.h"

#define PB_EVIDENCE_REASONS 5 /* at most */

struct pb_evidence {
    struct pb_strv reasons;   /* strongest first; may be empty */
    struct pb_strv announced; /* how CPython told of it: "NEWS", "What's New
                                 in Python 3.13", "a warning in Lib/cgi.py:
                                 ..."; empty: it did not */
};

#define PB_EVIDENCE_INIT                                                      \
    {                                                                         \
        .reasons = PB_STRV_INIT                                               \
    }

/* `failures`: one of each kind is enough. NULL among them (an absent test)
   and what neither failed nor was skipped tell nothing. `places` may be NULL.
   `out` must be empty. */
void pb_evidence_find(const struct pb_touched *touched,
                      const struct pb_result *const *failures,
                      size_t nfailures, const struct pb_trace_places *places,
                      struct pb_evidence *out);
void pb_evidence_clear(struct pb_evidence *evidence);
PB_DEFINE_AUTO_CLEAR(pb_evidence, struct pb_evidence, pb_evidence_clear)

#endif
