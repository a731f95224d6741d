/* Everything that a plan needs, opened on this machine: CPython's history,
   the recipe and its project, the builder, the journal. It implements
   struct pb_machine with real builds and real trials. */
#ifndef PYBISECT_SESSION_H
#define PYBISECT_SESSION_H

#include "pybisect/bisection.h"
#include "pybisect/fs.h"
#include "pybisect/plan.h"
#include "pybisect/recipe.h"

/* Where things are. All absolute, owned. */
struct pb_places {
    char *data;     /* mirror, clones, journal */
    char *cache;    /* store, work trees, logs */
    char *config;   /* the user's recipes */
    char *recipes;  /* shipped recipes, cpython.yml */
    char *reporter; /* reporter.py */
    char *builder;  /* build_dist.py */
};

/* XDG directories, PYBISECT_HOME and PYBISECT_RECIPES considered. */
int pb_places_init(struct pb_places *out, struct pb_error *err);
void pb_places_clear(struct pb_places *places);
PB_DEFINE_AUTO_CLEAR(pb_places, struct pb_places, pb_places_clear)

struct pb_estimator; /* estimate.h */

struct pb_session {
    struct pb_plan *plan;           /* borrowed; pins are filled in */
    const struct pb_places *places; /* borrowed */
    const struct pb_progress *progress;
    const struct pb_cancel *cancel;
    struct pb_repo *repo;
    struct pb_recipe recipe;
    struct pb_project project;
    struct pb_pins pins;                  /* what it needs beside --deps */
    struct pb_dependencies *dependencies; /* NULL: there is nothing to build */
    bool unbuildable; /* something did not build, and .plan is not apart */
    struct pb_builder *builder;
    char *sandbox; /* path of the bwrap that confines; NULL: none is wanted */
    struct pb_journal *journal;
    struct pb_rules *rules; /* the user's, then the shipped ones */
    struct pb_oid good;     /* unset (zero) while it has to be probed for */
    struct pb_oid bad;
    struct pb_range range;
    struct pb_candidates candidates;
    struct pb_machine machine;
    struct pb_estimator *estimator; /* NULL until something is estimated */
    struct pb_strv notes;    /* what the user should know, in sentences */
    struct pb_own workspace; /* directory of trials */
};

/* pb_bisection_step; when the disk is full, room is made by evicting, which
   is noted, and the step done again. */
int pb_session_step(struct pb_session *session, struct pb_bisection *bisection,
                    struct pb_event *out_event, struct pb_error *err);

/* The mirror or --cpython; a missing mirror is cloned, one that is there is
   brought up to date (a failure to do so is a note). */
int pb_session_open_history(struct pb_session *session, struct pb_error *err);
/* The builder alone, for running an interpreter without a project. */
int pb_session_open_builder(struct pb_session *session, struct pb_error *err);
/* The user's rules, then the shipped ones. */
int pb_session_load_rules(struct pb_session *session, struct pb_error *err);
/* Recipe, project copy, builder, journal: after the history, with .bad set,
   whose version of CPython decides what in the recipe differs by version. */
int pb_session_open_project(struct pb_session *session, struct pb_error *err);
/* What it takes to go through a bisection of this plan again by the journal
   alone: recipe and journal, and a machine of the plan's identity that builds
   nothing. After the history, with .bad set. */
int pb_session_open_replay(struct pb_session *session, struct pb_error *err);
/* Both ends resolved and pinned in the plan, and the range between them;
   .good and .range stay empty if the plan has no good end. */
int pb_session_resolve(struct pb_session *session, struct pb_error *err);
/* Keys and candidates of the range. An error if there are none. */
int pb_session_load_candidates(struct pb_session *session,
                               struct pb_error *err);
/* Keys of single commits, for exec, try and probes. */
int pb_session_keys(struct pb_session *session, const struct pb_oid *commit,
                    struct pb_keys *out, struct pb_error *err);
/* All but id, match, phase and who is told; borrowed from the session. */
void pb_session_bisection_options(struct pb_session *session,
                                  struct pb_bisection_options *out);
/* For the engine's `undone`: context is the session, range and candidates
   loaded. What cannot be told is none. */
size_t pb_session_undone(void *context, size_t candidate);
/* For the engine's `weigh`, likewise: by what each candidate's commit touches
   of what the failures, and the tests' imports, speak of. */
void pb_session_weigh(void *context, const struct pb_result *const *failures,
                      size_t nfailures, double *weights);
/* After a dependency did not build: whether it does is part of what is looked
   for, so that from now on no revision goes by what another one built. All
   that was evaluated before is to be evaluated again. */
void pb_session_build_apart(struct pb_session *session);
void pb_session_close(struct pb_session *session);
PB_DEFINE_AUTO_CLEAR(pb_session, struct pb_session, pb_session_close)

/* "..bad": tries probes until one lacks a failure that `bad` has; sets .good
   and the range.
   `tried` is told of each probe before and after; may be NULL. */
struct pb_probe_watch {
    void (*trying)(const struct pb_oid *commit, void *context);
    void (*tried)(const struct pb_oid *commit,
                  const struct pb_evaluation *evaluation, bool good,
                  void *context);
    void *context;
};
int pb_session_probe(struct pb_session *session,
                     const struct pb_probe_watch *watch, struct pb_error *err);

#endif
