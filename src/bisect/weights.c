/* How likely each candidate is to be the culprit before any run, by signature:
   what the caller makes of the failures at the bad end, or what is on record
   of it where the search is gone through again. */
#include <math.h>
#include <stdio.h>

#include "bisect/engine.h"
#include "pybisect/alloc.h"

#define MOST_FAILURES 16 /* of a signature that are looked at */

/* Weights of one stand for most: [candidate, weight, ...] has the others. */
static struct pb_json *
to_json(const double *weights, size_t len)
{
    struct pb_json *array = pb_json_array();
    for (size_t i = 0; i < len; i++) {
        if (fabs(weights[i] - 1) > 1e-9) {
            pb_json_append(array, pb_json_integer((int64_t)i));
            pb_json_append(array, pb_json_integer((int64_t)weights[i]));
        }
    }
    return array;
}

static double *
all_alike(size_t len)
{
    double *weights = pb_alloc_array(len, sizeof(*weights));
    for (size_t i = 0; i < len; i++) {
        weights[i] = 1;
    }
    return weights;
}

static double *
from_json(const struct pb_json *array, size_t len)
{
    double *weights = all_alike(len);
    for (size_t i = 0; i + 1 < pb_json_length(array); i += 2) {
        int64_t candidate = pb_json_whole(pb_json_at(array, i));
        int64_t weight = pb_json_whole(pb_json_at(array, i + 1));
        if (candidate >= 0 && (size_t)candidate < len && weight >= 0) {
            weights[candidate] = (double)weight;
        }
    }
    return weights;
}

static double *
ask(const struct pb_bisection *bisection, size_t group)
{
    const struct pb_bisection_options *options = &bisection->options;
    const struct pb_results *results =
        &bisection->trials[bisection->bad_trial]->evaluation.results;
    const struct pb_result *failures[MOST_FAILURES];
    size_t count = 0;
    for (size_t i = group;
         i < bisection->nregressions && count < MOST_FAILURES; i++)
    {
        if (bisection->group[i] == group) {
            failures[count++] =
                pb_results_find(results, bisection->regressions[i].id);
        }
    }
    double *weights = all_alike(options->candidates->len);
    options->weigh(options->weigh_context, failures, count, weights);
    for (size_t i = 0; i < options->candidates->len; i++) {
        weights[i] = floor(weights[i]); /* as they are kept */
    }
    return weights;
}

void
pb_weights_find(struct pb_bisection *bisection)
{
    const struct pb_json *recorded = pb_engine_recorded(bisection);
    const struct pb_json *prior = pb_json_get(recorded, "prior");
    size_t len = bisection->options.candidates->len;
    for (size_t i = 0; i < bisection->nregressions; i++) {
        size_t group = bisection->group[i];
        char name[32];
        snprintf(name, sizeof(name), "%zu", group);
        if (group != i) {
            bisection->weights[i] = bisection->weights[group];
        }
        else if (recorded != NULL && pb_json_has(prior, name)) {
            bisection->weights[i] = from_json(pb_json_get(prior, name), len);
        }
        else if (recorded == NULL && bisection->options.weigh != NULL &&
                 pb_rows_representative(bisection, i) != PB_NO_REGRESSION)
        {
            bisection->weights[i] = ask(bisection, i);
        }
    }
}

void
pb_weights_clear(struct pb_bisection *bisection)
{
    for (size_t i = 0; i < bisection->nregressions; i++) {
        if (bisection->group[i] == i) {
            free(bisection->weights[i]);
        }
    }
    free(bisection->weights);
}

struct pb_json *
pb_weights_to_json(const struct pb_bisection *bisection)
{
    struct pb_json *prior = pb_json_object();
    for (size_t i = 0; i < bisection->nregressions; i++) {
        char name[32];
        snprintf(name, sizeof(name), "%zu", i);
        if (bisection->group[i] == i && bisection->weights[i] != NULL) {
            pb_json_set(prior, name,
                        to_json(bisection->weights[i],
                                bisection->options.candidates->len));
        }
    }
    return prior;
}
