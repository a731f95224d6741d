/* The filter for compiled files. */
#include "filter.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "wire.h"

#define SIZE 512
#define SECTIONS 256 /* their headers */

/* An ELF file of two tables: relocations at 64, symbols at 160. */
static void
make_file(unsigned char file[SIZE])
{
    memset(file, 0, SIZE);
    memcpy(file,
           "\x7f"
           "ELF\x02\x01",
           6);
    pb_wire_set_u64(file + 40, SECTIONS);
    file[58] = 64;
    file[60] = 2;
    static const unsigned char types[] = {4, 2};
    for (size_t i = 0; i < 2; i++) {
        unsigned char *header = file + SECTIONS + 64 * i;
        header[4] = types[i];
        pb_wire_set_u64(header + 24, i == 0 ? 64 : 160);
        pb_wire_set_u64(header + 32, i == 0 ? 96 : 72);
    }
    for (size_t i = 0; i < 4; i++) {
        unsigned char *entry = file + 64 + 24 * i;
        pb_wire_set_u64(entry, 1000 + 16 * i);
        pb_wire_set_u32(entry + 8, 2);
        pb_wire_set_u32(entry + 12, (uint32_t)(i % 2));
        pb_wire_set_u64(entry + 16, 500 + 8 * (i / 2));
    }
    for (size_t i = 0; i < 3; i++) {
        unsigned char *entry = file + 160 + 24 * i;
        pb_wire_set_u32(entry, (uint32_t)(7 * i));
        entry[6] = 1;
        pb_wire_set_u64(entry + 8, 4096 + 32 * i);
    }
}

static void
numbers_become_differences_and_come_back(void **state)
{
    (void)state;
    unsigned char file[SIZE];
    unsigned char before[SIZE];
    make_file(before);
    make_file(file);
    assert_true(pb_filter_apply((char *)file, SIZE));
    assert_int_equal(pb_wire_get_u64(file + 64), 1000);
    assert_int_equal(pb_wire_get_u64(file + 64 + 24), 16);
    assert_int_equal(pb_wire_get_u32(file + 64 + 24 + 12), 1);
    assert_int_equal(pb_wire_get_u32(file + 64 + 48 + 12), UINT32_MAX);
    assert_int_equal(pb_wire_get_u64(file + 64 + 48 + 16), 8);
    assert_int_equal(pb_wire_get_u32(file + 160 + 48), 7);
    assert_int_equal(pb_wire_get_u64(file + 160 + 48 + 8), 32);
    pb_filter_undo((char *)file, SIZE);
    assert_memory_equal(file, before, SIZE);
}

static void
a_real_program_comes_back(void **state)
{
    (void)state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf before = PB_BUF_INIT;
    assert_int_equal(pb_fs_read("/proc/self/exe", SIZE_MAX, &text, &err), 0);
    pb_buf_add(&before, text.data, text.len);
    if (text.data[4] != 2 || text.data[5] != 1) {
        skip(); /* another platform */
    }
    assert_true(pb_filter_apply(text.data, text.len));
    assert_memory_not_equal(text.data, before.data, text.len);
    pb_filter_undo(text.data, text.len);
    assert_memory_equal(text.data, before.data, text.len);
}

static void
a_torn_file_is_left_alone_or_comes_back(void **state)
{
    (void)state;
    unsigned char before[SIZE];
    make_file(before);
    for (size_t size = 0; size < SIZE; size++) {
        /* Exactly so long, for the sanitizers. */
        PB_AUTOFREE char *file = pb_alloc(size == 0 ? 1 : size);
        memcpy(file, before, size);
        if (pb_filter_apply(file, size)) {
            pb_filter_undo(file, size);
        }
        assert_memory_equal(file, before, size);
    }
}

static void
wrong_bytes_anywhere_are_borne(void **state)
{
    (void)state;
    for (size_t at = 0; at < SIZE; at++) {
        unsigned char file[SIZE];
        unsigned char before[SIZE];
        make_file(before);
        before[at] ^= 0xff;
        memcpy(file, before, SIZE);
        if (pb_filter_apply((char *)file, SIZE)) {
            pb_filter_undo((char *)file, SIZE);
        }
        assert_memory_equal(file, before, SIZE);
    }
}

static void
tables_over_the_headers_are_refused(void **state)
{
    (void)state;
    unsigned char file[SIZE];
    unsigned char before[SIZE];
    make_file(before);
    pb_wire_set_u64(before + SECTIONS + 24, SECTIONS);
    memcpy(file, before, SIZE);
    assert_false(pb_filter_apply((char *)file, SIZE));
    assert_memory_equal(file, before, SIZE);
}

static void
other_files_are_left_alone(void **state)
{
    (void)state;
    char text[] = "print('an ordinary file, of some length, longer than a "
                  "header of the other kind of files is')";
    PB_AUTOFREE char *before = pb_strdup(text);
    assert_false(pb_filter_apply(text, sizeof(text)));
    assert_string_equal(text, before);
    assert_false(pb_filter_apply(text, 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_become_differences_and_come_back),
        cmocka_unit_test(a_real_program_comes_back),
        cmocka_unit_test(a_torn_file_is_left_alone_or_comes_back),
        cmocka_unit_test(wrong_bytes_anywhere_are_borne),
        cmocka_unit_test(tables_over_the_headers_are_refused),
        cmocka_unit_test(other_files_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
