/* One bisection under way: what `pybisect PROJECT RANGE`, `resume` and each
   failure of a night come to. */
#ifndef PYBISECT_CLI_JOB_H
#define PYBISECT_CLI_JOB_H

#include "cli/cli.h"

struct job {
    struct cli *cli;      /* borrowed, as is .plan */
    struct pb_plan *plan; /* pins are filled in */
    struct pb_session session;
    int64_t id;      /* of the journal's bisection; 0: it is to be begun */
    int lock;        /* -1: none */
    double start;    /* by pb_clock_monotonic */
    double deadline; /* likewise; 0: it takes as long as it takes */
    /* Shas that are likelier than others, as they broke something else; NULL:
       none. */
    const struct pb_strv *suspected;
    /* Called when it has got its id; may be NULL. */
    int (*begun)(struct job *job, struct pb_error *err);
    void *context;
};

void job_close(struct job *job);
/* Keeps other processes from going on with it. */
int job_lock(struct job *job, struct pb_error *err);
/* Opens all that it needs and searches. *out_record is NULL when time ran out
   before the end: it can be gone on with. Caller frees. */
int job_run(struct job *job, struct pb_json **out_record,
            struct pb_error *err);
/* Its report goes into the journal and beside it: it is finished. */
int job_keep(struct job *job, const struct pb_json *record,
             struct pb_error *err);
char *job_report_path(const struct job *job); /* caller frees */

#endif
