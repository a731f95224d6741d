/* Ranges that go good, bad, good, bad. A search that comes upon the first
   stretch of bad sees nothing of what follows it, and would name a commit that
   was taken back long ago. So an answer that a later commit seems to undo is
   tried right there: a good result sends the search on to what comes after. */
#include "bisect/engine.h"

static size_t
undone(struct pb_bisection *bisection, size_t candidate)
{
    const struct pb_bisection_options *options = &bisection->options;
    size_t *known = &bisection->undone[candidate];
    if (*known == PB_NOT_ASKED) {
        *known = options->undone(options->undone_context, candidate);
    }
    return *known;
}

bool
pb_revert_advance(struct pb_bisection *bisection)
{
    size_t last = bisection->options.candidates->len - 1;
    if (bisection->options.undone == NULL || bisection->options.first) {
        return false;
    }
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_hunt *hunt = &bisection->hunts[i];
        if (hunt->answer.action != PB_SEARCH_FOUND) {
            continue;
        }
        size_t at = undone(bisection, hunt->answer.candidate);
        if (at == PB_CANDIDATES_NONE || at >= last ||
            pb_hunt_column_verdict(bisection, hunt, at) != PB_VERDICT_NONE)
        {
            continue;
        }
        PB_AUTO(pb_strv) struct pb_strv tests = PB_STRV_INIT;
        if (!bisection->whole_suite) {
            pb_hunt_add_tests(bisection, hunt, &tests);
        }
        pb_engine_choose(bisection, PB_PURPOSE_REVERT, at, &tests, 0);
        bisection->pending.trial->about = hunt->answer.candidate;
        return true;
    }
    return false;
}
