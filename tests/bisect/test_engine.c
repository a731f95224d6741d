/* The course of a bisection on a chain of commits. Letters stand for what a
   test does at the good end and at commits 0, 1, ...; see world.h. */
#include "bisect/world.h"

static void
a_single_culprit_is_found_and_confirmed(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    /* good--0--1--2--3--4--5--6--7
                         ^ breaks a */
    world_init(&world, *state, 8);
    world_add(&world, "a", ".....FFFF");
    world_add(&world, "b", ".........");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 4);
    assert_int_equal(pb_bisection_hunts(world.bisection), 1);
    assert_string_equal(pb_bisection_remark(world.bisection), "");
    assert_true(world_hunt(&world, "a")->answer.probability > .99);
    assert_false(world_hunt(&world, "a")->masked);
}

/* Text without lines of repeats; they have to be at one place. Caller
   frees. */
static char *
without(const char *repeat, const char *text)
{
    PB_AUTO(pb_buf) struct pb_buf kept = PB_BUF_INIT;
    size_t places = 0;
    bool before = false;
    for (const char *end = text; *text != '\0'; text = end) {
        end = strchr(text, '\n') + 1;
        const char *found = strstr(text, repeat);
        bool is_repeat = found != NULL && found < end;
        places += is_repeat && !before;
        before = is_repeat;
        if (!is_repeat) {
            pb_buf_add(&kept, text, (size_t)(end - text));
        }
    }
    assert_int_equal(places, 1);
    return pb_buf_take(&kept);
}

static void
expect_in(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("'%s' is not in '%s'", part, text);
    }
}

static void
ends_go_first_and_the_whole_suite_again_at_the_close(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 4);
    world_add(&world, "a", "...FF");
    world_add(&world, "b", ".....");
    world_finish(&world);
    PB_AUTOFREE char *others = without(" take ", world.log.data);
    assert_string_equal(others, "build good\n"
                                "test good: all\n"
                                "build 3\n"
                                "test 3: all\n"
                                "build 3\n"
                                "test 3: a\n"
                                "build good\n"
                                "test good: a\n"
                                "build 1\n"
                                "test 1: a\n"
                                "build 2\n"
                                "test 2: a\n"
                                "build 2 clean\n"
                                "test 2 clean: all\n"
                                "build 1 clean\n"
                                "test 1 clean: all\n");
    expect_in(world.log.data, "test 2: a\n"
                              "build 1 take 2\n"
                              "test 1 take 2: a\n"
                              "build 2 take 2\n"
                              "test 2 take 2: a\n");
}

static void
each_step_is_told_as_it_happens(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, ".FF");
    PB_AUTOFREE char *others = without(" repeat\n", world.events.data);
    assert_string_equal(others,
                        "chosen good end\nbuilt good end\ntried good end\n"
                        "chosen bad end\nbuilt bad end\ntried bad end\n"
                        "chosen confirm\nbuilt confirm\ntried confirm\n"
                        "chosen confirm\nbuilt confirm\ntried confirm\n"
                        "regressed\n"
                        "chosen search\nbuilt search\ntried search\n"
                        "chosen close\nbuilt close\ntried close\n"
                        "chosen close\nbuilt close\ntried close\n"
                        "hunt\n"
                        "finished\n");
    expect_in(world.events.data,
              "tried search\n"
              "chosen repeat\nbuilt repeat\ntried repeat\n"
              "chosen repeat\nbuilt repeat\ntried repeat\n");
    expect_in(world.events.data, "tried repeat\nchosen close\n");
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    world_step(&world, &event);
    assert_int_equal(event.kind, PB_EVENT_FINISHED);
}

static void
a_lone_candidate_needs_no_search(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, ".F");
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 0);
    assert_int_equal(world.steps, 0);
}

static void
trials_say_what_was_asked_and_what_came_of_it(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, "...FF");
    const struct pb_trial_record *good =
        pb_bisection_end(world.bisection, false);
    const struct pb_trial_record *bad =
        pb_bisection_end(world.bisection, true);
    assert_int_equal(good->candidate, PB_GOOD_END);
    assert_int_equal(good->ntests, 0);
    assert_int_equal(bad->candidate, 3);
    assert_int_equal(bad->evaluation.build, PB_BUILD_COMPILED);
    const struct pb_trial_record *search =
        pb_bisection_trial(world.bisection, 4);
    assert_int_equal(search->purpose, PB_PURPOSE_SEARCH);
    assert_int_equal(search->ntests, 1);
    assert_int_equal(search->verdict, PB_VERDICT_GOOD);
    assert_false(search->clean);
    search = pb_bisection_trial(world.bisection, 5);
    assert_int_equal(search->verdict, PB_VERDICT_BAD);
    const struct pb_hunt *hunt = world_hunt(&world, "a");
    assert_true(
        pb_bisection_trial(world.bisection, hunt->culprit_trial)->clean);
    assert_int_equal(
        pb_bisection_trial(world.bisection, hunt->parent_trial)->candidate, 1);
    assert_null(pb_bisection_trial(world.bisection, 99));
}

/* --- several culprits --------------------------------------------------- */

static void
two_culprits_are_each_found(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 12);
    world_add_saying(&world, "a", "....FFFFFFFFF", "one");
    world_add_saying(&world, "b", "..........FFF", "two");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 3);
    expect_culprit(&world, "b", 9);
    assert_int_equal(pb_bisection_hunts(world.bisection), 2);
}

static void
one_signature_with_two_culprits_is_parted(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 12);
    world_add(&world, "a", "....FFFFFFFFF");
    world_add(&world, "b", "..........FFF");
    world_add(&world, "c", "....FFFFFFFFF");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 3);
    expect_culprit(&world, "b", 9);
    expect_culprit(&world, "c", 3);
    assert_ptr_equal(world_hunt(&world, "a"), world_hunt(&world, "c"));
    assert_int_equal(pb_bisection_hunts(world.bisection), 2);
}

static void
several_signatures_of_one_culprit_share_every_run(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add_saying(&world, "a", "....FFFFF", "one");
    world_add_saying(&world, "b", "....FFFFF", "two");
    world_add_saying(&world, "c", "....FFFFF", "three");
    world.options.max_culprits = 1;
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 3);
    expect_culprit(&world, "b", 3);
    expect_culprit(&world, "c", 3);
    assert_int_equal(pb_bisection_hunts(world.bisection), 3);
    assert_int_equal(world.steps, 3);
    /* The closing checks too: one pair of builds for all three. */
    assert_int_equal(world_count(&world, "build 3 clean"), 1);
    assert_int_equal(world_count(&world, "build 2 clean"), 1);
}

static void
a_resolved_hunt_is_not_run_any_more(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 16);
    world_add(&world, "a", ".FFFFFFFFFFFFFFFF");
    world_add(&world, "b", "................F");
    world_finish(&world);
    expect_culprit(&world, "a", 0);
    expect_culprit(&world, "b", 15);
    /* At 7 they part; at 0 there is nothing left to learn of b. */
    assert_int_equal(world_count(&world, "test 7: a b"), 1);
    assert_int_equal(world_count(&world, "test 0: a"), 1);
    assert_int_equal(world_count(&world, "test 14: b"), 1);
}

static void
what_was_not_run_at_a_revision_says_nothing_there(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 16);
    /* The larger hunt has its answer first; then a is searched below. */
    world_add(&world, "a", "..FFFFFFFFFFFFFFF");
    world_add(&world, "b", "...............FF");
    world_add(&world, "c", "...............FF");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 1);
    expect_culprit(&world, "b", 14);
    expect_culprit(&world, "c", 14);
    assert_true(world_hunt(&world, "b")->answer.probability > .9);
    assert_int_equal(world_count(&world, "test 1: a"), 1);
}

static void
beyond_max_culprits_hunts_are_left_alone(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 16);
    world_add_saying(&world, "a", ".FFFFFFFFFFFFFFFF", "one");
    world_add_saying(&world, "b", ".....FFFFFFFFFFFF", "two");
    world_add_saying(&world, "c", ".............FFFF", "three");
    world.options.max_culprits = 1;
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    size_t followed = 0;
    for (size_t i = 0; i < pb_bisection_hunts(world.bisection); i++) {
        const struct pb_hunt *hunt = pb_bisection_hunt(world.bisection, i);
        followed += hunt->followed;
        assert_true(hunt->followed || hunt->answer.state == PB_ANSWER_OPEN);
    }
    assert_int_equal(followed, 1);
}

/* --- kinds of failure --------------------------------------------------- */

static void
tests_that_all_come_to_be_skipped_are_a_regression(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add(&world, "a", "......SSS");
    world_add(&world, "b", "......SSS");
    world_add(&world, "c", "SSSSSSSSS");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 5);
    expect_culprit(&world, "b", 5);
    assert_int_equal(pb_bisection_regressions(world.bisection), 2);
    assert_int_equal(pb_bisection_regression(world.bisection, 0)->kind,
                     PB_CHANGE_SKIPPED);
}

static void
tests_that_vanish_are_a_regression(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, "...------");
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 2);
    assert_int_equal(pb_bisection_regression(world.bisection, 0)->kind,
                     PB_CHANGE_VANISHED);
}

static void
a_crash_has_its_culprit(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add(&world, "a", "......CCC");
    world_add(&world, "b", "......---");
    world_add(&world, PB_TEST_RUN, "......FFF");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 5);
    expect_culprit(&world, "b", 5);
    expect_culprit(&world, PB_TEST_RUN, 5);
}

static void
a_hang_has_its_culprit(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_chain(&world, *state, ".......HH");
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 6);
}

static void
a_command_is_run_as_a_whole_at_each_step(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add(&world, PB_TEST_COMMAND, "....FFFFF");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, PB_TEST_COMMAND, 3);
    assert_int_equal(world.ran, world.ran_whole);
}

static void
a_command_that_says_125_is_gone_around(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add(&world, PB_TEST_COMMAND, "...FFFFFF");
    world.builds = "....?....";
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, PB_TEST_COMMAND, 2);
}

static void
tests_of_a_module_that_does_not_load_are_found_by_the_vanished(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world_add(&world, "m.a", ".....----");
    world_add(&world, "m.b", ".....----");
    /* How unittest tells of it; no runner takes this as a name. */
    world_add(&world, "unittest.loader._FailedTest.m", "-----FFFF")
        ->unselectable = true;
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "m.a", 4);
    expect_culprit(&world, "m.b", 4);
    assert_true(world.most_asked == 2);
}

/* --- failures in another form ------------------------------------------- */

static void
a_masked_failure_is_told_with_where_it_took_its_form(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    /* 3 breaks a, 9 makes it fail otherwise. */
    world_chain(&world, *state, "....EEEEEEFFFFFFF");
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 3);
    const struct pb_hunt *hunt = world_hunt(&world, "a");
    assert_true(hunt->masked);
    assert_int_equal(hunt->later.state, PB_ANSWER_FOUND);
    assert_int_equal(hunt->later.candidate, 9);
}

static void
a_failure_of_another_kind_on_the_way_is_no_answer(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    /* 5 to 8 are broken otherwise, which 9 mends; 11 is the culprit. */
    world_chain(&world, *state, "......EEEE..FFFFF");
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 11);
    assert_false(world_hunt(&world, "a")->masked);
}

/* good, bad, good, bad: any step from good to bad is a right answer, as long
   as the closing checks see it too. */
static void
of_a_failure_that_came_twice_a_true_change_is_named(void **state)
{
    static const char *const letters[] = {
        "..FF..FF",          "..FFFF..FFFFFF..FFF", ".F.F.F.F.F.F.F.FF",
        ".FFFFFFFFFFFFFF.F", "...F...F...F....FF",
    };
    for (size_t i = 0; i < PB_LENGTH(letters); i++) {
        PB_AUTO(world) struct world world = WORLD_INIT;
        world_init(&world, *state, strlen(letters[i]) - 1);
        world_add(&world, "a", letters[i]);
        world_finish(&world);
        expect_finding(&world, PB_FINDING_FOUND);
        size_t culprit = world_culprit(&world, "a");
        expect_culprit(&world, "a", culprit);
        assert_int_equal(letters[i][culprit + 1], 'F');
        assert_int_equal(letters[i][culprit], '.');
    }
}

/* --- candidates --------------------------------------------------------- */

static void
commits_of_equal_behaviour_are_tried_once(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    /* 0 and 1 are as the good end; 2 to 4 are alike, and 5 to 8. */
    world_init(&world, *state, 10);
    world.keys = "gggaaabbbbc";
    world_add(&world, "a", "......FFFFF");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 5);
    assert_int_equal(world.candidates.len, 3);
    /* The parent is the commit right before, of its candidate's behaviour. */
    assert_int_equal(world_count(&world, "build 4 clean"), 1);
}

static void
the_parent_of_the_first_candidate_is_a_good_commit(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 4);
    world.keys = "ggabc";
    world_add(&world, "a", "..FFF");
    world_finish(&world);
    expect_culprit(&world, "a", 1);
    size_t candidate = world_hunt(&world, "a")->answer.candidate;
    assert_int_equal(pb_bisection_parent(world.bisection, candidate),
                     PB_GOOD_END);
    assert_int_equal(world_count(&world, "build 0 clean"), 1);
}

/*  good - 0 - 1 - 2 - 3 - 4 - 5 - 6 - 7, wrong builds at 3 to 5 */
static void
results_of_wrong_builds_are_forgotten_and_the_search_goes_on_right(
    void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world.builds = "....www..";
    world_add(&world, "a", "....wwwFF");
    world_finish(&world);
    assert_true(world.audited);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 6);
}

/*  good - 0 - 1 - ... - 7
    output:  a   a a a a a b b b b */
static void
identical_interpreters_are_tested_once(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, *state, 8);
    world.outputs = "aaaaabbbb";
    world_add(&world, "a", ".....FFFF");
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 4);
    size_t tested = 0;
    size_t twins = 0;
    for (size_t i = 0; i < pb_bisection_trials(world.bisection); i++) {
        const struct pb_trial_record *trial =
            pb_bisection_trial(world.bisection, i);
        if (trial->purpose == PB_PURPOSE_SEARCH) {
            twins += trial->evaluation.twin;
            tested += !trial->evaluation.twin;
        }
    }
    assert_true(twins > 0);
    assert_true(tested <= 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_single_culprit_is_found_and_confirmed),
        SCRATCH_TEST(ends_go_first_and_the_whole_suite_again_at_the_close),
        SCRATCH_TEST(each_step_is_told_as_it_happens),
        SCRATCH_TEST(a_lone_candidate_needs_no_search),
        SCRATCH_TEST(trials_say_what_was_asked_and_what_came_of_it),
        SCRATCH_TEST(two_culprits_are_each_found),
        SCRATCH_TEST(one_signature_with_two_culprits_is_parted),
        SCRATCH_TEST(several_signatures_of_one_culprit_share_every_run),
        SCRATCH_TEST(a_resolved_hunt_is_not_run_any_more),
        SCRATCH_TEST(what_was_not_run_at_a_revision_says_nothing_there),
        SCRATCH_TEST(beyond_max_culprits_hunts_are_left_alone),
        SCRATCH_TEST(tests_that_all_come_to_be_skipped_are_a_regression),
        SCRATCH_TEST(tests_that_vanish_are_a_regression),
        SCRATCH_TEST(a_crash_has_its_culprit),
        SCRATCH_TEST(a_hang_has_its_culprit),
        SCRATCH_TEST(a_command_is_run_as_a_whole_at_each_step),
        SCRATCH_TEST(a_command_that_says_125_is_gone_around),
        SCRATCH_TEST(
            tests_of_a_module_that_does_not_load_are_found_by_the_vanished),
        SCRATCH_TEST(a_masked_failure_is_told_with_where_it_took_its_form),
        SCRATCH_TEST(a_failure_of_another_kind_on_the_way_is_no_answer),
        SCRATCH_TEST(of_a_failure_that_came_twice_a_true_change_is_named),
        SCRATCH_TEST(commits_of_equal_behaviour_are_tried_once),
        SCRATCH_TEST(the_parent_of_the_first_candidate_is_a_good_commit),
        SCRATCH_TEST(
            results_of_wrong_builds_are_forgotten_and_the_search_goes_on_right),
        SCRATCH_TEST(identical_interpreters_are_tested_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
