/* Formats told apart, and from what is none. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pybisect/alloc.h"
#include "trial/readers/recognise.h"
#include "trial/sample.h"

static bool
recognise(const void *text, size_t length, enum pb_reader *out)
{
    PB_AUTOFREE char *copy = pb_alloc(length + (length == 0));
    memcpy(copy, text, length);
    return pb_reader_recognise((struct pb_span){copy, length}, out);
}

static void
recorded_output_is_recognised(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum pb_reader reader;
    } samples[] = {
        {"subunit/subunit-run.bin", PB_READER_SUBUNIT},
        {"subunit/trial.txt", PB_READER_SUBUNIT},
        {"tap/test-more.txt", PB_READER_TAP},
        {"tap/node.txt", PB_READER_TAP},
        {"text/unittest-3.9.txt", PB_READER_TEXT},
        {"text/unittest-3.12.txt", PB_READER_TEXT},
        {"text/unittest-crash.txt", PB_READER_TEXT},
        {"text/django.txt", PB_READER_TEXT},
        {"text/nose2.txt", PB_READER_TEXT},
        {"text/trial.txt", PB_READER_TEXT},
        {"text/trial-crashed.txt", PB_READER_TEXT},
        {"text/pytest-v.txt", PB_READER_TEXT},
        {"text/pytest-rA.txt", PB_READER_TEXT},
        {"text/pytest-s.txt", PB_READER_TEXT},
        {"text/pytest-crash.txt", PB_READER_TEXT},
    };
    for (size_t i = 0; i < PB_LENGTH(samples); i++) {
        enum pb_reader reader = PB_READER_STATUS;
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        sample_load(samples[i].name, &text);
        if (!recognise(text.data, text.len, &reader) ||
            reader != samples[i].reader) {
            fail_msg("%s is read by %s", samples[i].name,
                     pb_reader_name(reader));
        }
    }
}

static void
what_any_program_prints_is_not(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "\n\n",
        "ok\n",
        "1..10\n",
        "ok 1 - a\nok 2 - b\n",
        "1..10 of 20\nok\n",
        "checking for cc ... ok\ntesting ... ok\n",
        "main (lib) ... ok\n",
        "test: all\nerror: no such file\nerror: all is lost\n",
        "test_a (m.T)\n",
        "   test_x ...   [OK]\n",
        "===== results =====\n3 passed in 1s\n",
        "a.cc::b FAILED to open\n",
        "Ran out of memory\nRan 3 times in a row\n",
        "\xB3\x29\x03\x06xyz\n",
        "\033[32mok\033[0m\n",
    };
    for (size_t i = 0; i < PB_LENGTH(texts); i++) {
        enum pb_reader reader = PB_READER_STATUS;
        if (recognise(texts[i], strlen(texts[i]), &reader)) {
            fail_msg("'%s' is read by %s", texts[i], pb_reader_name(reader));
        }
        assert_int_equal(reader, PB_READER_STATUS);
    }
}

static void
a_format_is_found_behind_other_output(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    for (int i = 0; i < 20000; i++) {
        pb_buf_addf(&text, "gcc -c file%d.c \xC3\xB3\n", i);
    }
    enum pb_reader reader = PB_READER_STATUS;
    assert_false(recognise(text.data, text.len, &reader));
    size_t length = text.len;
    pb_buf_adds(&text, "Ran 3 tests in 0.1s\n");
    assert_true(recognise(text.data, text.len, &reader));
    assert_int_equal(reader, PB_READER_TEXT);
    pb_buf_truncate(&text, length);
    pb_buf_adds(&text, "1..1\nok\n");
    assert_true(recognise(text.data, text.len, &reader));
    assert_int_equal(reader, PB_READER_TAP);
}

/* A test may print what another runner says. */
static void
the_first_format_counts(void **state)
{
    (void)state;
    static const char text[] = "=== test session starts ===\n"
                               "t.py::test_a TAP version 13\n1..1\nok\n";
    enum pb_reader reader = PB_READER_STATUS;
    assert_true(recognise(text, sizeof(text) - 1, &reader));
    assert_int_equal(reader, PB_READER_TEXT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_output_is_recognised),
        cmocka_unit_test(what_any_program_prints_is_not),
        cmocka_unit_test(a_format_is_found_behind_other_output),
        cmocka_unit_test(the_first_format_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
