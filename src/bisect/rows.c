/* Rows: what each trial said of each regression. All else about hunts is
   derived from them, anew after each trial, so there is no state to get
   wrong. */
#include <string.h>

#include "bisect/engine.h"
#include "pybisect/alloc.h"

enum pb_verdict
pb_engine_verdict(const struct pb_regression *regression,
                  const struct pb_evaluation *evaluation)
{
    if (evaluation->status != PB_EVALUATION_TESTED) {
        return PB_VERDICT_SKIP;
    }
    return pb_verdict_of(
        regression, pb_results_find(&evaluation->results, regression->id));
}

size_t
pb_rows_representative(const struct pb_bisection *bisection, size_t test)
{
    if (bisection->active[test]) {
        return test;
    }
    for (size_t i = 0; i < bisection->nregressions; i++) {
        if (bisection->active[i] && !bisection->flaky[i] &&
            bisection->group[i] == bisection->group[test])
        {
            return i;
        }
    }
    return PB_NO_REGRESSION;
}

/* --- adding -------------------------------------------------------------- */

void
pb_rows_add(struct pb_bisection *bisection, size_t trial, const bool *asked)
{
    const struct pb_trial_record *record = bisection->trials[trial];
    struct pb_row row = {
        .trial = trial,
        .candidate = record->candidate,
        .of = pb_alloc_array(bisection->nregressions + 1, sizeof(*row.of)),
    };
    for (size_t i = 0; i < bisection->nregressions; i++) {
        if (bisection->active[i] && (asked == NULL || asked[i])) {
            row.of[i] = pb_engine_verdict(&bisection->regressions[i],
                                          &record->evaluation);
        }
    }
    for (size_t i = 0; i < bisection->nregressions; i++) {
        size_t speaker = pb_rows_representative(bisection, i);
        if (speaker != PB_NO_REGRESSION) {
            row.of[i] = row.of[speaker];
        }
    }
    PB_GROW(bisection->rows, bisection->nrows, bisection->rows_cap);
    bisection->rows[bisection->nrows++] = row;
}

void
pb_rows_clear(struct pb_bisection *bisection)
{
    for (size_t i = 0; i < bisection->nrows; i++) {
        free(bisection->rows[i].of);
    }
    free(bisection->rows);
    bisection->rows = NULL;
    bisection->nrows = 0;
    bisection->rows_cap = 0;
}

/* --- one candidate, several runs ----------------------------------------- */

struct counts {
    size_t of[PB_VERDICT_SKIP + 1];
};

/* NONE counts only where there is nothing else. */
static enum pb_verdict
most_frequent(const struct counts *counts)
{
    enum pb_verdict best = PB_VERDICT_NONE;
    for (int v = PB_VERDICT_GOOD; v <= PB_VERDICT_SKIP; v++) {
        if (counts->of[v] > 0 &&
            (best == PB_VERDICT_NONE || counts->of[v] > counts->of[best]))
        {
            best = (enum pb_verdict)v;
        }
    }
    return best;
}

/* Closing checks are about other builds. */
static bool
is_of_search(const struct pb_bisection *bisection, const struct pb_row *row)
{
    return bisection->trials[row->trial]->purpose != PB_PURPOSE_CLOSE;
}

/* What the search's runs at a candidate said of a regression, or what those of
   clean builds said. */
static struct counts
count_at(const struct pb_bisection *bisection, size_t regression,
         size_t candidate, bool clean)
{
    struct counts counts = {.of = {0}};
    for (size_t i = 0; i < bisection->nrows; i++) {
        const struct pb_row *row = &bisection->rows[i];
        if (row->candidate == candidate &&
            is_of_search(bisection, row) == !clean) {
            counts.of[row->of[regression]]++;
        }
    }
    return counts;
}

enum pb_verdict
pb_rows_verdict(const struct pb_bisection *bisection, size_t regression,
                size_t candidate)
{
    struct counts counts = count_at(bisection, regression, candidate, false);
    return most_frequent(&counts);
}

/* Clean builds are held against each other alone. */
static bool
differs_at(const struct pb_bisection *bisection, size_t regression,
           size_t candidate, bool clean)
{
    struct counts counts = count_at(bisection, regression, candidate, clean);
    return counts.of[PB_VERDICT_GOOD] > 0 &&
           counts.of[PB_VERDICT_BAD] + counts.of[PB_VERDICT_OTHER] > 0;
}

void
pb_rows_find_unsteady(struct pb_bisection *bisection)
{
    for (size_t i = 0; i < bisection->nregressions; i++) {
        bisection->unsteady[i] = false;
        for (size_t r = 0; r < bisection->nrows && !bisection->unsteady[i];
             r++) {
            bisection->unsteady[i] =
                !bisection->options.deterministic &&
                (differs_at(bisection, i, bisection->rows[r].candidate,
                            false) ||
                 differs_at(bisection, i, bisection->rows[r].candidate, true));
        }
    }
}

/* --- hunts ----------------------------------------------------------- */

static enum pb_verdict
worst(const struct counts *counts)
{
    static const enum pb_verdict order[] = {PB_VERDICT_BAD, PB_VERDICT_OTHER,
                                            PB_VERDICT_GOOD, PB_VERDICT_SKIP};
    for (size_t i = 0; i < PB_LENGTH(order); i++) {
        if (counts->of[order[i]] > 0) {
            return order[i];
        }
    }
    return PB_VERDICT_NONE;
}

enum pb_verdict
pb_rows_hunt_verdict(const struct pb_bisection *bisection,
                     const struct pb_hunt *hunt, const struct pb_row *row)
{
    struct counts counts = {.of = {0}};
    for (size_t i = 0; i < hunt->len; i++) {
        size_t test = hunt->tests[i];
        if (bisection->active[test]) {
            counts.of[row->of[test]]++;
        }
    }
    if (hunt->len > 0 && counts.of[PB_VERDICT_NONE] == 0 &&
        most_frequent(&counts) == PB_VERDICT_NONE)
    {
        counts.of[row->of[hunt->tests[0]]]++; /* another speaks for them */
    }
    return hunt->pooled ? worst(&counts) : most_frequent(&counts);
}

enum pb_verdict
pb_rows_hunt_in(const struct pb_bisection *bisection,
                const struct pb_hunt *hunt,
                const struct pb_evaluation *evaluation)
{
    struct counts counts = {.of = {0}};
    for (size_t i = 0; i < hunt->len; i++) {
        size_t test = hunt->tests[i];
        if (bisection->active[test]) {
            counts.of[pb_engine_verdict(&bisection->regressions[test],
                                        evaluation)]++;
        }
    }
    return hunt->pooled ? worst(&counts) : most_frequent(&counts);
}

enum pb_verdict
pb_rows_hunt_at(const struct pb_bisection *bisection,
                const struct pb_hunt *hunt, size_t candidate)
{
    struct counts counts = {.of = {0}};
    for (size_t i = 0; i < bisection->nrows; i++) {
        const struct pb_row *row = &bisection->rows[i];
        if (row->candidate == candidate && is_of_search(bisection, row)) {
            counts.of[pb_rows_hunt_verdict(bisection, hunt, row)]++;
        }
    }
    return most_frequent(&counts);
}

const struct pb_row *
pb_rows_of_trial(const struct pb_bisection *bisection, size_t trial)
{
    for (size_t i = bisection->nrows; i > 0; i--) {
        if (bisection->rows[i - 1].trial == trial) {
            return &bisection->rows[i - 1];
        }
    }
    return NULL;
}
