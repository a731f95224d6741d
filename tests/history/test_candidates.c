/* Folding, on ranges drawn by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/candidates.h"

/* Keys from letters: an upper-case letter is a build, and the digit behind
   it a library on that build. */
static struct pb_keys
key(const char *letters)
{
    struct pb_keys keys = {
        .build = pb_digest_of(letters, 1),
        .behaviour = pb_digest_of(letters, 2),
    };
    return keys;
}

struct drawn {
    struct pb_range range;
    struct pb_candidates candidates;
};

/* `parents` has a text a commit: the parents inside the range, one letter
   each, 'a' being commit 0; "" when all are on the good side. */
static void
fold(struct drawn *drawn, const char *good, const char *const *keys,
     const char *const *parents, size_t count)
{
    *drawn = (struct drawn){.range.parents = NULL};
    struct pb_range *range = &drawn->range;
    PB_AUTOFREE struct pb_keys *all = pb_alloc_array(count, sizeof(*all));
    size_t links = 0;
    range->parent_start =
        pb_alloc_array(count + 1, sizeof(*range->parent_start));
    range->parents = pb_alloc_array(count * count, sizeof(*range->parents));
    for (size_t i = 0; i < count; i++) {
        struct pb_oid id = {.bytes = {(unsigned char)i}};
        pb_oid_list_add(&range->commits, &id);
        all[i] = key(keys[i]);
        for (const char *p = parents[i]; *p != '\0'; p++) {
            range->parents[links++] = (size_t)(*p - 'a');
        }
        range->parent_start[i + 1] = links;
    }
    struct pb_keys good_keys = key(good);
    pb_candidates_fold(range, &good_keys, all, &drawn->candidates);
}

static void
drawn_clear(struct drawn *drawn)
{
    pb_range_clear(&drawn->range);
    pb_candidates_clear(&drawn->candidates);
}

/*
 *  good A1 --- a A1 --- b A2 --- c A2 --- d B2 --- e B2
 */
static void
equal_neighbours_fold_into_the_first(void **state)
{
    (void)state;
    static const char *const keys[] = {"A1", "A2", "A2", "B2", "B2"};
    static const char *const parents[] = {"", "a", "b", "c", "d"};
    struct drawn drawn;
    fold(&drawn, "A1", keys, parents, 5);
    const struct pb_candidates *got = &drawn.candidates;
    assert_int_equal(got->len, 2);
    assert_int_equal(got->good_commits, 1);
    assert_int_equal(got->items[0].commit, 1);
    assert_int_equal(got->items[0].ncommits, 2);
    assert_int_equal(got->items[1].commit, 3);
    assert_int_equal(got->items[1].ncommits, 2);
    assert_int_equal(got->builds, 2);
    assert_true(got->of_commit[0] == PB_CANDIDATES_NONE);
    assert_int_equal(got->of_commit[2], 0);
    assert_int_equal(got->of_commit[4], 1);
    assert_int_equal(got->parent_start[1], 0);
    assert_int_equal(got->parent_start[2], 1);
    assert_int_equal(got->parents[0], 0);
    drawn_clear(&drawn);
}

/*
 *  good A1 --- a A2 --- b A1
 *
 *  b equals the good end again but comes after a change: it is a candidate
 *  of its own, so that a bisection can use what is known of its key.
 */
static void
a_revert_is_its_own_candidate(void **state)
{
    (void)state;
    static const char *const keys[] = {"A2", "A1"};
    static const char *const parents[] = {"", "a"};
    struct drawn drawn;
    fold(&drawn, "A1", keys, parents, 2);
    assert_int_equal(drawn.candidates.len, 2);
    assert_int_equal(drawn.candidates.good_commits, 0);
    assert_int_equal(drawn.candidates.builds, 1);
    drawn_clear(&drawn);
}

/*
 *  good A1 --- a A1 --- b A1: nothing that a project can see
 */
static void
a_range_without_visible_change_has_no_candidates(void **state)
{
    (void)state;
    static const char *const keys[] = {"A1", "A1"};
    static const char *const parents[] = {"", "a"};
    struct drawn drawn;
    fold(&drawn, "A1", keys, parents, 2);
    assert_int_equal(drawn.candidates.len, 0);
    assert_int_equal(drawn.candidates.good_commits, 2);
    assert_int_equal(drawn.candidates.builds, 1);
    assert_int_equal(drawn.candidates.parent_start[0], 0);
    drawn_clear(&drawn);
}

/*
 *        b A1
 *       /    \
 *  --- a A1   d A1    all unchanged, the merge too
 *       \    /
 *        c A1
 */
static void
a_merge_of_unchanged_branches_folds(void **state)
{
    (void)state;
    static const char *const keys[] = {"B1", "B1", "B1", "B1"};
    static const char *const parents[] = {"", "a", "a", "bc"};
    struct drawn drawn;
    fold(&drawn, "A1", keys, parents, 4);
    assert_int_equal(drawn.candidates.len, 1);
    assert_int_equal(drawn.candidates.items[0].ncommits, 4);
    drawn_clear(&drawn);
}

/*
 *        b B2 --- d B2
 *       /             \
 *  --- a B1            e B2 --- f B2    c and its branch see the change
 *       \             /                 at the merge only
 *        c B1 -------
 */
static void
a_merge_folds_only_when_all_its_parents_are_one_candidate(void **state)
{
    (void)state;
    static const char *const keys[] = {"B1", "B2", "B1", "B2", "B2", "B2"};
    static const char *const parents[] = {"", "a", "a", "b", "dc", "e"};
    struct drawn drawn;
    fold(&drawn, "A1", keys, parents, 6);
    const struct pb_candidates *got = &drawn.candidates;
    assert_int_equal(got->len, 3);
    assert_int_equal(got->of_commit[2], 0); /* c with a */
    assert_int_equal(got->of_commit[3], 1); /* d with b */
    assert_int_equal(got->items[2].commit, 4);
    assert_int_equal(got->of_commit[5], 2);
    assert_int_equal(got->parent_start[3] - got->parent_start[2], 2);
    assert_int_equal(got->parents[got->parent_start[2]], 1);
    assert_int_equal(got->parents[got->parent_start[2] + 1], 0);
    drawn_clear(&drawn);
}

/*
 *  good side --- b (outside)
 *                 \
 *  --- a B1 ------ c B1: merging what is known to be good changes nothing
 */
static void
a_merge_of_the_good_side_folds_into_the_other_parent(void **state)
{
    (void)state;
    static const char *const keys[] = {"B1", "B1"};
    static const char *const parents[] = {"", "a"};
    struct drawn drawn;
    fold(&drawn, "A1", keys, parents, 2);
    assert_int_equal(drawn.candidates.len, 1);
    assert_int_equal(drawn.candidates.of_commit[1], 0);
    drawn_clear(&drawn);
}

#define COMMITS 12

struct random_graph {
    const char *keys[COMMITS];
    const char *parents[COMMITS];
    char texts[COMMITS][COMMITS];
};

static void
add_parent(struct random_graph *graph, int commit, int parent)
{
    char *text = graph->texts[commit];
    char letter = (char)('a' + parent);
    if (strchr(text, letter) == NULL) {
        text[strlen(text)] = letter;
    }
}

/* Up to two parents each, then one more for whoever would have no child but
   the last: a range has one end. */
static void
draw_graph(struct random_graph *graph, unsigned *seed)
{
    static const char *const names[] = {"A1", "A2", "B1"};
    bool has_child[COMMITS] = {false};
    *graph = (struct random_graph){.keys = {NULL}};
    for (int i = 0; i < COMMITS; i++) {
        graph->keys[i] = names[rand_r(seed) % 3];
        graph->parents[i] = graph->texts[i];
        int left = i == 0 ? 0 : rand_r(seed) % 3;
        for (int j = 0; j < left; j++) {
            int parent = rand_r(seed) % i;
            add_parent(graph, i, parent);
            has_child[parent] = true;
        }
    }
    for (int i = 0; i + 1 < COMMITS; i++) {
        if (!has_child[i]) {
            add_parent(graph, i + 1, i);
        }
    }
}

static bool
is_linked(const struct pb_candidates *got, size_t candidate, size_t above)
{
    bool linked = above == PB_CANDIDATES_NONE || above == candidate;
    if (candidate == PB_CANDIDATES_NONE) {
        return linked;
    }
    for (size_t i = got->parent_start[candidate];
         i < got->parent_start[candidate + 1]; i++)
    {
        linked = linked || got->parents[i] == above;
    }
    return linked;
}

static void
assert_candidates_are_in_order(const struct pb_candidates *got)
{
    size_t folded = got->good_commits;
    for (size_t i = 0; i < got->len; i++) {
        folded += got->items[i].ncommits;
        assert_true(i == 0 || got->items[i - 1].commit < got->items[i].commit);
        for (size_t j = got->parent_start[i]; j < got->parent_start[i + 1];
             j++) {
            assert_true(got->parents[j] < i);
        }
    }
    assert_int_equal(folded, COMMITS);
}

/* Commits of one candidate have one key, and the graph of candidates has an
   edge wherever the graph of commits crosses from one to another. */
static void
random_graphs_fold_soundly(void **state)
{
    (void)state;
    unsigned seed = 20240402;
    for (int round = 0; round < 3000; round++) {
        struct random_graph graph;
        struct drawn drawn;
        draw_graph(&graph, &seed);
        fold(&drawn, "A1", graph.keys, graph.parents, COMMITS);
        const struct pb_candidates *got = &drawn.candidates;
        assert_candidates_are_in_order(got);
        for (size_t i = 0; i < COMMITS; i++) {
            size_t candidate = got->of_commit[i];
            struct pb_keys wanted = key(graph.keys[i]);
            const struct pb_keys *held = candidate == PB_CANDIDATES_NONE
                                             ? &got->good_keys
                                             : &got->items[candidate].keys;
            assert_memory_equal(held, &wanted, sizeof(wanted));
            for (const char *p = graph.parents[i]; *p != '\0'; p++) {
                assert_true(
                    is_linked(got, candidate, got->of_commit[*p - 'a']));
            }
        }
        if (got->len > 0) {
            assert_int_equal(got->of_commit[COMMITS - 1], got->len - 1);
        }
        drawn_clear(&drawn);
    }
}

static void
steps_are_the_logarithm_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(pb_candidates_steps(0), 0);
    assert_int_equal(pb_candidates_steps(1), 0);
    assert_int_equal(pb_candidates_steps(2), 1);
    assert_int_equal(pb_candidates_steps(3), 2);
    assert_int_equal(pb_candidates_steps(4), 2);
    assert_int_equal(pb_candidates_steps(5), 3);
    assert_int_equal(pb_candidates_steps(2758), 12);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_neighbours_fold_into_the_first),
        cmocka_unit_test(a_revert_is_its_own_candidate),
        cmocka_unit_test(a_range_without_visible_change_has_no_candidates),
        cmocka_unit_test(a_merge_of_unchanged_branches_folds),
        cmocka_unit_test(
            a_merge_folds_only_when_all_its_parents_are_one_candidate),
        cmocka_unit_test(a_merge_of_the_good_side_folds_into_the_other_parent),
        cmocka_unit_test(random_graphs_fold_soundly),
        cmocka_unit_test(steps_are_the_logarithm_rounded_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
