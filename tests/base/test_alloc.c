/* alloc: zeroed memory and growing arrays. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

static void
memory_comes_zeroed(void **state)
{
    (void)state;
    PB_AUTOFREE char *memory = pb_alloc(4096);
    for (size_t i = 0; i < 4096; i++) {
        assert_int_equal(memory[i], 0);
    }
}

static void
nothing_is_still_something_to_free(void **state)
{
    (void)state;
    PB_AUTOFREE void *none = pb_alloc(0);
    PB_AUTOFREE void *no_items = pb_alloc_array(0, 8);
    void *shrunk = pb_realloc_array(pb_alloc(8), 0, 8);
    assert_non_null(none);
    assert_non_null(no_items);
    assert_non_null(shrunk);
    free(shrunk);
}

static void
strings_are_copied_and_null_stays_null(void **state)
{
    (void)state;
    PB_AUTOFREE char *text = pb_strdup("abc");
    PB_AUTOFREE char *part = pb_strndup("abcdef", 2);
    PB_AUTOFREE char *whole = pb_strndup("ab", 10);
    PB_AUTOFREE char *made = pb_asprintf("%s-%d", "x", 7);
    assert_string_equal(text, "abc");
    assert_string_equal(part, "ab");
    assert_string_equal(whole, "ab");
    assert_string_equal(made, "x-7");
    assert_null(pb_strdup(NULL));
}

static void
growing_keeps_what_is_there(void **state)
{
    (void)state;
    int *items = NULL;
    size_t len = 0;
    size_t cap = 0;
    for (int i = 0; i < 1000; i++) {
        PB_GROW(items, len, cap);
        assert_true(len < cap);
        items[len++] = i;
    }
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(items[i], i);
    }
    free(items);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_comes_zeroed),
        cmocka_unit_test(nothing_is_still_something_to_free),
        cmocka_unit_test(strings_are_copied_and_null_stays_null),
        cmocka_unit_test(growing_keeps_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
