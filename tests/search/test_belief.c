/* What is believed, when a search stops, and with what. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "pybisect/belief.h"
#include "search/space.h"

static void
assert_close(double got, double expected, double tolerance)
{
    if (!(fabs(got - expected) <= tolerance)) {
        print_error("%.12g is not %.12g\n", got, expected);
        fail();
    }
}

static double
sum_of(struct pb_belief *belief, size_t len)
{
    double sum = 0;
    for (size_t i = 0; i < len; i++) {
        double p = pb_belief_probability(belief, i);
        assert_true(p >= 0 && p <= 1);
        sum += p;
    }
    return sum;
}

/* --- prior -------------------------------------------------------------- */

static void
weights_are_mixed_with_a_tenth_of_an_even_prior(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 4);
    const double weights[] = {0, 6, 0, 2};
    PB_AUTO(pb_belief)
    struct pb_belief *belief =
        pb_belief_new(&history.space, weights, PB_BELIEF_FLAKY);
    assert_close(pb_belief_probability(belief, 0), .025, 1e-12);
    assert_close(pb_belief_probability(belief, 1), .7, 1e-12);
    assert_close(pb_belief_probability(belief, 3), .25, 1e-12);
    assert_close(sum_of(belief, 4), 1, 1e-12);
}

static void
weights_of_nothing_are_an_even_prior(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 4);
    const double weights[] = {0, 0, 0, 0};
    PB_AUTO(pb_belief)
    struct pb_belief *belief =
        pb_belief_new(&history.space, weights, PB_BELIEF_FLAKY);
    assert_close(pb_belief_probability(belief, 2), .25, 1e-12);
}

static void
an_unbuildable_candidate_keeps_its_prior(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 10);
    PB_AUTO(pb_belief)
    struct pb_belief *belief =
        pb_belief_new(&history.space, NULL, PB_BELIEF_FLAKY);
    pb_belief_break(belief, 4);
    assert_close(pb_belief_probability(belief, 4), .1, 1e-12);
}

/* --- numbers ------------------------------------------------------------ */

static void
tiny_weights_and_thousands_of_runs_neither_overflow_nor_vanish(void **state)
{
    (void)state;
    enum { LEN = 100000 };
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, LEN);
    PB_AUTOFREE double *weights = pb_alloc_array(LEN, sizeof(*weights));
    for (size_t i = 0; i < LEN; i++) {
        weights[i] = i % 2 == 0 ? 1e-290 : 1e-310;
    }
    PB_AUTO(pb_belief)
    struct pb_belief *belief =
        pb_belief_new(&history.space, weights, PB_BELIEF_FLAKY);
    pb_belief_add(belief, PB_BELIEF_GOOD_END, 3, 5000);
    pb_belief_add(belief, LEN - 1, 5000, 3);
    pb_belief_add(belief, 60001, 4000, 2000);
    pb_belief_add(belief, 60000, 2, 7000);
    assert_close(sum_of(belief, LEN), 1, 1e-9);
    assert_close(pb_belief_probability(belief, 60001), 1, 1e-6);
    struct pb_belief_choice choice;
    pb_belief_choose(belief, NULL, &choice);
    assert_true(isfinite(choice.score) && choice.score >= 0);
    pb_belief_add(belief, 60000, 4000000000u, 0);
    assert_close(sum_of(belief, LEN), 1, 1e-9);
    pb_belief_choose(belief, NULL, &choice);
    assert_true(isfinite(choice.score) && choice.score >= 0);
}

static void
the_same_calls_give_the_same_answers(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(41)};
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 500);
    PB_AUTO(pb_belief)
    struct pb_belief *one =
        pb_belief_new(&history.space, NULL, PB_BELIEF_FLAKY);
    PB_AUTO(pb_belief)
    struct pb_belief *other =
        pb_belief_new(&history.space, NULL, PB_BELIEF_FLAKY);
    for (int i = 0; i < 60; i++) {
        struct pb_belief_choice a;
        struct pb_belief_choice b;
        pb_belief_choose(one, NULL, &a);
        /* Asking changes nothing. */
        (void)pb_belief_state(other, .95);
        (void)pb_belief_probability(other, 3);
        pb_belief_choose(other, NULL, &b);
        assert_int_equal(a.candidate, b.candidate);
        assert_true(a.score >= b.score && a.score <= b.score);
        bool fails = random_chance(&random, 50);
        pb_belief_add(one, a.candidate, fails, !fails);
        pb_belief_add(other, b.candidate, fails, !fails);
    }
}

/* --- graphs ------------------------------------------------------------- */

/* A chain that does not look like one: each candidate names its grandparent
   as a second parent.

       0 - 1 - 2 - 3 - 4
        \_____/ \_____/
            \_____/
 */
static void
chain_in_disguise(struct history *history, size_t len)
{
    history_chain(history, len);
    free(history->parents);
    history->parents = pb_alloc_array(2 * len, sizeof(size_t));
    size_t next = 0;
    for (size_t i = 0; i < len; i++) {
        history->parent_start[i] = next;
        for (size_t back = 1; back <= 2 && back <= i; back++) {
            history->parents[next++] = i - back;
        }
    }
    history->parent_start[len] = next;
    history->space.parents = history->parents;
}

static void
add_random(struct random *random, size_t len, struct pb_belief *one,
           struct pb_belief *other)
{
    size_t candidate = random_below(random, len + 1);
    candidate = candidate == len ? PB_BELIEF_GOOD_END : candidate;
    unsigned fails = (unsigned)random_below(random, 3);
    unsigned passes = (unsigned)random_below(random, 3);
    bool breaks = random_chance(random, 20) && candidate < len - 1;
    struct pb_belief *beliefs[] = {one, other};
    for (int i = 0; i < 2; i++) {
        if (breaks) {
            pb_belief_break(beliefs[i], candidate);
        }
        else {
            pb_belief_add(beliefs[i], candidate, fails, passes);
        }
    }
}

static void
compare_beliefs(struct pb_belief *chain, struct pb_belief *graph, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        assert_close(pb_belief_probability(graph, i),
                     pb_belief_probability(chain, i), 1e-12);
        struct pb_belief_choice a;
        struct pb_belief_choice b;
        pb_belief_weigh(chain, i, NULL, &a);
        pb_belief_weigh(graph, i, NULL, &b);
        assert_close(b.bits, a.bits, 1e-12);
        assert_close(b.fails, a.fails, 1e-12);
        assert_close(b.builds, a.builds, 1e-12);
    }
    assert_int_equal(pb_belief_state(chain, .9), pb_belief_state(graph, .9));
    struct pb_belief_rates a;
    struct pb_belief_rates b;
    pb_belief_rates(chain, &a);
    pb_belief_rates(graph, &b);
    assert_close(b.before.mean, a.before.mean, 1e-3);
    assert_close(b.after.high, a.after.high, 1e-3);
}

static void
a_graph_that_is_a_chain_is_believed_like_one(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(42)};
    for (int round = 0; round < 100; round++) {
        size_t len = 2 + random_below(&random, 30);
        PB_AUTO(history) struct history plain = HISTORY_INIT;
        PB_AUTO(history) struct history disguised = HISTORY_INIT;
        history_chain(&plain, len);
        chain_in_disguise(&disguised, len);
        PB_AUTO(pb_belief)
        struct pb_belief *chain =
            pb_belief_new(&plain.space, NULL, PB_BELIEF_FLAKY);
        PB_AUTO(pb_belief)
        struct pb_belief *graph =
            pb_belief_new(&disguised.space, NULL, PB_BELIEF_FLAKY);
        for (int i = 0; i < 12; i++) {
            add_random(&random, len, chain, graph);
            compare_beliefs(chain, graph, len);
        }
    }
}

/* --- answers ------------------------------------------------------------ */

static bool
holds(const struct pb_belief_answer *answer, size_t candidate)
{
    for (size_t i = 0; i < answer->len; i++) {
        if (answer->candidates[i] == candidate) {
            return true;
        }
    }
    return false;
}

static struct pb_belief *
deterministic_on(const struct history *history)
{
    return pb_belief_new(&history->space, NULL, PB_BELIEF_DETERMINISTIC);
}

static void
one_candidate_is_found_without_a_run(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 1);
    PB_AUTO(pb_belief)
    struct pb_belief *belief =
        pb_belief_new(&history.space, NULL, PB_BELIEF_FLAKY);
    PB_AUTO(pb_belief_answer) struct pb_belief_answer answer = {.len = 0};
    pb_belief_answer(belief, .95, &answer);
    assert_int_equal(answer.state, PB_BELIEF_FOUND);
    assert_int_equal(answer.len, 1);
    assert_int_equal(answer.candidates[0], 0);
}

/*  good - 0 - 1 - 2! - 3! - 4 - 5 - 6    passes at 1, fails at 4 */
static void
what_cannot_be_built_is_part_of_the_answer(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 7);
    PB_AUTO(pb_belief) struct pb_belief *belief = deterministic_on(&history);
    pb_belief_add(belief, 1, 0, 1);
    pb_belief_add(belief, 4, 1, 0);
    pb_belief_break(belief, 2);
    assert_int_equal(pb_belief_state(belief, .95), PB_BELIEF_OPEN);
    pb_belief_break(belief, 3);
    PB_AUTO(pb_belief_answer) struct pb_belief_answer answer = {.len = 0};
    pb_belief_answer(belief, .95, &answer);
    assert_int_equal(answer.state, PB_BELIEF_BLOCK);
    assert_int_equal(answer.len, 3);
    assert_true(holds(&answer, 2) && holds(&answer, 3) && holds(&answer, 4));
    assert_close(answer.probability, 1, 1e-6);
}

/*  0 - 1! - 2 - 4      fails at 2 and 3, passes at 0: 1 breaks both sides,
       \       /        2 and 3 one each
        - 3 ---                                                            */
static void
an_unbuildable_fork_differs_from_either_side(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_draw(&history, "- 0 1 1 23");
    PB_AUTO(pb_belief) struct pb_belief *belief = deterministic_on(&history);
    pb_belief_break(belief, 1);
    pb_belief_add(belief, 0, 0, 1);
    pb_belief_add(belief, 2, 1, 0);
    pb_belief_add(belief, 3, 1, 0);
    PB_AUTO(pb_belief_answer) struct pb_belief_answer answer = {.len = 0};
    pb_belief_answer(belief, .95, &answer);
    assert_int_equal(answer.state, PB_BELIEF_FOUND);
    assert_int_equal(answer.candidates[0], 1);
}

/*  0 - 1! - 2! - 3 - 4   the same on a graph: 1 and 2 go with 3 */
static void
a_block_on_a_graph_goes_with_its_only_child(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_draw(&history, "- 0 1 12 3");
    PB_AUTO(pb_belief) struct pb_belief *belief = deterministic_on(&history);
    pb_belief_break(belief, 1);
    pb_belief_break(belief, 2);
    pb_belief_add(belief, 0, 0, 1);
    pb_belief_add(belief, 3, 1, 0);
    PB_AUTO(pb_belief_answer) struct pb_belief_answer answer = {.len = 0};
    pb_belief_answer(belief, .95, &answer);
    assert_int_equal(answer.state, PB_BELIEF_BLOCK);
    assert_int_equal(answer.len, 3);
    assert_true(holds(&answer, 1) && holds(&answer, 2) && holds(&answer, 3));
}

static void
an_open_search_reports_the_smallest_range(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 100);
    PB_AUTO(pb_belief) struct pb_belief *belief = deterministic_on(&history);
    pb_belief_add(belief, 39, 0, 1);
    pb_belief_add(belief, 59, 1, 0);
    PB_AUTO(pb_belief_answer) struct pb_belief_answer answer = {.len = 0};
    pb_belief_answer(belief, .89, &answer);
    assert_int_equal(answer.state, PB_BELIEF_OPEN);
    assert_int_equal(answer.len, 18);
    assert_true(answer.candidates[0] >= 40 && answer.candidates[17] <= 59);
    assert_close(answer.probability, .9, 1e-6);
}

/* In a long broken stretch the search gives up before it has tried all. */
static void
a_search_that_only_broken_ones_could_end_is_spent(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 200);
    PB_AUTO(pb_belief) struct pb_belief *belief = deterministic_on(&history);
    pb_belief_add(belief, 90, 0, 1);
    pb_belief_add(belief, 130, 1, 0);
    size_t attempts = 0;
    while (pb_belief_state(belief, .95) == PB_BELIEF_OPEN) {
        struct pb_belief_choice choice;
        pb_belief_choose(belief, NULL, &choice);
        pb_belief_break(belief, choice.candidate);
        attempts++;
    }
    assert_in_range(attempts, 4, 25);
    PB_AUTO(pb_belief_answer) struct pb_belief_answer answer = {.len = 0};
    pb_belief_answer(belief, .95, &answer);
    assert_int_equal(answer.state, PB_BELIEF_SPENT);
    assert_in_range(answer.candidates[0], 91, 100);
    assert_in_range(answer.len, 30, 40);
}

/* --- whole searches ----------------------------------------------------- */

/* Plays to the end; returns the number of attempts. */
static size_t
play(const struct history *history, struct pb_belief *belief,
     struct random *random, unsigned false_fails, unsigned false_passes)
{
    size_t most = 200 + 50 * history->space.len;
    size_t attempts = 0;
    while (pb_belief_state(belief, .95) == PB_BELIEF_OPEN) {
        struct pb_belief_choice choice;
        pb_belief_choose(belief, NULL, &choice);
        size_t candidate = choice.candidate;
        assert_true(++attempts < most);
        bool good_end = candidate == PB_BELIEF_GOOD_END;
        if (!good_end && history->skip[candidate]) {
            pb_belief_break(belief, candidate);
            continue;
        }
        bool bad = !good_end && history->bad[candidate];
        bool fails = bad ? !random_chance(random, false_passes)
                         : random_chance(random, false_fails);
        pb_belief_add(belief, candidate, fails, !fails);
    }
    return attempts;
}

static void
a_noise_free_search_of_a_thousand_takes_ten_runs(void **state)
{
    (void)state;
    struct random random = {.state = 1};
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 1000);
    size_t attempts = 0;
    for (size_t culprit = 0; culprit < 1000; culprit += 7) {
        history_hide(&history, culprit);
        PB_AUTO(pb_belief)
        struct pb_belief *belief = deterministic_on(&history);
        attempts += play(&history, belief, &random, 0, 0);
        PB_AUTO(pb_belief_answer) struct pb_belief_answer answer = {.len = 0};
        pb_belief_answer(belief, .95, &answer);
        assert_int_equal(answer.state, PB_BELIEF_FOUND);
        assert_int_equal(answer.candidates[0], culprit);
    }
    assert_close((double)attempts / 143, 10, .1);
}

/* Histories of all kinds without noise: always right, in a block if it has
   to be. */
static void
the_culprit_is_among_the_answer_on_any_graph(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(43)};
    size_t larger = 0;
    for (int round = 0; round < 400; round++) {
        PB_AUTO(history) struct history history = HISTORY_INIT;
        history_random(&history, &random, 1 + random_below(&random, 60));
        unsigned percent = (unsigned)random_below(&random, 4) * 10;
        history_skip_stretches(&history, &random, percent);
        PB_AUTO(pb_belief)
        struct pb_belief *belief = deterministic_on(&history);
        play(&history, belief, &random, 0, 0);
        PB_AUTO(pb_belief_answer) struct pb_belief_answer answer = {.len = 0};
        pb_belief_answer(belief, .95, &answer);
        bool right = holds(&answer, history.culprit);
        /* A search that gave up vouches for 95 % only. */
        assert_true(right || answer.state == PB_BELIEF_SPENT);
        larger += !right;
    }
    assert_in_range(larger, 0, 20);
}

static void
noisy_searches_end_and_are_nearly_always_right(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(44)};
    int right = 0;
    enum { ROUNDS = 100 };
    for (int round = 0; round < ROUNDS; round++) {
        PB_AUTO(history) struct history history = HISTORY_INIT;
        if (round % 2 == 0) {
            history_chain(&history, 120);
            history_hide(&history, random_below(&random, 120));
        }
        else {
            history_random(&history, &random, 60);
        }
        history_skip_stretches(&history, &random, round % 3 == 0 ? 15 : 0);
        PB_AUTO(pb_belief)
        struct pb_belief *belief =
            pb_belief_new(&history.space, NULL, PB_BELIEF_FLAKY);
        pb_belief_add(belief, PB_BELIEF_GOOD_END, 0, 3);
        pb_belief_add(belief, history.space.len - 1, 2, 1);
        play(&history, belief, &random, 5, 30);
        PB_AUTO(pb_belief_answer) struct pb_belief_answer answer = {.len = 0};
        pb_belief_answer(belief, .95, &answer);
        right += holds(&answer, history.culprit);
    }
    assert_in_range(right, 93, ROUNDS);
}

/* --- rates -------------------------------------------------------------- */

static void
rates_are_those_of_the_counts(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 10);
    PB_AUTO(pb_belief)
    struct pb_belief *belief =
        pb_belief_new(&history.space, NULL, PB_BELIEF_FLAKY);
    pb_belief_add(belief, PB_BELIEF_GOOD_END, 40, 160);
    pb_belief_add(belief, 4, 20, 80);
    pb_belief_add(belief, 5, 70, 30);
    struct pb_belief_rates rates;
    pb_belief_rates(belief, &rates);
    assert_close(rates.before.mean, .2, .01);
    assert_close(rates.after.mean, .7, .02);
    /* The normal approximation: 1.96 sqrt(p (1 - p) / n). */
    assert_close(rates.before.high - rates.before.low, 2 * .0453, .01);
    assert_close(rates.after.high - rates.after.low, 2 * .0898, .02);
    assert_true(rates.after.low < .7 && rates.after.high > .7);
}

static void
rates_without_runs_are_wide(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 10);
    PB_AUTO(pb_belief)
    struct pb_belief *belief =
        pb_belief_new(&history.space, NULL, PB_BELIEF_JEFFREYS);
    struct pb_belief_rates rates;
    pb_belief_rates(belief, &rates);
    /* The arcsine distribution. */
    assert_close(rates.before.mean, .5, 1e-9);
    assert_close(rates.before.low, pow(sin(M_PI * .025 / 2), 2), 1e-9);
    assert_close(rates.before.high, pow(sin(M_PI * .975 / 2), 2), 1e-9);
}

/* --- ends --------------------------------------------------------------- */

static void
ends_that_differ_let_the_search_begin(void **state)
{
    (void)state;
    assert_int_equal(pb_belief_ends(0, 2, 2, 0, NULL), PB_BELIEF_GO);
    assert_int_equal(pb_belief_ends(0, 40, 9, 31, NULL), PB_BELIEF_GO);
    assert_int_equal(pb_belief_ends(4, 16, 16, 4, NULL), PB_BELIEF_GO);
}

static void
one_run_at_each_end_is_never_enough(void **state)
{
    (void)state;
    assert_int_equal(pb_belief_ends(0, 1, 1, 0, NULL), PB_BELIEF_AGAIN);
    assert_int_equal(pb_belief_ends(0, 50, 1, 0, NULL), PB_BELIEF_AGAIN);
    assert_int_equal(pb_belief_ends(0, 0, 0, 0, NULL), PB_BELIEF_AGAIN);
}

static void
a_failure_that_does_not_come_back_is_not_reproducible(void **state)
{
    (void)state;
    double rate = 0;
    assert_int_equal(pb_belief_ends(0, 3, 1, 2, &rate), PB_BELIEF_AGAIN);
    assert_int_equal(pb_belief_ends(0, 60, 1, 59, &rate),
                     PB_BELIEF_NOT_REPRODUCIBLE);
    /* Beta(2, 60). */
    assert_close(rate, .0754, .001);
    assert_int_equal(pb_belief_ends(12, 48, 12, 48, &rate),
                     PB_BELIEF_NOT_REPRODUCIBLE);
}

static void
a_good_end_that_fails_as_well_is_said_to(void **state)
{
    (void)state;
    assert_int_equal(pb_belief_ends(5, 0, 5, 0, NULL), PB_BELIEF_GOOD_FAILS);
    assert_int_equal(pb_belief_ends(30, 10, 30, 10, NULL),
                     PB_BELIEF_GOOD_FAILS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_mixed_with_a_tenth_of_an_even_prior),
        cmocka_unit_test(weights_of_nothing_are_an_even_prior),
        cmocka_unit_test(an_unbuildable_candidate_keeps_its_prior),
        cmocka_unit_test(
            tiny_weights_and_thousands_of_runs_neither_overflow_nor_vanish),
        cmocka_unit_test(the_same_calls_give_the_same_answers),
        cmocka_unit_test(a_graph_that_is_a_chain_is_believed_like_one),
        cmocka_unit_test(one_candidate_is_found_without_a_run),
        cmocka_unit_test(what_cannot_be_built_is_part_of_the_answer),
        cmocka_unit_test(an_unbuildable_fork_differs_from_either_side),
        cmocka_unit_test(a_block_on_a_graph_goes_with_its_only_child),
        cmocka_unit_test(an_open_search_reports_the_smallest_range),
        cmocka_unit_test(a_search_that_only_broken_ones_could_end_is_spent),
        cmocka_unit_test(a_noise_free_search_of_a_thousand_takes_ten_runs),
        cmocka_unit_test(the_culprit_is_among_the_answer_on_any_graph),
        cmocka_unit_test(noisy_searches_end_and_are_nearly_always_right),
        cmocka_unit_test(rates_are_those_of_the_counts),
        cmocka_unit_test(rates_without_runs_are_wide),
        cmocka_unit_test(ends_that_differ_let_the_search_begin),
        cmocka_unit_test(one_run_at_each_end_is_never_enough),
        cmocka_unit_test(
            a_failure_that_does_not_come_back_is_not_reproducible),
        cmocka_unit_test(a_good_end_that_fails_as_well_is_said_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
