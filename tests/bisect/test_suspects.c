/* When the answer is less than one sure culprit: revisions that cannot be
   built or tested, and closing checks that disagree. */
#include "bisect/world.h"

static void
expect_reason(const struct world *world, size_t candidate,
              const char *expected)
{
    PB_AUTOFREE char *reason =
        pb_bisection_reason(world->bisection, 0, candidate);
    assert_string_equal(reason, expected);
}

static void
what_does_not_build_around_the_culprit_leaves_suspects(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    /* good--0--1--2--x3--x4--5--6--7: 4 is the culprit, but 3 to 5 may be. */
    world.builds = "....xx...";
    world_chain(&world, *state, ".....FFFF");
    expect_finding(&world, PB_FINDING_SUSPECTS);
    PB_AUTOFREE char *suspects = world_suspects(&world, "a");
    assert_string_equal(suspects, "3 4 5");
    expect_reason(&world, 3, "does not build: make: no rule");
    expect_reason(&world, 4, "does not build: make: no rule");
    expect_reason(&world, 5, "fails as at the bad end");
    expect_reason(&world, 2, "passes");
    expect_reason(&world, 7, "fails as at the bad end");
    expect_reason(&world, 0, "not tested");
    assert_true(world_hunt(&world, "a")->answer.probability > .9);
    /* Nothing is named, so nothing is checked. */
    assert_null(strstr(world.log.data, "clean"));
}

static void
what_does_not_build_elsewhere_is_gone_around(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.builds = ".....xxx.x.......";
    world_chain(&world, *state, "....FFFFFFFFFFFFF");
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 3);
}

static void
a_revision_without_a_build_is_built_once(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.builds = "....xx...";
    world_chain(&world, *state, ".....FFFF");
    assert_int_equal(world_count(&world, "build 3"), 1);
    assert_int_equal(world_count(&world, "build 4"), 1);
    assert_null(strstr(world.log.data, "test 3"));
}

static void
what_cannot_be_tested_has_its_reason(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add(&world, PB_TEST_COMMAND, ".....FFFF");
    world.builds = "....??...";
    world_finish(&world);
    expect_finding(&world, PB_FINDING_SUSPECTS);
    PB_AUTOFREE char *suspects = world_suspects(&world, PB_TEST_COMMAND);
    assert_string_equal(suspects, "3 4 5");
    expect_reason(&world, 3, "cannot be tested: the command exited with 125");
}

static void
nothing_between_the_ends_builds(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.builds = ".xxx.";
    world_chain(&world, *state, "...FF");
    expect_finding(&world, PB_FINDING_SUSPECTS);
    PB_AUTOFREE char *suspects = world_suspects(&world, "a");
    assert_string_equal(suspects, "0 1 2 3");
}

static void
suspects_of_one_failure_do_not_hide_the_culprit_of_another(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add_saying(&world, "a", ".....FFFF", "one");
    world_add_saying(&world, "b", "........F", "two");
    world.builds = "....xx...";
    world_finish(&world);
    expect_finding(&world, PB_FINDING_SUSPECTS);
    PB_AUTOFREE char *suspects = world_suspects(&world, "a");
    assert_string_equal(suspects, "3 4 5");
    expect_culprit(&world, "b", 7);
}

static void
a_failure_in_another_form_has_its_reason(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.builds = "..x......";
    world_chain(&world, *state, "..EEEFFFF");
    expect_finding(&world, PB_FINDING_SUSPECTS);
    expect_reason(&world, 2, "fails otherwise: TypeError: otherwise");
}

/* --- the closing checks ------------------------------------------------- */

static void
a_culprit_that_passes_when_built_from_clean_is_disputed(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, "....DFFFF");
    expect_finding(&world, PB_FINDING_DISPUTED);
    assert_false(world_hunt(&world, "a")->confirmed);
    assert_int_equal(world_culprit(&world, "a"), 3);
    assert_true(strlen(pb_bisection_remark(world.bisection)) > 0);
}

static void
a_parent_that_fails_when_built_from_clean_makes_it_disputed(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    struct pb_event event = {.kind = PB_EVENT_TRIED};
    world_init(&world, *state, 8);
    world_add(&world, "a", "...PFFFFF");
    world_start(&world);
    while (event.kind != PB_EVENT_CHOSEN ||
           event.trial->purpose != PB_PURPOSE_CLOSE)
    {
        world_step(&world, &event);
    }
    double before = world_hunt(&world, "a")->answer.probability;
    world_finish(&world);
    expect_finding(&world, PB_FINDING_DISPUTED);
    assert_false(world_hunt(&world, "a")->confirmed);
    assert_int_equal(world_culprit(&world, "a"), 3);
    assert_true(world_hunt(&world, "a")->answer.probability < .99);
    assert_true(world_hunt(&world, "a")->answer.probability < before - .01);
}

static void
a_culprit_that_does_not_build_from_clean_is_disputed(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.builds = "....d....";
    world_chain(&world, *state, "....FFFFF");
    expect_finding(&world, PB_FINDING_DISPUTED);
}

static void
one_disputed_culprit_of_two_is_enough(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add_saying(&world, "a", "....DFFFF", "one");
    world_add_saying(&world, "b", ".......FF", "two");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_DISPUTED);
    assert_false(world_hunt(&world, "a")->confirmed);
    assert_true(world_hunt(&world, "b")->confirmed);
}

static void
a_masked_culprit_is_checked_in_the_form_it_has_there(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, "...EEEEEFFFFF");
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 2);
}

/* The second question is asked for one hunt while another still has its
   first: what is told is about the one that asked. */
static void
the_step_for_a_masked_failure_tells_its_own_verdict(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 16);
    world_add_saying(&world, "a", ".EEEEEEEEEFFFFFFF", "one");
    world.options.max_culprits = 1;
    world_add_saying(&world, "b", "......FFFFFFFFFFF", "two");
    world_add_saying(&world, "c", "......FFFFFFFFFFF", "two");
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    world_start(&world);
    while (event.kind != PB_EVENT_FINISHED) {
        world_step(&world, &event);
        if (event.kind == PB_EVENT_CHOSEN &&
            event.trial->purpose == PB_PURPOSE_SEARCH) {
            assert_true(event.trial->why.open_bits > 0);
            assert_true(event.trial->why.bits > 0);
        }
        if (event.kind == PB_EVENT_TRIED &&
            event.trial->purpose == PB_PURPOSE_SEARCH) {
            assert_true(event.trial->verdict != PB_VERDICT_NONE);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(what_does_not_build_around_the_culprit_leaves_suspects),
        SCRATCH_TEST(what_does_not_build_elsewhere_is_gone_around),
        SCRATCH_TEST(a_revision_without_a_build_is_built_once),
        SCRATCH_TEST(what_cannot_be_tested_has_its_reason),
        SCRATCH_TEST(nothing_between_the_ends_builds),
        SCRATCH_TEST(
            suspects_of_one_failure_do_not_hide_the_culprit_of_another),
        SCRATCH_TEST(a_failure_in_another_form_has_its_reason),
        SCRATCH_TEST(a_culprit_that_passes_when_built_from_clean_is_disputed),
        SCRATCH_TEST(
            a_parent_that_fails_when_built_from_clean_makes_it_disputed),
        SCRATCH_TEST(a_culprit_that_does_not_build_from_clean_is_disputed),
        SCRATCH_TEST(one_disputed_culprit_of_two_is_enough),
        SCRATCH_TEST(a_masked_culprit_is_checked_in_the_form_it_has_there),
        SCRATCH_TEST(the_step_for_a_masked_failure_tells_its_own_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
