/* The posterior against direct numeric integration, and common sense. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "search/space.h"

#define MOST 10

/* Of counts at each candidate and at the good end. */
static void
believe(const struct pb_search_space *space, const unsigned *fails,
        const unsigned *passes, unsigned good_fails, unsigned good_passes,
        double *out)
{
    PB_AUTO(pb_belief)
    struct pb_belief *belief = pb_belief_new(space, NULL, PB_BELIEF_FLAKY);
    pb_belief_add(belief, PB_BELIEF_GOOD_END, good_fails, good_passes);
    for (size_t i = 0; i < space->len; i++) {
        pb_belief_add(belief, i, fails[i], passes[i]);
    }
    for (size_t i = 0; i < space->len; i++) {
        out[i] = pb_belief_probability(belief, i);
    }
}

struct runs {
    unsigned fails[MOST];
    unsigned passes[MOST];
    unsigned good_fails;
    unsigned good_passes;
};

static void
assert_close(double got, double expected, double tolerance)
{
    if (!(fabs(got - expected) <= tolerance)) {
        print_error("%.12g is not %.12g\n", got, expected);
        fail();
    }
}

static void
posterior(const struct history *history, const struct runs *runs, double *out)
{
    believe(&history->space, runs->fails, runs->passes, runs->good_fails,
            runs->good_passes, out);
    double sum = 0;
    for (size_t i = 0; i < history->space.len; i++) {
        assert_true(out[i] >= 0 && out[i] <= 1);
        sum += out[i];
    }
    assert_close(sum, 1, 1e-12);
}

/* The chance of the counts given a rate. */
static double
chance(double rate, unsigned fails, unsigned passes)
{
    return pow(rate, fails) * pow(1 - rate, passes);
}

/* Simpson's rule over chance() times a density c0 + c1 x. */
static double
integrate(double c0, double c1, unsigned fails, unsigned passes)
{
    enum { STEPS = 2000 };
    double sum = 0;
    for (int i = 0; i <= STEPS; i++) {
        double x = (double)i / STEPS;
        double factor = i == 0 || i == STEPS ? 1 : i % 2 == 1 ? 4 : 2;
        sum += factor * (c0 + c1 * x) * chance(x, fails, passes);
    }
    return sum / (3 * STEPS);
}

/* The mixture of search.h's priors, written out. */
static double
likelihood(unsigned f0, unsigned p0, unsigned f1, unsigned p1)
{
    return .2 * chance(.001, f0, p0) * chance(.999, f1, p1) +
           .2 * chance(.005, f0, p0) * integrate(1, 0, f1, p1) +
           .2 * integrate(2, -2, f0, p0) * chance(.995, f1, p1) +
           .4 * integrate(2, -2, f0, p0) * integrate(0, 2, f1, p1);
}

static void
brute_force(const struct history *history, const struct runs *runs,
            double *out)
{
    double sum = 0;
    for (size_t c = 0; c < history->space.len; c++) {
        unsigned f0 = runs->good_fails;
        unsigned p0 = runs->good_passes;
        unsigned f1 = 0;
        unsigned p1 = 0;
        for (size_t i = 0; i < history->space.len; i++) {
            bool bad = history_reaches(history, i, c);
            *(bad ? &f1 : &f0) += runs->fails[i];
            *(bad ? &p1 : &p0) += runs->passes[i];
        }
        out[c] = likelihood(f0, p0, f1, p1);
        sum += out[c];
    }
    for (size_t c = 0; c < history->space.len; c++) {
        out[c] /= sum;
    }
}

static void
random_runs(struct random *random, size_t len, struct runs *runs)
{
    *runs = (struct runs){.good_fails = (unsigned)random_below(random, 3),
                          .good_passes = (unsigned)random_below(random, 6)};
    for (size_t i = 0; i < len; i++) {
        if (random_chance(random, 50)) {
            runs->fails[i] = (unsigned)random_below(random, 4);
            runs->passes[i] = (unsigned)random_below(random, 4);
        }
    }
}

static void
compare_with_brute_force(const struct history *history,
                         const struct runs *runs)
{
    double got[MOST];
    double expected[MOST];
    posterior(history, runs, got);
    brute_force(history, runs, expected);
    for (size_t i = 0; i < history->space.len; i++) {
        assert_close(got[i], expected[i], 1e-8);
    }
}

static void
a_chain_agrees_with_numeric_integration(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(5)};
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, MOST);
    for (int round = 0; round < 200; round++) {
        struct runs runs;
        random_runs(&random, MOST, &runs);
        compare_with_brute_force(&history, &runs);
    }
}

static void
merges_agree_with_numeric_integration(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(6)};
    for (int round = 0; round < 200; round++) {
        PB_AUTO(history) struct history history = HISTORY_INIT;
        struct runs runs;
        size_t len = 1 + random_below(&random, MOST);
        history_random(&history, &random, len);
        random_runs(&random, len, &runs);
        compare_with_brute_force(&history, &runs);
    }
}

static void
nothing_known_is_uniform(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, MOST);
    struct runs runs = {.good_passes = 0};
    double out[MOST];
    posterior(&history, &runs, out);
    for (size_t i = 0; i < MOST; i++) {
        assert_close(out[i], .1, 1e-12);
    }
    /* The ends are on their sides whoever did it: still uniform. */
    runs = (struct runs){.good_passes = 3, .fails[MOST - 1] = 3};
    posterior(&history, &runs, out);
    for (size_t i = 0; i < MOST; i++) {
        assert_close(out[i], .1, 1e-12);
    }
}

static void
a_failure_points_back_and_a_pass_points_on(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, MOST);
    struct runs runs = {.good_passes = 1, .fails[MOST - 1] = 1, .fails[4] = 1};
    double out[MOST];
    posterior(&history, &runs, out);
    assert_true(out[0] > out[5]);
    assert_close(out[0], out[4], 0);
    assert_close(out[5], out[9], 0);
    double once = out[0];
    runs.fails[4] = 2;
    posterior(&history, &runs, out);
    assert_true(out[0] > once);
    runs.fails[4] = 0;
    runs.passes[4] = 1;
    posterior(&history, &runs, out);
    assert_true(out[0] < out[5]);
    double last = out[9];
    runs.passes[4] = 2;
    posterior(&history, &runs, out);
    assert_true(out[9] > last);
}

/* A noise-free bisection of `len` candidates, each tried `each` times, the
   culprit, the one before it and the two ends `checks` times. */
static double
certainty_after_bisection(size_t len, size_t culprit, unsigned each,
                          unsigned checks)
{
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, len);
    history_hide(&history, culprit);
    PB_AUTOFREE enum git_verdict *verdicts =
        pb_alloc_array(len, sizeof(*verdicts));
    PB_AUTOFREE size_t *tested = pb_alloc_array(len, sizeof(*tested));
    PB_AUTOFREE unsigned *fails = pb_alloc_array(len, sizeof(*fails));
    PB_AUTOFREE unsigned *passes = pb_alloc_array(len, sizeof(*passes));
    PB_AUTOFREE double *out = pb_alloc_array(len, sizeof(*out));
    struct git_choice end;
    history_search(&history, verdicts, tested, &end);
    verdicts[len - 1] = GIT_BAD;
    for (size_t i = 0; i < len; i++) {
        bool checked = i == culprit || i + 1 == culprit || i + 1 == len;
        unsigned runs = checked ? checks : each;
        fails[i] = verdicts[i] == GIT_BAD ? runs : 0;
        passes[i] = verdicts[i] == GIT_GOOD ? runs : 0;
    }
    believe(&history.space, fails, passes, 0, checks, out);
    return out[culprit];
}

static void
a_noise_free_bisection_grows_certain_with_repeats(void **state)
{
    (void)state;
    static const size_t culprits[] = {0, 1, 333, 500, 998, 999};
    for (size_t i = 0; i < PB_LENGTH(culprits); i++) {
        size_t culprit = culprits[i];
        double once = certainty_after_bisection(1000, culprit, 1, 1);
        double twice = certainty_after_bisection(1000, culprit, 1, 2);
        double checked = certainty_after_bisection(1000, culprit, 2, 3);
        double sure = certainty_after_bisection(1000, culprit, 3, 6);
        assert_true(once < twice && twice < checked && checked < sure);
        assert_true(checked > .95);
        assert_true(sure > .998);
    }
    assert_true(certainty_after_bisection(16, 8, 1, 2) > .9);
    assert_true(certainty_after_bisection(16, 8, 1, 3) > .97);
}

/* With a bad end that fails four times in ten, two passes in a revision may
   be luck; a failure beside them says that they were. */
static void
a_test_that_fails_sometimes_keeps_older_candidates_possible(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, MOST);
    struct runs runs = {
        .good_passes = 20,
        .fails[MOST - 1] = 4,
        .passes[MOST - 1] = 6,
        .passes[4] = 2,
    };
    double out[MOST];
    posterior(&history, &runs, out);
    assert_true(out[0] > .02 && out[0] < out[5]);
    runs.fails[4] = 1;
    posterior(&history, &runs, out);
    assert_true(out[0] > 10 * out[5]);
}

static void
thousands_of_runs_neither_overflow_nor_vanish(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, MOST);
    struct runs runs = {
        .good_passes = 4000000000u,
        .fails = {[5] = 4000000000u, [6] = 4000000000u, [9] = 4000000000u},
        .passes = {[4] = 4000000000u},
    };
    double out[MOST];
    posterior(&history, &runs, out);
    assert_close(out[5], 1, 1e-9);
}

static void
a_hundred_thousand_candidates_share_by_segment(void **state)
{
    (void)state;
    enum { LEN = 100000 };
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, LEN);
    PB_AUTOFREE unsigned *fails = pb_alloc_array(LEN, sizeof(*fails));
    PB_AUTOFREE unsigned *passes = pb_alloc_array(LEN, sizeof(*passes));
    PB_AUTOFREE double *out = pb_alloc_array(LEN, sizeof(*out));
    fails[LEN - 1] = 2;
    fails[60000] = 2;
    passes[50000] = 2;
    believe(&history.space, fails, passes, 0, 2, out);
    assert_close(out[50001], out[60000], 0);
    assert_true(out[50001] * 10000 > .8);
    assert_true(out[50001] > 20 * out[50000]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_agrees_with_numeric_integration),
        cmocka_unit_test(merges_agree_with_numeric_integration),
        cmocka_unit_test(nothing_known_is_uniform),
        cmocka_unit_test(a_failure_points_back_and_a_pass_points_on),
        cmocka_unit_test(a_noise_free_bisection_grows_certain_with_repeats),
        cmocka_unit_test(
            a_test_that_fails_sometimes_keeps_older_candidates_possible),
        cmocka_unit_test(thousands_of_runs_neither_overflow_nor_vanish),
        cmocka_unit_test(a_hundred_thousand_candidates_share_by_segment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
