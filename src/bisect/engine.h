/* The engine's insides, shared by the files of this room that make up one
   bisection: ends.c and confirm.c settle the ends, rows.c keeps what was seen,
   hunt.c parts the regressions by it, answer.c says what is to be believed of
   each part, choose.c what is tried next, close.c checks the answers,
   bisection.c drives. */
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
    PB_STAGE_CLOSE,
    PB_STAGE_DONE,
};

struct pb_pending { /* the trial under way */
    bool chosen;
    bool built;
    struct pb_request request;
    struct pb_strv tests;
    bool *asked; /* of which regressions it is to tell; NULL: of all */
    struct pb_costs costs; /* that the choice was made by */
    bool by_costs;
    struct pb_digest key;
    struct pb_trial_record *trial;
    struct pb_build build;
};

/* Verdicts on all regressions in one trial. */
struct pb_row {
    size_t trial;
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
    size_t *group; /* the first of its kind and signature */
    bool *active;  /* run at each step */
    bool *flaky;
    bool whole_suite; /* steps run everything: selection does not do */

    /* confirm.c */
    bool *alone; /* reproduced when run alone; NULL unless some did not */
    size_t confirm_from;  /* the first trial of the present way to confirm */
    size_t confirm_alone; /* of the way before: alone */

    /* rows.c */
    struct pb_row *rows;
    size_t nrows;
    size_t rows_cap;

    /* hunt.c */
    bool *unsteady; /* passes and fails at one revision */
    struct pb_hunt *hunts;
    size_t nhunts;
    double **weights; /* by regression, those of its signature; NULL: not
                         asked for yet, or none */

    /* The steps on record when it started: choices are made once more by the
       costs that they were made by. NULL: not read yet. */
    struct pb_json *past;

    /* revert.c: by candidate, what undoes it; PB_NOT_ASKED */
    size_t *undone;

    /* close.c */
    /* outlook.c: seconds of a build from clean, as measured before; negative:
       not asked for yet */
    double clean_build;

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
/* The same from clean, at any commit of the candidate. */
void pb_engine_choose_clean(struct pb_bisection *bisection, size_t candidate,
                            const struct pb_oid *commit,
                            const struct pb_strv *tests, unsigned take);
/* The take of the next run at this candidate, which makes it a new one. */
unsigned pb_engine_next_take(const struct pb_bisection *bisection,
                             size_t candidate);
/* Is the next run at this candidate, with these tests, on record? */
bool pb_engine_is_known(const struct pb_bisection *bisection, size_t candidate,
                        const struct pb_strv *tests);
/* The step on record for the trial that is chosen next; NULL: none. */
const struct pb_json *pb_engine_recorded(const struct pb_bisection *bisection);
/* Ends the bisection. */
void pb_engine_finish(struct pb_bisection *bisection, enum pb_finding finding,
                      const char *format, ...) PB_PRINTF(3, 4);
/* Index of the last trial. */
size_t pb_engine_last_trial(const struct pb_bisection *bisection);
/* Are as many runs, or as much time, used up as there were to be? */
bool pb_engine_budget_spent(const struct pb_bisection *bisection);

/* Each of the next five either chooses a trial, or moves to another phase,
   or finishes, or (close) tells a hunt. */
void pb_ends_advance(struct pb_bisection *bisection);
void pb_confirm_advance(struct pb_bisection *bisection);
void pb_search_advance(struct pb_bisection *bisection);
/* True: a trial was chosen. */
bool pb_revert_advance(struct pb_bisection *bisection);
bool pb_close_advance(struct pb_bisection *bisection,
                      struct pb_event *out_event); /* true: an event */

/* --- confirm.c ---------------------------------------------------------- */

/* Ends the bisection: nothing is left that does. */
void pb_confirm_finish_flaky(struct pb_bisection *bisection);

/* --- rows.c ------------------------------------------------------------- */

/* The verdict on one regression in one evaluation. */
enum pb_verdict pb_engine_verdict(const struct pb_regression *regression,
                                  const struct pb_evaluation *evaluation);
/* The regression whose verdicts a test shares: itself, if it is run; else the
   first of its signature that is. PB_NO_REGRESSION if none is. */
size_t pb_rows_representative(const struct pb_bisection *bisection,
                              size_t test);
/* Takes in what was seen in a trial. `asked`: of which regressions it tells;
   NULL: of all. */
void pb_rows_add(struct pb_bisection *bisection, size_t trial,
                 const bool *asked);
void pb_rows_clear(struct pb_bisection *bisection);
/* What most runs at a candidate said of a regression. */
enum pb_verdict pb_rows_verdict(const struct pb_bisection *bisection,
                                size_t regression, size_t candidate);
/* Fills .unsteady. */
void pb_rows_find_unsteady(struct pb_bisection *bisection);
/* What a run said of a hunt as a whole. */
enum pb_verdict pb_rows_hunt_verdict(const struct pb_bisection *bisection,
                                     const struct pb_hunt *hunt,
                                     const struct pb_row *row);
/* The same of a run that is no row yet. */
enum pb_verdict pb_rows_hunt_in(const struct pb_bisection *bisection,
                                const struct pb_hunt *hunt,
                                const struct pb_evaluation *evaluation);
/* And most runs at a candidate. */
enum pb_verdict pb_rows_hunt_at(const struct pb_bisection *bisection,
                                const struct pb_hunt *hunt, size_t candidate);
const struct pb_row *pb_rows_of_trial(const struct pb_bisection *bisection,
                                      size_t trial);

/* --- hunt.c ------------------------------------------------------------- */

/* Partition of the regressions by kind, signature and verdicts so far, each
   with its answer; the largest first. */
void pb_hunt_regroup(struct pb_bisection *bisection);
void pb_hunts_clear(struct pb_bisection *bisection);
/* Is it flaky, as far as is known by now, and left to steady ones? */
bool pb_hunt_leaves_out(const struct pb_bisection *bisection, size_t test);
/* The ids to ask for, of the hunt's tests that stand for the others. */
void pb_hunt_add_tests(const struct pb_bisection *bisection,
                       const struct pb_hunt *hunt, struct pb_strv *out);
/* Marks them; `asked` by regression. */
void pb_hunt_mark(const struct pb_bisection *bisection,
                  const struct pb_hunt *hunt, bool *asked);
/* The first hunt that ends at this candidate; PB_NO_HUNT. */
size_t pb_hunt_ending_at(const struct pb_bisection *bisection,
                         size_t candidate);
/* Distinct answers so far. */
size_t pb_hunt_answers(const struct pb_bisection *bisection);
/* It has an answer that none before it has. */
bool pb_hunt_is_first(const struct pb_bisection *bisection, size_t hunt);

/* --- answer.c ----------------------------------------------------------- */

struct pb_search_space pb_engine_space(const struct pb_bisection *bisection);
double pb_engine_confidence(const struct pb_bisection *bisection);
/* What all runs say of a hunt. later: where its failure took its last form,
   instead of where its tests stopped passing. costs, if any, say what is
   known to build. Caller frees with pb_belief_free. */
struct pb_belief *pb_answer_belief(struct pb_bisection *bisection,
                                   const struct pb_hunt *hunt, bool later,
                                   const struct pb_costs *costs);
/* Fills in the hunt's answer, and what follows from it. */
void pb_answer_find(struct pb_bisection *bisection, struct pb_hunt *hunt);
/* The probability and the rates alone, by all that is known now. */
void pb_answer_refresh(struct pb_bisection *bisection, struct pb_hunt *hunt);

/* --- weights.c ---------------------------------------------------------- */

/* Fills .weights, from the step on record if there is one. */
void pb_weights_find(struct pb_bisection *bisection);
void pb_weights_clear(struct pb_bisection *bisection);
/* For the record of the first step of the search. */
struct pb_json *pb_weights_to_json(const struct pb_bisection *bisection);

/* --- choose.c ----------------------------------------------------------- */

/* The hunt that wants a trial next, and whether it is the later answer that
   it looks for; PB_NO_HUNT when all that are to be followed have theirs. */
size_t pb_choose_asking(const struct pb_bisection *bisection, bool *out_later);

#endif
