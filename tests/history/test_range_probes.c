/* Good ends worth trying. */
#include "history_test.h"

#include "pybisect/range.h"

static void
assert_probes(struct repo_builder *builder, int bad, const int *wanted,
              size_t count)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_repo) struct pb_repo *repo = open_built(builder);
    PB_AUTO(pb_oid_list) struct pb_oid_list probes = {.items = NULL};
    struct pb_oid tip = repo_oid(builder, bad);
    assert_ok(pb_range_probes(repo, &tip, &probes, &err));
    assert_int_equal(probes.len, count);
    for (size_t i = 0; i < count; i++) {
        assert_oid(builder, &probes.items[i], wanted[i]);
    }
}

static void
probes_double_their_distance_up_to_about_a_year(void **state)
{
    (void)state;
    struct repo_builder builder;
    repo_builder_init(&builder);
    /*
     *  1---2---...---300   main, a commit a day
     */
    int tip = 0;
    for (int i = 0; i < 300; i++) {
        tip = repo_commit(&builder, "main", "day", tip, 0);
    }
    int wanted[] = {299, 298, 296, 292, 284, 268, 236, 172, 44};
    assert_probes(&builder, tip, wanted, 9);
    repo_builder_clear(&builder);
}

static void
release_tags_follow_nearest_fork_first_then_newest(void **state)
{
    (void)state;
    struct repo_builder builder;
    repo_builder_init(&builder);
    /*
     *  1---2---3---4---...---300   main   v3.14.0 at 299, v3.13.0a1 at 4
     *   \   \
     *    \   303---304              3.12   v3.12.0, v3.12.1 at 304
     *     301---302                 3.11   v3.11.0, v3.11.1
     *
     *  305                          island v0.9.1
     */
    int tip = 0;
    for (int i = 0; i < 300; i++) {
        tip = repo_commit(&builder, "main", "day", tip, 0);
    }
    int first = repo_commit(&builder, "3.11", "first", 1, 0);
    int second = repo_commit(&builder, "3.11", "second", first, 0);
    int third = repo_commit(&builder, "3.12", "third", 2, 0);
    int fourth = repo_commit(&builder, "3.12", "fourth", third, 0);
    int island = repo_commit(&builder, "island", "island", 0, 0);
    repo_tag(&builder, "v3.14.0", 299);
    repo_tag(&builder, "v3.13.0a1", 4);
    repo_tag(&builder, "v3.12.0", third);
    repo_tag(&builder, "v3.12.1", fourth);
    repo_tag(&builder, "v3.12.1.1", 3);
    repo_tag(&builder, "v3.11.0", first);
    repo_tag(&builder, "v3.11.1", second);
    repo_tag(&builder, "v3.11", second);
    repo_tag(&builder, "v0.9.1", island);
    int wanted[] = {299, 298, 296,    292,   284,    268,  236,
                    172, 44,  fourth, third, second, first};
    assert_probes(&builder, tip, wanted, 13);
    repo_builder_clear(&builder);
}

static void
a_gap_in_history_is_leapt_over_once(void **state)
{
    (void)state;
    struct repo_builder builder;
    repo_builder_init(&builder);
    /*
     *  1---12---13   main: eleven days between the first two
     */
    int first = repo_commit(&builder, "main", "first", 0, 0);
    for (int i = 0; i < 10; i++) {
        repo_commit(&builder, "other", "other", 0, 0);
    }
    int second = repo_commit(&builder, "main", "second", first, 0);
    int third = repo_commit(&builder, "main", "third", second, 0);
    int wanted[] = {second, first};
    assert_probes(&builder, third, wanted, 2);
    repo_builder_clear(&builder);
}

static void
a_root_commit_has_nothing_to_probe(void **state)
{
    (void)state;
    struct repo_builder builder;
    repo_builder_init(&builder);
    int only = repo_commit(&builder, "main", "only", 0, 0);
    repo_tag(&builder, "v3.12.0", only);
    assert_probes(&builder, only, NULL, 0);
    repo_builder_clear(&builder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probes_double_their_distance_up_to_about_a_year),
        cmocka_unit_test(release_tags_follow_nearest_fork_first_then_newest),
        cmocka_unit_test(a_gap_in_history_is_leapt_over_once),
        cmocka_unit_test(a_root_commit_has_nothing_to_probe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
