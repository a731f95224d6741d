/* Against `git bisect run`, on the same histories: the belief comes to the
   same answer; and git's rule, with which the benchmark compares the belief,
   tests the same candidates in the same order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "search/git_bisect.h"

#define CASES 64
#define CONFIDENCE .99

enum shape { CHAIN, CHAIN_WITH_SKIPS, MERGES, MERGES_WITH_SKIPS, SHAPES };

static void
generate(struct history *history, struct random *random, enum shape shape)
{
    size_t len = 5 + random_below(random, 56);
    if (shape == CHAIN || shape == CHAIN_WITH_SKIPS) {
        history_chain(history, len);
        history_hide(history, random_below(random, len));
    }
    else {
        history_random(history, random, len);
    }
    if (shape == CHAIN_WITH_SKIPS || shape == MERGES_WITH_SKIPS) {
        history_skip_stretches(history, random,
                               10 + (unsigned)random_below(random, 50));
    }
}

/* Runs what is chosen, whether it can be or not, to the end. */
static void
believe(const struct history *history, bool *suspects)
{
    PB_AUTO(pb_belief)
    struct pb_belief *belief =
        pb_belief_new(&history->space, NULL, PB_BELIEF_DETERMINISTIC);
    PB_AUTO(pb_belief_answer) struct pb_belief_answer answer = {.len = 0};
    pb_belief_add(belief, PB_BELIEF_GOOD_END, 0, 1);
    pb_belief_add(belief, history->space.len - 1, 1, 0);
    while (pb_belief_state(belief, CONFIDENCE) == PB_BELIEF_OPEN) {
        struct pb_belief_choice choice;
        pb_belief_choose(belief, NULL, &choice);
        if (choice.candidate != PB_BELIEF_GOOD_END &&
            history->skip[choice.candidate]) {
            pb_belief_break(belief, choice.candidate);
            continue;
        }
        bool bad = choice.candidate != PB_BELIEF_GOOD_END &&
                   history->bad[choice.candidate];
        pb_belief_add(belief, choice.candidate, bad, !bad);
    }
    pb_belief_answer(belief, CONFIDENCE, &answer);
    for (size_t i = 0; i < answer.len; i++) {
        suspects[answer.candidates[i]] = true;
    }
}

/* Where all can be tested. Among skipped ones git may leave a set that one
   more test would have made smaller; the belief's is never larger, and holds
   the culprit. */
static void
compare_answers(const struct history *history, const bool *their_suspects)
{
    size_t len = history->space.len;
    size_t ours = 0;
    size_t theirs = 0;
    PB_AUTOFREE bool *suspects = pb_alloc_array(len, sizeof(*suspects));
    believe(history, suspects);
    assert_true(suspects[history->culprit]);
    for (size_t i = 0; i < len; i++) {
        ours += suspects[i];
        theirs += their_suspects[i];
    }
    assert_in_range(ours, 1, theirs);
    if (theirs == 1) {
        assert_memory_equal(suspects, their_suspects, len * sizeof(bool));
    }
}

static void
compare(const struct git_repo *repo, size_t mark, struct history *history)
{
    size_t len = history->space.len;
    PB_AUTOFREE size_t *rank = pb_alloc_array(len, sizeof(*rank));
    PB_AUTOFREE size_t *ours = pb_alloc_array(len, sizeof(*ours));
    PB_AUTOFREE size_t *theirs = pb_alloc_array(len, sizeof(*theirs));
    PB_AUTOFREE bool *our_suspects = pb_alloc_array(len, sizeof(bool));
    PB_AUTOFREE bool *their_suspects = pb_alloc_array(len, sizeof(bool));
    PB_AUTOFREE enum git_verdict *verdicts =
        pb_alloc_array(len, sizeof(*verdicts));
    git_repo_rank(repo, mark, len, rank);
    history->rank = rank;
    struct git_choice end;
    size_t our_steps = history_search(history, verdicts, ours, &end);
    git_rule_suspects(&history->space, verdicts, our_suspects);
    history->rank = NULL;

    size_t their_steps = 0;
    git_repo_bisect(repo, mark, history, theirs, &their_steps, their_suspects);
    assert_int_equal(our_steps, their_steps);
    assert_memory_equal(ours, theirs, our_steps * sizeof(*ours));
    assert_memory_equal(our_suspects, their_suspects, len * sizeof(bool));
    assert_true(their_suspects[history->culprit]);
    compare_answers(history, their_suspects);
}

static void
every_test_and_answer_is_that_of_git_bisect_run(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(2026)};
    struct history histories[CASES];
    size_t marks[CASES];
    struct git_repo repo;
    git_repo_init(&repo);
    for (size_t i = 0; i < CASES; i++) {
        generate(&histories[i], &random, (enum shape)(i % SHAPES));
        marks[i] = git_repo_add(&repo, &histories[i]);
    }
    git_repo_import(&repo);
    for (size_t i = 0; i < CASES; i++) {
        compare(&repo, marks[i], &histories[i]);
        history_clear(&histories[i]);
    }
    git_repo_clear(&repo);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_test_and_answer_is_that_of_git_bisect_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
