/* Whose failure one is, case by case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "pybisect/blame.h"

#define HEAD "Traceback (most recent call last):\n"
#define FRAME(path, line, function)                                           \
    "  File \"" path "\", line " line ", in " function "\n    x()\n"
#define RUN "/c/runs/run-Ab12cD/project/"
#define LIB "/c/trees/0/run-1/Lib/"

struct failure {
    enum pb_outcome outcome;
    const char *type;
    const char *message;
    const char *trace;
};

/* "who", "who where", "who package where". */
static void
expect(const struct failure *failure, const char *expected)
{
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    PB_AUTO(pb_blame) struct pb_blame blame = PB_BLAME_INIT;
    struct pb_result *result =
        pb_results_add(&results, "m.C.test", failure->outcome);
    pb_result_describe(result, failure->type, failure->message,
                       failure->trace);
    pb_blame_of(result, NULL, &blame);
    PB_AUTOFREE char *got =
        pb_asprintf("%s%s%s%s%s", pb_blame_who_name(blame.who),
                    blame.package == NULL ? "" : " ",
                    blame.package == NULL ? "" : blame.package,
                    blame.where == NULL ? "" : " ",
                    blame.where == NULL ? "" : blame.where);
    assert_string_equal(got, expected);
}

static void
the_project_is_to_blame_where_it_raised(void **state)
{
    (void)state;
    expect(
        &(struct failure){
            PB_OUTCOME_ERROR, "AttributeError",
            "module 'ast' has no attribute 'Str'",
            HEAD FRAME(RUN "genshi/tests/eval.py", "3", "test_str")
                FRAME(RUN "genshi/template/ast24.py", "61", "visit_Str")},
        "project genshi/template/ast24.py:61, in visit_Str");
    expect(&(struct failure){PB_OUTCOME_FAIL, "AssertionError", "1 != 2",
                             HEAD FRAME(RUN "tests/test_a.py", "9", "test_a")
                                 FRAME(LIB "unittest/case.py", "873",
                                       "assertEqual")},
           "project tests/test_a.py:9, in test_a");
}

static void
a_file_that_does_not_compile_is_its_owners(void **state)
{
    (void)state;
    expect(
        &(struct failure){
            PB_OUTCOME_ERROR, "SyntaxError",
            "invalid syntax (manhole.py, line 154)",
            HEAD FRAME(
                RUN "tests/test_a.py", "9",
                "<module>") "  File \"/d/site-packages/twisted/manhole.py\", "
                            "line 154\n    async=1\n"},
        "dependency twisted twisted/manhole.py:154");
}

static void
a_dependency_is_to_blame_where_it_raised(void **state)
{
    (void)state;
    expect(&(struct failure){PB_OUTCOME_ERROR, "TypeError",
                             "__static_attributes__ is not allowed",
                             HEAD FRAME(RUN "tests/test_a.py", "9", "test_a")
                                 FRAME("/srv/deps/zope/interface/interface.py",
                                       "604", "__init__")
                                     FRAME(LIB "copy.py", "1", "copy")},
           "dependency zope.interface zope/interface/interface.py:604, in "
           "__init__");
}

static void
cpython_is_to_blame_where_only_its_library_is_seen(void **state)
{
    (void)state;
    expect(
        &(struct failure){PB_OUTCOME_ERROR, "TypeError", "bad",
                          HEAD FRAME(LIB "unittest/case.py", "59", "run")
                              FRAME(LIB "json/decoder.py", "337", "decode")},
        "cpython json/decoder.py:337, in decode");
}

static void
a_crash_is_the_interpreters(void **state)
{
    (void)state;
    expect(&(struct failure){PB_OUTCOME_CRASHED, NULL,
                             "Fatal Python error: Segmentation fault",
                             "Current thread 0x7f (most recent call first):\n"
                             "  File \"/d/site-packages/numpy/core.py\", line "
                             "8 in dot\n"},
           "cpython numpy/core.py:8, in dot");
    expect(&(struct failure){PB_OUTCOME_CRASHED, NULL,
                             "signal 11 (Segmentation fault)",
                             "  File \"a.py\", line 1, in log\n"},
           "cpython");
    expect(&(struct failure){PB_OUTCOME_CRASHED, NULL,
                             "python: Modules/gcmodule.c:99: visit_decref: "
                             "Assertion `0' failed.",
                             NULL},
           "cpython");
}

static void
the_runner_is_to_blame_where_only_it_is_seen(void **state)
{
    (void)state;
    expect(&(struct failure){PB_OUTCOME_ERROR, "AttributeError",
                             "'TestResult' object has no attribute 'x'",
                             HEAD FRAME("/d/site-packages/_pytest/main.py",
                                        "28", "wrap_session")
                                 FRAME("/d/site-packages/pluggy/_hooks.py",
                                       "5", "__call__")},
           "runner pluggy/_hooks.py:5, in __call__");
    expect(&(struct failure){PB_OUTCOME_ERROR, "KeyError", "'x'",
                             HEAD FRAME(RUN "src/twisted/trial/runner.py",
                                        "99", "run")},
           "runner src/twisted/trial/runner.py:99, in run");
}

static void
what_this_machine_lacks_is_nobodys(void **state)
{
    (void)state;
    static const char trace[] = HEAD FRAME(RUN "cache.py", "3", "connect");
    expect(&(struct failure){PB_OUTCOME_ERROR, "ConnectionRefusedError",
                             "[Errno 111] Connection refused", trace},
           "environment cache.py:3, in connect");
    expect(&(struct failure){PB_OUTCOME_ERROR, "OSError",
                             "[Errno 28] No space left on device: 'x'", trace},
           "environment cache.py:3, in connect");
    expect(&(struct failure){PB_OUTCOME_ERROR, "PermissionError",
                             "[Errno 13] Permission denied: '/x'", trace},
           "environment cache.py:3, in connect");
    expect(&(struct failure){PB_OUTCOME_ERROR, "OperationalError",
                             "(2003, \"Can't connect to MySQL server\")",
                             trace},
           "environment cache.py:3, in connect");
    expect(&(struct failure){PB_OUTCOME_FAIL, "AssertionError",
                             "'Permission denied' not found in ''", trace},
           "project cache.py:3, in connect");
}

static void
a_program_that_is_missing_is_the_environment(void **state)
{
    (void)state;
    static const char trace[] = HEAD FRAME(RUN "cache.py", "3", "start")
        FRAME(LIB "subprocess.py", "1863", "_execute_child");
    expect(&(struct failure){PB_OUTCOME_ERROR, "FileNotFoundError",
                             "[Errno 2] No such file or directory: "
                             "'memcached'",
                             trace},
           "environment cache.py:3, in start");
    expect(&(struct failure){PB_OUTCOME_ERROR, "FileNotFoundError",
                             "[Errno 2] No such file or directory: '2to3'",
                             trace},
           "project cache.py:3, in start");
    expect(&(struct failure){PB_OUTCOME_ERROR, "FileNotFoundError",
                             "[Errno 2] No such file or directory: 'a.txt'",
                             HEAD FRAME(RUN "cache.py", "3", "read")},
           "project cache.py:3, in read");
}

static void
a_command_line_is_the_projects(void **state)
{
    (void)state;
    expect(&(struct failure){PB_OUTCOME_FAIL, "AttributeError",
                             "module 'ast' has no attribute 'Str'",
                             HEAD
                             "  File \"<string>\", line 1, in <module>\n"},
           "project <string>:1, in <module>");
    expect(
        &(struct failure){PB_OUTCOME_FAIL, "ValueError", "x",
                          HEAD
                          "  File \"<string>\", line 1, in <module>\n" FRAME(
                              LIB "ast.py", "3", "parse")},
        "project <string>:1, in <module>");
}

static void
an_extension_that_does_not_compile_is_its_owners(void **state)
{
    (void)state;
    expect(&(struct failure){PB_OUTCOME_FAIL, NULL,
                             "src/_x.c:12:5: error: no member named "
                             "'tp_print'",
                             "src/_x.c:12:5: error: no member named "
                             "'tp_print'\n"},
           "project src/_x.c:12");
}

static void
a_hang_is_where_its_interrupt_met_it(void **state)
{
    (void)state;
    expect(&(struct failure){PB_OUTCOME_HUNG, NULL, "time limit",
                             HEAD FRAME(RUN "loop.py", "3", "spin")
                                 FRAME(LIB "threading.py", "1",
                                       "wait") "KeyboardInterrupt\n"},
           "project loop.py:3, in spin");
    expect(&(struct failure){PB_OUTCOME_HUNG, NULL, "time limit", "log\n"},
           "unknown");
}

static void
what_tells_nothing_is_unknown(void **state)
{
    (void)state;
    PB_AUTO(pb_blame) struct pb_blame absent = PB_BLAME_INIT;
    pb_blame_of(NULL, NULL, &absent);
    assert_int_equal(absent.who, PB_BLAME_UNKNOWN);
    expect(&(struct failure){PB_OUTCOME_SKIP, NULL, "no ssl", NULL},
           "unknown");
    expect(&(struct failure){PB_OUTCOME_PASS, NULL, NULL, NULL}, "unknown");
    expect(&(struct failure){PB_OUTCOME_FAIL, NULL, NULL, NULL}, "unknown");
    expect(&(struct failure){PB_OUTCOME_FAIL, "X", "y", "\xff\xfe("},
           "unknown");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_project_is_to_blame_where_it_raised),
        cmocka_unit_test(a_file_that_does_not_compile_is_its_owners),
        cmocka_unit_test(a_dependency_is_to_blame_where_it_raised),
        cmocka_unit_test(cpython_is_to_blame_where_only_its_library_is_seen),
        cmocka_unit_test(a_crash_is_the_interpreters),
        cmocka_unit_test(the_runner_is_to_blame_where_only_it_is_seen),
        cmocka_unit_test(what_this_machine_lacks_is_nobodys),
        cmocka_unit_test(a_program_that_is_missing_is_the_environment),
        cmocka_unit_test(a_command_line_is_the_projects),
        cmocka_unit_test(an_extension_that_does_not_compile_is_its_owners),
        cmocka_unit_test(a_hang_is_where_its_interrupt_met_it),
        cmocka_unit_test(what_tells_nothing_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
