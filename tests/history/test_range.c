/* Ranges: notation and the commits between two ends. */
#include "history_test.h"

#include <stdlib.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/range.h"

static void
ranges_are_told_from_paths_and_names(void **state)
{
    (void)state;
    assert_true(pb_range_looks_like("v3.12.0..main"));
    assert_true(pb_range_looks_like("..main"));
    assert_true(pb_range_looks_like("v3.12.0.."));
    assert_true(pb_range_looks_like("a...b"));
    assert_true(pb_range_looks_like("origin/3.12..origin/main"));
    assert_false(pb_range_looks_like("twisted"));
    assert_false(pb_range_looks_like("3.12.0"));
    assert_false(pb_range_looks_like(".."));
    assert_false(pb_range_looks_like("../project"));
    assert_false(pb_range_looks_like("projects/../other"));
    assert_false(pb_range_looks_like("projects/.."));
    assert_false(pb_range_looks_like(""));
}

static void
assert_parses(const char *text, const char *good, const char *bad)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_range_spec) struct pb_range_spec spec = {.good = NULL};
    assert_ok(pb_range_parse(text, &spec, &err));
    assert_string_equal(spec.good != NULL ? spec.good : "-", good);
    assert_string_equal(spec.bad != NULL ? spec.bad : "-", bad);
}

static void
either_end_may_be_left_out(void **state)
{
    (void)state;
    assert_parses("v3.12.0..main", "v3.12.0", "main");
    assert_parses("3.12..", "3.12", "-");
    assert_parses("..2024-05-01", "-", "2024-05-01");
    assert_parses("HEAD~20..HEAD", "HEAD~20", "HEAD");
}

static void
what_is_no_range_is_refused_with_a_hint(void **state)
{
    (void)state;
    const char *texts[] = {"main", "..", "a...b", "a..b..c", "", "..a.."};
    for (size_t i = 0; i < PB_LENGTH(texts); i++) {
        struct pb_error err = PB_ERROR_INIT;
        struct pb_range_spec spec = {.good = NULL};
        assert_int_equal(pb_range_parse(texts[i], &spec, &err), -1);
        assert_int_equal(err.code, PB_ERROR_USAGE);
        assert_contains(err.message, texts[i]);
        assert_string_not_equal(err.hint, "");
        assert_null(spec.good);
        assert_null(spec.bad);
    }
}

/*
 *  a---b---c---d-------g---h   main   (g merges f)
 *       \       \     /
 *        \       e---f         topic
 *         r---s                3.12
 *
 *  x                           island
 */
struct graph {
    struct repo_builder builder;
    struct pb_repo *repo;
    int a, b, c, d, e, f, g, h, r, s, x;
};

static int
set_up(void **state)
{
    struct graph *graph = calloc(1, sizeof(*graph));
    struct repo_builder *builder = &graph->builder;
    repo_builder_init(builder);
    graph->a = repo_commit(builder, "main", "a", 0, 0);
    graph->b = repo_commit(builder, "main", "b", graph->a, 0);
    graph->c = repo_commit(builder, "main", "c", graph->b, 0);
    graph->d = repo_commit(builder, "main", "d", graph->c, 0);
    graph->e = repo_commit(builder, "topic", "e", graph->d, 0);
    graph->f = repo_commit(builder, "topic", "f", graph->e, 0);
    graph->g = repo_commit(builder, "main", "g", graph->d, graph->f);
    graph->h = repo_commit(builder, "main", "h", graph->g, 0);
    graph->r = repo_commit(builder, "3.12", "r", graph->b, 0);
    graph->s = repo_commit(builder, "3.12", "s", graph->r, 0);
    graph->x = repo_commit(builder, "island", "x", 0, 0);
    graph->repo = open_built(builder);
    *state = graph;
    return 0;
}

static int
tear_down(void **state)
{
    struct graph *graph = *state;
    pb_repo_close(graph->repo);
    repo_builder_clear(&graph->builder);
    free(graph);
    return 0;
}

static int
load(struct graph *graph, int good, int bad, bool all, struct pb_range *out,
     struct pb_error *err)
{
    struct pb_oid one = repo_oid(&graph->builder, good);
    struct pb_oid two = repo_oid(&graph->builder, bad);
    return pb_range_load(graph->repo, &one, &two, all, out, err);
}

/* Every parent comes before its child and is its parent in git. */
static void
assert_sound(struct graph *graph, const struct pb_range *range)
{
    struct pb_error err = PB_ERROR_INIT;
    for (size_t i = 0; i < range->commits.len; i++) {
        PB_AUTO(pb_commit) struct pb_commit commit = {.nparents = 0};
        assert_ok(pb_repo_commit(graph->repo, &range->commits.items[i],
                                 &commit, &err));
        for (size_t j = range->parent_start[i]; j < range->parent_start[i + 1];
             j++) {
            size_t parent = range->parents[j];
            assert_true(parent < i);
            bool found = false;
            for (size_t k = 0; k < commit.nparents; k++) {
                found = found || pb_oid_equal(&commit.parents[k],
                                              &range->commits.items[parent]);
            }
            assert_true(found);
        }
    }
    assert_true(pb_oid_equal(&range->bad,
                             &range->commits.items[range->commits.len - 1]));
}

static void
a_straight_range_starts_after_the_good_end(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_range) struct pb_range range = {.parents = NULL};
    assert_ok(load(graph, graph->a, graph->d, false, &range, &err));
    assert_sound(graph, &range);
    assert_int_equal(range.commits.len, 3);
    assert_oid(&graph->builder, &range.commits.items[0], graph->b);
    assert_oid(&graph->builder, &range.good, graph->a);
    assert_false(range.forked);
    assert_int_equal(range.parent_start[1], 0);
    assert_int_equal(range.parents[range.parent_start[2]], 1);
}

static void
first_parents_see_a_merge_as_one_commit(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_range) struct pb_range range = {.parents = NULL};
    assert_ok(load(graph, graph->c, graph->h, false, &range, &err));
    assert_sound(graph, &range);
    int wanted[] = {graph->d, graph->g, graph->h};
    assert_int_equal(range.commits.len, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_oid(&graph->builder, &range.commits.items[i], wanted[i]);
        assert_int_equal(range.parent_start[i + 1] - range.parent_start[i],
                         i == 0 ? 0 : 1);
    }
}

static void
all_parents_see_what_was_merged(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_range) struct pb_range range = {.parents = NULL};
    assert_ok(load(graph, graph->c, graph->h, true, &range, &err));
    assert_sound(graph, &range);
    assert_int_equal(range.commits.len, 5);
    assert_false(range.forked);
    assert_true(range.all_parents);
    /* d, e, f, g with two parents, h. */
    assert_int_equal(range.parent_start[5], 5);
    assert_int_equal(range.parent_start[4] - range.parent_start[3], 2);
}

static void
a_good_end_on_a_release_branch_goes_by_its_fork_point(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    for (int all = 0; all < 2; all++) {
        PB_AUTO(pb_range) struct pb_range range = {.parents = NULL};
        assert_ok(load(graph, graph->s, graph->h, all == 1, &range, &err));
        assert_sound(graph, &range);
        assert_true(range.forked);
        assert_oid(&graph->builder, &range.good, graph->b);
        assert_oid(&graph->builder, &range.asked_good, graph->s);
        assert_oid(&graph->builder, &range.commits.items[0], graph->c);
        assert_int_equal(range.commits.len, all == 1 ? 6 : 4);
    }
}

/* f came to main by the second parent of g, so main's own chain goes back to
   d, which f descends from. */
static void
a_good_end_on_a_merged_branch_goes_by_its_fork_point(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_range) struct pb_range first = {.parents = NULL};
    PB_AUTO(pb_range) struct pb_range all = {.parents = NULL};
    assert_ok(load(graph, graph->f, graph->h, false, &first, &err));
    assert_true(first.forked);
    assert_oid(&graph->builder, &first.good, graph->d);
    assert_int_equal(first.commits.len, 2);
    assert_ok(load(graph, graph->f, graph->h, true, &all, &err));
    assert_false(all.forked);
    assert_oid(&graph->builder, &all.good, graph->f);
    assert_int_equal(all.commits.len, 2);
}

static void
a_range_the_wrong_way_round_says_to_swap(void **state)
{
    struct graph *graph = *state;
    for (int all = 0; all < 2; all++) {
        struct pb_error err = PB_ERROR_INIT;
        struct pb_range range = {.parents = NULL};
        assert_int_equal(
            load(graph, graph->h, graph->e, all == 1, &range, &err), -1);
        assert_int_equal(err.code, PB_ERROR_USAGE);
        assert_contains(err.message, "wrong way round");
        assert_contains(err.hint, "swap");
        assert_null(range.commits.items);
    }
}

static void
equal_ends_are_an_empty_range(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_range range = {.parents = NULL};
    assert_int_equal(load(graph, graph->c, graph->c, false, &range, &err), -1);
    assert_int_equal(err.code, PB_ERROR_USAGE);
    assert_contains(err.message, "empty");
}

static void
ends_without_common_history_are_refused(void **state)
{
    struct graph *graph = *state;
    for (int all = 0; all < 2; all++) {
        struct pb_error err = PB_ERROR_INIT;
        struct pb_range range = {.parents = NULL};
        assert_int_equal(
            load(graph, graph->x, graph->h, all == 1, &range, &err), -1);
        assert_contains(err.hint, "common ancestor");
        assert_null(range.commits.items);
    }
}

static void
a_range_beyond_a_shallow_clone_says_to_complete_it(void **state)
{
    struct graph *graph = *state;
    struct repo_builder *builder = &graph->builder;
    PB_AUTOFREE char *clone = pb_path_join(builder->directory, "shallow");
    PB_AUTOFREE char *url = pb_asprintf("file://%s", builder->path);
    repo_git(builder, NULL, "clone", "--quiet", "--depth=2",
             "--no-single-branch", url, clone, NULL);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    struct pb_range range = {.parents = NULL};
    struct pb_oid good = repo_oid(builder, graph->s);
    struct pb_oid bad = repo_oid(builder, graph->h);
    assert_ok(pb_repo_open(clone, &repo, &err));
    assert_int_equal(pb_range_load(repo, &good, &bad, false, &range, &err),
                     -1);
    assert_contains(err.hint, "--unshallow");
}

#define ON_GRAPH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_told_from_paths_and_names),
        cmocka_unit_test(either_end_may_be_left_out),
        cmocka_unit_test(what_is_no_range_is_refused_with_a_hint),
        ON_GRAPH(a_straight_range_starts_after_the_good_end),
        ON_GRAPH(first_parents_see_a_merge_as_one_commit),
        ON_GRAPH(all_parents_see_what_was_merged),
        ON_GRAPH(a_good_end_on_a_release_branch_goes_by_its_fork_point),
        ON_GRAPH(a_good_end_on_a_merged_branch_goes_by_its_fork_point),
        ON_GRAPH(a_range_the_wrong_way_round_says_to_swap),
        ON_GRAPH(equal_ends_are_an_empty_range),
        ON_GRAPH(ends_without_common_history_are_refused),
        ON_GRAPH(a_range_beyond_a_shallow_clone_says_to_complete_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
