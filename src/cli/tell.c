/* What a bisection tells while it runs: a line a trial. */
#include "cli/tell.h"

#include <math.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/verdict.h"
#include "verdict/words.h"

#define SIGNATURE_BYTES 160 /* of a line; the report has all of it */

static void
add_thousands(struct pb_buf *out, size_t number)
{
    PB_AUTOFREE char *digits = pb_asprintf("%zu", number);
    size_t length = strlen(digits);
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            pb_buf_addch(out, ',');
        }
        pb_buf_addch(out, digits[i]);
    }
}

void
tell_notes(struct cli *cli, const struct pb_session *session)
{
    for (size_t i = 0; i < session->notes.len; i++) {
        screen_line(&cli->screen, "note: %s", session->notes.items[i]);
    }
}

void
tell_range(struct cli *cli, const struct pb_session *session)
{
    char good[PB_OID_SHORT];
    char bad[PB_OID_SHORT];
    size_t commits = session->range.commits.len;
    size_t candidates = session->candidates.len;
    size_t steps = pb_candidates_steps(candidates);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    add_thousands(&text, commits);
    pb_buf_addf(&text, " commit%s, ", commits == 1 ? "" : "s");
    add_thousands(&text, candidates);
    pb_buf_addf(&text, " candidate%s, about %zu step%s",
                candidates == 1 ? "" : "s", steps, steps == 1 ? "" : "s");
    screen_line(&cli->screen, "range %s..%s: %s",
                pb_oid_short(&session->range.good, good),
                pb_oid_short(&session->range.bad, bad), text.data);
    if (session->range.forked) {
        char asked[PB_OID_SHORT];
        screen_line(&cli->screen,
                    "note: %s is on another branch; the range starts at %s, "
                    "where it left this one",
                    pb_oid_short(&session->range.asked_good, asked), good);
    }
}

static void
add_outlook(struct pb_buf *text, const struct pb_why *why)
{
    size_t suspects = pb_why_suspects(why);
    size_t steps = (size_t)ceil(why->open_bits);
    pb_buf_addf(text, " (%zu suspect%s, about %zu step%s)", suspects,
                suspects == 1 ? "" : "s", steps, steps == 1 ? "" : "s");
}

static void
tell_choice(struct cli *cli, const struct pb_event *event, size_t number)
{
    char id[PB_OID_SHORT];
    const struct pb_trial_record *trial = event->trial;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_addf(&text, "[%zu] %s %s", number, pb_purpose_name(trial->purpose),
                pb_oid_short(&trial->commit, id));
    if (cli->screen.paint == NULL && trial->why.bits > 0) {
        add_outlook(&text, &trial->why);
    }
    if (trial->purpose == PB_PURPOSE_REVERT) {
        pb_buf_adds(&text, " (seems to undo the change that was found)");
    }
    if (cli->options.explain && trial->why.bits > 0) {
        PB_AUTOFREE char *why = pb_why_text(&trial->why);
        screen_line(&cli->screen, "[%zu] %s", number, why);
    }
    screen_doing(&cli->screen, "%s: building%s", text.data,
                 trial->clean ? " from clean" : "");
}

static void
add_build(struct pb_buf *text, const struct pb_evaluation *evaluation)
{
    char duration[PB_CLOCK_TEXT];
    if (evaluation->recalled) {
        pb_buf_adds(text, "known before");
    }
    else if (evaluation->audit == PB_AUDIT_PROVED) {
        pb_buf_adds(text, "build out of the store, where an audit has proved "
                          "it equal to a clean one");
    }
    else if (evaluation->build == PB_BUILD_RESTORED) {
        pb_buf_adds(text, "build out of the store");
    }
    else {
        pb_buf_addf(text, "built in %s",
                    pb_clock_duration(evaluation->build_seconds, duration));
        if (evaluation->audit == PB_AUDIT_EQUAL) {
            pb_buf_adds(text, ", equal to the incremental build");
        }
        else if (evaluation->audit == PB_AUDIT_IRREPRODUCIBLE) {
            pb_buf_adds(text, ", which is not comparable: clean builds differ "
                              "among themselves here");
        }
    }
}

static const struct {
    const char *id;
    const char *name;
} phases[] = {
    {PB_TEST_INSTALL, "install-python"},
    {PB_TEST_PREPARE, "prepare"},
    {PB_TEST_SMOKE, "smoke"},
    {PB_TEST_RUN, "the run"},
};

/* Why the run as a whole failed, if it did: the tests that it got to are then
   the lesser part of the story. */
static bool
add_failed_phase(struct pb_buf *text, const struct pb_results *results)
{
    for (size_t i = 0; i < PB_LENGTH(phases); i++) {
        const struct pb_result *result =
            pb_results_find(results, phases[i].id);
        if (result != NULL && pb_outcome_failed(result->outcome)) {
            PB_AUTOFREE char *signature = pb_signature_of(result);
            pb_buf_addf(text, ", %s failed: %s", phases[i].name, signature);
            return true;
        }
    }
    return false;
}

/* Where the tests were not to be run: "install-python passed". */
static bool
add_passed_phases(struct pb_buf *text, const struct pb_results *results)
{
    bool any = false;
    for (size_t i = 0; i < PB_LENGTH(phases); i++) {
        const struct pb_result *result =
            pb_results_find(results, phases[i].id);
        if (result != NULL && result->outcome == PB_OUTCOME_PASS) {
            pb_buf_addf(text, "%s%s passed", any ? ", " : "", phases[i].name);
            any = true;
        }
    }
    return any;
}

static void
add_tests(struct pb_buf *text, const struct pb_results *results)
{
    size_t tests = pb_results_tests(results);
    size_t failed = pb_results_failed(results);
    size_t skipped = pb_results_count(results, PB_OUTCOME_SKIP);
    PB_AUTO(pb_buf) struct pb_buf phase = PB_BUF_INIT;
    bool broken = add_failed_phase(&phase, results);
    bool ran = tests > 0 || pb_results_find(results, PB_TEST_RUN) != NULL;
    if (!ran && !broken && add_passed_phases(text, results)) {
        return;
    }
    pb_buf_addf(text, "%zu test%s", tests, tests == 1 ? "" : "s");
    if (failed > 0 || !broken) {
        pb_buf_addf(text, ", %zu failed", failed);
    }
    if (skipped > 0) {
        pb_buf_addf(text, ", %zu skipped", skipped);
    }
    pb_buf_adds(text, phase.data);
}

void
tell_results(const struct pb_results *results, struct pb_buf *out)
{
    const struct pb_result *command =
        pb_results_find(results, PB_TEST_COMMAND);
    if (command == NULL) {
        add_tests(out, results);
        return;
    }
    PB_AUTOFREE char *signature = pb_signature_of(command);
    pb_buf_addf(out, "command: %s", signature);
}

static void
add_results(struct pb_buf *text, const struct pb_evaluation *evaluation)
{
    char duration[PB_CLOCK_TEXT];
    pb_buf_adds(text, "; ");
    tell_results(&evaluation->results, text);
    if (evaluation->twin) {
        char id[PB_OID_SHORT];
        pb_buf_addf(text, ", as %s: an identical interpreter",
                    pb_oid_short(&evaluation->tested, id));
    }
    else if (!evaluation->recalled) {
        pb_buf_addf(text, " in %s",
                    pb_clock_duration(evaluation->test_seconds, duration));
    }
}

static void
tell_trial(struct cli *cli, const struct pb_event *event, size_t number)
{
    char id[PB_OID_SHORT];
    const struct pb_trial_record *trial = event->trial;
    const struct pb_evaluation *evaluation = &trial->evaluation;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_addf(&text, "[%zu] %s %s: ", number,
                pb_purpose_name(trial->purpose),
                pb_oid_short(&trial->commit, id));
    if (evaluation->status == PB_EVALUATION_TESTED) {
        add_build(&text, evaluation);
        add_results(&text, evaluation);
    }
    else {
        pb_buf_addf(&text, "%s%s",
                    evaluation->status == PB_EVALUATION_UNBUILDABLE
                        ? "does not build: "
                        : "",
                    evaluation->reason);
    }
    if (trial->verdict != PB_VERDICT_NONE) {
        pb_buf_addf(&text, " -> %s", pb_verdict_name(trial->verdict));
    }
    screen_line(&cli->screen, "%s", text.data);
}

static void
tell_regressions(struct cli *cli, const struct pb_bisection *bisection)
{
    const struct pb_diff *diff = pb_bisection_diff(bisection);
    size_t count = pb_bisection_regressions(bisection);
    PB_AUTO(pb_buf) struct pb_buf left_out = PB_BUF_INIT;
    if (diff->failing_both > 0) {
        pb_buf_addf(&left_out, "; left out: %zu that fail%s at both",
                    diff->failing_both, diff->failing_both == 1 ? "s" : "");
    }
    if (diff->known > 0) {
        pb_buf_addf(&left_out, "%s %zu known failure%s",
                    left_out.len > 0 ? "," : "; left out:", diff->known,
                    diff->known == 1 ? "" : "s");
    }
    screen_line(&cli->screen, "%zu test%s regressed between the ends%s", count,
                count == 1 ? "" : "s", left_out.data);
    for (size_t i = 0; i < count && i < 5; i++) {
        const struct pb_regression *each =
            pb_bisection_regression(bisection, i);
        PB_AUTOFREE char *said =
            pb_words_first_line(each->bad_signature, SIGNATURE_BYTES);
        screen_line(&cli->screen, "    %s: %s%s", each->id, said,
                    pb_bisection_is_flaky(bisection, i) ? " (flaky, left out)"
                                                        : "");
    }
    if (count > 5) {
        screen_line(&cli->screen, "    ... and %zu more", count - 5);
    }
}

static void
tell_audit(struct cli *cli, const struct pb_event *event)
{
    char id[PB_OID_SHORT];
    size_t dropped = event->build->dropped.len;
    screen_line(&cli->screen,
                "audit: built from clean, %s is not what it was incrementally;"
                " %zu stored build%s dropped, and their results forgotten",
                pb_oid_short(&event->trial->commit, id), dropped,
                dropped == 1 ? " is" : "s are");
}

void
tell_event(struct cli *cli, const struct pb_bisection *bisection,
           const struct pb_event *event)
{
    size_t number = pb_bisection_trials(bisection);
    switch (event->kind) {
    case PB_EVENT_CHOSEN:
        tell_choice(cli, event, number + 1);
        break;
    case PB_EVENT_BUILT:
        if (event->build->audit == PB_AUDIT_DIFFERENT) {
            tell_audit(cli, event);
        }
        else if (event->build->end != PB_BUILD_FAILED) {
            char id[PB_OID_SHORT];
            screen_now(&cli->screen, "[%zu] %s %s: testing", number + 1,
                       pb_purpose_name(event->trial->purpose),
                       pb_oid_short(&event->trial->commit, id));
        }
        break;
    case PB_EVENT_TRIED:
        tell_trial(cli, event, number);
        break;
    case PB_EVENT_REGRESSED:
        tell_regressions(cli, bisection);
        break;
    case PB_EVENT_HUNT:
    case PB_EVENT_FINISHED:
        break;
    }
}

void
tell_gain(struct cli *cli, struct pb_ahead_gain gain)
{
    char duration[PB_CLOCK_TEXT];
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_addf(&text, "built ahead: %zu revision%s, %zu of use", gain.built,
                gain.built == 1 ? "" : "s", gain.used);
    if (gain.used > 0) {
        pb_buf_addf(&text, ", which saved up to %s of waiting",
                    pb_clock_duration(gain.seconds, duration));
    }
    if (gain.dropped > 0) {
        pb_buf_addf(&text, "; %zu dropped half-way", gain.dropped);
    }
    screen_line(&cli->screen, "%s", text.data);
}

void
tell_probing(const struct pb_oid *commit, void *context)
{
    struct cli *cli = context;
    char id[PB_OID_SHORT];
    screen_doing(&cli->screen, "looking for a good end: %s",
                 pb_oid_short(commit, id));
}

void
tell_probe(const struct pb_oid *commit, const struct pb_evaluation *evaluation,
           bool good, void *context)
{
    struct cli *cli = context;
    char id[PB_OID_SHORT];
    screen_line(&cli->screen, "looking for a good end: %s %s",
                pb_oid_short(commit, id),
                good ? "is good"
                : evaluation->status == PB_EVALUATION_TESTED
                    ? "fails as the bad end does"
                    : evaluation->reason);
}
