/* Our own mirrors. */
#include "history_test.h"

#include <stdlib.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

struct source {
    struct repo_builder builder;
    char *mirror;
};

static int
set_up(void **state)
{
    struct source *source = calloc(1, sizeof(*source));
    struct repo_builder *builder = &source->builder;
    repo_builder_init(builder);
    /*
     *  a---b   main      a---c   3.12
     */
    int a = repo_commit(builder, "main", "a", 0, 0);
    repo_file(builder, "Lib/os.py", "os\n");
    repo_commit(builder, "main", "b", a, 0);
    repo_commit(builder, "3.12", "c", a, 0);
    repo_tag(builder, "v3.12.0", 3);
    repo_build(builder);
    source->mirror = pb_path_join(builder->directory, "data/mirror");
    *state = source;
    return 0;
}

static int
tear_down(void **state)
{
    struct source *source = *state;
    repo_builder_clear(&source->builder);
    free(source->mirror);
    free(source);
    return 0;
}

static void
count_report(const char *what, double fraction, void *context)
{
    assert_true(fraction <= 1);
    assert_string_not_equal(what, "");
    ++*(size_t *)context;
}

static void
a_clone_has_every_branch_and_tag(void **state)
{
    struct source *source = *state;
    struct pb_error err = PB_ERROR_INIT;
    size_t reports = 0;
    struct pb_progress progress = {.report = count_report,
                                   .context = &reports};
    assert_ok(pb_repo_clone(source->builder.path, source->mirror, &progress,
                            NULL, &err));
    assert_true(reports > 0);

    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    struct pb_oid id;
    assert_ok(pb_repo_open(source->mirror, &repo, &err));
    assert_ok(pb_repo_resolve(repo, "HEAD", &id, &err));
    assert_oid(&source->builder, &id, 2);
    assert_ok(pb_repo_resolve(repo, "refs/heads/3.12", &id, &err));
    assert_oid(&source->builder, &id, 3);
    assert_ok(pb_repo_resolve(repo, "v3.12.0", &id, &err));
    assert_oid(&source->builder, &id, 3);
}

static void
nothing_is_left_beside_a_finished_clone(void **state)
{
    struct source *source = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *data = pb_path_join(source->builder.directory, "data");
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    assert_ok(
        pb_repo_clone(source->builder.path, source->mirror, NULL, NULL, &err));
    assert_ok(pb_fs_list(data, &names, &err));
    assert_int_equal(names.len, 1);
}

static void
a_failed_clone_leaves_nothing(void **state)
{
    struct source *source = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *data = pb_path_join(source->builder.directory, "data");
    PB_AUTOFREE char *url =
        pb_asprintf("file://%s/nonesuch", source->builder.directory);
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    assert_int_equal(pb_repo_clone(url, source->mirror, NULL, NULL, &err), -1);
    assert_contains(err.message, "nonesuch");
    assert_ok(pb_fs_list(data, &names, &err));
    assert_int_equal(names.len, 0);
}

static void
a_cancelled_clone_leaves_nothing(void **state)
{
    struct source *source = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_cancel cancel = {.requested = 1};
    PB_AUTOFREE char *data = pb_path_join(source->builder.directory, "data");
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    assert_int_equal(pb_repo_clone(source->builder.path, source->mirror, NULL,
                                   &cancel, &err),
                     -1);
    assert_int_equal(err.code, PB_ERROR_CANCELLED);
    assert_ok(pb_fs_list(data, &names, &err));
    assert_int_equal(names.len, 0);
}

static void
an_existing_path_is_never_cloned_over(void **state)
{
    struct source *source = *state;
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_fs_mkdirs(source->mirror, &err));
    assert_int_equal(
        pb_repo_clone(source->builder.path, source->mirror, NULL, NULL, &err),
        -1);
    assert_int_equal(err.code, PB_ERROR_USAGE);
    assert_true(pb_fs_is_directory(source->mirror));
}

static void
a_fetch_brings_new_commits_and_tags_and_drops_old_branches(void **state)
{
    struct source *source = *state;
    struct repo_builder *builder = &source->builder;
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_repo_clone(builder->path, source->mirror, NULL, NULL, &err));
    int d = repo_commit(builder, "main", "d", 2, 0);
    repo_tag(builder, "v3.13.0", d);
    repo_build(builder);
    repo_git(builder, builder->path, "branch", "-m", "3.12", "3.12/last",
             NULL);

    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    struct pb_oid id;
    assert_ok(pb_repo_open(source->mirror, &repo, &err));
    assert_ok(pb_repo_fetch(repo, NULL, NULL, &err));
    assert_ok(pb_repo_trunk(repo, &id, &err));
    assert_oid(builder, &id, d);
    assert_ok(pb_repo_resolve(repo, "v3.13.0", &id, &err));
    assert_oid(builder, &id, d);
    assert_ok(pb_repo_resolve(repo, "refs/heads/3.12/last", &id, &err));
    assert_int_equal(pb_repo_resolve(repo, "refs/heads/3.12", &id, &err), -1);
}

static void
a_cancelled_fetch_says_so(void **state)
{
    struct source *source = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_cancel cancel = {.requested = 1};
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    assert_ok(
        pb_repo_clone(source->builder.path, source->mirror, NULL, NULL, &err));
    assert_ok(pb_repo_open(source->mirror, &repo, &err));
    assert_int_equal(pb_repo_fetch(repo, NULL, &cancel, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CANCELLED);
}

#define ON_SOURCE(test)                                                       \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ON_SOURCE(a_clone_has_every_branch_and_tag),
        ON_SOURCE(nothing_is_left_beside_a_finished_clone),
        ON_SOURCE(a_failed_clone_leaves_nothing),
        ON_SOURCE(a_cancelled_clone_leaves_nothing),
        ON_SOURCE(an_existing_path_is_never_cloned_over),
        ON_SOURCE(a_fetch_brings_new_commits_and_tags_and_drops_old_branches),
        ON_SOURCE(a_cancelled_fetch_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
