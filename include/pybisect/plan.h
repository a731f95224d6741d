/* What a bisection was asked to do, as plain data: made from the command
   line, kept in the journal, and enough to go on after a kill. */
#ifndef PYBISECT_PLAN_H
#define PYBISECT_PLAN_H

#include <stdbool.h>

#include "pybisect/json.h"
#include "pybisect/strv.h"

/* What can be bisected, in the order in which it is run. */
enum pb_phase_id {
    PB_PHASE_ID_INSTALL,
    PB_PHASE_ID_PREPARE,
    PB_PHASE_ID_SMOKE,
    PB_PHASE_ID_TEST,
};
/* "install-python", "prepare", "smoke", "test". */
const char *pb_phase_id_name(enum pb_phase_id phase);
bool pb_phase_id_parse(const char *name, enum pb_phase_id *out);
/* The phase that a test's id belongs to. */
enum pb_phase_id pb_phase_id_of(const char *test);

struct pb_plan {
    char *project; /* a recipe's name, a directory, or NULL with .command */
    struct pb_strv command; /* -- CMD ...; empty: a project */
    char *directory;        /* where CMD runs */
    char *good;             /* as typed; NULL: probe for it */
    char *bad;              /* as typed; NULL: trunk */
    char *good_id;          /* pinned shas, once resolved */
    char *bad_id;
    char *cpython;     /* --cpython PATH; NULL: the mirror */
    char *project_dir; /* absolute */
    char *deps_dir;    /* absolute */
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
    char *phase; /* --phase: only this one; NULL: all */
    bool no_ccache;
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
/* The last phase that is run: what follows the one asked for is not. */
enum pb_phase_id pb_plan_last_phase(const struct pb_plan *plan);
/* "genshi v3.11.2..main". Caller frees. */
char *pb_plan_title(const struct pb_plan *plan);

#endif
