/* What the search tries next: the revision, or the run at one that was tried,
   that tells most a second about the hunt that asks, and of the other hunts
   those for which it is worth their time. */
#include <math.h>
#include <string.h>

#include "bisect/engine.h"
#include "pybisect/alloc.h"

/* Other hunts' tests are run along for this share of what they could tell a
   second elsewhere: the run is started anyway. */
#define WORTH_SHARE .25
#define UNKNOWN_TEST_SECONDS 10
/* Choices looked at beyond those wanted ahead: some are built by then. */
#define SPARE_CHOICES 6
#define KNOWN_SECONDS .05 /* to look it up, and for the reader of the log */

static bool
is_open(const struct pb_hunt *hunt)
{
    return hunt->answer.state == PB_ANSWER_OPEN ||
           hunt->later.state == PB_ANSWER_OPEN;
}

/* Is it about to join an answer that is there already? */
static bool
joins_an_answer(const struct pb_bisection *bisection,
                const struct pb_hunt *hunt)
{
    return hunt->answer.left == 1 &&
           pb_hunt_ending_at(bisection, hunt->answer.candidate) != PB_NO_HUNT;
}

size_t
pb_choose_asking(const struct pb_bisection *bisection, bool *out_later)
{
    size_t answers = pb_hunt_answers(bisection);
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_hunt *hunt = &bisection->hunts[i];
        *out_later = hunt->answer.state != PB_ANSWER_OPEN;
        if (*out_later ? hunt->later.state == PB_ANSWER_OPEN
                       : answers < bisection->options.max_culprits ||
                             joins_an_answer(bisection, hunt))
        {
            return i;
        }
    }
    return PB_NO_HUNT;
}

/* --- costs ----------------------------------------------------------- */

/* Mean seconds of the hunt's runs that ended so; 0: there was none. */
static double
mean_seconds(const struct pb_bisection *bisection, const struct pb_hunt *hunt,
             bool passing)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < bisection->nrows; i++) {
        const struct pb_row *row = &bisection->rows[i];
        const struct pb_trial_record *trial = bisection->trials[row->trial];
        enum pb_verdict verdict = pb_rows_hunt_verdict(bisection, hunt, row);
        bool counts =
            passing ? verdict == PB_VERDICT_GOOD
                    : verdict == PB_VERDICT_BAD || verdict == PB_VERDICT_OTHER;
        bool as_in_search = trial->purpose != PB_PURPOSE_GOOD_END &&
                            trial->purpose != PB_PURPOSE_BAD_END;
        if (counts && as_in_search && !trial->evaluation.twin) {
            sum += trial->evaluation.test_seconds;
            count++;
        }
    }
    return count == 0 ? 0 : sum / (double)count;
}

static void
estimate_tests(const struct pb_bisection *bisection,
               const struct pb_hunt *hunt, struct pb_costs *costs)
{
    double passing = mean_seconds(bisection, hunt, true);
    double failing = mean_seconds(bisection, hunt, false);
    double either = fmax(passing, failing);
    either = either > 0 ? either : UNKNOWN_TEST_SECONDS;
    costs->passing_test = pb_costs_round(passing > 0 ? passing : either);
    costs->failing_test = pb_costs_round(failing > 0 ? failing : either);
}

/* Candidates whose next run, with the tests of all hunts that are open, is on
   record from another bisection. */
static void
add_known(struct pb_bisection *bisection, struct pb_costs *out)
{
    PB_AUTO(pb_strv) struct pb_strv tests = PB_STRV_INIT;
    struct pb_ready *ready =
        pb_costs_add(out, "known before", KNOWN_SECONDS, true);
    ready->run = true;
    for (size_t i = 0; i < bisection->nhunts && !bisection->whole_suite; i++) {
        if (is_open(&bisection->hunts[i])) {
            pb_hunt_add_tests(bisection, &bisection->hunts[i], &tests);
        }
    }
    pb_strv_sort(&tests);
    for (size_t i = 0; i < bisection->options.candidates->len; i++) {
        if (pb_engine_is_known(bisection, i, &tests)) {
            pb_ready_add(ready, i);
        }
    }
}

/* Those on record where the choice is made for the second time. */
static bool
find_costs(struct pb_bisection *bisection, const struct pb_hunt *hunt,
           struct pb_costs *out)
{
    const struct pb_machine *machine = bisection->options.machine;
    const struct pb_json *recorded = pb_engine_recorded(bisection);
    if (recorded != NULL) {
        const struct pb_json *costs = pb_json_get(recorded, "costs");
        pb_costs_from_json(costs, bisection->options.candidates->len, out);
        return !pb_json_is_null(costs);
    }
    if (machine->estimate == NULL || !machine->estimate(machine->context, out))
    {
        return false;
    }
    estimate_tests(bisection, hunt, out);
    add_known(bisection, out);
    return true;
}

/* As the rule takes them. */
struct weighing {
    struct pb_belief_costs costs;
    struct pb_belief_ready *ready;
};

static void
weighing_clear(struct weighing *weighing)
{
    free(weighing->ready);
}
PB_DEFINE_AUTO_CLEAR(weighing, struct weighing, weighing_clear)

static void
weighing_init(struct weighing *weighing, const struct pb_costs *costs)
{
    weighing->ready =
        pb_alloc_array(costs->nready + 1, sizeof(*weighing->ready));
    for (size_t i = 0; i < costs->nready; i++) {
        weighing->ready[i] = (struct pb_belief_ready){
            .seconds = costs->ready[i].seconds,
            .run = costs->ready[i].run,
            .members = costs->ready[i].members,
            .len = costs->ready[i].len,
        };
    }
    weighing->costs = (struct pb_belief_costs){
        .build = costs->build,
        .failed_build = costs->failed_build,
        .passing_test = costs->passing_test,
        .failing_test = costs->failing_test,
        .good_end = costs->good_end,
        .ready = weighing->ready,
        .nready = costs->nready,
    };
}

/* What is on record is so for all open hunts together: of a single one it
   says nothing. */
static void
forget_known(struct weighing *weighing)
{
    for (size_t i = 0; i < weighing->costs.nready; i++) {
        if (weighing->ready[i].run) {
            weighing->ready[i].len = 0;
        }
    }
}

/* --- the other hunts ------------------------------------------------- */

/* What a hunt learns at a revision that is built anyway, against the best
   that it could do elsewhere. */
static bool
is_worth_its_time(struct pb_bisection *bisection, const struct pb_hunt *hunt,
                  size_t candidate, const struct pb_costs *costs,
                  const struct pb_belief_costs *elsewhere)
{
    struct pb_belief_choice here;
    struct pb_belief_choice best;
    PB_AUTO(pb_belief)
    struct pb_belief *belief = pb_answer_belief(
        bisection, hunt, hunt->answer.state != PB_ANSWER_OPEN, costs);
    struct pb_belief_costs built;
    if (elsewhere != NULL) {
        built = (struct pb_belief_costs){
            .passing_test = elsewhere->passing_test,
            .failing_test = elsewhere->failing_test,
        };
    }
    pb_belief_weigh(belief, candidate, elsewhere == NULL ? NULL : &built,
                    &here);
    pb_belief_choose(belief, elsewhere, &best);
    return here.score >= WORTH_SHARE * best.score;
}

static void
ask_hunt(struct pb_bisection *bisection, const struct pb_hunt *hunt,
         bool *asked, struct pb_strv *tests)
{
    pb_hunt_mark(bisection, hunt, asked);
    if (!bisection->whole_suite) {
        pb_hunt_add_tests(bisection, hunt, tests);
    }
}

static void
ask_others(struct pb_bisection *bisection, size_t asking, size_t candidate,
           const struct pb_costs *costs, const struct pb_belief_costs *weighed,
           bool *asked, struct pb_strv *tests)
{
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_hunt *hunt = &bisection->hunts[i];
        if (i != asking && is_open(hunt) &&
            is_worth_its_time(bisection, hunt, candidate, costs, weighed))
        {
            ask_hunt(bisection, hunt, asked, tests);
        }
    }
}

/* --- the choice --------------------------------------------------------- */

/* The last run was of the search, and there are to be more where it was. */
static bool
is_to_be_repeated(const struct pb_bisection *bisection,
                  const struct pb_hunt *hunt, size_t *out_candidate)
{
    size_t last = pb_engine_last_trial(bisection);
    const struct pb_trial_record *trial = bisection->trials[last];
    size_t runs = 0;
    if ((trial->purpose != PB_PURPOSE_SEARCH &&
         trial->purpose != PB_PURPOSE_REPEAT) ||
        trial->evaluation.status != PB_EVALUATION_TESTED)
    {
        return false;
    }
    for (size_t i = 0; i < bisection->nrows; i++) {
        const struct pb_row *row = &bisection->rows[i];
        runs += row->candidate == trial->candidate &&
                pb_rows_hunt_verdict(bisection, hunt, row) != PB_VERDICT_NONE;
    }
    *out_candidate = trial->candidate;
    return runs > 0 && runs < bisection->options.repeat;
}

static void
explain(struct pb_why *why, const struct pb_belief_choice *choice,
        const struct pb_costs *costs, bool by_costs,
        const struct pb_answer *answer)
{
    const struct pb_ready *ready =
        by_costs ? pb_costs_ready(costs, choice->candidate) : NULL;
    *why = (struct pb_why){
        .bits = choice->bits,
        .builds = choice->builds,
        .fails = choice->fails,
        .seconds = by_costs ? choice->seconds : 0,
        .ready = ready == NULL ? NULL : pb_strdup(ready->what),
        .open_bits = answer->bits,
    };
}

static void
choose_for(struct pb_bisection *bisection, size_t asking, bool later)
{
    const struct pb_hunt *hunt = &bisection->hunts[asking];
    PB_AUTO(pb_costs) struct pb_costs costs = PB_COSTS_INIT;
    PB_AUTO(weighing) struct weighing weighing = {.ready = NULL};
    bool by_costs = find_costs(bisection, hunt, &costs);
    weighing_init(&weighing, &costs);
    const struct pb_belief_costs *weighed = by_costs ? &weighing.costs : NULL;
    struct pb_belief_choice choice;
    PB_AUTO(pb_belief)
    struct pb_belief *belief =
        pb_answer_belief(bisection, hunt, later, &costs);
    size_t again = PB_GOOD_END;
    if (is_to_be_repeated(bisection, hunt, &again)) {
        pb_belief_weigh(belief, again, weighed, &choice);
        choice.repeat = true;
    }
    else {
        pb_belief_choose(belief, weighed, &choice);
    }
    PB_AUTO(pb_strv) struct pb_strv tests = PB_STRV_INIT;
    bool *asked = pb_alloc_array(bisection->nregressions + 1, sizeof(*asked));
    ask_hunt(bisection, hunt, asked, &tests);
    forget_known(&weighing);
    ask_others(bisection, asking, choice.candidate, &costs, weighed, asked,
               &tests);
    pb_strv_sort(&tests);
    unsigned take = pb_engine_next_take(bisection, choice.candidate);
    pb_engine_choose(bisection,
                     take == 0 ? PB_PURPOSE_SEARCH : PB_PURPOSE_REPEAT,
                     choice.candidate, &tests, take);
    struct pb_pending *pending = &bisection->pending;
    explain(&pending->trial->why, &choice, &costs, by_costs,
            later ? &hunt->later : &hunt->answer);
    pending->asked = asked;
    pending->by_costs = by_costs;
    pending->costs = costs;
    costs = (struct pb_costs)PB_COSTS_INIT;
}

void
pb_search_advance(struct pb_bisection *bisection)
{
    bool later = false;
    size_t asking = pb_choose_asking(bisection, &later);
    if (asking != PB_NO_HUNT) {
        choose_for(bisection, asking, later);
        return;
    }
    if (bisection->nhunts == 0) {
        pb_confirm_finish_flaky(bisection);
        return;
    }
    if (pb_revert_advance(bisection)) {
        return;
    }
    for (size_t i = 0; i < bisection->nhunts; i++) {
        struct pb_hunt *hunt = &bisection->hunts[i];
        hunt->followed = hunt->answer.state != PB_ANSWER_OPEN;
    }
    bisection->stage = PB_STAGE_CLOSE;
}

/* --- building ahead ----------------------------------------------------- */

static size_t
keep_unbuilt(const struct pb_bisection *bisection,
             const struct pb_belief_choice *choices, size_t len, size_t most,
             size_t *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < len && kept < most; i++) {
        size_t candidate = choices[i].candidate;
        const struct pb_ready *ready =
            pb_costs_ready(&bisection->pending.costs, candidate);
        bool stored = ready != NULL && ready->stored;
        bool twice = false;
        for (size_t j = 0; j < kept; j++) {
            twice |= out[j] == candidate;
        }
        if (candidate != PB_GOOD_END && !stored && !twice &&
            pb_engine_next_take(bisection, candidate) == 0)
        {
            out[kept++] = candidate;
        }
    }
    return kept;
}

/* By what they tell, not by what they cost: that is paid by idle cores. */
size_t
pb_bisection_ahead(struct pb_bisection *bisection, size_t most, size_t *out)
{
    bool later = false;
    const struct pb_trial_record *trial = bisection->pending.trial;
    size_t asking = pb_choose_asking(bisection, &later);
    size_t len = most + SPARE_CHOICES;
    if (trial == NULL || most == 0) {
        return 0;
    }
    if (trial->purpose == PB_PURPOSE_GOOD_END) {
        out[0] = bisection->options.candidates->len - 1;
        return 1;
    }
    PB_AUTOFREE struct pb_belief_choice *choices =
        pb_alloc_array(len, sizeof(*choices));
    PB_AUTO(pb_belief) struct pb_belief *belief = NULL;
    size_t pending = trial->candidate;
    bool searches = trial->purpose == PB_PURPOSE_SEARCH ||
                    trial->purpose == PB_PURPOSE_REPEAT;
    if (searches && asking != PB_NO_HUNT) {
        belief = pb_answer_belief(bisection, &bisection->hunts[asking], later,
                                  &bisection->pending.costs);
    }
    else if (trial->purpose == PB_PURPOSE_BAD_END ||
             trial->purpose == PB_PURPOSE_CONFIRM)
    {
        struct pb_search_space space = pb_engine_space(bisection);
        belief = pb_belief_new(&space, NULL, PB_BELIEF_DETERMINISTIC);
    }
    else {
        return 0;
    }
    pb_belief_choose_batch(belief, NULL, &pending, searches, len, choices);
    return keep_unbuilt(bisection, choices, len, most, out);
}
