/* The engine's insides, shared by the files of this room that make up one
   bisection: ends.c and confirm.c settle the ends, hunt.c follows regressions
   through the revisions tried, close.c checks the answers, bisection.c drives.
 */
#ifndef PYBISECT_BISECT_ENGINE_H
#define PYBISECT_BISECT_ENGINE_H

#include "pybisect/bisection.h"

/* Per signature, so many tests run at each step stand for all. */
#define PB_REPRESENTATIVES 50
#define PB_DEFAULT_CULPRITS 4
#define PB_NO_TRIAL ((size_t)-1)
#define PB_NO_REGRESSION ((size_t)-1)
#define PB_NO_HUNT ((size_t)-1)
#define PB_NOT_ASKED ((size_t)-2)

enum pb_stage {
    PB_STAGE_ENDS,
    PB_STAGE_CONFIRM,
    PB_STAGE_SEARCH,
    PB_STAGE_REPEAT,
    PB_STAGE_CLOSE,
    PB_STAGE_DONE,
};

struct pb_pending { /* the trial under way */
    bool chosen;
    bool built;
    struct pb_request request;
    struct pb_strv tests;
    struct pb_digest key;
    struct pb_trial_record *trial;
    struct pb_build build;
};

struct pb_column { /* verdicts of all regressions at one candidate */
    size_t candidate;
    enum pb_verdict *of;
};

struct pb_bisection {
    struct pb_bisection_options options;
    enum pb_stage stage;
    struct pb_pending pending;
    bool doubted; /* an audit found wrong builds: to be gone through anew */

    struct pb_trial_record **trials; /* in order */
    size_t ntrials;
    size_t trials_cap;

    /* ends.c */
    size_t good_trial;
    size_t bad_trial;
    struct pb_diff diff;
    bool compared;
    struct pb_regression *regressions;
    size_t nregressions;
    bool *active; /* run at each step */
    bool *flaky;
    bool whole_suite; /* steps run everything: selection does not do */

    /* confirm.c */
    bool *alone; /* reproduced when run alone; NULL unless some did not */
    size_t confirm_bad;
    size_t confirm_good;

    /* hunt.c */
    struct pb_column *columns;
    size_t ncolumns;
    size_t columns_cap;
    struct pb_hunt *hunts;
    size_t nhunts;
    size_t *rank; /* how the candidates' ids sort: breaks the search's ties */

    /* revert.c: by candidate, what undoes it; PB_NOT_ASKED */
    size_t *undone;

    /* close.c */
    size_t told; /* hunts whose answer was returned as an event */

    enum pb_finding finding;
    char *remark;
};

/* --- bisection.c -------------------------------------------------------- */

/* Makes a trial the pending one: the next steps build it and run it. tests
   NULL or empty: the whole suite. */
void pb_engine_choose(struct pb_bisection *bisection, enum pb_purpose purpose,
                      size_t candidate, const struct pb_strv *tests,
                      unsigned take);
/* The same from clean, at any commit of the candidate: whole suite. */
void pb_engine_choose_clean(struct pb_bisection *bisection, size_t candidate,
                            const struct pb_oid *commit);
/* Ends the bisection. */
void pb_engine_finish(struct pb_bisection *bisection, enum pb_finding finding,
                      const char *format, ...) PB_PRINTF(3, 4);
/* Index of the last trial. */
size_t pb_engine_last_trial(const struct pb_bisection *bisection);

/* Each of the next six either chooses a trial, or moves to another phase,
   or finishes, or (close) tells a hunt. */
void pb_ends_advance(struct pb_bisection *bisection);
void pb_confirm_advance(struct pb_bisection *bisection);
void pb_search_advance(struct pb_bisection *bisection);
/* True: a trial was chosen. */
bool pb_revert_advance(struct pb_bisection *bisection);
void pb_repeat_advance(struct pb_bisection *bisection);
bool pb_close_advance(struct pb_bisection *bisection,
                      struct pb_event *out_event); /* true: an event */

/* --- ends.c ------------------------------------------------------------- */

/* The same kind and signature: one speaks for the other. */
bool pb_ends_alike(const struct pb_regression *a,
                   const struct pb_regression *b);

/* The tests that steps run; empty: the whole suite. */
void pb_ends_step_tests(const struct pb_bisection *bisection,
                        struct pb_strv *out);

/* --- hunt.c ------------------------------------------------------------- */

/* Takes in what was seen at a candidate (or at the bad end). */
void pb_hunt_add_column(struct pb_bisection *bisection,
                        const struct pb_trial_record *trial);
/* Partition of the regressions by kind, signature and verdicts so far, each
   with its answer; the largest first. */
void pb_hunt_regroup(struct pb_bisection *bisection);
void pb_hunts_clear(struct pb_bisection *bisection);
/* The ids to ask for, of the hunt's tests that stand for the others. */
void pb_hunt_add_tests(const struct pb_bisection *bisection,
                       const struct pb_hunt *hunt, struct pb_strv *out);
/* The first hunt that ends at this candidate; PB_NO_HUNT. */
size_t pb_hunt_ending_at(const struct pb_bisection *bisection,
                         size_t candidate);
/* The hunt that wants a trial next, and which; PB_NO_HUNT when all that are
   to be followed have their answers. */
size_t pb_hunt_asking(const struct pb_bisection *bisection,
                      const struct pb_search_choice **out_choice);
/* What all tests of a hunt say at a trial: the verdict of most. */
enum pb_verdict pb_hunt_verdict(const struct pb_bisection *bisection,
                                const struct pb_hunt *hunt,
                                const struct pb_evaluation *evaluation);
enum pb_verdict pb_hunt_column_verdict(const struct pb_bisection *bisection,
                                       const struct pb_hunt *hunt,
                                       size_t candidate);
/* The verdict on one regression in one evaluation. */
enum pb_verdict pb_engine_verdict(const struct pb_regression *regression,
                                  const struct pb_evaluation *evaluation);
/* True for a trial of purpose REPEAT that ran the hunt's tests. */
bool pb_repeat_is_about(const struct pb_trial_record *trial,
                        const struct pb_hunt *hunt);
void pb_hunt_probability(struct pb_bisection *bisection, struct pb_hunt *hunt);
struct pb_search_space pb_engine_space(const struct pb_bisection *bisection);

#endif
