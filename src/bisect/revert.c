/* Ranges that go good, bad, good, bad. A search that comes upon the first
   stretch of bad sees nothing of what follows it, and would name a commit that
   was taken back long ago. So an answer that a later commit seems to undo is
   tried right there: a good result sends the search on to what comes after. */
#include "bisect/engine.h"
#include "pybisect/alloc.h"

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

/* The tests of all hunts that end at the culprit. */
static void
try_at(struct pb_bisection *bisection, size_t culprit, size_t candidate)
{
    PB_AUTO(pb_strv) struct pb_strv tests = PB_STRV_INIT;
    bool *asked = pb_alloc_array(bisection->nregressions + 1, sizeof(*asked));
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_hunt *hunt = &bisection->hunts[i];
        if (hunt->answer.state == PB_ANSWER_FOUND &&
            hunt->answer.candidate == culprit) {
            pb_hunt_mark(bisection, hunt, asked);
            if (!bisection->whole_suite) {
                pb_hunt_add_tests(bisection, hunt, &tests);
            }
        }
    }
    pb_strv_sort(&tests);
    pb_engine_choose(bisection, PB_PURPOSE_REVERT, candidate, &tests, 0);
    bisection->pending.trial->about = culprit;
    bisection->pending.asked = asked;
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
        if (hunt->answer.state != PB_ANSWER_FOUND) {
            continue;
        }
        size_t at = undone(bisection, hunt->answer.candidate);
        if (at == PB_CANDIDATES_NONE || at >= last ||
            pb_rows_hunt_at(bisection, hunt, at) != PB_VERDICT_NONE)
        {
            continue;
        }
        try_at(bisection, hunt->answer.candidate, at);
        return true;
    }
    return false;
}
