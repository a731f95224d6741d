/* A made-up history and a machine that builds and tests it by table, to
   drive the engine without a repository, a compiler or a process.

   A world has commits 0 to commits - 1 behind its good end. A test's letters
   say what it does, the good end first, then a letter a commit:

       .  passes                   F  fails as its message says
       S  skipped                  E  fails otherwise (TypeError)
       -  not there                C  crashes          H  hangs
       ~  fails in the first run at this commit, then passes
       A  fails in the whole suite, passes alone
       a  fails alone, passes in the whole suite
       D  fails, but passes when built from clean
       P  passes, but fails when built from clean
       r  fails, but passes when repeated
       R  passes, but fails when repeated
       o  fails, but passes in the first repeat
       h  fails every second time, but not in turn
       g  likewise, but fails in the first run
       w  fails in a wrong build

   .builds has letters too: . builds, x does not, ? cannot be tested,
   d does not build from clean, w is built wrong until it is built from clean
   once, which shows that all such builds are. */
#ifndef TESTS_BISECT_WORLD_H
#define TESTS_BISECT_WORLD_H

#include "base/scratch.h"

#include "pybisect/bisection.h"

struct world_test {
    char *id;
    char *letters;
    char *message; /* of F */
    bool unselectable;
    unsigned *runs; /* at each place */
};

struct world {
    const char *directory; /* holds the journal */
    size_t commits;
    /* To be set before the start, if at all. */
    const char *const *parents; /* "" or "0 2" a commit; NULL: a chain */
    const char *keys;           /* equal letters, equal behaviour */
    const char *builds;
    const char *outputs; /* equal letters, equal interpreters */
    /* What the machine says it takes; the context is the world. */
    bool (*estimate)(void *context, struct pb_costs *out);
    int failing_builds; /* this many calls of build() fail first */
    double seconds;     /* that running tests takes; 0: one second */

    struct pb_range range;
    struct pb_candidates candidates;
    struct pb_machine machine;
    struct pb_bisection_options options;
    struct pb_journal *journal;
    struct pb_bisection *bisection;
    struct world_test *tests;
    size_t ntests;
    size_t cap;

    /* What the machine was asked for: "build 3", "test 3: a b", "test 3
       clean: all", "test 3 take 2: a b" of repeats (they have the takes from
       WORLD_FIRST_REPEAT on), a line each; and the events. */
    struct pb_buf log;
    struct pb_buf events;
    bool audited; /* the wrong builds are known */
    size_t built;
    size_t ran;
    size_t ran_whole;  /* of these, the whole suite */
    size_t most_asked; /* tests in one run that was not the whole suite */
    size_t steps;      /* trials in search */
};

#define WORLD_FIRST_REPEAT 2

#define WORLD_INIT                                                            \
    {                                                                         \
        .log = PB_BUF_INIT, .events = PB_BUF_INIT                             \
    }

void world_init(struct world *world, const char *directory, size_t commits);
/* Returned until the next is added. */
struct world_test *world_add(struct world *world, const char *id,
                             const char *letters);
void world_add_saying(struct world *world, const char *id, const char *letters,
                      const char *message);
/* Opens the journal, begins a bisection and makes its engine; what is there
   already stays. */
void world_start(struct world *world);
/* Ends the engine and closes the journal, as a kill would. */
void world_stop(struct world *world);
/* Another bisection of the same history, in the same journal. */
void world_begin_anew(struct world *world);
void world_step(struct world *world, struct pb_event *out_event);
/* Starts if need be and steps up to FINISHED. */
void world_finish(struct world *world);
/* At most so many steps; true: FINISHED. */
bool world_steps(struct world *world, size_t most);
void world_clear(struct world *world);
PB_DEFINE_AUTO_CLEAR(world, struct world, world_clear)

/* The hunt that a test is in. */
const struct pb_hunt *world_hunt(const struct world *world, const char *id);
/* The commit that is named for a test; fails the test if none is. */
size_t world_culprit(const struct world *world, const char *id);
/* "3 4 5": the suspects' commits for a test. Caller frees. */
char *world_suspects(const struct world *world, const char *id);
size_t world_count(const struct world *world, const char *line);
/* Trials of this purpose so far. */
size_t world_trials(const struct world *world, enum pb_purpose purpose);

/* One test in a chain of commits: the usual case, to its end. */
void world_chain(struct world *world, const char *directory,
                 const char *letters);

void expect_finding(const struct world *world, enum pb_finding finding);
void expect_culprit(const struct world *world, const char *id, size_t commit);

#endif
