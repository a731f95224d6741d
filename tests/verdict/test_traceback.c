/* Frames read out of what interpreters and runners print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/traceback.h"

/* "a.py:1 f|b.py:2 -": path, line and function of each frame. */
static void
expect(const char *text, const char *expected)
{
    PB_AUTO(pb_traceback) struct pb_traceback trace = PB_TRACEBACK_INIT;
    PB_AUTO(pb_buf) struct pb_buf got = PB_BUF_INIT;
    pb_traceback_parse(text, &trace);
    for (size_t i = 0; i < trace.len; i++) {
        const struct pb_frame *frame = &trace.items[i];
        pb_buf_addf(&got, "%s%s:%d %s", i > 0 ? "|" : "", frame->path,
                    frame->line,
                    frame->function == NULL ? "-" : frame->function);
    }
    assert_string_equal(got.data, expected);
}

static void
expect_code(const char *text, size_t index, const char *expected)
{
    PB_AUTO(pb_traceback) struct pb_traceback trace = PB_TRACEBACK_INIT;
    pb_traceback_parse(text, &trace);
    assert_true(index < trace.len);
    const char *code = trace.items[index].code;
    assert_string_equal(code == NULL ? "(none)" : code, expected);
}

static const char unittest_trace[] =
    "Traceback (most recent call last):\n"
    "  File \"/c/runs/run-a1b2c3/project/genshi/tests/core.py\", line 31, in "
    "test_render\n"
    "    out = stream.render()\n"
    "          ^^^^^^^^^^^^^^^\n"
    "  File \"/c/runs/run-a1b2c3/project/genshi/core.py\", line 184, in "
    "render\n"
    "    return encode(generator,\n"
    "           ~~~~~~^^^^^^^^^^^\n"
    "                  method=method)\n"
    "                  ^^^^^^^^^^^^^^\n"
    "  [Previous line repeated 3 more times]\n"
    "  File \"/c/trees/0/run-1/Lib/codecs.py\", line 23, in <lambda>\n"
    "ValueError: no codec\n";

static void
frames_of_cpython_come_with_their_source(void **state)
{
    (void)state;
    expect(unittest_trace,
           "/c/runs/run-a1b2c3/project/genshi/tests/core.py:31 test_render|"
           "/c/runs/run-a1b2c3/project/genshi/core.py:184 render|"
           "/c/trees/0/run-1/Lib/codecs.py:23 <lambda>");
    expect_code(unittest_trace, 0, "out = stream.render()");
    expect_code(unittest_trace, 1, "return encode(generator,\nmethod=method)");
    expect_code(unittest_trace, 2, "(none)");
}

static void
python_2_prints_the_same_frames(void **state)
{
    (void)state;
    expect("Traceback (most recent call last):\n"
           "  File \"/p/test_sha.py\", line 3, in ?\n"
           "    import sha\n"
           "exceptions.ImportError: No module named sha\n",
           "/p/test_sha.py:3 ?");
}

static void
a_file_that_does_not_compile_is_a_frame_without_a_function(void **state)
{
    (void)state;
    expect("Traceback (most recent call last):\n"
           "  File \"/p/test_manhole.py\", line 12, in <module>\n"
           "    from twisted.conch import manhole\n"
           "  File \"/p/twisted/conch/manhole.py\", line 154\n"
           "    def write(self, data, async=False):\n"
           "                              ^\n"
           "SyntaxError: invalid syntax\n",
           "/p/test_manhole.py:12 <module>|/p/twisted/conch/manhole.py:154 "
           "-");
    expect("  File \"/p/x.py\", line 3\n    0777\n    ^\n"
           "SyntaxError: invalid token\n",
           "/p/x.py:3 -");
}

static void
of_a_chain_the_last_exception_counts(void **state)
{
    (void)state;
    expect("Traceback (most recent call last):\n"
           "  File \"/p/a.py\", line 1, in inner\n"
           "KeyError: 'x'\n"
           "\n"
           "During handling of the above exception, another exception "
           "occurred:\n"
           "\n"
           "Traceback (most recent call last):\n"
           "  File \"/p/b.py\", line 2, in outer\n"
           "TypeError: bad\n"
           "\n"
           "The above exception was the direct cause of the following "
           "exception:\n"
           "\n"
           "Traceback (most recent call last):\n"
           "  File \"/p/c.py\", line 3, in last\n"
           "RuntimeError: worse\n",
           "/p/c.py:3 last");
}

static void
a_traceback_inside_a_message_is_not_read(void **state)
{
    (void)state;
    expect("Traceback (most recent call last):\n"
           "  File \"/p/test_run.py\", line 9, in test_child\n"
           "    self.fail(err)\n"
           "AssertionError: child said:\n"
           "Traceback (most recent call last):\n"
           "  File \"/p/child.py\", line 1, in <module>\n"
           "ImportError: No module named imp\n",
           "/p/test_run.py:9 test_child");
}

static void
a_failed_doctest_is_where_its_docstring_is(void **state)
{
    (void)state;
    expect("Traceback (most recent call last):\n"
           "  File \"/c/trees/0/run-1/Lib/doctest.py\", line 2226, in "
           "runTest\n"
           "    raise self.failureException(text)\n"
           "AssertionError: Failed doctest test for genshi.core.striptags\n"
           "  File \"/c/runs/run-x/project/genshi/core.py\", line 12, in "
           "striptags\n"
           "\n"
           "-----\n"
           "File \"/c/runs/run-x/project/genshi/core.py\", line 15, in x\n",
           "/c/trees/0/run-1/Lib/doctest.py:2226 runTest|"
           "/c/runs/run-x/project/genshi/core.py:12 striptags");
}

static void
of_an_exception_group_its_own_frames_count(void **state)
{
    (void)state;
    expect("  + Exception Group Traceback (most recent call last):\n"
           "  |   File \"/p/test_group.py\", line 4, in test_group\n"
           "  |     await group\n"
           "  | ExceptionGroup: two (2 sub-exceptions)\n"
           "  +-+---------------- 1 ----------------\n"
           "    | Traceback (most recent call last):\n"
           "    |   File \"/p/part.py\", line 1, in part\n"
           "    | ValueError: 1\n"
           "    +------------------------------------\n",
           "/p/test_group.py:4 test_group");
}

static void
what_another_process_raised_keeps_its_frames(void **state)
{
    (void)state;
    expect("multiprocessing.pool.RemoteTraceback: \n"
           "\"\"\"\n"
           "Traceback (most recent call last):\n"
           "  File \"/p/worker.py\", line 5, in work\n"
           "    1 / 0\n"
           "ZeroDivisionError: division by zero\n"
           "\"\"\"\n"
           "\n"
           "The above exception was the direct cause of the following "
           "exception:\n"
           "\n"
           "Traceback (most recent call last):\n"
           "  File \"/usr/lib/python3.12/multiprocessing/pool.py\", line 774, "
           "in get\n"
           "ZeroDivisionError: division by zero\n",
           "/p/worker.py:5 work");
}

static void
trial_marks_where_it_caught_an_exception(void **state)
{
    (void)state;
    expect("Traceback (most recent call last):\n"
           "  File \"/d/twisted/internet/defer.py\", line 151, in "
           "maybeDeferred\n"
           "    result = f(*args, **kw)\n"
           "--- <exception caught here> ---\n"
           "  File \"/p/twisted/web/test/test_http.py\", line 80, in "
           "test_buffer\n"
           "    self.assertEqual(a, b)\n"
           "twisted.trial.unittest.FailTest: 'a' != 'b'\n",
           "/d/twisted/internet/defer.py:151 maybeDeferred|"
           "/p/twisted/web/test/test_http.py:80 test_buffer");
    expect("Traceback: exceptions.TypeError: bad\n"
           "/p/twisted/a.py:12:f\n/p/twisted/b.py:3:g\n",
           "/p/twisted/a.py:12 f|/p/twisted/b.py:3 g");
}

static const char pytest_long[] =
    "self = <tests.test_x.TestX object at 0x7f00>\n"
    "\n"
    "    @pytest.mark.slow\n"
    "    def test_loads(self):\n"
    "        def loader(x):\n"
    "            return x\n"
    ">       load(loader)\n"
    "\n"
    "tests/test_x.py:14: \n"
    "_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _\n"
    "\n"
    "loader = <function loader at 0x7f01>\n"
    "\n"
    "    def load(loader):\n"
    ">       return loader(1, 2)\n"
    "E       TypeError: loader() takes 1 positional argument\n"
    "E         File \"/p/not_a_frame.py\", line 3, in g\n"
    "\n"
    "src/pkg/load.py:33: TypeError";

static void
pytest_long_form_names_functions_in_their_source(void **state)
{
    (void)state;
    expect(pytest_long, "tests/test_x.py:14 test_loads|src/pkg/load.py:33 "
                        "load");
    expect_code(pytest_long, 0, "load(loader)");
    expect_code(pytest_long, 1, "return loader(1, 2)");
    /* The whole function on a line, which is then the one that is marked. */
    expect("\n"
           "self = <test_x.T testMethod=test_own>\n"
           "\n"
           ">   def test_own(self): raise KeyError('k')\n"
           "E   KeyError: 'k'\n"
           "\n"
           "test_x.py:14: KeyError",
           "test_x.py:14 test_own");
}

static const char pytest_short[] =
    "ImportError while importing test module '/p/tests/test_a.py'.\n"
    "Hint: make sure your test modules/packages have valid Python names.\n"
    "Traceback:\n"
    "../../trees/0/run-2/Lib/importlib/__init__.py:90: in import_module\n"
    "    return _bootstrap._gcd_import(name[level:], package, level)\n"
    "tests/test_a.py:3: in <module>\n"
    "    from cherrypy import _cpreqbody\n"
    "cherrypy/_cpreqbody.py:120: in <module>\n"
    "    import cgi\n"
    "E   ModuleNotFoundError: No module named 'cgi'";

static void
pytest_short_form_names_functions_itself(void **state)
{
    (void)state;
    expect(pytest_short,
           "../../trees/0/run-2/Lib/importlib/__init__.py:90 import_module|"
           "tests/test_a.py:3 <module>|cherrypy/_cpreqbody.py:120 <module>");
    expect_code(pytest_short, 2, "import cgi");
}

static void
pytest_chains_end_in_the_last_exception(void **state)
{
    (void)state;
    expect("    def test_a():\n"
           "        try:\n"
           ">           f()\n"
           "E           KeyError: 'a'\n"
           "\n"
           "tests/test_a.py:4: KeyError\n"
           "\n"
           "During handling of the above exception, another exception "
           "occurred:\n"
           "\n"
           "    def test_a():\n"
           "        try:\n"
           "            f()\n"
           "        except KeyError:\n"
           ">           g()\n"
           "\n"
           "tests/test_a.py:6: \n"
           "_ _ _ _\n"
           "\n"
           "    def g():\n"
           ">       raise ValueError(1)\n"
           "E       ValueError: 1\n"
           "\n"
           "pkg/g.py:2: ValueError\n",
           "tests/test_a.py:6 test_a|pkg/g.py:2 g");
}

static void
pytest_tells_of_a_file_that_does_not_compile(void **state)
{
    (void)state;
    expect("/d/site-packages/_pytest/python.py:493: in importtestmodule\n"
           "    mod = import_path(\n"
           "E     File \"/p/tests/test_a.py\", line 3\n"
           "E       def f(async):\n"
           "E             ^^^^^\n"
           "E   SyntaxError: invalid syntax",
           "/d/site-packages/_pytest/python.py:493 importtestmodule|"
           "/p/tests/test_a.py:3 -");
}

static const char dump[] =
    "Fatal Python error: Segmentation fault\n"
    "\n"
    "Thread 0x00007f1200 (most recent call first):\n"
    "  File \"/c/trees/0/run-1/Lib/threading.py\", line 320 in wait\n"
    "\n"
    "Current thread 0x00007f1234 [python] (most recent call first):\n"
    "  Garbage-collecting\n"
    "  File \"/p/pkg/buffer.py\", line 7 in fill\n"
    "  File \"/p/tests/test_buffer.py\", line 12 in test_fill\n"
    "\n"
    "Thread 0x00007f1235 (most recent call first):\n"
    "  File \"/p/other.py\", line 1 in other\n"
    "\n"
    "Current thread's C stack trace (most recent call first):\n"
    "  Binary file \"/c/python\", at _Py_DumpStack+0x44 [0x55]\n"
    "Extension modules: _x, _y (total: 2)\n";

static void
of_a_crash_the_thread_that_crashed_counts(void **state)
{
    (void)state;
    PB_AUTO(pb_traceback) struct pb_traceback trace = PB_TRACEBACK_INIT;
    expect(dump, "/p/tests/test_buffer.py:12 test_fill|/p/pkg/buffer.py:7 "
                 "fill");
    pb_traceback_parse(dump, &trace);
    assert_true(trace.collecting);
    expect("Timeout (0:00:10)!\n"
           "Thread 0x00007f1 (most recent call first):\n"
           "  File \"/p/a.py\", line 1 in a\n"
           "\n"
           "Thread 0x00007f0 (most recent call first):\n"
           "  File \"/p/b.py\", line 1 in b\n"
           "  File \"/p/main.py\", line 1 in main\n",
           "/p/main.py:1 main|/p/b.py:1 b");
}

static void
a_compiler_says_where_it_gave_up(void **state)
{
    (void)state;
    expect("src/_speedups.c:12:5: error: 'PyTypeObject' has no member named "
           "'tp_print'\n   12 |  x.tp_print\n",
           "src/_speedups.c:12 -");
    expect("src/a.h:3: fatal error: longintrepr.h: No such file\n",
           "src/a.h:3 -");
    expect("make: x: error: failed\n", "");
}

static void
a_cut_traceback_keeps_the_frames_it_has(void **state)
{
    (void)state;
    expect("Traceback (most recent call last):\n"
           "  File \"/p/a.py\", line 1, in a\n"
           "\n...\n"
           "truncated line\n", /* the rest of a line of source or message */
           "/p/a.py:1 a");
    expect(
        "...\n    x()\n  File \"/p/b.py\", line 2, in b\n    y()\nKeyError\n",
        "/p/b.py:2 b");
    expect("Traceback (most recent call last):\n"
           "  File \"/p/a.py\", line 1, in a\n"
           "...\n"
           "  File \"/p/b.py\", line 2, in b\n"
           "RecursionError: too deep\n",
           "/p/a.py:1 a|/p/b.py:2 b");
    expect("Traceback (most recent call last):\n"
           "  File \"/p/a.py\", line 1, in a\n"
           "KeyError: 1\n"
           "\n"
           "During handling of the above exception, another exception "
           "occurred:\n"
           "\n"
           "  File \"/p/b.py\", line 2, in b\n",
           "/p/b.py:2 b");
}

static void
no_frames_are_found_where_none_are(void **state)
{
    (void)state;
    expect(NULL, "");
    expect("", "");
    expect("AssertionError: 1 != 2", "");
    expect("Traceback (most recent call last):\n", "");
    expect("localhost:80: refused\nx.py: y\n", "");
    expect("  File \"a.py\", line x, in f\n  File \"\", line 1, in f\n"
           "  File \"a.py\n  File \"a.py\", line 1x\n",
           "");
    expect("  File \"a.py\", line 99999999999999, in f\n",
           "a.py:2147483647 f");
}

static void
colours_and_carriage_returns_do_not_hide_frames(void **state)
{
    (void)state;
    expect("\033[1mTraceback (most recent call last):\033[0m\r\n"
           "  File \033[35m\"/p/a.py\"\033[0m, line \033[35m3\033[0m, in "
           "\033[35mf\033[0m\r\n"
           "    x()\r\nKeyError: 1\r\n",
           "/p/a.py:3 f");
}

/* Pieces of tracebacks and bytes of any kind, in every order. */
static void
any_bytes_are_read_without_harm(void **state)
{
    (void)state;
    static const char chain[] = "During handling of the above exception, "
                                "another exception occurred:\n";
    static const char *const pieces[] = {
        chain,
        "Traceback (most recent call last):\n",
        "  File \"a.py\", line 1, in f\n",
        "  File \"a.py\", line 1 in f\n",
        "  File \"",
        "\", line ",
        "    code\n",
        "E   SyntaxError: x\n",
        "E     File \"a.py\", line 1\n",
        ">    x\n",
        "    def f(",
        "a.py:1: in f\n",
        ":1:",
        "Current thread 0x1 (most recent call first):\n",
        "  + Exception Group Traceback (most recent call last):\n",
        "  | ",
        "  +-+-\n",
        "...\n",
        "\xff\xfe\x80",
        "\033[",
        "\n",
        "RemoteTraceback:\n",
        "a.c:1: error: ",
    };
    unsigned seed = 20240402;
    print_message("seed %u\n", seed);
    for (size_t round = 0; round < 3000; round++) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        PB_AUTO(pb_traceback) struct pb_traceback trace = PB_TRACEBACK_INIT;
        for (size_t i = 0; i < 12; i++) {
            seed = seed * 1103515245u + 12345u;
            pb_buf_adds(&text, pieces[(seed >> 16) % PB_LENGTH(pieces)]);
        }
        pb_traceback_parse(text.data, &trace);
        for (size_t i = 0; i < trace.len; i++) {
            assert_non_null(trace.items[i].path);
            assert_true(trace.items[i].line >= 0);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_of_cpython_come_with_their_source),
        cmocka_unit_test(python_2_prints_the_same_frames),
        cmocka_unit_test(
            a_file_that_does_not_compile_is_a_frame_without_a_function),
        cmocka_unit_test(of_a_chain_the_last_exception_counts),
        cmocka_unit_test(a_traceback_inside_a_message_is_not_read),
        cmocka_unit_test(a_failed_doctest_is_where_its_docstring_is),
        cmocka_unit_test(of_an_exception_group_its_own_frames_count),
        cmocka_unit_test(what_another_process_raised_keeps_its_frames),
        cmocka_unit_test(trial_marks_where_it_caught_an_exception),
        cmocka_unit_test(pytest_long_form_names_functions_in_their_source),
        cmocka_unit_test(pytest_short_form_names_functions_itself),
        cmocka_unit_test(pytest_chains_end_in_the_last_exception),
        cmocka_unit_test(pytest_tells_of_a_file_that_does_not_compile),
        cmocka_unit_test(of_a_crash_the_thread_that_crashed_counts),
        cmocka_unit_test(a_compiler_says_where_it_gave_up),
        cmocka_unit_test(a_cut_traceback_keeps_the_frames_it_has),
        cmocka_unit_test(no_frames_are_found_where_none_are),
        cmocka_unit_test(colours_and_carriage_returns_do_not_hide_frames),
        cmocka_unit_test(any_bytes_are_read_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
