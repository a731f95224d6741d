/* Tracebacks taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "verdict/trace.h"

static void
add(struct pb_span span, const char *end, struct pb_buf *out)
{
    pb_buf_add(out, span.data, span.length);
    pb_buf_adds(out, end);
}

/* "file|function|source" a frame, the innermost with "*"; then
   "type: message" an exception. */
static void
expect(const char *text, const char *expected)
{
    struct trace trace;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_trace_parse(pb_span_of(text), &trace);
    for (size_t i = 0; i < trace.len; i++) {
        pb_buf_adds(&out, i == trace.innermost ? "*" : "");
        add(trace.frames[i].file, "|", &out);
        add(trace.frames[i].function, "|", &out);
        add(trace.frames[i].source, "\n", &out);
    }
    for (size_t i = 0; i < trace.nexceptions; i++) {
        add(trace.exceptions[i].type, ": ", &out);
        add(trace.exceptions[i].message, "\n", &out);
    }
    assert_string_equal(out.data, expected);
}

static void
pythons_own_form(void **state)
{
    (void)state;
    expect("Traceback (most recent call last):\n"
           "  File \"/p/a b.py\", line 1, in <module>\n"
           "    f()\n"
           "    ~^^\n"
           "  File \"<frozen os>\", line 2, in f\n"
           "  File \"/p/c.py\", line 33, in C.<locals>.g\n"
           "    raise E('x')\n"
           "mod.Error: x: y\n"
           "second line\n",
           "/p/a b.py|<module>|f()\n"
           "<frozen os>|f|\n"
           "*/p/c.py|C.<locals>.g|raise E('x')\n"
           "mod.Error: x: y\n");
}

static void
a_syntax_error_has_a_frame_without_a_function(void **state)
{
    (void)state;
    expect("  File \"/p/a.py\", line 3\n"
           "    async = 1\n"
           "          ^\n"
           "SyntaxError: invalid syntax\n",
           "*/p/a.py||async = 1\n"
           "SyntaxError: invalid syntax\n");
    expect("t.py:3: in <module>\n"
           "    import x\n"
           "E     File \"/p/x.py\", line 3\n"
           "E       async = 1\n"
           "E             ^\n"
           "E   SyntaxError: invalid syntax\n",
           "t.py|<module>|import x\n"
           "*/p/x.py||async = 1\n"
           "SyntaxError: invalid syntax\n");
}

static void
pytests_forms(void **state)
{
    (void)state;
    expect("tests/a.py:12: in test_x\n"
           "    f(1)\n"
           "lib/b.pyx:3: in f\n"
           "    return 1 / 0\n"
           "E   ZeroDivisionError: division by zero\n",
           "tests/a.py|test_x|f(1)\n"
           "*lib/b.pyx|f|return 1 / 0\n"
           "ZeroDivisionError: division by zero\n");
    expect("    def test_x():\n"
           ">       f(1)\n"
           "\n"
           "tests/a.py:12: \n"
           "_ _ _ _ _\n"
           "    def f(x):\n"
           ">       return x / 0\n"
           "E       ZeroDivisionError: division by zero\n"
           "\n"
           "lib/b.py:3: ZeroDivisionError\n",
           "tests/a.py||f(1)\n"
           "*lib/b.py||return x / 0\n"
           "ZeroDivisionError: division by zero\n");
}

static void
causes_count_and_contexts_do_not(void **state)
{
    (void)state;
    expect("Traceback (most recent call last):\n"
           "  File \"a.py\", line 1, in f\n"
           "    x\n"
           "KeyError: 1\n"
           "\n"
           "During handling of the above exception, another exception "
           "occurred:\n"
           "\n"
           "Traceback (most recent call last):\n"
           "  File \"a.py\", line 2, in f\n"
           "    y\n"
           "ValueError: 2\n"
           "\n"
           "The above exception was the direct cause of the following "
           "exception:\n"
           "\n"
           "Traceback (most recent call last):\n"
           "  File \"a.py\", line 3, in f\n"
           "    z\n"
           "OSError\n",
           "a.py|f|x\n"
           "a.py|f|y\n"
           "*a.py|f|z\n"
           "ValueError: 2\n"
           "OSError: \n");
}

static void
faulthandler_starts_at_the_innermost(void **state)
{
    (void)state;
    expect("Fatal Python error: Segmentation fault\n"
           "\n"
           "Thread 0x00007f01 (most recent call first):\n"
           "  File \"/p/wait.py\", line 7 in wait\n"
           "\n"
           "Current thread 0x00007f00 (most recent call first):\n"
           "  File \"/p/b.py\", line 2 in crash\n"
           "  File \"/p/a.py\", line 1 in <module>\n",
           "/p/wait.py|wait|\n"
           "*/p/b.py|crash|\n"
           "/p/a.py|<module>|\n");
}

static void
groups_of_exceptions_have_margins(void **state)
{
    (void)state;
    expect("  + Exception Group Traceback (most recent call last):\n"
           "  |   File \"a.py\", line 1, in f\n"
           "  |     g()\n"
           "  | ExceptionGroup: two (2 sub-exceptions)\n"
           "  +-+---------------- 1 ----------------\n"
           "    | Traceback (most recent call last):\n"
           "    |   File \"a.py\", line 9, in g\n"
           "    |     raise E\n"
           "    | E: one\n",
           "a.py|f|g()\n"
           "*a.py|g|raise E\n");
}

static void
what_is_no_traceback_has_no_frames(void **state)
{
    (void)state;
    expect("", "");
    expect("\n\n", "");
    expect("File \"", "");
    expect("  File \"x\", row 3\n", "");
    expect("a.py:x: in f\n a.py:3: in f\nb c.py:3: in f\na.py:3 in f\n", "");
    expect("KeyError: 1\n", "");
}

static void
of_too_many_frames_the_last_is_kept(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    for (int i = 0; i < PB_TRACE_FRAMES + 9; i++) {
        pb_buf_addf(&text, "  File \"%d.py\", line 1, in f\n", i);
    }
    struct trace trace;
    pb_trace_parse(pb_span_of(text.data), &trace);
    assert_int_equal(trace.len, PB_TRACE_FRAMES);
    assert_int_equal(trace.innermost, PB_TRACE_FRAMES - 1);
    assert_memory_equal(trace.frames[0].file.data, "0.py", 4);
    assert_memory_equal(trace.frames[trace.innermost].file.data, "208.py", 6);
}

static void
the_innermost_frame_is_found_from_behind(void **state)
{
    (void)state;
    struct trace_frame frame;
    const char *text = "  File \"a.py\", line 1, in f\n"
                       "    say(\"hello\")\n"
                       "  File \"b.py\", line 2, in g\n"
                       "    say(\"bye\")\n"
                       "Error: \"no\"";
    assert_true(pb_trace_innermost(pb_span_of(text), &frame));
    assert_memory_equal(frame.file.data, "b.py", frame.file.length);
    assert_memory_equal(frame.function.data, "g", frame.function.length);
    assert_false(pb_trace_innermost(pb_span_of("\"\"\n\""), &frame));
    assert_false(pb_trace_innermost(pb_span_of(""), &frame));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pythons_own_form),
        cmocka_unit_test(a_syntax_error_has_a_frame_without_a_function),
        cmocka_unit_test(pytests_forms),
        cmocka_unit_test(causes_count_and_contexts_do_not),
        cmocka_unit_test(faulthandler_starts_at_the_innermost),
        cmocka_unit_test(groups_of_exceptions_have_margins),
        cmocka_unit_test(what_is_no_traceback_has_no_frames),
        cmocka_unit_test(of_too_many_frames_the_last_is_kept),
        cmocka_unit_test(the_innermost_frame_is_found_from_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
