/* suggest: how far apart two words are. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/suggest.h"

static void
distances_count_slips(void **state)
{
    (void)state;
    assert_int_equal(pb_suggest_distance("timeout", "timeout"), 0);
    assert_int_equal(pb_suggest_distance("tiemout", "timeout"), 1);
    assert_int_equal(pb_suggest_distance("timout", "timeout"), 1);
    assert_int_equal(pb_suggest_distance("timeoutt", "timeout"), 1);
    assert_int_equal(pb_suggest_distance("timeoot", "timeout"), 1);
    assert_int_equal(pb_suggest_distance("kitten", "sitting"), 3);
    assert_int_equal(pb_suggest_distance("", "abc"), 3);
    assert_int_equal(pb_suggest_distance("abc", ""), 3);
}

static void
endless_words_are_far_from_everything(void **state)
{
    (void)state;
    char word[5000];
    memset(word, 'a', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    assert_true(pb_suggest_distance(word, "aaa") == SIZE_MAX);
    assert_false(pb_suggest_is_close(SIZE_MAX, "aaa"));
}

static void
short_words_allow_one_slip_only(void **state)
{
    (void)state;
    assert_true(pb_suggest_is_close(1, "name"));
    assert_false(pb_suggest_is_close(2, "name"));
    assert_true(pb_suggest_is_close(2, "timeout"));
    assert_false(pb_suggest_is_close(3, "timeout"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_count_slips),
        cmocka_unit_test(endless_words_are_far_from_everything),
        cmocka_unit_test(short_words_allow_one_slip_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
