/* One suite through the runners that this machine has: whatever ran it and
   whatever read it, a test has one outcome and one signature. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "pybisect/verdict.h"
#include "trial/suite.h"

#define LONG_ENOUGH 120

static const char project_file[] =
    "def price(item):\n"
    "    return int(item)\n"
    "def total(items):\n"
    "    return sum([price(item) for item in items])\n"
    "def wrapped(items):\n"
    "    try:\n"
    "        return total(items)\n"
    "    except ValueError as error:\n"
    "        raise RuntimeError('no total') from error\n"
    "def compared(left, right):\n"
    "    assert left == right, 'they differ'\n";

static const char suite_file[] =
    "import sys, unittest\n"
    "import shop\n"
    "class Odd(Exception): pass\n"
    "class T(unittest.TestCase):\n"
    "    def test_pass(self): pass\n"
    "    def test_skip(self): self.skipTest('no ssl')\n"
    "    def test_prints(self):\n"
    "        sys.stderr.write('on stderr: ok\\nhalf a line')\n"
    "    def test_equal(self): self.assertEqual(1, 2)\n"
    "    def test_lines(self): self.assertEqual('a\\nb\\n', 'a\\nc\\n')\n"
    "    def test_own(self): raise KeyError('k')\n"
    "    def test_documented(self):\n"
    "        '''Says ... ok'''\n"
    "        raise OSError('disk')\n"
    "    def test_deep(self): shop.total(['1', 'x'])\n"
    "    def test_chained(self): shop.wrapped(['x'])\n"
    "    def test_assert(self): shop.compared(1, 2)\n"
    "    def test_library(self):\n"
    "        import json\n"
    "        json.loads('{')\n"
    "    def test_removed(self):\n"
    "        import unittest\n"
    "        unittest.makeSuites\n"
    "    def test_lines_said(self):\n"
    "        raise ValueError('one\\n\\ntwo: three')\n"
    "    def test_says_nothing(self): raise ValueError\n"
    "    def test_own_class(self): raise Odd('odd')\n";

static const char known_file[] =
    "import unittest\n"
    "class K(unittest.TestCase):\n"
    "    @unittest.expectedFailure\n"
    "    def test_xfail(self): self.fail('known')\n";

static const char settings_file[] =
    "SECRET_KEY = 'x'\nDATABASES = {}\nINSTALLED_APPS = []\n";

static const struct {
    const char *name;
    const char *signature;
} tests_of_suite[] = {
    {"test_pass", "pass"},
    {"test_prints", "pass"},
    {"test_skip", "skip: no ssl"},
    {"test_equal", "AssertionError: 1 != 2"},
    {"test_lines", "AssertionError: 'a\\nb\\n' != 'a\\nc\\n'"},
    {"test_own", "KeyError: 'k'"},
    {"test_documented", "OSError: disk"},
    {"test_deep", "ValueError: invalid literal for int() with base 10: 'x' "
                  "[shop.py: price]"},
    {"test_chained", "RuntimeError: no total [shop.py: wrapped]"},
    {"test_assert", "AssertionError: they differ [shop.py: compared]"},
    {"test_library", "json.decoder.JSONDecodeError: Expecting property name "
                     "enclosed in double quotes: line N column 2 (char 1)"},
    {"test_removed", "AttributeError: module 'unittest' has no attribute "
                     "'makeSuites'"},
    {"test_lines_said", "ValueError: one"},
    {"test_says_nothing", "ValueError"},
    {"test_own_class", "test_suite.Odd: odd"},
};

static void
require(const char *module)
{
    char *command =
        pb_asprintf("python3 -c 'import %s' >/dev/null 2>&1", module);
    bool there = system(command) == 0;
    free(command);
    if (!there) {
        skip(); /* does not return */
    }
}

static void
expect(const struct suite *suite, const char *prefix, const char *name,
       const char *signature)
{
    PB_AUTOFREE char *id = pb_asprintf("%s%s", prefix, name);
    const struct pb_result *result = pb_results_find(&suite->results, id);
    PB_AUTOFREE char *got = pb_signature_of(result);
    PB_AUTOFREE char *said = pb_asprintf("%s: %s", name, got);
    PB_AUTOFREE char *wanted = pb_asprintf("%s: %s", name, signature);
    assert_string_equal(said, wanted);
}

/* `words` come behind "python3 -m". */
static void
run_and_expect(struct suite *suite, enum pb_reader reader, const char *prefix,
               const char *const *words)
{
    const char *argv[12] = {"python3", "-m"};
    for (size_t i = 0; words[i] != NULL; i++) {
        assert_true(i + 3 < PB_LENGTH(argv));
        argv[i + 2] = words[i];
    }
    suite_run(suite, reader, argv, LONG_ENOUGH);
    for (size_t i = 0; i < PB_LENGTH(tests_of_suite); i++) {
        expect(suite, prefix, tests_of_suite[i].name,
               tests_of_suite[i].signature);
    }
}
#define RUN(suite, reader, prefix, ...)                                       \
    run_and_expect((suite), (reader), (prefix),                               \
                   (const char *const[]){__VA_ARGS__, NULL})

static int
set_up(void **state)
{
    if (suite_setup(state) < 0) {
        return -1;
    }
    suite_write(*state, "shop.py", project_file);
    suite_write(*state, "test_suite.py", suite_file);
    suite_write(*state, "test_known.py", known_file);
    suite_write(*state, "settings.py", settings_file);
    return 0;
}

#define DOTTED "test_suite.T."
#define KNOWN "test_known.K.test_xfail"
#define NODES "test_suite.py::T::"

static void
unittest_by_the_reporter(void **state)
{
    suite_unittest(*state, "test_suite");
    for (size_t i = 0; i < PB_LENGTH(tests_of_suite); i++) {
        expect(*state, DOTTED, tests_of_suite[i].name,
               tests_of_suite[i].signature);
    }
    suite_unittest(*state, "test_known");
    expect(*state, "", KNOWN, "xfail");
}

static void
unittest_as_text(void **state)
{
    RUN(*state, PB_READER_TEXT, DOTTED, "unittest", "-v", "test_suite",
        "test_known");
    expect(*state, "", KNOWN, "xfail");
}

static void
django_as_text(void **state)
{
    require("django.test, pytz");
    RUN(*state, PB_READER_TEXT, DOTTED, "django", "test",
        "--settings=settings", "-v2", "test_suite", "test_known");
    expect(*state, "", KNOWN, "xfail");
}

static void
nose2_as_text(void **state)
{
    require("nose2");
    RUN(*state, PB_READER_TEXT, DOTTED, "nose2", "-v", "test_suite",
        "test_known");
    expect(*state, "", KNOWN, "xfail");
}

/* Telling of an expected failure of unittest's own, Trial 22.4 dies. */
static void
trial_as_text(void **state)
{
    require("twisted.trial");
    RUN(*state, PB_READER_TEXT, DOTTED, "twisted.trial", "--reporter=verbose",
        "test_suite");
}

static void
trial_as_subunit(void **state)
{
    require("twisted.trial, subunit");
    RUN(*state, PB_READER_SUBUNIT, DOTTED, "twisted.trial",
        "--reporter=subunit", "test_suite", "test_known");
    expect(*state, "", KNOWN, "xfail");
}

static void
subunit_in_packets(void **state)
{
    require("subunit");
    RUN(*state, PB_READER_SUBUNIT, DOTTED, "subunit.run", "test_suite",
        "test_known");
    expect(*state, "", KNOWN, "xfail");
}

/* To zope.testrunner an expected failure has passed. */
static void
zope_as_subunit(void **state)
{
    static const char *const versions[] = {"--subunit", "--subunit-v2"};
    require("zope.testrunner, subunit");
    for (size_t i = 0; i < PB_LENGTH(versions); i++) {
        RUN(*state, PB_READER_SUBUNIT, DOTTED, "zope.testrunner", versions[i],
            "--path=.", "--tests-pattern=^test_(suite|known)$");
        expect(*state, "", KNOWN, "pass");
    }
}

static void
pytest_as_text_of_each_style(void **state)
{
    static const char *const styles[] = {"--tb=auto", "--tb=long",
                                         "--tb=short", "--tb=native"};
    require("pytest");
    for (size_t i = 0; i < PB_LENGTH(styles); i++) {
        RUN(*state, PB_READER_TEXT, NODES, "pytest", "-p", "no:cacheprovider",
            "-v", styles[i], "test_suite.py", "test_known.py");
        expect(*state, "", "test_known.py::K::test_xfail", "xfail");
    }
}

static void
pytest_as_junit_of_each_style(void **state)
{
    static const char *const styles[] = {"--tb=auto", "--tb=short",
                                         "--tb=native"};
    require("pytest");
    for (size_t i = 0; i < PB_LENGTH(styles); i++) {
        RUN(*state, PB_READER_JUNIT, DOTTED, "pytest", "-p",
            "no:cacheprovider", styles[i], "--junitxml=scratch",
            "test_suite.py", "test_known.py");
        expect(*state, "", KNOWN, "xfail");
    }
}

#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, set_up, suite_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unittest_by_the_reporter),
        TEST(unittest_as_text),
        TEST(django_as_text),
        TEST(nose2_as_text),
        TEST(trial_as_text),
        TEST(trial_as_subunit),
        TEST(subunit_in_packets),
        TEST(zope_as_subunit),
        TEST(pytest_as_text_of_each_style),
        TEST(pytest_as_junit_of_each_style),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
