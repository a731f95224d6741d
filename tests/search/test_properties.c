/* What holds for every history: found culprits are the hidden ones, sets of
   suspects are exactly what the tests leave open, and steps are few. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "search/space.h"

struct search {
    enum pb_search_verdict *verdicts;
    size_t *tested;
    bool *suspects;
    size_t steps;
    struct pb_search_choice end;
};

static void
search_clear(struct search *search)
{
    free(search->verdicts);
    free(search->tested);
    free(search->suspects);
}

PB_DEFINE_AUTO_CLEAR(search, struct search, search_clear)

static void
search_run(struct search *search, const struct history *history)
{
    size_t len = history->space.len;
    *search = (struct search){
        .verdicts = pb_alloc_array(len, sizeof(*search->verdicts)),
        .tested = pb_alloc_array(len, sizeof(size_t)),
        .suspects = pb_alloc_array(len, sizeof(bool)),
    };
    search->steps = history_search(history, search->verdicts, search->tested,
                                   &search->end);
    size_t count = pb_search_suspects(&history->space, search->verdicts,
                                      search->suspects);
    assert_int_equal(count, search->end.suspects);
}

static size_t
ceil_log2(size_t n)
{
    size_t steps = 0;
    while (((size_t)1 << steps) < n) {
        steps++;
    }
    return steps;
}

/* Whether every verdict is what it would be, had `candidate` done it. */
static bool
explains(const struct history *history, const enum pb_search_verdict *verdicts,
         size_t candidate)
{
    for (size_t i = 0; i < history->space.len; i++) {
        bool bad = history_reaches(history, i, candidate);
        if ((verdicts[i] == PB_SEARCH_BAD && !bad) ||
            (verdicts[i] == PB_SEARCH_GOOD && bad))
        {
            return false;
        }
    }
    return history_reaches(history, history->space.len - 1, candidate);
}

/* A suspect whose test would tell suspects apart. */
static bool
could_separate(const struct history *history, const struct search *search,
               size_t candidate)
{
    if (!search->suspects[candidate] || history->skip[candidate] ||
        search->verdicts[candidate] != PB_SEARCH_UNKNOWN)
    {
        return false;
    }
    for (size_t i = 0; i < history->space.len; i++) {
        if (search->suspects[i] && !history_reaches(history, candidate, i)) {
            return true;
        }
    }
    return false;
}

static void
check_answer(const struct history *history, const struct search *search)
{
    for (size_t i = 0; i < history->space.len; i++) {
        assert_int_equal(search->suspects[i],
                         explains(history, search->verdicts, i));
        assert_false(could_separate(history, search, i));
    }
    assert_true(search->suspects[history->culprit]);
    if (search->end.suspects == 1) {
        assert_int_equal(search->end.action, PB_SEARCH_FOUND);
        assert_int_equal(search->end.candidate, history->culprit);
    }
    else {
        assert_int_equal(search->end.action, PB_SEARCH_SUSPECTS);
    }
}

static void
every_culprit_of_a_chain_is_found_within_the_bound(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 130; len++) {
        PB_AUTO(history) struct history history = HISTORY_INIT;
        history_chain(&history, len);
        for (size_t culprit = 0; culprit < len; culprit++) {
            PB_AUTO(search) struct search search = {.steps = 0};
            history_hide(&history, culprit);
            search_run(&search, &history);
            assert_int_equal(search.end.action, PB_SEARCH_FOUND);
            assert_int_equal(search.end.candidate, culprit);
            assert_true(search.steps <= ceil_log2(len) + 1);
        }
    }
}

static void
a_chain_of_a_hundred_thousand_takes_seventeen_steps_or_so(void **state)
{
    (void)state;
    static const size_t culprits[] = {0, 1, 31415, 49999, 50000, 99998, 99999};
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 100000);
    for (size_t i = 0; i < PB_LENGTH(culprits); i++) {
        PB_AUTO(search) struct search search = {.steps = 0};
        history_hide(&history, culprits[i]);
        search_run(&search, &history);
        assert_int_equal(search.end.action, PB_SEARCH_FOUND);
        assert_int_equal(search.end.candidate, culprits[i]);
        assert_in_range(search.steps, 15, 18);
    }
}

/* On a chain nothing outside the suspects can tell them apart either. */
static void
skips_in_a_chain_leave_what_no_testable_candidate_separates(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(1)};
    for (int round = 0; round < 2000; round++) {
        PB_AUTO(history) struct history history = HISTORY_INIT;
        PB_AUTO(search) struct search search = {.steps = 0};
        size_t len = 1 + random_below(&random, 80);
        history_chain(&history, len);
        history_hide(&history, random_below(&random, len));
        history_skip_stretches(&history, &random,
                               (unsigned)random_below(&random, 100));
        search_run(&search, &history);
        check_answer(&history, &search);
        size_t first = history.culprit;
        while (first > 0 && history.skip[first - 1]) {
            first--;
        }
        size_t last = history.culprit;
        while (history.skip[last]) {
            last++;
        }
        for (size_t i = 0; i < len; i++) {
            assert_int_equal(search.suspects[i], i >= first && i <= last);
        }
    }
}

static void
random_merges_end_at_the_hidden_culprit(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(2)};
    for (int round = 0; round < 2000; round++) {
        PB_AUTO(history) struct history history = HISTORY_INIT;
        PB_AUTO(search) struct search search = {.steps = 0};
        history_random(&history, &random, 1 + random_below(&random, 60));
        search_run(&search, &history);
        assert_int_equal(search.end.action, PB_SEARCH_FOUND);
        check_answer(&history, &search);
    }
}

static void
random_merges_with_skips_end_at_the_exact_set(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(3)};
    for (int round = 0; round < 2000; round++) {
        PB_AUTO(history) struct history history = HISTORY_INIT;
        PB_AUTO(search) struct search search = {.steps = 0};
        history_random(&history, &random, 1 + random_below(&random, 60));
        history_skip_stretches(&history, &random,
                               (unsigned)random_below(&random, 100));
        search_run(&search, &history);
        check_answer(&history, &search);
    }
}

/* The definition, spelled out: BADs from the bad end down, each one counting
   if it leaves a suspect. */
static void
suspects_by_definition(const struct history *history,
                       const enum pb_search_verdict *verdicts, bool *out)
{
    size_t len = history->space.len;
    for (size_t i = 0; i < len; i++) {
        out[i] = true;
        for (size_t good = 0; good + 1 < len; good++) {
            if (verdicts[good] == PB_SEARCH_GOOD &&
                history_reaches(history, good, i)) {
                out[i] = false;
            }
        }
    }
    for (size_t bad = len; bad-- > 0;) {
        if (bad + 1 < len && verdicts[bad] != PB_SEARCH_BAD) {
            continue;
        }
        bool any = false;
        for (size_t i = 0; i < len; i++) {
            any = any || (out[i] && history_reaches(history, bad, i));
        }
        for (size_t i = 0; any && i < len; i++) {
            out[i] = out[i] && history_reaches(history, bad, i);
        }
    }
}

static void
verdicts_that_make_no_sense_still_give_the_defined_suspects(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(4)};
    for (int round = 0; round < 1000; round++) {
        PB_AUTO(history) struct history history = HISTORY_INIT;
        size_t len = 1 + random_below(&random, 30);
        if (random_chance(&random, 20)) {
            history_chain(&history, len);
        }
        else {
            history_random(&history, &random, len);
        }
        enum pb_search_verdict verdicts[30];
        unsigned known = (unsigned)random_below(&random, 100);
        for (size_t i = 0; i < len; i++) {
            verdicts[i] =
                random_chance(&random, known)
                    ? (enum pb_search_verdict)random_below(&random, 4)
                    : PB_SEARCH_UNKNOWN;
        }
        bool expected[30];
        bool got[30];
        suspects_by_definition(&history, verdicts, expected);
        assert_true(pb_search_suspects(&history.space, verdicts, got) >= 1);
        assert_memory_equal(got, expected, len * sizeof(*got));
        struct pb_search_choice choice;
        pb_search_next(&history.space, verdicts, &choice);
        assert_true(got[choice.candidate]);
        if (choice.action == PB_SEARCH_TEST) {
            assert_int_equal(verdicts[choice.candidate], PB_SEARCH_UNKNOWN);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_culprit_of_a_chain_is_found_within_the_bound),
        cmocka_unit_test(
            a_chain_of_a_hundred_thousand_takes_seventeen_steps_or_so),
        cmocka_unit_test(
            skips_in_a_chain_leave_what_no_testable_candidate_separates),
        cmocka_unit_test(random_merges_end_at_the_hidden_culprit),
        cmocka_unit_test(random_merges_with_skips_end_at_the_exact_set),
        cmocka_unit_test(
            verdicts_that_make_no_sense_still_give_the_defined_suspects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
