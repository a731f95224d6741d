/* One revision, one answer: what became of building it and running tests on
   it. The engine asks for evaluations through struct pb_machine, a table of
   function pointers: the local machine is one implementation, tests have a
   fake one, and a farm of Buildbot workers can be another. */
#ifndef PYBISECT_EVALUATION_H
#define PYBISECT_EVALUATION_H

#include <stdbool.h>

#include "pybisect/costs.h"
#include "pybisect/digest.h"
#include "pybisect/git.h"
#include "pybisect/interpreter.h"
#include "pybisect/journal.h"
#include "pybisect/results.h"
#include "pybisect/strv.h"

enum pb_evaluation_status {
    PB_EVALUATION_TESTED,
    PB_EVALUATION_UNBUILDABLE, /* .reason, .log */
    PB_EVALUATION_UNTESTABLE,  /* the command said 125 */
};

struct pb_evaluation {
    enum pb_evaluation_status status;
    char *reason; /* not TESTED: one line */
    char *log;    /* path, or NULL */
    enum pb_build_end build;
    enum pb_audit audit; /* of the build */
    double build_seconds;
    double test_seconds;
    size_t dependencies_built; /* for this run, in dependency_seconds; the
                                  project's own build is one of them */
    double dependency_seconds;
    bool recalled; /* known before: neither built nor run now */
    bool twin;     /* built, but not run: .tested has the same interpreter */
    struct pb_oid tested;      /* the commit that the tests ran on */
    struct pb_digest output;   /* of the interpreter */
    struct pb_results results; /* TESTED */
};

#define PB_EVALUATION_INIT                                                    \
    {                                                                         \
        .results = PB_RESULTS_INIT                                            \
    }
void pb_evaluation_clear(struct pb_evaluation *evaluation);
PB_DEFINE_AUTO_CLEAR(pb_evaluation, struct pb_evaluation, pb_evaluation_clear)

/* What is asked. */
struct pb_request {
    struct pb_oid commit;
    struct pb_keys keys;
    const struct pb_strv *tests; /* borrowed; NULL or empty: the whole suite */
    bool clean;                  /* build from scratch in a fresh tree */
    unsigned take; /* 0 for the first run; 1, 2, ... repeat it afresh */
    int64_t scope; /* clean: whose closing check this is; else 0 */
};

struct pb_machine {
    /* Digest over all that is the same for every revision and can change a
       result: toolchain, recipe, pins, platform. */
    struct pb_digest identity;
    /* What the journal has of builds that turn out to be wrong is forgotten
       before this returns. */
    int (*build)(void *context, const struct pb_request *request,
                 struct pb_build *out, struct pb_error *err);
    /* Fills in status, reason, log, results and test_seconds. */
    int (*test)(void *context, const struct pb_request *request,
                const struct pb_build *build, struct pb_evaluation *out,
                struct pb_error *err);
    /* What it would take to build each candidate now; fills in all but the
       seconds of tests. False, or no function: it cannot tell. */
    bool (*estimate)(void *context, struct pb_costs *out);
    /* Can this test be asked for alone? */
    bool (*selectable)(void *context, const char *id);
    void *context;
};

/* The journal's key of a request. Equal behaviour, equal key. */
struct pb_digest pb_request_key(const struct pb_machine *machine,
                                const struct pb_request *request);

/* The journal's key of what an interpreter with this output would do: equal
   output beside an equal library is equal behaviour, whatever the sources. */
struct pb_digest pb_request_twin_key(const struct pb_machine *machine,
                                     const struct pb_request *request,
                                     const struct pb_digest *output);

/* From the journal. *out_known false: nothing is on record. A record that
   cannot be read counts as none. */
int pb_evaluation_recall(struct pb_journal *journal,
                         const struct pb_digest *key,
                         struct pb_evaluation *out, bool *out_known,
                         struct pb_error *err);
int pb_evaluation_record(struct pb_journal *journal,
                         const struct pb_digest *key,
                         const struct pb_evaluation *evaluation,
                         struct pb_error *err);

/* The evaluation of a build that failed, or, for one that did not, that of
   its twin, or of its tests run now; recorded. A clean request has no twin.
   For callers that build and test as two steps. */
int pb_evaluation_make(struct pb_journal *journal,
                       const struct pb_machine *machine,
                       const struct pb_request *request,
                       const struct pb_build *build, struct pb_evaluation *out,
                       struct pb_error *err);

/* Recall, or build, test and record: for callers that want it at one go.
   Takes no notice of events. */
int pb_evaluate(struct pb_journal *journal, const struct pb_machine *machine,
                const struct pb_request *request, struct pb_evaluation *out,
                struct pb_error *err);

#endif
