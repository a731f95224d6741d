/* How many runs, builds and seconds a search takes, and how often it is
   right, by simulation: belief.h's rule beside git bisect's, a majority of
   three, and Jeffreys priors. And how long a choice takes.

       bench_search [TRIALS]

   Trials are those of each cell; all are seeded, so that two runs print the
   same but for the last table. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "pybisect/alloc.h"
#include "simulation.h"

#define DEFAULT_TRIALS "600"
#define LEN 1000

/* git-bayesect stops at 95 % as it is: undo the tightening. */
#define PLAIN_95 .875

static const struct play git = {.rule = PLAY_GIT};
static const struct play majority = {.rule = PLAY_MAJORITY};
static const struct play jeffreys = {
    .rule = PLAY_BELIEF,
    .model = PB_BELIEF_JEFFREYS,
    .confidence = PLAIN_95,
    .ends = PLAY_ENDS_TEST, /* alike, it does not know where to begin */
    .workers = 1,
};
static const struct play flaky = {
    .rule = PLAY_BELIEF,
    .model = PB_BELIEF_FLAKY,
    .confidence = .95,
    .ends = PLAY_ENDS_ONCE,
    .workers = 1,
};
static const struct play ends_tested = {
    .rule = PLAY_BELIEF,
    .model = PB_BELIEF_FLAKY,
    .confidence = .95,
    .ends = PLAY_ENDS_TEST,
    .workers = 1,
};
static const struct play deterministic = {
    .rule = PLAY_BELIEF,
    .model = PB_BELIEF_DETERMINISTIC,
    .confidence = .95,
    .ends = PLAY_ENDS_GIVEN,
    .workers = 1,
};

/* --- a cell ------------------------------------------------------------- */

/* Fills a world for one trial; the culprit is set already. */
typedef void (*setting)(struct world *world, struct dice *dice,
                        const void *context);

struct cell {     /* means over the trials */
    double right; /* the culprit is in an answer that was given */
    double exact; /* it is the answer alone */
    double size;
    double runs;
    double runs_error; /* standard error of the mean */
    double attempts;
    double distinct;
    double rounds;
    double seconds;
    double bound;    /* log2 N / capacity */
    double smallest; /* set that can be resolved */
};

/* Bits a run tells at most: Arimoto's closed form for a binary channel. */
static double
entropy(double p)
{
    return p > 0 && p < 1 ? -p * log2(p) - (1 - p) * log2(1 - p) : 0;
}

static double
capacity(double before, double after)
{
    double best = 0;
    for (int i = 1; i < 1000; i++) {
        double share = i / 1000.0;
        double bits = entropy(before + share * (after - before)) -
                      share * entropy(after) - (1 - share) * entropy(before);
        best = fmax(best, bits);
    }
    return best;
}

static size_t
class_size(const struct world *world)
{
    size_t last = world->culprit;
    while (world->broken != NULL && world->broken[last]) {
        last++;
    }
    size_t first = last;
    while (world->broken != NULL && first > 0 && world->broken[first - 1]) {
        first--;
    }
    return last - first + 1;
}

static void
add_up(struct cell *cell, const struct world *world,
       const struct played *played)
{
    cell->right += played->right;
    cell->exact += played->right && played->size == 1;
    cell->size += (double)played->size;
    cell->runs += played->runs;
    cell->runs_error += played->runs * played->runs;
    cell->attempts += played->attempts;
    cell->distinct += played->distinct;
    cell->rounds += played->rounds;
    cell->seconds += played->seconds;
    cell->bound +=
        log2((double)world->len) / capacity(world->before, world->after);
    cell->smallest += (double)class_size(world);
}

static void
divide(struct cell *cell, double trials)
{
    cell->right /= trials;
    cell->exact /= trials;
    cell->size /= trials;
    cell->runs /= trials;
    cell->runs_error = sqrt(
        fmax(cell->runs_error / trials - cell->runs * cell->runs, 0) / trials);
    cell->attempts /= trials;
    cell->distinct /= trials;
    cell->rounds /= trials;
    cell->seconds /= trials;
    cell->bound /= trials;
    cell->smallest /= trials;
}

/* The same worlds whatever is played in them. */
static struct cell
measure(const struct play *how, size_t trials, uint64_t seed, setting set,
        const void *context)
{
    struct cell cell = {.right = 0};
    struct dice dice = {.state = seed};
    for (size_t t = 0; t < trials; t++) {
        struct world world = {
            .len = LEN,
            .culprit = dice_below(&dice, LEN),
            .after = 1,
            .build = 60,
            .restore = 1,
            .test = 10,
        };
        world.dice.state = (uint64_t)(dice_roll(&dice) * 0x1p53);
        set(&world, &dice, context);
        struct played played;
        play(&world, how, &played);
        add_up(&cell, &world, &played);
        free(world.broken);
        free(world.stored);
        free(world.weights);
    }
    divide(&cell, (double)trials);
    return cell;
}

static void
print_cell(const struct cell *cell)
{
    printf(" %5.1f %% / %6.1f |", 100 * cell->exact, cell->runs);
}

/* --- accuracy ----------------------------------------------------------- */

struct rates {
    double false_positive;
    double false_negative;
};

static void
set_rates(struct world *world, struct dice *dice, const void *context)
{
    (void)dice;
    const struct rates *rates = context;
    world->before = rates->false_positive;
    world->after = 1 - rates->false_negative;
}

static void
print_accuracy(size_t trials)
{
    static const struct rates cells[] = {
        {0, 0}, {.05, .05}, {.2, 0}, {0, .5}, {0, .8}, {.2, .2}, {.25, .45}};
    printf("\nN = %d, target 95 %%: exact answers / mean runs of the test\n\n"
           "| p_fp / p_fn | bound | git bisect | majority of 3 | Jeffreys, "
           "95 %% plain | this rule | +- | distinct builds | ends tested "
           "first |\n"
           "|---|---|---|---|---|---|---|---|---|\n",
           LEN);
    for (size_t i = 0; i < PB_LENGTH(cells); i++) {
        const struct play *const hows[] = {&git, &majority, &jeffreys};
        struct cell cell =
            measure(&flaky, trials, 100 + i, set_rates, &cells[i]);
        printf("| %.2f / %.2f | %5.1f |", cells[i].false_positive,
               cells[i].false_negative, cell.bound);
        for (size_t h = 0; h < PB_LENGTH(hows); h++) {
            struct cell other =
                measure(hows[h], trials, 100 + i, set_rates, &cells[i]);
            print_cell(&other);
        }
        print_cell(&cell);
        printf(" %4.1f | %5.1f |", cell.runs_error, cell.distinct);
        cell = measure(&ends_tested, trials, 100 + i, set_rates, &cells[i]);
        print_cell(&cell);
        puts("");
        fflush(stdout);
    }
}

/* Each side reliable one time in three, else up to a rate that is more often
   low than high; at least .2 apart. */
static double
draw_noise(struct dice *dice, double most)
{
    double roll = dice_roll(dice);
    double size = dice_roll(dice);
    return roll < 1.0 / 3 ? 0 : most * size * size;
}

static void
set_random_rates(struct world *world, struct dice *dice, const void *context)
{
    do {
        world->before = draw_noise(dice, .5);
        world->after = 1 - draw_noise(dice, .8);
    } while (world->after - world->before < .2);
    const double *stored_share = context;
    if (stored_share != NULL && *stored_share > 0) {
        world->stored = pb_alloc_array(world->len, sizeof(bool));
        for (size_t i = 0; i < world->len; i++) {
            world->stored[i] = dice_roll(dice) < *stored_share;
        }
    }
}

static void
print_random_rates(size_t trials)
{
    printf("\nrandom rates: exact answers / mean runs\n\n"
           "| bound | Jeffreys, 95 %% plain | this rule | ends tested first "
           "|\n|---|---|---|---|\n");
    struct cell other =
        measure(&jeffreys, trials, 200, set_random_rates, NULL);
    struct cell cell = measure(&flaky, trials, 200, set_random_rates, NULL);
    printf("| %.1f |", cell.bound);
    print_cell(&other);
    print_cell(&cell);
    cell = measure(&ends_tested, trials, 200, set_random_rates, NULL);
    print_cell(&cell);
    puts("");
}

static void
print_deterministic(size_t trials)
{
    static const struct rates none = {0, 0};
    struct cell cell = measure(&deterministic, trials, 300, set_rates, &none);
    printf("\ndeterministic model, no noise: exact answers / mean runs\n\n|");
    print_cell(&cell);
    puts("");
}

/* --- wall time ---------------------------------------------------------- */

static void
print_seconds(size_t trials)
{
    printf("\nwall time, build 60 s, stored 1 s, test 10 s, random rates\n\n"
           "| by | stored | exact | runs | builds | seconds |\n"
           "|---|---|---|---|---|---|\n");
    static const double shares[] = {0, .2};
    for (size_t i = 0; i < PB_LENGTH(shares); i++) {
        double seconds[2];
        for (int by = 0; by < 2; by++) {
            struct play how = flaky;
            how.by_seconds = by == 1;
            struct cell cell =
                measure(&how, trials, 400, set_random_rates, &shares[i]);
            seconds[by] = cell.seconds;
            printf("| information per %s | %2.0f %% | %5.1f %% | %5.1f | "
                   "%5.1f | %6.0f |\n",
                   by == 1 ? "second" : "run", 100 * shares[i],
                   100 * cell.exact, cell.runs, cell.distinct, cell.seconds);
        }
        printf("| ratio | | | | | %.2f |\n", seconds[1] / seconds[0]);
        fflush(stdout);
    }
}

/* --- workers ------------------------------------------------------------ */

static void
print_workers(size_t trials)
{
    static const size_t workers[] = {1, 2, 4, 8};
    static const struct rates cells[] = {{0, 0}, {0, .5}};
    static const struct play *const hows[] = {&deterministic, &flaky};
    printf("\nrounds (exact answers) by number of workers; with noise that of "
           "the "
           "ends is one\n\n"
           "| p_fn | 1 | 2 | 4 | 8 |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < PB_LENGTH(cells); i++) {
        printf("| %.1f |", cells[i].false_negative);
        for (size_t w = 0; w < PB_LENGTH(workers); w++) {
            struct play how = *hows[i];
            how.workers = workers[w];
            struct cell cell =
                measure(&how, trials, 500 + i, set_rates, &cells[i]);
            printf(" %5.1f (%5.1f %%) |", cell.rounds, 100 * cell.exact);
            fflush(stdout);
        }
        puts("");
    }
}

/* --- broken revisions --------------------------------------------------- */

struct stretches {
    double share;
    double length;
};

static void
set_stretches(struct world *world, struct dice *dice, const void *context)
{
    const struct stretches *stretches = context;
    double leave = 1 / stretches->length;
    double enter = leave * stretches->share / (1 - stretches->share);
    bool broken = dice_roll(dice) < stretches->share;
    world->broken = pb_alloc_array(world->len, sizeof(bool));
    for (size_t i = 0; i + 1 < world->len; i++) {
        world->broken[i] = broken;
        broken = dice_roll(dice) < (broken ? 1 - leave : enter);
    }
}

static void
print_broken(size_t trials)
{
    static const struct stretches cells[] = {
        {.1, 3}, {.1, 10}, {.3, 10}, {.3, 40}};
    printf("\nbroken stretches: attempts to build -> size of the set\n\n"
           "| share, mean length | git's skip rule | this rule | right | "
           "smallest |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < PB_LENGTH(cells); i++) {
        struct cell old =
            measure(&git, trials, 600 + i, set_stretches, &cells[i]);
        struct cell new =
            measure(&deterministic, trials, 600 + i, set_stretches, &cells[i]);
        printf("| %.0f %%, %.0f | %5.1f -> %4.1f | %5.1f -> %4.1f | %5.1f %% "
               "| %4.1f |\n",
               100 * cells[i].share, cells[i].length, old.attempts, old.size,
               new.attempts, new.size, 100 * new.right, new.smallest);
        fflush(stdout);
    }
}

/* --- prior -------------------------------------------------------------- */

/* Ten candidates share nine tenths of the weights. */
static void
set_prior(struct world *world, struct dice *dice, const void *context)
{
    const bool *true_prior = context;
    world->weights = pb_alloc_array(world->len, sizeof(double));
    for (size_t i = 0; i < world->len; i++) {
        world->weights[i] = .1 / (double)world->len;
    }
    size_t sharp = 0;
    for (int i = 0; i < 10; i++) {
        sharp = dice_below(dice, world->len);
        world->weights[sharp] += .09;
    }
    if (*true_prior) {
        world->culprit = sharp;
    }
}

static void
print_prior(size_t trials)
{
    static const bool truths[] = {true, false};
    printf("\na prior of ten suspects: runs / distinct builds\n\n"
           "| the culprit is | deterministic | flaky |\n|---|---|---|\n");
    for (size_t i = 0; i < PB_LENGTH(truths); i++) {
        struct cell a =
            measure(&deterministic, trials, 700, set_prior, &truths[i]);
        struct cell b = measure(&flaky, trials, 700, set_prior, &truths[i]);
        printf("| %s | %.1f / %.1f | %.1f / %.1f |\n",
               truths[i] ? "one of them" : "any candidate", a.runs, a.distinct,
               b.runs, b.distinct);
    }
}

/* --- time of a step ----------------------------------------------------- */

/* Of this process: the machine may be busy. */
static double
cpu_seconds(void)
{
    struct timespec now = {.tv_sec = 0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double
time_steps(size_t len, size_t tested, size_t repeats)
{
    PB_AUTOFREE size_t *start = pb_alloc_array(len + 1, sizeof(*start));
    PB_AUTOFREE size_t *parents = pb_alloc_array(len, sizeof(*parents));
    for (size_t i = 0; i < len; i++) {
        parents[i] = i;
        start[i + 1] = i;
    }
    struct pb_search_space space = {
        .len = len, .parent_start = start, .parents = parents};
    PB_AUTO(pb_belief)
    struct pb_belief *belief = pb_belief_new(&space, NULL, PB_BELIEF_FLAKY);
    struct dice dice = {.state = 800};
    pb_belief_add(belief, PB_BELIEF_GOOD_END, 0, 1);
    pb_belief_add(belief, len - 1, 1, 0);
    for (size_t i = 1; i < tested; i++) {
        size_t candidate = dice_below(&dice, len);
        bool bad = candidate >= len / 3;
        bool fails = dice_roll(&dice) < (bad ? .7 : .2);
        pb_belief_add(belief, candidate, fails, !fails);
    }
    struct pb_belief_choice choice = {.candidate = 0};
    double began = cpu_seconds();
    for (size_t i = 0; i < repeats; i++) {
        pb_belief_add(belief, len - 1, 1, 0);
        (void)pb_belief_state(belief, .95);
        pb_belief_choose(belief, NULL, &choice);
    }
    return (cpu_seconds() - began) / (double)repeats;
}

static void
print_steps(void)
{
    static const size_t cells[][2] = {
        {100000, 20}, {100000, 100}, {100000, 1000}, {1000000, 100}};
    printf("\none step (add, state, choose)\n\n"
           "| N | T | microseconds |\n|---|---|---|\n");
    for (size_t i = 0; i < PB_LENGTH(cells); i++) {
        printf("| %zu | %zu | %.1f |\n", cells[i][0], cells[i][1],
               1e6 * time_steps(cells[i][0], cells[i][1], 1000));
    }
}

int
main(int argc, char **argv)
{
    size_t trials = strtoul(argc > 1 ? argv[1] : DEFAULT_TRIALS, NULL, 10);
    if (argc > 2 || trials == 0) {
        fputs("usage: bench_search [TRIALS]\n", stderr);
        return EXIT_FAILURE;
    }
    print_accuracy(trials);
    print_random_rates(2 * trials);
    print_deterministic(trials);
    print_seconds(trials);
    print_workers(trials);
    print_broken(trials);
    print_prior(trials);
    print_steps();
    return EXIT_SUCCESS;
}
