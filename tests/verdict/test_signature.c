/* The same failure at two revisions, and different failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "pybisect/verdict.h"

static char *
signature(enum pb_outcome outcome, const char *type, const char *message)
{
    struct pb_result result = {.outcome = outcome};
    PB_AUTOFREE char *own_type = pb_strdup(type);
    PB_AUTOFREE char *own_message = pb_strdup(message);
    result.type = own_type;
    result.message = own_message;
    return pb_signature_of(&result);
}

static void
expect(enum pb_outcome outcome, const char *type, const char *message,
       const char *expected)
{
    PB_AUTOFREE char *got = signature(outcome, type, message);
    assert_string_equal(got, expected);
}

static void
an_outcome_that_is_no_failure_is_named(void **state)
{
    (void)state;
    PB_AUTOFREE char *absent = pb_signature_of(NULL);
    assert_string_equal(absent, "absent");
    expect(PB_OUTCOME_ABSENT, NULL, NULL, "absent");
    expect(PB_OUTCOME_PASS, NULL, "ignored", "pass");
    expect(PB_OUTCOME_XFAIL, "AssertionError", "1 != 2", "xfail");
    expect(PB_OUTCOME_XPASS, NULL, NULL, "xpass");
    expect(PB_OUTCOME_SKIP, NULL, "no ssl", "skip: no ssl");
    expect(PB_OUTCOME_SKIP, NULL, NULL, "skip");
    expect(PB_OUTCOME_SKIP, NULL, "Skip: no ssl", "skip: Skip: no ssl");
    expect(PB_OUTCOME_HUNG, NULL, "after 120.01s", "hung");
    expect(PB_OUTCOME_CRASHED, NULL, NULL, "crashed");
    expect(PB_OUTCOME_CRASHED, NULL, "signal 11 (Segmentation fault)",
           "crashed: signal 11 (Segmentation fault)");
}

static void
a_failure_is_its_type_and_first_line(void **state)
{
    (void)state;
    expect(PB_OUTCOME_FAIL, "AssertionError", "'a' != 'b'\n- a\n+ b\n",
           "AssertionError: 'a' != 'b'");
    expect(PB_OUTCOME_FAIL, "AssertionError", "\n \n  3 != 4  \n",
           "AssertionError: 3 != 4");
    expect(PB_OUTCOME_ERROR, "KeyError", NULL, "KeyError");
    expect(PB_OUTCOME_ERROR, "KeyError", " \n\t\n", "KeyError");
    expect(PB_OUTCOME_ERROR, NULL, "boom", "error: boom");
    expect(PB_OUTCOME_FAIL, NULL, "boom", "fail: boom");
    expect(PB_OUTCOME_FAIL, "", "exit status 1", "fail: exit status 1");
    expect(PB_OUTCOME_ERROR, NULL, NULL, "error");
}

static void
a_type_of_builtins_is_not_qualified(void **state)
{
    (void)state;
    expect(PB_OUTCOME_ERROR, "builtins.ImportError", "x", "ImportError: x");
    expect(PB_OUTCOME_ERROR, "exceptions.ImportError", "x", "ImportError: x");
    expect(PB_OUTCOME_ERROR, "twisted.x.Exc", "y", "twisted.x.Exc: y");
    /* 3.6 gave this one a name of its own. */
    expect(PB_OUTCOME_ERROR, "ImportError", "No module named 'cgi'",
           "ModuleNotFoundError: No module named 'cgi'");
    expect(PB_OUTCOME_ERROR, "ImportError", "cannot import name 'x'",
           "ImportError: cannot import name 'x'");
}

static void
a_type_that_the_message_repeats_is_said_once(void **state)
{
    (void)state;
    expect(PB_OUTCOME_FAIL, "AssertionError", "AssertionError: assert 1 == 2",
           "AssertionError: assert 1 == 2");
    expect(PB_OUTCOME_ERROR, "builtins.KeyError", "KeyError: 'x'",
           "KeyError: 'x'");
    expect(PB_OUTCOME_ERROR, "exceptions.KeyError", "exceptions.KeyError: 1",
           "KeyError: 1");
    expect(PB_OUTCOME_FAIL, "AssertionError", "AssertionError",
           "AssertionError");
    expect(PB_OUTCOME_FAIL, "Error", "ErrorCode 3", "Error: ErrorCode 3");
}

struct pair {
    const char *type;
    const char *one;
    const char *other;
};

static void
one_failure_at_two_revisions_has_one_signature(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"AttributeError", "module 'unittest' has no attribute 'makeSuite'",
         "module 'unittest' has no attribute 'makeSuite'. Did you mean: "
         "'TestSuite'?"},
        {"AttributeError",
         "module 'collections' has no attribute 'MutableMapping'",
         "module 'collections' has no attribute 'MutableMapping'. Did you "
         "mean: 'MutableSequence'?"},
        {"NameError", "name 'sys' is not defined",
         "name 'sys' is not defined. Did you forget to import 'sys'?"},
        {"NameError", "name 'time' is not defined. Did you mean: 'type'?",
         "name 'time' is not defined. Did you mean: 'type'? Or did you "
         "forget to import 'time'?"},
        {"ImportError",
         "cannot import name 'formatargspec' from 'inspect' "
         "(/tmp/b/8f/Lib/inspect.py)",
         "cannot import name 'formatargspec' from 'inspect' "
         "(/home/u/.cache/1a/Lib/inspect.py)"},
        {"ImportError", "cannot import name 'Foo' from 'bar' (/tmp/1/bar.py)",
         "cannot import name 'Foo' from 'bar' (consider renaming "
         "'/tmp/2/bar.py' since it has the same name as the standard "
         "library module) (/tmp/2/bar.py)"},
        {"SyntaxError", "invalid syntax (manhole.py, line 153)",
         "invalid syntax. Perhaps you forgot a comma? (manhole.py, line "
         "154)"},
        {"TypeError", "f() got an unexpected keyword argument 'encodin'",
         "f() got an unexpected keyword argument 'encodin'. Did you mean "
         "'encoding'?"},
        {"SystemExit", "invalid choice: 'x' (choose from y)",
         "invalid choice: 'x', maybe you meant 'y'? (choose from y)"},
        {"UnboundLocalError",
         "local variable 'x' referenced before assignment",
         "cannot access local variable 'x' where it is not associated with a "
         "value"},
        {"NameError",
         "free variable 'y' referenced before assignment in enclosing scope",
         "cannot access free variable 'y' where it is not associated with a "
         "value in enclosing scope"},
        {"AttributeError", "'S' object has no attribute 'q'",
         "'S' object has no attribute 'q' and no __dict__ for setting new "
         "attributes"},
        {"TypeError", "keyword arguments must be strings",
         "keywords must be strings"},
        {"TypeError",
         "int() argument must be a string, a bytes-like object or a number, "
         "not 'list'",
         "int() argument must be a string, a bytes-like object or a real "
         "number, not 'list'"},
        {"TypeError", "isinstance() arg 2 must be a type or tuple of types",
         "isinstance() arg 2 must be a type, a tuple of types, or a union"},
        {"AssertionError",
         "<zope.interface.implementedBy object at 0x7f01aa> is not true",
         "<zope.interface.implementedBy object at 0x7fe2233440> is not "
         "true"},
        {"FileNotFoundError",
         "[Errno 2] No such file or directory: '/tmp/tmpk2j3h4g5/a.txt'",
         "[Errno 2] No such file or directory: '/tmp/tmp_9_8_7x/a.txt'"},
        {"AssertionError", "process 811 exited after 0.021s",
         "process 29134 exited after 1.2s"},
        {"twisted.trial.util.DirtyReactorAggregateError",
         "Reactor was unclean.\n<DelayedCall 0x7f12ab34cd56 [59.9s]>",
         "Reactor was unclean.\n<DelayedCall 0x7f00ab34cd56 [59.8s]>"},
        {"OSError", "[Errno 98] Address already in use: ('::1', 34567)",
         "[Errno 98] Address already in use: ('::1', 45678)"},
        {"ResourceWarning",
         "unclosed <socket.socket fd=7, laddr=('127.0.0.1', 41234)>",
         "unclosed <socket.socket fd=7, laddr=('127.0.0.1', 51234)>"},
        {"DeprecationWarning",
         "/tmp/p1/cherrypy/_cprequest.py:12: 'cgi' is deprecated",
         "/var/p2/cherrypy/_cprequest.py:13: 'cgi' is deprecated"},
    };
    for (size_t i = 0; i < PB_LENGTH(pairs); i++) {
        PB_AUTOFREE char *one =
            signature(PB_OUTCOME_ERROR, pairs[i].type, pairs[i].one);
        PB_AUTOFREE char *other =
            signature(PB_OUTCOME_ERROR, pairs[i].type, pairs[i].other);
        assert_string_equal(one, other);
    }
}

static void
different_causes_have_different_signatures(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"ModuleNotFoundError", "No module named 'imp'",
         "No module named 'asyncore'"},
        {"AttributeError", "module 'ast' has no attribute 'Str'",
         "module 'ast' has no attribute 'Num'"},
        {"AttributeError", "'C' object has no attribute 'x'",
         "'D' object has no attribute 'x'"},
        {"TypeError", "Call() takes 3 positional arguments but 4 were given",
         "Call() takes 3 positional arguments but 5 were given"},
        {"AssertionError", "3 != 4", "3 != 5"},
        {"AssertionError", "'options:' not found in 'optional arguments:'",
         "'optional arguments:' not found in 'options:'"},
        {"AssertionError", "'/admin/login/' != '/admin/logout/'",
         "'/admin/login/' != '/accounts/login/'"},
        {"AssertionError", "b'x' != 'x'", "'x' != b'x'"},
        {"AssertionError", "'<p>a</p>' != 'a'", "'<p>b</p>' != 'b'"},
        {"FileNotFoundError", "No such file: '/tmp/a/x.txt'",
         "No such file: '/tmp/a/y.txt'"},
        {"SyntaxError", "invalid syntax (a.py, line 3)",
         "invalid syntax (b.py, line 3)"},
        {"UnboundLocalError",
         "local variable 'x' referenced before assignment",
         "cannot access local variable 'y' where it is not associated with a "
         "value"},
        {"OSError", "[Errno 2] failed", "[Errno 13] failed"},
        {"AssertionError", "0xff != 0x10", "0xff != 0x20"},
        {"NameError", "name 'a' is not defined. Did you mean: 'c'?",
         "name 'b' is not defined. Did you mean: 'c'?"},
    };
    for (size_t i = 0; i < PB_LENGTH(pairs); i++) {
        PB_AUTOFREE char *one =
            signature(PB_OUTCOME_FAIL, pairs[i].type, pairs[i].one);
        PB_AUTOFREE char *other =
            signature(PB_OUTCOME_FAIL, pairs[i].type, pairs[i].other);
        assert_string_not_equal(one, other);
    }
    PB_AUTOFREE char *type = signature(PB_OUTCOME_FAIL, "TypeError", "x");
    PB_AUTOFREE char *value = signature(PB_OUTCOME_FAIL, "ValueError", "x");
    assert_string_not_equal(type, value);
    PB_AUTOFREE char *crash =
        signature(PB_OUTCOME_CRASHED, NULL, "signal 11 (Segmentation fault)");
    PB_AUTOFREE char *abort_ =
        signature(PB_OUTCOME_CRASHED, NULL, "signal 6 (Aborted)");
    assert_string_not_equal(crash, abort_);
}

static void
advice_without_an_end_takes_the_rest(void **state)
{
    (void)state;
    expect(PB_OUTCOME_ERROR, "NameError", "x. Did you mean: 'y'",
           "NameError: x");
    expect(PB_OUTCOME_ERROR, "NameError", "Did you mean it?",
           "NameError: Did you mean it?");
}

/* Their first line alone would make one failure of all of them. */
static void
what_stands_below_a_heading_counts(void **state)
{
    (void)state;
    expect(PB_OUTCOME_FAIL, "AssertionError",
           "Items in the first set but not the second:\n'b'\n'a'\n"
           "Items in the second set but not the first:\n"
           "<C object at 0x7f3c5a1b2d90>\n\nmore",
           "AssertionError: Items in the first set but not the second: 'a', "
           "'b'. Items in the second set but not the first: <C object at "
           "0x\xe2\x80\xa6>");
    expect(PB_OUTCOME_FAIL, "AssertionError",
           "Element counts were not equal:\nFirst has 1, Second has 0:  2\n"
           "First has 0, Second has 1:  3",
           "AssertionError: Element counts were not equal: First has 0, "
           "Second has 1:  3, First has 1, Second has 0:  2");
    expect(PB_OUTCOME_FAIL, "twisted.trial.unittest.FailTest",
           "not equal:\na = 'x'\nb = 'y'\n",
           "twisted.trial.unittest.FailTest: not equal: a = 'x', b = 'y'");
    expect(PB_OUTCOME_FAIL, "AssertionError", "Items in the shop:\n1\n2",
           "AssertionError: Items in the shop:");
}

#define DOCTEST                                                               \
    "Failed doctest test for m.f\n  File \"/w/m.py\", line 1, in f\n\n"       \
    "-----------------------------------------------------------------\n"     \
    "File \"/w/m.py\", line 3, in m.f\nFailed example:\n    f(1,\n      2)\n"
#define DOCTEST_SIGNATURE "AssertionError: Failed doctest test for m.f: f(1,"

static void
a_doctest_is_told_by_the_example_that_failed(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {DOCTEST "Expected:\n    1\nGot:\n    2\n----\n",
         DOCTEST_SIGNATURE ": 2"},
        {DOCTEST "Expected:\n    a\n    b\n    c\nGot:\n    a\n    c\n",
         DOCTEST_SIGNATURE ": c"},
        {DOCTEST "Expected:\n    a\n    b\nGot:\n    a\n", DOCTEST_SIGNATURE},
        {DOCTEST "Expected:\n    a\nGot nothing\n",
         DOCTEST_SIGNATURE ": Got nothing"},
        {DOCTEST "Expected nothing\nGot:\n    3\n", DOCTEST_SIGNATURE ": 3"},
        {DOCTEST "Differences (ndiff with -expected +actual):\n      a\n"
                 "    - x\n    + b\n",
         DOCTEST_SIGNATURE ": - x"},
        {DOCTEST "Exception raised:\n    Traceback (most recent call last):\n"
                 "      File \"/w/Lib/doctest.py\", line 1334, in __run\n"
                 "        exec(compile(example.source))\n"
                 "      File \"<doctest m.f[0]>\", line 1, in <module>\n"
                 "        f(1)\n"
                 "    RuntimeError: generator raised StopIteration\n",
         DOCTEST_SIGNATURE ": RuntimeError: generator raised StopIteration"},
        {DOCTEST "Exception raised:\n    Traceback (most", DOCTEST_SIGNATURE},
        {"Failed doctest test for m.f\n  File \"/w/m.py\", line 1, in f",
         "AssertionError: Failed doctest test for m.f"},
    };
    for (size_t i = 0; i < PB_LENGTH(pairs); i++) {
        expect(PB_OUTCOME_FAIL, "AssertionError", pairs[i][0], pairs[i][1]);
    }
}

/* --- where it came from ------------------------------------------------- */

#define HEAD "Traceback (most recent call last):\n"
#define FRAME(path, line, function)                                           \
    "  File \"" path "\", line " line ", in " function "\n    x()\n"
#define ONE_RUN "/home/me/.cache/pybisect/runs/run-Ab12cD/project/"
#define OTHER_RUN "/srv/c/runs/run-zZ9xY8/project/"

static char *
placed(const char *id, enum pb_outcome outcome, const char *type,
       const char *message, const char *trace)
{
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    struct pb_result *result = pb_results_add(&results, id, outcome);
    pb_result_describe(result, type, message, trace);
    return pb_signature_of(result);
}

static void
expect_placed(const char *id, const char *trace, const char *expected)
{
    PB_AUTOFREE char *got =
        placed(id, PB_OUTCOME_ERROR, "KeyError", "'x'", trace);
    assert_string_equal(got, expected);
}

static void
the_function_that_decides_is_part_of_it(void **state)
{
    (void)state;
    expect_placed("m.C.test_a",
                  HEAD FRAME(ONE_RUN "tests/m.py", "3", "test_a")
                      FRAME(ONE_RUN "genshi/core.py", "18", "render")
                          FRAME("/c/trees/0/run-1/Lib/copy.py", "9", "copy"),
                  "KeyError: 'x' [genshi/core.py: render]");
    expect_placed(
        "m.C.test_a",
        HEAD FRAME("/v/lib/python3.9/site-packages/six.py", "3", "<lambda>"),
        "KeyError: 'x' [six.py: <lambda>]");
    expect_placed("m.C.test_a",
                  HEAD FRAME("/c/trees/0/run-1/Lib/copy.py", "9", "copy"),
                  "KeyError: 'x'");
}

static void
the_same_failure_elsewhere_has_the_same_signature(void **state)
{
    (void)state;
    /* Another directory, another line, a comprehension without a frame. */
    PB_AUTOFREE char *one =
        placed("m.C.test_a", PB_OUTCOME_ERROR, "TypeError",
               "render() takes 1 positional argument but 2 were given",
               HEAD FRAME(ONE_RUN "genshi/core.py", "18", "render")
                   FRAME(ONE_RUN "genshi/core.py", "18", "<listcomp>")
                       FRAME("/c/trees/0/run-1/Lib/copy.py", "9", "copy"));
    PB_AUTOFREE char *other =
        placed("m.C.test_a", PB_OUTCOME_ERROR, "TypeError",
               "Stream.render() takes 1 positional argument but 2 were given",
               HEAD FRAME(OTHER_RUN "genshi/core.py", "19", "Stream.render")
                   FRAME("/c/trees/3/run-0/Lib/copy.py", "12", "deepcopy"));
    assert_string_equal(one, other);
}

static void
one_message_from_two_functions_is_two_failures(void **state)
{
    (void)state;
    PB_AUTOFREE char *one =
        placed("m.C.test_a", PB_OUTCOME_ERROR, "KeyError", "'x'",
               HEAD FRAME(ONE_RUN "genshi/core.py", "18", "render"));
    PB_AUTOFREE char *other =
        placed("m.C.test_a", PB_OUTCOME_ERROR, "KeyError", "'x'",
               HEAD FRAME(ONE_RUN "genshi/path.py", "18", "render"));
    PB_AUTOFREE char *third =
        placed("m.C.test_a", PB_OUTCOME_ERROR, "KeyError", "'x'",
               HEAD FRAME(ONE_RUN "genshi/core.py", "18", "events"));
    assert_string_not_equal(one, other);
    assert_string_not_equal(one, third);
}

static void
the_test_itself_is_no_place(void **state)
{
    (void)state;
    static const char trace[] =
        HEAD FRAME(ONE_RUN "tests/test_m.py", "3", "test_a");
    expect_placed("tests.test_m.C.test_a", trace, "KeyError: 'x'");
    expect_placed("tests.test_m.C.test_a (i=1.5)", trace, "KeyError: 'x'");
    expect_placed("tests/test_m.py::C::test_a[x.y]", trace, "KeyError: 'x'");
    expect_placed("tests.test_m.C.test_b", trace,
                  "KeyError: 'x' [tests/test_m.py: test_a]");
}

static void
a_module_that_cannot_be_imported_is_no_place_for_itself(void **state)
{
    (void)state;
    static const char own[] =
        HEAD FRAME(ONE_RUN "tests/test_m.py", "3", "<module>");
    static const char package[] =
        HEAD FRAME(ONE_RUN "tests/__init__.py", "3", "<module>");
    expect_placed("unittest.loader._FailedTest.test_m", own, "KeyError: 'x'");
    expect_placed("tests/test_m.py", own, "KeyError: 'x'");
    expect_placed("unittest.loader._FailedTest.tests", package,
                  "KeyError: 'x'");
    expect_placed("tests/test_n.py", own,
                  "KeyError: 'x' [tests/test_m.py: <module>]");
}

static void
a_file_that_does_not_compile_is_the_place(void **state)
{
    (void)state;
    PB_AUTOFREE char *got =
        placed("tests/test_m.py", PB_OUTCOME_ERROR, "SyntaxError",
               "invalid syntax (manhole.py, line 154)",
               HEAD FRAME(ONE_RUN "tests/test_m.py", "3",
                          "<module>") "  File \"" ONE_RUN
                                      "twisted/manhole.py\", line 154\n"
                                      "    def f(async):\n              ^\n"
                                      "SyntaxError: invalid syntax\n");
    assert_string_equal(got, "SyntaxError: invalid syntax (manhole.py, line "
                             "N) [twisted/manhole.py]");
}

static void
what_is_raised_anywhere_has_no_place(void **state)
{
    (void)state;
    static const char trace[] =
        HEAD FRAME(ONE_RUN "genshi/core.py", "18", "render");
    static const char *const types[] = {"RecursionError", "MemoryError",
                                        "builtins.KeyboardInterrupt"};
    for (size_t i = 0; i < PB_LENGTH(types); i++) {
        PB_AUTOFREE char *got =
            placed("m.t", PB_OUTCOME_ERROR, types[i], "x", trace);
        assert_null(strchr(got, '['));
    }
    PB_AUTOFREE char *old =
        placed("m.t", PB_OUTCOME_ERROR, "RuntimeError",
               "maximum recursion depth exceeded in cmp", trace);
    assert_string_equal(old,
                        "RuntimeError: maximum recursion depth exceeded in "
                        "cmp");
}

static void
a_crash_has_the_place_that_a_dump_tells(void **state)
{
    (void)state;
    static const char fatal[] = "Fatal Python error: Segmentation fault";
    PB_AUTOFREE char *dump =
        placed("m.t", PB_OUTCOME_CRASHED, NULL, fatal,
               "Current thread 0x7f (most recent call first):\n"
               "  File \"" ONE_RUN "genshi/core.py\", line 3 in render\n");
    PB_AUTOFREE char *collecting =
        placed("m.t", PB_OUTCOME_CRASHED, NULL, fatal,
               "Current thread 0x7f (most recent call first):\n"
               "  Garbage-collecting\n"
               "  File \"" ONE_RUN "genshi/core.py\", line 3 in render\n");
    PB_AUTOFREE char *log =
        placed("m.t", PB_OUTCOME_CRASHED, NULL, "signal 11",
               "  File \"" ONE_RUN "genshi/core.py\", line 3, in render\n");
    assert_string_equal(dump, "crashed: Fatal Python error: Segmentation "
                              "fault [genshi/core.py: render]");
    assert_string_equal(collecting,
                        "crashed: Fatal Python error: Segmentation fault");
    assert_string_equal(log, "crashed: signal 11");
}

static void
a_command_is_judged_by_its_status_alone(void **state)
{
    (void)state;
    PB_AUTOFREE char *got =
        placed(PB_TEST_COMMAND, PB_OUTCOME_FAIL, NULL, "KeyError: 'x'",
               HEAD FRAME(ONE_RUN "genshi/core.py", "18", "render"));
    assert_string_equal(got, "fail");
}

static void
the_order_of_a_set_is_no_difference(void **state)
{
    (void)state;
    PB_AUTOFREE char *one = signature(PB_OUTCOME_FAIL, "AssertionError",
                                      "{'b', 'a'} != {'c', 'a', 'b'}");
    PB_AUTOFREE char *other = signature(PB_OUTCOME_FAIL, "AssertionError",
                                        "{'a', 'b'} != {'a', 'b', 'c'}");
    assert_string_equal(one, other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outcome_that_is_no_failure_is_named),
        cmocka_unit_test(a_failure_is_its_type_and_first_line),
        cmocka_unit_test(a_type_of_builtins_is_not_qualified),
        cmocka_unit_test(a_type_that_the_message_repeats_is_said_once),
        cmocka_unit_test(one_failure_at_two_revisions_has_one_signature),
        cmocka_unit_test(different_causes_have_different_signatures),
        cmocka_unit_test(advice_without_an_end_takes_the_rest),
        cmocka_unit_test(what_stands_below_a_heading_counts),
        cmocka_unit_test(a_doctest_is_told_by_the_example_that_failed),
        cmocka_unit_test(the_function_that_decides_is_part_of_it),
        cmocka_unit_test(the_same_failure_elsewhere_has_the_same_signature),
        cmocka_unit_test(one_message_from_two_functions_is_two_failures),
        cmocka_unit_test(the_test_itself_is_no_place),
        cmocka_unit_test(
            a_module_that_cannot_be_imported_is_no_place_for_itself),
        cmocka_unit_test(a_file_that_does_not_compile_is_the_place),
        cmocka_unit_test(what_is_raised_anywhere_has_no_place),
        cmocka_unit_test(a_crash_has_the_place_that_a_dump_tells),
        cmocka_unit_test(a_command_is_judged_by_its_status_alone),
        cmocka_unit_test(the_order_of_a_set_is_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
