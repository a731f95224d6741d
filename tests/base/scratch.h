/* A directory of its own for each test. */
#ifndef TESTS_BASE_SCRATCH_H
#define TESTS_BASE_SCRATCH_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/fs.h"

static inline int
scratch_make(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    const char *parent = getenv("TMPDIR");
    *state =
        pb_fs_temporary(parent == NULL ? "/tmp" : parent, "pybisect-", &err);
    return *state == NULL ? -1 : 0;
}

static inline int
scratch_remove(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    int status = pb_fs_remove_tree(*state, &err);
    free(*state);
    return status;
}

#define SCRATCH_TEST(test)                                                    \
    cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

static inline void
put_file(const char *path, const char *text)
{
    struct pb_error err = PB_ERROR_INIT;
    if (pb_fs_write(path, text, strlen(text), 0644, &err) < 0) {
        fail_msg("%s", err.message);
    }
}

static inline void
assert_file(const char *path, const char *expected)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    if (pb_fs_read(path, 1 << 20, &text, &err) < 0) {
        fail_msg("%s", err.message);
    }
    assert_string_equal(text.data, expected);
}

#endif
