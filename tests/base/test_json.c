/* json: building, reading, writing, and bad input. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/json.h"

static void
assert_written(const struct pb_json *value, bool pretty, const char *expected)
{
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_json_write(value, pretty, &out);
    assert_string_equal(out.data, expected);
}

static struct pb_json *
parse(const char *text)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_json *value = pb_json_parse(text, strlen(text), "test", &err);
    if (value == NULL) {
        fail_msg("%s", err.message);
    }
    return value;
}

static void
objects_keep_insertion_order(void **state)
{
    (void)state;
    PB_AUTO(pb_json) struct pb_json *object = pb_json_object();
    pb_json_set(object, "zebra", pb_json_integer(1));
    pb_json_set(object, "ant", pb_json_bool(true));
    pb_json_set(object, "mole", pb_json_null());
    pb_json_set(object, "zebra", pb_json_string("again"));
    assert_written(object, false,
                   "{\"zebra\":\"again\",\"ant\":true,\"mole\":null}");
}

static void
pretty_output_is_indented_by_two(void **state)
{
    (void)state;
    PB_AUTO(pb_json) struct pb_json *object = pb_json_object();
    struct pb_json *array = pb_json_array();
    pb_json_append(array, pb_json_integer(-5));
    pb_json_set(object, "list", array);
    pb_json_set(object, "none", pb_json_array());
    assert_written(object, true,
                   "{\n  \"list\": [\n    -5\n  ],\n  \"none\": []\n}\n");
}

static void
numbers_are_short_and_never_infinite(void **state)
{
    (void)state;
    PB_AUTO(pb_json) struct pb_json *array = pb_json_array();
    pb_json_append(array, pb_json_real(0.1));
    pb_json_append(array, pb_json_real((double)NAN));
    pb_json_append(array, pb_json_real(HUGE_VAL));
    pb_json_append(array, pb_json_integer(INT64_MIN));
    assert_written(array, false, "[0.1,null,null,-9223372036854775808]");
}

static void
bad_utf8_becomes_replacement_characters(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *clean;
    } cases[] = {
        {"plain", "plain"},
        {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
         "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
        {"a\xFF"
         "b",
         "a\xEF\xBF\xBD"
         "b"},
        {"\xC3", "\xEF\xBF\xBD"},
        {"\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD"}, /* overlong */
        {"\xED\xA0\x80",                          /* a surrogate */
         "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xF4\x90\x80\x80", /* past U+10FFFF */
         "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xE2\x82x", "\xEF\xBF\xBD\xEF\xBF\xBDx"},
    };
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTO(pb_json)
        struct pb_json *value = pb_json_string(cases[i].bytes);
        assert_string_equal(pb_json_text(value), cases[i].clean);
    }
}

static void
keys_with_bad_utf8_are_stored_too(void **state)
{
    (void)state;
    PB_AUTO(pb_json) struct pb_json *object = pb_json_object();
    pb_json_set(object, "k\xFF", pb_json_integer(1));
    assert_written(object, false, "{\"k\xEF\xBF\xBD\":1}");
}

static void
nul_bytes_survive_a_round_trip(void **state)
{
    (void)state;
    PB_AUTO(pb_json) struct pb_json *value = pb_json_bytes("a\0b", 3);
    assert_written(value, false, "\"a\\u0000b\"");
    PB_AUTO(pb_json) struct pb_json *again = parse("\"a\\u0000b\"");
    assert_written(again, false, "\"a\\u0000b\"");
}

static void
getters_bear_absence_and_other_types(void **state)
{
    (void)state;
    PB_AUTO(pb_json)
    struct pb_json *object =
        parse("{\"s\": \"x\", \"i\": 7, \"r\": 1.5, \"b\": true,"
              " \"n\": null, \"l\": [\"p\", 3, \"q\"]}");
    assert_string_equal(pb_json_get_string(object, "s"), "x");
    assert_string_equal(pb_json_get_string(object, "i"), "");
    assert_string_equal(pb_json_get_string(object, "absent"), "");
    assert_string_equal(pb_json_get_string(NULL, "s"), "");
    assert_int_equal(pb_json_get_integer(object, "i"), 7);
    assert_int_equal(pb_json_get_integer(object, "s"), 0);
    assert_true(pb_json_get_real(object, "r") == 1.5);
    assert_true(pb_json_get_real(object, "i") == 7.0);
    assert_true(pb_json_get_bool(object, "b"));
    assert_false(pb_json_get_bool(object, "i"));
    assert_true(pb_json_has(object, "n"));
    assert_false(pb_json_has(object, "absent"));
    assert_true(pb_json_is_null(pb_json_get(object, "n")));
    assert_true(pb_json_is_null(NULL));
    assert_false(pb_json_is_null(object));
    assert_int_equal(pb_json_length(object), 0);
    assert_null(pb_json_at(pb_json_get(object, "l"), 3));
}

static void
lists_of_strings_come_and_go(void **state)
{
    (void)state;
    PB_AUTO(pb_json)
    struct pb_json *object = parse("{\"l\": [\"p\", 3, \"q\"]}");
    PB_AUTO(pb_strv) struct pb_strv list = PB_STRV_INIT;
    pb_json_get_strings(object, "l", &list);
    pb_json_get_strings(object, "absent", &list);
    PB_AUTO(pb_json) struct pb_json *again = pb_json_strings(&list);
    assert_written(again, false, "[\"p\",\"q\"]");
}

static void
null_text_is_null(void **state)
{
    (void)state;
    PB_AUTO(pb_json) struct pb_json *value = pb_json_string(NULL);
    assert_true(pb_json_is_null(value));
    assert_string_equal(pb_json_text(value), "");
}

static void
parse_errors_name_file_and_line(void **state)
{
    (void)state;
    static const char text[] = "{\n  \"a\": 1,\n  oops\n}";
    struct pb_error err = PB_ERROR_INIT;
    assert_null(pb_json_parse(text, strlen(text), "results.json", &err));
    assert_int_equal(err.code, PB_ERROR_CONFIG);
    assert_string_equal(err.file, "results.json");
    assert_int_equal(err.line, 3);
    assert_non_null(strstr(err.message, "'results.json'"));
}

static void
bad_documents_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",         "{",   "[1,]", "{\"a\":1} x",
        "\"\xFF\"", "nul", "'a'",  "99999999999999999999",
    };
    for (size_t i = 0; i < PB_LENGTH(texts); i++) {
        struct pb_error err = PB_ERROR_INIT;
        assert_null(pb_json_parse(texts[i], strlen(texts[i]), "x", &err));
        assert_int_equal(err.code, PB_ERROR_CONFIG);
    }
}

static void
deep_nesting_is_refused(void **state)
{
    (void)state;
    char text[100000];
    memset(text, '[', sizeof(text));
    struct pb_error err = PB_ERROR_INIT;
    assert_null(pb_json_parse(text, sizeof(text), "deep", &err));
    assert_int_equal(err.code, PB_ERROR_CONFIG);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_keep_insertion_order),
        cmocka_unit_test(pretty_output_is_indented_by_two),
        cmocka_unit_test(numbers_are_short_and_never_infinite),
        cmocka_unit_test(bad_utf8_becomes_replacement_characters),
        cmocka_unit_test(keys_with_bad_utf8_are_stored_too),
        cmocka_unit_test(nul_bytes_survive_a_round_trip),
        cmocka_unit_test(getters_bear_absence_and_other_types),
        cmocka_unit_test(lists_of_strings_come_and_go),
        cmocka_unit_test(null_text_is_null),
        cmocka_unit_test(parse_errors_name_file_and_line),
        cmocka_unit_test(bad_documents_are_refused),
        cmocka_unit_test(deep_nesting_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
