/* Clean builds, and what they say about the others. */
#include "builder_fixture.h"

/* 1 - 2: Objects/b.c changes. */
static void
a_clean_build_reuses_nothing_and_disturbs_nothing(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "echo b2\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    struct pb_digest incremental = fixture->build.output;
    forget_compiled(fixture);
    build_clean(fixture, 1);
    assert_int_equal(fixture->build.end, PB_BUILD_COMPILED);
    assert_compiled(fixture, "Objects/a.c\nObjects/b.c\n");
    assert_text(&fixture->builder, "cache/trees/0/configured",
                "run\nstatus\nstatus\n");
    assert_prints(fixture, "a1\nb1\nimpl1\n");
    assert_true(pb_digest_equal(&incremental, &fixture->build.output));
    PB_AUTOFREE char *root = pb_strdup(fixture->build.root);

    forget_compiled(fixture);
    build(fixture, second, PB_BUILD_COMPILED);
    assert_compiled(fixture, "Objects/b.c\n");
    assert_false(pb_fs_exists(root));
    assert_string_not_equal(fixture->build.root, root);
}

static void
a_clean_build_that_agrees_is_not_needed_again(void **state)
{
    struct fixture *fixture = *state;
    build(fixture, 1, PB_BUILD_COMPILED);
    assert_int_equal(fixture->build.audit, PB_AUDIT_NONE);
    build_clean(fixture, 1);
    assert_int_equal(fixture->build.audit, PB_AUDIT_EQUAL);
    forget_compiled(fixture);
    build_clean(fixture, 1);
    assert_int_equal(fixture->build.audit, PB_AUDIT_PROVED);
    assert_int_equal(fixture->build.end, PB_BUILD_RESTORED);
    assert_compiled(fixture, "");
    assert_prints(fixture, "a1\nb1\nimpl1\n");
}

/* 1 - 2: Objects/b.c changes; a wrong object slips into the tree before. */
static int
build_with_a_wrong_object(struct fixture *fixture)
{
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "echo b2\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    put_text(&fixture->builder, "cache/trees/0/source/Objects/a.o",
             "#!/bin/sh\necho wrong\n");
    return second;
}

static void
a_clean_build_that_disagrees_takes_the_place_of_the_stored_one(void **state)
{
    struct fixture *fixture = *state;
    int second = build_with_a_wrong_object(fixture);
    build(fixture, second, PB_BUILD_COMPILED);
    assert_prints(fixture, "wrong\nb2\n");
    build_clean(fixture, second);
    assert_int_equal(fixture->build.audit, PB_AUDIT_DIFFERENT);
    assert_prints(fixture, "a1\nb2\n");
    /* The first was made in the same tree and proved by nobody. */
    assert_int_equal(fixture->build.dropped.len, 2);
    build(fixture, second, PB_BUILD_RESTORED);
    assert_prints(fixture, "a1\nb2\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    assert_prints(fixture, "a1\nb1\nimpl1\n");
}

/* As a journal on a full disk, the first time. */
static int
refuse_once(void *context, const struct pb_strv *outputs, struct pb_error *err)
{
    struct fixture *fixture = context;
    assert_int_equal(outputs->len, 2);
    fixture->refuted = NULL;
    return pb_error_set(err, PB_ERROR_ENVIRONMENT, "the journal is full");
}

static void
nothing_is_dropped_before_it_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    fixture->refuted = refuse_once;
    int second = build_with_a_wrong_object(fixture);
    build(fixture, second, PB_BUILD_COMPILED);
    assert_int_equal(try_build(fixture, second, true, &err), -1);
    assert_string_equal(err.message, "the journal is full");
    reopen(fixture);
    build(fixture, second, PB_BUILD_RESTORED);
    assert_prints(fixture, "wrong\nb2\n");
    build_clean(fixture, second);
    assert_int_equal(fixture->build.audit, PB_AUDIT_DIFFERENT);
    assert_int_equal(fixture->build.dropped.len, 2);
    assert_prints(fixture, "a1\nb2\n");
}

static void
a_build_is_audited_when_its_turn_comes(void **state)
{
    struct fixture *fixture = *state;
    int second = build_with_a_wrong_object(fixture);
    fixture->audit_every = 1;
    reopen(fixture);
    build(fixture, second, PB_BUILD_COMPILED);
    assert_int_equal(fixture->build.audit, PB_AUDIT_DIFFERENT);
    assert_prints(fixture, "a1\nb2\n");
    build(fixture, second, PB_BUILD_RESTORED);
    assert_prints(fixture, "a1\nb2\n");
}

static void
builds_that_never_come_out_the_same_accuse_nobody(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_program(&fixture->builder, "link",
                 "#!/bin/sh\nshift 2\n"
                 "{ cat \"$@\"; date '+# %s.%N'; } > python\n"
                 "chmod +x python\n");
    int third = commit(fixture, second);
    repo_file(&fixture->builder, "Objects/b.c", "echo b2\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    build(fixture, second, PB_BUILD_COMPILED);
    assert_int_equal(pb_builder_irreproducible(fixture->cache), 0);
    build_clean(fixture, second);
    assert_int_equal(fixture->build.audit, PB_AUDIT_IRREPRODUCIBLE);
    assert_int_equal(fixture->build.dropped.len, 0);
    assert_prints(fixture, "a1\nb1\nimpl1\n");
    assert_int_equal(pb_builder_irreproducible(fixture->cache), 1);
    assert_false(
        is_there(&fixture->builder, "cache/trees/0/source-elsewhere"));

    /* From now on nobody tries. */
    fixture->audit_every = 1;
    reopen(fixture);
    forget_compiled(fixture);
    build(fixture, third, PB_BUILD_COMPILED);
    assert_int_equal(fixture->build.audit, PB_AUDIT_NONE);
    assert_compiled(fixture, "Objects/b.c\n");
    build_clean(fixture, third);
    assert_int_equal(fixture->build.audit, PB_AUDIT_IRREPRODUCIBLE);
    build(fixture, 1, PB_BUILD_RESTORED);
}

static void
a_clean_build_that_fails_is_remembered_too(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "broken\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    build_clean(fixture, second);
    assert_int_equal(fixture->build.end, PB_BUILD_FAILED);
    build(fixture, second, PB_BUILD_FAILED);
    assert_true(fixture->build.known);
}

static void
a_clean_build_that_was_killed_is_undone(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "echo b2\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    pb_builder_free(fixture->cpython);
    fixture->cpython = NULL;
    /* As the kill leaves it. */
    PB_AUTOFREE char *aside = below(&fixture->builder, "cache/trees/0/aside");
    PB_AUTOFREE char *source =
        below(&fixture->builder, "cache/trees/0/source");
    assert_done(pb_fs_rename(source, aside, &err), &err);
    put_text(&fixture->builder, "cache/trees/0/source/Objects/b.o", "torn");
    put_text(&fixture->builder, "cache/trees/0/clean.mark", "");
    forget_compiled(fixture);
    build(fixture, second, PB_BUILD_COMPILED);
    assert_compiled(fixture, "Objects/b.c\n");
    assert_prints(fixture, "a1\nb2\n");
    assert_false(is_there(&fixture->builder, "cache/trees/0/clean.mark"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BUILD_TEST(a_clean_build_reuses_nothing_and_disturbs_nothing),
        BUILD_TEST(a_clean_build_that_agrees_is_not_needed_again),
        BUILD_TEST(
            a_clean_build_that_disagrees_takes_the_place_of_the_stored_one),
        BUILD_TEST(nothing_is_dropped_before_it_is_told),
        BUILD_TEST(a_build_is_audited_when_its_turn_comes),
        BUILD_TEST(builds_that_never_come_out_the_same_accuse_nobody),
        BUILD_TEST(a_clean_build_that_fails_is_remembered_too),
        BUILD_TEST(a_clean_build_that_was_killed_is_undone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
