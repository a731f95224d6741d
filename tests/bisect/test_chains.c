/* Random chains of commits, with culprits that the engine has to find and
   revisions that do not build: it names the culprit, or exactly those that
   cannot be told apart. */
#include <stdio.h>

#include "bisect/faults.h"
#include "bisect/world.h"

#define DEFAULT_SEED 20061101u
#define HISTORIES 300
#define LONGEST 200

static unsigned
first_seed(void)
{
    const char *text = getenv("PYBISECT_TEST_SEED");
    unsigned seed =
        text == NULL ? DEFAULT_SEED : (unsigned)strtoul(text, NULL, 10);
    print_message("PYBISECT_TEST_SEED=%u\n", seed);
    return seed;
}

static size_t
below(unsigned *seed, size_t bound)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 8) % bound;
}

static char *
letters_of(size_t commits, size_t culprit)
{
    char *letters = pb_alloc(commits + 2);
    memset(letters, '.', culprit + 1);
    memset(letters + culprit + 1, 'F', commits - culprit);
    return letters;
}

/* Broken stretches of one to four commits; the ends build. */
static char *
random_builds(size_t commits, unsigned *seed)
{
    char *builds = pb_alloc(commits + 2);
    memset(builds, '.', commits + 1);
    size_t stretches = below(seed, commits / 4 + 1);
    for (size_t i = 0; i < stretches; i++) {
        size_t start = 1 + below(seed, commits);
        size_t length = 1 + below(seed, 4);
        for (size_t j = start; j < start + length && j < commits; j++) {
            builds[j] = 'x';
        }
    }
    return builds;
}

/* The culprit, or with what does not build around it all the suspects. */
static void
expect_answer(const struct world *world, const char *id, size_t culprit)
{
    size_t first = culprit;
    size_t last = culprit;
    while (world->builds[first] == 'x') {
        first--;
    }
    while (world->builds[last + 1] == 'x') {
        last++;
    }
    if (first == last) {
        expect_culprit(world, id, culprit);
        return;
    }
    PB_AUTO(pb_buf) struct pb_buf expected = PB_BUF_INIT;
    PB_AUTOFREE char *suspects = world_suspects(world, id);
    for (size_t i = first; i <= last; i++) {
        pb_buf_addf(&expected, "%s%zu", i == first ? "" : " ", i);
    }
    assert_string_equal(suspects, expected.data);
}

static void
a_culprit_is_found_within_the_step_bound(void **state)
{
    unsigned seed = first_seed();
    for (size_t n = 0; n < HISTORIES; n++) {
        PB_AUTO(world) struct world world = WORLD_INIT;
        size_t commits = 1 + below(&seed, LONGEST);
        size_t culprit = below(&seed, commits);
        PB_AUTOFREE char *letters = letters_of(commits, culprit);
        world_chain(&world, *state, letters);
        expect_finding(&world, PB_FINDING_FOUND);
        expect_culprit(&world, "a", culprit);
        assert_in_range(world.steps, 0, pb_candidates_steps(commits) + 1);
    }
}

static void
with_broken_revisions_it_is_the_culprit_or_the_exact_suspects(void **state)
{
    unsigned seed = first_seed();
    for (size_t n = 0; n < HISTORIES; n++) {
        PB_AUTO(world) struct world world = WORLD_INIT;
        size_t commits = 1 + below(&seed, LONGEST);
        size_t culprit = below(&seed, commits);
        PB_AUTOFREE char *letters = letters_of(commits, culprit);
        PB_AUTOFREE char *builds = random_builds(commits, &seed);
        world.builds = builds;
        world_chain(&world, *state, letters);
        expect_answer(&world, "a", culprit);
    }
}

static void
several_culprits_are_all_found(void **state)
{
    unsigned seed = first_seed();
    for (size_t n = 0; n < HISTORIES / 3; n++) {
        PB_AUTO(world) struct world world = WORLD_INIT;
        size_t commits = 1 + below(&seed, LONGEST);
        size_t culprits[5];
        size_t tests = 1 + below(&seed, PB_LENGTH(culprits));
        PB_AUTOFREE char *builds = random_builds(commits, &seed);
        world.builds = builds;
        world.options.max_culprits = PB_LENGTH(culprits);
        world_init(&world, *state, commits);
        for (size_t i = 0; i < tests; i++) {
            char id[32];
            culprits[i] = below(&seed, commits);
            PB_AUTOFREE char *letters = letters_of(commits, culprits[i]);
            snprintf(id, sizeof(id), "t%zu", i);
            /* Some share a signature, some have their own. */
            world_add_saying(&world, id, letters,
                             below(&seed, 2) == 0 ? "shared" : id);
        }
        world_finish(&world);
        for (size_t i = 0; i < tests; i++) {
            char id[32];
            snprintf(id, sizeof(id), "t%zu", i);
            expect_answer(&world, id, culprits[i]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_culprit_is_found_within_the_step_bound),
        SCRATCH_TEST(
            with_broken_revisions_it_is_the_culprit_or_the_exact_suspects),
        SCRATCH_TEST(several_culprits_are_all_found),
    };
    faults_install();
    faults_skip_syncs();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
