/* Histories with merges (--all-parents). A test's letters are worked out from
   its culprit: it fails there and at every descendant. */
#include "bisect/world.h"

/* Commits that descend from `culprit`, itself included. Caller frees. */
static char *
letters_of(const char *const *parents, size_t commits, size_t culprit)
{
    char *letters = pb_alloc(commits + 2);
    memset(letters, '.', commits + 1);
    letters[culprit + 1] = 'F';
    for (size_t i = 0; i < commits; i++) {
        char *end = NULL;
        for (const char *text = parents[i]; *text != '\0'; text = end) {
            size_t parent = strtoul(text, &end, 10);
            if (letters[parent + 1] == 'F') {
                letters[i + 1] = 'F';
            }
        }
    }
    return letters;
}

static void
expect_each_culprit(const char *directory, const char *const *parents,
                    size_t commits)
{
    for (size_t culprit = 0; culprit < commits; culprit++) {
        PB_AUTO(world) struct world world = WORLD_INIT;
        PB_AUTOFREE char *letters = letters_of(parents, commits, culprit);
        world.parents = parents;
        world_init(&world, directory, commits);
        world_add(&world, "a", letters);
        world_finish(&world);
        expect_finding(&world, PB_FINDING_FOUND);
        expect_culprit(&world, "a", culprit);
    }
}

/*  good--0--1-----4--5
           \      /
            2----3            */
static const char *const side_branch[] = {"", "0", "0", "2", "1 3", "4"};

static void
any_commit_of_a_side_branch_or_its_merge_is_found(void **state)
{
    expect_each_culprit(*state, side_branch, PB_LENGTH(side_branch));
}

/*  good--0--1--2-----6--7----10--11
       \     \       /       /
        \     3--4--5       /
         8-----------------9     (8 and 9 leave from before the good end) */
static const char *const two_branches[] = {"",    "0", "1", "1", "3",   "4",
                                           "2 5", "6", "",  "8", "7 9", "10"};

static void
branches_from_before_the_good_end_are_searched_too(void **state)
{
    expect_each_culprit(*state, two_branches, PB_LENGTH(two_branches));
}

/*  good--0--1--3--5--7
           \  \/  /  /
            \ /\ /  /
             2--4--6     criss-cross: 3 = 1+2, 4 = 2+1, 5 = 3+4 */
static const char *const criss_cross[] = {"",    "0",   "0", "1 2",
                                          "2 1", "3 4", "4", "5 6"};

static void
criss_cross_merges_are_searched(void **state)
{
    expect_each_culprit(*state, criss_cross, PB_LENGTH(criss_cross));
}

static void
a_merge_that_breaks_is_named_and_its_first_parent_checked(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.parents = side_branch;
    world_chain(&world, *state, ".....FF");
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 4);
    assert_int_equal(world_count(&world, "build 4 clean"), 1);
    assert_int_equal(world_count(&world, "build 1 clean"), 1);
}

static void
a_root_of_a_side_branch_is_checked_against_the_good_end(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTOFREE char *letters =
        letters_of(two_branches, PB_LENGTH(two_branches), 8);
    world.parents = two_branches;
    world_chain(&world, *state, letters);
    expect_culprit(&world, "a", 8);
    assert_int_equal(world_count(&world, "build good clean"), 1);
}

static void
two_sides_of_a_merge_each_have_a_culprit(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTOFREE char *left =
        letters_of(two_branches, PB_LENGTH(two_branches), 2);
    PB_AUTOFREE char *right =
        letters_of(two_branches, PB_LENGTH(two_branches), 4);
    world.parents = two_branches;
    world_init(&world, *state, PB_LENGTH(two_branches));
    world_add(&world, "a", left);
    world_add(&world, "b", right);
    world_finish(&world);
    expect_finding(&world, PB_FINDING_FOUND);
    expect_culprit(&world, "a", 2);
    expect_culprit(&world, "b", 4);
}

static void
a_side_branch_that_does_not_build_is_suspect(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    world.parents = side_branch;
    world.builds = "...xx..";
    world_chain(&world, *state, "...FFFF");
    expect_finding(&world, PB_FINDING_SUSPECTS);
    PB_AUTOFREE char *suspects = world_suspects(&world, "a");
    assert_string_equal(suspects, "2 3 4");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(any_commit_of_a_side_branch_or_its_merge_is_found),
        SCRATCH_TEST(branches_from_before_the_good_end_are_searched_too),
        SCRATCH_TEST(criss_cross_merges_are_searched),
        SCRATCH_TEST(
            a_merge_that_breaks_is_named_and_its_first_parent_checked),
        SCRATCH_TEST(a_root_of_a_side_branch_is_checked_against_the_good_end),
        SCRATCH_TEST(two_sides_of_a_merge_each_have_a_culprit),
        SCRATCH_TEST(a_side_branch_that_does_not_build_is_suspect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
