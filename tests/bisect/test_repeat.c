/* Between search and close: the tests of each answer run again at its edges,
   until it is sure enough. Repeats are the lines of the log that have a
   take; see world.h. */
#include "bisect/world.h"

#define MOST_REPEATS 16
#define SURE_ENOUGH .996

static size_t
repeats(const struct world *world)
{
    return world_trials(world, PB_PURPOSE_REPEAT);
}

/* Repeats at the candidate of this commit, or at PB_GOOD_END. */
static size_t
repeats_at(const struct world *world, size_t commit)
{
    size_t count = 0;
    for (size_t i = 0; i < pb_bisection_trials(world->bisection); i++) {
        const struct pb_trial_record *trial =
            pb_bisection_trial(world->bisection, i);
        size_t at = trial->candidate == PB_GOOD_END
                        ? PB_GOOD_END
                        : world->candidates.items[trial->candidate].commit;
        count += trial->purpose == PB_PURPOSE_REPEAT && at == commit;
    }
    return count;
}

/* Steps up to the first closing check or, without any, to the end. */
static void
finish_repeats(struct world *world)
{
    struct pb_event event = {.kind = PB_EVENT_TRIED};
    world_start(world);
    do {
        world_step(world, &event);
    } while (event.kind != PB_EVENT_FINISHED &&
             !(event.kind == PB_EVENT_CHOSEN &&
               event.trial->purpose == PB_PURPOSE_CLOSE));
}

/* good--0--...: commits in all, the middle one of which breaks a. Caller
   frees. */
static char *
half_broken(size_t commits)
{
    char *letters = pb_alloc(commits + 2);
    memset(letters, '.', commits + 1);
    memset(letters + commits / 2 + 1, 'F', commits - commits / 2);
    return letters;
}

/* --- how many ----------------------------------------------------------- */

static void
repeats_go_on_until_it_is_sure_enough_and_no_further(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    world_init(&world, *state, 40);
    PB_AUTOFREE char *letters = half_broken(40);
    world_add(&world, "a", letters);
    world_start(&world);
    while (event.kind != PB_EVENT_FINISHED) {
        world_step(&world, &event);
        if (event.kind != PB_EVENT_CHOSEN) {
            continue;
        }
        if (event.trial->purpose == PB_PURPOSE_REPEAT) {
            assert_true(world_hunt(&world, "a")->probability < SURE_ENOUGH);
        }
        if (event.trial->purpose == PB_PURPOSE_CLOSE) {
            assert_true(world_hunt(&world, "a")->probability >= SURE_ENOUGH);
        }
    }
    assert_in_range(repeats(&world), 1, MOST_REPEATS - 1);
    expect_culprit(&world, "a", 20);
}

static void
without_noise_any_number_of_candidates_ends_sure(void **state)
{
    static const size_t counts[] = {8, 40, 1000};
    for (size_t i = 0; i < PB_LENGTH(counts); i++) {
        PB_AUTO(world) struct world world = WORLD_INIT;
        PB_AUTOFREE char *letters = half_broken(counts[i]);
        world_init(&world, *state, counts[i]);
        world_add(&world, "a", letters);
        finish_repeats(&world);
        assert_true(world_hunt(&world, "a")->probability >= .99);
        world_finish(&world);
        expect_culprit(&world, "a", counts[i] / 2);
        assert_true(world_hunt(&world, "a")->probability >= .99);
    }
}

/* The edges share the runs, and the parent of the first is the good end. */
static void
both_edges_have_their_repeats(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, ".....FFFF");
    assert_true(repeats_at(&world, 4) >= 2);
    assert_true(repeats_at(&world, 3) >= 1);
    assert_int_equal(repeats_at(&world, 4) + repeats_at(&world, 3),
                     repeats(&world));
    PB_AUTO(world) struct world first = WORLD_INIT;
    world_chain(&first, *state, ".FFFF");
    assert_true(repeats_at(&first, 0) >= 2);
    assert_true(repeats_at(&first, PB_GOOD_END) >= 1);
    assert_int_equal(repeats_at(&first, 0) + repeats_at(&first, PB_GOOD_END),
                     repeats(&first));
}

static void
what_is_sure_already_is_not_repeated(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, ".F");
    expect_finding(&world, PB_FINDING_FOUND);
    assert_int_equal(repeats(&world), 0);
    assert_true(world_hunt(&world, "a")->probability > .999);
}

static void
hunts_that_were_left_alone_are_not_repeated(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 16);
    world_add_saying(&world, "a", ".....FFFFFFFFFFFF", "one");
    world_add_saying(&world, "b", "............FFFFF", "two");
    world.options.max_culprits = 1;
    world_finish(&world);
    const char *named = world_hunt(&world, "a")->followed ? "a" : "b";
    size_t culprit = world_culprit(&world, named);
    assert_int_equal(repeats_at(&world, culprit) +
                         repeats_at(&world, culprit - 1),
                     repeats(&world));
}

/* --- what they run ------------------------------------------------------ */

static void
a_repeat_runs_the_tests_of_the_hunts_that_end_there(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    /* 3 breaks a and b in two ways, 9 breaks c; d stays as it is. */
    world_init(&world, *state, 12);
    world_add_saying(&world, "a", "....FFFFFFFFF", "one");
    world_add_saying(&world, "b", "....FFFFFFFFF", "two");
    world_add_saying(&world, "c", "..........FFF", "three");
    world_add(&world, "d", ".............");
    world_finish(&world);
    assert_int_equal(world_count(&world, "test 3 take 2: a b"), 1);
    assert_int_equal(world_count(&world, "test 2 take 4: a b"), 1);
    assert_int_equal(world_count(&world, "test 9 take 2: c"), 1);
    assert_int_equal(world_count(&world, "test 8 take 4: c"), 1);
    for (size_t i = 0; i < pb_bisection_trials(world.bisection); i++) {
        const struct pb_trial_record *trial =
            pb_bisection_trial(world.bisection, i);
        if (trial->purpose == PB_PURPOSE_REPEAT) {
            assert_int_equal(trial->ntests, trial->about == 3 ? 2 : 1);
            assert_true(trial->candidate == trial->about ||
                        trial->candidate == trial->about - 1);
            assert_false(trial->clean);
        }
    }
}

/* A hunt's repeats say nothing of another that ends next to it. */
static void
neighbouring_answers_have_their_own_repeats(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add_saying(&world, "a", "....FFFFF", "one");
    world_add_saying(&world, "b", ".....rFFF", "two");
    world_finish(&world);
    expect_culprit(&world, "a", 3);
    expect_culprit(&world, "b", 4);
    assert_true(world_hunt(&world, "a")->probability >= .99);
    assert_true(world_hunt(&world, "b")->probability < .9);
}

static void
of_many_alike_the_representatives_are_repeated(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    for (size_t i = 0; i < 120; i++) {
        PB_AUTOFREE char *id = pb_asprintf("t%03zu", i);
        world_add(&world, id, "......FFF");
    }
    world_finish(&world);
    for (size_t i = 0; i < pb_bisection_trials(world.bisection); i++) {
        const struct pb_trial_record *trial =
            pb_bisection_trial(world.bisection, i);
        assert_true(trial->purpose != PB_PURPOSE_REPEAT ||
                    trial->ntests == 50);
    }
    assert_true(repeats(&world) > 0);
}

static void
what_needs_the_whole_suite_is_repeated_with_it(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add(&world, "a", "....AAAAA");
    world_add_saying(&world, "b", ".....FFFF", "another");
    world_finish(&world);
    expect_culprit(&world, "a", 3);
    expect_culprit(&world, "b", 4);
    assert_int_equal(world_count(&world, "test 3 take 2: all"), 1);
    assert_int_equal(world_count(&world, "test 2 take 4: all"), 1);
    assert_int_equal(world_count(&world, "test 4 take 2: all"), 1);
    /* An edge of both answers: of each it has runs of its own. */
    assert_int_equal(world_count(&world, "test 3 take 4: all"), 1);
    for (size_t i = 0; i < pb_bisection_trials(world.bisection); i++) {
        const struct pb_trial_record *trial =
            pb_bisection_trial(world.bisection, i);
        assert_true(trial->purpose != PB_PURPOSE_REPEAT || trial->ntests == 0);
        assert_false(trial->evaluation.recalled);
    }
    assert_true(world_hunt(&world, "a")->probability >= .99);
    assert_true(world_hunt(&world, "b")->probability >= .99);
}

static void
a_command_is_repeated_as_it_is(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add(&world, PB_TEST_COMMAND, "....FFFFF");
    world_finish(&world);
    assert_int_equal(world_count(&world, "test 3 take 2: all"), 1);
    assert_int_equal(world_count(&world, "test 2 take 4: all"), 1);
    assert_true(world_hunt(&world, PB_TEST_COMMAND)->probability >= .99);
}

static void
a_masked_failure_counts_as_one(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, "....EEEEEFFFFFFFF");
    expect_culprit(&world, "a", 3);
    assert_true(world_hunt(&world, "a")->masked);
    assert_true(repeats_at(&world, 3) >= 2);
    assert_true(world_hunt(&world, "a")->probability >= .99);
}

/* --- what they say ------------------------------------------------------ */

static void
a_culprit_that_passes_when_repeated_is_not_sure(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, ".....rFFF");
    expect_finding(&world, PB_FINDING_FOUND);
    assert_int_equal(world_culprit(&world, "a"), 4);
    assert_true(world_hunt(&world, "a")->probability < .5);
    assert_int_equal(repeats(&world), MOST_REPEATS);
}

static void
a_parent_that_fails_when_repeated_is_not_sure(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, "....RFFFF");
    assert_int_equal(world_culprit(&world, "a"), 4);
    assert_true(world_hunt(&world, "a")->probability < .5);
    assert_int_equal(repeats(&world), MOST_REPEATS);
}

/* What the probability was when the second repeat was chosen. */
static double
after_one_repeat(struct world *world)
{
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    world_start(world);
    while (repeats(world) < 1 || event.kind != PB_EVENT_CHOSEN) {
        world_step(world, &event);
        assert_int_not_equal(event.kind, PB_EVENT_FINISHED);
    }
    return world_hunt(world, "a")->probability;
}

static void
one_contradiction_costs_more_repeats(void **state)
{
    PB_AUTO(world) struct world sure = WORLD_INIT;
    world_init(&sure, *state, 8);
    world_add(&sure, "a", ".....FFFF");
    double agreed = after_one_repeat(&sure);
    world_finish(&sure);
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add(&world, "a", ".....oFFF");
    double contradicted = after_one_repeat(&world);
    world_finish(&world);
    assert_true(contradicted < agreed - .1);
    assert_true(repeats(&world) > repeats(&sure));
    assert_in_range(repeats(&world), 1, MOST_REPEATS);
    expect_culprit(&world, "a", 4);
    assert_true(world_hunt(&world, "a")->probability > contradicted);
    assert_true(world_hunt(&world, "a")->probability <
                world_hunt(&sure, "a")->probability);
}

/* --- time --------------------------------------------------------------- */

static void
slow_tests_are_repeated_within_a_budget(void **state)
{
    static const struct {
        double seconds;
        size_t most;
    } cases[] = {{30, 3}, {50, 2}, {70, 1}, {3600, 1}};
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTO(world) struct world world = WORLD_INIT;
        PB_AUTOFREE char *name = pb_asprintf("journal-%zu", i);
        PB_AUTOFREE char *path = pb_path_join(*state, name);
        world.seconds = cases[i].seconds;
        world_chain(&world, path, ".....rFFF");
        assert_int_equal(repeats(&world), cases[i].most);
        expect_finding(&world, PB_FINDING_FOUND);
    }
}

static void
each_answer_has_a_budget_of_its_own(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.seconds = 50;
    world_init(&world, *state, 12);
    world_add_saying(&world, "a", "....rFFFFFFFF", "one");
    world_add_saying(&world, "b", ".........rFFF", "two");
    world_finish(&world);
    assert_int_equal(repeats_at(&world, 3), 2);
    assert_int_equal(repeats_at(&world, 8), 2);
}

/* --- suspects ----------------------------------------------------------- */

static void
suspects_are_repeated_at_both_edges_of_their_set(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    /* good--0--1--2--x3--x4--5--6--7: 3 to 5 may be the culprit. */
    world.builds = "....xx...";
    world_chain(&world, *state, ".....FFFF");
    expect_finding(&world, PB_FINDING_SUSPECTS);
    assert_true(repeats_at(&world, 5) >= 2);
    assert_true(repeats_at(&world, 2) >= 1);
    assert_int_equal(repeats_at(&world, 5) + repeats_at(&world, 2),
                     repeats(&world));
    assert_true(world_hunt(&world, "a")->probability >= .99);
}

static void
suspects_up_from_the_first_are_repeated_at_the_good_end(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.builds = ".xx......";
    world_chain(&world, *state, "..FFFFFFF");
    expect_finding(&world, PB_FINDING_SUSPECTS);
    assert_true(repeats_at(&world, 2) >= 2);
    assert_true(repeats_at(&world, PB_GOOD_END) >= 1);
    assert_true(world_hunt(&world, "a")->probability >= .99);
}

/*  good--0--x1--2--3--5
               \       /
                4-----       1 does not build, but is good by what 2 says */
static const char *const broken_fork[] = {"", "0", "1", "2", "1", "3 4"};

static void
an_edge_that_does_not_build_is_tried_once(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.parents = broken_fork;
    world.builds = "..x....";
    world_chain(&world, *state, ".....FF");
    assert_int_equal(world_culprit(&world, "a"), 4);
    assert_in_range(repeats_at(&world, 1), 0, 1);
    assert_true(repeats_at(&world, 4) >= 2);
}

/* --- after a kill ------------------------------------------------------- */

static void
killed_between_repeats_none_is_run_twice(void **state)
{
    PB_AUTO(world) struct world whole = WORLD_INIT;
    PB_AUTOFREE char *path = pb_path_join(*state, "whole");
    world_chain(&whole, path, ".....oFFF");
    size_t wanted = repeats(&whole);
    assert_true(wanted >= 4);
    for (size_t k = 1; k < wanted; k++) {
        PB_AUTO(world) struct world world = WORLD_INIT;
        struct pb_event event = {.kind = PB_EVENT_CHOSEN};
        PB_AUTOFREE char *name = pb_asprintf("after-%zu", k);
        PB_AUTOFREE char *journal = pb_path_join(*state, name);
        world_init(&world, journal, 8);
        world_add(&world, "a", ".....oFFF");
        world_start(&world);
        while (repeats(&world) < k) {
            world_step(&world, &event);
        }
        world_stop(&world);
        world_finish(&world);
        /* Each line once, in the same order as without a kill. */
        assert_string_equal(world.log.data, whole.log.data);
        assert_int_equal(repeats(&world), wanted);
        assert_true(world_hunt(&world, "a")->probability ==
                    world_hunt(&whole, "a")->probability);
    }
}

static void
slow_repeats_on_record_use_up_the_budget(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    world.seconds = 30;
    world_init(&world, *state, 8);
    world_add(&world, "a", ".....rFFF");
    world_start(&world);
    while (repeats(&world) < 2) {
        world_step(&world, &event);
    }
    world_stop(&world);
    world_finish(&world);
    assert_int_equal(repeats(&world), 3);
    assert_int_equal(world_count(&world, "test 4 take 2: a"), 1);
    assert_int_equal(world_count(&world, "test 4 take 3: a"), 1);
    assert_int_equal(world_count(&world, "test 3 take 4: a"), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(repeats_go_on_until_it_is_sure_enough_and_no_further),
        SCRATCH_TEST(without_noise_any_number_of_candidates_ends_sure),
        SCRATCH_TEST(both_edges_have_their_repeats),
        SCRATCH_TEST(what_is_sure_already_is_not_repeated),
        SCRATCH_TEST(hunts_that_were_left_alone_are_not_repeated),
        SCRATCH_TEST(a_repeat_runs_the_tests_of_the_hunts_that_end_there),
        SCRATCH_TEST(neighbouring_answers_have_their_own_repeats),
        SCRATCH_TEST(of_many_alike_the_representatives_are_repeated),
        SCRATCH_TEST(what_needs_the_whole_suite_is_repeated_with_it),
        SCRATCH_TEST(a_command_is_repeated_as_it_is),
        SCRATCH_TEST(a_masked_failure_counts_as_one),
        SCRATCH_TEST(a_culprit_that_passes_when_repeated_is_not_sure),
        SCRATCH_TEST(a_parent_that_fails_when_repeated_is_not_sure),
        SCRATCH_TEST(one_contradiction_costs_more_repeats),
        SCRATCH_TEST(slow_tests_are_repeated_within_a_budget),
        SCRATCH_TEST(each_answer_has_a_budget_of_its_own),
        SCRATCH_TEST(suspects_are_repeated_at_both_edges_of_their_set),
        SCRATCH_TEST(suspects_up_from_the_first_are_repeated_at_the_good_end),
        SCRATCH_TEST(an_edge_that_does_not_build_is_tried_once),
        SCRATCH_TEST(killed_between_repeats_none_is_run_twice),
        SCRATCH_TEST(slow_repeats_on_record_use_up_the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
