/* What the tests of this room include and assert. */
#ifndef PYBISECT_TESTS_HISTORY_HISTORY_TEST_H
#define PYBISECT_TESTS_HISTORY_HISTORY_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "support/repo_builder.h"

#define assert_ok(call)                                                       \
    do {                                                                      \
        if ((call) < 0) {                                                     \
            fail_msg("%s: %s", #call, err.message);                           \
        }                                                                     \
    } while (0)

#define assert_contains(text, part)                                           \
    do {                                                                      \
        if (strstr((text), (part)) == NULL) {                                 \
            fail_msg("'%s' is not in '%s'", (part), (text));                  \
        }                                                                     \
    } while (0)

static inline void
assert_oid(const struct repo_builder *builder, const struct pb_oid *oid,
           int mark)
{
    char got[PB_OID_HEX];
    char wanted[PB_OID_HEX];
    struct pb_oid expected = repo_oid(builder, mark);
    assert_string_equal(pb_oid_hex(oid, got), pb_oid_hex(&expected, wanted));
}

static inline struct pb_repo *
open_built(struct repo_builder *builder)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_repo *repo = NULL;
    repo_build(builder);
    assert_ok(pb_repo_open(builder->path, &repo, &err));
    return repo;
}

#endif
