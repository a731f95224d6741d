/* Making sure: before the closing checks the tests of each answer are run
   again at its edges, the candidates right before and after the change, which
   are built already. Each run that agrees makes it less likely that one of
   the search's verdicts was a fluke. */
#include "bisect/engine.h"

#define REPEATS_MOST 16     /* both edges together */
#define REPEATS_SECONDS 120 /* of running tests, for one answer */
/* For 99 %: the posterior is a little too sure of itself, so the threshold
   is tightened to 1 - 0.4 (1 - 0.99), which held in simulations. */
#define SURE_ENOUGH 0.996

/* The last candidate that may hold the change. */
static size_t
bad_edge(const struct pb_hunt *hunt)
{
    return hunt->answer.candidate;
}

static size_t
good_edge(const struct pb_bisection *bisection, const struct pb_hunt *hunt)
{
    size_t first = hunt->answer.candidate;
    for (size_t i = 0; hunt->suspects != NULL && i < first; i++) {
        if (hunt->suspects[i]) {
            first = i;
        }
    }
    return pb_bisection_parent(bisection, first);
}

bool
pb_repeat_is_about(const struct pb_trial_record *trial,
                   const struct pb_hunt *hunt)
{
    return trial->about == hunt->answer.candidate;
}

static unsigned
count_repeats(const struct pb_bisection *bisection, const struct pb_hunt *hunt,
              double *out_seconds)
{
    unsigned count = 0;
    *out_seconds = 0;
    for (size_t i = 0; i < bisection->ntrials; i++) {
        const struct pb_trial_record *trial = bisection->trials[i];
        if (trial->purpose == PB_PURPOSE_REPEAT &&
            pb_repeat_is_about(trial, hunt)) {
            count++;
            *out_seconds += trial->evaluation.test_seconds;
        }
    }
    return count;
}

/* The tests of all hunts that end there; none for the whole suite. */
static void
collect_tests(const struct pb_bisection *bisection,
              const struct pb_hunt *about, struct pb_strv *out)
{
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_hunt *hunt = &bisection->hunts[i];
        if (hunt->answer.action != PB_SEARCH_TEST &&
            hunt->answer.candidate == about->answer.candidate)
        {
            pb_hunt_add_tests(bisection, hunt, out);
        }
    }
    pb_strv_sort(out);
}

static bool
needs_more(struct pb_bisection *bisection, struct pb_hunt *hunt,
           unsigned repeats, double seconds)
{
    if (hunt->answer.action == PB_SEARCH_TEST || repeats >= REPEATS_MOST) {
        return false;
    }
    pb_hunt_probability(bisection, hunt);
    bool affordable =
        repeats == 0 || seconds * (repeats + 1) / repeats < REPEATS_SECONDS;
    return hunt->probability < SURE_ENOUGH && affordable;
}

/* Behind a fork the good edge may never have been tried: it is good by what
   another of its children says. */
static bool
failed_to_run(const struct pb_bisection *bisection, size_t candidate)
{
    for (size_t i = 0; i < bisection->ntrials; i++) {
        const struct pb_trial_record *trial = bisection->trials[i];
        if (trial->candidate == candidate &&
            trial->evaluation.status != PB_EVALUATION_TESTED)
        {
            return true;
        }
    }
    return false;
}

/* Two at one edge, two at the other: each change of edge costs a restore. */
static void
choose_repeat(struct pb_bisection *bisection, const struct pb_hunt *hunt,
              unsigned repeats)
{
    size_t good = good_edge(bisection, hunt);
    bool at_good = repeats / 2 % 2 == 1 && !failed_to_run(bisection, good);
    size_t candidate = at_good ? good : bad_edge(hunt);
    PB_AUTO(pb_strv) struct pb_strv tests = PB_STRV_INIT;
    if (!bisection->whole_suite) {
        collect_tests(bisection, hunt, &tests);
    }
    /* Takes 0 and 1 are the search's and the ends'. */
    pb_engine_choose(bisection, PB_PURPOSE_REPEAT, candidate, &tests,
                     repeats + 2);
    bisection->pending.trial->about = hunt->answer.candidate;
}

void
pb_repeat_advance(struct pb_bisection *bisection)
{
    for (size_t i = 0; i < bisection->nhunts; i++) {
        double seconds = 0;
        struct pb_hunt *hunt = &bisection->hunts[i];
        unsigned repeats = count_repeats(bisection, hunt, &seconds);
        if (needs_more(bisection, hunt, repeats, seconds)) {
            choose_repeat(bisection, hunt, repeats);
            return;
        }
    }
    bisection->stage = PB_STAGE_CLOSE;
}
