/* strv: lists of strings. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/strv.h"

static void
a_list_ends_with_null_at_every_length(void **state)
{
    (void)state;
    PB_AUTO(pb_strv) struct pb_strv list = PB_STRV_INIT;
    for (size_t i = 0; i < 100; i++) {
        pb_strv_addf(&list, "%zu", i);
        assert_int_equal(list.len, i + 1);
        assert_null(list.items[list.len]);
    }
    assert_string_equal(list.items[99], "99");
}

static void
taken_strings_are_owned(void **state)
{
    (void)state;
    PB_AUTO(pb_strv) struct pb_strv list = PB_STRV_INIT;
    char *text = pb_strdup("mine");
    pb_strv_take(&list, text);
    assert_ptr_equal(list.items[0], text);
}

static void
a_list_can_be_added_to_itself(void **state)
{
    (void)state;
    PB_AUTO(pb_strv) struct pb_strv list = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv empty = PB_STRV_INIT;
    pb_strv_add(&list, "a");
    pb_strv_add(&list, "b");
    pb_strv_add_all(&list, &list);
    pb_strv_add_all(&list, &empty);
    PB_AUTOFREE char *text = pb_strv_join(&list, " ");
    assert_string_equal(text, "a b a b");
}

static void
sorting_is_by_bytes_and_unique_drops_repeats(void **state)
{
    (void)state;
    PB_AUTO(pb_strv) struct pb_strv list = PB_STRV_INIT;
    static const char *const words[] = {"b", "a", "B", "b", "", "a", "ab"};
    for (size_t i = 0; i < PB_LENGTH(words); i++) {
        pb_strv_add(&list, words[i]);
    }
    pb_strv_sort(&list);
    pb_strv_unique(&list);
    PB_AUTOFREE char *text = pb_strv_join(&list, ",");
    assert_string_equal(text, ",B,a,ab,b");
    assert_null(list.items[list.len]);
    assert_true(pb_strv_contains(&list, "ab"));
    assert_false(pb_strv_contains(&list, "abc"));
    assert_true(pb_strv_contains_sorted(&list, "ab"));
    assert_true(pb_strv_contains_sorted(&list, ""));
    assert_false(pb_strv_contains_sorted(&list, "abc"));
}

static void
an_empty_list_bears_everything(void **state)
{
    (void)state;
    PB_AUTO(pb_strv) struct pb_strv list = PB_STRV_INIT;
    pb_strv_sort(&list);
    pb_strv_unique(&list);
    assert_false(pb_strv_contains(&list, ""));
    assert_false(pb_strv_contains_sorted(&list, ""));
    PB_AUTOFREE char *text = pb_strv_join(&list, ",");
    assert_string_equal(text, "");
    pb_strv_clear(&list);
    assert_null(list.items);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_ends_with_null_at_every_length),
        cmocka_unit_test(taken_strings_are_owned),
        cmocka_unit_test(a_list_can_be_added_to_itself),
        cmocka_unit_test(sorting_is_by_bytes_and_unique_drops_repeats),
        cmocka_unit_test(an_empty_list_bears_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
