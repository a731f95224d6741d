/* The engine. pb_bisection_step() does one thing, records it and returns
   what happened; it never prints. What it has done is in the journal before
   the next step starts, and its choices depend on evaluations alone, so a
   killed bisection is resumed by starting it again: whatever is on record is
   recalled instead of done.

   The course of a bisection:
     ends      the whole suite at the good and at the bad end; tests that
               fail at both are left out
     confirm   the regressed tests alone, at both ends, until it is settled
               whether they tell the ends apart at all: what does not is
               flaky and left out
     search    at the revision that tells most a second (belief.h) the
               regressed tests alone, or once more where they ran before;
               tests with the same signature and the same verdicts so far
               move together as a hunt; each hunt ends with its own culprit
               or suspects
     revert    an answer that a later commit seems to have undone is tried
               right behind that commit: if all is well there, it broke once
               more later on, and the search goes on
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

#include "pybisect/belief.h"
#include "pybisect/candidates.h"
#include "pybisect/costs.h"
#include "pybisect/evaluation.h"
#include "pybisect/journal.h"
#include "pybisect/plan.h"
#include "pybisect/regex.h"
#include "pybisect/verdict.h"

struct pb_bisection_options {
    struct pb_journal *journal; /* all borrowed */
    int64_t id;                 /* of the journal's bisection; 0: none, and
                                   its steps are not kept */
    const struct pb_machine *machine;
    const struct pb_range *range;
    const struct pb_candidates *candidates;
    const struct pb_strv *tests;  /* --test: only these; NULL: all */
    const struct pb_regex *match; /* --match: only regressions whose
                                     "id: signature" matches; NULL: all */
    const enum pb_phase *phase;   /* --phase: only regressions of this
                                     one; NULL: of all */
    const struct pb_strv *known_failures;
    bool different;      /* what failed at the good end, too, but otherwise,
                            counts as a regression */
    size_t min_tests;    /* fewer at the good end: not a usable suite */
    size_t max_culprits; /* 0: 4 */
    bool first;         /* of several changes to bad the first, not the last */
    double confidence;  /* in (0, 1) that each answer is to have; 0: .99 */
    bool deterministic; /* a failure is a failure: nothing is run again */
    size_t repeat;      /* runs at each revision tried, at least; 0: 1 */
    /* After so many runs, or so many seconds of building and testing, the
       search ends with what it has; 0: it goes on. */
    size_t budget_runs;
    double budget_seconds;
    /* How likely each candidate is to cause these failures, before any run:
       fills weights (one a candidate, 1 each before the call). NULL: all are
       alike. */
    void (*weigh)(void *context, const struct pb_result *const *failures,
                  size_t nfailures, double *weights);
    void *weigh_context;
    /* Told of each step as it goes on record; may be NULL. */
    void (*recorded)(void *context, size_t number, const struct pb_json *step);
    void *recorded_context;
    bool replay; /* only what is on record, and nothing is written */
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
    PB_PURPOSE_REPEAT, /* of the search, where the tests ran before */
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

/* Why the search chose a revision, in numbers. */
struct pb_why {
    double bits;      /* that the run was expected to tell; 0: not chosen by
                         what it tells */
    double builds;    /* P(it can be built and tested) */
    double fails;     /* P(the tests fail) */
    double seconds;   /* expected, to build and test it; 0: not estimated */
    char *ready;      /* "in the store", ...; NULL: to be built */
    double open_bits; /* that were missing to the culprit */
};

struct pb_json *pb_why_to_json(const struct pb_why *why);
/* Caller clears *out. */
void pb_why_from_json(const struct pb_json *json, struct pb_why *out);
void pb_why_clear(struct pb_why *why);
/* So many equally likely candidates would leave as much open. */
size_t pb_why_suspects(const struct pb_why *why);
/* "expected to tell 0.93 of the 8.1 bits that are missing, in about 12 s (in
   the store); ...". Caller frees. */
char *pb_why_text(const struct pb_why *why);

struct pb_trial_record { /* one row of "everything tried" */
    enum pb_purpose purpose;
    size_t candidate; /* or PB_GOOD_END */
    struct pb_oid commit;
    size_t about;      /* REVERT: the candidate whose guilt is in question */
    struct pb_why why; /* SEARCH, REPEAT */
    bool spent; /* it took time in this bisection: it was not known before */
    size_t ntests; /* asked for; 0: the whole suite */
    bool *asked;   /* by regression: is it told of? NULL: each is */
    bool clean;
    enum pb_verdict verdict; /* SEARCH, REPEAT, REVERT: for the hunt that
                                asked */
    struct pb_evaluation evaluation;
};

struct pb_event {
    enum pb_event_kind kind;
    const struct pb_trial_record *trial; /* CHOSEN, BUILT, TRIED */
    const struct pb_build *build;        /* BUILT */
    size_t hunt;                         /* HUNT; TRIED in search */
};

/* Does one thing. After FINISHED it goes on returning FINISHED. */
int pb_bisection_step(struct pb_bisection *bisection,
                      struct pb_event *out_event, struct pb_error *err);

/* Candidates that are likely to be tried after the trial under way and are not
   known to be stored, at most `most`, the likeliest to be of use first.
   Returns their number. */
size_t pb_bisection_ahead(struct pb_bisection *bisection, size_t most,
                          size_t *out);

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

enum pb_answer_state {
    PB_ANSWER_OPEN,
    PB_ANSWER_FOUND,    /* .candidate is the culprit */
    PB_ANSWER_SUSPECTS, /* no run can tell which of several it is, none
                           tells enough, or the budget is spent */
};

struct pb_answer {
    enum pb_answer_state state;
    size_t candidate;   /* SUSPECTS: the last of them */
    double probability; /* that it is the culprit; of SUSPECTS, that one of
                           them is; OPEN: of the .left likeliest */
    size_t left;        /* the smallest set that holds the culprit with the
                           confidence asked for */
    double bits;        /* that are missing to the culprit */
};

/* A set of regressed tests that has moved together so far. */
struct pb_hunt {
    size_t *tests; /* indexes of regressions */
    size_t len;
    bool followed; /* false: left alone, max_culprits reached */
    /* Its tests give different results from run to run: a run fails when one
       of them does. */
    bool pooled;
    struct pb_answer answer;
    /* At the culprit the tests fail otherwise than at the bad end: .answer is
       where they stopped passing, .later where the failure took the form
       that it has at the bad end. */
    bool masked;
    struct pb_answer later;
    bool *suspects; /* a flag a candidate; SUSPECTS only, else NULL */
    struct pb_belief_rates rates; /* how often its tests fail on both sides */
    size_t runs;                  /* that the answer rests on */
    bool confirmed;               /* FOUND: the closing checks agree */
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
/* What a trial says of a hunt; NONE: nothing. */
enum pb_verdict pb_bisection_said(const struct pb_bisection *bisection,
                                  size_t hunt, size_t trial);
/* What is to be believed of a hunt by the first `ntrials` trials alone: fills
   out[i] with the probability that candidate i is its culprit. */
void pb_bisection_believed(const struct pb_bisection *bisection, size_t hunt,
                           size_t ntrials, double *out);
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
