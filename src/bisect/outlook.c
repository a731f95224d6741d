/* The ends, the search, the closing checks: what of each is still to come. */
#include "pybisect/outlook.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bisect/play.h"
#include "pybisect/alloc.h"

#define BUILD_SECONDS 60. /* until one was made */
#define TEST_SECONDS 10.  /* likewise */
#define IN_PLACE_SECONDS .05
#define CONFIRMATIONS 2 /* one an end, when all goes well */
/* The parent's clean build has most objects from that of the culprit, of
   whose time it takes so much. */
#define SECOND_CLEAN .3
/* Of a build that may have had objects from a cache. */
#define CLEAN_FACTOR 1.3
#define MEASURED_CLEAN_BUILDS 4
#define LIKELY .9

static const double quantiles[] = {1 / 6., 3 / 6., 5 / 6.};

void
pb_outlook_clear(struct pb_outlook *outlook)
{
    free(outlook->likely);
    outlook->likely = NULL;
}

/* --- how long things take ----------------------------------------------- */

static bool
is_of_end(const struct pb_trial_record *trial)
{
    return trial->purpose == PB_PURPOSE_GOOD_END ||
           trial->purpose == PB_PURPOSE_BAD_END;
}

static bool
is_measured(const struct pb_trial_record *trial)
{
    return trial->evaluation.status == PB_EVALUATION_TESTED &&
           !trial->evaluation.twin;
}

/* The mean of the suites at both ends, as far as they are known. */
static double
suite_seconds(const struct pb_bisection *bisection)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < bisection->ntrials; i++) {
        const struct pb_trial_record *trial = bisection->trials[i];
        if (is_of_end(trial) && is_measured(trial)) {
            sum += trial->evaluation.test_seconds;
            count++;
        }
    }
    return count == 0 ? -1 : sum / (double)count;
}

/* Of the tests that are run at each step: before any was, the suite is the
   most that it can take. */
static double
step_test_seconds(const struct pb_bisection *bisection, double suite)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < bisection->ntrials; i++) {
        const struct pb_trial_record *trial = bisection->trials[i];
        if (!is_of_end(trial) && !trial->clean && is_measured(trial)) {
            sum += trial->evaluation.test_seconds;
            count++;
        }
    }
    double otherwise = suite >= 0 ? suite : TEST_SECONDS;
    return count == 0 ? otherwise : sum / (double)count;
}

static double
longest_build(const struct pb_bisection *bisection)
{
    double longest = 0;
    for (size_t i = 0; i < bisection->ntrials; i++) {
        const struct pb_trial_record *trial = bisection->trials[i];
        const struct pb_evaluation *evaluation = &trial->evaluation;
        if (evaluation->build == PB_BUILD_COMPILED && !trial->clean &&
            (trial->spent || bisection->options.replay))
        {
            longest = fmax(longest, evaluation->build_seconds);
        }
    }
    return longest;
}

/* Of this machine, by the last closing checks of bisections before. */
static double
clean_build_seconds(struct pb_bisection *bisection, double build)
{
    const struct pb_bisection_options *options = &bisection->options;
    struct pb_error ignored = PB_ERROR_INIT;
    if (bisection->clean_build < 0 &&
        pb_journal_clean_build(options->journal, options->id,
                               MEASURED_CLEAN_BUILDS, &bisection->clean_build,
                               &ignored) < 0)
    {
        bisection->clean_build = 0;
    }
    return bisection->clean_build > 0
               ? bisection->clean_build * 2 / (1 + SECOND_CLEAN)
               : CLEAN_FACTOR * fmax(build, longest_build(bisection));
}

/* The machine's; where the choices are on record, those of the next one that
   was made by any. */
static bool
find_costs(struct pb_bisection *bisection, struct pb_costs *out)
{
    const struct pb_machine *machine = bisection->options.machine;
    const struct pb_json *past = bisection->past;
    size_t ncandidates = bisection->options.candidates->len;
    for (size_t i = bisection->ntrials; i < pb_json_length(past); i++) {
        const struct pb_json *costs =
            pb_json_get(pb_json_at(past, i), "costs");
        if (!pb_json_is_null(costs)) {
            pb_costs_from_json(costs, ncandidates, out);
            return true;
        }
    }
    return machine->estimate != NULL &&
           machine->estimate(machine->context, out);
}

static void
find_pace(struct pb_bisection *bisection, struct pb_costs *costs,
          struct pb_pace *out)
{
    bool by_costs = find_costs(bisection, costs);
    double longest = longest_build(bisection);
    double otherwise = longest > 0 ? longest : BUILD_SECONDS;
    out->costs = costs;
    out->build = by_costs ? costs->build : otherwise;
    out->clean_build = clean_build_seconds(bisection, out->build);
    out->suite = suite_seconds(bisection);
    double tests = step_test_seconds(bisection, out->suite);
    out->passing = costs->passing_test > 0 ? costs->passing_test : tests;
    out->failing = costs->failing_test > 0 ? costs->failing_test : tests;
}

/* Where the last build was made; the good end counts for the first. */
static size_t
find_place(const struct pb_bisection *bisection)
{
    size_t at = PB_PLACE_UNKNOWN;
    for (size_t i = 0; i < bisection->ntrials; i++) {
        const struct pb_trial_record *trial = bisection->trials[i];
        if (trial->evaluation.build == PB_BUILD_COMPILED && trial->spent &&
            !trial->clean)
        {
            at = trial->candidate == PB_GOOD_END ? 0 : trial->candidate;
        }
    }
    return at;
}

/* --- the search --------------------------------------------------------- */

/* Before anything has regressed: one failure, on one side alone. */
static struct pb_belief *
first_belief(const struct pb_bisection *bisection)
{
    struct pb_search_space space = pb_engine_space(bisection);
    struct pb_belief *belief = pb_belief_new(&space, NULL,
                                             bisection->options.deterministic
                                                 ? PB_BELIEF_DETERMINISTIC
                                                 : PB_BELIEF_FLAKY);
    pb_belief_add(belief, PB_BELIEF_GOOD_END, 0, 2);
    pb_belief_add(belief, space.len - 1, 2, 0);
    return belief;
}

static struct pb_belief *
belief_of(struct pb_bisection *bisection, size_t hunt, bool later,
          const struct pb_costs *costs)
{
    return hunt == PB_NO_HUNT
               ? first_belief(bisection)
               : pb_answer_belief(bisection, &bisection->hunts[hunt], later,
                                  costs);
}

/* --- the closing checks ------------------------------------------------- */

/* A proved build counts for a clean one; SIZE_MAX is none. */
static double
clean_seconds(const struct pb_pace *pace, size_t candidate, double share)
{
    const struct pb_ready *ready = pb_costs_ready(pace->costs, candidate);
    return ready != NULL && ready->proved ? ready->seconds
                                          : pace->clean_build * share;
}

/* That of the culprit, or of its parent. */
static double
close_seconds(const struct pb_pace *pace, size_t culprit, bool parent)
{
    double first = clean_seconds(pace, culprit, 1);
    double share = first < pace->clean_build ? 1 : SECOND_CLEAN;
    size_t before =
        culprit == 0 || culprit == SIZE_MAX ? SIZE_MAX : culprit - 1;
    return (parent ? clean_seconds(pace, before, share) : first) +
           fmax(pace->suite, 0);
}

/* Of a pair of checks, from the `done`th on. */
static double
pair_seconds(const struct pb_pace *pace, size_t culprit, size_t done)
{
    return (done < 1 ? close_seconds(pace, culprit, false) : 0) +
           (done < 2 ? close_seconds(pace, culprit, true) : 0);
}

/* --- what is still to be searched --------------------------------------- */

/* Means over the culprits that are played. */
static void
play(struct pb_bisection *bisection, size_t hunt, bool later,
     const struct pb_pace *pace, double *out_runs, double *out_seconds)
{
    static const size_t count = PB_LENGTH(quantiles);
    size_t at = find_place(bisection);
    for (size_t i = 0; i < count; i++) {
        struct pb_game game;
        PB_AUTO(pb_belief)
        struct pb_belief *belief =
            belief_of(bisection, hunt, later, pace->costs);
        pb_play_search(bisection, belief, pace, at, quantiles[i], &game);
        *out_runs += (double)game.runs / (double)count;
        *out_seconds += (game.seconds + pair_seconds(pace, game.culprit, 0)) /
                        (double)count;
    }
}

/* With the closing checks of what it finds; false: there is nothing to
   search. */
static bool
play_all(struct pb_bisection *bisection, const struct pb_pace *pace,
         double *out_runs, double *out_seconds)
{
    bool later = false;
    size_t asking = pb_choose_asking(bisection, &later);
    if (bisection->stage < PB_STAGE_SEARCH) {
        play(bisection, PB_NO_HUNT, false, pace, out_runs, out_seconds);
        return true;
    }
    if (bisection->stage == PB_STAGE_SEARCH && asking != PB_NO_HUNT) {
        play(bisection, asking, later, pace, out_runs, out_seconds);
        return true;
    }
    return false;
}

/* --- what comes before and after it ------------------------------------- */

static size_t
count_trials(const struct pb_bisection *bisection, enum pb_purpose purpose)
{
    size_t count = 0;
    for (size_t i = 0; i < bisection->ntrials; i++) {
        count += bisection->trials[i]->purpose == purpose;
    }
    return count;
}

/* Those of answers that there are, from the `done`th run on. */
static void
add_closing(const struct pb_bisection *bisection, const struct pb_pace *pace,
            size_t done, double *runs, double *seconds)
{
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_answer *answer = &bisection->hunts[i].answer;
        if (!pb_hunt_is_first(bisection, i)) {
            continue;
        }
        size_t skipped = done < 2 ? done : 2;
        *runs += (double)(2 - skipped);
        *seconds += pair_seconds(pace, answer->candidate, skipped);
        done -= skipped;
    }
}

static double
confirm_seconds(const struct pb_pace *pace)
{
    return IN_PLACE_SECONDS + (pace->passing + pace->failing) / 2;
}

static void
add_confirmations(const struct pb_pace *pace, size_t done, double *runs,
                  double *seconds)
{
    for (size_t i = done; i < CONFIRMATIONS; i++) {
        *runs += 1;
        *seconds += confirm_seconds(pace);
    }
}

/* --- the run under way -------------------------------------------------- */

/* They are made by turns: a culprit's, its parent's. */
static double
closing_step_seconds(const struct pb_bisection *bisection,
                     const struct pb_pace *pace,
                     const struct pb_trial_record *trial)
{
    bool parent = count_trials(bisection, PB_PURPOSE_CLOSE) % 2 == 1;
    size_t next = trial->candidate == PB_GOOD_END ? 0 : trial->candidate + 1;
    return close_seconds(pace, parent ? next : trial->candidate, parent);
}

static double
step_seconds(const struct pb_bisection *bisection, const struct pb_pace *pace)
{
    const struct pb_trial_record *trial = bisection->pending.trial;
    size_t last = bisection->options.candidates->len - 1;
    size_t at = find_place(bisection);
    switch (trial->purpose) {
    case PB_PURPOSE_GOOD_END:
    case PB_PURPOSE_BAD_END:
        if (pace->suite < 0) {
            return -1;
        }
        return pace->suite +
               (trial->candidate == PB_GOOD_END && pace->costs->good_end > 0
                    ? pace->costs->good_end
                    : pb_pace_build(pace, at, last));
    case PB_PURPOSE_CONFIRM:
        return confirm_seconds(pace);
    case PB_PURPOSE_CLOSE:
        return closing_step_seconds(bisection, pace, trial);
    case PB_PURPOSE_SEARCH:
    case PB_PURPOSE_REPEAT:
    case PB_PURPOSE_REVERT:
        break;
    }
    return trial->why.seconds > 0
               ? trial->why.seconds
               : pb_pace_build(pace, at, trial->candidate) + pace->failing;
}

/* --- all of it ---------------------------------------------------------- */

static void
add_up(struct pb_bisection *bisection, const struct pb_pace *pace,
       struct pb_outlook *out)
{
    enum pb_purpose purpose = bisection->pending.trial->purpose;
    double runs = 0;
    double seconds = 0;
    if (purpose == PB_PURPOSE_GOOD_END || purpose == PB_PURPOSE_BAD_END) {
        bool first = count_trials(bisection, PB_PURPOSE_GOOD_END) +
                         count_trials(bisection, PB_PURPOSE_BAD_END) ==
                     0;
        runs += first ? 2 : 1;
        seconds += (first ? 2 : 1) * out->step;
    }
    else if (purpose == PB_PURPOSE_CLOSE || purpose == PB_PURPOSE_REVERT) {
        runs += purpose == PB_PURPOSE_REVERT;
        seconds += purpose == PB_PURPOSE_REVERT ? out->step : 0;
    }
    if (bisection->stage <= PB_STAGE_CONFIRM) {
        size_t done = count_trials(bisection, PB_PURPOSE_CONFIRM);
        bool more = purpose == PB_PURPOSE_CONFIRM && done >= CONFIRMATIONS;
        add_confirmations(pace, more ? CONFIRMATIONS - 1 : done, &runs,
                          &seconds);
    }
    if (play_all(bisection, pace, &runs, &seconds)) {
        runs += 2;
    }
    add_closing(bisection, pace, count_trials(bisection, PB_PURPOSE_CLOSE),
                &runs, &seconds);
    out->runs = (size_t)ceil(fmax(runs, 1));
    out->seconds = out->step < 0 ? -1 : fmax(seconds, out->step);
}

static void
find_likely(struct pb_bisection *bisection, const struct pb_costs *costs,
            struct pb_outlook *out)
{
    bool later = false;
    size_t len = bisection->options.candidates->len;
    size_t asking = pb_choose_asking(bisection, &later);
    struct pb_belief_answer answer;
    PB_AUTO(pb_belief)
    struct pb_belief *belief = belief_of(bisection, asking, later, costs);
    pb_belief_answer(belief, LIKELY, &answer);
    out->likely = pb_alloc_array(len, sizeof(*out->likely));
    for (size_t i = 0; i < answer.len; i++) {
        out->likely[answer.candidates[i]] = true;
    }
    out->suspects = (size_t)(exp2(pb_belief_open_bits(belief)) + .5);
    pb_belief_answer_clear(&answer);
}

/* The answers, when nothing is open any more. */
static void
mark_answers(const struct pb_bisection *bisection, struct pb_outlook *out)
{
    size_t len = bisection->options.candidates->len;
    out->likely = pb_alloc_array(len, sizeof(*out->likely));
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_hunt *hunt = &bisection->hunts[i];
        if (hunt->answer.state != PB_ANSWER_OPEN &&
            !out->likely[hunt->answer.candidate])
        {
            out->likely[hunt->answer.candidate] = true;
            out->answers++;
        }
    }
}

void
pb_bisection_outlook(struct pb_bisection *bisection, struct pb_outlook *out)
{
    PB_AUTO(pb_costs) struct pb_costs costs = PB_COSTS_INIT;
    struct pb_outlook made = PB_OUTLOOK_INIT;
    struct pb_pace pace;
    bool later = false;
    find_pace(bisection, &costs, &pace);
    if (bisection->stage >= PB_STAGE_SEARCH &&
        pb_choose_asking(bisection, &later) == PB_NO_HUNT)
    {
        mark_answers(bisection, &made);
    }
    else {
        find_likely(bisection, &costs, &made);
    }
    if (bisection->pending.trial != NULL) {
        made.step = step_seconds(bisection, &pace);
        add_up(bisection, &pace, &made);
    }
    pb_outlook_clear(out);
    *out = made;
}
