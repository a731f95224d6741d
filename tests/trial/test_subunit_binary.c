/* Subunit 2: packets whole, torn, damaged, and between other bytes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pybisect/alloc.h"
#include "trial/readers/subunit_packet.h"
#include "trial/sample.h"

#define RUN "subunit/subunit-run.bin"

static void
add_number(struct pb_buf *out, size_t value)
{
    if (value >= 64) {
        assert_true(value < 16384);
        pb_buf_addch(out, (char)(0x40 | (value >> 8)));
    }
    pb_buf_addch(out, (char)(value & 0xFF));
}

static void
add_text(struct pb_buf *out, const char *text)
{
    add_number(out, strlen(text));
    pb_buf_adds(out, text);
}

/* With an id, two tags, a route, and an attachment when `file` is given. */
static void
add_packet(struct pb_buf *out, const char *id, unsigned status,
           const char *file, const char *content)
{
    PB_AUTO(pb_buf) struct pb_buf body = PB_BUF_INIT;
    unsigned flags = 0x2D80 | status | (file == NULL ? 0 : 0x0060);
    add_text(&body, id);
    add_number(&body, 2);
    add_text(&body, "tag");
    add_text(&body, "worker-0");
    if (file != NULL) {
        add_text(&body, "text/plain");
        add_text(&body, file);
        add_text(&body, content);
    }
    add_text(&body, "0/1");
    size_t start = out->len;
    size_t length = 3 + body.len + 4;
    pb_buf_addch(out, (char)PB_SUBUNIT_SIGNATURE);
    pb_buf_addch(out, (char)(flags >> 8));
    pb_buf_addch(out, (char)(flags & 0xFF));
    add_number(out, length + (length + 1 < 64 ? 1 : 2));
    pb_buf_add(out, body.data, body.len);
    struct pb_crc32 crc;
    pb_crc32_init(&crc);
    uint32_t sum = pb_crc32_of(&crc, out->data + start, out->len - start);
    for (int shift = 24; shift >= 0; shift -= 8) {
        pb_buf_addch(out, (char)((sum >> shift) & 0xFF));
    }
}

static void
read_buf(const struct pb_buf *text, struct pb_results *out, bool *orderly)
{
    sample_read(pb_read_subunit, text->data, text->len, out, orderly);
}

/* The value that every description of CRC-32 gives. */
static void
the_checksum_is_that_of_zlib(void **state)
{
    (void)state;
    struct pb_crc32 crc;
    pb_crc32_init(&crc);
    assert_int_equal(pb_crc32_of(&crc, "123456789", 9), 0xCBF43926);
    assert_int_equal(pb_crc32_of(&crc, "", 0), 0);
}

static void
what_subunit_run_writes_is_read(void **state)
{
    (void)state;
    bool orderly = false;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    sample_load(RUN, &text);
    read_buf(&text, &results, &orderly);
    assert_true(orderly);
    const struct pb_result *result = sample_expect(
        &results, "test_sample.Basics.test_pass", PB_OUTCOME_PASS);
    assert_true(result->seconds >= 0 && result->seconds < 60);
    sample_expect_said(&results, "test_sample.Basics.test_fail",
                       PB_OUTCOME_FAIL, "AssertionError", "1 != 2");
    sample_expect_said(&results, "test_sample.Basics.test_error",
                       PB_OUTCOME_FAIL, "KeyError", "'k'");
    sample_expect_said(&results, "test_sample.Basics.test_skip",
                       PB_OUTCOME_SKIP, "-", "no ssl");
    sample_expect(&results, "test_sample.Basics.test_xfail", PB_OUTCOME_XFAIL);
    sample_expect(&results, "test_sample.Basics.test_xpass", PB_OUTCOME_XPASS);
    sample_expect_said(&results, "unittest.loader._FailedTest.test_broken",
                       PB_OUTCOME_FAIL, "ModuleNotFoundError",
                       "No module named 'nonexistent_module'");
}

static void
a_stream_torn_anywhere_keeps_whole_packets(void **state)
{
    (void)state;
    size_t before = 0;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    sample_load(RUN, &text);
    for (size_t cut = 0; cut <= text.len; cut += 7) {
        PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
        sample_read(pb_read_subunit, text.data, cut, &results, NULL);
        size_t crashed = pb_results_count(&results, PB_OUTCOME_CRASHED);
        assert_true(crashed <= 1);
        assert_true(results.len - crashed >= before);
        before = results.len - crashed;
    }
}

static void
a_test_in_progress_at_the_end_was_cut(void **state)
{
    (void)state;
    bool orderly = true;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    add_packet(&text, "m.a", PB_SUBUNIT_EXISTS, NULL, NULL);
    add_packet(&text, "m.a", PB_SUBUNIT_INPROGRESS, NULL, NULL);
    add_packet(&text, "m.b", PB_SUBUNIT_INPROGRESS, NULL, NULL);
    add_packet(&text, "m.a", PB_SUBUNIT_SUCCESS, NULL, NULL);
    read_buf(&text, &results, &orderly);
    assert_false(orderly);
    assert_int_equal(results.len, 2);
    sample_expect(&results, "m.a", PB_OUTCOME_PASS);
    sample_expect(&results, "m.b", PB_OUTCOME_CRASHED);
}

static void
a_torn_packet_is_no_orderly_end(void **state)
{
    (void)state;
    bool orderly = true;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    add_packet(&text, "m.a", PB_SUBUNIT_SUCCESS, NULL, NULL);
    size_t whole = text.len;
    add_packet(&text, "m.b", PB_SUBUNIT_SUCCESS, NULL, NULL);
    sample_read(pb_read_subunit, text.data, whole + 5, &results, &orderly);
    assert_false(orderly);
    assert_int_equal(results.len, 1);
}

static void
attachments_become_trace_and_reason(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    add_packet(&text, "m.a", PB_SUBUNIT_INPROGRESS, NULL, NULL);
    add_packet(&text, "m.a", 0, "stdout", "noise");
    add_packet(&text, "m.a", 0, "traceback", "ValueError: ");
    add_packet(&text, "m.a", PB_SUBUNIT_FAIL, "traceback", "x");
    add_packet(&text, "m.a", 0, "traceback", "after its end");
    add_packet(&text, "m.b", PB_SUBUNIT_SKIP, "reason", "no ssl\n");
    read_buf(&text, &results, NULL);
    sample_expect_said(&results, "m.a", PB_OUTCOME_FAIL, "ValueError", "x");
    sample_expect_said(&results, "m.b", PB_OUTCOME_SKIP, "-", "no ssl");
}

static void
packets_and_lines_share_a_stream(void **state)
{
    (void)state;
    bool orderly = false;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    pb_buf_adds(&text,
                "noise \xB3 \xB3\x2A\n\xB3\x29\x03\x06xyz test: m.v1\n");
    pb_buf_adds(&text, "test: m.v1\nsuccess: m.v1\nhalf a line");
    add_packet(&text, "m.v2", PB_SUBUNIT_INPROGRESS, NULL, NULL);
    pb_buf_adds(&text, "\xB3\n");
    add_packet(&text, "m.v2", PB_SUBUNIT_SUCCESS, NULL, NULL);
    pb_buf_adds(&text, "test: m.last\nskip: m.last [\nwhy\n]\n");
    read_buf(&text, &results, &orderly);
    assert_true(orderly);
    assert_int_equal(results.len, 3);
    sample_expect(&results, "m.v1", PB_OUTCOME_PASS);
    sample_expect(&results, "m.v2", PB_OUTCOME_PASS);
    sample_expect(&results, "m.last", PB_OUTCOME_SKIP);
}

static void
a_damaged_packet_hides_no_other(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    add_packet(&text, "m.a", PB_SUBUNIT_SUCCESS, NULL, NULL);
    size_t end = text.len;
    add_packet(&text, "m.b", PB_SUBUNIT_SUCCESS, NULL, NULL);
    for (size_t i = 0; i < end; i++) {
        PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
        text.data[i] = (char)(text.data[i] ^ 0x20);
        read_buf(&text, &results, NULL);
        text.data[i] = (char)(text.data[i] ^ 0x20);
        assert_int_equal(results.len, 1);
        sample_expect(&results, "m.b", PB_OUTCOME_PASS);
    }
}

static void
more_tests_at_once_than_there_is_room_for_are_cut(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    for (int i = 0; i < 2000; i++) {
        PB_AUTOFREE char *id = pb_asprintf("m.t%d", i);
        add_packet(&text, id, PB_SUBUNIT_INPROGRESS, NULL, NULL);
    }
    add_packet(&text, "m.t1999", PB_SUBUNIT_SUCCESS, NULL, NULL);
    read_buf(&text, &results, NULL);
    assert_int_equal(results.len, 2000);
    sample_expect(&results, "m.t0", PB_OUTCOME_CRASHED);
    sample_expect(&results, "m.t1999", PB_OUTCOME_PASS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_is_that_of_zlib),
        cmocka_unit_test(what_subunit_run_writes_is_read),
        cmocka_unit_test(a_stream_torn_anywhere_keeps_whole_packets),
        cmocka_unit_test(a_test_in_progress_at_the_end_was_cut),
        cmocka_unit_test(a_torn_packet_is_no_orderly_end),
        cmocka_unit_test(attachments_become_trace_and_reason),
        cmocka_unit_test(packets_and_lines_share_a_stream),
        cmocka_unit_test(a_damaged_packet_hides_no_other),
        cmocka_unit_test(more_tests_at_once_than_there_is_room_for_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
