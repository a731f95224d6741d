/* Two revisions and a made-up project: what it stands for, by what its tests
   do. Letters are those of world.h, the base first. */
#include "bisect/world.h"

#include "pybisect/comparison.h"

struct case_ {
    const char *first;
    const char *second;
    const char *builds;
    enum pb_standing standing;
};

static void
compare(const char *directory, const struct case_ *each,
        struct pb_comparison *out)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(world) struct world world = WORLD_INIT;
    world_init(&world, directory, 1);
    world.builds = each->builds;
    world_add(&world, "a", each->first);
    world_add(&world, "b", each->second);
    world_start(&world);
    const struct pb_comparison_options options = {
        .journal = world.journal,
        .machine = &world.machine,
        .base = world.range.good,
        .revision = world.range.bad,
        .base_keys = world.candidates.good_keys,
        .keys = world.candidates.items[0].keys,
        .min_tests = 1,
    };
    if (pb_compare(&options, out, &err) < 0) {
        fail_msg("%s", err.message);
    }
    pb_comparison_clear(out);
    /* Once more: all of it is on record, and says the same. */
    size_t ran = world.ran;
    size_t built = world.built;
    if (pb_compare(&options, out, &err) < 0) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(world.ran, ran);
    assert_int_equal(world.built, built);
    assert_int_equal(
        pb_journal_has_evaluation(world.journal, &world.machine.identity), 0);
}

static void
each_standing_is_told_by_what_tests_do(void **state)
{
    static const struct case_ cases[] = {
        {"..", "..", NULL, PB_STANDING_SAME},
        {"..", "FF", NULL, PB_STANDING_SAME},
        {"..", ".F", NULL, PB_STANDING_REGRESSED},
        {"..", ".-", NULL, PB_STANDING_REGRESSED},
        {"..", ".S", NULL, PB_STANDING_REGRESSED},
        {"F.", ".F", NULL, PB_STANDING_REGRESSED},
        {"..", "F.", NULL, PB_STANDING_FIXED},
        {"..", ".~", NULL, PB_STANDING_FLAKY},
        {"..", "~.", NULL, PB_STANDING_FLAKY},
        {".F", ".~", NULL, PB_STANDING_REGRESSED},
        {"..", "FE", NULL, PB_STANDING_BROKEN},
        {"..", "..", "x.", PB_STANDING_UNTESTABLE},
        {"..", "..", ".x", PB_STANDING_UNTESTABLE},
        {"..", "..", "?.", PB_STANDING_UNTESTABLE},
        {"-.", "-.", NULL, PB_STANDING_BROKEN}, /* the suite did not run */
    };
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTO(pb_comparison)
        struct pb_comparison comparison = PB_COMPARISON_INIT;
        PB_AUTOFREE char *directory = pb_asprintf("%s/%zu", (char *)*state, i);
        compare(directory, &cases[i], &comparison);
        if (comparison.standing != cases[i].standing) {
            fail_msg("%s %s: %s (%s)", cases[i].first, cases[i].second,
                     pb_standing_name(comparison.standing), comparison.why);
        }
    }
}

static void
equal_behaviour_builds_nothing(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_comparison)
    struct pb_comparison comparison = PB_COMPARISON_INIT;
    const struct pb_comparison_options options = {.journal = NULL};
    (void)state;
    assert_int_equal(pb_compare(&options, &comparison, &err), 0);
    assert_int_equal(comparison.standing, PB_STANDING_SAME);
    assert_string_equal(comparison.why, "nothing that it can see differs");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(each_standing_is_told_by_what_tests_do),
        cmocka_unit_test(equal_behaviour_builds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
