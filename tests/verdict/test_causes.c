/* The exceptions in a traceback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "verdict/causes.h"

static void
add(struct pb_span span, const char *end, struct pb_buf *out)
{
    pb_buf_add(out, span.data, span.length);
    pb_buf_adds(out, end);
}

/* "type: message" an exception, a line each. */
static void
expect(const char *text, const char *expected)
{
    struct pb_causes causes;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_causes_find(pb_span_of(text), &causes);
    for (size_t i = 0; i < causes.len; i++) {
        add(causes.items[i].type, ": ", &out);
        add(causes.items[i].message, "\n", &out);
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
           "mod.Error: x: y\n");
}

static void
a_syntax_error_is_one(void **state)
{
    (void)state;
    expect("  File \"/p/a.py\", line 3\n"
           "    async = 1\n"
           "          ^\n"
           "SyntaxError: invalid syntax\n",
           "SyntaxError: invalid syntax\n");
    expect("t.py:3: in <module>\n"
           "    import x\n"
           "E     File \"/p/x.py\", line 3\n"
           "E       async = 1\n"
           "E             ^\n"
           "E   SyntaxError: invalid syntax\n",
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
           "ValueError: 2\n"
           "OSError: \n");
}

static void
a_crash_has_none(void **state)
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
           "");
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
           "");
}

static void
what_is_no_traceback_has_none(void **state)
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
of_too_many_causes_the_last_is_kept(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    for (int i = 0; i < PB_CAUSES_MOST + 3; i++) {
        pb_buf_addf(
            &text, "%s  File \"a.py\", line 1, in f\nError: %d\n",
            i == 0 ? "" : "The above exception was the direct cause of\n", i);
    }
    struct pb_causes causes;
    pb_causes_find(pb_span_of(text.data), &causes);
    assert_int_equal(causes.len, PB_CAUSES_MOST);
    assert_memory_equal(causes.items[0].message.data, "0", 1);
    assert_memory_equal(causes.items[causes.len - 1].message.data, "6", 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pythons_own_form),
        cmocka_unit_test(a_syntax_error_is_one),
        cmocka_unit_test(pytests_forms),
        cmocka_unit_test(causes_count_and_contexts_do_not),
        cmocka_unit_test(a_crash_has_none),
        cmocka_unit_test(groups_of_exceptions_have_margins),
        cmocka_unit_test(what_is_no_traceback_has_none),
        cmocka_unit_test(of_too_many_causes_the_last_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
