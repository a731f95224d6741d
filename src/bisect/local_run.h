/* A project at one revision, on this machine: its dependencies laid out, a
   workspace made for it and confined, and the recipe's phases run there. */
#ifndef PYBISECT_BISECT_LOCAL_RUN_H
#define PYBISECT_BISECT_LOCAL_RUN_H

#include "pybisect/session.h"

struct pb_local_run {
    struct pb_session *session;
    struct pb_workspace workspace;
    struct pb_laid_out laid_out;
    char *directory; /* where the tests run */
    char *log;
    const struct pb_request *request; /* borrowed */
    const struct pb_build *built;     /* borrowed */
    struct pb_process_bounds bounds;
    size_t own_builds; /* 1: the recipe's `build` was run */
    double own_seconds;
};

/* The caller clears *run, also after a failure. A dependency that does not
   build is no failure: run->laid_out.failure. */
int pb_local_run_open(struct pb_session *session,
                      const struct pb_request *request,
                      const struct pb_build *built, struct pb_local_run *run,
                      struct pb_error *err);
/* Up to where the tests could start; what became of it is added to *out. */
int pb_local_run_prepare(struct pb_local_run *run, struct pb_results *out,
                         bool *out_ready, struct pb_error *err);
/* All phases that the plan wants. tests NULL or empty: the whole suite. */
int pb_local_run_phases(struct pb_local_run *run, const struct pb_strv *tests,
                        struct pb_results *out, struct pb_error *err);
void pb_local_run_close(struct pb_local_run *run);
PB_DEFINE_AUTO_CLEAR(pb_local_run, struct pb_local_run, pb_local_run_close)

/* Seconds that one run of the tests may take. */
double pb_local_run_timeout(const struct pb_session *session);

#endif
