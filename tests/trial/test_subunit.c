/* Subunit 1 as trial writes it, between a suite's other output. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pybisect/alloc.h"
#include "trial/readers/readers.h"

/* Recorded from trial 22.4, shortened. */
static const char trial_stream[] =
    "test: test_t.T.test_cleanup\n"
    "failure: test_t.T.test_cleanup [\n"
    "Traceback (most recent call last):\n"
    "  File \"/x/twisted/internet/defer.py\", line 190, in maybeDeferred\n"
    "    result = f(*args, **kwargs)\n"
    "  File \"/x/test_t.py\", line 13, in test_cleanup\n"
    "    self.fail(\"first\")\n"
    "twisted.trial.unittest.FailTest: first\n"
    "]\n"
    "error: test_t.T.test_cleanup [\n"
    "Traceback (most recent call last):\n"
    "  File \"/x/test_t.py\", line 12, in <lambda>\n"
    "    self.addCleanup(lambda: 1/0)\n"
    "                            ~^~\n"
    "ZeroDivisionError: division by zero\n"
    "]\n"
    "test: test_t.T.test_error\n"
    "error: test_t.T.test_error [\n"
    "Traceback (most recent call last):\n"
    "  File \"/x/test_t.py\", line 5, in test_error\n"
    "    def test_error(self): raise ValueError(\"x\\ny\")\n"
    "ValueError: x\n"
    "y\n"
    "]\n"
    "test: test_t.T.test_logged\n"
    "error: test_t.T.test_logged [\n"
    "ValueError: logged\n"
    "]\n"
    "test: test_t.T.test_pass\n"
    "successful: test_t.T.test_pass\n"
    "test: test_t.T.test_skip\n"
    "skip: test_t.T.test_skip [\n"
    "why\n"
    "]\n"
    "test: test_t.T.test_todo\n"
    "xfail: test_t.T.test_todo [\n"
    "Traceback (most recent call last):\n"
    "  File \"/x/test_t.py\", line 7, in test_todo\n"
    "    def test_todo(self): 1/0\n"
    "ZeroDivisionError: division by zero\n"
    "]\n";

static void
read_stream(const char *text, size_t length, struct pb_reading *reading)
{
    /* On the heap to the byte, so that reading past it is seen. */
    PB_AUTOFREE char *copy = pb_alloc(length);
    memcpy(copy, text, length);
    pb_read_subunit((struct pb_span){copy, length}, reading);
}

static void
read_text(const char *text, struct pb_results *results)
{
    struct pb_reading reading = {.results = results,
                                 .cut = PB_OUTCOME_CRASHED};
    read_stream(text, strlen(text), &reading);
}

static void
what_trial_writes_is_read(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    struct pb_reading reading = {.results = &results,
                                 .cut = PB_OUTCOME_CRASHED};
    read_stream(trial_stream, sizeof(trial_stream) - 1, &reading);
    assert_true(reading.orderly);
    assert_int_equal(results.len, 6);
    const struct pb_result *result =
        pb_results_find(&results, "test_t.T.test_cleanup");
    assert_int_equal(result->outcome, PB_OUTCOME_ERROR);
    assert_string_equal(result->type, "ZeroDivisionError");
    assert_string_equal(result->message, "division by zero");
    result = pb_results_find(&results, "test_t.T.test_error");
    assert_string_equal(result->type, "ValueError");
    assert_string_equal(result->message, "x\ny");
    assert_non_null(strstr(result->trace, "line 5, in test_error"));
    result = pb_results_find(&results, "test_t.T.test_logged");
    assert_string_equal(result->message, "logged");
    result = pb_results_find(&results, "test_t.T.test_skip");
    assert_int_equal(result->outcome, PB_OUTCOME_SKIP);
    assert_string_equal(result->message, "why");
    assert_int_equal(pb_results_outcome(&results, "test_t.T.test_todo"),
                     PB_OUTCOME_XFAIL);
    assert_int_equal(pb_results_outcome(&results, "test_t.T.test_pass"),
                     PB_OUTCOME_PASS);
}

static void
a_stream_torn_anywhere_keeps_what_it_had(void **state)
{
    (void)state;
    size_t length = sizeof(trial_stream) - 1;
    size_t before = 0;
    for (size_t cut = 0; cut <= length; cut++) {
        PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
        struct pb_reading reading = {.results = &results,
                                     .cut = PB_OUTCOME_HUNG};
        read_stream(trial_stream, cut, &reading);
        size_t hung = pb_results_count(&results, PB_OUTCOME_HUNG);
        assert_int_equal(hung, reading.orderly ? 0 : 1);
        size_t complete = results.len - hung;
        assert_true(complete + 1 >= before && complete <= 6);
        before = complete > before ? complete : before;
    }
    assert_int_equal(before, 6);
}

static void
a_test_without_a_verdict_was_running_when_it_ended(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    struct pb_reading reading = {.results = &results,
                                 .cut = PB_OUTCOME_CRASHED};
    static const char text[] = "test: a\nsuccessful: a\ntest: m.C.test_b\n"
                               "Fatal Python error: Segmentation fault\n";
    read_stream(text, sizeof(text) - 1, &reading);
    assert_false(reading.orderly);
    assert_int_equal(pb_results_outcome(&results, "m.C.test_b"),
                     PB_OUTCOME_CRASHED);
    assert_int_equal(results.len, 2);
}

static void
output_that_looks_like_verdicts_is_output(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_text("error: no such file\n"
              "test: a\n"
              "error: something was printed\n"
              "failure: b\n"
              "half a linesuccessful: a\n"
              "skip: to the end\n",
              &results);
    assert_int_equal(results.len, 1);
    assert_int_equal(pb_results_outcome(&results, "a"), PB_OUTCOME_PASS);
}

static void
chunks_that_are_not_well_formed_are_read_by_line(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_text("time: 2024-05-01 23:59:59.500000Z\n"
              "test: a\n"
              "time: 2024-05-02 00:00:01.750000Z\n"
              "failure: a [ multipart\n"
              "Content-Type: text/x-traceback;charset=utf8,language=python\n"
              "traceback\n"
              "FFFF\r\nwritten over by standard error\n"
              "0\r\n"
              "]\n"
              "test: b\n"
              "successful: b\n",
              &results);
    assert_int_equal(pb_results_outcome(&results, "a"), PB_OUTCOME_FAIL);
    assert_int_equal(pb_results_outcome(&results, "b"), PB_OUTCOME_PASS);
    double seconds = pb_results_find(&results, "a")->seconds;
    assert_true(seconds > 2.2 && seconds < 2.3);
    assert_int_equal(results.len, 2);
}

static void
a_well_formed_chunk_gives_type_and_message(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_text("test: a\n"
              "error: a [ multipart\n"
              "Content-Type: text/plain;charset=utf8\n"
              "traceback\n"
              "11\r\nValueError: a\n]\nb"
              "0\r\n"
              "]\n"
              "test: b\n"
              "successful: b\n",
              &results);
    assert_int_equal(results.len, 2);
    const struct pb_result *result = pb_results_find(&results, "a");
    assert_string_equal(result->type, "ValueError");
    assert_string_equal(result->message, "a\n]\nb");
    assert_int_equal(pb_results_outcome(&results, "b"), PB_OUTCOME_PASS);
}

static void
class_level_verdicts_need_no_test_line(void **state)
{
    (void)state;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    read_text("error: setUpClass (m.C) [\nValueError: x\n]\n"
              "uxsuccess: m.C.test_x [\n]\n",
              &results);
    assert_int_equal(pb_results_outcome(&results, "setUpClass (m.C)"),
                     PB_OUTCOME_ERROR);
    assert_int_equal(pb_results_outcome(&results, "m.C.test_x"),
                     PB_OUTCOME_XPASS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_trial_writes_is_read),
        cmocka_unit_test(a_stream_torn_anywhere_keeps_what_it_had),
        cmocka_unit_test(a_test_without_a_verdict_was_running_when_it_ended),
        cmocka_unit_test(output_that_looks_like_verdicts_is_output),
        cmocka_unit_test(chunks_that_are_not_well_formed_are_read_by_line),
        cmocka_unit_test(a_well_formed_chunk_gives_type_and_message),
        cmocka_unit_test(class_level_verdicts_need_no_test_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
