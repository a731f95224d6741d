/* What it is expected to cost to try a revision: a machine's estimates, kept
   in the journal so that a choice that was made by them can be made again. */
#ifndef PYBISECT_COSTS_H
#define PYBISECT_COSTS_H

#include "pybisect/belief.h"
#include "pybisect/cleanup.h"
#include "pybisect/json.h"

/* Candidates that are equally near. */
struct pb_ready {
    char *what; /* "in the store" */
    double seconds;
    bool stored;     /* they are known to build */
    bool proved;     /* and need no clean build at the close */
    bool run;        /* their next run is on record: it takes no time */
    size_t *members; /* ascending */
    size_t len;
    size_t cap;
};

struct pb_costs { /* all in seconds */
    double build; /* of a candidate that is in no class below */
    double failed_build;
    double good_end;
    double passing_test;
    double failing_test;
    struct pb_ready *ready;
    size_t nready;
    size_t ready_cap;
};

#define PB_COSTS_INIT                                                         \
    {                                                                         \
        .ready = NULL                                                         \
    }

void pb_costs_clear(struct pb_costs *costs);
PB_DEFINE_AUTO_CLEAR(pb_costs, struct pb_costs, pb_costs_clear)
/* An empty class; good until the next. `what` is copied. */
struct pb_ready *pb_costs_add(struct pb_costs *costs, const char *what,
                              double seconds, bool stored);
/* In ascending order. */
void pb_ready_add(struct pb_ready *ready, size_t candidate);
/* To a thousandth: what is kept of a cost is what was used. */
double pb_costs_round(double seconds);
/* The class that a candidate counts for, the cheapest; NULL: none. */
const struct pb_ready *pb_costs_ready(const struct pb_costs *costs,
                                      size_t candidate);

struct pb_json *pb_costs_to_json(const struct pb_costs *costs);
/* Members of `ncandidates` or more are left out, as is what is no cost. */
void pb_costs_from_json(const struct pb_json *json, size_t ncandidates,
                        struct pb_costs *out);

#endif
