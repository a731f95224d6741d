/* A builder on a made-up CPython, and what its tests say about it. */
#ifndef PYBISECT_TESTS_BUILD_BUILDER_FIXTURE_H
#define PYBISECT_TESTS_BUILD_BUILDER_FIXTURE_H

#include "build_test.h"

#include "fake_cpython.h"
#include "pybisect/interpreter.h"
#include "pybisect/process.h"

struct fixture {
    struct repo_builder builder;
    struct pb_repo *repo;
    char *cache;
    char *eras;
    struct pb_cancel cancel;
    struct pb_progress progress;
    struct pb_strv configure_args;
    double timeout;
    int audit_every; /* 0: never */
    bool install;
    int (*refuted)(void *fixture, const struct pb_strv *outputs,
                   struct pb_error *err);
    struct pb_builder *cpython;
    struct pb_build build; /* the last one */
};

static inline int
setup(void **state)
{
    struct fixture *fixture = pb_alloc(sizeof(*fixture));
    repo_builder_init(&fixture->builder);
    fixture->cache = below(&fixture->builder, "cache");
    fixture->eras = below(&fixture->builder, "eras.yml");
    put_text(&fixture->builder, "eras.yml", fake_eras);
    int first = repo_commit(&fixture->builder, "main", "first", 0, 0);
    fake_first_files(&fixture->builder);
    assert_int_equal(first, 1);
    *state = fixture;
    return 0;
}

static inline int
teardown(void **state)
{
    struct fixture *fixture = *state;
    pb_build_clear(&fixture->build);
    pb_builder_free(fixture->cpython);
    pb_repo_close(fixture->repo);
    pb_strv_clear(&fixture->configure_args);
    repo_builder_clear(&fixture->builder);
    free(fixture->cache);
    free(fixture->eras);
    free(fixture);
    return 0;
}

static inline struct pb_builder *
new_builder(struct fixture *fixture)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_builder *cpython = NULL;
    if (fixture->repo == NULL) {
        fixture->repo = open_repo(&fixture->builder);
    }
    const struct pb_builder_options options = {
        .repo = fixture->repo,
        .cache_dir = fixture->cache,
        .eras_file = fixture->eras,
        .configure_args = &fixture->configure_args,
        .jobs = 1,
        .timeout = fixture->timeout,
        .audit_every = fixture->audit_every != 0 ? fixture->audit_every : -1,
        .install = fixture->install,
        .refuted = fixture->refuted,
        .refuted_context = fixture,
        .progress = &fixture->progress,
        .cancel = &fixture->cancel,
    };
    assert_done(pb_builder_new(&options, &cpython, &err), &err);
    return cpython;
}

static inline void
reopen(struct fixture *fixture)
{
    pb_builder_free(fixture->cpython);
    fixture->cpython = NULL;
    fixture->cpython = new_builder(fixture);
}

static inline void
find_keys(const struct fixture *fixture, const struct pb_oid *commit,
          struct pb_keys *out)
{
    struct pb_error err = PB_ERROR_INIT;
    const struct pb_fingerprint_options options = {.threads = 1};
    assert_done(
        pb_fingerprint(fixture->builder.path, commit, 1, &options, out, &err),
        &err);
}

static inline int
try_build(struct fixture *fixture, int mark, bool clean, struct pb_error *err)
{
    struct pb_keys keys;
    if (fixture->cpython == NULL) {
        fixture->cpython = new_builder(fixture);
    }
    struct pb_oid commit = repo_oid(&fixture->builder, mark);
    find_keys(fixture, &commit, &keys);
    pb_build_clear(&fixture->build);
    return pb_builder_build(fixture->cpython, &commit, &keys, clean,
                            &fixture->build, err);
}

static inline void
build(struct fixture *fixture, int mark, enum pb_build_end expected)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_done(try_build(fixture, mark, false, &err), &err);
    if (fixture->build.end != expected) {
        fail_msg("end %d: %s", (int)fixture->build.end,
                 fixture->build.failure == NULL ? "" : fixture->build.failure);
    }
}

/* What the interpreter of the last build prints. */
/* A clean build, which must be made. */
static inline void
build_clean(struct fixture *fixture, int mark)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_done(try_build(fixture, mark, true, &err), &err);
}

static inline void
assert_prints(const struct fixture *fixture, const char *expected)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    char *const argv[] = {fixture->build.python, NULL};
    assert_done(pb_process_capture(argv, &text, &err), &err);
    assert_string_equal(text.data, expected);
}

static inline void
assert_compiled(const struct fixture *fixture, const char *expected)
{
    assert_text(&fixture->builder, "cache/trees/0/compiled", expected);
}

static inline void
forget_compiled(const struct fixture *fixture)
{
    put_text(&fixture->builder, "cache/trees/0/compiled", "");
}

static inline int
commit(struct fixture *fixture, int parent)
{
    return repo_commit(&fixture->builder, "main", "more", parent, 0);
}

#define BUILD_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
