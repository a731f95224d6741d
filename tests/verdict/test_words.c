/* Words of messages and of reStructuredText. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verdict/words.h"

static void
expect_line(const char *text, size_t most, const char *expected)
{
    PB_AUTOFREE char *got = pb_words_first_line(text, most);
    assert_string_equal(got, expected);
}

static void
a_line_is_cut_between_words(void **state)
{
    (void)state;
    expect_line("\n one two \nthree", 20, "one two");
    expect_line("one two three", 9, "one two ...");
    expect_line("one two three", 13, "one two three");
    expect_line("a bcdefghijk", 9, "a bcdefgh..."); /* too much would go */
    expect_line("\xc3\xa9\xc3\xa9\xc3\xa9", 3, "\xc3\xa9...");
    expect_line("", 3, "");
}

static void
markup_goes_and_what_it_says_stays(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_words_plain(":pep:`479`: ``ast.Str`` raises :exc:`!RuntimeError`\n"
                   "   (:issue:`32670`, :gh:`104050`).",
                   &out);
    assert_string_equal(out.data, "PEP 479: ast.Str raises RuntimeError "
                                  "(issue 32670, gh-104050).");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_cut_between_words),
        cmocka_unit_test(markup_goes_and_what_it_says_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
