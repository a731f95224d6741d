/* Tests that may not do the same in each run: they are run again where that
   tells most, until the answer is sure enough, or until the budget is spent.
   Repeats are the lines of the log that have a take; see world.h. */
#include <stdio.h>
#include <string.h>

#include "bisect/world.h"

#define SURE_ENOUGH .996 /* for 99 %, with belief.h's tightening */

static size_t
repeats(const struct world *world)
{
    return world_trials(world, PB_PURPOSE_REPEAT);
}

/* Runs of the search at the candidate of this commit, or at PB_GOOD_END. */
static size_t
runs_at(const struct world *world, size_t commit)
{
    size_t count = 0;
    for (size_t i = 0; i < pb_bisection_trials(world->bisection); i++) {
        const struct pb_trial_record *trial =
            pb_bisection_trial(world->bisection, i);
        size_t at = trial->candidate == PB_GOOD_END
                        ? PB_GOOD_END
                        : world->candidates.items[trial->candidate].commit;
        count += (trial->purpose == PB_PURPOSE_REPEAT ||
                  trial->purpose == PB_PURPOSE_SEARCH) &&
                 at == commit;
    }
    return count;
}

/* good--0--...: commits in all, the middle one of which breaks a, to fail as
   the letter says. Caller frees. */
static char *
half_broken(size_t commits, char letter)
{
    char *letters = pb_alloc(commits + 2);
    memset(letters, '.', commits + 1);
    memset(letters + commits / 2 + 1, letter, commits - commits / 2);
    letters[commits] = letter == 'h' ? 'g' : letter; /* as was seen */
    return letters;
}

/* --- how many ---------------------------------------------------------- */

static void
repeats_go_on_until_it_is_sure_enough_and_no_further(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    world_init(&world, *state, 40);
    PB_AUTOFREE char *letters = half_broken(40, 'F');
    world_add(&world, "a", letters);
    world_start(&world);
    while (event.kind != PB_EVENT_FINISHED) {
        world_step(&world, &event);
        if (event.kind != PB_EVENT_CHOSEN) {
            continue;
        }
        const struct pb_hunt *hunt = pb_bisection_hunts(world.bisection) > 0
                                         ? world_hunt(&world, "a")
                                         : NULL;
        if (event.trial->purpose == PB_PURPOSE_REPEAT) {
            assert_int_equal(hunt->answer.state, PB_ANSWER_OPEN);
        }
        if (event.trial->purpose == PB_PURPOSE_CLOSE) {
            assert_true(hunt->answer.probability >= SURE_ENOUGH);
        }
    }
    assert_in_range(repeats(&world), 1, 12);
    expect_culprit(&world, "a", 20);
    assert_int_equal(world_hunt(&world, "a")->runs,
                     pb_bisection_trials(world.bisection));
}

static void
without_noise_any_number_of_candidates_ends_sure(void **state)
{
    static const size_t counts[] = {8, 40, 1000};
    for (size_t i = 0; i < PB_LENGTH(counts); i++) {
        PB_AUTO(world) struct world world = WORLD_INIT;
        PB_AUTOFREE char *letters = half_broken(counts[i], 'F');
        world_chain(&world, *state, letters);
        expect_culprit(&world, "a", counts[i] / 2);
        assert_true(world_hunt(&world, "a")->answer.probability >= .99);
    }
}

/* Right before and right after the change: nothing else can tell more. */
static void
both_edges_have_their_repeats(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, ".....FFFF");
    assert_true(runs_at(&world, 4) >= 3);
    assert_true(runs_at(&world, 3) >= 3);
    PB_AUTO(world) struct world first = WORLD_INIT;
    world_chain(&first, *state, ".FFFF");
    assert_true(runs_at(&first, 0) >= 3);
    assert_true(runs_at(&first, PB_GOOD_END) >= 1);
}

static void
what_is_sure_already_is_not_repeated(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, ".F");
    expect_finding(&world, PB_FINDING_FOUND);
    assert_int_equal(repeats(&world), 0);
    assert_true(world_hunt(&world, "a")->answer.probability > .999);
}

static void
less_confidence_takes_fewer_runs(void **state)
{
    static const double confidences[] = {.8, .95, .999};
    size_t before = 0;
    for (size_t i = 0; i < PB_LENGTH(confidences); i++) {
        PB_AUTO(world) struct world world = WORLD_INIT;
        PB_AUTOFREE char *path = pb_asprintf("%s/%zu", (char *)*state, i);
        PB_AUTOFREE char *letters = half_broken(40, 'F');
        world.options.confidence = confidences[i];
        world_chain(&world, path, letters);
        expect_culprit(&world, "a", 20);
        assert_true(world_hunt(&world, "a")->answer.probability >=
                    confidences[i]);
        assert_true(world.ran > before);
        before = world.ran;
    }
}

static void
deterministic_runs_nothing_again(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTOFREE char *letters = half_broken(64, 'F');
    world.options.deterministic = true;
    world_chain(&world, *state, letters);
    expect_culprit(&world, "a", 32);
    assert_int_equal(repeats(&world), 0);
    assert_int_equal(world_trials(&world, PB_PURPOSE_SEARCH), 6);
    assert_true(world_hunt(&world, "a")->answer.probability > .999);
}

static void
each_revision_is_run_as_often_as_is_asked_for(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTOFREE char *letters = half_broken(40, 'F');
    world.options.repeat = 3;
    world_chain(&world, *state, letters);
    expect_culprit(&world, "a", 20);
    for (size_t i = 0; i + 1 < 40; i++) {
        size_t runs = runs_at(&world, i);
        assert_true(runs == 0 || runs >= 3);
    }
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
    bool a = world_hunt(&world, "a")->followed;
    assert_int_not_equal(a, world_hunt(&world, "b")->followed);
    assert_in_range(runs_at(&world, a ? 11 : 4), 0, 1);
}

/* --- tests that fail now and then -------------------------------------- */

static void
a_test_that_fails_every_second_time_has_its_culprit(void **state)
{
    static const size_t counts[] = {8, 40, 100, 300};
    for (size_t i = 0; i < PB_LENGTH(counts); i++) {
        PB_AUTO(world) struct world world = WORLD_INIT;
        PB_AUTOFREE char *path = pb_asprintf("%s/%zu", (char *)*state, i);
        PB_AUTOFREE char *letters = half_broken(counts[i], 'h');
        world_chain(&world, path, letters);
        const struct pb_hunt *hunt = world_hunt(&world, "a");
        assert_int_equal(world_culprit(&world, "a"), counts[i] / 2);
        assert_true(hunt->pooled);
        assert_true(hunt->answer.probability >= .98);
        assert_true(hunt->rates.after.mean > .3);
        assert_true(hunt->rates.after.mean < .75);
        assert_true(hunt->confirmed);
        assert_true(hunt->rates.before.high < .2);
    }
}

/* Of one signature, each failing half of the time, they fail together nearly
   always: one hunt, and few runs. */
static void
flaky_tests_of_one_signature_are_one_hunt(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTOFREE char *letters = half_broken(40, 'h');
    world_init(&world, *state, 40);
    for (size_t i = 0; i < 6; i++) {
        char id[16];
        snprintf(id, sizeof(id), "t%zu", i);
        world_add(&world, id, letters);
        /* Else all would fail in the same runs. */
        for (size_t place = 0; place < 40; place++) {
            world.tests[i].runs[place] = (unsigned)(100 * i);
        }
    }
    world_finish(&world);
    assert_int_equal(pb_bisection_hunts(world.bisection), 1);
    const struct pb_hunt *hunt = pb_bisection_hunt(world.bisection, 0);
    assert_int_equal(hunt->answer.state, PB_ANSWER_FOUND);
    assert_int_equal(hunt->answer.candidate, 20);
}

/* While another of the signature is steady, it speaks for the flaky one. */
static void
a_flaky_test_is_left_to_a_steady_one(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTOFREE char *steady = half_broken(40, 'F');
    PB_AUTOFREE char *flaky = half_broken(40, 'h');
    world_init(&world, *state, 40);
    world_add(&world, "a", steady);
    world_add(&world, "b", flaky);
    world_finish(&world);
    expect_culprit(&world, "a", 20);
    assert_int_equal(pb_bisection_hunts(world.bisection), 1);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pb_bisection_is_flaky(world.bisection, i),
                         pb_bisection_regression(world.bisection, i)->id[0] ==
                             'b');
    }
}

/* It fails as often before: there is nothing to find. */
static void
a_test_that_is_flaky_at_both_ends_is_no_regression(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    struct pb_event event;
    world_init(&world, *state, 8);
    world_add(&world, "a", ".hhhhhhhg");
    world_start(&world);
    do {
        world_step(&world, &event);
    } while (event.kind != PB_EVENT_TRIED ||
             event.trial->purpose != PB_PURPOSE_BAD_END);
    world.tests[0].letters[0] = 'h';
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FLAKY);
}

/* The first runs looked like a regression, those that followed do not. */
static void
what_shows_to_be_flaky_on_the_way_is_left_out_after_all(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    struct pb_event event;
    world_init(&world, *state, 8);
    world_add(&world, "a", "........F");
    world_start(&world);
    do {
        world_step(&world, &event);
    } while (event.kind != PB_EVENT_CHOSEN ||
             event.trial->purpose != PB_PURPOSE_SEARCH);
    memset(world.tests[0].letters, 'h', 9);
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FLAKY);
    assert_int_equal(pb_bisection_hunts(world.bisection), 0);
    assert_in_range(world.ran, 10, 400);
}

/* --- budgets ------------------------------------------------------------ */

static void
a_spent_budget_leaves_the_suspects(void **state)
{
    PB_AUTO(world) struct world runs = WORLD_INIT;
    PB_AUTOFREE char *letters = half_broken(40, 'F');
    runs.options.budget_runs = 8;
    world_chain(&runs, *state, letters);
    expect_finding(&runs, PB_FINDING_SUSPECTS);
    assert_int_equal(runs.ran, 8);
    assert_non_null(strstr(pb_bisection_remark(runs.bisection), "budget"));
    const struct pb_hunt *hunt = world_hunt(&runs, "a");
    assert_true(hunt->suspects[20]);
    assert_true(hunt->answer.left > 1);
    assert_true(hunt->answer.probability >= .99);
    PB_AUTO(world) struct world seconds = WORLD_INIT;
    PB_AUTOFREE char *path = pb_path_join(*state, "seconds");
    seconds.seconds = 10; /* and 2 to build */
    seconds.options.budget_seconds = 90;
    world_chain(&seconds, path, letters);
    expect_finding(&seconds, PB_FINDING_SUSPECTS);
    assert_int_equal(seconds.ran, 8);
}

static void
what_is_known_before_costs_no_time(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTOFREE char *letters = half_broken(40, 'F');
    world_chain(&world, *state, letters);
    expect_finding(&world, PB_FINDING_FOUND);
    world.options.budget_seconds = 1;
    world_begin_anew(&world);
    world_finish(&world);
    expect_culprit(&world, "a", 20);
}

/* --- what they run ----------------------------------------------------- */

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
a_masked_failure_counts_as_one(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, "....EEEEEFFFFFFFF");
    expect_culprit(&world, "a", 3);
    assert_true(world_hunt(&world, "a")->masked);
    assert_true(runs_at(&world, 3) >= 2);
    assert_true(world_hunt(&world, "a")->answer.probability >= .99);
}

/* --- suspects ---------------------------------------------------------- */

static void
suspects_are_repeated_at_both_edges_of_their_set(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    /* good--0--1--2--x3--x4--5--6--7: 3 to 5 may be the culprit. */
    world.builds = "....xx...";
    world_chain(&world, *state, ".....FFFF");
    expect_finding(&world, PB_FINDING_SUSPECTS);
    assert_true(runs_at(&world, 5) >= 2);
    assert_true(runs_at(&world, 2) >= 1);
    assert_true(world_hunt(&world, "a")->answer.probability >= .99);
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
    assert_in_range(runs_at(&world, 1), 0, 1);
    assert_true(runs_at(&world, 4) >= 2);
}

/* --- after a kill ------------------------------------------------------ */

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
        assert_true(world_hunt(&world, "a")->answer.probability ==
                    world_hunt(&whole, "a")->answer.probability);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(repeats_go_on_until_it_is_sure_enough_and_no_further),
        SCRATCH_TEST(without_noise_any_number_of_candidates_ends_sure),
        SCRATCH_TEST(both_edges_have_their_repeats),
        SCRATCH_TEST(what_is_sure_already_is_not_repeated),
        SCRATCH_TEST(less_confidence_takes_fewer_runs),
        SCRATCH_TEST(deterministic_runs_nothing_again),
        SCRATCH_TEST(each_revision_is_run_as_often_as_is_asked_for),
        SCRATCH_TEST(hunts_that_were_left_alone_are_not_repeated),
        SCRATCH_TEST(a_test_that_fails_every_second_time_has_its_culprit),
        SCRATCH_TEST(flaky_tests_of_one_signature_are_one_hunt),
        SCRATCH_TEST(a_flaky_test_is_left_to_a_steady_one),
        SCRATCH_TEST(a_test_that_is_flaky_at_both_ends_is_no_regression),
        SCRATCH_TEST(what_shows_to_be_flaky_on_the_way_is_left_out_after_all),
        SCRATCH_TEST(a_spent_budget_leaves_the_suspects),
        SCRATCH_TEST(what_is_known_before_costs_no_time),
        SCRATCH_TEST(of_many_alike_the_representatives_are_repeated),
        SCRATCH_TEST(a_masked_failure_counts_as_one),
        SCRATCH_TEST(suspects_are_repeated_at_both_edges_of_their_set),
        SCRATCH_TEST(an_edge_that_does_not_build_is_tried_once),
        SCRATCH_TEST(killed_between_repeats_none_is_run_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
