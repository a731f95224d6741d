/* hash: equal bytes, equal hashes; ids that are nearly alike are spread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "pybisect/alloc.h"

static void
equal_bytes_have_equal_hashes(void **state)
{
    (void)state;
    const char text[] = "xm.C.test_render_something";
    const char same[] = "m.C.test_render_something";
    for (size_t length = 0; length < strlen(same); length++) {
        /* One of them lies where no word begins. */
        assert_int_equal(pb_hash(text + 1, length), pb_hash(same, length));
    }
    assert_int_not_equal(pb_hash("a", 1), pb_hash("a\0", 2));
    assert_int_not_equal(pb_hash("", 0), pb_hash("\0", 1));
}

/* In a table that is half full, most buckets have one or none. */
static void
ids_that_differ_in_a_number_are_spread(void **state)
{
    (void)state;
    enum { BUCKETS = 1 << 16, IDS = BUCKETS / 2 };
    static const char *const forms[] = {
        "%u", "m.C.test_%u", "tests/test_%u.py::test_name", "%u-suffix"};
    for (size_t form = 0; form < PB_LENGTH(forms); form++) {
        PB_AUTOFREE unsigned char *count = pb_alloc(BUCKETS);
        unsigned most = 0;
        size_t used = 0;
        for (unsigned i = 0; i < IDS; i++) {
            const char *mark = strchr(forms[form], '%');
            char id[64];
            int length =
                snprintf(id, sizeof(id), "%.*s%u%s", (int)(mark - forms[form]),
                         forms[form], i, strchr(mark, 'u') + 1);
            unsigned char *bucket =
                &count[pb_hash(id, (size_t)length) % BUCKETS];
            used += *bucket == 0;
            *bucket += 1;
            most = *bucket > most ? *bucket : most;
        }
        /* By chance 1 - exp(-1/2) of the buckets, 0.393, are in use. */
        assert_in_range(used, BUCKETS * 38 / 100, BUCKETS * 41 / 100);
        assert_true(most <= 10);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_bytes_have_equal_hashes),
        cmocka_unit_test(ids_that_differ_in_a_number_are_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
