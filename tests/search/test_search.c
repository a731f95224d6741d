/* The choice in histories drawn by hand. A verdict string has a letter a
   candidate: ? untested, G, B, S. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "search/space.h"

#define MOST 10

static void
parse_verdicts(const char *letters, enum pb_search_verdict *verdicts)
{
    static const char known[] = "?GBS";
    for (size_t i = 0; letters[i] != '\0'; i++) {
        const char *found = strchr(known, letters[i]);
        assert_non_null(found);
        verdicts[i] = (enum pb_search_verdict)(found - known);
    }
}

static struct pb_search_choice
next_in(const char *drawing, const char *letters)
{
    PB_AUTO(history) struct history history = HISTORY_INIT;
    enum pb_search_verdict verdicts[MOST];
    struct pb_search_choice choice;
    history_draw(&history, drawing);
    assert_int_equal(history.space.len, strlen(letters));
    parse_verdicts(letters, verdicts);
    pb_search_next(&history.space, verdicts, &choice);
    return choice;
}

static void
expect_test(const char *drawing, const char *letters, size_t candidate)
{
    struct pb_search_choice choice = next_in(drawing, letters);
    assert_int_equal(choice.action, PB_SEARCH_TEST);
    assert_int_equal(choice.candidate, candidate);
}

static void
expect_found(const char *drawing, const char *letters, size_t candidate)
{
    struct pb_search_choice choice = next_in(drawing, letters);
    assert_int_equal(choice.action, PB_SEARCH_FOUND);
    assert_int_equal(choice.candidate, candidate);
    assert_int_equal(choice.suspects, 1);
    assert_int_equal(choice.steps, 0);
}

/* `marks`: x for a suspect, . for the others. */
static void
expect_suspects(const char *drawing, const char *letters, const char *marks)
{
    PB_AUTO(history) struct history history = HISTORY_INIT;
    enum pb_search_verdict verdicts[MOST];
    bool out[MOST];
    char got[MOST + 1] = "";
    history_draw(&history, drawing);
    parse_verdicts(letters, verdicts);
    size_t count = pb_search_suspects(&history.space, verdicts, out);
    for (size_t i = 0; i < history.space.len; i++) {
        got[i] = out[i] ? 'x' : '.';
        count -= out[i];
    }
    assert_string_equal(got, marks);
    assert_int_equal(count, 0);
}

static bool
contradicts(const char *drawing, const char *letters)
{
    PB_AUTO(history) struct history history = HISTORY_INIT;
    enum pb_search_verdict verdicts[MOST];
    history_draw(&history, drawing);
    parse_verdicts(letters, verdicts);
    return pb_search_contradicts(&history.space, verdicts);
}

static void
a_single_candidate_is_the_culprit_without_a_test(void **state)
{
    (void)state;
    expect_found("-", "?", 0);
    expect_found("-", "B", 0);
    expect_found("-", "S", 0);
}

/* 0 - 1 - 2 - 3 - 4 - 5 */
static void
a_chain_is_halved_from_its_old_end(void **state)
{
    (void)state;
    expect_test("- 0", "??", 0);
    /* git measures a root last, so that 1 is the first near the middle. */
    expect_test("- 0 1", "???", 1);
    expect_test("- 0 1 2", "????", 1);
    /* 1 and 2 are both halfway of 5: git takes the older. */
    expect_test("- 0 1 2 3", "?????", 1);
    expect_test("- 0 1 2 3 4", "??????", 2);
    expect_test("- 0 1 2 3 4", "??G???", 4);
    expect_test("- 0 1 2 3 4", "??B???", 1);
    expect_found("- 0 1 2 3 4", "??GB??", 3);
    expect_found("- 0 1 2 3 4", "????G?", 5);
    expect_found("- 0 1 2 3 4", "B?????", 0);
}

/*   0 - 1 - 2
      \       \
       3 - 4 - 5 - 6 */
static void
halves_of_a_fork_are_weighed_by_what_they_reach(void **state)
{
    (void)state;
    /* 2 and 4 reach three of seven each, the merge six. */
    expect_test("- 0 1 0 3 24 5", "???????", 2);
    expect_test("- 0 1 0 3 24 5", "??G????", 4);
    expect_test("- 0 1 0 3 24 5", "??B????", 1);
    expect_suspects("- 0 1 0 3 24 5", "??G????", "...xxxx");
    expect_suspects("- 0 1 0 3 24 5", "??B????", "xxx....");
    expect_found("- 0 1 0 3 24 5", "??G?GG?", 6);
    expect_found("- 0 1 0 3 24 5", "??G?GB?", 5);
}

/*   0 - 1 - 2
          \     \
       3 - 4 --- 5 - 6

   Of 7, both 2 (it reaches 3) and 4 (it reaches 4) are near the middle. */
static void
a_merge_near_the_middle_goes_before_an_older_plain_candidate(void **state)
{
    (void)state;
    expect_test("- 0 1 - 13 24 5", "???????", 4);
}

/*   0 - 1 - 2 - 3
              \    \
           4 - 5 - 6 */
static void
a_merge_far_from_the_middle_does_not(void **state)
{
    (void)state;
    expect_test("- 0 1 2 - 24 35", "???????", 2);
}

/*   0   1     A criss-cross: 2 and 3 both merge 0 and 1.
     | X |
     2   3
      \ /
       4       */
static void
shared_ancestors_of_a_merge_are_counted_once(void **state)
{
    (void)state;
    expect_test("- - 01 01 23", "?????", 2);
    expect_suspects("- - 01 01 23", "??G??", "...xx");
    expect_suspects("- - 01 01 23", "??B??", "xxx..");
    expect_test("- - 01 01 23", "??B??", 0);
    expect_found("- - 01 01 23", "GGB??", 2);
    expect_found("- - 01 01 23", "GGGG?", 4);
}

/*  0 1 2 3
     \| |/
       4     */
static void
an_octopus_is_searched_arm_by_arm(void **state)
{
    (void)state;
    expect_test("- - - - 0123", "?????", 0);
    expect_test("- - - - 0123", "G????", 1);
    expect_found("- - - - 0123", "GGGG?", 4);
    expect_found("- - - - 0123", "?B???", 1);
}

/*   0 - 1
          \
     2 - 3 - 4   Both arms have a BAD of their own: two culprits. */
static void
of_two_bad_arms_the_one_nearer_the_bad_end_is_searched(void **state)
{
    (void)state;
    expect_suspects("- 0 - 2 13", "?B?B?", "..xx.");
    expect_test("- 0 - 2 13", "?B?B?", 2);
    expect_found("- 0 - 2 13", "BBGB?", 3);
}

static void
good_after_bad_makes_it_the_last_change_to_bad(void **state)
{
    (void)state;
    expect_suspects("- 0 1 2 3 4", "?B?G??", "....xx");
    expect_test("- 0 1 2 3 4", "?B?G??", 4);
    expect_found("- 0 1 2 3 4", "?B?GB?", 4);
    assert_true(contradicts("- 0 1 2 3 4", "?B?G??"));
    assert_false(contradicts("- 0 1 2 3 4", "?G?B??"));
    assert_false(contradicts("- 0 1 2 3 4", "??????"));
    assert_false(contradicts("- 0 1 2 3 4", "?S?G??"));
    /* On different arms they do not contradict each other. */
    assert_false(contradicts("- 0 - 2 13", "?B?G?"));
    assert_true(contradicts("- 0 - 2 13", "B?B?G"));
}

static void
the_bad_end_is_bad_whatever_was_recorded_for_it(void **state)
{
    (void)state;
    expect_test("- 0 1 2", "???G", 1);
    expect_test("- 0 1 2", "???S", 1);
    expect_found("- 0 1 2", "??GG", 3);
    expect_found("- 0 1 2", "??GS", 3);
    assert_true(contradicts("- 0 1 2", "???G"));
}

static void
a_skip_that_is_not_the_best_choice_changes_nothing(void **state)
{
    (void)state;
    /* Of 2 and 3, equally good, rank decides: by index without one. */
    expect_test("- 0 1 2 3 4 5", "S??????", 2);
    expect_test("- 0 1 2 3 4 5", "?????S?", 2);
}

static void
ties_go_by_rank_once_something_was_skipped(void **state)
{
    (void)state;
    static const size_t rank[] = {6, 5, 4, 3, 2, 1, 0};
    PB_AUTO(history) struct history history = HISTORY_INIT;
    enum pb_search_verdict verdicts[MOST];
    struct pb_search_choice choice;
    history_chain(&history, 7);
    history.space.rank = rank;
    parse_verdicts("S??????", verdicts);
    pb_search_next(&history.space, verdicts, &choice);
    assert_int_equal(choice.candidate, 3);
    parse_verdicts("???????", verdicts);
    pb_search_next(&history.space, verdicts, &choice);
    assert_int_equal(choice.candidate, 2);
}

static void
only_skips_left_is_a_set_that_includes_the_bad_one(void **state)
{
    (void)state;
    struct pb_search_choice choice = next_in("- 0 1 2", "SSS?");
    assert_int_equal(choice.action, PB_SEARCH_SUSPECTS);
    assert_int_equal(choice.suspects, 4);
    assert_int_equal(choice.candidate, 3);
    assert_int_equal(choice.steps, 0);
    choice = next_in("- 0 1 2 3", "GSSB?");
    assert_int_equal(choice.action, PB_SEARCH_SUSPECTS);
    assert_int_equal(choice.suspects, 3);
    assert_int_equal(choice.candidate, 3);
    expect_suspects("- 0 1 2 3", "GSSB?", ".xxx.");
    expect_found("- 0 1 2 3", "SSGB?", 3);
}

static void
a_skipped_stretch_in_the_middle_is_left(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 100);
    enum pb_search_verdict verdicts[100] = {PB_SEARCH_UNKNOWN};
    struct pb_search_choice choice;
    for (size_t i = 40; i < 60; i++) {
        verdicts[i] = PB_SEARCH_SKIP;
    }
    pb_search_next(&history.space, verdicts, &choice);
    assert_int_equal(choice.action, PB_SEARCH_TEST);
    assert_true(choice.candidate < 40 || choice.candidate >= 60);
    assert_int_equal(choice.suspects, 100);
}

static void
expected_steps_are_the_likelier_of_two_logarithms(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        size_t steps;
    } cases[] = {{1, 0},  {2, 1},  {3, 2},  {4, 2},     {5, 2},
                 {6, 3},  {8, 3},  {10, 3}, {11, 4},    {16, 4},
                 {21, 4}, {22, 5}, {32, 5}, {1000, 10}, {1024, 10}};
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTO(history) struct history history = HISTORY_INIT;
        history_chain(&history, cases[i].len);
        PB_AUTOFREE enum pb_search_verdict *verdicts =
            pb_alloc_array(cases[i].len, sizeof(*verdicts));
        struct pb_search_choice choice;
        pb_search_next(&history.space, verdicts, &choice);
        assert_int_equal(choice.suspects, cases[i].len);
        assert_int_equal(choice.steps, cases[i].steps);
    }
}

/* Near enough is a thousandth for long chains: git stops at the first. */
static void
the_middle_of_a_long_chain_is_the_first_within_a_thousandth(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 10240);
    PB_AUTOFREE enum pb_search_verdict *verdicts =
        pb_alloc_array(10240, sizeof(*verdicts));
    struct pb_search_choice choice;
    pb_search_next(&history.space, verdicts, &choice);
    /* |2 x weight - 10240| < 10 first holds at weight 5116. */
    assert_int_equal(choice.candidate, 5115);
}

static void
a_ladder_of_merges_costs_no_stack(void **state)
{
    (void)state;
    /* 0 and 1 start it; each further pair merges the pair before. */
    enum { LEN = 4001 };
    PB_AUTOFREE size_t *start = pb_alloc_array(LEN + 1, sizeof(*start));
    PB_AUTOFREE size_t *parents = pb_alloc_array(2 * LEN, sizeof(*parents));
    PB_AUTOFREE enum pb_search_verdict *verdicts =
        pb_alloc_array(LEN, sizeof(*verdicts));
    size_t len = 0;
    for (size_t i = 0; i < LEN; i++) {
        start[i] = len;
        size_t pair = i - i % 2;
        if (pair >= 2) {
            parents[len++] = pair - 2;
            parents[len++] = pair - 1;
        }
    }
    start[LEN] = len;
    struct pb_search_space space = {
        .len = LEN, .parent_start = start, .parents = parents};
    struct pb_search_choice choice;
    pb_search_next(&space, verdicts, &choice);
    assert_int_equal(choice.action, PB_SEARCH_TEST);
    /* It reaches half of 4001, give or take a thousandth. */
    assert_in_range(choice.candidate, 1995, 2005);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_candidate_is_the_culprit_without_a_test),
        cmocka_unit_test(a_chain_is_halved_from_its_old_end),
        cmocka_unit_test(halves_of_a_fork_are_weighed_by_what_they_reach),
        cmocka_unit_test(
            a_merge_near_the_middle_goes_before_an_older_plain_candidate),
        cmocka_unit_test(a_merge_far_from_the_middle_does_not),
        cmocka_unit_test(shared_ancestors_of_a_merge_are_counted_once),
        cmocka_unit_test(an_octopus_is_searched_arm_by_arm),
        cmocka_unit_test(
            of_two_bad_arms_the_one_nearer_the_bad_end_is_searched),
        cmocka_unit_test(good_after_bad_makes_it_the_last_change_to_bad),
        cmocka_unit_test(the_bad_end_is_bad_whatever_was_recorded_for_it),
        cmocka_unit_test(a_skip_that_is_not_the_best_choice_changes_nothing),
        cmocka_unit_test(ties_go_by_rank_once_something_was_skipped),
        cmocka_unit_test(only_skips_left_is_a_set_that_includes_the_bad_one),
        cmocka_unit_test(a_skipped_stretch_in_the_middle_is_left),
        cmocka_unit_test(expected_steps_are_the_likelier_of_two_logarithms),
        cmocka_unit_test(
            the_middle_of_a_long_chain_is_the_first_within_a_thousandth),
        cmocka_unit_test(a_ladder_of_merges_costs_no_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
