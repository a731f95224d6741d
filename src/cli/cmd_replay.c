/* A bisection gone through once more by what is on record, without building or
   testing anything: the choices that come out have to be those that were
   made, byte for byte. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "pybisect/alloc.h"

static const char usage[] = "pybisect replay [ID]";

struct replay {
    const struct pb_json *steps; /* on record */
    size_t same;
    char *difference; /* of the first step that is another; NULL: none */
};

/* What a step was chosen by and what came of it; not when, nor how long it
   took. */
static void
write_choice(const struct pb_json *step, struct pb_buf *out)
{
    static const char *const keys[] = {"purpose", "sha",     "tests",
                                       "clean",   "verdict", "why",
                                       "costs",   "prior",   "evaluation"};
    for (size_t i = 0; i < PB_LENGTH(keys); i++) {
        if (pb_json_has(step, keys[i])) {
            pb_buf_addf(out, "%s ", keys[i]);
            pb_json_write(pb_json_get(step, keys[i]), false, out);
            pb_buf_addch(out, '\n');
        }
    }
}

static void
compare(void *context, size_t number, const struct pb_json *step)
{
    struct replay *replay = context;
    PB_AUTO(pb_buf) struct pb_buf now = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf then = PB_BUF_INIT;
    if (replay->difference != NULL) {
        return;
    }
    const struct pb_json *recorded = pb_json_at(replay->steps, number - 1);
    write_choice(step, &now);
    write_choice(recorded, &then);
    if (strcmp(now.data, then.data) == 0) {
        replay->same++;
        return;
    }
    replay->difference = pb_asprintf(
        "step %zu: %s %.10s on record, %s %.10s now", number,
        pb_json_get_string(recorded, "purpose"),
        pb_json_get_string(recorded, "sha"),
        pb_json_get_string(step, "purpose"), pb_json_get_string(step, "sha"));
}

static int
run(struct pb_session *session, int64_t id, struct replay *replay,
    struct pb_error *err)
{
    const struct pb_plan *plan = session->plan;
    PB_AUTO(pb_regex) struct pb_regex *match = NULL;
    if (plan->match != NULL) {
        match = pb_regex_new(plan->match, err);
        if (match == NULL) {
            return -1;
        }
    }
    enum pb_phase phase = pb_plan_phase(plan);
    struct pb_bisection_options options;
    pb_session_bisection_options(session, &options);
    options.id = id;
    options.match = match;
    options.phase = plan->phase == NULL ? NULL : &phase;
    options.replay = true;
    options.recorded = compare;
    options.recorded_context = replay;
    PB_AUTO(pb_bisection)
    struct pb_bisection *bisection = pb_bisection_new(&options);
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    while (event.kind != PB_EVENT_FINISHED && replay->difference == NULL &&
           replay->same < pb_json_length(replay->steps))
    {
        if (pb_bisection_step(bisection, &event, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
open_session(struct pb_session *session, struct pb_error *err)
{
    if (pb_session_open_history(session, err) < 0 ||
        pb_session_resolve(session, err) < 0 ||
        pb_session_open_replay(session, err) < 0)
    {
        return -1;
    }
    return pb_session_load_candidates(session, err);
}

static int
report(const struct replay *replay)
{
    size_t len = pb_json_length(replay->steps);
    if (replay->difference != NULL) {
        printf("not the same choices: %s\n", replay->difference);
        return CLI_NOT_FOUND;
    }
    printf("%zu step%s replayed: the same choices\n", replay->same,
           replay->same == 1 ? "" : "s");
    return replay->same == len ? 0 : CLI_NOT_FOUND;
}

int
cmd_replay(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    int64_t id = 0;
    int status = cli_bisection_id(cli, usage, &id);
    if (status != 0) {
        return status;
    }
    PB_AUTO(pb_plan) struct pb_plan plan = PB_PLAN_INIT;
    PB_AUTO(pb_session)
    struct pb_session session = {
        .plan = &plan,
        .places = &cli->places,
        .progress = &cli->screen.progress,
        .cancel = cli->cancel,
    };
    PB_AUTO(pb_json) struct pb_json *steps = NULL;
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection bisection = {
        .id = 0,
    };
    {
        PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
        if (cli_open_journal(cli, &journal, &err) < 0 ||
            pb_journal_load(journal, id, NULL, &bisection, &err) < 0 ||
            pb_journal_steps(journal, bisection.id, &steps, &err) < 0 ||
            pb_plan_from_json(bisection.plan, &plan, &err) < 0)
        {
            return cli_fail(cli, &err);
        }
    }
    struct replay replay = {.steps = steps};
    if (open_session(&session, &err) < 0 ||
        run(&session, bisection.id, &replay, &err) < 0)
    {
        free(replay.difference);
        return cli_fail(cli, &err);
    }
    status = report(&replay);
    free(replay.difference);
    return status;
}
