/* tree: a work tree that moves from revision to revision. */
#include "build_test.h"

#include "build/tree.h"

#include "pybisect/regex.h"
#include "support/raw_repo.h"

struct fixture {
    struct repo_builder builder;
    struct pb_repo *repo;
    struct pb_tree *tree;
    struct pb_settings settings;
    struct pb_strv changed; /* by the last move */
};

static int
setup(void **state)
{
    struct fixture *fixture = pb_alloc(sizeof(*fixture));
    repo_builder_init(&fixture->builder);
    *state = fixture;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *fixture = *state;
    pb_tree_free(fixture->tree);
    pb_repo_close(fixture->repo);
    pb_strv_clear(&fixture->changed);
    repo_builder_clear(&fixture->builder);
    free(fixture);
    return 0;
}

static void
open_tree(struct fixture *fixture)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *directory = below(&fixture->builder, "tree");
    PB_AUTOFREE char *index = below(&fixture->builder, "tree.index");
    if (fixture->repo == NULL) {
        fixture->repo = open_repo(&fixture->builder);
    }
    pb_tree_free(fixture->tree);
    fixture->tree = NULL;
    assert_done(pb_tree_open(directory, index, &fixture->tree, &err), &err);
}

static int
try_move(struct fixture *fixture, int mark, struct pb_error *err)
{
    struct pb_oid commit = repo_oid(&fixture->builder, mark);
    struct pb_tree_target target = {
        .repo = fixture->repo,
        .commit = &commit,
        .wanted = everything,
        .settings = &fixture->settings,
    };
    pb_strv_clear(&fixture->changed);
    return pb_tree_move(fixture->tree, &target, &fixture->changed, err);
}

static void
move(struct fixture *fixture, int mark)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_done(try_move(fixture, mark, &err), &err);
}

static void
assert_changed(const struct fixture *fixture, const char *expected)
{
    PB_AUTOFREE char *paths = pb_strv_join(&fixture->changed, " ");
    assert_string_equal(paths, expected);
}

/* a - b: Lib/os.py changes, Lib/old/gone.py vanishes, Lib/new.py comes. */
static void
two_revisions(struct fixture *fixture)
{
    struct repo_builder *builder = &fixture->builder;
    int a = repo_commit(builder, "main", "a", 0, 0);
    repo_file(builder, "Lib/os.py", "one");
    repo_file(builder, "Lib/re.py", "same");
    repo_file(builder, "Lib/old/gone.py", "x");
    repo_program(builder, "configure", "#!/bin/sh\n");
    int b = repo_commit(builder, "main", "b", a, 0);
    repo_file(builder, "Lib/os.py", "two");
    repo_file(builder, "Lib/new.py", "new");
    repo_remove(builder, "Lib/old/gone.py");
    assert_int_equal(a, 1);
    assert_int_equal(b, 2);
    open_tree(fixture);
}

static void
a_fresh_tree_holds_the_revision(void **state)
{
    struct fixture *fixture = *state;
    struct stat info;
    two_revisions(fixture);
    move(fixture, 1);
    PB_AUTOFREE char *configure = below(&fixture->builder, "tree/configure");
    assert_text(&fixture->builder, "tree/Lib/os.py", "one");
    assert_text(&fixture->builder, "tree/Lib/old/gone.py", "x");
    assert_int_equal(stat(configure, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0755);
    assert_changed(fixture, "Lib/old/gone.py Lib/os.py Lib/re.py configure");
}

static void
only_what_changes_is_written(void **state)
{
    struct fixture *fixture = *state;
    two_revisions(fixture);
    move(fixture, 1);
    int64_t same = mtime_of(&fixture->builder, "tree/Lib/re.py");
    int64_t other = mtime_of(&fixture->builder, "tree/Lib/os.py");
    usleep(20000);
    move(fixture, 2);
    assert_changed(fixture, "Lib/new.py Lib/old/gone.py Lib/os.py");
    assert_text(&fixture->builder, "tree/Lib/os.py", "two");
    assert_text(&fixture->builder, "tree/Lib/new.py", "new");
    assert_int_equal(mtime_of(&fixture->builder, "tree/Lib/re.py"), same);
    assert_true(mtime_of(&fixture->builder, "tree/Lib/os.py") > other);
    move(fixture, 2);
    assert_changed(fixture, "");
}

static void
vanished_files_take_their_directory_along(void **state)
{
    struct fixture *fixture = *state;
    two_revisions(fixture);
    move(fixture, 1);
    move(fixture, 2);
    assert_false(is_there(&fixture->builder, "tree/Lib/old"));
    assert_true(is_there(&fixture->builder, "tree/Lib"));
}

static void
what_a_build_adds_stays(void **state)
{
    struct fixture *fixture = *state;
    two_revisions(fixture);
    move(fixture, 1);
    put_text(&fixture->builder, "tree/Lib/old/gone.o", "object");
    move(fixture, 2);
    assert_text(&fixture->builder, "tree/Lib/old/gone.o", "object");
}

static void
a_tree_opened_again_goes_on_where_it_was(void **state)
{
    struct fixture *fixture = *state;
    two_revisions(fixture);
    move(fixture, 1);
    open_tree(fixture);
    move(fixture, 2);
    assert_changed(fixture, "Lib/new.py Lib/old/gone.py Lib/os.py");
}

static void
a_file_that_somebody_else_changed_is_put_right(void **state)
{
    struct fixture *fixture = *state;
    two_revisions(fixture);
    move(fixture, 1);
    usleep(20000);
    put_text(&fixture->builder, "tree/Lib/re.py", "SAME");
    PB_AUTOFREE char *removed = below(&fixture->builder, "tree/Lib/os.py");
    assert_int_equal(unlink(removed), 0);
    move(fixture, 1);
    assert_text(&fixture->builder, "tree/Lib/re.py", "same");
    assert_text(&fixture->builder, "tree/Lib/os.py", "one");
}

static void
a_file_that_was_written_anew_with_its_own_content_keeps_its_mtime(void **state)
{
    struct fixture *fixture = *state;
    two_revisions(fixture);
    move(fixture, 1);
    usleep(20000);
    put_text(&fixture->builder, "tree/Lib/re.py", "same");
    int64_t mtime = mtime_of(&fixture->builder, "tree/Lib/re.py");
    usleep(20000);
    move(fixture, 2);
    assert_int_equal(mtime_of(&fixture->builder, "tree/Lib/re.py"), mtime);
}

static void
an_index_that_cannot_be_used_means_a_fresh_tree(void **state)
{
    static const char *const broken[] = {
        "", "garbage", "pybisect tree 1 another-boot\n", "pybisect tree 2 \n"};
    struct fixture *fixture = *state;
    two_revisions(fixture);
    for (size_t i = 0; i < PB_LENGTH(broken); i++) {
        move(fixture, 1);
        put_text(&fixture->builder, "tree/left.o", "object");
        put_text(&fixture->builder, "tree.index", broken[i]);
        open_tree(fixture);
        assert_false(is_there(&fixture->builder, "tree/left.o"));
        move(fixture, 2);
        assert_text(&fixture->builder, "tree/Lib/os.py", "two");
        assert_false(is_there(&fixture->builder, "tree/Lib/old/gone.py"));
    }
}

/* a - b - c, where c is a again. The clone lacks Lib/b.py of b, so that the
   move to b ends after Lib/a.py and before Lib/c.py. */
static void
a_move_that_ended_in_the_middle_is_put_right_by_the_next(void **state)
{
    struct fixture *fixture = *state;
    struct repo_builder *builder = &fixture->builder;
    struct pb_error err = PB_ERROR_INIT;
    int a = repo_commit(builder, "main", "a", 0, 0);
    repo_file(builder, "Lib/a.py", "a1");
    repo_file(builder, "Lib/b.py", "b1");
    repo_file(builder, "Lib/c.py", "c1");
    int b = repo_commit(builder, "main", "b", a, 0);
    repo_file(builder, "Lib/a.py", "a2");
    repo_file(builder, "Lib/b.py", "b2");
    repo_file(builder, "Lib/c.py", "c2");
    repo_file(builder, "Lib/aa.py", "new");
    int c = repo_commit(builder, "main", "c", b, 0);
    repo_file(builder, "Lib/a.py", "a1");
    repo_file(builder, "Lib/b.py", "b1");
    repo_file(builder, "Lib/c.py", "c1");
    repo_remove(builder, "Lib/aa.py");
    open_tree(fixture);
    lose_blob(builder, b, "Lib/b.py");
    move(fixture, a);
    assert_int_equal(try_move(fixture, b, &err), -1);
    assert_text(builder, "tree/Lib/a.py", "a2");

    /* As another process finds it. */
    open_tree(fixture);
    move(fixture, c);
    assert_text(builder, "tree/Lib/a.py", "a1");
    assert_text(builder, "tree/Lib/b.py", "b1");
    assert_text(builder, "tree/Lib/c.py", "c1");
    assert_false(is_there(builder, "tree/Lib/aa.py"));
}

static void
a_missing_blob_that_is_needed_names_path_and_revision(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    char revision[PB_OID_SHORT];
    two_revisions(fixture);
    lose_blob(&fixture->builder, 1, "Lib/os.py");
    assert_int_equal(try_move(fixture, 1, &err), -1);
    struct pb_oid commit = repo_oid(&fixture->builder, 1);
    assert_contains(err.message, "'Lib/os.py'");
    assert_contains(err.message, pb_oid_short(&commit, revision));
}

static void
a_missing_blob_that_nothing_needs_is_left_out(void **state)
{
    struct fixture *fixture = *state;
    struct repo_builder *builder = &fixture->builder;
    int a = repo_commit(builder, "main", "a", 0, 0);
    repo_file(builder, "Lib/os.py", "one");
    repo_file(builder, "Doc/index.rst", "documentation");
    int b = repo_commit(builder, "main", "b", a, 0);
    repo_file(builder, "Lib/os.py", "two");
    open_tree(fixture);
    lose_blob(builder, a, "Doc/index.rst");
    move(fixture, a);
    assert_text(builder, "tree/Lib/os.py", "one");
    assert_false(is_there(builder, "tree/Doc"));
    open_tree(fixture);
    move(fixture, b);
    assert_changed(fixture, "Lib/os.py");
}

static void
files_directories_and_links_may_change_places(void **state)
{
    struct fixture *fixture = *state;
    struct repo_builder *builder = &fixture->builder;
    int a = repo_commit(builder, "main", "a", 0, 0);
    repo_file(builder, "one", "file");
    repo_file(builder, "two/inside", "file");
    repo_link(builder, "three", "one");
    int b = repo_commit(builder, "main", "b", a, 0);
    repo_remove(builder, "one");
    repo_remove(builder, "two/inside");
    repo_remove(builder, "three");
    repo_file(builder, "one/inside", "now here");
    repo_link(builder, "two", "one");
    repo_program(builder, "three", "program");
    open_tree(fixture);
    for (int round = 0; round < 2; round++) {
        char target[16] = "";
        PB_AUTOFREE char *two = below(builder, "tree/two");
        PB_AUTOFREE char *three = below(builder, "tree/three");
        move(fixture, a);
        assert_text(builder, "tree/one", "file");
        assert_text(builder, "tree/two/inside", "file");
        assert_int_equal(readlink(three, target, sizeof(target)), 3);
        move(fixture, b);
        assert_text(builder, "tree/one/inside", "now here");
        assert_int_equal(readlink(two, target, sizeof(target)), 3);
        assert_int_equal(readlink(three, target, sizeof(target)), -1);
        assert_int_equal(access(three, X_OK), 0);
    }
}

static void
nothing_is_written_through_a_link(void **state)
{
    struct fixture *fixture = *state;
    two_revisions(fixture);
    move(fixture, 1);
    put_text(&fixture->builder, "precious", "mine");
    PB_AUTOFREE char *path = below(&fixture->builder, "tree/Lib/os.py");
    PB_AUTOFREE char *precious = below(&fixture->builder, "precious");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(precious, path), 0);
    move(fixture, 2);
    assert_text(&fixture->builder, "precious", "mine");
    assert_text(&fixture->builder, "tree/Lib/os.py", "two");
}

static void
substitutions_apply_and_are_taken_back(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_regex) struct pb_regex *regex = pb_regex_new("o(.)e", &err);
    struct pb_substitution one = {
        .file = pb_strdup("Lib/os.py"),
        .pattern = pb_strdup("o(.)e"),
        .replacement = pb_strdup("<$1>"),
        .regex = regex,
    };
    const struct pb_substitution *list[] = {&one};
    two_revisions(fixture);
    fixture->settings.substitutions = list;
    fixture->settings.nsubstitutions = 1;
    move(fixture, 1);
    assert_text(&fixture->builder, "tree/Lib/os.py", "<n>");
    assert_text(&fixture->builder, "tree/Lib/re.py", "same");
    fixture->settings.nsubstitutions = 0;
    move(fixture, 1);
    assert_changed(fixture, "Lib/os.py");
    assert_text(&fixture->builder, "tree/Lib/os.py", "one");
    free(one.file);
    free(one.pattern);
    free(one.replacement);
}

/* ast.c is made from ast.h, and that from Python.asdl; graminit.c is made
   from Grammar. */
static void
products_become_newer_only_where_they_or_their_sources_change(void **state)
{
    struct fixture *fixture = *state;
    struct repo_builder *builder = &fixture->builder;
    struct pb_product products[3] = {{.path = pb_strdup("ast.c")},
                                     {.path = pb_strdup("ast.h")},
                                     {.path = pb_strdup("graminit.c")}};
    const struct pb_product *list[] = {&products[0], &products[1],
                                       &products[2]};
    pb_strv_add(&products[0].sources, "ast.h");
    pb_strv_add(&products[1].sources, "*.asdl");
    pb_strv_add(&products[2].sources, "Grammar");
    fixture->settings.products = list;
    fixture->settings.nproducts = 3;
    int a = repo_commit(builder, "main", "a", 0, 0);
    repo_file(builder, "Python.asdl", "asdl");
    repo_file(builder, "ast.c", "c");
    repo_file(builder, "ast.h", "h");
    repo_file(builder, "graminit.c", "graminit");
    repo_file(builder, "Grammar", "grammar");
    int b = repo_commit(builder, "main", "b", a, 0);
    repo_file(builder, "Python.asdl", "changed");
    open_tree(fixture);
    move(fixture, a);
    assert_true(mtime_of(builder, "tree/ast.h") >=
                mtime_of(builder, "tree/Python.asdl"));
    assert_true(mtime_of(builder, "tree/graminit.c") >=
                mtime_of(builder, "tree/Grammar"));
    int64_t untouched = mtime_of(builder, "tree/graminit.c");
    usleep(20000);
    move(fixture, b);
    assert_changed(fixture, "Python.asdl ast.c ast.h");
    assert_true(mtime_of(builder, "tree/ast.h") >=
                mtime_of(builder, "tree/Python.asdl"));
    assert_true(mtime_of(builder, "tree/ast.c") >=
                mtime_of(builder, "tree/ast.h"));
    assert_int_equal(mtime_of(builder, "tree/graminit.c"), untouched);
    move(fixture, b);
    assert_changed(fixture, "");
    for (size_t i = 0; i < PB_LENGTH(products); i++) {
        free(products[i].path);
        pb_strv_clear(&products[i].sources);
    }
}

static void
a_sweep_leaves_what_was_moved_and_what_is_kept(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv keep = PB_STRV_INIT;
    two_revisions(fixture);
    move(fixture, 1);
    put_text(&fixture->builder, "tree/python", "interpreter");
    put_text(&fixture->builder, "tree/Lib/__pycache__/os.pyc", "bytecode");
    put_text(&fixture->builder, "tree/Lib/site/pip.py", "installed");
    pb_strv_add(&keep, "python");
    assert_done(pb_tree_sweep(fixture->tree, &keep, PB_SWEEP_BYTECODE, &err),
                &err);
    assert_false(is_there(&fixture->builder, "tree/Lib/__pycache__"));
    assert_true(is_there(&fixture->builder, "tree/Lib/site/pip.py"));
    assert_done(pb_tree_sweep(fixture->tree, &keep, PB_SWEEP_ALL, &err), &err);
    assert_false(is_there(&fixture->builder, "tree/Lib/site"));
    assert_true(is_there(&fixture->builder, "tree/python"));
    assert_text(&fixture->builder, "tree/Lib/os.py", "one");
    move(fixture, 1);
    assert_changed(fixture, "");
}

static void
what_is_as_new_as_a_mark_can_be_removed(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    two_revisions(fixture);
    move(fixture, 1);
    put_text(&fixture->builder, "tree/old.o", "object");
    usleep(20000);
    put_text(&fixture->builder, "mark", "");
    put_text(&fixture->builder, "tree/new.o", "half an obj");
    PB_AUTOFREE char *mark = below(&fixture->builder, "mark");
    assert_done(pb_tree_remove_newer(fixture->tree, mark, &err), &err);
    assert_true(is_there(&fixture->builder, "tree/old.o"));
    assert_false(is_there(&fixture->builder, "tree/new.o"));
    assert_true(is_there(&fixture->builder, "tree/Lib/os.py"));
}

/* What a build left in the place of Lib/old leads to a directory of the
   user's: a move neither writes nor removes there. */
static void
a_directory_that_became_a_link_is_not_followed(void **state)
{
    struct fixture *fixture = *state;
    const struct repo_builder *builder = &fixture->builder;
    two_revisions(fixture);
    move(fixture, 1);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *outside = below(builder, "outside");
    PB_AUTOFREE char *directory = below(builder, "tree/Lib/old");
    put_text(builder, "outside/gone.py", "the user's own");
    assert_done(pb_fs_remove_tree(directory, &err), &err);
    assert_int_equal(symlink(outside, directory), 0);
    move(fixture, 2);
    assert_text(builder, "outside/gone.py", "the user's own");
    PB_AUTOFREE char *again = below(builder, "tree/Lib/old");
    if (!pb_fs_exists(again)) {
        assert_int_equal(symlink(outside, again), 0);
    }
    move(fixture, 1);
    assert_text(builder, "outside/gone.py", "the user's own");
    assert_text(builder, "tree/Lib/old/gone.py", "x");
}

static void
a_directory_in_the_place_of_a_removed_file_is_no_trouble(void **state)
{
    struct fixture *fixture = *state;
    const struct repo_builder *builder = &fixture->builder;
    two_revisions(fixture);
    move(fixture, 1);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *path = below(builder, "tree/Lib/old/gone.py");
    assert_done(pb_fs_remove(path, &err), &err);
    assert_done(pb_fs_mkdirs(path, &err), &err);
    move(fixture, 2);
    move(fixture, 1);
    assert_text(builder, "tree/Lib/old/gone.py", "x");
}

/* A link, and a directory of the same name: git would not make it. */
static void
a_crafted_tree_does_not_lead_out(void **state)
{
    struct fixture *fixture = *state;
    const struct repo_builder *builder = &fixture->builder;
    two_revisions(fixture);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *outside = below(builder, "outside");
    PB_AUTOFREE char *path = below(builder, "raw.git");
    assert_done(pb_fs_mkdirs(outside, &err), &err);
    struct raw_repo *raw = raw_repo_new(path);
    struct pb_oid blob = raw_object(raw, "blob", "x", 1);
    struct pb_oid target = raw_object(raw, "blob", outside, strlen(outside));
    PB_AUTO(pb_buf) struct pb_buf inner = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf both = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf upwards = PB_BUF_INIT;
    raw_entry(&inner, "100644", "x", &blob);
    struct pb_oid below_it = raw_object(raw, "tree", inner.data, inner.len);
    raw_entry(&both, "120000", "a", &target);
    raw_entry(&both, "40000", "a", &below_it);
    raw_entry(&upwards, "40000", "..", &below_it);
    const struct pb_oid commits[] = {raw_commit(raw, &both),
                                     raw_commit(raw, &upwards)};
    pb_repo_close(fixture->repo);
    assert_done(pb_repo_open(path, &fixture->repo, &err), &err);
    for (size_t i = 0; i < PB_LENGTH(commits); i++) {
        const struct pb_tree_target to = {.repo = fixture->repo,
                                          .commit = &commits[i],
                                          .wanted = everything};
        err = (struct pb_error)PB_ERROR_INIT;
        if (pb_tree_move(fixture->tree, &to, &fixture->changed, &err) < 0) {
            assert_int_equal(i, 1);
            assert_contains(err.message, "the unsafe path '..'");
        }
    }
    assert_false(is_there(builder, "outside/x"));
    assert_false(is_there(builder, "x"));
    raw_repo_free(raw);
}

#define TREE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TREE_TEST(a_fresh_tree_holds_the_revision),
        TREE_TEST(only_what_changes_is_written),
        TREE_TEST(vanished_files_take_their_directory_along),
        TREE_TEST(what_a_build_adds_stays),
        TREE_TEST(a_tree_opened_again_goes_on_where_it_was),
        TREE_TEST(a_file_that_somebody_else_changed_is_put_right),
        TREE_TEST(
            a_file_that_was_written_anew_with_its_own_content_keeps_its_mtime),
        TREE_TEST(an_index_that_cannot_be_used_means_a_fresh_tree),
        TREE_TEST(a_move_that_ended_in_the_middle_is_put_right_by_the_next),
        TREE_TEST(a_missing_blob_that_is_needed_names_path_and_revision),
        TREE_TEST(a_missing_blob_that_nothing_needs_is_left_out),
        TREE_TEST(files_directories_and_links_may_change_places),
        TREE_TEST(nothing_is_written_through_a_link),
        TREE_TEST(a_directory_that_became_a_link_is_not_followed),
        TREE_TEST(a_directory_in_the_place_of_a_removed_file_is_no_trouble),
        TREE_TEST(a_crafted_tree_does_not_lead_out),
        TREE_TEST(substitutions_apply_and_are_taken_back),
        TREE_TEST(
            products_become_newer_only_where_they_or_their_sources_change),
        TREE_TEST(a_sweep_leaves_what_was_moved_and_what_is_kept),
        TREE_TEST(what_is_as_new_as_a_mark_can_be_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
