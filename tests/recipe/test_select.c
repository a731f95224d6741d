/* select: which tests can be asked for alone, and by what name. */
#include "tree.h"

#include "recipe/select.h"

static char command_with_tests[] = "{python} -m x {tests}";
static char command_without[] = "{python} -m x";

static void
assert_select(enum pb_reader reader, const char *id, const char *expected)
{
    const struct pb_recipe recipe = {
        .test = {.command = command_with_tests, .reader = reader}};
    PB_AUTOFREE char *name = pb_recipe_select(&recipe, id);
    if (expected == NULL) {
        assert_null(name);
    }
    else {
        assert_non_null(name);
        assert_string_equal(name, expected);
    }
    assert_int_equal(pb_recipe_selectable(&recipe, id), expected != NULL);
}

static void
tests_are_asked_for_by_their_ids(void **state)
{
    (void)state;
    assert_select(PB_READER_UNITTEST, "a.B.test_x", "a.B.test_x");
    assert_select(PB_READER_SUBUNIT, "a.B.test_x", "a.B.test_x");
    assert_select(PB_READER_JUNIT, "tests/test_a.py::C::test_x[a (b) [c]]",
                  "tests/test_a.py::C::test_x[a (b) [c]]");
}

static void
sub_tests_are_asked_for_by_their_parent(void **state)
{
    (void)state;
    assert_select(PB_READER_UNITTEST, "a.B.test_x (i=1)", "a.B.test_x");
    assert_select(PB_READER_UNITTEST, "a.B.test_x [a (b)] (i='[')",
                  "a.B.test_x");
    assert_select(PB_READER_UNITTEST, "a.B.test_x (<subtest>)", "a.B.test_x");
    assert_select(PB_READER_TEXT, "a.B.test_x (i=1)", "a.B.test_x");
    assert_select(PB_READER_TEXT, "t.py::C::test_x[a (b)]",
                  "t.py::C::test_x[a (b)]");
}

static void
fixtures_are_asked_for_by_class_or_module(void **state)
{
    (void)state;
    assert_select(PB_READER_UNITTEST, "setUpClass (a.B)", "a.B");
    assert_select(PB_READER_UNITTEST, "tearDownClass (a.B)", "a.B");
    assert_select(PB_READER_UNITTEST, "setUpModule (a)", "a");
    assert_select(PB_READER_UNITTEST, "tearDownModule (a.b)", "a.b");
}

static void
what_is_no_test_cannot_be_asked_for(void **state)
{
    (void)state;
    static const char *const ids[] = {
        PB_TEST_RUN,
        PB_TEST_PREPARE,
        PB_TEST_SMOKE,
        "unittest.loader._FailedTest.genshi.core.tests",
        "unittest.loader.ModuleImportFailure.a",
        "",
        "--help",
        "a.B.test_long#0123456789abcdef",
    };
    for (size_t i = 0; i < PB_LENGTH(ids); i++) {
        assert_select(PB_READER_UNITTEST, ids[i], NULL);
    }
    assert_select(PB_READER_JUNIT, "-k", NULL);
    assert_select(PB_READER_JUNIT, "t.py::test_x#0123456789abcdef", NULL);
    assert_select(PB_READER_JUNIT, "t.py::test_x[#1]", "t.py::test_x[#1]");
    assert_select(PB_READER_STATUS, "a.B.test_x", NULL);
    assert_select(PB_READER_STATUS, PB_TEST_COMMAND, NULL);
}

static void
a_command_without_tests_runs_everything(void **state)
{
    (void)state;
    const struct pb_recipe recipe = {.test = {.command = command_without}};
    assert_false(pb_recipe_selectable(&recipe, "a.B.test_x"));
}

static void
a_recipe_may_say_what_can_be_asked_for(void **state)
{
    (void)state;
    PB_AUTO(pb_strv) struct pb_strv patterns = PB_STRV_INIT;
    pb_strv_add(&patterns, "a.tests.*");
    pb_strv_add(&patterns, "b.*");
    const struct pb_recipe recipe = {
        .test = {.command = command_with_tests, .selectable = patterns}};
    assert_true(pb_recipe_selectable(&recipe, "a.tests.B.test_x"));
    assert_true(pb_recipe_selectable(&recipe, "b.test_x"));
    assert_true(pb_recipe_selectable(&recipe, "setUpClass (a.tests.B)"));
    assert_false(pb_recipe_selectable(&recipe, "a.core.Element"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tests_are_asked_for_by_their_ids),
        cmocka_unit_test(sub_tests_are_asked_for_by_their_parent),
        cmocka_unit_test(fixtures_are_asked_for_by_class_or_module),
        cmocka_unit_test(what_is_no_test_cannot_be_asked_for),
        cmocka_unit_test(a_command_without_tests_runs_everything),
        cmocka_unit_test(a_recipe_may_say_what_can_be_asked_for),
    };
    return cmocka_run_group_tests_name("recipe/select", tests, NULL, NULL);
}
