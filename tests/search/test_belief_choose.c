/* Which run is chosen: against scans over all candidates, and against the
   information that runs turn out to give. */
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

/* --- random states ------------------------------------------------------ */

struct scene {
    struct history history;
    struct pb_belief *belief;
    size_t *lists[2];
    size_t lens[2];
    struct pb_belief_ready ready[2];
    struct pb_belief_costs costs;
};

static void
scene_clear(struct scene *scene)
{
    pb_belief_free(scene->belief);
    free(scene->lists[0]);
    free(scene->lists[1]);
    history_clear(&scene->history);
}

PB_DEFINE_AUTO_CLEAR(scene, struct scene, scene_clear)

static double
random_seconds(struct random *random, size_t most)
{
    return .5 + (double)random_below(random, most);
}

/* One candidate is the current tree, some are stored. */
static void
random_costs(struct scene *scene, struct random *random)
{
    size_t len = scene->history.space.len;
    unsigned stored = (unsigned)random_below(random, 50);
    scene->lists[0] = pb_alloc_array(1, sizeof(size_t));
    scene->lists[0][scene->lens[0]++] = random_below(random, len);
    scene->lists[1] = pb_alloc_array(len, sizeof(size_t));
    for (size_t i = 0; i < len; i++) {
        if (random_chance(random, stored)) {
            scene->lists[1][scene->lens[1]++] = i;
        }
    }
    for (int i = 0; i < 2; i++) {
        scene->ready[i] = (struct pb_belief_ready){
            .seconds = i,
            .members = scene->lists[i],
            .len = scene->lens[i],
        };
    }
    scene->costs = (struct pb_belief_costs){
        .build = 1 + random_seconds(random, 100),
        .failed_build = random_seconds(random, 60),
        .passing_test = random_seconds(random, 30),
        .failing_test = random_seconds(random, 30),
        .good_end = random_seconds(random, 3),
        .ready = scene->ready,
        .nready = 2,
    };
}

static void
random_weights(struct random *random, size_t len, double *weights)
{
    for (size_t i = 0; i < len; i++) {
        weights[i] =
            random_chance(random, 10) ? (double)random_below(random, 1000) : 1;
    }
}

/* Runs that more or less agree with a culprit. */
static void
random_evidence(struct scene *scene, struct random *random, unsigned broken)
{
    size_t len = scene->history.space.len;
    size_t culprit = random_below(random, len);
    size_t tested = random_below(random, 12);
    unsigned high = 50 + (unsigned)random_below(random, 51);
    unsigned low = (unsigned)random_below(random, 50);
    for (size_t i = 0; i < tested; i++) {
        size_t candidate = random_below(random, len + 1);
        candidate = candidate == len ? PB_BELIEF_GOOD_END : candidate;
        if (candidate < len - 1 && random_chance(random, broken)) {
            pb_belief_break(scene->belief, candidate);
            continue;
        }
        bool bad = candidate < len && candidate >= culprit;
        for (size_t r = random_below(random, 4); r-- > 0;) {
            bool fails = random_chance(random, bad ? high : low);
            pb_belief_add(scene->belief, candidate, fails, !fails);
        }
    }
}

static void
random_scene(struct scene *scene, struct random *random, unsigned broken,
             bool graph)
{
    size_t len = 1 + random_below(random, graph ? 40 : 80);
    if (graph) {
        history_random(&scene->history, random, len);
    }
    else {
        history_chain(&scene->history, len);
    }
    PB_AUTOFREE double *weights = pb_alloc_array(len, sizeof(*weights));
    random_weights(random, len, weights);
    scene->belief = pb_belief_new(
        &scene->history.space, random_chance(random, 50) ? weights : NULL,
        random_chance(random, 80) ? PB_BELIEF_FLAKY : PB_BELIEF_JEFFREYS);
    random_evidence(scene, random, broken);
    random_costs(scene, random);
}

/* --- the closed form ---------------------------------------------------- */

static double
best_by_scan(struct scene *scene, const struct pb_belief_costs *costs)
{
    struct pb_belief_choice choice;
    pb_belief_weigh(scene->belief, PB_BELIEF_GOOD_END, costs, &choice);
    double best = choice.score;
    for (size_t i = 0; i < scene->history.space.len; i++) {
        pb_belief_weigh(scene->belief, i, costs, &choice);
        best = fmax(best, choice.score);
    }
    return best;
}

static double
share_of_best(struct scene *scene, const struct pb_belief_costs *costs)
{
    struct pb_belief_choice choice;
    pb_belief_choose(scene->belief, costs, &choice);
    struct pb_belief_choice again;
    pb_belief_weigh(scene->belief, choice.candidate, costs, &again);
    assert_close(choice.score, again.score, 1e-12);
    assert_int_equal(choice.repeat, again.repeat);
    double best = best_by_scan(scene, costs);
    return best > 1e-9 ? choice.score / best : 1;
}

static void
the_closed_form_finds_what_a_scan_finds(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(51)};
    for (int round = 0; round < 10000; round++) {
        PB_AUTO(scene) struct scene scene = {.history = HISTORY_INIT};
        random_scene(&scene, &random, 0, false);
        assert_close(share_of_best(&scene, NULL), 1, 1e-9);
        assert_close(share_of_best(&scene, &scene.costs), 1, 1e-9);
    }
}

static void
around_broken_ones_it_comes_near(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(52)};
    double sum = 0;
    int far = 0;
    enum { ROUNDS = 3000 };
    for (int round = 0; round < ROUNDS; round++) {
        PB_AUTO(scene) struct scene scene = {.history = HISTORY_INIT};
        random_scene(&scene, &random, 40, false);
        double share = share_of_best(&scene, NULL);
        far += share < .9;
        sum += share;
        share = share_of_best(&scene, &scene.costs);
        far += share < .9;
        sum += share;
    }
    assert_close(sum / (2 * ROUNDS), 1, .002);
    assert_in_range(far, 0, 2 * ROUNDS / 100);
}

/* --- information -------------------------------------------------------- */

static double
entropy_of(struct pb_belief *belief, size_t len)
{
    double sum = 0;
    for (size_t i = 0; i < len; i++) {
        double p = pb_belief_probability(belief, i);
        sum -= p > 0 ? p * log2(p) : 0;
    }
    return sum;
}

/* A scene's belief, with one run more; built anew from the same seed. */
static double
entropy_after(uint64_t seed, bool graph, size_t candidate, bool fails)
{
    struct random random = {.state = seed};
    PB_AUTO(scene) struct scene scene = {.history = HISTORY_INIT};
    random_scene(&scene, &random, 0, graph);
    pb_belief_add(scene.belief, candidate, fails, !fails);
    return entropy_of(scene.belief, scene.history.space.len);
}

static void
expect_bits(uint64_t seed, bool graph)
{
    struct random random = {.state = seed};
    PB_AUTO(scene) struct scene scene = {.history = HISTORY_INIT};
    random_scene(&scene, &random, 0, graph);
    size_t len = scene.history.space.len;
    size_t candidate = random_below(&random, len + 1);
    candidate = candidate == len ? PB_BELIEF_GOOD_END : candidate;
    struct pb_belief_choice choice;
    pb_belief_weigh(scene.belief, candidate, NULL, &choice);
    double now = entropy_of(scene.belief, len);
    double later =
        choice.fails * entropy_after(seed, graph, candidate, true) +
        (1 - choice.fails) * entropy_after(seed, graph, candidate, false);
    assert_close(choice.bits, now - later, 1e-9);
}

static void
bits_are_the_entropy_that_a_run_takes_away(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(53)};
    for (int round = 0; round < 400; round++) {
        uint64_t seed = random_below(&random, SIZE_MAX);
        expect_bits(seed, false);
        expect_bits(seed, true);
    }
}

static void
a_graph_is_scanned_whole(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(54)};
    for (int round = 0; round < 300; round++) {
        PB_AUTO(scene) struct scene scene = {.history = HISTORY_INIT};
        random_scene(&scene, &random, 30, true);
        assert_close(share_of_best(&scene, NULL), 1, 1e-9);
        assert_close(share_of_best(&scene, &scene.costs), 1, 1e-9);
    }
}

/* --- costs -------------------------------------------------------------- */

static struct pb_belief *
belief_on(const struct history *history, enum pb_belief_model model)
{
    return pb_belief_new(&history->space, NULL, model);
}

static void
a_stored_candidate_off_the_middle_beats_a_build_in_it(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 100);
    PB_AUTO(pb_belief)
    struct pb_belief *belief = belief_on(&history, PB_BELIEF_DETERMINISTIC);
    const size_t stored[] = {3, 30, 95};
    const struct pb_belief_ready ready = {
        .seconds = 1, .members = stored, .len = 3};
    struct pb_belief_costs costs = {
        .build = 60,
        .failed_build = 30,
        .passing_test = 10,
        .failing_test = 10,
        .ready = &ready,
        .nready = 1,
    };
    struct pb_belief_choice choice;
    pb_belief_choose(belief, NULL, &choice);
    assert_in_range(choice.candidate, 49, 50);
    assert_false(choice.repeat);
    pb_belief_works(belief, 30);
    pb_belief_choose(belief, &costs, &choice);
    assert_int_equal(choice.candidate, 30);
    assert_close(choice.seconds, 11, 1e-9);
    assert_close(choice.builds, 1, 1e-12);
    assert_close(choice.score, choice.bits / 11, 1e-12);
}

static void
what_may_not_build_costs_a_failed_build(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 100);
    PB_AUTO(pb_belief)
    struct pb_belief *belief = belief_on(&history, PB_BELIEF_DETERMINISTIC);
    struct pb_belief_costs costs = {
        .build = 60, .failed_build = 20, .passing_test = 10};
    struct pb_belief_choice choice;
    pb_belief_weigh(belief, 49, &costs, &choice);
    assert_close(choice.builds, .9, 1e-12);
    assert_close(choice.seconds, .9 * (60 + .5 * 10) + .1 * 20, 1e-6);
}

/* --- skips -------------------------------------------------------------- */

static double
builds_at(struct pb_belief *belief, size_t candidate)
{
    struct pb_belief_choice choice;
    pb_belief_weigh(belief, candidate, NULL, &choice);
    return choice.builds;
}

static void
near_a_broken_one_others_are_likely_broken(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 1000);
    PB_AUTO(pb_belief)
    struct pb_belief *belief = belief_on(&history, PB_BELIEF_DETERMINISTIC);
    pb_belief_break(belief, 500);
    assert_close(builds_at(belief, 500), 0, 0);
    assert_true(builds_at(belief, 501) < .3);
    assert_true(builds_at(belief, 501) < builds_at(belief, 510));
    assert_true(builds_at(belief, 510) < builds_at(belief, 600));
    double alone = builds_at(belief, 502);
    pb_belief_works(belief, 503);
    assert_true(builds_at(belief, 502) > alone);
    pb_belief_break(belief, 503);
    assert_true(builds_at(belief, 502) < alone);
    struct pb_belief_choice choice;
    pb_belief_choose(belief, NULL, &choice);
    assert_true(choice.candidate < 499 || choice.candidate > 504);
}

static void
long_stretches_make_long_detours(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 1000);
    PB_AUTO(pb_belief)
    struct pb_belief *belief = belief_on(&history, PB_BELIEF_DETERMINISTIC);
    pb_belief_break(belief, 500);
    double before = builds_at(belief, 540);
    for (size_t i = 0; i < 6; i++) {
        pb_belief_break(belief, 300 + 10 * i);
    }
    assert_true(builds_at(belief, 540) < before);
}

/* --- batches ------------------------------------------------------------ */

static void
a_batch_of_one_is_the_choice(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(55)};
    for (int round = 0; round < 500; round++) {
        PB_AUTO(scene) struct scene scene = {.history = HISTORY_INIT};
        random_scene(&scene, &random, 20, round % 2 == 1);
        struct pb_belief_choice one;
        struct pb_belief_choice batch;
        pb_belief_choose(scene.belief, &scene.costs, &one);
        pb_belief_choose_batch(scene.belief, &scene.costs, NULL, 0, 1, &batch);
        assert_int_equal(one.candidate, batch.candidate);
        assert_close(batch.score, one.score, 1e-12);
    }
}

/* What a run at `candidate` tells once one at `pending` has ended. */
static double
bits_beside(uint64_t seed, size_t pending, size_t candidate)
{
    double sum = 0;
    for (int fails = 0; fails < 2; fails++) {
        struct random random = {.state = seed};
        PB_AUTO(scene) struct scene scene = {.history = HISTORY_INIT};
        random_scene(&scene, &random, 0, false);
        struct pb_belief_choice choice;
        pb_belief_weigh(scene.belief, pending, NULL, &choice);
        double weight = fails == 1 ? choice.fails : 1 - choice.fails;
        pb_belief_add(scene.belief, pending, fails == 1, fails == 0);
        pb_belief_weigh(scene.belief, candidate, NULL, &choice);
        sum += weight * choice.bits;
    }
    return sum;
}

static void
the_second_run_is_the_best_beside_the_first(void **state)
{
    (void)state;
    struct random seeds = {.state = random_seed(56)};
    for (int round = 0; round < 200; round++) {
        uint64_t seed = random_below(&seeds, SIZE_MAX);
        struct random random = {.state = seed};
        PB_AUTO(scene) struct scene scene = {.history = HISTORY_INIT};
        random_scene(&scene, &random, 0, false);
        struct pb_belief_choice batch[2];
        pb_belief_choose_batch(scene.belief, NULL, NULL, 0, 2, batch);
        struct pb_belief_choice alone;
        pb_belief_weigh(scene.belief, batch[0].candidate, NULL, &alone);
        if (alone.fails < .005 || alone.fails > .995) {
            continue; /* an outcome is left out there */
        }
        double best =
            bits_beside(seed, batch[0].candidate, PB_BELIEF_GOOD_END);
        for (size_t i = 0; i < scene.history.space.len; i++) {
            /* What is known to build has no advantage here. */
            double bits = bits_beside(seed, batch[0].candidate, i);
            struct pb_belief_choice each;
            pb_belief_weigh(scene.belief, i, NULL, &each);
            best = fmax(best, bits * each.builds);
        }
        assert_close(batch[1].score, best, 1e-6);
        struct pb_belief_choice beside;
        pb_belief_choose_batch(scene.belief, NULL, &batch[0].candidate, 1, 1,
                               &beside);
        assert_int_equal(beside.candidate, batch[1].candidate);
    }
}

static void
without_noise_workers_spread_evenly(void **state)
{
    (void)state;
    PB_AUTO(history) struct history history = HISTORY_INIT;
    history_chain(&history, 1000);
    PB_AUTO(pb_belief)
    struct pb_belief *belief = belief_on(&history, PB_BELIEF_DETERMINISTIC);
    struct pb_belief_choice batch[3];
    pb_belief_choose_batch(belief, NULL, NULL, 0, 3, batch);
    assert_in_range(batch[0].candidate, 498, 501);
    size_t low = batch[1].candidate < 500 ? 1 : 2;
    assert_in_range(batch[low].candidate, 245, 255);
    assert_in_range(batch[3 - low].candidate, 745, 755);
    assert_close(batch[1].bits, .5, .01);
}

static void
many_workers_leave_the_belief_as_it_was(void **state)
{
    (void)state;
    struct random random = {.state = random_seed(57)};
    for (int round = 0; round < 50; round++) {
        PB_AUTO(scene) struct scene scene = {.history = HISTORY_INIT};
        random_scene(&scene, &random, 20, round % 2 == 1);
        double before = pb_belief_probability(scene.belief, 0);
        const size_t pending[] = {0, PB_BELIEF_GOOD_END, 0};
        struct pb_belief_choice batch[8];
        pb_belief_choose_batch(scene.belief, &scene.costs, pending, 3, 8,
                               batch);
        for (size_t i = 0; i < 8; i++) {
            assert_true(batch[i].candidate == PB_BELIEF_GOOD_END ||
                        batch[i].candidate < scene.history.space.len);
            assert_true(batch[i].bits >= 0 && batch[i].bits <= 1);
        }
        assert_close(pb_belief_probability(scene.belief, 0), before, 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_closed_form_finds_what_a_scan_finds),
        cmocka_unit_test(around_broken_ones_it_comes_near),
        cmocka_unit_test(bits_are_the_entropy_that_a_run_takes_away),
        cmocka_unit_test(a_graph_is_scanned_whole),
        cmocka_unit_test(
            a_stored_candidate_off_the_middle_beats_a_build_in_it),
        cmocka_unit_test(what_may_not_build_costs_a_failed_build),
        cmocka_unit_test(near_a_broken_one_others_are_likely_broken),
        cmocka_unit_test(long_stretches_make_long_detours),
        cmocka_unit_test(a_batch_of_one_is_the_choice),
        cmocka_unit_test(the_second_run_is_the_best_beside_the_first),
        cmocka_unit_test(without_noise_workers_spread_evenly),
        cmocka_unit_test(many_workers_leave_the_belief_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
