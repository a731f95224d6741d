/* The writers: each reads a record, made by hand for each way in which a
   bisection can end, and is compared with what it wrote before. Goldens are
   written anew with PB_UPDATE_GOLDEN=1 in the environment. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/report.h"

#define GOLDEN PB_SOURCE_DIR "/tests/report/golden/"
#define LIMIT (4 * 1024 * 1024)

static const char *const cases[] = {
    "found",       "several",     "suspects", "disputed", "command",
    "good-is-bad", "bad-is-good", "no-match", "flaky",    "untestable",
};

static void
read_golden(const char *name, const char *suffix, struct pb_buf *out)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *path = pb_asprintf(GOLDEN "%s%s", name, suffix);
    if (pb_fs_read(path, LIMIT, out, &err) < 0) {
        fail_msg("%s", err.message);
    }
}

static struct pb_json *
parse(const char *text, size_t length)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_json *record = pb_json_parse(text, length, "record", &err);
    if (record == NULL) {
        fail_msg("%s", err.message);
    }
    return record;
}

static struct pb_json *
load(const char *name)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    read_golden(name, ".json", &text);
    return parse(text.data, text.len);
}

/* Compares, or writes the file anew. */
static void
check_golden(const char *name, const char *suffix, const struct pb_buf *text)
{
    struct pb_error err = PB_ERROR_INIT;
    if (getenv("PB_UPDATE_GOLDEN") != NULL) {
        PB_AUTOFREE char *path = pb_asprintf(GOLDEN "%s%s", name, suffix);
        assert_int_equal(pb_fs_write(path, text->data, text->len, 0644, &err),
                         0);
    }
    PB_AUTO(pb_buf) struct pb_buf golden = PB_BUF_INIT;
    read_golden(name, suffix, &golden);
    assert_string_equal(text->data, golden.data);
}

static void
render(const char *name, int width, bool color, struct pb_buf *out)
{
    PB_AUTO(pb_json) struct pb_json *record = load(name);
    pb_report_text(record, width, color, out);
}

static void
each_way_to_end_reads_as_before(void **state)
{
    (void)state;
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        render(cases[i], 0, false, &text);
        check_golden(cases[i], ".txt", &text);
    }
}

static void
colours_are_used_when_asked_for(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    render("several", 0, true, &text);
    check_golden("several", ".color.txt", &text);
}

/* What colours add is colours. */
static void
colours_change_no_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTO(pb_buf) struct pb_buf plain = PB_BUF_INIT;
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        PB_AUTO(pb_buf) struct pb_buf stripped = PB_BUF_INIT;
        render(cases[i], 0, false, &plain);
        render(cases[i], 0, true, &text);
        for (const char *c = text.data; *c != '\0'; c++) {
            if (*c == '\x1b') {
                c = strchr(c, 'm');
                assert_non_null(c);
            }
            else {
                pb_buf_addch(&stripped, *c);
            }
        }
        assert_string_equal(stripped.data, plain.data);
        assert_true(text.len > plain.len);
    }
}

static size_t
columns(const char *line, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        count += ((unsigned char)line[i] & 0xC0) != 0x80;
    }
    return count;
}

/* Ids, links and paths are never broken: a line may be too wide for the sake
   of its last word, if the next line would have no room for it either. */
static bool
ends_in_a_long_word(const char *line, size_t length, size_t width)
{
    size_t word = length;
    while (word > 0 && line[word - 1] != ' ') {
        word--;
    }
    return length - word > width - 24;
}

static void
lines_fit_the_width(void **state)
{
    (void)state;
    static const int widths[] = {50, 79, 132};
    for (size_t i = 0; i < PB_LENGTH(cases) * PB_LENGTH(widths); i++) {
        int width = widths[i % PB_LENGTH(widths)];
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        render(cases[i / PB_LENGTH(widths)], width, false, &text);
        const char *tried = strstr(text.data, "\nEverything tried");
        assert_non_null(tried);
        for (const char *line = text.data; *line != '\0';) {
            size_t length = strcspn(line, "\n");
            /* The table needs its columns. */
            if (width < 79 && line > tried) {
                break;
            }
            if (columns(line, length) > (size_t)width &&
                !ends_in_a_long_word(line, length, (size_t)width))
            {
                fail_msg("wider than %d: %.*s", width, (int)length, line);
            }
            line += length + (line[length] == '\n');
        }
    }
}

static void
no_line_ends_in_a_space(void **state)
{
    (void)state;
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        render(cases[i], 0, false, &text);
        assert_null(strstr(text.data, " \n"));
        assert_null(strstr(text.data, "\n\n\n"));
    }
}

/* Keys whose values are words of the schema, not foreign text. */
static bool
is_word_of_schema(const char *key, size_t length)
{
    static const char *const keys[] = {
        "kind",   "outcome", "build", "verdict",
        "status", "purpose", "short", "who",
    };
    for (size_t i = 0; i < PB_LENGTH(keys); i++) {
        if (strlen(keys[i]) == length && strncmp(keys[i], key, length) == 0) {
            return true;
        }
    }
    return false;
}

/* Puts `poison` at the start of each string of a pretty-printed record. */
static void
poison_strings(const char *text, const char *poison, struct pb_buf *out)
{
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        const char *first = line + strspn(line, " ");
        const char *key_end = strstr(first, "\": \"");
        const char *value = NULL;
        if (key_end != NULL && key_end < line + length) {
            bool spared =
                is_word_of_schema(first + 1, (size_t)(key_end - first - 1));
            value = spared ? NULL : key_end + 4;
        }
        else if (*first == '"' && memchr(first, ':', length) == NULL) {
            value = first + 1; /* an array's element */
        }
        if (value != NULL) {
            pb_buf_add(out, line, (size_t)(value - line));
            pb_buf_adds(out, poison);
            pb_buf_add(out, value, length - (size_t)(value - line));
        }
        else {
            pb_buf_add(out, line, length);
        }
        pb_buf_addch(out, '\n');
        line += length + (line[length] == '\n');
    }
}

static void
assert_harmless(const struct pb_buf *text)
{
    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->data[i];
        if ((c < ' ' && c != '\n') || c == 0x7F) {
            fail_msg("byte %02x at %zu: %.40s", c, i,
                     text->data + (i < 20 ? 0 : i - 20));
        }
    }
    assert_null(strstr(text->data, "\xC2\x9B"));     /* CSI in one byte */
    assert_null(strstr(text->data, "\xE2\x80\xAE")); /* right to left */
    assert_null(strstr(text->data, "\xE2\x81\xA6"));
}

static void
nothing_in_a_record_reaches_the_terminal_raw(void **state)
{
    (void)state;
    static const char poison[] = "\\u001b]0;owned\\u0007\\u001b[2J\\r\\b"
                                 "\\u007f\\u009b31m\\u202e\\u2066";
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        PB_AUTO(pb_buf) struct pb_buf poisoned = PB_BUF_INIT;
        PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
        read_golden(cases[i], ".json", &text);
        poison_strings(text.data, poison, &poisoned);
        PB_AUTO(pb_json)
        struct pb_json *record = parse(poisoned.data, poisoned.len);
        pb_report_text(record, 0, false, &out);
        assert_harmless(&out);
        assert_non_null(strstr(out.data, "\\x1b]0;owned\\x07\\x1b[2J"));
    }
}

static struct pb_json *
record_with_message(const char *message, size_t length)
{
    struct pb_json *record = load("found");
    const struct pb_json *finding =
        pb_json_at(pb_json_get(record, "findings"), 0);
    struct pb_json *tests = pb_json_get(finding, "tests");
    struct pb_json *after = pb_json_get(pb_json_at(tests, 5), "after");
    pb_json_set(after, "message", pb_json_bytes(message, length));
    return record;
}

static void
escapes_in_messages_are_shown(void **state)
{
    (void)state;
    static const char message[] = "\x1b[31mred\x1b[0m \t\xff\r\nnext\0gone";
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    PB_AUTO(pb_json)
    struct pb_json *record = record_with_message(message, sizeof(message) - 1);
    pb_report_text(record, 0, false, &out);
    assert_harmless(&out);
    assert_non_null(strstr(out.data, "AttributeError: \\x1b[31mred\\x1b[0m"));
    assert_null(strstr(out.data, "\\x0d"));
}

static void
a_message_without_spaces_or_end_takes_six_rows(void **state)
{
    (void)state;
    char message[5000];
    memset(message, 'x', sizeof(message));
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    PB_AUTO(pb_json)
    struct pb_json *record = record_with_message(message, sizeof(message));
    pb_report_text(record, 0, false, &out);
    size_t rows = 0;
    for (const char *at = out.data; (at = strstr(at, "xxxx")) != NULL;) {
        at += strspn(at, "x");
        rows++;
    }
    assert_int_equal(rows, 6);
}

static void
only_a_culprit_found_exits_with_0(void **state)
{
    (void)state;
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTO(pb_json) struct pb_json *record = load(cases[i]);
        assert_int_equal(pb_report_exit_status(record),
                         pb_json_get_integer(record, "exit_status"));
    }
    PB_AUTO(pb_json) struct pb_json *found = load("found");
    assert_int_equal(pb_report_exit_status(found), 0);
    PB_AUTO(pb_json) struct pb_json *disputed = load("disputed");
    assert_int_equal(pb_report_exit_status(disputed), 1);
    PB_AUTO(pb_json) struct pb_json *empty = pb_json_object();
    assert_int_equal(pb_report_exit_status(empty), 1);
}

static void
the_record_is_written_as_it_is(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf again = PB_BUF_INIT;
    PB_AUTO(pb_json) struct pb_json *record = load("several");
    pb_report_json(record, &text);
    PB_AUTO(pb_json) struct pb_json *copy = parse(text.data, text.len);
    pb_report_json(copy, &again);
    assert_string_equal(text.data, again.data);
    assert_string_equal(
        pb_json_get_string(pb_json_get(copy, "project"), "name"), "genshi");
}

/* A record of another version, or a damaged one, is no reason to crash. */
static void
a_record_without_anything_still_prints(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    PB_AUTO(pb_json) struct pb_json *empty = pb_json_object();
    pb_report_text(empty, 0, false, &out);
    assert_non_null(strstr(out.data, "Not finished"));
    pb_buf_truncate(&out, 0);
    PB_AUTO(pb_json) struct pb_json *array = pb_json_array();
    pb_report_text(array, 0, true, &out);
    assert_non_null(strstr(out.data, "Not finished"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_to_end_reads_as_before),
        cmocka_unit_test(colours_are_used_when_asked_for),
        cmocka_unit_test(colours_change_no_text),
        cmocka_unit_test(lines_fit_the_width),
        cmocka_unit_test(no_line_ends_in_a_space),
        cmocka_unit_test(nothing_in_a_record_reaches_the_terminal_raw),
        cmocka_unit_test(escapes_in_messages_are_shown),
        cmocka_unit_test(a_message_without_spaces_or_end_takes_six_rows),
        cmocka_unit_test(only_a_culprit_found_exits_with_0),
        cmocka_unit_test(the_record_is_written_as_it_is),
        cmocka_unit_test(a_record_without_anything_still_prints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
