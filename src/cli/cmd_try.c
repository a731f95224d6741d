/* One revision, one verdict: exits 0, 1 or 125. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/tell.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"

static const char usage[] =
    "pybisect try REV PROJECT [--test ID] [--again] [options]\n"
    "   or: pybisect try REV [options] -- CMD ...";

#define SHOWN_FAILURES 20

/* Returns how many there are; those that the recipe knows are not counted. */
static size_t
print_failures(const struct pb_results *results,
               const struct pb_recipe *recipe, size_t *out_known)
{
    size_t shown = 0;
    size_t failed = 0;
    for (size_t i = 0; i < results->len; i++) {
        const struct pb_result *each = &results->items[i];
        if (!pb_outcome_failed(each->outcome)) {
            continue;
        }
        if (pb_recipe_knows_failure(recipe, each->id)) {
            *out_known += 1;
            continue;
        }
        failed++;
        /* The last line says all of a command. */
        if (shown < SHOWN_FAILURES && strcmp(each->id, PB_TEST_COMMAND) != 0) {
            PB_AUTOFREE char *signature = pb_signature_of(each);
            screen_print("%s  %s\n    %s\n", pb_outcome_name(each->outcome),
                         each->id, signature);
            shown++;
        }
    }
    if (shown > 0 && failed > shown) {
        printf("... and %zu more\n", failed - shown);
    }
    return failed;
}

/* Why a run without a failure is not good all the same, or NULL. */
static char *
find_shortage(const struct pb_session *session,
              const struct pb_results *results)
{
    const struct pb_result *run = pb_results_find(results, PB_TEST_RUN);
    size_t wanted = session->recipe.test.min_tests;
    if (run == NULL || session->plan->tests.len > 0 ||
        pb_results_tests(results) >= wanted)
    {
        return NULL;
    }
    return run->outcome == PB_OUTCOME_SKIP
               ? pb_strdup(run->message)
               : pb_asprintf("the recipe expects at least %zu tests", wanted);
}

/* A command's exit status has the last word on the tests that it ran. */
static bool
is_bad(const struct pb_session *session, const struct pb_results *results,
       size_t *out_known)
{
    const struct pb_result *command =
        pb_results_find(results, PB_TEST_COMMAND);
    if (command != NULL && !pb_outcome_failed(command->outcome)) {
        return false;
    }
    return print_failures(results, &session->recipe, out_known) > 0;
}

static int
print_verdict(const struct pb_session *session,
              const struct pb_evaluation *evaluation)
{
    char duration[PB_CLOCK_TEXT];
    const struct pb_results *results = &evaluation->results;
    if (evaluation->status != PB_EVALUATION_TESTED) {
        screen_print("skip: %s\n", evaluation->reason);
        if (evaluation->log != NULL) {
            printf("log: %s\n", evaluation->log);
        }
        return CLI_SKIP;
    }
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    size_t known = 0;
    bool failed = is_bad(session, results, &known);
    PB_AUTOFREE char *shortage = find_shortage(session, results);
    bool bad = failed || shortage != NULL;
    tell_results(results, &text);
    if (known > 0) {
        pb_buf_addf(&text, " (%zu known to the recipe)", known);
    }
    if (shortage != NULL) {
        pb_buf_addf(&text, ", %s", shortage);
    }
    screen_print("%s: %s, %s\n", bad ? "bad" : "good", text.data,
                 evaluation->recalled
                     ? "known before (--again runs it once more)"
                     : pb_clock_duration(evaluation->test_seconds, duration));
    if (bad && evaluation->log != NULL && pb_fs_exists(evaluation->log)) {
        screen_print("log: %s\n", evaluation->log);
    }
    return bad ? 1 : 0;
}

/* The first run that nobody has made yet. */
static void
ask_again(const struct pb_session *session, struct pb_request *request)
{
    struct pb_digest key = pb_request_key(&session->machine, request);
    while (pb_journal_has_evaluation(session->journal, &key)) {
        request->take++;
        key = pb_request_key(&session->machine, request);
    }
}

static int
try_revision(struct cli *cli, struct pb_session *session, const char *revision,
             struct pb_error *err)
{
    PB_AUTO(pb_evaluation)
    struct pb_evaluation evaluation = PB_EVALUATION_INIT;
    struct pb_plan *plan = session->plan;
    struct pb_request request = {
        .tests = plan->tests.len > 0 ? &plan->tests : NULL,
    };
    if (pb_session_open_history(session, err) < 0 ||
        pb_range_revision(session->repo, revision, &session->bad, err) < 0 ||
        pb_session_open_project(session, err) < 0)
    {
        return -1;
    }
    request.commit = session->bad;
    tell_notes(cli, session);
    if (pb_session_keys(session, &request.commit, &request.keys, err) < 0) {
        return -1;
    }
    if (cli->options.again) {
        ask_again(session, &request);
    }
    screen_doing(&cli->screen, "trying %s", revision);
    if (pb_evaluate(session->journal, &session->machine, &request, &evaluation,
                    err) < 0)
    {
        return -1;
    }
    screen_clear(&cli->screen);
    return print_verdict(session, &evaluation);
}

int
cmd_try(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    int status = cli_take_project(cli, 1, usage);
    if (status != 0) {
        return status;
    }
    PB_AUTO(pb_session)
    struct pb_session session = {
        .plan = &cli->options.plan,
        .places = &cli->places,
        .progress = &cli->screen.progress,
        .cancel = cli->cancel,
    };
    status = try_revision(cli, &session, cli->options.words.items[0], &err);
    return status < 0 ? cli_fail(cli, &err) : status;
}
