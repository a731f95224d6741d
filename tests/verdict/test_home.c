/* Whose code a frame is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "pybisect/traceback.h"

static const char *const names[] = {
    [PB_HOME_NONE] = "none",       [PB_HOME_STDLIB] = "stdlib",
    [PB_HOME_RUNNER] = "runner",   [PB_HOME_DEPENDENCY] = "dependency",
    [PB_HOME_PROJECT] = "project",
};

/* "kind path" or "kind package path". */
static void
expect_in(const struct pb_trace_places *places, const char *path,
          const char *expected)
{
    PB_AUTO(pb_frame_home) struct pb_frame_home home = PB_FRAME_HOME_INIT;
    pb_frame_home_of(path, places, &home);
    PB_AUTOFREE char *got = pb_asprintf(
        "%s%s%s %s", names[home.kind], home.package == NULL ? "" : " ",
        home.package == NULL ? "" : home.package, home.path);
    assert_string_equal(got, expected);
}

static void
expect(const char *path, const char *expected)
{
    expect_in(NULL, path, expected);
}

static void
the_directories_of_a_trial_are_known_by_name(void **state)
{
    (void)state;
    expect("/home/me/.cache/pybisect/runs/run-Ab12cD/project/genshi/core.py",
           "project genshi/core.py");
    expect("/home/me/.cache/pybisect/trees/0/run-2/Lib/html/parser.py",
           "stdlib html/parser.py");
    expect("/c/trees/1/run-clean/Lib/site-packages/six.py",
           "dependency six six.py");
    expect("../../../trees/0/run-2/Lib/importlib/__init__.py",
           "stdlib importlib/__init__.py");
    expect("/c/runs/run-Ab12cD/project/Lib/fontTools/ttx.py",
           "project Lib/fontTools/ttx.py");
}

static void
an_installed_library_is_the_standard_library(void **state)
{
    (void)state;
    expect("/usr/lib/python3.11/json/decoder.py", "stdlib json/decoder.py");
    expect("/usr/lib64/python2.7/json/decoder.py", "stdlib json/decoder.py");
    expect("/opt/lib/python312.zip/os.py", "stdlib os.py");
    expect("<frozen importlib._bootstrap>", "stdlib importlib/_bootstrap.py");
    expect("<frozen runpy>", "stdlib runpy.py");
}

static void
packages_have_the_name_that_is_imported(void **state)
{
    (void)state;
    expect("/usr/lib/python3.11/site-packages/zope/interface/ro.py",
           "dependency zope.interface zope/interface/ro.py");
    expect("/usr/lib/python3/dist-packages/yaml/__init__.py",
           "dependency yaml yaml/__init__.py");
    expect("/srv/deps/attr/_make.py", "dependency attr attr/_make.py");
    expect("/v/lib/python3.9/site-packages/foo-1.0-py3.9.egg/foo/a.py",
           "dependency foo foo/a.py");
}

static void
runners_are_known_wherever_they_are(void **state)
{
    (void)state;
    expect("/c/trees/0/run-0/Lib/unittest/case.py", "runner unittest/case.py");
    expect("/c/trees/0/run-0/Lib/unittest.py", "runner unittest.py");
    expect("/c/trees/0/run-0/Lib/doctest.py", "runner doctest.py");
    expect("/c/trees/0/run-0/Lib/unittest/mock.py", "stdlib unittest/mock.py");
    expect("/d/site-packages/_pytest/python.py", "runner _pytest/python.py");
    expect("/d/site-packages/pluggy/_callers.py", "runner pluggy/_callers.py");
    expect("/d/site-packages/nose2/main.py", "runner nose2/main.py");
    expect("/c/runs/run-x/project/src/twisted/trial/_asynctest.py",
           "runner src/twisted/trial/_asynctest.py");
    expect("/c/runs/run-x/project/src/twisted/trial/test/test_log.py",
           "project src/twisted/trial/test/test_log.py");
    expect("/c/runs/run-x/project/django/test/testcases.py",
           "runner django/test/testcases.py");
    expect("/usr/share/pybisect/reporter.py", "runner reporter.py");
    expect("/src/pybisect/src/trial/reporter.py", "runner reporter.py");
    expect("/home/me/app/reporter.py", "project app/reporter.py");
}

static void
what_is_relative_is_the_projects(void **state)
{
    (void)state;
    expect("tests/test_x.py", "project tests/test_x.py");
    expect("./setup.py", "project setup.py");
    expect("src/deps/x.py", "project src/deps/x.py");
}

static void
an_unknown_directory_is_forgotten_but_for_its_name(void **state)
{
    (void)state;
    expect("/home/me/thing/tests/test_x.py", "project tests/test_x.py");
    expect("/tmp/tmpab12cd34/mod.py", "project mod.py");
    expect("/x.py", "project x.py");
}

static void
what_is_no_file_is_nobodys(void **state)
{
    (void)state;
    expect("<string>", "none <string>");
    expect("<doctest genshi.core[3]>", "none <doctest genshi.core[3]>");
    expect("memory:0x7f1200", "none memory:0x7f1200");
    expect("", "none ");
    expect("/", "none /");
    expect("../..", "none ../..");
}

static void
directories_that_are_given_come_first(void **state)
{
    (void)state;
    static const struct pb_trace_places places = {
        .project = "/home/me/proj/",
        .deps = "/srv/pure",
        .python = "/opt/py",
    };
    expect_in(&places, "/home/me/proj/a/b.py", "project a/b.py");
    expect_in(&places, "a/b.py", "project a/b.py");
    expect_in(&places, "../../../srv/pure/six.py", "dependency six six.py");
    expect_in(&places, "/srv/pure/six.py", "dependency six six.py");
    expect_in(&places, "/srv/purest/six.py", "project purest/six.py");
    expect_in(&places, "/opt/py/Lib/ast.py", "stdlib ast.py");
    expect_in(&places, "/opt/py/lib/python3.13/ast.py", "stdlib ast.py");
    expect_in(&places, "/opt/py/Include/object.h", "stdlib Include/object.h");
    expect_in(&places, "/opt/py/lib/python3.13/site-packages/six.py",
              "dependency six six.py");
    expect_in(&places, "/c/runs/run-old/project/a/b.py", "project a/b.py");
}

/* The path that decides, and its function. */
static void
expect_decisive(const char *text, const char *expected)
{
    PB_AUTO(pb_traceback) struct pb_traceback trace = PB_TRACEBACK_INIT;
    PB_AUTO(pb_frame_home) struct pb_frame_home home = PB_FRAME_HOME_INIT;
    pb_traceback_parse(text, &trace);
    size_t index = pb_traceback_decisive(&trace, NULL, &home);
    if (index == PB_NO_FRAME) {
        assert_null(home.path);
        assert_string_equal("", expected);
        return;
    }
    PB_AUTOFREE char *got =
        pb_asprintf("%s %s", home.path, trace.items[index].function);
    assert_string_equal(got, expected);
}

#define HEAD "Traceback (most recent call last):\n"
#define FRAME(path, function)                                                 \
    "  File \"" path "\", line 1, in " function "\n    x\n"

static void
the_innermost_frame_of_project_or_dependency_decides(void **state)
{
    (void)state;
    expect_decisive(HEAD FRAME("/r/run-1/project/tests/a.py", "test_a")
                        FRAME("/r/run-1/project/pkg/b.py", "b")
                            FRAME("/t/run-0/Lib/json/decoder.py", "decode")
                                FRAME("<string>", "<module>") "KeyError: 1\n",
                    "pkg/b.py b");
    expect_decisive(HEAD FRAME("/t/run-0/Lib/unittest/case.py", "run")
                        FRAME("<string>", "<module>") "KeyError: 1\n",
                    "");
    expect_decisive("", "");
}

static void
a_comprehension_counts_as_the_function_around_it(void **state)
{
    (void)state;
    static const char *const old = HEAD FRAME("/r/run-1/project/a.py", "f")
        FRAME("/r/run-1/project/a.py", "<listcomp>") "KeyError: 1\n";
    static const char *const new =
        HEAD FRAME("/r/run-1/project/a.py", "f") "KeyError: 1\n";
    expect_decisive(old, "a.py f");
    expect_decisive(new, "a.py f");
    expect_decisive(HEAD FRAME("/r/run-1/project/a.py", "<listcomp>"),
                    "a.py <listcomp>");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_directories_of_a_trial_are_known_by_name),
        cmocka_unit_test(an_installed_library_is_the_standard_library),
        cmocka_unit_test(packages_have_the_name_that_is_imported),
        cmocka_unit_test(runners_are_known_wherever_they_are),
        cmocka_unit_test(what_is_relative_is_the_projects),
        cmocka_unit_test(an_unknown_directory_is_forgotten_but_for_its_name),
        cmocka_unit_test(what_is_no_file_is_nobodys),
        cmocka_unit_test(directories_that_are_given_come_first),
        cmocka_unit_test(the_innermost_frame_of_project_or_dependency_decides),
        cmocka_unit_test(a_comprehension_counts_as_the_function_around_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
