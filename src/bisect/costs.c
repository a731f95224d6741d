/* Costs as data: classes of candidates, to and from the journal. There they
   are runs of neighbours, [first, last], because a class is mostly made of
   those. */
#include "pybisect/costs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

void
pb_costs_clear(struct pb_costs *costs)
{
    for (size_t i = 0; i < costs->nready; i++) {
        free(costs->ready[i].what);
        free(costs->ready[i].members);
    }
    free(costs->ready);
    memset(costs, 0, sizeof(*costs));
}

struct pb_ready *
pb_costs_add(struct pb_costs *costs, const char *what, double seconds,
             bool stored)
{
    PB_GROW(costs->ready, costs->nready, costs->ready_cap);
    struct pb_ready *ready = &costs->ready[costs->nready++];
    *ready = (struct pb_ready){
        .what = pb_strdup(what),
        .seconds = seconds,
        .stored = stored,
    };
    return ready;
}

void
pb_ready_add(struct pb_ready *ready, size_t candidate)
{
    PB_GROW(ready->members, ready->len, ready->cap);
    ready->members[ready->len++] = candidate;
}

double
pb_costs_round(double seconds)
{
    return floor(seconds * 1000 + .5) / 1000;
}

static int
compare_sizes(const void *left, const void *right)
{
    size_t a = *(const size_t *)left;
    size_t b = *(const size_t *)right;
    return (a > b) - (a < b);
}

const struct pb_ready *
pb_costs_ready(const struct pb_costs *costs, size_t candidate)
{
    const struct pb_ready *best = NULL;
    for (size_t i = 0; i < costs->nready; i++) {
        const struct pb_ready *each = &costs->ready[i];
        if (each->len > 0 &&
            bsearch(&candidate, each->members, each->len,
                    sizeof(*each->members), compare_sizes) != NULL &&
            (best == NULL || each->seconds < best->seconds))
        {
            best = each;
        }
    }
    return best;
}

/* --- to the journal ------------------------------------------------------ */

static struct pb_json *
members_to_json(const struct pb_ready *ready)
{
    struct pb_json *array = pb_json_array();
    for (size_t i = 0; i < ready->len;) {
        size_t first = i;
        while (i + 1 < ready->len &&
               ready->members[i + 1] == ready->members[i] + 1) {
            i++;
        }
        struct pb_json *stretch = pb_json_array();
        pb_json_append(stretch,
                       pb_json_integer((int64_t)ready->members[first]));
        pb_json_append(stretch, pb_json_integer((int64_t)ready->members[i]));
        pb_json_append(array, stretch);
        i++;
    }
    return array;
}

struct pb_json *
pb_costs_to_json(const struct pb_costs *costs)
{
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "build", pb_json_real(costs->build));
    pb_json_set(json, "failed_build", pb_json_real(costs->failed_build));
    pb_json_set(json, "good_end", pb_json_real(costs->good_end));
    pb_json_set(json, "passing_test", pb_json_real(costs->passing_test));
    pb_json_set(json, "failing_test", pb_json_real(costs->failing_test));
    struct pb_json *classes = pb_json_array();
    for (size_t i = 0; i < costs->nready; i++) {
        const struct pb_ready *ready = &costs->ready[i];
        struct pb_json *class = pb_json_object();
        pb_json_set(class, "what", pb_json_string(ready->what));
        pb_json_set(class, "seconds", pb_json_real(ready->seconds));
        pb_json_set(class, "stored", pb_json_bool(ready->stored));
        pb_json_set(class, "proved", pb_json_bool(ready->proved));
        pb_json_set(class, "run", pb_json_bool(ready->run));
        pb_json_set(class, "candidates", members_to_json(ready));
        pb_json_append(classes, class);
    }
    pb_json_set(json, "ready", classes);
    return json;
}

/* --- and back ------------------------------------------------------------ */

static double
seconds_of(const struct pb_json *json, const char *key)
{
    double seconds = pb_json_get_real(json, key);
    return isfinite(seconds) && seconds > 0 ? seconds : 0;
}

static size_t
size_at(const struct pb_json *array, size_t index, size_t most)
{
    int64_t value = pb_json_whole(pb_json_at(array, index));
    return value < 0 || (uint64_t)value > most ? most : (size_t)value;
}

static void
members_from_json(const struct pb_json *json, size_t ncandidates,
                  struct pb_ready *out)
{
    size_t next = 0;
    for (size_t i = 0; i < pb_json_length(json); i++) {
        const struct pb_json *stretch = pb_json_at(json, i);
        size_t first = size_at(stretch, 0, ncandidates);
        size_t last = size_at(stretch, 1, ncandidates);
        for (size_t c = first < next ? next : first;
             c <= last && c < ncandidates; c++) {
            pb_ready_add(out, c);
            next = c + 1;
        }
    }
}

void
pb_costs_from_json(const struct pb_json *json, size_t ncandidates,
                   struct pb_costs *out)
{
    *out = (struct pb_costs)PB_COSTS_INIT;
    out->build = seconds_of(json, "build");
    out->failed_build = seconds_of(json, "failed_build");
    out->good_end = seconds_of(json, "good_end");
    out->passing_test = seconds_of(json, "passing_test");
    out->failing_test = seconds_of(json, "failing_test");
    const struct pb_json *classes = pb_json_get(json, "ready");
    for (size_t i = 0; i < pb_json_length(classes); i++) {
        const struct pb_json *class = pb_json_at(classes, i);
        struct pb_ready *ready = pb_costs_add(
            out, pb_json_get_string(class, "what"),
            seconds_of(class, "seconds"), pb_json_get_bool(class, "stored"));
        ready->proved = pb_json_get_bool(class, "proved");
        ready->run = pb_json_get_bool(class, "run");
        members_from_json(pb_json_get(class, "candidates"), ncandidates,
                          ready);
    }
}
