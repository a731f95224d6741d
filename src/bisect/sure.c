/* How sure an answer is: the posterior over all that was seen of a hunt. */
#include "bisect/engine.h"
#include "pybisect/alloc.h"

struct tally {
    unsigned *fails;
    unsigned *passes;
    unsigned good_fails;
    unsigned good_passes;
};

/* Did the trial run the hunt's tests as the search does? */
static bool
tells(const struct pb_bisection *bisection, const struct pb_hunt *hunt,
      size_t index)
{
    const struct pb_trial_record *trial = bisection->trials[index];
    switch (trial->purpose) {
    case PB_PURPOSE_CONFIRM:
        return index == bisection->confirm_bad ||
               index == bisection->confirm_good;
    case PB_PURPOSE_SEARCH:
    case PB_PURPOSE_REVERT:
        return pb_hunt_column_verdict(bisection, hunt, trial->candidate) !=
               PB_VERDICT_NONE;
    case PB_PURPOSE_REPEAT:
        return pb_repeat_is_about(trial, hunt);
    case PB_PURPOSE_GOOD_END:
    case PB_PURPOSE_BAD_END:
    case PB_PURPOSE_CLOSE:
        break;
    }
    return true;
}

/* Candidates before this one say nothing about the change that is asked for:
   what was broken there was mended by it. */
static size_t
mended_at(const struct pb_bisection *bisection, const struct pb_hunt *hunt)
{
    size_t mended = 0;
    for (size_t i = 0; i < bisection->ntrials; i++) {
        const struct pb_trial_record *trial = bisection->trials[i];
        if (trial->purpose == PB_PURPOSE_REVERT && trial->candidate > mended &&
            pb_hunt_column_verdict(bisection, hunt, trial->candidate) ==
                PB_VERDICT_GOOD)
        {
            mended = trial->candidate;
        }
    }
    return mended;
}

/* Behind the first change to bad, when that is asked for, others may follow,
   in both directions. */
static bool
is_beside_the_point(const struct pb_bisection *bisection,
                    const struct pb_hunt *hunt, size_t mended,
                    size_t candidate)
{
    if (candidate == PB_GOOD_END) {
        return false;
    }
    return candidate < mended ||
           (bisection->options.first && candidate > hunt->answer.candidate);
}

static void
count_trial(const struct pb_bisection *bisection, const struct pb_hunt *hunt,
            const struct pb_trial_record *trial, struct tally *tally)
{
    enum pb_verdict verdict =
        pb_hunt_verdict(bisection, hunt, &trial->evaluation);
    bool failed = verdict == PB_VERDICT_BAD || verdict == PB_VERDICT_OTHER;
    if (!failed && verdict != PB_VERDICT_GOOD) {
        return;
    }
    if (trial->candidate == PB_GOOD_END) {
        *(failed ? &tally->good_fails : &tally->good_passes) += 1;
    }
    else {
        (failed ? tally->fails : tally->passes)[trial->candidate] += 1;
    }
}

void
pb_hunt_probability(struct pb_bisection *bisection, struct pb_hunt *hunt)
{
    struct pb_search_space space = pb_engine_space(bisection);
    PB_AUTOFREE unsigned *fails = pb_alloc_array(space.len, sizeof(*fails));
    PB_AUTOFREE unsigned *passes = pb_alloc_array(space.len, sizeof(*passes));
    PB_AUTOFREE double *posterior =
        pb_alloc_array(space.len, sizeof(*posterior));
    struct tally tally = {.fails = fails, .passes = passes};
    size_t mended = mended_at(bisection, hunt);
    for (size_t i = 0; i < bisection->ntrials; i++) {
        if (tells(bisection, hunt, i) &&
            !is_beside_the_point(bisection, hunt, mended,
                                 bisection->trials[i]->candidate))
        {
            count_trial(bisection, hunt, bisection->trials[i], &tally);
        }
    }
    pb_search_posterior(&space, fails, passes, tally.good_fails,
                        tally.good_passes, posterior);
    hunt->probability = 0;
    for (size_t i = 0; i < space.len; i++) {
        bool counts = hunt->suspects != NULL ? hunt->suspects[i]
                                             : i == hunt->answer.candidate;
        hunt->probability += counts ? posterior[i] : 0;
    }
}
