/* What the files of a night share: night.c drives, night_choose.c says what
   comes next, night_look.c compares a project with what it was, night_retry.c
   parts broken from flaky, night_failures.c tracks failures, night_answer.c
   takes in what bisections found, night_store.c keeps it all, night_record.c
   tells it. */
#ifndef PYBISECT_BISECT_NIGHT_PRIVATE_H
#define PYBISECT_BISECT_NIGHT_PRIVATE_H

#include <string.h>

#include "bisect/night_store.h"
#include "pybisect/night.h"
#include "pybisect/strv.h"

enum pb_night_task { PB_TASK_CHOOSE, PB_TASK_LOOK, PB_TASK_HUNT };

struct pb_night {
    struct pb_night_options options;
    struct pb_json *record; /* of the night */
    int64_t id;
    char head[PB_OID_HEX];
    enum pb_night_task task;
    const char *project;        /* LOOK */
    struct pb_night_hunt hunt;  /* HUNT; its texts belong to .hunted */
    struct pb_json *hunted;     /* the failures that it is for */
    struct pb_strv culprits;    /* found so far */
    struct pb_json *cell;       /* told last */
    struct pb_strv tried;       /* projects tried by this process */
    struct pb_strv interrupted; /* hunts that time or trouble ended: "ids" */
    double started;             /* by .elapsed */
    int64_t started_at;         /* by .now */
    int64_t last_started; /* the night before, by .now; 0: there is none */
    bool worked;          /* there was something to do */
    bool finished;
};

/* Of a night or a cell. */
static inline bool
pb_night_has_state(const struct pb_json *object, const char *state)
{
    return strcmp(pb_json_get_string(object, "state"), state) == 0;
}

/* Why the clock is not to be trusted, or NULL. Caller frees. */
char *pb_night_leap(const struct pb_night *night);
/* The night is sick, and over. */
int pb_night_sicken(struct pb_night *night, const char *why,
                    struct pb_error *err);

/* --- night_choose.c ----------------------------------------------------- */

struct pb_night_choice {
    enum pb_night_task task;  /* CHOOSE: nothing is left to be done */
    const char *project;      /* LOOK; borrowed from the options */
    struct pb_json *failures; /* HUNT; owned */
};
void pb_night_choice_clear(struct pb_night_choice *choice);
PB_DEFINE_AUTO_CLEAR(pb_night_choice, struct pb_night_choice,
                     pb_night_choice_clear)

/* May find the night sick, and thus finished. */
int pb_night_choose(struct pb_night *night, struct pb_night_choice *out,
                    struct pb_error *err);
/* "f3 f4": the failures of a hunt. Caller frees. */
char *pb_night_ids(const struct pb_json *failures);

/* --- night_look.c ------------------------------------------------------- */

/* A test that seems to have changed since it was looked at last. */
struct pb_suspect {
    const char *id;
    struct pb_night_row *row;       /* NULL: it is new */
    const struct pb_result *result; /* NULL: absent */
    char *signature;                /* of the result */
    bool red;                       /* now; else it was, and is not */
    bool represented;               /* it is asked for, for its signature */
    unsigned alone;                 /* runs alone */
    unsigned alone_same;            /* of these, that did the same again */
    bool whole;                     /* it wants a whole suite */
    bool steady;                    /* it did the same again */
    bool elsewhere; /* and it does so where it passed, by now: that is not
                       the head's doing */
};

struct pb_look {
    struct pb_night *night; /* borrowed, as is .project */
    const char *project;
    struct pb_evaluation evaluation;
    struct pb_night_rows rows;
    struct pb_json *before; /* the cell when it was looked at last, or NULL */
    struct pb_suspect *suspects;
    size_t len;
    size_t cap;
};

/* One project at the head: tests, compares and takes it in. */
int pb_night_look(struct pb_night *night, struct pb_error *err);
/* Is what it does red, for a test that was as the row says (NULL: new)? */
bool pb_look_is_red(const struct pb_night_row *row,
                    const struct pb_result *result);
/* pb_night_machine.test at a commit. */
int pb_look_run(const struct pb_look *look, const char *sha,
                const struct pb_strv *tests, unsigned take,
                struct pb_evaluation *out, struct pb_error *err);

/* --- night_retry.c ------------------------------------------------------ */

/* Fills in .steady and .elsewhere. */
int pb_look_retry(struct pb_look *look, struct pb_error *err);

/* --- night_failures.c --------------------------------------------------- */

/* What is red by now joins its failure, or begins one; a failure without a
   test is fixed. Appends the ids of those that are open, and how many of them
   are new. Inside of a change. */
int pb_look_track(struct pb_look *look, struct pb_strv *out_open,
                  size_t *out_new, struct pb_error *err);

/* --- night_answer.c ----------------------------------------------------- */

/* What is still to be bisected: [[failure ...] ...], those of one hunt
   together. */
int pb_night_waiting(struct pb_night *night, struct pb_json **out,
                     struct pb_error *err);
/* The hunt of such a list; its texts are borrowed from it. */
struct pb_night_hunt pb_night_hunt_of(const struct pb_json *failures);
/* The shas of all culprits that were found. */
int pb_night_find_culprits(struct pb_night *night, struct pb_strv *out,
                           struct pb_error *err);
/* Sets status and why of each, and saves them. */
int pb_night_set_status(struct pb_night *night, struct pb_json *failures,
                        const char *status, const char *why,
                        struct pb_error *err);
/* Takes in the report of a bisection. */
int pb_night_answer(struct pb_night *night, struct pb_json *failures,
                    const struct pb_json *report, struct pb_error *err);
/* Culprits that are new, or of which nothing is red any more, go into the
   outbox. */
int pb_night_tell(struct pb_night *night, struct pb_error *err);

/* "f3" */
char *pb_night_failure_name(const struct pb_json *failure);

/* --- night_record.c ----------------------------------------------------- */

/* A failure as it is told: without what is our own. */
struct pb_json *pb_night_failure_json(const struct pb_json *failure);
/* [{sha, ..., failures, first_red, fixed}] of failures as they are stored. */
struct pb_json *pb_night_culprits(const struct pb_json *failures);

#endif
