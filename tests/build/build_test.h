/* What the tests of this room share: a repository, and the trees that are
   made of it, both below one directory. */
#ifndef PYBISECT_TESTS_BUILD_BUILD_TEST_H
#define PYBISECT_TESTS_BUILD_BUILD_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "support/repo_builder.h"

#define assert_done(call, err)                                                \
    do {                                                                      \
        if ((call) < 0) {                                                     \
            fail_msg("%s: %s", #call, (err)->message);                        \
        }                                                                     \
    } while (0)

#define assert_contains(text, part)                                           \
    do {                                                                      \
        if (strstr((text), (part)) == NULL) {                                 \
            fail_msg("'%s' is not in '%s'", (part), (text));                  \
        }                                                                     \
    } while (0)

/* A name below the test's directory. Caller frees. */
static inline char *
below(const struct repo_builder *builder, const char *name)
{
    return pb_path_join(builder->directory, name);
}

/* Which paths a tree holds. */
static inline bool
everything(const char *path)
{
    (void)path;
    return true;
}

static inline struct pb_repo *
open_repo(struct repo_builder *builder)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_repo *repo = NULL;
    repo_build(builder);
    assert_done(pb_repo_open(builder->path, &repo, &err), &err);
    return repo;
}

static inline void
put_text(const struct repo_builder *builder, const char *name,
         const char *text)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *path = below(builder, name);
    assert_done(pb_fs_write(path, text, strlen(text), 0644, &err), &err);
}

static inline void
assert_text(const struct repo_builder *builder, const char *name,
            const char *expected)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *path = below(builder, name);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    assert_done(pb_fs_read(path, 1 << 20, &text, &err), &err);
    assert_string_equal(text.data, expected);
}

static inline bool
is_there(const struct repo_builder *builder, const char *name)
{
    PB_AUTOFREE char *path = below(builder, name);
    return pb_fs_exists(path);
}

static inline int64_t
mtime_of(const struct repo_builder *builder, const char *name)
{
    PB_AUTOFREE char *path = below(builder, name);
    struct stat info;
    if (lstat(path, &info) < 0) {
        fail_msg("'%s' is not there", name);
    }
    return (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
}

/* What a clone lacks: removes the blob of `path`. */
static inline void
lose_blob(const struct repo_builder *builder, int mark, const char *path)
{
    PB_AUTOFREE char *log = below(builder, "git.log");
    PB_AUTO(pb_buf) struct pb_buf hex = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid commit = repo_oid(builder, mark);
    char commit_hex[PB_OID_HEX];
    PB_AUTOFREE char *name =
        pb_asprintf("%s:%s", pb_oid_hex(&commit, commit_hex), path);
    repo_git(builder, builder->path, "rev-parse", name, NULL);
    assert_done(pb_fs_read(log, 1024, &hex, &err), &err);
    PB_AUTOFREE char *object = pb_asprintf(
        "%s/objects/%.2s/%.38s", builder->path, hex.data, hex.data + 2);
    assert_true(pb_fs_exists(object));
    assert_done(pb_fs_remove(object, &err), &err);
}

#endif
