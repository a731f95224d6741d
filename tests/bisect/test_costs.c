/* Costs as data, and choices that go by them. */
#include <string.h>

#include "bisect/world.h"

/* --- as data ------------------------------------------------------------ */

static void
add_members(struct pb_ready *ready, size_t first, size_t last)
{
    for (size_t i = first; i <= last; i++) {
        pb_ready_add(ready, i);
    }
}

static void
what_is_kept_comes_back(void **state)
{
    PB_AUTO(pb_costs) struct pb_costs costs = PB_COSTS_INIT;
    PB_AUTO(pb_costs) struct pb_costs back = PB_COSTS_INIT;
    (void)state;
    costs.build = 61.25;
    costs.failed_build = 18;
    costs.good_end = .3;
    costs.passing_test = 2.001;
    costs.failing_test = 1.5;
    struct pb_ready *stored = pb_costs_add(&costs, "in the store", .3, true);
    add_members(stored, 2, 4);
    add_members(stored, 9, 9);
    struct pb_ready *known = pb_costs_add(&costs, "known before", .05, true);
    known->run = true;
    add_members(known, 9, 9);
    PB_AUTO(pb_json) struct pb_json *json = pb_costs_to_json(&costs);
    pb_costs_from_json(json, 20, &back);
    PB_AUTO(pb_json) struct pb_json *again = pb_costs_to_json(&back);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf other = PB_BUF_INIT;
    pb_json_write(json, false, &text);
    pb_json_write(again, false, &other);
    assert_string_equal(text.data, other.data);
    assert_string_equal(pb_costs_ready(&back, 3)->what, "in the store");
    assert_string_equal(pb_costs_ready(&back, 9)->what, "known before");
    assert_true(pb_costs_ready(&back, 9)->run);
    assert_null(pb_costs_ready(&back, 5));
}

static void
what_is_no_cost_is_left_out(void **state)
{
    static const char text[] =
        "{\"build\": -5, \"failed_build\": \"x\", \"ready\": ["
        "{\"what\": 7, \"seconds\": -1, \"candidates\": [[3, 900000000], "
        "[-4, 1], [5, 2], 8, [\"a\", \"b\"]]}, 12]}";
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_costs) struct pb_costs costs = PB_COSTS_INIT;
    PB_AUTO(pb_json)
    struct pb_json *json = pb_json_parse(text, strlen(text), "costs", &err);
    (void)state;
    pb_costs_from_json(json, 6, &costs);
    assert_true(costs.build >= 0 && costs.build <= 0);
    for (size_t i = 0; i < costs.nready; i++) {
        const struct pb_ready *ready = &costs.ready[i];
        for (size_t j = 0; j < ready->len; j++) {
            assert_in_range(ready->members[j], 0, 5);
            assert_true(j == 0 || ready->members[j] > ready->members[j - 1]);
        }
    }
}

/* --- choices ------------------------------------------------------------ */

static bool
stored_in_front(void *context, struct pb_costs *out)
{
    struct world *world = context;
    out->build = 100;
    out->failed_build = 30;
    out->good_end = .3;
    struct pb_ready *stored = pb_costs_add(out, "in the store", .3, true);
    for (size_t i = 0; i + 1 < world->commits / 3; i += 2) {
        pb_ready_add(stored, i);
    }
    return true;
}

static bool
nothing_is_near(void *context, struct pb_costs *out)
{
    (void)context;
    out->build = 5;
    out->failed_build = 5;
    out->good_end = 5;
    return true;
}

static void
what_is_stored_is_tried_first(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    struct pb_event event = {.kind = PB_EVENT_TRIED};
    world.estimate = stored_in_front;
    world_init(&world, *state, 90);
    world_add(&world, "a",
              "...............FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
              "FFFFFFFFFFFFFFFFFFFFFFFFFFFFF");
    world_start(&world);
    do {
        world_step(&world, &event);
    } while (event.kind != PB_EVENT_CHOSEN ||
             event.trial->purpose != PB_PURPOSE_SEARCH);
    /* The middle is worth more bits, but a hundred times the time. */
    assert_true(event.trial->candidate < 30);
    assert_int_equal(event.trial->candidate % 2, 0);
    assert_string_equal(event.trial->why.ready, "in the store");
    assert_true(event.trial->why.bits > 0);
    assert_true(event.trial->why.seconds < 5);
    assert_in_range(pb_why_suspects(&event.trial->why), 85, 95);
    PB_AUTOFREE char *why = pb_why_text(&event.trial->why);
    assert_non_null(strstr(why, "in the store"));
    world_finish(&world);
    expect_culprit(&world, "a", 14);
}

/* The store and the clock are others by then: the choices on record are made
   again all the same. */
static void
a_resumed_search_goes_by_the_costs_on_record(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.estimate = stored_in_front;
    world_init(&world, *state, 60);
    world_add(&world, "a",
              "...............FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF");
    world_start(&world);
    struct pb_event event = {.kind = PB_EVENT_TRIED};
    while (world.steps < 3) {
        world_step(&world, &event);
    }
    size_t ran = world.ran;
    size_t tried[3];
    for (size_t i = 0; i < 3; i++) {
        tried[i] = pb_bisection_trial(world.bisection, 4 + i)->candidate;
    }
    world_stop(&world);
    world.estimate = nothing_is_near;
    world.steps = 0;
    world_start(&world);
    while (world.steps < 3) {
        world_step(&world, &event);
    }
    assert_int_equal(world.ran, ran);
    for (size_t i = 0; i < 3; i++) {
        const struct pb_trial_record *trial =
            pb_bisection_trial(world.bisection, 4 + i);
        assert_int_equal(trial->candidate, tried[i]);
        assert_string_equal(trial->why.ready, "in the store");
    }
    world_finish(&world);
    expect_culprit(&world, "a", 14);
}

static void
prefer_the_ninth(void *context, const struct pb_result *const *failures,
                 size_t nfailures, double *weights)
{
    (void)context;
    assert_int_equal(nfailures, 1);
    assert_non_null(failures[0]);
    weights[9] += 1000;
}

static void
a_hint_is_tried_at_once(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.options.weigh = prefer_the_ninth;
    world_init(&world, *state, 60);
    world_add(&world, "a",
              "..........FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF");
    world_finish(&world);
    expect_culprit(&world, "a", 9);
    for (size_t i = 4; i < pb_bisection_trials(world.bisection); i++) {
        assert_in_range(pb_bisection_trial(world.bisection, i)->candidate, 8,
                        9);
    }
}

static void
a_wrong_hint_is_got_over(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.options.weigh = prefer_the_ninth;
    world_init(&world, *state, 60);
    world_add(&world, "a",
              "..............................................FFFFFFFFFFFFFFF");
    world_finish(&world);
    expect_culprit(&world, "a", 45);
    assert_in_range(world_trials(&world, PB_PURPOSE_SEARCH), 6, 9);
}

/* --- replay ------------------------------------------------------------- */

struct steps {
    struct pb_buf text;
};

static void
write_step(void *context, size_t number, const struct pb_json *step)
{
    static const char *const keys[] = {"sha", "verdict", "why", "costs",
                                       "prior"};
    struct steps *steps = context;
    pb_buf_addf(&steps->text, "%zu", number);
    for (size_t i = 0; i < PB_LENGTH(keys); i++) {
        if (pb_json_has(step, keys[i])) {
            pb_buf_addf(&steps->text, " %s ", keys[i]);
            pb_json_write(pb_json_get(step, keys[i]), false, &steps->text);
        }
    }
    pb_buf_addch(&steps->text, '\n');
}

static void
a_replay_makes_the_same_choices(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    struct steps first = {.text = PB_BUF_INIT};
    struct steps second = {.text = PB_BUF_INIT};
    world.estimate = stored_in_front;
    world.options.weigh = prefer_the_ninth;
    world.options.recorded = write_step;
    world.options.recorded_context = &first;
    world_init(&world, *state, 60);
    world_add(&world, "a",
              "...............hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhg");
    world_finish(&world);
    size_t ran = world.ran;
    world_stop(&world);
    world.estimate = nothing_is_near;
    world.options.weigh = NULL;
    world.options.replay = true;
    world.options.recorded_context = &second;
    world_finish(&world);
    assert_int_equal(world.ran, ran);
    assert_string_equal(second.text.data, first.text.data);
    pb_buf_clear(&first.text);
    pb_buf_clear(&second.text);
}

/* --- ahead -------------------------------------------------------------- */

static void
what_may_come_next_is_known_while_tests_run(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    struct pb_event event = {.kind = PB_EVENT_TRIED};
    size_t next[2];
    world_init(&world, *state, 60);
    world_add(&world, "a",
              "...............FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF");
    world_start(&world);
    do {
        world_step(&world, &event);
    } while (event.kind != PB_EVENT_BUILT);
    assert_int_equal(pb_bisection_ahead(world.bisection, 2, next), 1);
    assert_int_equal(next[0], 59); /* the bad end */
    do {
        world_step(&world, &event);
    } while (event.kind != PB_EVENT_BUILT ||
             event.trial->purpose != PB_PURPOSE_SEARCH);
    /* A quarter from either end. */
    assert_int_equal(pb_bisection_ahead(world.bisection, 2, next), 2);
    size_t low = next[0] < next[1] ? next[0] : next[1];
    size_t high = next[0] < next[1] ? next[1] : next[0];
    assert_in_range(low, 11, 18);
    assert_in_range(high, 41, 48);
    while (event.kind != PB_EVENT_FINISHED) {
        world_step(&world, &event);
    }
    assert_int_equal(pb_bisection_ahead(world.bisection, 2, next), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(what_is_kept_comes_back),
        SCRATCH_TEST(what_is_no_cost_is_left_out),
        SCRATCH_TEST(what_is_stored_is_tried_first),
        SCRATCH_TEST(a_resumed_search_goes_by_the_costs_on_record),
        SCRATCH_TEST(a_hint_is_tried_at_once),
        SCRATCH_TEST(a_wrong_hint_is_got_over),
        SCRATCH_TEST(a_replay_makes_the_same_choices),
        SCRATCH_TEST(what_may_come_next_is_known_while_tests_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
