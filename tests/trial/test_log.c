/* What is found at the end of a log. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pybisect/alloc.h"
#include "trial/exception.h"
#include "trial/log.h"

static const struct pb_result no_result = {.seconds = -1};

static void
result_clear(struct pb_result *result)
{
    free(result->type);
    free(result->message);
    free(result->trace);
}

#define RESULT PB_CLEANUP(result_clear) struct pb_result

static void
assert_exception(const char *line, const char *type, const char *message)
{
    struct pb_exception found;
    assert_true(pb_exception_parse(line, strlen(line), &found));
    assert_int_equal(found.type_length, strlen(type));
    assert_memory_equal(found.type, type, strlen(type));
    assert_int_equal(found.message_length, strlen(message));
    assert_memory_equal(found.message, message, strlen(message));
}

static void
a_tracebacks_last_line_is_type_and_message(void **state)
{
    (void)state;
    assert_exception("ValueError: x: y", "ValueError", "x: y");
    assert_exception("a.b.Err: x", "a.b.Err", "x");
    assert_exception("KeyboardInterrupt", "KeyboardInterrupt", "");
    assert_exception("RuntimeError: ", "RuntimeError", "");
    assert_exception("m.f.<locals>.E: x", "m.f.<locals>.E", "x");
    assert_exception("m._Private: x", "m._Private", "x");
}

static void
other_lines_are_no_exceptions(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "make: *** [all] Error 1",
        "Ran 5 tests in 0.1s",
        "FAILED (failures=1)",
        "warning: x",
        "12: x",
        "a.b.c: x",
        "Error:x",
        ".E: x",
        "E.: x",
    };
    for (size_t i = 0; i < PB_LENGTH(lines); i++) {
        struct pb_exception found;
        assert_false(pb_exception_parse(lines[i], strlen(lines[i]), &found));
    }
}

static void
terminal_output_becomes_plain_text(void **state)
{
    (void)state;
    static const char text[] = "\033[31;1mred\033[0m\r\n10%\r20%\r\n"
                               "\033]0;title\a\x01"
                               "end\0x\xFF\033[";
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_text_plain(text, sizeof(text) - 1, &out);
    assert_string_equal(out.data, "red\n10%\n20%\nendx\xEF\xBF\xBD");
}

static void
the_last_lines_are_those_with_something_in_them(void **state)
{
    (void)state;
    PB_AUTOFREE char *two =
        pb_log_last_lines(pb_span_of("a\nb\n\n  \nc\n\n"), 2);
    assert_string_equal(two, "b\nc");
    PB_AUTOFREE char *all = pb_log_last_lines(pb_span_of("a\nb"), 9);
    assert_string_equal(all, "a\nb");
    PB_AUTOFREE char *none = pb_log_last_lines(pb_span_of(""), 3);
    assert_string_equal(none, "");
}

static void
a_failure_is_the_exception_that_ended_the_log(void **state)
{
    (void)state;
    RESULT result = no_result;
    pb_log_describe_failure(
        pb_span_of("Traceback (most recent call last):\n"
                   "  File \"a.py\", line 1, in f\n    g()\n"
                   "KeyError: 'inner'\n\n"
                   "During handling of the above exception, another "
                   "exception occurred:\n\n"
                   "Traceback (most recent call last):\n"
                   "  File \"a.py\", line 3, in <module>\n    import cgi\n"
                   "ModuleNotFoundError: No module named 'cgi'\n"
                   "make: *** [test] Error 1\n"),
        &result);
    assert_string_equal(result.type, "ModuleNotFoundError");
    assert_string_equal(result.message, "No module named 'cgi'");
    assert_non_null(strstr(result.trace, "import cgi"));
    assert_null(strstr(result.trace, "inner"));
}

static void
a_syntax_error_without_a_head_line_is_found(void **state)
{
    (void)state;
    RESULT result = no_result;
    pb_log_describe_failure(
        pb_span_of("noise\nnoise\n  File \"a.py\", line 1\n"
                   "    async = 1\n          ^\n"
                   "SyntaxError: invalid syntax\n"),
        &result);
    assert_string_equal(result.type, "SyntaxError");
    assert_string_equal(result.message, "invalid syntax");
    assert_non_null(strstr(result.trace, "async = 1"));
}

static void
an_old_traceback_does_not_explain_the_end(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    pb_buf_adds(&log, "Traceback (most recent call last):\n"
                      "  File \"a.py\", line 1, in f\nKeyError: 1\n");
    for (int i = 0; i < 40; i++) {
        pb_buf_addf(&log, "line %d\n", i);
    }
    RESULT result = no_result;
    pb_log_describe_failure((struct pb_span){log.data, log.len}, &result);
    assert_null(result.type);
    assert_string_equal(result.message,
                        "line 35\nline 36\nline 37\nline 38\nline 39");
}

static void
a_crash_is_named_by_its_fatal_error(void **state)
{
    (void)state;
    struct pb_process_result run = {.end = PB_PROCESS_SIGNALLED, .signal = 6};
    RESULT fatal = no_result;
    pb_log_describe_crash(
        pb_span_of("..s"
                   "Fatal Python error: Segmentation fault\n\n"
                   "Current thread 0x1 (most recent call first):\n"
                   "  File \"a.py\", line 3 in test_x\n"),
        &run, &fatal);
    assert_string_equal(fatal.message,
                        "Fatal Python error: Segmentation fault");
    assert_non_null(strstr(fatal.trace, "line 3 in test_x"));
    assert_null(fatal.type);
    RESULT assertion = no_result;
    pb_log_describe_crash(
        pb_span_of("python: x.c:12: f: Assertion `op != NULL' failed.\n"
                   "Fatal Python error: Aborted\n\n  File \"a.py\"\n"),
        &run, &assertion);
    assert_string_equal(assertion.message,
                        "python: x.c:12: f: Assertion `op != NULL' failed.");
    RESULT silent = no_result;
    pb_log_describe_crash(pb_span_of("last\n"), &run, &silent);
    assert_string_equal(silent.message, "signal 6 (Aborted)");
    assert_string_equal(silent.trace, "last");
}

static void
a_build_fails_of_the_first_compiler_error(void **state)
{
    (void)state;
    RESULT result = no_result;
    pb_log_describe_step(
        pb_span_of("gcc -c a.c\na.c:3:1: warning: old\n"
                   "a.c:9:5: error: no member named 'tp_print'\n"
                   "a.c:10:5: error: other\n"
                   "Traceback (most recent call last):\n"
                   "  File \"setup.py\", line 1, in f\n"
                   "CompileError: command 'gcc' failed\n"),
        &result);
    assert_string_equal(result.message,
                        "a.c:9:5: error: no member named 'tp_print'");
    assert_null(result.type);
    RESULT plain = no_result;
    pb_log_describe_step(pb_span_of("nothing to see\n"), &plain);
    assert_string_equal(plain.message, "nothing to see");
}

static void
a_log_that_is_not_there_is_empty(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_log_load("/nonexistent/log", &out);
    assert_int_equal(out.len, 0);
    pb_log_load(NULL, &out);
    assert_int_equal(out.len, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tracebacks_last_line_is_type_and_message),
        cmocka_unit_test(other_lines_are_no_exceptions),
        cmocka_unit_test(terminal_output_becomes_plain_text),
        cmocka_unit_test(the_last_lines_are_those_with_something_in_them),
        cmocka_unit_test(a_failure_is_the_exception_that_ended_the_log),
        cmocka_unit_test(a_syntax_error_without_a_head_line_is_found),
        cmocka_unit_test(an_old_traceback_does_not_explain_the_end),
        cmocka_unit_test(a_crash_is_named_by_its_fatal_error),
        cmocka_unit_test(a_build_fails_of_the_first_compiler_error),
        cmocka_unit_test(a_log_that_is_not_there_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
