/* release and wish: versions, requirements and markers. */
#include "recipe/release.h"

#include "recipe/tree.h"

static void
versions_are_in_the_order_of_pep_440(void **state)
{
    (void)state;
    static const char *const order[] = {
        "1.dev0",    "1.0a1.dev2", "1.0a1",
        "1.0a2",     "1.0b1",      "1.0rc1.dev1",
        "1.0rc1",    "1.0",        "1.0.post1.dev1",
        "1.0.post1", "1.0.1",      "1.1.dev3",
        "1.1",       "1.9",        "1.10",
        "24.7.0rc2", "24.7.0",     "2024.1",
        "1!0.1"};
    for (size_t i = 0; i < PB_LENGTH(order); i++) {
        for (size_t k = 0; k < PB_LENGTH(order); k++) {
            struct pb_release a;
            struct pb_release b;
            assert_true(pb_release_parse(order[i], &a));
            assert_true(pb_release_parse(order[k], &b));
            int sign = (i > k) - (i < k);
            int seen = pb_release_compare(&a, &b);
            if (seen != sign) {
                fail_msg("%s and %s: %d", order[i], order[k], seen);
            }
        }
    }
}

static void
one_version_may_be_written_in_several_ways(void **state)
{
    (void)state;
    static const char *const alike[][2] = {{"1.0", "1"},
                                           {"v1.0", "1.0.0"},
                                           {"1.0-alpha1", "1.0a1"},
                                           {"1.0.RC.1", "1.0rc1"},
                                           {"1.0-1", "1.0.post1"},
                                           {"1.0+deb12", "1.0"},
                                           {"1.0c2", "1.0rc2"},
                                           {"1.0.rev3", "1.0.post3"}};
    for (size_t i = 0; i < PB_LENGTH(alike); i++) {
        struct pb_release a;
        struct pb_release b;
        assert_true(pb_release_parse(alike[i][0], &a));
        assert_true(pb_release_parse(alike[i][1], &b));
        if (pb_release_compare(&a, &b) != 0) {
            fail_msg("%s and %s differ", alike[i][0], alike[i][1]);
        }
    }
    struct pb_release none;
    assert_false(pb_release_parse("", &none));
    assert_false(pb_release_parse("main", &none));
    assert_false(pb_release_parse("1.0-py3", &none));
}

static void
specifiers_are_held_to_versions(void **state)
{
    (void)state;
    static const struct {
        const char *version;
        const char *specifiers;
        bool holds;
    } cases[] = {
        {"1.5", "", true},
        {"1.5", ">=1,<2", true},
        {"2.0", ">=1,<2", false},
        {"2.0rc1", "<2", false},
        {"2.0rc1", "<2.0rc2", true},
        {"1.5", "==1.*", true},
        {"1.5.2", "==1.5.*", true},
        {"1.50", "==1.5.*", false},
        {"1.5", "!=1.5.*", false},
        {"1.6", "!=1.5.*", true},
        {"1.5.9", "~=1.5.2", true},
        {"1.6", "~=1.5.2", false},
        {"1.6", "~=1.5", true},
        {"2.0", "~=1.5", false},
        {"1.0.post1", ">1.0", false},
        {"1.1", ">1.0", true},
        {"1.0", "===1.0", true},
        {"1.0", "1.0", false},
        {"1.0", ">=x", false},
    };
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        struct pb_release release;
        assert_true(pb_release_parse(cases[i].version, &release));
        if (pb_release_allowed(&release, cases[i].specifiers, false) !=
            cases[i].holds) {
            fail_msg("%s %s", cases[i].version, cases[i].specifiers);
        }
    }
}

static void
upper_bounds_can_be_left_out_of_account(void **state)
{
    (void)state;
    struct pb_release release;
    assert_true(pb_release_parse("3.14", &release));
    assert_false(pb_release_allowed(&release, ">=3.8,<3.13", false));
    assert_true(pb_release_allowed(&release, ">=3.8,<3.13", true));
    assert_true(pb_release_allowed(&release, "~=3.8.0", true));
    assert_false(pb_release_allowed(&release, ">=3.15,<4", true));
    assert_true(pb_release_allowed(&release, ">=2.7, !=3.0.*, <4", true));
}

static void
requirements_are_read(void **state)
{
    (void)state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_wish) struct pb_wish wish = {.name = NULL};
    assert_ok(pb_wish_parse(" Zope_Interface [test, Docs] (>= 1.0, <2) ; "
                            "python_version < '3'",
                            &wish, &err),
              &err);
    assert_string_equal(wish.name, "zope-interface");
    assert_words(&wish.extras, (const char *[]){"test", "docs", NULL});
    assert_string_equal(wish.specifiers, ">=1.0,<2");
    assert_string_equal(wish.marker, " python_version < '3'");

    static const char *const wrong[] = {
        "", "x @ https://x.invalid/x.whl", "x 1.0", "x >= one", "x[a", "./x"};
    for (size_t i = 0; i < PB_LENGTH(wrong); i++) {
        PB_AUTO(pb_wish) struct pb_wish none = {.name = NULL};
        if (pb_wish_parse(wrong[i], &none, &err) == 0) {
            fail_msg("'%s' was read", wrong[i]);
        }
        pb_error_clear(&err);
    }
}

static void
markers_are_about_the_cpython_under_test(void **state)
{
    (void)state;
    static const struct {
        const char *marker;
        bool holds;
    } cases[] = {
        {"python_version < '3.9'", false},
        {"python_version >= \"3.9\"", true},
        {"python_version == '3.13'", true},
        {"'3.10' <= python_version", true},
        {"python_full_version < '3.11.0a6'", false},
        {"sys_platform == 'win32'", false},
        {"sys_platform != 'win32' and os_name == 'posix'", true},
        {"platform_python_implementation == 'PyPy' or "
         "python_version > '3'",
         true},
        {"(python_version < '3' or extra == 'fast') and os_name != 'nt'",
         true},
        {"extra == 'slow'", false},
        {"extra == 'Fast'", true},
        {"'linux' in sys_platform", true},
        {"sys_platform not in 'win32 darwin'", true},
        {"python_version in '2.7 3.13'", true},
        {"what_is_this == 'x'", true},
        {"python_version <", true},
        {"((python_version < '3')", true},
    };
    PB_AUTO(pb_strv) struct pb_strv extras = PB_STRV_INIT;
    pb_strv_add(&extras, "fast");
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        if (pb_marker_holds(cases[i].marker, "3.13", &extras) !=
            cases[i].holds) {
            fail_msg("%s", cases[i].marker);
        }
    }
    assert_false(pb_marker_holds("extra == 'fast'", "3.13", NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_in_the_order_of_pep_440),
        cmocka_unit_test(one_version_may_be_written_in_several_ways),
        cmocka_unit_test(specifiers_are_held_to_versions),
        cmocka_unit_test(upper_bounds_can_be_left_out_of_account),
        cmocka_unit_test(requirements_are_read),
        cmocka_unit_test(markers_are_about_the_cpython_under_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
