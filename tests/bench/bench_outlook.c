/* How good was what a bisection said of the time that it would still take?

   Goes through finished bisections by what is on record and asks, before each
   run, for the outlook; what the runs from there on really took is on record
   as well.

       bench_outlook CPYTHON HOME ID...

   CPYTHON is the clone that they were made with, HOME their PYBISECT_HOME. A
   line a run, and at the end the ratio of said to real after the third run of
   each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/outlook.h"
#include "pybisect/session.h"

#define THIRD 3

struct said {
    double step;
    double seconds;
    size_t runs;
};

static void
fail(const struct pb_error *err)
{
    fprintf(stderr, "bench_outlook: %s\n", err->message);
    exit(1);
}

static double
seconds_of(const struct pb_json *step)
{
    return pb_json_get_bool(step, "spent") ? pb_json_get_real(step, "seconds")
                                           : 0;
}

static void
replay(struct pb_session *session, int64_t id, const struct pb_json *steps,
       struct said *said)
{
    struct pb_error err = PB_ERROR_INIT;
    enum pb_phase phase = pb_plan_phase(session->plan);
    struct pb_bisection_options options;
    pb_session_bisection_options(session, &options);
    options.id = id;
    options.replay = true;
    options.phase = session->plan->phase == NULL ? NULL : &phase;
    PB_AUTO(pb_bisection)
    struct pb_bisection *bisection = pb_bisection_new(&options);
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    while (event.kind != PB_EVENT_FINISHED &&
           pb_bisection_trials(bisection) < pb_json_length(steps))
    {
        if (pb_bisection_step(bisection, &event, &err) < 0) {
            fail(&err);
        }
        if (event.kind == PB_EVENT_CHOSEN) {
            PB_AUTO(pb_outlook) struct pb_outlook outlook = PB_OUTLOOK_INIT;
            pb_bisection_outlook(bisection, &outlook);
            said[pb_bisection_trials(bisection)] =
                (struct said){outlook.step, outlook.seconds, outlook.runs};
        }
    }
}

static void
print_run(const struct pb_json *step, size_t index, const struct said *said,
          size_t runs, double left)
{
    double took = seconds_of(step);
    printf("%3zu %-9s said %3zu runs, %6.0f s; were %3zu, %6.0f s", index + 1,
           pb_json_get_string(step, "purpose"), said->runs, said->seconds,
           runs - index, left);
    if (said->seconds > 0 && left > 0) {
        printf("; %5.2f", said->seconds / left);
    }
    printf("   (this one: said %5.1f, was %5.1f)\n", said->step, took);
}

static void
print(const struct pb_json *steps, const struct said *said)
{
    size_t runs = pb_json_length(steps);
    double left = 0;
    double third = 0;
    for (size_t i = 0; i < runs; i++) {
        left += seconds_of(pb_json_at(steps, i));
    }
    for (size_t i = 0; i < runs; i++) {
        print_run(pb_json_at(steps, i), i, &said[i], runs, left);
        third = i == THIRD && left > 0 ? said[i].seconds / left : third;
        left -= seconds_of(pb_json_at(steps, i));
    }
    printf("after the third run: said / real = %.2f\n\n", third);
}

static void
measure(const struct pb_places *places, const char *cpython,
        const char *journal_path, int64_t id)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_plan) struct pb_plan plan = PB_PLAN_INIT;
    PB_AUTO(pb_json) struct pb_json *steps = NULL;
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection bisection = {.id = 0};
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    PB_AUTO(pb_session)
    struct pb_session session = {.plan = &plan, .places = places};
    if (pb_journal_open(journal_path, &journal, &err) < 0 ||
        pb_journal_load(journal, id, NULL, &bisection, &err) < 0 ||
        pb_journal_steps(journal, id, &steps, &err) < 0 ||
        pb_plan_from_json(bisection.plan, &plan, &err) < 0)
    {
        fail(&err);
    }
    free(plan.cpython);
    plan.cpython = pb_strdup(cpython);
    if (pb_session_open_history(&session, &err) < 0 ||
        pb_session_resolve(&session, &err) < 0 ||
        pb_session_open_replay(&session, &err) < 0 ||
        pb_session_load_candidates(&session, &err) < 0)
    {
        fail(&err);
    }
    PB_AUTOFREE struct said *said =
        pb_alloc_array(pb_json_length(steps) + 1, sizeof(*said));
    printf("%lld: %s\n", (long long)id, bisection.title);
    replay(&session, id, steps, said);
    print(steps, said);
}

int
main(int argc, char **argv)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_places) struct pb_places places = {.data = NULL};
    if (argc < 4) {
        fprintf(stderr, "usage: bench_outlook CPYTHON HOME ID...\n");
        return 2;
    }
    setenv("PYBISECT_HOME", argv[2], 1);
    if (pb_places_init(&places, &err) < 0) {
        fail(&err);
    }
    PB_AUTOFREE char *journal = pb_asprintf("%s/journal.sqlite", places.data);
    for (int i = 3; i < argc; i++) {
        measure(&places, argv[1], journal, strtoll(argv[i], NULL, 10));
    }
    return 0;
}
