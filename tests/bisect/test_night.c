/* Nights over a made-up history. */
#include "bisect/night_world.h"

#include "pybisect/clock.h"

static void
what_is_newly_red_is_bisected_told_and_followed_until_it_is_fixed(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", "...F.."},
        {"a", "t2", "......"},
        {"b", "u1", "...F.."},
        {"b", "u2", "......"},
    };
    FAKE(fake, tests);
    spend_night(&fake, 1);
    expect_log(&fake, "a green; b green; ");
    expect_told(&fake, "");
    spend_night(&fake, 3);
    expect_log(&fake, "a newly red; b newly red; hunt a 1..3; "
                      "hunt b 1..3 suspecting 3; ");
    expect_failures(&fake, "f1 a found 3; f2 b found 3; ");
    expect_told(&fake, "found 3 f1 f2; ");
    spend_night(&fake, 4);
    expect_log(&fake, "a green; b green; ");
    expect_failures(&fake, "f1 a found 3 fixed 3; f2 b found 3 fixed 3; ");
    expect_told(&fake, "fixed 3 f1 f2; ");
    expect_state(&fake, "whole", "");
}

static void
the_same_head_again_is_nothing_to_do(void **state)
{
    static const struct made_test tests[] = {{"a", "t1", ".."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    size_t runs = fake.runs;
    open_night(&fake, 0);
    assert_true(steps(&fake, 1));
    assert_true(pb_night_was_idle(fake.night));
    close_night(&fake);
    assert_int_equal(fake.runs, runs);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&fake);
    assert_int_equal(pb_json_length(pb_json_get(record, "nights")), 1);
}

static void
red_does_not_hide_red(void **state)
{
    /* t1 goes red otherwise at 3, t2 joins the ways of t1 at 4. */
    static const struct made_test tests[] = {
        {"a", "t1", ".FFEE."},
        {"a", "t2", "....E."},
        {"a", "t3", "......"},
        {"a", "t4", "......"},
    };
    FAKE(fake, tests);
    spend_night(&fake, 0);
    spend_night(&fake, 2);
    expect_log(&fake, "a green; a newly red; hunt a 0..2; ");
    spend_night(&fake, 3);
    expect_log(&fake, "a newly red; hunt a 2..3 different; ");
    expect_failures(&fake, "f1 a found 1 fixed 3; f2 a found 3; ");
    spend_night(&fake, 4);
    expect_log(&fake, "a newly red; hunt a 3..4; ");
    expect_failures(&fake,
                    "f1 a found 1 fixed 3; f2 a found 3; f3 a found 4; ");
    spend_night(&fake, 5);
    expect_failures(&fake, "f1 a found 1 fixed 3; f2 a found 3 fixed 5; "
                           "f3 a found 4 fixed 5; ");
    expect_told(&fake, "found 1 f1; fixed 1 f1; found 3 f2; found 4 f3; "
                       "fixed 3 f2; fixed 4 f3; ");
}

static void
what_fails_by_chance_is_flaky_and_counted(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", ".~."}, {"a", "t2", "..."}, {"a", "t3", "..."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    spend_night(&fake, 1);
    spend_night(&fake, 2);
    expect_log(&fake, "a green; a flaky; a green; ");
    expect_failures(&fake, "");
    PB_AUTO(pb_json) struct pb_json *record = record_of(&fake);
    const struct pb_json *flaky = pb_json_at(
        pb_json_get(pb_json_at(pb_json_get(record, "projects"), 0), "flaky"),
        0);
    assert_string_equal(pb_json_get_string(flaky, "test"), "t1");
    assert_int_equal(pb_json_get_integer(flaky, "runs"), 5);
    assert_int_equal(pb_json_get_integer(flaky, "failed"), 1);
}

static void
tests_that_are_skipped_or_gone_are_red(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", ".S."}, {"a", "t2", ".-."}, {"a", "t3", "SS."},
        {"a", "t4", "..."}, {"a", "t5", "..."}, {"a", "t6", "..."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    spend_night(&fake, 1);
    expect_log(&fake, "a green; a newly red; hunt a 0..1; ");
    expect_failures(&fake, "f1 a no answer; f2 a no answer; ");
    spend_night(&fake, 2);
    expect_log(&fake, "a green; ");
}

static void
what_was_red_from_the_first_has_no_answer(void **state)
{
    static const struct made_test tests[] = {{"a", "t1", "FF"},
                                             {"a", "t2", ".."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    expect_log(&fake, "a newly red; ");
    expect_failures(&fake, "f1 a no answer; ");
    spend_night(&fake, 1);
    expect_log(&fake, "a red; ");
}

static void
a_failure_that_the_recipe_knows_is_none(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", ".FF"}, {"a", "t2", "..."}, {"a", "t3", "..."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    spend_night(&fake, 1);
    fake.known = "t1";
    spend_night(&fake, 2);
    expect_log(&fake, "a green; a newly red; hunt a 0..1; a green; ");
    expect_failures(&fake, "f1 a found 1 fixed 3; ");
}

static void
a_sick_machine_is_no_regression(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", "...F"}, {"a", "t2", "...."}, {"b", "u1", "...."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    fake.sick = true;
    spend_night(&fake, 1);
    expect_state(&fake, "sick", "also at 0100000000");
    spend_night(&fake, 2);
    expect_failures(&fake, "");
    expect_told(&fake, "sick 2; "); /* once, for both nights */
    fake.sick = false;
    pb_buf_truncate(&fake.log, 0);
    spend_night(&fake, 3);
    expect_log(&fake, "a newly red; b green; hunt a 0..3; ");
    expect_failures(&fake, "f1 a found 3; ");
}

static void
what_fails_where_it_passed_too_is_not_the_heads_doing(void **state)
{
    /* By now: the letters of the past change. */
    static struct made_test tests[] = {
        {"a", "t1", "..F."}, {"a", "t2", "...."}, {"a", "t3", "...."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    tests[1].letters = "FFF.";
    spend_night(&fake, 2);
    expect_log(&fake, "a green; a newly red; hunt a 0..2; ");
    expect_failures(&fake, "f1 a found 2; ");
    PB_AUTO(pb_json) struct pb_json *record = record_of(&fake);
    const struct pb_json *cells =
        pb_json_get(pb_json_at(pb_json_get(record, "projects"), 0), "cells");
    assert_non_null(
        strstr(pb_json_get_string(pb_json_at(cells, 1), "why"),
               "1 newly failing here, but by now also at 0100000000"));
}

static void
all_red_on_a_sound_machine_is_a_regression(void **state)
{
    static const struct made_test tests[] = {{"a", "t1", ".F"},
                                             {"a", "t2", ".F"}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    spend_night(&fake, 1);
    expect_failures(&fake, "f1 a found 1; ");
}

static void
trouble_of_the_machine_is_named(void **state)
{
    static const struct made_test tests[] = {{"a", "t1", "....."}};
    FAKE(fake, tests);
    fake.free_bytes = 1 << 20;
    spend_night(&fake, 0);
    expect_state(&fake, "sick", "only 1 MB are free");
    fake.free_bytes = (uint64_t)1 << 40;
    fake.unreachable = true;
    spend_night(&fake, 1);
    expect_state(&fake, "sick", "no project could be run: no network");
    fake.unreachable = false;
    open_night(&fake, 2);
    steps(&fake, 1);
    fake.leap = 4000;
    assert_true(steps(&fake, 10));
    close_night(&fake);
    expect_state(&fake, "sick", "clock jumped by 4000 s while a");
    fake.leap = -1000000;
    spend_night(&fake, 3);
    expect_state(&fake, "sick", "before what was done already");
    fake.leap = 0;
    fake.seconds += 1000000;
    spend_night(&fake, 4);
    expect_state(&fake, "whole", "");
}

static void
killed_at_any_step_it_comes_to_the_same(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", "..F"}, {"a", "t2", "..."}, {"a", "t3", "..."},
        {"b", "u1", "..F"}, {"b", "u2", "..."}, {"b", "u3", "..."}};
    for (size_t kill = 1; kill < 12; kill++) {
        PB_AUTOFREE char *place = pb_asprintf("%s/%zu", (char *)*state, kill);
        PB_AUTO(fake) struct fake fake = {.log = PB_BUF_INIT};
        fake_init(&fake, place, tests, PB_LENGTH(tests));
        spend_night(&fake, 0);
        open_night(&fake, 2);
        steps(&fake, kill);
        close_night(&fake);
        spend_night(&fake, 2);
        expect_failures(&fake, "f1 a found 2; f2 b found 2; ");
        expect_told(&fake, "found 2 f1 f2; ");
        expect_state(&fake, "whole", "");
        PB_AUTO(pb_json) struct pb_json *record = record_of(&fake);
        assert_int_equal(pb_json_length(pb_json_get(record, "nights")), 2);
    }
}

static void
what_there_was_no_time_for_is_carried_over(void **state)
{
    static const struct made_test tests[] = {{"a", "t1", "..F."},
                                             {"a", "t2", "...."},
                                             {"a", "t3", "...."},
                                             {"b", "u1", "...."}};
    FAKE(fake, tests);
    fake.a_run = 100;
    spend_night(&fake, 0);
    fake.budget = 150;
    spend_night(&fake, 2);
    expect_log(&fake, "a green; b green; a newly red; ");
    expect_state(&fake, "partial", "carried over");
    expect_failures(&fake, "f1 a waiting; ");
    /* The same head: what is left. Looks tell as much, and take less. */
    fake.budget = 0;
    fake.hopeless = true;
    spend_night(&fake, 2);
    expect_log(&fake, "b green; hunt a 0..2; ");
    expect_failures(&fake, "f1 a bisecting; ");
    expect_state(&fake, "partial", "not all could be bisected");
    fake.hopeless = false;
    spend_night(&fake, 2);
    expect_log(&fake, "hunt a 0..2 again; ");
    expect_failures(&fake, "f1 a found 2; ");
    expect_state(&fake, "whole", "");
}

static void
trouble_with_a_bisection_is_tried_again_if_it_may_pass(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", ".F."}, {"a", "t2", "..."}, {"a", "t3", "..F"}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    fake.trouble = PB_ERROR_ENVIRONMENT;
    spend_night(&fake, 1);
    expect_failures(&fake, "f1 a waiting; ");
    expect_state(&fake, "partial", "not all could be bisected");
    fake.trouble = PB_ERROR_NONE;
    spend_night(&fake, 1);
    expect_failures(&fake, "f1 a found 1; ");
    fake.trouble = PB_ERROR_NOT_FOUND;
    spend_night(&fake, 2);
    expect_failures(&fake, "f1 a found 1 fixed 3; f2 a no answer; ");
    expect_state(&fake, "whole", "");
}

static void
the_record_has_what_the_site_is_made_of(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", ".F"}, {"a", "t2", ".."}, {"a", "t3", ".."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    spend_night(&fake, 1);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&fake);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    assert_string_equal(pb_json_get_string(record, "schema"),
                        "pybisect-nights-1");
    pb_json_write(pb_json_get(record, "failures"), false, &text);
    pb_json_write(pb_json_get(record, "culprits"), false, &text);
    pb_json_write(pb_json_get(record, "projects"), false, &text);
    static const char *const wanted[] = {
        "\"tests\":[\"t1\"],\"ntests\":1,\"first_red\":2,\"last_red\":2,"
        "\"fixed\":null,\"green\":\"0100",
        "\"probability\":0.999",
        "\"report\":\"reports/a-f1.json\"",
        "\"failures\":[\"f1\"],\"first_red\":2,\"fixed\":null",
        "{\"night\":1,\"state\":\"green\",\"passed\":3,\"failed\":0,"
        "\"skipped\":0,\"missing\":0,\"why\":\"\",\"failures\":[]}",
        "{\"test\":\"t1\",\"night\":2,\"from\":\"pass\",\"to\":\"fail\","
        "\"message\":\"broke\"}",
    };
    for (size_t i = 0; i < PB_LENGTH(wanted); i++) {
        if (strstr(text.data, wanted[i]) == NULL) {
            fail_msg("%s\nis not in\n%s", wanted[i], text.data);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(
            what_is_newly_red_is_bisected_told_and_followed_until_it_is_fixed),
        SCRATCH_TEST(the_same_head_again_is_nothing_to_do),
        SCRATCH_TEST(red_does_not_hide_red),
        SCRATCH_TEST(what_fails_by_chance_is_flaky_and_counted),
        SCRATCH_TEST(tests_that_are_skipped_or_gone_are_red),
        SCRATCH_TEST(what_was_red_from_the_first_has_no_answer),
        SCRATCH_TEST(a_failure_that_the_recipe_knows_is_none),
        SCRATCH_TEST(a_sick_machine_is_no_regression),
        SCRATCH_TEST(what_fails_where_it_passed_too_is_not_the_heads_doing),
        SCRATCH_TEST(all_red_on_a_sound_machine_is_a_regression),
        SCRATCH_TEST(trouble_of_the_machine_is_named),
        SCRATCH_TEST(killed_at_any_step_it_comes_to_the_same),
        SCRATCH_TEST(what_there_was_no_time_for_is_carried_over),
        SCRATCH_TEST(trouble_with_a_bisection_is_tried_again_if_it_may_pass),
        SCRATCH_TEST(the_record_has_what_the_site_is_made_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
