/* The closing checks: each culprit and its parent are built from clean and
   the whole suite is run on both. */
#include "bisect/engine.h"

/* A trial of the closing checks at this candidate, or PB_NO_TRIAL. */
static size_t
find_close(const struct pb_bisection *bisection, size_t candidate)
{
    for (size_t i = 0; i < bisection->ntrials; i++) {
        if (bisection->trials[i]->purpose == PB_PURPOSE_CLOSE &&
            bisection->trials[i]->candidate == candidate)
        {
            return i;
        }
    }
    return PB_NO_TRIAL;
}

static bool
said(const struct pb_bisection *bisection, const struct pb_hunt *hunt,
     size_t trial, enum pb_verdict wanted)
{
    enum pb_verdict verdict = pb_rows_hunt_verdict(
        bisection, hunt, pb_rows_of_trial(bisection, trial));
    return verdict == wanted || (hunt->masked && wanted == PB_VERDICT_BAD &&
                                 verdict == PB_VERDICT_OTHER);
}

/* True if a trial was chosen that this hunt still lacks. */
static bool
close_hunt(struct pb_bisection *bisection, struct pb_hunt *hunt)
{
    size_t culprit = hunt->answer.candidate;
    size_t parent = pb_bisection_parent(bisection, culprit);
    hunt->culprit_trial = find_close(bisection, culprit);
    hunt->parent_trial = find_close(bisection, parent);
    if (hunt->culprit_trial == PB_NO_TRIAL) {
        pb_engine_choose_clean(bisection, culprit,
                               pb_bisection_commit(bisection, culprit));
        return true;
    }
    if (hunt->parent_trial == PB_NO_TRIAL) {
        pb_engine_choose_clean(bisection, parent,
                               pb_bisection_parent_commit(bisection, culprit));
        return true;
    }
    hunt->confirmed =
        said(bisection, hunt, hunt->culprit_trial, PB_VERDICT_BAD) &&
        said(bisection, hunt, hunt->parent_trial, PB_VERDICT_GOOD);
    return false;
}

static const char *
why_suspects(const struct pb_bisection *bisection)
{
    if (pb_engine_budget_spent(bisection)) {
        return "the budget was spent before the culprit was sure";
    }
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_hunt *hunt = &bisection->hunts[i];
        if (hunt->answer.state == PB_ANSWER_SUSPECTS && hunt->pooled) {
            return "the tests do not do the same in each run, and no further "
                   "run would tell enough";
        }
    }
    return "what could not be built or tested leaves more than one suspect";
}

static void
conclude(struct pb_bisection *bisection)
{
    size_t disputed = 0;
    size_t suspects = 0;
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_hunt *hunt = &bisection->hunts[i];
        suspects += hunt->answer.state == PB_ANSWER_SUSPECTS;
        disputed += hunt->answer.state == PB_ANSWER_FOUND && !hunt->confirmed;
    }
    if (disputed > 0) {
        pb_engine_finish(bisection, PB_FINDING_DISPUTED,
                         "built from clean, culprit and parent do not behave "
                         "as they did in the search");
    }
    else if (suspects > 0) {
        pb_engine_finish(bisection, PB_FINDING_SUSPECTS, "%s",
                         why_suspects(bisection));
    }
    else {
        pb_engine_finish(bisection, PB_FINDING_FOUND, "%s", "");
    }
}

bool
pb_close_advance(struct pb_bisection *bisection, struct pb_event *out_event)
{
    if (bisection->told < bisection->nhunts) {
        struct pb_hunt *hunt = &bisection->hunts[bisection->told];
        if (hunt->answer.state == PB_ANSWER_FOUND &&
            close_hunt(bisection, hunt)) {
            return false;
        }
        if (hunt->answer.state != PB_ANSWER_OPEN) {
            pb_answer_refresh(bisection, hunt);
        }
        *out_event = (struct pb_event){
            .kind = PB_EVENT_HUNT,
            .hunt = bisection->told++,
        };
        return true;
    }
    conclude(bisection);
    return false;
}
