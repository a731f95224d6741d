/* What the two ends say before any search: what counts as a regression, what
   reproduces, and what the steps run. */
#include "bisect/world.h"

#include "pybisect/regex.h"

static void
expect_remark(const struct world *world, const char *part)
{
    const char *remark = pb_bisection_remark(world->bisection);
    if (strstr(remark, part) == NULL) {
        fail_msg("'%s' is not in '%s'", part, remark);
    }
}

static bool
is_flaky(const struct world *world, const char *id)
{
    for (size_t i = 0; i < pb_bisection_regressions(world->bisection); i++) {
        if (strcmp(pb_bisection_regression(world->bisection, i)->id, id) == 0)
        {
            return pb_bisection_is_flaky(world->bisection, i);
        }
    }
    fail_msg("no regression %s", id);
    return false;
}

/* --- findings without a search ------------------------------------------ */

static void
tests_that_fail_at_both_ends_are_left_out_and_counted(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 6);
    world_add(&world, "a", "...FFFF");
    world_add(&world, "old", "FFFFFFF");
    world_add(&world, "older", "EEEEFFF");
    world_finish(&world);
    expect_culprit(&world, "a", 2);
    assert_int_equal(pb_bisection_regressions(world.bisection), 1);
    assert_int_equal(pb_bisection_diff(world.bisection)->failing_both, 2);
}

static void
a_good_end_that_fails_already_is_said_so(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, "FFFF");
    expect_finding(&world, PB_FINDING_GOOD_IS_BAD);
    expect_remark(&world, "the good end 0000000000 already fails");
    assert_int_equal(world.built, 2);
    assert_int_equal(pb_bisection_hunts(world.bisection), 0);
}

static void
of_a_forked_good_end_the_remark_says_more(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.range.forked = true;
    world_chain(&world, *state, "FFFF");
    expect_finding(&world, PB_FINDING_GOOD_IS_BAD);
    expect_remark(&world, "fixed on that branch alone");
}

static void
failing_otherwise_than_the_good_end_is_no_regression(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, "EEFF");
    expect_finding(&world, PB_FINDING_GOOD_IS_BAD);
}

static void
failing_otherwise_is_one_if_it_is_to_count(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 6);
    world.options.different = true;
    world_add(&world, "otherwise", "EEEEFFF");
    world_add(&world, "mended", "EE..FFF"); /* and broken again */
    world_add(&world, "as ever", "FFFFFFF");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "otherwise", 3);
    expect_culprit(&world, "mended", 3);
    assert_int_equal(pb_bisection_regressions(world.bisection), 2);
}

static void
a_bad_end_where_nothing_fails_is_said_so(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, ".FF.");
    expect_finding(&world, PB_FINDING_BAD_IS_GOOD);
    expect_remark(&world, "nothing fails at the bad end");
    assert_int_equal(world.built, 2);
}

static void
ends_that_do_not_build_are_said_so(void **state)
{
    PB_AUTO(world) struct world good = WORLD_INIT;
    good.builds = "x...";
    world_chain(&good, *state, "..FF");
    expect_finding(&good, PB_FINDING_UNTESTABLE);
    expect_remark(&good, "the good end 0000000000 does not build: make: no");
    assert_int_equal(good.built, 1);
    PB_AUTO(world) struct world bad = WORLD_INIT;
    bad.builds = "...x";
    world_chain(&bad, *state, "..FF");
    expect_finding(&bad, PB_FINDING_UNTESTABLE);
    expect_remark(&bad, "the bad end 0000000000 does not build: make: no");
    assert_null(pb_bisection_diff(bad.bisection));
}

static void
ends_that_cannot_be_tested_are_said_so(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.builds = "?...";
    world_chain(&world, *state, "..FF");
    expect_finding(&world, PB_FINDING_UNTESTABLE);
    expect_remark(&world, "cannot be tested: the command exited with 125");
}

static void
a_suite_of_too_few_tests_is_no_basis(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.options.min_tests = 2;
    world_chain(&world, *state, "..FF");
    expect_finding(&world, PB_FINDING_UNTESTABLE);
    expect_remark(&world, "only 1 tests ran at the good end");
}

static void
min_tests_does_not_count_for_chosen_tests(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTO(pb_strv) struct pb_strv chosen = PB_STRV_INIT;
    pb_strv_add(&chosen, "a");
    world.options.tests = &chosen;
    world.options.min_tests = 2;
    world_chain(&world, *state, "..FF");
    expect_culprit(&world, "a", 1);
}

/* --- --match, --test, known failures ------------------------------------ */

static void
match_leaves_out_what_it_does_not_ask_for(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_regex)
    struct pb_regex *match = pb_regex_new("^b: AssertionError", &err);
    world.options.match = match;
    world_init(&world, *state, 8);
    world_add(&world, "a", "..FFFFFFF");
    world_add(&world, "b", ".......FF");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "b", 6);
    assert_int_equal(pb_bisection_regressions(world.bisection), 1);
}

static void
match_that_matches_nothing_is_said_so(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_regex) struct pb_regex *match = pb_regex_new("nowhere", &err);
    world.options.match = match;
    world_chain(&world, *state, "..FF");
    expect_finding(&world, PB_FINDING_NO_MATCH);
    expect_remark(&world, "1 tests regressed");
    assert_int_equal(world.built, 2);
}

static void
match_of_what_cannot_be_asked_for_alone_runs_the_whole_suite(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_regex)
    struct pb_regex *match = pb_regex_new("_FailedTest", &err);
    world.options.match = match;
    world_init(&world, *state, 4);
    world_add(&world, "m.a", "...--");
    world_add(&world, "unittest.loader._FailedTest.m", "---FF")->unselectable =
        true;
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "unittest.loader._FailedTest.m", 2);
}

static void
chosen_tests_take_the_place_of_the_suite(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTO(pb_strv) struct pb_strv chosen = PB_STRV_INIT;
    pb_strv_add(&chosen, "a");
    pb_strv_add(&chosen, "b");
    world.options.tests = &chosen;
    world_init(&world, *state, 4);
    world_add(&world, "a", "....F");
    world_add(&world, "b", ".....");
    world_add(&world, "c", ".FFFF");
    world_finish(&world);
    expect_culprit(&world, "a", 3);
    assert_int_equal(pb_bisection_regressions(world.bisection), 1);
    assert_int_equal(world.ran_whole, 0);
    assert_int_equal(world_count(&world, "test good: a b"), 1);
    assert_int_equal(world_count(&world, "test 3 clean: a b"), 1);
}

static void
known_failures_are_no_regressions(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTO(pb_strv) struct pb_strv known = PB_STRV_INIT;
    pb_strv_add(&known, "net.*");
    world.options.known_failures = &known;
    world_init(&world, *state, 4);
    world_add(&world, "net.a", "...FF");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_BAD_IS_GOOD);
}

/* --- reproducing -------------------------------------------------------- */

static void
what_does_not_fail_again_is_flaky(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, "...~");
    expect_finding(&world, PB_FINDING_FLAKY);
    expect_remark(&world, "but not once again");
    assert_true(is_flaky(&world, "a"));
    assert_int_equal(pb_bisection_hunts(world.bisection), 0);
}

static void
a_flaky_test_of_the_same_signature_is_left_out(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add(&world, "a", "....FFFFF");
    world_add(&world, "b", "........~");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 3);
    assert_true(is_flaky(&world, "b"));
    assert_false(is_flaky(&world, "a"));
    assert_int_equal(world_hunt(&world, "a")->len, 1);
    assert_int_equal(world_count(&world, "test 3: a"), 1);
}

static void
a_flaky_test_does_not_make_the_others_run_in_company(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add(&world, "a", "....FFFFF");
    world_add_saying(&world, "b", "........~", "by chance");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 3);
    assert_true(is_flaky(&world, "b"));
    assert_int_equal(world_count(&world, "test 3: a"), 1);
    assert_int_equal(world_count(&world, "test 3: all"), 0);
}

static void
what_fails_in_company_only_is_searched_with_the_whole_suite(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add(&world, "a", "....AAAAA");
    world_add_saying(&world, "b", "......FFF", "another");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 3);
    expect_culprit(&world, "b", 5);
    assert_int_equal(world_count(&world, "test 3: all"), 1);
}

static void
what_fails_alone_at_the_good_end_is_searched_with_the_whole_suite(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 4);
    world_add(&world, "a", "aaaFF");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 2);
    assert_int_equal(world_count(&world, "test 1: all"), 1);
}

static void
one_that_reproduces_alone_speaks_for_its_signature(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add(&world, "a", "....AAAAA");
    world_add(&world, "b", "....FFFFF");
    world_add_saying(&world, "c", "........~", "by chance");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "b", 3);
    assert_int_equal(world_count(&world, "test 3: b"), 1);
    assert_true(is_flaky(&world, "c"));
}

/* --- what the steps run ------------------------------------------------- */

static void
what_cannot_be_asked_for_alone_runs_with_the_whole_suite(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 4);
    world_add_saying(&world, "a", "...FF", "one");
    struct world_test *sub = world_add(&world, "b (i=1)", "...EE");
    sub->unselectable = true;
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "b (i=1)", 2);
    assert_int_equal(world.ran, world.ran_whole);
}

static void
one_that_can_be_asked_for_speaks_for_those_that_cannot(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 4);
    world_add(&world, "a", "...FF");
    world_add(&world, "b (i=1)", "...FF")->unselectable = true;
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 2);
    expect_culprit(&world, "b (i=1)", 2);
    assert_int_equal(world_count(&world, "test 1: a"), 1);
}

static void
of_many_alike_fifty_are_run(void **state)
{
    static const size_t counts[] = {49, 50, 51, 99, 100, 101, 120, 333};
    for (size_t n = 0; n < PB_LENGTH(counts); n++) {
        PB_AUTO(world) struct world world = WORLD_INIT;
        world_init(&world, *state, 8);
        for (size_t i = 0; i < counts[n]; i++) {
            PB_AUTOFREE char *id = pb_asprintf("t%03zu", i);
            world_add(&world, id, "......FFF");
        }
        world_finish(&world);
        expect_finding(&world, PB_FINDING_FOUND);
        expect_culprit(&world, "t000", 5);
        assert_int_equal(pb_bisection_hunts(world.bisection), 1);
        assert_int_equal(world_hunt(&world, "t000")->len, counts[n]);
        assert_int_equal(world.most_asked, counts[n] < 50 ? counts[n] : 50);
    }
}

static void
each_of_several_signatures_has_its_fifty(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 4);
    for (size_t i = 0; i < 160; i++) {
        PB_AUTOFREE char *id = pb_asprintf("t%03zu", i);
        world_add_saying(&world, id, i % 2 == 0 ? ".FFFF" : "....F",
                         i % 2 == 0 ? "one" : "two");
    }
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "t002", 0);
    expect_culprit(&world, "t159", 3);
    assert_int_equal(world.most_asked, 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(tests_that_fail_at_both_ends_are_left_out_and_counted),
        SCRATCH_TEST(a_good_end_that_fails_already_is_said_so),
        SCRATCH_TEST(of_a_forked_good_end_the_remark_says_more),
        SCRATCH_TEST(failing_otherwise_than_the_good_end_is_no_regression),
        SCRATCH_TEST(failing_otherwise_is_one_if_it_is_to_count),
        SCRATCH_TEST(a_bad_end_where_nothing_fails_is_said_so),
        SCRATCH_TEST(ends_that_do_not_build_are_said_so),
        SCRATCH_TEST(ends_that_cannot_be_tested_are_said_so),
        SCRATCH_TEST(a_suite_of_too_few_tests_is_no_basis),
        SCRATCH_TEST(min_tests_does_not_count_for_chosen_tests),
        SCRATCH_TEST(match_leaves_out_what_it_does_not_ask_for),
        SCRATCH_TEST(match_that_matches_nothing_is_said_so),
        SCRATCH_TEST(
            match_of_what_cannot_be_asked_for_alone_runs_the_whole_suite),
        SCRATCH_TEST(chosen_tests_take_the_place_of_the_suite),
        SCRATCH_TEST(known_failures_are_no_regressions),
        SCRATCH_TEST(what_does_not_fail_again_is_flaky),
        SCRATCH_TEST(a_flaky_test_of_the_same_signature_is_left_out),
        SCRATCH_TEST(a_flaky_test_does_not_make_the_others_run_in_company),
        SCRATCH_TEST(
            what_fails_in_company_only_is_searched_with_the_whole_suite),
        SCRATCH_TEST(
            what_fails_alone_at_the_good_end_is_searched_with_the_whole_suite),
        SCRATCH_TEST(one_that_reproduces_alone_speaks_for_its_signature),
        SCRATCH_TEST(what_cannot_be_asked_for_alone_runs_with_the_whole_suite),
        SCRATCH_TEST(one_that_can_be_asked_for_speaks_for_those_that_cannot),
        SCRATCH_TEST(of_many_alike_fifty_are_run),
        SCRATCH_TEST(each_of_several_signatures_has_its_fifty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
