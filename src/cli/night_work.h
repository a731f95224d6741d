/* What a night needs of this machine: struct pb_night_machine with real
   sessions and bisections. */
#ifndef PYBISECT_CLI_NIGHT_WORK_H
#define PYBISECT_CLI_NIGHT_WORK_H

#include "cli/cli.h"
#include "pybisect/map.h"
#include "pybisect/night.h"

struct night_work {
    struct cli *cli;
    struct pb_repo *repo; /* borrowed; to count commits in */
    struct pb_oid head;
    double start;    /* by pb_clock_monotonic */
    double deadline; /* likewise; 0: none */
    /* The project that is open. */
    char *project; /* NULL: none */
    struct pb_plan plan;
    struct pb_session session;
    struct pb_map *seconds; /* project to what a run took: double */
    struct pb_night_machine machine;
};

void night_work_init(struct night_work *work, struct cli *cli,
                     struct pb_repo *repo, const struct pb_oid *head);
void night_work_close(struct night_work *work);

#endif
