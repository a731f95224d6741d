/* process_capture: the output of small commands. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/process.h"

static int
capture(const char *script, struct pb_buf *out, struct pb_error *err)
{
    PB_AUTOFREE char *text = pb_strdup(script);
    char shell[] = "sh";
    char option[] = "-c";
    char *argv[] = {shell, option, text, NULL};
    return pb_process_capture(argv, out, err);
}

static void
standard_output_is_given_and_standard_error_is_not(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(capture("echo out; echo err >&2", &out, &err), 0);
    assert_string_equal(out.data, "out\n");
}

static void
a_failure_quotes_standard_error_on_one_line(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(
        capture("echo out; printf '\\n fatal:\\n\\tno luck \\n' >&2; exit 3",
                &out, &err),
        -1);
    assert_string_equal(err.message,
                        "'sh' failed: exit status 3: fatal: no luck");
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
    assert_int_equal(out.len, 0);
}

static void
of_long_complaints_the_end_is_quoted(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(capture("i=0; while [ $i -lt 500 ]; do echo line $i >&2;"
                             " i=$((i+1)); done; exit 1",
                             &out, &err),
                     -1);
    assert_non_null(strstr(err.message, "line 499"));
    assert_null(strstr(err.message, "line 1 "));
}

static void
a_missing_program_is_named(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    char name[] = "no-such-program-here";
    char *argv[] = {name, NULL};
    assert_int_equal(pb_process_capture(argv, &out, &err), -1);
    assert_string_equal(
        err.message,
        "cannot run 'no-such-program-here': no such file or directory");
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
}

static void
endless_output_is_refused(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(capture("head -c 3000000 /dev/zero", &out, &err), -1);
    assert_int_equal(err.code, PB_ERROR_LIMIT);
    assert_int_equal(out.len, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_output_is_given_and_standard_error_is_not),
        cmocka_unit_test(a_failure_quotes_standard_error_on_one_line),
        cmocka_unit_test(of_long_complaints_the_end_is_quoted),
        cmocka_unit_test(a_missing_program_is_named),
        cmocka_unit_test(endless_output_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
