#include "base/scratch.h"

#include "pybisect/checksum.h"

#define OF_ABC                                                                \
    "sha256 "                                                                 \
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"

static void
a_line_is_added_and_taken_off(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(&text, "abc");
    pb_checksum_add(&text);
    assert_string_equal(text.data, "abc" OF_ABC);
    assert_true(pb_checksum_cut(&text));
    assert_string_equal(text.data, "abc");
}

static void
nothing_has_a_checksum_too(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    assert_false(pb_checksum_cut(&text));
    pb_checksum_add(&text);
    assert_true(pb_checksum_cut(&text));
    assert_int_equal(text.len, 0);
}

static void
any_other_byte_and_any_cut_are_noticed(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(&text, "abc" OF_ABC);
    size_t length = text.len;
    for (size_t i = 0; i < length; i++) {
        text.data[i] ^= 1;
        assert_false(pb_checksum_cut(&text));
        text.data[i] ^= 1;
    }
    assert_string_equal(text.data, "abc" OF_ABC);
    while (text.len > 0) {
        pb_buf_truncate(&text, text.len - 1);
        assert_false(pb_checksum_cut(&text));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_added_and_taken_off),
        cmocka_unit_test(nothing_has_a_checksum_too),
        cmocka_unit_test(any_other_byte_and_any_cut_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
