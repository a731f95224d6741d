/* The words of a report, shared by its writers: each function appends a phrase
   or a sentence about one part of the record, without markup. What comes out
   of the record is as it was: the writers escape it. */
#ifndef REPORT_SAY_H
#define REPORT_SAY_H

#include <stdbool.h>
#include <stdint.h>

#include "pybisect/buf.h"
#include "pybisect/json.h"
#include "pybisect/strv.h"

/* --- say.c -------------------------------------------------------------- */

/* "genshi", "the command". */
const char *pb_say_subject(const struct pb_json *record);
/* Appends a remark as a sentence, or the other text if there is none. */
void pb_say_sentence(struct pb_buf *out, const char *remark,
                     const char *otherwise);
/* "1 test", "7 tests" */
void pb_say_count(struct pb_buf *out, int64_t count, const char *noun);
/* "891 tests: 885 passed, 3 failed, 3 skipped (41 s)" */
void pb_say_run(struct pb_buf *out, const struct pb_json *run);

/* Do the closing checks disagree about this finding? */
bool pb_say_is_disputed(const struct pb_json *record,
                        const struct pb_json *finding);
/* How sure it is, of a culprit and of suspects. */
void pb_say_sureness(struct pb_buf *out, const struct pb_json *record,
                     const struct pb_json *finding);
void pb_say_suspects(struct pb_buf *out, const struct pb_json *record,
                     const struct pb_json *finding);
/* How often tests fail that do not do the same in each run; else nothing. */
void pb_say_rates(struct pb_buf *out, const struct pb_json *finding);
/* "The range goes good, bad, good, bad: ..."; else nothing. */
void pb_say_turns(struct pb_buf *out, const struct pb_json *finding);
/* "in the project: genshi/core.py:12, in f"; nothing when it is unknown. */
void pb_say_blame(struct pb_buf *out, const struct pb_json *blame);

/* --- say_entry.c -------------------------------------------------------- */

/* Adds the paragraphs of an entry without their markup, each on one line.
   Examples, which are deeper than the line with "::" above them, are left
   out. */
void pb_say_entry(struct pb_strv *out, const char *rst);

/* --- say_tests.c -------------------------------------------------------- */

enum pb_tone {
    PB_TONE_PLAIN,
    PB_TONE_GOOD,
    PB_TONE_WARN,
    PB_TONE_BAD,
};

/* "65 tests newly fail; 790 pass on both sides; ..." */
void pb_say_changes(struct pb_buf *out, const struct pb_json *counts);
/* "failed: TypeError: message" */
enum pb_tone pb_say_result(struct pb_buf *out, const struct pb_json *result);

/* --- say_outcome.c ------------------------------------------------------ */

struct pb_say_outcome {
    const char *outcome;     /* in the record */
    const char *headline;    /* "" where findings have theirs */
    const char *explanation; /* when the record has no remark */
    const char *next;        /* what to do */
};

/* NULL: found, or not finished. */
const struct pb_say_outcome *pb_say_outcome(const struct pb_json *record);
/* What to do next; "" when a culprit was found. */
const char *pb_say_next(const struct pb_json *record);
/* What a test of the ends said: its signature, or type and message. */
void pb_say_failure(struct pb_buf *out, const struct pb_json *test);

/* --- say_pinned.c ------------------------------------------------------- */

/* "v3.11.2 = 878ead1ac1 (2023-02-07)" */
void pb_say_end(struct pb_buf *out, const struct pb_json *end);
/* "639 commits (first parents), 430 candidates, 312 distinct builds" */
void pb_say_range(struct pb_buf *out, const struct pb_json *cpython);
/* "genshi at 1a2b3c (0.7.1)" */
void pb_say_project(struct pb_buf *out, const struct pb_json *project);
/* "markupsafe 2.1.1, source, sha256 0123456789abcdef" */
void pb_say_distribution(struct pb_buf *out,
                         const struct pb_json *distribution);
/* "13 min 20 s: 9 revisions tried in 14 runs, 7 compiled (11 min 02 s), ..."
 */
void pb_say_time(struct pb_buf *out, const struct pb_json *record);

#endif
