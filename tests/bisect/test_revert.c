/* Ranges that go good, bad, good, bad. */
#include "bisect/world.h"

/* The reverts of a history: pairs of candidates, up to one of NONE. */
static size_t
look_up(void *context, size_t candidate)
{
    const size_t *pairs = context;
    for (; *pairs != PB_CANDIDATES_NONE; pairs += 2) {
        if (pairs[0] == candidate) {
            return pairs[1];
        }
    }
    return PB_CANDIDATES_NONE;
}

static void
start(struct world *world, const char *directory, const char *letters,
      size_t *reverts)
{
    world_init(world, directory, strlen(letters) - 1);
    world_add(world, "a", letters);
    world->options.undone = look_up;
    world->options.undone_context = reverts;
}

static void
expect_turns(const struct world *world, const char *expected)
{
    PB_AUTOFREE size_t *turns = NULL;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    size_t count = pb_bisection_turns(world->bisection, 0, &turns);
    for (size_t i = 0; i < count; i++) {
        pb_buf_addf(&text, "%s%zu", i == 0 ? "" : " ", turns[i]);
    }
    assert_string_equal(text.data, expected);
}

/*   good - 0 - 1 - 2! - 3 - ... - 9 - 10 reverts 2 - 11 - 12! - 13 - 14 */
#define LETTERS "...FFFFFFFF..FFF"
#define MENDED 10

static void
a_culprit_that_was_reverted_is_not_the_last_word(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    size_t reverts[] = {2, MENDED, PB_CANDIDATES_NONE};
    start(&world, *state, LETTERS, reverts);
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 12);
    assert_int_equal(world_trials(&world, PB_PURPOSE_REVERT), 1);
    expect_turns(&world, "2 10 12");
    /* That it was bad before does not make the answer doubtful. */
    assert_true(world_hunt(&world, "a")->answer.probability > .99);
}

static void
without_a_look_at_the_revert_the_first_is_found(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    size_t reverts[] = {PB_CANDIDATES_NONE};
    start(&world, *state, LETTERS, reverts);
    world_finish(&world);
    expect_culprit(&world, "a", 2);
    expect_turns(&world, "2");
}

static void
the_first_change_is_found_when_asked_for(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    size_t reverts[] = {2, MENDED, PB_CANDIDATES_NONE};
    /* The middle is good: the search comes upon the last change first. */
    start(&world, *state, "..FF.........FFF", reverts);
    world.options.first = true;
    world_finish(&world);
    expect_culprit(&world, "a", 12);
    world_clear(&world);

    world = (struct world)WORLD_INIT;
    PB_AUTOFREE char *directory = pb_path_join(*state, "other");
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_mkdirs(directory, &err), 0);
    start(&world, directory, LETTERS, reverts);
    world.options.first = true;
    world_finish(&world);
    expect_culprit(&world, "a", 2);
    assert_int_equal(world_trials(&world, PB_PURPOSE_REVERT), 0);
}

static void
a_revert_that_mends_nothing_changes_nothing(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    size_t reverts[] = {2, MENDED, PB_CANDIDATES_NONE};
    start(&world, *state, "...FFFFFFFFFFFFF", reverts);
    world_finish(&world);
    expect_culprit(&world, "a", 2);
    assert_int_equal(world_trials(&world, PB_PURPOSE_REVERT), 1);
    expect_turns(&world, "2");
}

static void
two_tests_of_which_one_stays_broken_part(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    size_t reverts[] = {2, MENDED, PB_CANDIDATES_NONE};
    start(&world, *state, LETTERS, reverts);
    world_add(&world, "b", "...FFFFFFFFFFFFF");
    world_finish(&world);
    expect_culprit(&world, "a", 12);
    expect_culprit(&world, "b", 2);
}

static void
a_killed_bisection_goes_the_same_way(void **state)
{
    for (size_t kill = 1; kill < 40; kill += 3) {
        PB_AUTO(world) struct world world = WORLD_INIT;
        PB_AUTOFREE char *directory =
            pb_asprintf("%s/%zu", (char *)*state, kill);
        struct pb_error err = PB_ERROR_INIT;
        assert_int_equal(pb_fs_mkdirs(directory, &err), 0);
        size_t reverts[] = {2, MENDED, PB_CANDIDATES_NONE};
        start(&world, directory, LETTERS, reverts);
        world_steps(&world, kill);
        world_stop(&world);
        world_finish(&world);
        expect_culprit(&world, "a", 12);
        assert_int_equal(world_count(&world, "build 10"), 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_culprit_that_was_reverted_is_not_the_last_word),
        SCRATCH_TEST(without_a_look_at_the_revert_the_first_is_found),
        SCRATCH_TEST(the_first_change_is_found_when_asked_for),
        SCRATCH_TEST(a_revert_that_mends_nothing_changes_nothing),
        SCRATCH_TEST(two_tests_of_which_one_stays_broken_part),
        SCRATCH_TEST(a_killed_bisection_goes_the_same_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
