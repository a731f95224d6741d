/* The engine. pb_bisection_step() does one thing, records it and returns
   what happened; it never prints. What it has done is in the journal before
   the next step starts, and its choices depend on evaluations alone, so a
   killed bisection is resumed by starting it again: whatever is on record is
   recalled instead of done.

   The course of a bisection:
     ends      the whole suite at the good and at the bad end; tests that
               fail at both are left out
     confirm   the regressed tests alone, at both ends: what does not
               reproduce is flaky and left out
     search    at each revision tried, the regressed tests alone; tests with
               the same signature and the same verdicts so far move together
               as a hunt; each hunt ends with its own culprit or suspects
     revert    an answer that a later commit seems to have undone is tried
               right behind that commit: if all is well there, it broke once
               more later on, and the search goes on
     repeat    the tests of each answer a few times more right before and
               after the change, until it is sure enough
     close     culprit and parent built from clean and the whole suite run on
               both; if that disagrees, the culprit is disputed, not named

       while (pb_bisection_step(bisection, &event, err) == 0
              && event.kind != PB_EVENT_FINISHED) {
           show(&event);
       }
*/
#ifndef PYBISECT_BISECTION_H
#define PYBISECT_BISECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/candidates.h"
#include "pybisect/evaluation.h"
#include "pybisect/journal.h"
#include "pybisect/plan.h"
#include "pybisect/regex.h"
#include "pybisect/search.h"
#include "pybisect/verdict.h"

struct pb_bisection_options {
    struct pb_journal *journal; /* all borrowed */
    int64_t id;                 /* of the journal's bisection */
    const struct pb_machine *machine;
    const struct pb_range *range;
    const struct pb_candidates *candidates;
    const struct pb_strv *tests;  /* --test: only these; NULL: all */
    const struct pb_regex *match; /* --match: only regressions whose
                                     "id: signature" matches; NULL: all */
    const enum pb_phase *phase;   /* --phase: only regressions of this
                                     one; NULL: of all */
    const struct pb_strv *known_failures;
    size_t min_tests;    /* fewer at the good end: not a usable suite */
    size_t max_culprits; /* 0: 4 */
    bool first; /* of several changes to bad the first, not the last */
    /* The candidate that seems to undo another one (undo.h), where it is worth
       a look whether all is well again; PB_CANDIDATES_NONE: none does. May be
       NULL. It must say the same each time. */
    size_t (*undone)(void *context, size_t candidate);
    void *undone_context;
};

struct pb_bisection; /* opaque but for the getters below */

struct pb_bisection *
pb_bisection_new(const struct pb_bisection_options *options);
void pb_bisection_free(struct pb_bisection *bisection);
PB_DEFINE_AUTO_FREE(pb_bisection, struct pb_bisection, pb_bisection_free)

enum pb_purpose {
    PB_PURPOSE_GOOD_END,
    PB_PURPOSE_BAD_END,
    PB_PURPOSE_CONFIRM, /* the regressed tests alone, at an end */
    PB_PURPOSE_SEARCH,
    PB_PURPOSE_REVERT, /* behind an answer, where it seems to be undone */
    PB_PURPOSE_REPEAT, /* once more, at an answer's edges */
    PB_PURPOSE_CLOSE,  /* clean, at culprit or parent */
};
const char *pb_purpose_name(enum pb_purpose purpose); /* "good end", ... */

enum pb_event_kind {
    PB_EVENT_CHOSEN,    /* .trial names what is tried next */
    PB_EVENT_BUILT,     /* .build says how it went; when its audit is
                           DIFFERENT, the bisection starts over */
    PB_EVENT_TRIED,     /* .trial->evaluation is in; .verdict, .suspects */
    PB_EVENT_REGRESSED, /* ends settled: the regressions are known */
    PB_EVENT_HUNT,      /* a hunt has its answer: .hunt */
    PB_EVENT_FINISHED,
};

#define PB_GOOD_END ((size_t)-1) /* in place of a candidate's index */

struct pb_trial_record { /* one row of "everything tried" */
    enum pb_purpose purpose;
    size_t candidate; /* or PB_GOOD_END */
    struct pb_oid commit;
    size_t about;  /* REPEAT, REVERT: the candidate whose guilt is in
                      question */
    size_t ntests; /* asked for; 0: the whole suite */
    bool clean;
    enum pb_verdict verdict; /* SEARCH, REVERT: for the hunt that asked */
    struct pb_evaluation evaluation;
};

struct pb_event {
    enum pb_event_kind kind;
    const struct pb_trial_record *trial; /* CHOSEN, BUILT, TRIED */
    const struct pb_build *build;        /* BUILT */
    size_t hunt;                         /* HUNT; TRIED in search */
    size_t suspects; /* CHOSEN and TRIED in search: candidates left */
    size_t steps;    /* likewise: about so many tests to go */
};

/* Does one thing. After FINISHED it goes on returning FINISHED. */
int pb_bisection_step(struct pb_bisection *bisection,
                      struct pb_event *out_event, struct pb_error *err);

/* --- what was found; pointers borrowed until the next step ------------- */

enum pb_finding {
    PB_FINDING_NONE,        /* not finished */
    PB_FINDING_FOUND,       /* every hunt that was followed has its culprit */
    PB_FINDING_SUSPECTS,    /* some hunt ends in several suspects */
    PB_FINDING_DISPUTED,    /* the closing checks disagree with the search */
    PB_FINDING_GOOD_IS_BAD, /* what fails at the bad end fails at the good */
    PB_FINDING_BAD_IS_GOOD, /* nothing fails at the bad end */
    PB_FINDING_NO_MATCH,    /* regressions, but none that --match asks for */
    PB_FINDING_FLAKY,       /* the regressions did not reproduce */
    PB_FINDING_UNTESTABLE,  /* an end cannot be built or tested */
};
const char *pb_finding_name(enum pb_finding finding); /* "found", ... */
enum pb_finding pb_bisection_finding(const struct pb_bisection *bisection);
/* One sentence for findings other than FOUND; "" else. */
const char *pb_bisection_remark(const struct pb_bisection *bisection);

/* A set of regressed tests that has moved together so far. */
struct pb_hunt {
    size_t *tests; /* indexes of regressions */
    size_t len;
    bool followed; /* false: left alone, max_culprits reached */
    struct pb_search_choice answer; /* FOUND or SUSPECTS once resolved */
    /* At the culprit the tests fail otherwise than at the bad end: .answer is
       where they stopped passing, .later where the failure took the form
       that it has at the bad end. */
    bool masked;
    struct pb_search_choice later;
    bool *suspects;     /* a flag a candidate; SUSPECTS only, else NULL */
    double probability; /* of .answer.candidate, or of the suspects */
    bool confirmed;     /* FOUND: the closing checks agree */
    /* FOUND: rows of the closing checks, or SIZE_MAX. */
    size_t culprit_trial;
    size_t parent_trial;
};

size_t pb_bisection_hunts(const struct pb_bisection *bisection);
const struct pb_hunt *pb_bisection_hunt(const struct pb_bisection *bisection,
                                        size_t index);
size_t pb_bisection_regressions(const struct pb_bisection *bisection);
const struct pb_regression *
pb_bisection_regression(const struct pb_bisection *bisection, size_t index);
/* True if the regressions show only when the whole suite runs. */
bool pb_bisection_needs_whole_suite(const struct pb_bisection *bisection);
/* True if it did not reproduce when run again. */
bool pb_bisection_is_flaky(const struct pb_bisection *bisection, size_t index);

/* Where, along the range, a hunt's verdict is known to change: the first
   candidate that was found bad, then the first found good again, and so on.
   One: it broke and stayed so. For first-parent ranges only; else 0. Caller
   frees. */
size_t pb_bisection_turns(const struct pb_bisection *bisection, size_t hunt,
                          size_t **out_candidates);

size_t pb_bisection_trials(const struct pb_bisection *bisection);
const struct pb_trial_record *
pb_bisection_trial(const struct pb_bisection *bisection, size_t index);
/* The whole-suite runs at the ends; NULL when not run. */
const struct pb_trial_record *
pb_bisection_end(const struct pb_bisection *bisection, bool bad);
/* Their difference; NULL until both ends were tested. */
const struct pb_diff *pb_bisection_diff(const struct pb_bisection *bisection);
const struct pb_bisection_options *
pb_bisection_options(const struct pb_bisection *bisection);
/* The commit that a candidate's index stands for. */
const struct pb_oid *pb_bisection_commit(const struct pb_bisection *bisection,
                                         size_t candidate);
/* The candidate that holds a candidate's first parent, or PB_GOOD_END. */
size_t pb_bisection_parent(const struct pb_bisection *bisection,
                           size_t candidate);
/* That parent itself: the commit right before the candidate's first. */
const struct pb_oid *
pb_bisection_parent_commit(const struct pb_bisection *bisection,
                           size_t candidate);
/* "does not build: make: error ...", "skipped (125)", "fails otherwise: ..."
   or "not tested": why a candidate is still suspect. Caller frees. */
char *pb_bisection_reason(const struct pb_bisection *bisection, size_t hunt,
                          size_t candidate);

#endif
