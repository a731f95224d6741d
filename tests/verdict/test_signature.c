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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
