/* buf: growing byte strings. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pybisect/buf.h"

static void
an_empty_buffer_is_an_empty_string(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf buf = PB_BUF_INIT;
    assert_string_equal(buf.data, "");
    pb_buf_add(&buf, NULL, 0);
    pb_buf_truncate(&buf, 0);
    assert_ptr_equal(buf.data, pb_buf_empty);
    assert_int_equal(buf.len, 0);
}

static void
every_way_of_adding_appends(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf buf = PB_BUF_INIT;
    pb_buf_adds(&buf, "one");
    pb_buf_addch(&buf, ' ');
    pb_buf_addf(&buf, "%d", 2);
    pb_buf_add(&buf, " three!", 6);
    assert_string_equal(buf.data, "one 2 three");
    assert_int_equal(buf.len, 11);
}

static void
nul_bytes_are_kept(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf buf = PB_BUF_INIT;
    pb_buf_add(&buf, "a\0b", 3);
    assert_int_equal(buf.len, 3);
    assert_memory_equal(buf.data, "a\0b", 4);
}

static void
long_text_survives_growth(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf buf = PB_BUF_INIT;
    for (int i = 0; i < 10000; i++) {
        pb_buf_addf(&buf, "%04d ", i);
    }
    assert_int_equal(buf.len, 50000);
    assert_memory_equal(buf.data, "0000 0001 ", 10);
    assert_string_equal(buf.data + 49990, "9998 9999 ");
}

static void
truncated_text_ends_where_asked(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf buf = PB_BUF_INIT;
    pb_buf_adds(&buf, "abcdef");
    pb_buf_truncate(&buf, 2);
    assert_string_equal(buf.data, "ab");
    pb_buf_addch(&buf, 'x');
    assert_string_equal(buf.data, "abx");
}

static void
taking_leaves_an_empty_buffer(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf buf = PB_BUF_INIT;
    pb_buf_adds(&buf, "gift");
    PB_AUTOFREE char *taken = pb_buf_take(&buf);
    assert_string_equal(taken, "gift");
    assert_string_equal(buf.data, "");
    /* The static empty string must not be given away. */
    PB_AUTOFREE char *nothing = pb_buf_take(&buf);
    assert_string_equal(nothing, "");
    assert_ptr_not_equal(nothing, pb_buf_empty);
}

static void
a_cleared_buffer_can_be_used_again(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf buf = PB_BUF_INIT;
    pb_buf_adds(&buf, "first");
    pb_buf_clear(&buf);
    pb_buf_clear(&buf);
    pb_buf_adds(&buf, "second");
    assert_string_equal(buf.data, "second");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_is_an_empty_string),
        cmocka_unit_test(every_way_of_adding_appends),
        cmocka_unit_test(nul_bytes_are_kept),
        cmocka_unit_test(long_text_survives_growth),
        cmocka_unit_test(truncated_text_ends_where_asked),
        cmocka_unit_test(taking_leaves_an_empty_buffer),
        cmocka_unit_test(a_cleared_buffer_can_be_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
