/* The rule against `git bisect run`: the same candidates tested in the same
   order, and the same answer, on the same histories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "search/git_bisect.h"

#define CASES 64

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

static void
compare(const struct git_repo *repo, size_t mark, struct history *history)
{
    size_t len = history->space.len;
    PB_AUTOFREE size_t *rank = pb_alloc_array(len, sizeof(*rank));
    PB_AUTOFREE size_t *ours = pb_alloc_array(len, sizeof(*ours));
    PB_AUTOFREE size_t *theirs = pb_alloc_array(len, sizeof(*theirs));
    PB_AUTOFREE bool *our_suspects = pb_alloc_array(len, sizeof(bool));
    PB_AUTOFREE bool *their_suspects = pb_alloc_array(len, sizeof(bool));
    PB_AUTOFREE enum pb_search_verdict *verdicts =
        pb_alloc_array(len, sizeof(*verdicts));
    git_repo_rank(repo, mark, len, rank);
    history->space.rank = rank;
    struct pb_search_choice end;
    size_t our_steps = history_search(history, verdicts, ours, &end);
    pb_search_suspects(&history->space, verdicts, our_suspects);
    history->space.rank = NULL;

    size_t their_steps = 0;
    git_repo_bisect(repo, mark, history, theirs, &their_steps, their_suspects);
    assert_int_equal(our_steps, their_steps);
    assert_memory_equal(ours, theirs, our_steps * sizeof(*ours));
    assert_memory_equal(our_suspects, their_suspects, len * sizeof(bool));
    assert_true(their_suspects[history->culprit]);
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
