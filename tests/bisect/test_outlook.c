/* What is said to come, against what came. */
#include <string.h>

#include "bisect/world.h"
#include "pybisect/outlook.h"

#define COMMITS 64
#define CULPRIT 40
#define MOST_RUNS 100

/* Of each run, before it. */
struct said {
    struct pb_outlook of[MOST_RUNS];
    size_t len;
};

static void
said_clear(struct said *said)
{
    for (size_t i = 0; i < said->len; i++) {
        pb_outlook_clear(&said->of[i]);
    }
}
PB_DEFINE_AUTO_CLEAR(said, struct said, said_clear)

static void
follow(struct world *world, struct said *said)
{
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    char letters[COMMITS + 2];
    memset(letters, '.', sizeof(letters));
    memset(letters + 1 + CULPRIT, 'F', COMMITS - CULPRIT);
    letters[COMMITS + 1] = '\0';
    world_add(world, "test", letters);
    world_start(world);
    while (event.kind != PB_EVENT_FINISHED) {
        world_step(world, &event);
        if (event.kind == PB_EVENT_CHOSEN) {
            assert_in_range(said->len, 0, MOST_RUNS - 1);
            said->of[said->len] = (struct pb_outlook)PB_OUTLOOK_INIT;
            pb_bisection_outlook(world->bisection, &said->of[said->len++]);
        }
    }
    expect_culprit(world, "test", CULPRIT);
}

static bool
builds_take_long(void *context, struct pb_costs *out)
{
    (void)context;
    out->build = 100;
    out->failed_build = 30;
    out->good_end = 100;
    return true;
}

static bool
all_is_stored(void *context, struct pb_costs *out)
{
    (void)context;
    builds_take_long(context, out);
    out->good_end = .3;
    struct pb_ready *ready = pb_costs_add(out, "in the store", .3, true);
    for (size_t i = 0; i < COMMITS; i++) {
        pb_ready_add(ready, i);
    }
    return true;
}

static bool
all_is_proved(void *context, struct pb_costs *out)
{
    all_is_stored(context, out);
    out->ready[0].proved = true;
    return true;
}

static void
runs_are_as_many_as_were_said(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTO(said) struct said said = {.len = 0};
    world_init(&world, *state, COMMITS);
    follow(&world, &said);
    for (size_t i = 0; i < said.len; i++) {
        size_t real = said.len - i;
        assert_in_range(said.of[i].runs, real / 2, real * 2);
    }
    assert_int_equal(said.of[said.len - 1].runs, 1);
    assert_int_equal(said.of[said.len - 2].runs, 2);
}

static void
the_culprit_is_never_ruled_out(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTO(said) struct said said = {.len = 0};
    world_init(&world, *state, COMMITS);
    follow(&world, &said);
    for (size_t i = 0; i < said.len; i++) {
        assert_true(said.of[i].likely[CULPRIT]);
    }
    assert_int_equal(said.of[0].suspects, COMMITS);
    assert_int_equal(said.of[said.len - 1].answers, 1);
}

static void
no_time_is_told_before_a_suite_was_run(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTO(said) struct said said = {.len = 0};
    world_init(&world, *state, COMMITS);
    world.estimate = builds_take_long;
    follow(&world, &said);
    assert_true(said.of[0].seconds < 0);
    for (size_t i = 1; i < said.len; i++) {
        assert_true(said.of[i].seconds > 0);
        assert_true(said.of[i].step >= 0);
        assert_true(said.of[i].step <= said.of[i].seconds);
    }
}

static void
what_is_stored_takes_the_closing_builds_alone(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTO(said) struct said said = {.len = 0};
    world_init(&world, *state, COMMITS);
    world.estimate = all_is_stored;
    follow(&world, &said);
    assert_true(said.of[2].seconds > 100 && said.of[2].seconds < 250);
}

static void
what_is_proved_is_not_built_for_the_closing_checks(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTO(said) struct said said = {.len = 0};
    world_init(&world, *state, COMMITS);
    world.estimate = all_is_proved;
    follow(&world, &said);
    for (size_t i = 1; i < said.len; i++) {
        assert_true(said.of[i].seconds < 100);
    }
}

static void
builds_near_each_other_take_less(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTO(said) struct said said = {.len = 0};
    world_init(&world, *state, COMMITS);
    world.estimate = builds_take_long;
    follow(&world, &said);
    /* Some seven builds, of which the first three take about as long as a
       whole one, and the closing ones. */
    assert_true(said.of[4].seconds > 300 && said.of[4].seconds < 700);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(runs_are_as_many_as_were_said),
        SCRATCH_TEST(the_culprit_is_never_ruled_out),
        SCRATCH_TEST(no_time_is_told_before_a_suite_was_run),
        SCRATCH_TEST(what_is_stored_takes_the_closing_builds_alone),
        SCRATCH_TEST(what_is_proved_is_not_built_for_the_closing_checks),
        SCRATCH_TEST(builds_near_each_other_take_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
