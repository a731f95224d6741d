/* Which run tree is taken. */
#include "build/runs.h"

#include "build_test.h"

struct fixture {
    struct repo_builder builder; /* for its directory alone */
    struct pb_runs runs;
};

static int
setup(void **state)
{
    struct fixture *fixture = pb_alloc(sizeof(*fixture));
    repo_builder_init(&fixture->builder);
    pb_runs_open(fixture->builder.directory, &fixture->runs);
    *state = fixture;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *fixture = *state;
    pb_runs_close(&fixture->runs);
    repo_builder_clear(&fixture->builder);
    free(fixture);
    return 0;
}

/* Takes a tree for a build and a commit, says by its number which, and when
   it was used. */
static int
use(struct fixture *fixture, int build, int revision, time_t used,
    bool *out_same)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_tree *tree = NULL;
    const struct pb_digest key = {.bytes = {(unsigned char)build}};
    const struct pb_oid commit = {.bytes = {(unsigned char)revision}};
    bool same = false;
    assert_done(
        pb_runs_take(&fixture->runs, &key, &commit, &tree, &same, &err), &err);
    assert_done(pb_runs_note(&fixture->runs, tree, &key, &commit, &err), &err);
    const char *directory = pb_tree_directory(tree);
    PB_AUTOFREE char *note = pb_asprintf("%s.holds", directory);
    const struct timespec times[2] = {{.tv_sec = used}, {.tv_sec = used}};
    assert_int_equal(utimensat(AT_FDCWD, note, times, 0), 0);
    if (out_same != NULL) {
        *out_same = same;
    }
    return directory[strlen(directory) - 1] - '0';
}

static void
reopen(struct fixture *fixture)
{
    pb_runs_close(&fixture->runs);
    pb_runs_open(fixture->builder.directory, &fixture->runs);
}

static void
each_build_gets_a_tree_and_finds_it_again(void **state)
{
    struct fixture *fixture = *state;
    bool same = false;
    for (int i = 0; i < PB_RUNS; i++) {
        assert_int_equal(use(fixture, i + 1, 1, 1000 + i, &same), i);
        assert_false(same);
    }
    reopen(fixture);
    assert_int_equal(use(fixture, 3, 1, 2000, &same), 2);
    assert_true(same);
}

static void
what_was_unused_for_longest_gives_way(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < PB_RUNS; i++) {
        use(fixture, i + 1, 1, 1000 + i, NULL);
    }
    use(fixture, 1, 1, 2000, NULL);
    assert_int_equal(use(fixture, 9, 1, 2001, NULL), 1);
}

static void
the_same_build_with_another_library_is_nearest(void **state)
{
    struct fixture *fixture = *state;
    bool same = true;
    for (int i = 0; i < PB_RUNS; i++) {
        use(fixture, i + 1, 1, 1000 + i, NULL);
    }
    assert_int_equal(use(fixture, 3, 2, 2000, &same), 2);
    assert_false(same);
}

static void
a_torn_note_says_nothing(void **state)
{
    struct fixture *fixture = *state;
    bool same = true;
    use(fixture, 1, 1, 1000, NULL);
    put_text(&fixture->builder, "run-0.holds", "01");
    use(fixture, 1, 1, 2000, &same);
    assert_false(same);
}

static void
a_tree_that_is_not_of_the_slot_is_not_noted(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    const struct pb_digest key = {.bytes = {1}};
    const struct pb_oid commit = {.bytes = {1}};
    PB_AUTO(pb_tree) struct pb_tree *tree = NULL;
    PB_AUTOFREE char *directory = below(&fixture->builder, "run-clean");
    PB_AUTOFREE char *index = below(&fixture->builder, "run-clean.index");
    assert_done(pb_tree_open(directory, index, &tree, &err), &err);
    assert_done(pb_runs_note(&fixture->runs, tree, &key, &commit, &err), &err);
    assert_false(is_there(&fixture->builder, "run-clean.holds"));
}

#define RUNS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        RUNS_TEST(each_build_gets_a_tree_and_finds_it_again),
        RUNS_TEST(what_was_unused_for_longest_gives_way),
        RUNS_TEST(the_same_build_with_another_library_is_nearest),
        RUNS_TEST(a_torn_note_says_nothing),
        RUNS_TEST(a_tree_that_is_not_of_the_slot_is_not_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
