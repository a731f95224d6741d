/* What a bisection was asked to do, as plain data: made from the command
   line, kept in the journal, and enough to go on after a kill. */
#ifndef PYBISECT_PLAN_H
#define PYBISECT_PLAN_H

#include <stdbool.h>

#include "pybisect/classify.h"
#include "pybisect/json.h"
#include "pybisect/strv.h"

/* What --phase takes: "install-python", "prepare", "smoke", "test". */
bool pb_plan_parse_phase(const char *name, enum pb_phase *out);
/* Of a test's id, one of these four: what the suite or a command says as a
   whole belongs to the tests. */
enum pb_phase pb_plan_phase_of(const char *id);

struct pb_plan {
    char *project; /* a recipe's name, a directory, or NULL with .command */
    struct pb_strv command; /* -- CMD ...; empty: a project */
    char *directory;        /* where CMD runs */
    char *good;             /* as typed; NULL: probe for it */
    char *bad;              /* as typed; NULL: trunk */
    char *good_id;          /* pinned shas, once resolved */
    char *bad_id;
    char *cpython;             /* --cpython PATH; NULL: the mirror */
    char *project_dir;         /* absolute */
    char *deps_dir;            /* absolute */
    struct pb_strv find_links; /* absolute */
    struct pb_json *pins;      /* of distributions; NULL: none yet */
    bool apart; /* each revision builds them itself: whether it can is what
                   the bisection is about */
    char *ref;
    char *project_revision; /* pinned, once opened */
    char *source;           /* pristine copy of it, once opened */
    struct pb_strv tests;
    char *match;
    bool all_parents;
    long jobs;
    char *cc;
    struct pb_strv configure_args;
    long timeout; /* seconds a test run; 0: the recipe's */
    long max_culprits;
    bool first;
    bool different; /* what fails otherwise than at the good end, too */
    char *phase;    /* --phase: only this one; NULL: all */
    bool no_ccache;
    char *identity;   /* of the machine that results are kept for, in hex */
    char *confidence; /* "0.99"; NULL: that */
    bool deterministic;
    long repeat;  /* runs at each revision, at least; 0: 1 */
    char *budget; /* "40", runs, or "2h", "30m", "90s"; NULL: none */
    bool no_prior;
    bool by_runs;  /* revisions are chosen by what a run tells, not a second */
    long ahead;    /* builds made ahead at a time; 0: none */
    char *sandbox; /* "bwrap" or "none"; NULL: PYBISECT_SANDBOX, else bwrap */
};

#define PB_PLAN_INIT                                                          \
    {                                                                         \
        .project = NULL                                                       \
    }

void pb_plan_clear(struct pb_plan *plan);
PB_DEFINE_AUTO_CLEAR(pb_plan, struct pb_plan, pb_plan_clear)
struct pb_json *pb_plan_to_json(const struct pb_plan *plan);
int pb_plan_from_json(const struct pb_json *json, struct pb_plan *out,
                      struct pb_error *err);
/* "bwrap" or "none". */
bool pb_plan_parse_sandbox(const char *text);
/* A number in (0, 1). */
bool pb_plan_parse_confidence(const char *text, double *out);
/* One of the two is set, the other 0. */
bool pb_plan_parse_budget(const char *text, size_t *out_runs,
                          double *out_seconds);
/* Is it run? What follows the phase that is asked for is not. */
bool pb_plan_runs(const struct pb_plan *plan, enum pb_phase phase);
/* The phase asked for; TEST, without --phase. */
enum pb_phase pb_plan_phase(const struct pb_plan *plan);
/* "genshi v3.11.2..main". Caller frees. */
char *pb_plan_title(const struct pb_plan *plan);

#endif
