/* entry: which file names a manifest may hold. */
#include "base/scratch.h"

#include "meta.h"

static void
names_that_stay_inside_are_safe(void **state)
{
    static const char *const safe[] = {
        "python",  "build/lib.linux-x86_64-3.13/math.so",
        "a/b/c",   "..a",
        "a..",     "a/...",
        ".hidden",
    };
    (void)state;
    for (size_t i = 0; i < PB_LENGTH(safe); i++) {
        assert_true(pb_entry_path_is_safe(safe[i]));
    }
}

static void
names_that_could_lead_out_are_not(void **state)
{
    static const char *const unsafe[] = {
        "",       "/",     "/etc/passwd", "..",    "../a", "a/..",
        "a/../b", ".",     "./a",         "a/./b", "a//b", "a/",
        "a\nb",   "a\x7f", "\xff",        "a\tb",  "a/.",  "a/b//",
    };
    (void)state;
    for (size_t i = 0; i < PB_LENGTH(unsafe); i++) {
        if (pb_entry_path_is_safe(unsafe[i])) {
            fail_msg("'%s' passed", unsafe[i]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_stay_inside_are_safe),
        cmocka_unit_test(names_that_could_lead_out_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
