/* process_log: what is kept of a long log. */
#include "scratch.h"

#include <stdio.h>

#include "base/process_log.h"

/* Writes `text` in pieces of `step` bytes under `limit`. */
static void
assert_kept(const char *directory, size_t limit, size_t step, const char *text,
            const char *expected)
{
    PB_AUTOFREE char *path = pb_path_join(directory, "log");
    PB_AUTO(pb_process_log) struct pb_process_log log = PB_PROCESS_LOG_INIT;
    struct pb_error err = PB_ERROR_INIT;
    size_t length = strlen(text);
    assert_int_equal(pb_process_log_open(&log, path, false, limit, &err), 0);
    for (size_t i = 0; i < length; i += step) {
        size_t left = length - i;
        pb_process_log_add(&log, text + i, left < step ? left : step);
    }
    assert_true(log.total == length);
    assert_int_equal(pb_process_log_finish(&log, &err), 0);
    assert_file(path, expected);
}

static void
short_logs_are_kept_whole(void **state)
{
    for (size_t step = 1; step <= 10; step++) {
        assert_kept(*state, 10, step, "", "");
        assert_kept(*state, 10, step, "abcde", "abcde");
        assert_kept(*state, 10, step, "abcdefg", "abcdefg");
        assert_kept(*state, 10, step, "abcdefghij", "abcdefghij");
    }
}

static void
long_logs_keep_both_ends(void **state)
{
    for (size_t step = 1; step <= 30; step++) {
        assert_kept(*state, 10, step, "abcdefghijk",
                    "abcde\n[... 1 bytes left out ...]\nghijk");
        assert_kept(*state, 10, step, "abcd\nfghijklmnopqrstuvwxyz",
                    "abcd\n[... 16 bytes left out ...]\nvwxyz");
    }
}

static void
the_tail_is_right_at_every_length(void **state)
{
    char text[200];
    for (size_t length = 21; length < 180; length += 7) {
        for (size_t i = 0; i < length; i++) {
            text[i] = (char)('a' + i % 26);
        }
        text[length] = '\0';
        char expected[256];
        snprintf(expected, sizeof(expected),
                 "abcdefghij\n[... %zu bytes left out ...]\n%s", length - 20,
                 text + length - 10);
        for (size_t step = 1; step < 40; step += 3) {
            assert_kept(*state, 20, step, text, expected);
        }
    }
}

static void
a_log_without_a_path_is_counted_only(void **state)
{
    (void)state;
    PB_AUTO(pb_process_log) struct pb_process_log log = PB_PROCESS_LOG_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_process_log_open(&log, NULL, false, 4, &err), 0);
    pb_process_log_add(&log, "abcdefgh", 8);
    assert_int_equal(pb_process_log_finish(&log, &err), 0);
    assert_true(log.total == 8);
}

static void
a_log_on_a_full_disk_is_an_error_at_its_end(void **state)
{
    (void)state;
    PB_AUTO(pb_process_log) struct pb_process_log log = PB_PROCESS_LOG_INIT;
    struct pb_error err = PB_ERROR_INIT;
    if (pb_process_log_open(&log, "/dev/full", false, 100, &err) < 0) {
        skip();
    }
    pb_process_log_add(&log, "text", 4);
    pb_process_log_add(&log, "more", 4);
    assert_int_equal(pb_process_log_finish(&log, &err), -1);
    assert_string_equal(err.message,
                        "cannot write '/dev/full': no space left on device");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(short_logs_are_kept_whole),
        SCRATCH_TEST(long_logs_keep_both_ends),
        SCRATCH_TEST(the_tail_is_right_at_every_length),
        cmocka_unit_test(a_log_without_a_path_is_counted_only),
        cmocka_unit_test(a_log_on_a_full_disk_is_an_error_at_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
