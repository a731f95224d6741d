/* JUnit XML as pytest and others write it, whole and torn. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "trial/readers/readers.h"

#define HEAD                                                                  \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><testsuites>"                  \
    "<testsuite name=\"pytest\" errors=\"1\" failures=\"1\" tests=\"9\">"
#define TAIL "</testsuite></testsuites>"

/* pytest 7.2, -o junit_family=xunit1, shortened. */
static const char pytest_file[] = HEAD
    "<testcase classname=\"tests.test_a.TestC\" name=\"test_pass\" "
    "file=\"tests/test_a.py\" line=\"3\" time=\"0.125\" />"
    "<testcase classname=\"tests.test_a\" name=\"test_p[1-x&quot;]\" "
    "file=\"tests/test_a.py\" line=\"9\" time=\"0.000\"><failure "
    "message=\"AssertionError: no&#10;assert 1 == 2\">def test_p():\n"
    "&gt;       assert 1 == 2, 'no'\n"
    "E       AssertionError: no\n"
    "E       assert 1 == 2\n\n"
    "tests/test_a.py:10: AssertionError</failure></testcase>"
    "<testcase classname=\"tests.test_a\" name=\"test_setup\" "
    "file=\"tests/test_a.py\" line=\"12\" time=\"0.010\"><error "
    "message=\"failed on setup with &quot;a.b.Broken: x&quot;\">"
    "E   a.b.Broken: x</error></testcase>"
    "<testcase classname=\"tests.test_a.TestC.TestD\" name=\"test_skip\" "
    "file=\"tests/test_a.py\" line=\"15\" time=\"0.000\"><skipped "
    "type=\"pytest.skip\" message=\"no ssl\">tests/test_a.py:15: no ssl"
    "</skipped></testcase>"
    "<testcase classname=\"tests.test_a\" name=\"test_xfail\" "
    "file=\"tests/test_a.py\" line=\"18\" time=\"0.000\"><skipped "
    "type=\"pytest.xfail\" message=\"known\" /></testcase>"
    "<testcase classname=\"tests.test_a\" name=\"test_xpass\" "
    "file=\"tests/test_a.py\" line=\"21\" time=\"0.000\"><failure "
    "message=\"[XPASS(strict)] known\">[XPASS(strict)] known</failure>"
    "</testcase>"
    "<testcase classname=\"\" name=\"tests.test_bad\" "
    "file=\"tests/test_bad.py\" time=\"0.000\"><error "
    "message=\"collection failure\">ImportError while importing test module "
    "'/x/tests/test_bad.py'.\nHint: make sure your test modules have valid "
    "Python names.\nTraceback:\ntests/test_bad.py:1: in &lt;module&gt;\n"
    "    import cgi\nE   ModuleNotFoundError: No module named 'cgi'</error>"
    "</testcase>" TAIL;

static void
read_file(const char *text, size_t length, struct pb_reading *reading)
{
    PB_AUTOFREE char *copy = pb_alloc(length);
    memcpy(copy, text, length);
    pb_read_junit((struct pb_span){copy, length}, reading);
}

static bool
read_text(const char *text, struct pb_results *results)
{
    struct pb_reading reading = {.results = results,
                                 .cut = PB_OUTCOME_CRASHED};
    read_file(text, strlen(text), &reading);
    return reading.orderly;
}

/* One test case, between head and tail. */
static bool
read_case(const char *text, struct pb_results *results)
{
    PB_AUTOFREE char *document = pb_asprintf("%s%s%s", HEAD, text, TAIL);
    return read_text(document, results);
}

static void
assert_result(const struct pb_results *results, const char *id,
              enum pb_outcome outcome, const char *type, const char *message)
{
    const struct pb_result *result = pb_results_find(results, id);
    if (result == NULL) {
        fail_msg("no result for '%s'", id);
    }
    else {
        assert_string_equal(pb_outcome_name(result->outcome),
                            pb_outcome_name(outcome));
        assert_string_equal(result->type == NULL ? "-" : result->type, type);
        assert_string_equal(result->message == NULL ? "-" : result->message,
                            message);
    }
}

static void
what_pytest_writes_has_its_node_ids(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    assert_true(read_text(pytest_file, &results));
    assert_int_equal(results.len, 7);
    assert_result(&results, "tests/test_a.py::TestC::test_pass",
                  PB_OUTCOME_PASS, "-", "-");
    assert_result(&results, "tests/test_a.py::test_p[1-x\"]", PB_OUTCOME_FAIL,
                  "AssertionError", "no\nassert 1 == 2");
    assert_result(&results, "tests/test_a.py::test_setup", PB_OUTCOME_ERROR,
                  "a.b.Broken", "x");
    assert_result(&results, "tests/test_a.py::TestC::TestD::test_skip",
                  PB_OUTCOME_SKIP, "-", "no ssl");
    assert_result(&results, "tests/test_a.py::test_xfail", PB_OUTCOME_XFAIL,
                  "-", "known");
    assert_result(&results, "tests/test_a.py::test_xpass", PB_OUTCOME_XPASS,
                  "-", "[XPASS(strict)] known");
    assert_result(&results, "tests/test_bad.py", PB_OUTCOME_ERROR,
                  "ModuleNotFoundError", "No module named 'cgi'");
    const struct pb_result *first = &results.items[0];
    assert_true(first->seconds > 0.12 && first->seconds < 0.13);
    assert_non_null(strstr(results.items[1].trace, "test_a.py:10"));
}

static void
a_file_torn_anywhere_keeps_the_whole_test_cases(void **state)
{
    (void)state;
    size_t length = sizeof(pytest_file) - 1;
    size_t before = 0;
    for (size_t cut = 0; cut <= length; cut++) {
        PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
        struct pb_reading reading = {.results = &results,
                                     .cut = PB_OUTCOME_CRASHED};
        read_file(pytest_file, cut, &reading);
        assert_int_equal(reading.orderly, cut == length);
        assert_in_range(results.len, before, before + 1);
        before = results.len;
    }
    assert_int_equal(before, 7);
}

static void
without_a_file_the_id_is_class_and_name(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_case("<testcase classname=\"tests.test_a.TestC\" name=\"test_x\"/>"
              "<testcase classname=\"\" name=\"tests.test_bad\"><error "
              "message=\"collection failure\">x</error></testcase>"
              "<testcase/>",
              &results);
    assert_int_equal(results.len, 2);
    assert_result(&results, "tests.test_a.TestC.test_x", PB_OUTCOME_PASS, "-",
                  "-");
    assert_result(&results, "tests.test_bad", PB_OUTCOME_ERROR, "-", "");
    assert_string_equal(results.items[1].trace, "x");
}

static void
an_inherited_test_belongs_to_the_file_that_collected_it(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_case("<testcase classname=\"test.dialect.test_suite.JoinTest\" "
              "file=\"lib/suite/test_select.py\" name=\"test_x\"/>"
              "<testcase classname=\"test.test_suites.JoinTest\" "
              "file=\"test/test_suite.py\" name=\"test_y\"/>"
              "<testcase classname=\"README.rst\" file=\"README.rst\" "
              "name=\"README.rst\"/>",
              &results);
    assert_string_equal(results.items[0].id,
                        "test/dialect/test_suite.py::JoinTest::test_x");
    assert_string_equal(results.items[1].id,
                        "test/test_suites.py::JoinTest::test_y");
    assert_string_equal(results.items[2].id, "README.rst::README.rst");
}

static void
one_id_twice_keeps_the_worst(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_case("<testcase classname=\"m\" name=\"a\"><failure "
              "message=\"ValueError: call\">t</failure></testcase>"
              "<testcase classname=\"m\" name=\"a\"><error message=\"failed "
              "on teardown with &quot;KeyError: 1&quot;\">t</error>"
              "</testcase>"
              "<testcase classname=\"m\" name=\"b\"><skipped message=\"s\"/>"
              "<failure type=\"my.Error\" message=\"bad\">t</failure>"
              "<system-out>error</system-out></testcase>",
              &results);
    assert_int_equal(results.len, 2);
    assert_result(&results, "m.a", PB_OUTCOME_ERROR, "KeyError", "1");
    assert_result(&results, "m.b", PB_OUTCOME_FAIL, "my.Error", "bad");
}

static void
messages_without_an_exception_find_it_in_the_text(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_case(
        "<testcase classname=\"m\" name=\"plain\"><failure "
        "message=\"assert 1 == 2&#10; +  where\">t</failure></testcase>"
        "<testcase classname=\"m\" name=\"native\"><failure message=\"it is "
        "bad\">Traceback (most recent call last):\n  File \"a.py\", line 1\n"
        "    f()\nKeyError: 'k'\n</failure></testcase>"
        "<testcase classname=\"m\" name=\"none\"><failure>only text"
        "</failure></testcase>",
        &results);
    assert_result(&results, "m.plain", PB_OUTCOME_FAIL, "AssertionError",
                  "assert 1 == 2\n +  where");
    assert_result(&results, "m.native", PB_OUTCOME_FAIL, "KeyError",
                  "it is bad");
    assert_result(&results, "m.none", PB_OUTCOME_FAIL, "-", "");
}

static void
what_xml_forbids_does_not_stop_the_reading(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    assert_true(
        read_case("<testcase classname=\"m\" name=\"a&#x0;b&#0;c&#xD800;d"
                  "&#x1b;e\xFF\x01\xEF\xBF\xBF\"><failure message=\"E: x"
                  "&#xFFFFFFFFFFF;\">\x1b[1m <![CDATA[\x02]]></failure>"
                  "</testcase><testcase classname=\"m\" name=\"b&#65;\"/>",
                  &results));
    assert_int_equal(results.len, 2);
    assert_string_equal(results.items[0].id, "m.a?b?c?d?e\xEF\xBF\xBD??");
    assert_string_equal(results.items[0].message, "x?");
    assert_string_equal(results.items[1].id, "m.bA");
}

static void
an_encoding_declared_wrongly_is_no_obstacle(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    assert_true(read_text("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>"
                          "<testsuite><testcase classname=\"m\" "
                          "name=\"\xC3\xA9\"/></testsuite>",
                          &results));
    assert_string_equal(results.items[0].id, "m.\xC3\xA9");
}

static void
documents_with_entities_are_not_read(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    assert_false(read_text("<!DOCTYPE a [<!ENTITY b \"cc\">]><testsuite>"
                           "<testcase classname=\"m\" name=\"&b;\"/>"
                           "</testsuite>",
                           &results));
    assert_int_equal(results.len, 0);
}

static void
what_is_no_xml_gives_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n", "no xml", "<", "{}"};
    for (size_t i = 0; i < PB_LENGTH(texts); i++) {
        PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
        assert_false(read_text(texts[i], &results));
        assert_int_equal(results.len, 0);
    }
}

static void
every_changed_byte_is_survived(void **state)
{
    (void)state;
    size_t length = sizeof(pytest_file) - 1;
    for (size_t i = 0; i < length; i++) {
        char text[sizeof(pytest_file)];
        memcpy(text, pytest_file, sizeof(text));
        text[i] = (char)(text[i] ^ (char)(1 << (i % 8)));
        PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
        struct pb_reading reading = {.results = &results,
                                     .cut = PB_OUTCOME_CRASHED};
        read_file(text, length, &reading);
        assert_in_range(results.len, 0, 8);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_pytest_writes_has_its_node_ids),
        cmocka_unit_test(a_file_torn_anywhere_keeps_the_whole_test_cases),
        cmocka_unit_test(without_a_file_the_id_is_class_and_name),
        cmocka_unit_test(
            an_inherited_test_belongs_to_the_file_that_collected_it),
        cmocka_unit_test(one_id_twice_keeps_the_worst),
        cmocka_unit_test(messages_without_an_exception_find_it_in_the_text),
        cmocka_unit_test(what_xml_forbids_does_not_stop_the_reading),
        cmocka_unit_test(an_encoding_declared_wrongly_is_no_obstacle),
        cmocka_unit_test(documents_with_entities_are_not_read),
        cmocka_unit_test(what_is_no_xml_gives_nothing),
        cmocka_unit_test(every_changed_byte_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
