/* clock: how times are written. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "pybisect/clock.h"

static void
durations_read_as_people_say_them(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        {0, "0.0 s"},
        {0.44, "0.4 s"},
        {9.94, "9.9 s"},
        {9.96, "10 s"},
        {12.3, "12 s"},
        {59.6, "1 min 00 s"},
        {119.7, "2 min 00 s"},
        {185, "3 min 05 s"},
        {3599.7, "1 h 00 min"},
        {7800, "2 h 10 min"},
        {360000, "100 h 00 min"},
        {-3, "0.0 s"},
    };
    char text[PB_CLOCK_TEXT];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(pb_clock_duration(cases[i].seconds, text),
                            cases[i].text);
    }
}

static void
no_duration_overruns_its_text(void **state)
{
    (void)state;
    char text[PB_CLOCK_TEXT];
    assert_string_equal(pb_clock_duration((double)NAN, text), "0.0 s");
    assert_non_null(strstr(pb_clock_duration(1e300, text), " h "));
    assert_non_null(strstr(pb_clock_duration(HUGE_VAL, text), " h "));
}

static void
instants_are_written_in_utc(void **state)
{
    (void)state;
    char text[PB_CLOCK_TEXT];
    assert_string_equal(pb_clock_date(1712057400, text), "2024-04-02");
    assert_string_equal(pb_clock_iso(1712057400, text),
                        "2024-04-02T11:30:00Z");
    assert_string_equal(pb_clock_iso(-1, text), "1969-12-31T23:59:59Z");
}

static void
impossible_instants_have_a_text(void **state)
{
    (void)state;
    char text[PB_CLOCK_TEXT];
    assert_string_equal(pb_clock_iso(INT64_MAX, text), "unknown date");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_read_as_people_say_them),
        cmocka_unit_test(no_duration_overruns_its_text),
        cmocka_unit_test(instants_are_written_in_utc),
        cmocka_unit_test(impossible_instants_have_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
