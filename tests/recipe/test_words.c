/* words: splitting, quoting, placeholders. */
#include "tree.h"

#include "recipe/words.h"

static void
assert_split(const char *command, const char *const *expected)
{
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_words_split(command, &words, &err), &err);
    assert_words(&words, expected);
}

#define ASSERT_SPLIT(command, ...)                                            \
    assert_split(command, (const char *[]){__VA_ARGS__, NULL})

static void
words_are_split_as_a_shell_does(void **state)
{
    (void)state;
    ASSERT_SPLIT("a b", "a", "b");
    ASSERT_SPLIT("  a\t\n b  ", "a", "b");
    ASSERT_SPLIT("a'b c'd", "ab cd");
    ASSERT_SPLIT("\"a 'b' c\"", "a 'b' c");
    ASSERT_SPLIT("'a \"b\\' c", "a \"b\\", "c");
    ASSERT_SPLIT("a\\ b \\'", "a b", "'");
    ASSERT_SPLIT("'' \"\" x''", "", "", "x");
    ASSERT_SPLIT("\"\\\"\\\\\\$\\n\"", "\"\\$\\n");
    ASSERT_SPLIT("'a\nb'", "a\nb");
}

static void
nothing_is_expanded(void **state)
{
    (void)state;
    ASSERT_SPLIT("$HOME `id` $(id) *.c ~ a|b; >x # y", "$HOME", "`id`",
                 "$(id)", "*.c", "~", "a|b;", ">x", "#", "y");
}

static void
unbalanced_quotes_are_errors(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a 'b", "unbalanced quote '"},
        {"a \"b' c", "unbalanced quote \""},
        {"a \"b\\\"", "unbalanced quote \""},
        {"a \\", "nothing follows the last \\"},
    };
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
        struct pb_error err = PB_ERROR_INIT;
        assert_int_equal(pb_words_split(cases[i][0], &words, &err), -1);
        assert_string_equal(err.message, cases[i][1]);
        assert_int_equal(words.len, 0);
    }
}

static void
quoting_survives_splitting(void **state)
{
    (void)state;
    static const char *const words[] = {
        "plain", "", "it's", "a b\n\tc", "\"\\$`", "'''", "{python}", NULL,
    };
    PB_AUTO(pb_buf) struct pb_buf command = PB_BUF_INIT;
    for (size_t i = 0; words[i] != NULL; i++) {
        pb_words_quote(words[i], &command);
        pb_buf_addch(&command, ' ');
    }
    assert_split(command.data, words);
}

static const struct pb_placeholder table[] = {
    {"python", "/py"},
    {"deps", NULL},
    {"id", "{python}[{x}]"},
    {.name = NULL},
};

static void
assert_filled(const char *text, const char *expected)
{
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_placeholder_fill(text, table, &out);
    assert_string_equal(out.data, expected);
}

static void
placeholders_are_filled_in_once(void **state)
{
    (void)state;
    assert_filled("{python} -x{python}{python}", "/py -x/py/py");
    assert_filled("a{deps}b", "ab");
    assert_filled("{id}", "{python}[{x}]");
    assert_filled("{other} {} { python } {python", "{other} {} { python } "
                                                   "{python");
    assert_filled("{{python}} {{other}}", "{python} {other}");
    assert_filled("{{{python}}}", "{{python}}");
    assert_filled("{'a': {1: 2}}", "{'a': {1: 2}}");
}

static void
escaped_text_is_filled_in_as_it_was(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{print $1}", "{print}", "{{json}}", "{{{a}}}", "}{", "{a}{b}", "{",
    };
    for (size_t i = 0; i < PB_LENGTH(texts); i++) {
        PB_AUTO(pb_buf) struct pb_buf escaped = PB_BUF_INIT;
        pb_placeholder_escape(texts[i], &escaped);
        assert_filled(escaped.data, texts[i]);
    }
    PB_AUTO(pb_buf) struct pb_buf known = PB_BUF_INIT;
    pb_placeholder_escape("{python}", &known);
    assert_string_equal(known.data, "{python}");
}

static void
escaped_placeholders_are_passed_over(void **state)
{
    (void)state;
    size_t at = 0;
    const char *name = NULL;
    size_t length = 0;
    const char *text = "{{a}} {B} {b} {{c}}{d}";
    assert_true(pb_placeholder_next(text, &at, &name, &length));
    assert_memory_equal(name, "b}", 2);
    assert_int_equal(length, 1);
    assert_true(pb_placeholder_next(text, &at, &name, &length));
    assert_memory_equal(name, "d}", 2);
    assert_false(pb_placeholder_next(text, &at, &name, &length));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_split_as_a_shell_does),
        cmocka_unit_test(nothing_is_expanded),
        cmocka_unit_test(unbalanced_quotes_are_errors),
        cmocka_unit_test(quoting_survives_splitting),
        cmocka_unit_test(placeholders_are_filled_in_once),
        cmocka_unit_test(escaped_text_is_filled_in_as_it_was),
        cmocka_unit_test(escaped_placeholders_are_passed_over),
    };
    return cmocka_run_group_tests_name("recipe/words", tests, NULL, NULL);
}
