/* error: messages, hints and exit statuses. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "pybisect/error.h"

static void
setting_an_error_forgets_the_one_before(void **state)
{
    (void)state;
    struct pb_error err = PB_ERROR_INIT;
    pb_error_errno(&err, EIO, "first");
    pb_error_hint(&err, "do something");
    pb_error_at(&err, "file.yml", 3);
    assert_int_equal(pb_error_set(&err, PB_ERROR_USAGE, "bad '%s'", "x"), -1);
    assert_int_equal(err.code, PB_ERROR_USAGE);
    assert_int_equal(err.errnum, 0);
    assert_string_equal(err.message, "bad 'x'");
    assert_string_equal(err.hint, "");
    assert_string_equal(err.file, "");
    assert_int_equal(err.line, 0);
}

static void
system_errors_end_with_a_lower_case_reason(void **state)
{
    (void)state;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_error_errno(&err, EACCES, "cannot open '%s'", "x"),
                     -1);
    assert_string_equal(err.message, "cannot open 'x': permission denied");
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
    assert_int_equal(err.errnum, EACCES);
    pb_error_errno(&err, ENOENT, "cannot open 'x'");
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
}

static void
prefixes_go_before_and_keep_the_rest(void **state)
{
    (void)state;
    struct pb_error err = PB_ERROR_INIT;
    pb_error_set(&err, PB_ERROR_CORRUPT, "bad digest");
    pb_error_hint(&err, "run 'pybisect cache verify'");
    pb_error_prefix(&err, "cannot load '%s'", "abc");
    assert_string_equal(err.message, "cannot load 'abc': bad digest");
    assert_string_equal(err.hint, "run 'pybisect cache verify'");
    assert_int_equal(err.code, PB_ERROR_CORRUPT);
}

static void
an_error_may_quote_itself(void **state)
{
    (void)state;
    struct pb_error err = PB_ERROR_INIT;
    pb_error_set(&err, PB_ERROR_CONFIG, "inner");
    pb_error_set(&err, PB_ERROR_CONFIG, "outer (%s)", err.message);
    assert_string_equal(err.message, "outer (inner)");
}

static void
long_messages_are_cut_with_dots(void **state)
{
    (void)state;
    struct pb_error err = PB_ERROR_INIT;
    char text[3000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    pb_error_set(&err, PB_ERROR_USAGE, "%s", text);
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
    assert_string_equal(err.message + sizeof(err.message) - 5, "x...");
    text[sizeof(err.message) - 1] = '\0';
    pb_error_set(&err, PB_ERROR_USAGE, "%s", text);
    assert_string_equal(err.message, text);
}

static void
a_cut_does_not_split_a_character(void **state)
{
    (void)state;
    struct pb_error err = PB_ERROR_INIT;
    char text[3000] = "";
    for (int i = 0; i < 500; i++) {
        strcat(text, "\xE2\x82\xAC"); /* a euro sign: three bytes */
    }
    for (const char *lead = "ab"; *lead != '\0'; lead++) {
        pb_error_set(&err, PB_ERROR_USAGE, "%s%s", lead, text);
        size_t kept = strlen(err.message) - 3;
        assert_int_equal((kept - strlen(lead)) % 3, 0);
        assert_string_equal(err.message + kept, "...");
    }
}

static void
exit_statuses_follow_the_code(void **state)
{
    (void)state;
    static const int statuses[] = {
        [PB_ERROR_USAGE] = 2,       [PB_ERROR_CONFIG] = 2,
        [PB_ERROR_NOT_FOUND] = 2,   [PB_ERROR_LIMIT] = 2,
        [PB_ERROR_ENVIRONMENT] = 3, [PB_ERROR_CORRUPT] = 3,
        [PB_ERROR_INTERNAL] = 4,    [PB_ERROR_CANCELLED] = 130,
    };
    for (enum pb_error_code code = PB_ERROR_USAGE; code <= PB_ERROR_INTERNAL;
         code++)
    {
        struct pb_error err = {.code = code};
        assert_int_equal(pb_error_exit_status(&err), statuses[code]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_an_error_forgets_the_one_before),
        cmocka_unit_test(system_errors_end_with_a_lower_case_reason),
        cmocka_unit_test(prefixes_go_before_and_keep_the_rest),
        cmocka_unit_test(an_error_may_quote_itself),
        cmocka_unit_test(long_messages_are_cut_with_dots),
        cmocka_unit_test(a_cut_does_not_split_a_character),
        cmocka_unit_test(exit_statuses_follow_the_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
