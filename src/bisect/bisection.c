/* The step engine: one trial at a time through chosen, built and tried; what
   to try is decided by the phase (ends.c, hunt.c, close.c). */
#include "pybisect/bisection.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bisect/engine.h"
#include "pybisect/alloc.h"

struct pb_bisection *
pb_bisection_new(const struct pb_bisection_options *options)
{
    assert(options->candidates->len > 0);
    struct pb_bisection *bisection = pb_alloc(sizeof(*bisection));
    bisection->options = *options;
    if (bisection->options.max_culprits == 0) {
        bisection->options.max_culprits = PB_DEFAULT_CULPRITS;
    }
    bisection->clean_build = -1;
    bisection->good_trial = PB_NO_TRIAL;
    bisection->bad_trial = PB_NO_TRIAL;
    bisection->remark = pb_strdup("");
    size_t len = options->candidates->len;
    bisection->undone = pb_alloc_array(len, sizeof(*bisection->undone));
    for (size_t i = 0; i < len; i++) {
        bisection->undone[i] = PB_NOT_ASKED;
    }
    return bisection;
}

static void
free_trial(struct pb_trial_record *trial)
{
    if (trial != NULL) {
        pb_evaluation_clear(&trial->evaluation);
        pb_why_clear(&trial->why);
        free(trial->asked);
        free(trial);
    }
}

static void
clear_pending(struct pb_pending *pending)
{
    free_trial(pending->trial);
    free(pending->asked);
    pb_costs_clear(&pending->costs);
    pb_strv_clear(&pending->tests);
    pb_build_clear(&pending->build);
    memset(pending, 0, sizeof(*pending));
}

void
pb_bisection_free(struct pb_bisection *bisection)
{
    if (bisection == NULL) {
        return;
    }
    clear_pending(&bisection->pending);
    pb_hunts_clear(bisection);
    pb_rows_clear(bisection);
    pb_weights_clear(bisection);
    for (size_t i = 0; i < bisection->nregressions; i++) {
        free(bisection->regressions[i].id);
        free(bisection->regressions[i].good_signature);
        free(bisection->regressions[i].bad_signature);
    }
    free(bisection->regressions);
    free(bisection->active);
    free(bisection->flaky);
    free(bisection->unsteady);
    free(bisection->group);
    free(bisection->alone);
    pb_diff_clear(&bisection->diff);
    for (size_t i = 0; i < bisection->ntrials; i++) {
        free_trial(bisection->trials[i]);
    }
    free(bisection->trials);
    pb_json_free(bisection->past);
    free(bisection->undone);
    free(bisection->remark);
    free(bisection);
}

/* --- choosing ----------------------------------------------------------- */

static const struct pb_keys *
keys_of(const struct pb_bisection *bisection, size_t candidate)
{
    const struct pb_candidates *candidates = bisection->options.candidates;
    return candidate == PB_GOOD_END ? &candidates->good_keys
                                    : &candidates->items[candidate].keys;
}

static struct pb_request
request_for(const struct pb_bisection *bisection,
            const struct pb_trial_record *trial, const struct pb_strv *tests,
            unsigned take)
{
    return (struct pb_request){
        .commit = trial->commit,
        .keys = *keys_of(bisection, trial->candidate),
        .tests = tests,
        .clean = trial->clean,
        .take = take,
        .scope = trial->clean ? bisection->options.id : 0,
    };
}

static void
choose(struct pb_bisection *bisection, const struct pb_trial_record *trial,
       const struct pb_strv *tests, unsigned take)
{
    struct pb_pending *pending = &bisection->pending;
    assert(!pending->chosen);
    if (tests != NULL) {
        pb_strv_add_all(&pending->tests, tests);
    }
    pending->trial = pb_alloc(sizeof(*pending->trial));
    *pending->trial = *trial;
    pending->trial->ntests = pending->tests.len;
    pending->request = request_for(bisection, trial, &pending->tests, take);
    pending->key =
        pb_request_key(bisection->options.machine, &pending->request);
    pending->chosen = true;
}

static const struct pb_strv *
asked_tests(const struct pb_bisection *bisection, const struct pb_strv *tests)
{
    return tests == NULL || tests->len == 0 ? bisection->options.tests : tests;
}

bool
pb_engine_is_known(const struct pb_bisection *bisection, size_t candidate,
                   const struct pb_strv *tests)
{
    struct pb_trial_record trial = {
        .candidate = candidate,
        .commit = *pb_bisection_commit(bisection, candidate),
    };
    struct pb_request request =
        request_for(bisection, &trial, asked_tests(bisection, tests),
                    pb_engine_next_take(bisection, candidate));
    struct pb_digest key =
        pb_request_key(bisection->options.machine, &request);
    return pb_journal_has_evaluation(bisection->options.journal, &key);
}

void
pb_engine_choose(struct pb_bisection *bisection, enum pb_purpose purpose,
                 size_t candidate, const struct pb_strv *tests, unsigned take)
{
    struct pb_trial_record trial = {
        .purpose = purpose,
        .candidate = candidate,
        .commit = *pb_bisection_commit(bisection, candidate),
        .evaluation = PB_EVALUATION_INIT,
    };
    choose(bisection, &trial, asked_tests(bisection, tests), take);
}

void
pb_engine_choose_clean(struct pb_bisection *bisection, size_t candidate,
                       const struct pb_oid *commit,
                       const struct pb_strv *tests, unsigned take)
{
    struct pb_trial_record trial = {
        .purpose = PB_PURPOSE_CLOSE,
        .candidate = candidate,
        .commit = *commit,
        .clean = true,
        .evaluation = PB_EVALUATION_INIT,
    };
    choose(bisection, &trial, asked_tests(bisection, tests), take);
}

size_t
pb_engine_last_trial(const struct pb_bisection *bisection)
{
    assert(bisection->ntrials > 0);
    return bisection->ntrials - 1;
}

unsigned
pb_engine_next_take(const struct pb_bisection *bisection, size_t candidate)
{
    unsigned runs = 0;
    for (size_t i = 0; i < bisection->ntrials; i++) {
        runs += bisection->trials[i]->candidate == candidate &&
                !bisection->trials[i]->clean;
    }
    /* 1 is that of the first confirmation. */
    return runs == 0 ? 0 : runs + 1;
}

const struct pb_json *
pb_engine_recorded(const struct pb_bisection *bisection)
{
    return pb_json_at(bisection->past, bisection->ntrials);
}

bool
pb_engine_budget_spent(const struct pb_bisection *bisection)
{
    const struct pb_bisection_options *options = &bisection->options;
    double seconds = 0;
    size_t runs = 0;
    for (size_t i = 0; i < bisection->ntrials; i++) {
        const struct pb_trial_record *trial = bisection->trials[i];
        if (trial->purpose == PB_PURPOSE_CLOSE) {
            continue;
        }
        runs++;
        seconds += trial->spent ? trial->evaluation.build_seconds +
                                      trial->evaluation.test_seconds
                                : 0;
    }
    return (options->budget_runs > 0 && runs >= options->budget_runs) ||
           (options->budget_seconds > 0 && seconds >= options->budget_seconds);
}

void
pb_engine_finish(struct pb_bisection *bisection, enum pb_finding finding,
                 const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    free(bisection->remark);
    bisection->remark = pb_vasprintf(format, arguments);
    va_end(arguments);
    bisection->finding = finding;
    bisection->stage = PB_STAGE_DONE;
}

/* --- carrying out ------------------------------------------------------- */

static bool
is_of_search(const struct pb_trial_record *trial)
{
    return trial->purpose == PB_PURPOSE_SEARCH ||
           trial->purpose == PB_PURPOSE_REPEAT;
}

/* The hunt that a trial of the search is for. */
static size_t
asking_for(const struct pb_bisection *bisection,
           const struct pb_trial_record *trial)
{
    bool later = false;
    if (is_of_search(trial)) {
        return pb_choose_asking(bisection, &later);
    }
    return trial->purpose == PB_PURPOSE_REVERT
               ? pb_hunt_ending_at(bisection, trial->about)
               : PB_NO_HUNT;
}

static void
fill_event(const struct pb_bisection *bisection, enum pb_event_kind kind,
           const struct pb_trial_record *trial, struct pb_event *out_event)
{
    *out_event = (struct pb_event){.kind = kind, .trial = trial};
    if (is_of_search(trial)) {
        out_event->hunt = asking_for(bisection, trial);
    }
}

static bool
is_first_of_search(const struct pb_bisection *bisection)
{
    for (size_t i = 0; i < bisection->ntrials; i++) {
        if (is_of_search(bisection->trials[i])) {
            return false;
        }
    }
    return true;
}

static struct pb_json *
step_to_json(const struct pb_bisection *bisection,
             const struct pb_trial_record *trial)
{
    char hex[PB_OID_HEX];
    char key[PB_DIGEST_HEX];
    const struct pb_pending *pending = &bisection->pending;
    const struct pb_evaluation *evaluation = &trial->evaluation;
    struct pb_json *step = pb_json_object();
    pb_json_set(step, "purpose",
                pb_json_string(pb_purpose_name(trial->purpose)));
    pb_json_set(step, "sha", pb_json_string(pb_oid_hex(&trial->commit, hex)));
    pb_json_set(step, "tests", pb_json_integer((int64_t)trial->ntests));
    pb_json_set(step, "clean", pb_json_bool(trial->clean));
    pb_json_set(step, "verdict",
                pb_json_string(pb_verdict_name(trial->verdict)));
    pb_json_set(step, "reason", pb_json_string(evaluation->reason));
    pb_json_set(step, "recalled", pb_json_bool(evaluation->recalled));
    const struct pb_result *command =
        pb_results_find(&evaluation->results, PB_TEST_COMMAND);
    pb_json_set(step, "command",
                command == NULL
                    ? pb_json_null()
                    : pb_json_string(pb_outcome_failed(command->outcome)
                                         ? "failed"
                                         : "passed"));
    pb_json_set(
        step, "failed",
        pb_json_integer((int64_t)pb_results_failed(&evaluation->results)));
    pb_json_set(
        step, "seconds",
        pb_json_real(evaluation->build_seconds + evaluation->test_seconds));
    pb_json_set(step, "spent", pb_json_bool(trial->spent));
    pb_json_set(step, "evaluation",
                pb_json_string(pb_digest_hex(&pending->key, key)));
    if (is_of_search(trial)) {
        pb_json_set(step, "why", pb_why_to_json(&trial->why));
        pb_json_set(step, "costs",
                    pending->by_costs ? pb_costs_to_json(&pending->costs)
                                      : pb_json_null());
        if (is_first_of_search(bisection)) {
            pb_json_set(step, "prior", pb_weights_to_json(bisection));
        }
    }
    return step;
}

static void
take_in(struct pb_bisection *bisection, const struct pb_trial_record *trial)
{
    size_t index = bisection->ntrials - 1;
    switch (trial->purpose) {
    case PB_PURPOSE_GOOD_END:
    case PB_PURPOSE_BAD_END:
        break; /* before it is known what regressed */
    case PB_PURPOSE_CONFIRM:
    case PB_PURPOSE_CLOSE:
        pb_rows_add(bisection, index, trial->asked);
        break;
    case PB_PURPOSE_SEARCH:
    case PB_PURPOSE_REPEAT:
    case PB_PURPOSE_REVERT:
        pb_rows_add(bisection, index, trial->asked);
        pb_hunt_regroup(bisection);
        break;
    }
}

/* The pending trial has its evaluation: it joins the trials. */
static int
conclude(struct pb_bisection *bisection, struct pb_event *out_event,
         struct pb_error *err)
{
    struct pb_pending *pending = &bisection->pending;
    struct pb_trial_record *trial = pending->trial;
    const struct pb_bisection_options *options = &bisection->options;
    const struct pb_json *recorded = pb_engine_recorded(bisection);
    size_t asking = asking_for(bisection, trial);
    trial->spent = recorded != NULL ? pb_json_get_bool(recorded, "spent")
                                    : !trial->evaluation.recalled;
    if (asking != PB_NO_HUNT) {
        trial->verdict = pb_rows_hunt_in(bisection, &bisection->hunts[asking],
                                         &trial->evaluation);
    }
    PB_AUTO(pb_json) struct pb_json *step = step_to_json(bisection, trial);
    if (options->recorded != NULL) {
        options->recorded(options->recorded_context, bisection->ntrials + 1,
                          step);
    }
    if (!options->replay && options->id != 0 &&
        pb_journal_add_step(bisection->options.journal, bisection->options.id,
                            bisection->ntrials + 1, step, err) < 0)
    {
        return -1;
    }
    PB_GROW(bisection->trials, bisection->ntrials, bisection->trials_cap);
    bisection->trials[bisection->ntrials++] = trial;
    trial->asked = pending->asked;
    pending->asked = NULL;
    pending->trial = NULL;
    clear_pending(pending);
    fill_event(bisection, PB_EVENT_TRIED, trial, out_event);
    take_in(bisection, trial);
    return 0;
}

/* One stage of the pending trial: recall it, build it, or test it. It is
   looked up before each stage, so that a trial that is on record, but whose
   step could not be written, is not run again. */
static int
carry_out(struct pb_bisection *bisection, struct pb_event *out_event,
          struct pb_error *err)
{
    struct pb_pending *pending = &bisection->pending;
    const struct pb_machine *machine = bisection->options.machine;
    struct pb_evaluation *evaluation = &pending->trial->evaluation;
    bool known = false;
    pb_evaluation_clear(evaluation);
    if (pb_evaluation_recall(bisection->options.journal, &pending->key,
                             evaluation, &known, err) < 0)
    {
        return -1;
    }
    if (known) {
        return conclude(bisection, out_event, err);
    }
    if (!pending->built) {
        if (machine->build(machine->context, &pending->request,
                           &pending->build, err) < 0)
        {
            return -1;
        }
        pending->built = true;
        bisection->doubted |= pending->build.audit == PB_AUDIT_DIFFERENT;
        fill_event(bisection, PB_EVENT_BUILT, pending->trial, out_event);
        out_event->build = &pending->build;
        return 0;
    }
    if (pb_evaluation_make(bisection->options.journal, machine,
                           &pending->request, &pending->build, evaluation,
                           err) < 0)
    {
        return -1;
    }
    return conclude(bisection, out_event, err);
}

/* Interpreters that were tried turn out to be wrong: everything is gone
   through once more, recalled where it still holds. */
static void
start_over(struct pb_bisection *bisection)
{
    struct pb_bisection *fresh = pb_bisection_new(&bisection->options);
    struct pb_bisection old = *bisection;
    *bisection = *fresh;
    *fresh = old;
    pb_bisection_free(fresh);
}

int
pb_bisection_step(struct pb_bisection *bisection, struct pb_event *out_event,
                  struct pb_error *err)
{
    if (bisection->doubted) {
        start_over(bisection);
    }
    if (bisection->past == NULL &&
        pb_journal_steps(bisection->options.journal, bisection->options.id,
                         &bisection->past, err) < 0)
    {
        return -1;
    }
    if (bisection->pending.chosen) {
        return carry_out(bisection, out_event, err);
    }
    for (;;) {
        *out_event = (struct pb_event){.kind = PB_EVENT_FINISHED};
        switch (bisection->stage) {
        case PB_STAGE_ENDS:
            pb_ends_advance(bisection);
            break;
        case PB_STAGE_CONFIRM:
            pb_confirm_advance(bisection);
            if (bisection->stage == PB_STAGE_SEARCH) {
                out_event->kind = PB_EVENT_REGRESSED;
                return 0;
            }
            break;
        case PB_STAGE_SEARCH:
            pb_search_advance(bisection);
            break;
        case PB_STAGE_CLOSE:
            if (pb_close_advance(bisection, out_event)) {
                return 0;
            }
            break;
        case PB_STAGE_DONE:
            return 0;
        }
        if (bisection->pending.chosen) {
            fill_event(bisection, PB_EVENT_CHOSEN, bisection->pending.trial,
                       out_event);
            return 0;
        }
    }
}
