/* Confirming: the regressed tests alone at both ends again, in pairs of runs,
   until it is settled of each signature whether it tells the ends apart at
   all: to part real regressions from flaky tests, and from tests that only
   fail in company. The runs are kept: they teach how often the tests fail. */
#include "bisect/engine.h"
#include "pybisect/alloc.h"

/* Pairs after which a signature that is not settled counts as flaky: where
   others are settled, and where none is. Whole suites take their time. */
#define PAIRS_BESIDE_OTHERS 8
#define WHOLE_PAIRS_BESIDE_OTHERS 2
#define WHOLE_PAIRS 5
/* Pairs that differ from the report after which it may need company. */
#define PAIRS_ALONE 3

enum settled { OPEN, SHOWN, FLAKY, NOT_ALONE };

/* What the runs said of one signature; the report, one run at each end,
   counts. */
struct tally {
    unsigned good_fails;
    unsigned good_passes;
    unsigned bad_fails;
    unsigned bad_passes;
};

static bool
in_group(const struct pb_bisection *bisection, size_t test, size_t group)
{
    return bisection->group[test] == group && bisection->active[test];
}

/* The worst that a row says of a signature's tests. */
static enum pb_verdict
verdict_of_group(const struct pb_bisection *bisection,
                 const struct pb_row *row, size_t group)
{
    struct pb_hunt all = {.pooled = true};
    PB_AUTOFREE size_t *tests =
        pb_alloc_array(bisection->nregressions + 1, sizeof(*tests));
    all.tests = tests;
    for (size_t i = group; i < bisection->nregressions; i++) {
        if (in_group(bisection, i, group)) {
            tests[all.len++] = i;
        }
    }
    return pb_rows_hunt_verdict(bisection, &all, row);
}

static struct tally
count_group(const struct pb_bisection *bisection, size_t group)
{
    struct tally tally = {.good_fails = 0};
    size_t last = bisection->options.candidates->len - 1;
    for (size_t i = 0; i < bisection->nrows; i++) {
        const struct pb_row *row = &bisection->rows[i];
        enum pb_verdict verdict = verdict_of_group(bisection, row, group);
        bool good_end = row->candidate == PB_GOOD_END;
        if (verdict == PB_VERDICT_NONE || verdict == PB_VERDICT_SKIP ||
            (!good_end && row->candidate != last))
        {
            continue;
        }
        if (good_end) {
            *(verdict == PB_VERDICT_GOOD ? &tally.good_passes
                                         : &tally.good_fails) += 1;
        }
        else {
            *(verdict == PB_VERDICT_BAD ? &tally.bad_fails
                                        : &tally.bad_passes) += 1;
        }
    }
    return tally;
}

static size_t
pairs_run(const struct pb_bisection *bisection)
{
    return (bisection->ntrials - bisection->confirm_from) / 2;
}

/* Where the steps run all that there is, nothing else can be tried. */
static bool
can_have_company(const struct pb_bisection *bisection)
{
    const struct pb_trial_record *first =
        bisection->trials[bisection->confirm_from];
    return !bisection->whole_suite && first->ntests > 0;
}

static enum settled
judge(const struct pb_bisection *bisection, const struct tally *tally,
      size_t most_pairs)
{
    size_t pairs = pairs_run(bisection);
    /* Not once alone what it is in company, at one end or the other. */
    bool differs_alone = tally->bad_fails <= 1 || tally->good_passes <= 1;
    enum settled lost =
        differs_alone && can_have_company(bisection) ? NOT_ALONE : FLAKY;
    if (bisection->options.deterministic) {
        return tally->bad_passes == 0 && tally->good_fails == 0 ? SHOWN : lost;
    }
    switch (pb_belief_ends(tally->good_fails, tally->good_passes,
                           tally->bad_fails, tally->bad_passes, NULL))
    {
    case PB_BELIEF_GO:
        return SHOWN;
    case PB_BELIEF_NOT_REPRODUCIBLE:
    case PB_BELIEF_GOOD_FAILS:
        return lost;
    case PB_BELIEF_AGAIN:
        break;
    }
    bool enough = pairs >= most_pairs || pb_engine_budget_spent(bisection) ||
                  (lost == NOT_ALONE && pairs >= PAIRS_ALONE);
    return enough ? lost : OPEN;
}

static size_t
most_pairs(const struct pb_bisection *bisection, bool any_shown)
{
    if (bisection->whole_suite) {
        return any_shown ? WHOLE_PAIRS_BESIDE_OTHERS : WHOLE_PAIRS;
    }
    return any_shown ? PAIRS_BESIDE_OTHERS : PB_BELIEF_ENDS_MOST;
}

/* One answer a group, at its first regression's place. Caller frees. */
static enum settled *
settle_groups(const struct pb_bisection *bisection)
{
    enum settled *of =
        pb_alloc_array(bisection->nregressions + 1, sizeof(*of));
    bool any_shown = false;
    for (int pass = 0; pass < 2; pass++) {
        size_t most = most_pairs(bisection, any_shown);
        for (size_t i = 0; i < bisection->nregressions; i++) {
            if (bisection->group[i] == i) {
                struct tally tally = count_group(bisection, i);
                of[i] = judge(bisection, &tally, most);
                any_shown |= of[i] == SHOWN;
            }
        }
    }
    return of;
}

static size_t
count_settled(const struct pb_bisection *bisection, const enum settled *of,
              enum settled wanted)
{
    size_t count = 0;
    for (size_t i = 0; i < bisection->nregressions; i++) {
        count += bisection->group[i] == i && of[i] == wanted &&
                 pb_rows_representative(bisection, i) != PB_NO_REGRESSION;
    }
    return count;
}

/* --- single tests ---------------------------------------------------- */

/* Did it do at each end what it did at first, each time? */
static bool
is_steady(const struct pb_bisection *bisection, size_t test,
          bool *out_failed_again)
{
    size_t fails = 0;
    bool steady = true;
    for (size_t i = 0; i < bisection->nrows; i++) {
        const struct pb_row *row = &bisection->rows[i];
        enum pb_verdict wanted =
            row->candidate == PB_GOOD_END ? PB_VERDICT_GOOD : PB_VERDICT_BAD;
        enum pb_verdict verdict = row->of[test];
        if (verdict != PB_VERDICT_NONE && verdict != PB_VERDICT_SKIP) {
            steady = steady && verdict == wanted;
            fails += wanted == PB_VERDICT_BAD && verdict == PB_VERDICT_BAD;
        }
    }
    *out_failed_again = fails > 1;
    return steady;
}

static bool
has_steady(const struct pb_bisection *bisection, size_t group)
{
    bool again = false;
    for (size_t i = group; i < bisection->nregressions; i++) {
        if (in_group(bisection, i, group) && is_steady(bisection, i, &again)) {
            return true;
        }
    }
    return false;
}

/* Tests that are not steady are left to those of their signature that are. */
static size_t
mark_flaky(struct pb_bisection *bisection, const enum settled *of)
{
    size_t reproduced = 0;
    for (size_t i = 0; i < bisection->nregressions; i++) {
        size_t group = bisection->group[i];
        bool again = false;
        if (!bisection->active[i]) {
            continue;
        }
        bool steady = is_steady(bisection, i, &again);
        bisection->flaky[i] =
            of[group] != SHOWN ||
            (!steady && (!again || has_steady(bisection, group)));
        reproduced += !bisection->flaky[i];
    }
    return reproduced;
}

/* --- in company ------------------------------------------------------ */

static void
take_in(struct pb_bisection *bisection, size_t from, size_t to)
{
    pb_rows_clear(bisection);
    pb_rows_add(bisection, bisection->good_trial, NULL);
    pb_rows_add(bisection, bisection->bad_trial, NULL);
    for (size_t i = from; i < to; i++) {
        pb_rows_add(bisection, i, bisection->trials[i]->asked);
    }
}

/* Some signature does not reproduce alone: is it flaky, or does it fail in
   company only? The whole suite, confirmed once more, tells. */
static void
fall_back_to_whole_suite(struct pb_bisection *bisection,
                         const enum settled *of)
{
    mark_flaky(bisection, of);
    bisection->whole_suite = true;
    bisection->alone =
        pb_alloc_array(bisection->nregressions + 1, sizeof(bool));
    for (size_t i = 0; i < bisection->nregressions; i++) {
        bisection->alone[i] = bisection->active[i] && !bisection->flaky[i];
        bisection->active[i] = true;
        bisection->flaky[i] = false;
    }
    bisection->confirm_alone = bisection->confirm_from;
    bisection->confirm_from = bisection->ntrials;
    take_in(bisection, bisection->ntrials, bisection->ntrials);
}

/* True if each regression that reproduced in company has one of its signature
   that did so alone as well. */
static bool
company_is_not_needed(const struct pb_bisection *bisection)
{
    for (size_t i = 0; i < bisection->nregressions; i++) {
        bool spoken_for = bisection->flaky[i];
        for (size_t j = 0; j < bisection->nregressions && !spoken_for; j++) {
            spoken_for = bisection->alone[j] && !bisection->flaky[j] &&
                         bisection->group[i] == bisection->group[j];
        }
        if (!spoken_for) {
            return false;
        }
    }
    return true;
}

/* All that was lost is flaky: a few flaky tests must not make each step run
   the whole suite. */
static void
return_to_selection(struct pb_bisection *bisection)
{
    bisection->whole_suite = false;
    for (size_t i = 0; i < bisection->nregressions; i++) {
        bisection->active[i] = bisection->alone[i];
    }
    take_in(bisection, bisection->confirm_alone, bisection->confirm_from);
}

/* --- the course --------------------------------------------------------- */

/* Of those signatures that are not settled; at first of all. */
static void
confirm_at(struct pb_bisection *bisection, size_t candidate,
           const enum settled *of)
{
    PB_AUTO(pb_strv) struct pb_strv tests = PB_STRV_INIT;
    bool *asked = pb_alloc_array(bisection->nregressions + 1, sizeof(*asked));
    for (size_t i = 0; i < bisection->nregressions; i++) {
        const char *id = bisection->regressions[i].id;
        asked[i] = bisection->active[i] && of[bisection->group[i]] == OPEN;
        if (asked[i] && !bisection->whole_suite && !pb_result_is_pseudo(id)) {
            pb_strv_add(&tests, id);
        }
    }
    unsigned take = pb_engine_next_take(bisection, candidate);
    pb_engine_choose(bisection, PB_PURPOSE_CONFIRM, candidate, &tests,
                     take - 1);
    bisection->pending.asked = asked;
}

void
pb_confirm_finish_flaky(struct pb_bisection *bisection)
{
    struct tally all = {.good_fails = 0};
    for (size_t i = 0; i < bisection->nregressions; i++) {
        if (bisection->group[i] == i) {
            struct tally tally = count_group(bisection, i);
            if (tally.bad_fails >= all.bad_fails) {
                all = tally;
            }
        }
    }
    pb_engine_finish(
        bisection, PB_FINDING_FLAKY,
        "%zu test%s failed at the bad end and not at the good one, but %s: "
        "of the most telling ones %u of %u runs fail at the bad end, and %u "
        "of %u at the good one",
        bisection->nregressions, bisection->nregressions == 1 ? "" : "s",
        all.bad_fails <= 1 ? "not once again"
                           : "not so much more often there that runs could "
                             "tell the ends apart",
        all.bad_fails, all.bad_fails + all.bad_passes, all.good_fails,
        all.good_fails + all.good_passes);
}

void
pb_confirm_advance(struct pb_bisection *bisection)
{
    size_t bad = bisection->options.candidates->len - 1;
    size_t runs = bisection->ntrials - bisection->confirm_from;
    if (runs % 2 == 1) {
        const struct pb_trial_record *last =
            bisection->trials[pb_engine_last_trial(bisection)];
        PB_AUTOFREE enum settled *same =
            pb_alloc_array(bisection->nregressions + 1, sizeof(*same));
        for (size_t i = 0; i < bisection->nregressions; i++) {
            if (!last->asked[i] && bisection->active[i]) {
                same[bisection->group[i]] = SHOWN;
            }
        }
        confirm_at(bisection, PB_GOOD_END, same);
        return;
    }
    if (runs == 0) {
        PB_AUTOFREE enum settled *none =
            pb_alloc_array(bisection->nregressions + 1, sizeof(*none));
        if (bisection->nrows == 0) {
            take_in(bisection, bisection->ntrials, bisection->ntrials);
        }
        confirm_at(bisection, bad, none);
        return;
    }
    PB_AUTOFREE enum settled *of = settle_groups(bisection);
    if (count_settled(bisection, of, OPEN) > 0) {
        confirm_at(bisection, bad, of);
        return;
    }
    if (count_settled(bisection, of, NOT_ALONE) > 0) {
        fall_back_to_whole_suite(bisection, of);
        pb_confirm_advance(bisection);
        return;
    }
    size_t reproduced = mark_flaky(bisection, of);
    if (reproduced == 0) {
        pb_confirm_finish_flaky(bisection);
        return;
    }
    if (bisection->alone != NULL && company_is_not_needed(bisection)) {
        return_to_selection(bisection);
    }
    pb_weights_find(bisection);
    pb_hunt_regroup(bisection);
    bisection->stage = PB_STAGE_SEARCH;
}
