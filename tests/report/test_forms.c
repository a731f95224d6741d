/* Forms by their names, and JUnit that our own reader reads back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/report.h"
#include "trial/readers/readers.h"

static void
a_files_name_says_its_form(void **state)
{
    (void)state;
    assert_int_equal(pb_report_form_of_file("a/b.html"), PB_REPORT_HTML);
    assert_int_equal(pb_report_form_of_file("issue.md"), PB_REPORT_MARKDOWN);
    assert_int_equal(pb_report_form_of_file("x.html.xml"), PB_REPORT_JUNIT);
    assert_int_equal(pb_report_form_of_file("report.txt"), PB_REPORT_TEXT);
    assert_int_equal(pb_report_form_of_file("report"), PB_REPORT_JSON);
    assert_int_equal(pb_report_form_of_file(".html"), PB_REPORT_JSON);
    assert_int_equal(pb_report_form_of_file(""), PB_REPORT_JSON);
}

static void
an_unknown_form_is_none(void **state)
{
    (void)state;
    enum pb_report_form form = PB_REPORT_TEXT;
    enum pb_report_for reader = PB_REPORT_FOR_PROJECT;
    assert_true(pb_report_form_parse("junit", &form));
    assert_int_equal(form, PB_REPORT_JUNIT);
    assert_false(pb_report_form_parse("pdf", &form));
    assert_true(pb_report_for_parse("cpython", &reader));
    assert_int_equal(reader, PB_REPORT_FOR_CPYTHON);
    assert_false(pb_report_for_parse("me", &reader));
}

static void
a_record_of_another_version_is_refused(void **state)
{
    (void)state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_json) struct pb_json *record = pb_json_object();
    assert_int_equal(pb_report_check(record, "it", &err), -1);
    assert_string_equal(err.message, "it names no schema");
    pb_json_set(record, "schema", pb_json_string("pybisect-report-0"));
    pb_error_clear(&err);
    assert_int_equal(pb_report_check(record, "it", &err), -1);
    assert_string_equal(err.message, "it has the schema 'pybisect-report-0'");
    assert_int_equal(err.code, PB_ERROR_CONFIG);
    pb_json_set(record, "schema", pb_json_string("pybisect-report-1"));
    assert_int_equal(pb_report_check(record, "it", &err), 0);
}

/* --- JUnit -------------------------------------------------------------- */

static const char *const ids[] = {
    "a.b.C.test_d",
    "test_alone",
    "a.b.C.test_d (x=1.5)",
    "a.b.C.test_d[1.5-y]",
    "tests/test_a.py::test_b",
    "tests/test_a.py::TestC::test_d",
    "tests/test_a.py::TestC::test_d[a::b.c]",
    "a.b.<&\"'> of é",
};

static struct pb_json *
result_json(const char *outcome, const char *message)
{
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "outcome", pb_json_string(outcome));
    pb_json_set(json, "type", pb_json_string("ValueError"));
    pb_json_set(json, "message", pb_json_string(message));
    return json;
}

static struct pb_json *
record_of(const char *kind)
{
    struct pb_json *tests = pb_json_array();
    for (size_t i = 0; i < PB_LENGTH(ids); i++) {
        struct pb_json *test = pb_json_object();
        pb_json_set(test, "id", pb_json_string(ids[i]));
        pb_json_set(test, "kind", pb_json_string(kind));
        pb_json_set(test, "before", result_json("pass", NULL));
        pb_json_set(test, "after", result_json("fail", "no <good> & \x1b[1m"));
        pb_json_append(tests, test);
    }
    struct pb_json *finding = pb_json_object();
    struct pb_json *findings = pb_json_array();
    struct pb_json *record = pb_json_object();
    pb_json_set(finding, "tests", tests);
    pb_json_append(findings, finding);
    pb_json_set(record, "findings", findings);
    return record;
}

static void
read_back(const struct pb_json *record, struct pb_results *results)
{
    struct pb_reading reading = {.results = results};
    PB_AUTO(pb_buf) struct pb_buf xml = PB_BUF_INIT;
    pb_report_junit(record, &xml);
    pb_read_junit((struct pb_span){xml.data, xml.len}, &reading);
    pb_reading_clear(&reading);
}

static void
our_own_reader_reads_what_got_worse(void **state)
{
    (void)state;
    static const char *const kinds[] = {"failing", "skipped", "vanished",
                                        "different", "unchanged"};
    for (size_t k = 0; k < PB_LENGTH(kinds); k++) {
        PB_AUTO(pb_json) struct pb_json *record = record_of(kinds[k]);
        PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
        read_back(record, &results);
        assert_int_equal(pb_results_tests(&results), PB_LENGTH(ids));
        for (size_t i = 0; i < PB_LENGTH(ids); i++) {
            const struct pb_result *found = pb_results_find(&results, ids[i]);
            assert_non_null(found);
            assert_int_equal(found->outcome, PB_OUTCOME_FAIL);
            assert_string_equal(found->type, "ValueError");
        }
    }
}

static void
our_own_reader_reads_what_is_fixed(void **state)
{
    (void)state;
    PB_AUTO(pb_json) struct pb_json *record = record_of("fixed");
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_back(record, &results);
    assert_int_equal(pb_results_count(&results, PB_OUTCOME_PASS),
                     PB_LENGTH(ids));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_files_name_says_its_form),
        cmocka_unit_test(an_unknown_form_is_none),
        cmocka_unit_test(a_record_of_another_version_is_refused),
        cmocka_unit_test(our_own_reader_reads_what_got_worse),
        cmocka_unit_test(our_own_reader_reads_what_is_fixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
