/* What a user may type for one end of a range. */
#include "history_test.h"

#include <stdlib.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/range.h"

/*
 *  1---2---3---4---5   main     v2.6 at 1, v3.13.0a1 at 4
 *       \
 *        6---7         3.12     v3.12.0 at 6, v3.12.1 at 7
 *
 *  Commit n is from n days after 2023-11-14.
 */
struct graph {
    struct repo_builder builder;
    struct pb_repo *repo;
};

static int
set_up(void **state)
{
    struct graph *graph = calloc(1, sizeof(*graph));
    struct repo_builder *builder = &graph->builder;
    repo_builder_init(builder);
    int tip = 0;
    for (int i = 0; i < 5; i++) {
        tip = repo_commit(builder, "main", "on main", tip, 0);
    }
    int release = repo_commit(builder, "3.12", "release", 2, 0);
    int fix = repo_commit(builder, "3.12", "fix", release, 0);
    repo_tag(builder, "v2.6", 1);
    repo_tag(builder, "v3.13.0a1", 4);
    repo_tag(builder, "v3.12.0", release);
    repo_tag(builder, "v3.12.1", fix);
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
assert_names(struct graph *graph, const char *text, int mark)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid id;
    assert_ok(pb_range_revision(graph->repo, text, &id, &err));
    assert_oid(&graph->builder, &id, mark);
}

static void
assert_fails(struct pb_repo *repo, const char *text, enum pb_error_code code,
             const char *hint)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid id;
    assert_int_equal(pb_range_revision(repo, text, &id, &err), -1);
    assert_int_equal(err.code, code);
    assert_contains(err.message, text);
    assert_contains(err.hint, hint);
}

static void
a_version_means_its_tag(void **state)
{
    assert_names(*state, "3.12.0", 6);
    assert_names(*state, "3.12.1", 7);
    assert_names(*state, "3.13.0a1", 4);
    assert_names(*state, "v3.12.1", 7);
    assert_names(*state, "2.6", 1);
    assert_names(*state, "2.6.0", 1);
}

static void
a_series_means_its_first_release_not_its_branch(void **state)
{
    assert_names(*state, "3.12", 6);
}

static void
a_version_without_a_tag_falls_back_to_its_branch(void **state)
{
    struct graph *graph = *state;
    repo_git(&graph->builder, graph->builder.path, "branch", "3.14", "main",
             NULL);
    assert_names(graph, "3.14", 5);
}

static void
a_tag_with_exactly_that_name_wins(void **state)
{
    struct graph *graph = *state;
    repo_git(&graph->builder, graph->builder.path, "tag", "3.12", "main~4",
             NULL);
    assert_names(graph, "3.12", 1);
}

static void
an_unknown_version_hints_at_the_nearest_tag(void **state)
{
    struct graph *graph = *state;
    assert_fails(graph->repo, "3.12.7", PB_ERROR_NOT_FOUND, "'v3.12.0'");
    assert_fails(graph->repo, "3.13.0b2", PB_ERROR_NOT_FOUND, "'v3.13.0a1'");
    assert_fails(graph->repo, "9.9", PB_ERROR_NOT_FOUND, "git fetch --tags");
}

static void
a_clone_without_tags_says_so(void **state)
{
    struct graph *graph = *state;
    struct repo_builder *builder = &graph->builder;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *clone = pb_path_join(builder->directory, "clone");
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    repo_git(builder, NULL, "clone", "--quiet", "--no-tags", builder->path,
             clone, NULL);
    assert_ok(pb_repo_open(clone, &repo, &err));
    assert_fails(repo, "3.11.0", PB_ERROR_NOT_FOUND, "has no tags");
    /* The branch exists at the remote only. */
    struct pb_oid id;
    assert_ok(pb_range_revision(repo, "3.12", &id, &err));
    assert_oid(builder, &id, 7);
}

static void
a_date_means_trunks_last_commit_of_that_day(void **state)
{
    /* Commit 3 is from 2023-11-17T22:13:20Z. */
    assert_names(*state, "2023-11-17", 3);
    assert_names(*state, "2023-11-16", 2);
    assert_names(*state, "2024-05-01", 5);
}

static void
a_date_before_history_is_not_found(void **state)
{
    struct graph *graph = *state;
    assert_fails(graph->repo, "1989-12-31", PB_ERROR_NOT_FOUND, "later date");
}

static void
a_day_that_does_not_exist_is_refused(void **state)
{
    struct graph *graph = *state;
    assert_fails(graph->repo, "2023-02-29", PB_ERROR_USAGE, "2024-05-01");
    assert_fails(graph->repo, "2023-13-01", PB_ERROR_USAGE, "2024-05-01");
    assert_fails(graph->repo, "2023-00-10", PB_ERROR_USAGE, "2024-05-01");
}

static void
a_branch_named_like_a_date_wins(void **state)
{
    struct graph *graph = *state;
    repo_git(&graph->builder, graph->builder.path, "branch", "2023-11-17",
             "main~4", NULL);
    assert_names(graph, "2023-11-17", 1);
}

static void
gits_own_syntax_works(void **state)
{
    struct graph *graph = *state;
    assert_names(graph, "HEAD~2", 3);
    assert_names(graph, "main^", 4);
    assert_names(graph, "3.12~1", 6);
    char brief[PB_OID_SHORT];
    struct pb_oid id = repo_oid(&graph->builder, 4);
    assert_names(graph, pb_oid_short(&id, brief), 4);
}

static void
unknown_revisions_say_what_would_help(void **state)
{
    struct graph *graph = *state;
    assert_fails(graph->repo, "deadbeef", PB_ERROR_NOT_FOUND, "fetch");
    assert_fails(graph->repo, "nonesuch", PB_ERROR_NOT_FOUND, "a version");
    assert_fails(graph->repo, "HEAD~20", PB_ERROR_NOT_FOUND, "a version");
}

/* Enough commits that some two share their first four digits. */
static void
an_abbreviation_of_two_commits_is_ambiguous(void **state)
{
    struct graph *graph = *state;
    struct repo_builder *builder = &graph->builder;
    int tip = 5;
    for (int i = 0; i < 1000; i++) {
        tip = repo_commit(builder, "main", "more", tip, 0);
    }
    repo_build(builder);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    assert_ok(pb_repo_open(builder->path, &repo, &err));
    char seen[65536] = {0};
    char brief[PB_OID_SHORT] = "";
    for (int i = 1; i <= tip; i++) {
        struct pb_oid id = repo_oid(builder, i);
        size_t prefix = (size_t)id.bytes[0] << 8 | id.bytes[1];
        if (seen[prefix]++ > 0) {
            pb_oid_short(&id, brief);
        }
    }
    assert_string_not_equal(brief, "");
    brief[4] = '\0';
    assert_fails(repo, brief, PB_ERROR_USAGE, "more digits");
}

static void
a_branch_of_the_remote_needs_no_prefix(void **state)
{
    struct graph *graph = *state;
    struct repo_builder *builder = &graph->builder;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *clone = pb_path_join(builder->directory, "clone");
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    struct pb_oid id;
    repo_git(builder, builder->path, "branch", "topic", "main~1", NULL);
    repo_git(builder, NULL, "clone", "--quiet", builder->path, clone, NULL);
    assert_ok(pb_repo_open(clone, &repo, &err));
    assert_ok(pb_range_revision(repo, "topic", &id, &err));
    assert_oid(builder, &id, 4);
}

#define ON_GRAPH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ON_GRAPH(a_version_means_its_tag),
        ON_GRAPH(a_series_means_its_first_release_not_its_branch),
        ON_GRAPH(a_version_without_a_tag_falls_back_to_its_branch),
        ON_GRAPH(a_tag_with_exactly_that_name_wins),
        ON_GRAPH(an_unknown_version_hints_at_the_nearest_tag),
        ON_GRAPH(a_clone_without_tags_says_so),
        ON_GRAPH(a_date_means_trunks_last_commit_of_that_day),
        ON_GRAPH(a_date_before_history_is_not_found),
        ON_GRAPH(a_day_that_does_not_exist_is_refused),
        ON_GRAPH(a_branch_named_like_a_date_wins),
        ON_GRAPH(gits_own_syntax_works),
        ON_GRAPH(unknown_revisions_say_what_would_help),
        ON_GRAPH(an_abbreviation_of_two_commits_is_ambiguous),
        ON_GRAPH(a_branch_of_the_remote_needs_no_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
