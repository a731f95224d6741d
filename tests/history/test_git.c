/* Opening repositories, naming commits, walking history. */
#include "history_test.h"

#include <stdlib.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

/*
 *  a---b---c---f---g   main    (f merges e)
 *       \     /
 *        d---e         topic
 *
 *  x                   island
 */
struct graph {
    struct repo_builder builder;
    struct pb_repo *repo;
    int a, b, c, d, e, f, g, x;
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
    graph->d = repo_commit(builder, "topic", "d", graph->b, 0);
    graph->e = repo_commit(builder, "topic", "e", graph->d, 0);
    graph->f = repo_commit(builder, "main", "f", graph->c, graph->e);
    graph->g = repo_commit(builder, "main", "gh-1: the subject\n\nThe body.\n",
                           graph->f, 0);
    graph->x = repo_commit(builder, "island", "x", 0, 0);
    repo_tag(builder, "v1.0", graph->b);
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

static void
ids_survive_their_spelling(void **state)
{
    (void)state;
    const char *hex = "0123456789abcdef0123456789ABCDEF01234567";
    struct pb_oid oid;
    char text[PB_OID_HEX];
    char brief[PB_OID_SHORT];
    assert_true(pb_oid_parse(hex, &oid));
    assert_string_equal(pb_oid_hex(&oid, text),
                        "0123456789abcdef0123456789abcdef01234567");
    assert_string_equal(pb_oid_short(&oid, brief), "0123456789");
    assert_false(pb_oid_parse("0123", &oid));
    assert_false(
        pb_oid_parse("x123456789abcdef0123456789abcdef01234567", &oid));
    assert_false(
        pb_oid_parse("0123456789abcdef0123456789abcdef012345678", &oid));
}

static void
a_missing_repository_is_not_found(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_repo *repo = NULL;
    PB_AUTOFREE char *path = pb_path_join(graph->builder.directory, "none");
    assert_int_equal(pb_repo_open(path, &repo, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    assert_contains(err.message, "none'");
    assert_null(repo);
}

static void
a_directory_inside_a_clone_is_no_repository(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_repo *repo = NULL;
    PB_AUTOFREE char *path = pb_path_join(graph->builder.path, "refs/heads");
    assert_int_equal(pb_repo_open(path, &repo, &err), -1);
}

static void
work_trees_and_linked_work_trees_open_too(void **state)
{
    struct graph *graph = *state;
    struct repo_builder *builder = &graph->builder;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *clone = pb_path_join(builder->directory, "clone");
    PB_AUTOFREE char *linked = pb_path_join(builder->directory, "linked");
    repo_git(builder, NULL, "clone", "--quiet", builder->path, clone, NULL);
    repo_git(builder, clone, "worktree", "add", "--quiet", "--detach", linked,
             "HEAD~1", NULL);

    PB_AUTO(pb_repo) struct pb_repo *one = NULL;
    PB_AUTO(pb_repo) struct pb_repo *two = NULL;
    struct pb_oid id;
    assert_ok(pb_repo_open(clone, &one, &err));
    assert_ok(pb_repo_resolve(one, "HEAD", &id, &err));
    assert_oid(builder, &id, graph->g);
    assert_ok(pb_repo_resolve(one, "origin/topic", &id, &err));
    assert_oid(builder, &id, graph->e);
    assert_ok(pb_repo_open(linked, &two, &err));
    assert_ok(pb_repo_resolve(two, "HEAD", &id, &err));
    assert_oid(builder, &id, graph->f);
}

static void
a_repository_with_extensions_we_can_ignore_opens(void **state)
{
    struct graph *graph = *state;
    struct repo_builder *builder = &graph->builder;
    struct pb_error err = PB_ERROR_INIT;
    repo_git(builder, builder->path, "config", "core.repositoryformatversion",
             "1", NULL);
    repo_git(builder, builder->path, "config", "extensions.partialClone",
             "origin", NULL);
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    assert_ok(pb_repo_open(builder->path, &repo, &err));
}

static void
names_of_all_kinds_resolve_to_commits(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid id;
    assert_ok(pb_repo_resolve(graph->repo, "main", &id, &err));
    assert_oid(&graph->builder, &id, graph->g);
    assert_ok(pb_repo_resolve(graph->repo, "main~3", &id, &err));
    assert_oid(&graph->builder, &id, graph->b);
    assert_ok(pb_repo_resolve(graph->repo, "main~1^2", &id, &err));
    assert_oid(&graph->builder, &id, graph->e);
    assert_ok(pb_repo_resolve(graph->repo, "v1.0", &id, &err));
    assert_oid(&graph->builder, &id, graph->b);

    char brief[PB_OID_SHORT];
    struct pb_oid wanted = repo_oid(&graph->builder, graph->d);
    assert_ok(
        pb_repo_resolve(graph->repo, pb_oid_short(&wanted, brief), &id, &err));
    assert_oid(&graph->builder, &id, graph->d);
}

static void
an_unknown_name_is_quoted_and_leaves_the_output_alone(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid id = repo_oid(&graph->builder, graph->a);
    assert_int_equal(pb_repo_resolve(graph->repo, "nonesuch", &id, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    assert_contains(err.message, "'nonesuch'");
    assert_oid(&graph->builder, &id, graph->a);
}

static void
a_tree_is_no_commit(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid id;
    assert_int_equal(pb_repo_resolve(graph->repo, "main^{tree}", &id, &err),
                     -1);
    assert_int_equal(err.code, PB_ERROR_USAGE);
    assert_contains(err.message, "is a tree");
}

static void
trunk_is_main_before_master_before_head(void **state)
{
    struct graph *graph = *state;
    struct repo_builder *builder = &graph->builder;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid id;
    repo_git(builder, builder->path, "branch", "master", "topic", NULL);
    assert_ok(pb_repo_trunk(graph->repo, &id, &err));
    assert_oid(builder, &id, graph->g);
    repo_git(builder, builder->path, "symbolic-ref", "HEAD",
             "refs/heads/island", NULL);
    repo_git(builder, builder->path, "branch", "-D", "main", NULL);
    assert_ok(pb_repo_trunk(graph->repo, &id, &err));
    assert_oid(builder, &id, graph->e);
    repo_git(builder, builder->path, "branch", "-D", "master", NULL);
    assert_ok(pb_repo_trunk(graph->repo, &id, &err));
    assert_oid(builder, &id, graph->x);
}

static void
a_commit_is_read_whole(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_commit) struct pb_commit commit = {.nparents = 0};
    struct pb_oid id = repo_oid(&graph->builder, graph->g);
    assert_ok(pb_repo_commit(graph->repo, &id, &commit, &err));
    assert_string_equal(commit.author, "Ada Lovelace");
    assert_string_equal(commit.email, "ada@example.org");
    assert_string_equal(commit.subject, "gh-1: the subject");
    assert_string_equal(commit.message, "gh-1: the subject\n\nThe body.\n");
    assert_int_equal(commit.author_time, repo_time(graph->g));
    assert_int_equal(commit.committer_time, repo_time(graph->g));
    assert_int_equal(commit.nparents, 1);
    assert_oid(&graph->builder, &commit.parents[0], graph->f);
    struct pb_oid tree;
    assert_ok(pb_repo_commit_tree(graph->repo, &id, &tree, &err));
    assert_true(pb_oid_equal(&tree, &commit.tree));
}

static void
a_merge_lists_its_parents_in_order(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_oid_list) struct pb_oid_list parents = {.items = NULL};
    struct pb_oid id = repo_oid(&graph->builder, graph->f);
    assert_ok(pb_repo_parents(graph->repo, &id, &parents, &err));
    assert_int_equal(parents.len, 2);
    assert_oid(&graph->builder, &parents.items[0], graph->c);
    assert_oid(&graph->builder, &parents.items[1], graph->e);
}

static void
a_commit_that_is_not_there_is_not_found(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_commit commit;
    struct pb_oid id = {.bytes = {1}};
    assert_int_equal(pb_repo_commit(graph->repo, &id, &commit, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    struct pb_error other = PB_ERROR_INIT;
    struct pb_oid tree;
    assert_int_equal(pb_repo_commit_tree(graph->repo, &id, &tree, &other), -1);
    assert_int_equal(other.code, PB_ERROR_NOT_FOUND);
}

static bool
is_ancestor(struct graph *graph, int above, int below)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid one = repo_oid(&graph->builder, above);
    struct pb_oid two = repo_oid(&graph->builder, below);
    bool result = false;
    assert_ok(pb_repo_is_ancestor(graph->repo, &one, &two, &result, &err));
    return result;
}

static void
ancestry_goes_through_merges_and_includes_the_commit_itself(void **state)
{
    struct graph *graph = *state;
    assert_true(is_ancestor(graph, graph->a, graph->a));
    assert_true(is_ancestor(graph, graph->d, graph->g));
    assert_false(is_ancestor(graph, graph->g, graph->d));
    assert_false(is_ancestor(graph, graph->c, graph->e));
    assert_false(is_ancestor(graph, graph->x, graph->g));
}

static void
a_merge_base_is_where_two_branches_part(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid one = repo_oid(&graph->builder, graph->c);
    struct pb_oid two = repo_oid(&graph->builder, graph->e);
    struct pb_oid base;
    assert_ok(pb_repo_merge_base(graph->repo, &one, &two, &base, &err));
    assert_oid(&graph->builder, &base, graph->b);
    struct pb_oid island = repo_oid(&graph->builder, graph->x);
    assert_int_equal(
        pb_repo_merge_base(graph->repo, &one, &island, &base, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
}

static void
first_parents_skip_what_was_merged(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_oid_list) struct pb_oid_list chain = {.items = NULL};
    struct pb_oid tip = repo_oid(&graph->builder, graph->g);
    assert_ok(
        pb_repo_first_parents(graph->repo, &tip, NULL, NULL, &chain, &err));
    int wanted[] = {graph->g, graph->f, graph->c, graph->b, graph->a};
    assert_int_equal(chain.len, 5);
    for (size_t i = 0; i < chain.len; i++) {
        assert_oid(&graph->builder, &chain.items[i], wanted[i]);
    }
}

static bool
until_c(const struct pb_commit *commit, void *context)
{
    size_t *seen = context;
    ++*seen;
    return strcmp(commit->subject, "c") != 0;
}

static void
the_commit_that_stops_a_walk_is_left_out(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_oid_list) struct pb_oid_list chain = {.items = NULL};
    struct pb_oid tip = repo_oid(&graph->builder, graph->g);
    size_t seen = 0;
    assert_ok(pb_repo_first_parents(graph->repo, &tip, until_c, &seen, &chain,
                                    &err));
    assert_int_equal(seen, 3);
    assert_int_equal(chain.len, 2);
    assert_oid(&graph->builder, &chain.items[1], graph->f);
}

static void
a_walk_of_a_shallow_clone_ends_at_its_border(void **state)
{
    struct graph *graph = *state;
    struct repo_builder *builder = &graph->builder;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *clone = pb_path_join(builder->directory, "shallow");
    PB_AUTOFREE char *url = pb_asprintf("file://%s", builder->path);
    repo_git(builder, NULL, "clone", "--quiet", "--depth=2", "--branch=main",
             url, clone, NULL);
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    PB_AUTO(pb_oid_list) struct pb_oid_list chain = {.items = NULL};
    struct pb_oid tip = repo_oid(builder, graph->g);
    assert_ok(pb_repo_open(clone, &repo, &err));
    assert_ok(pb_repo_first_parents(repo, &tip, NULL, NULL, &chain, &err));
    assert_int_equal(chain.len, 2);

    PB_AUTO(pb_commit) struct pb_commit commit = {.nparents = 0};
    struct pb_oid cut = repo_oid(builder, graph->c);
    assert_int_equal(pb_repo_commit(repo, &cut, &commit, &err), -1);
    assert_contains(err.hint, "--unshallow");
}

static void
between_lists_parents_before_children(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_oid_list) struct pb_oid_list list = {.items = NULL};
    struct pb_oid hidden = repo_oid(&graph->builder, graph->c);
    struct pb_oid tip = repo_oid(&graph->builder, graph->g);
    assert_ok(pb_repo_between(graph->repo, &hidden, &tip, &list, &err));
    int wanted[] = {graph->d, graph->e, graph->f, graph->g};
    assert_int_equal(list.len, 4);
    for (size_t i = 0; i < list.len; i++) {
        assert_oid(&graph->builder, &list.items[i], wanted[i]);
    }
}

static void
tags_are_listed_without_their_prefix(void **state)
{
    struct graph *graph = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv tags = PB_STRV_INIT;
    assert_ok(pb_repo_tags(graph->repo, &tags, &err));
    assert_int_equal(tags.len, 1);
    assert_string_equal(tags.items[0], "v1.0");
}

#define ON_GRAPH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_survive_their_spelling),
        ON_GRAPH(a_missing_repository_is_not_found),
        ON_GRAPH(a_directory_inside_a_clone_is_no_repository),
        ON_GRAPH(work_trees_and_linked_work_trees_open_too),
        ON_GRAPH(a_repository_with_extensions_we_can_ignore_opens),
        ON_GRAPH(names_of_all_kinds_resolve_to_commits),
        ON_GRAPH(an_unknown_name_is_quoted_and_leaves_the_output_alone),
        ON_GRAPH(a_tree_is_no_commit),
        ON_GRAPH(trunk_is_main_before_master_before_head),
        ON_GRAPH(a_commit_is_read_whole),
        ON_GRAPH(a_merge_lists_its_parents_in_order),
        ON_GRAPH(a_commit_that_is_not_there_is_not_found),
        ON_GRAPH(ancestry_goes_through_merges_and_includes_the_commit_itself),
        ON_GRAPH(a_merge_base_is_where_two_branches_part),
        ON_GRAPH(first_parents_skip_what_was_merged),
        ON_GRAPH(the_commit_that_stops_a_walk_is_left_out),
        ON_GRAPH(a_walk_of_a_shallow_clone_ends_at_its_border),
        ON_GRAPH(between_lists_parents_before_children),
        ON_GRAPH(tags_are_listed_without_their_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
