/* What is told of the tests of a finding, and what is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "report/text_private.h"

static struct pb_json *
result(const char *outcome, const char *type, const char *message,
       const char *trace)
{
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "outcome", pb_json_string(outcome));
    pb_json_set(json, "type", pb_json_string(type));
    pb_json_set(json, "message", pb_json_string(message));
    pb_json_set(json, "trace", pb_json_string(trace));
    return json;
}

static void
add_test(struct pb_json *tests, const char *id, const char *signature)
{
    struct pb_json *test = pb_json_object();
    pb_json_set(test, "id", pb_json_string(id));
    pb_json_set(test, "kind", pb_json_string("failing"));
    pb_json_set(test, "class", pb_json_string("other"));
    pb_json_set(test, "signature", pb_json_string(signature));
    pb_json_set(test, "before", result("pass", "", "", ""));
    pb_json_set(test, "after",
                result("error", "ValueError", "x",
                       "Traceback:\n  frame\nValueError: x"));
    pb_json_append(tests, test);
}

/* `signatures` failures of `each` tests. */
static void
render(size_t signatures, size_t each, size_t limit, struct pb_buf *out)
{
    PB_AUTO(pb_json) struct pb_json *finding = pb_json_object();
    struct pb_json *tests = pb_json_array();
    struct pb_page page = {.out = out, .width = 79};
    for (size_t i = 0; i < signatures * each; i++) {
        PB_AUTOFREE char *id = pb_asprintf("m.C.test_%zu", i);
        PB_AUTOFREE char *signature = pb_asprintf("ValueError: %zu", i / each);
        add_test(tests, id, signature);
    }
    pb_json_set(finding, "tests", tests);
    pb_json_set(finding, "classes", pb_json_array());
    pb_json_set(finding, "counts", pb_json_object());
    pb_json_set(finding, "neighbours", pb_json_object());
    pb_json_set(finding, "tests_left_out", pb_json_integer(0));
    pb_text_tests(&page, finding, limit);
}

static size_t
count(const char *text, const char *what)
{
    size_t found = 0;
    for (const char *at = strstr(text, what); at != NULL;
         at = strstr(at + 1, what))
    {
        found++;
    }
    return found;
}

static void
a_few_tracebacks_are_shown(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    render(8, 1, 10, &text);
    assert_int_equal(count(text.data, "(1 test)"), 8);
    assert_int_equal(count(text.data, "Traceback:"), 3);
    assert_null(strstr(text.data, "... and"));
}

static void
what_is_not_told_is_counted(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf one = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf many = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf last = PB_BUF_INIT;
    render(1, 12, 10, &one);
    assert_non_null(
        strstr(one.data, "\n  ... and 2 more tests in the report as JSON\n"));
    render(12, 3, 10, &many);
    assert_non_null(strstr(many.data, "\n  ... and 26 more tests, with 2 more "
                                      "signatures, in the report as JSON\n"));
    render(11, 1, 10, &last);
    assert_non_null(strstr(last.data, "\n  ... and 1 more test, with 1 more "
                                      "signature, in the report as JSON\n"));
}

static void
a_doctest_is_told_from_its_example_on(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_page page = {.out = &text, .width = 79};
    PB_AUTO(pb_json)
    struct pb_json *after =
        result("fail", "AssertionError",
               "Failed doctest test for m.f\n  File \"m.py\", line 1, in f\n"
               "\n-------------------\nFile \"m.py\", line 3, in m.f\n"
               "Failed example:\n    f()\nExpected:\n    1\nGot:\n    2\n",
               "");
    pb_text_result(&page, "after   ", after);
    assert_string_equal(text.data,
                        "      after   failed: AssertionError: Failed doctest "
                        "test for m.f\n"
                        "              Failed example:\n"
                        "                  f()\n"
                        "              Expected:\n"
                        "                  1\n"
                        "              Got:\n"
                        "              ...\n");
}

static void
what_a_doctest_raised_comes_first(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_page page = {.out = &text, .width = 79};
    PB_AUTO(pb_json)
    struct pb_json *after = result(
        "fail", "AssertionError",
        "Failed doctest test for m.f\n  File \"m.py\", line 1, in f\n\n"
        "----\nFile \"m.py\", line 3, in m.f\nFailed example:\n    f()\n"
        "Exception raised:\n    Traceback (most recent call last):\n"
        "      File \"<doctest m.f[0]>\", line 1, in <module>\n"
        "        f()\n    KeyError: 'x'\n",
        "");
    pb_text_result(&page, "", after);
    assert_string_equal(
        text.data, "      failed: AssertionError: Failed doctest test for "
                   "m.f\n"
                   "      KeyError: 'x'\n"
                   "      Failed example:\n"
                   "          f()\n");
}

static void
a_word_is_broken_where_no_row_holds_it(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_page page = {.out = &text, .width = 30};
    pb_page_block(&page, 2, "", PB_STYLE_PLAIN,
                  "  rule, /recipes/classes.yml:455\n"
                  "a 345678901234567890123456789012345678",
                  10);
    assert_string_equal(text.data, "    rule,\n"
                                   "  /recipes/classes.yml:455\n"
                                   "  a 34567890123456789012345678\n"
                                   "  9012345678\n");
}

/* A title, a list, an example. */
static void
an_entry_is_told_without_markup_and_examples(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_page page = {.out = &text, .width = 79};
    PB_AUTO(pb_json) struct pb_json *finding = pb_json_object();
    struct pb_json *commit = pb_json_object();
    pb_json_set(commit, "news",
                pb_json_string("unittest\n--------\n\n* Add ``--durations``,\n"
                               "  as in::\n\n    python3 -m unittest\n\n"
                               "    Slowest\n    -------\n    1.2s\n\n"
                               "  (By X in :issue:`4080`)\n* Another."));
    pb_json_set(finding, "culprit", commit);
    pb_json_set(finding, "parent", pb_json_object());
    pb_text_commit(&page, finding, false);
    assert_non_null(strstr(text.data,
                           "  NEWS       unittest\n"
                           "             * Add --durations, as in:\n"
                           "             (By X in issue 4080)\n"
                           "             * Another.\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_is_told_without_markup_and_examples),
        cmocka_unit_test(a_few_tracebacks_are_shown),
        cmocka_unit_test(what_is_not_told_is_counted),
        cmocka_unit_test(a_doctest_is_told_from_its_example_on),
        cmocka_unit_test(what_a_doctest_raised_comes_first),
        cmocka_unit_test(a_word_is_broken_where_no_row_holds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
