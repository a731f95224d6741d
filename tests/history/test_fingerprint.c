/* Keys of commits. */
#include "history_test.h"

#include <stdlib.h>

#include "pybisect/alloc.h"
#include "pybisect/fingerprint.h"
#include "pybisect/fs.h"

/*
 *  base---next   main: what `next` changes is the test's business
 */
static int
start(struct repo_builder *builder)
{
    repo_builder_init(builder);
    int base = repo_commit(builder, "main", "base", 0, 0);
    repo_file(builder, "Doc/library/os.rst", "os");
    repo_file(builder, "Include/Python.h", "python");
    repo_file(builder, "Lib/argparse.py", "argparse");
    repo_file(builder, "Lib/os.py", "os");
    repo_file(builder, "Lib/test/test_os.py", "test");
    repo_file(builder, "Lib/idlelib/run.py", "idle");
    repo_file(builder, "Lib/unittest/case.py", "case");
    repo_file(builder, "Lib/unittest/test/test_case.py", "case");
    repo_file(builder, "Modules/_testcapi/vector.c", "test");
    repo_file(builder, "Modules/posixmodule.c", "posix");
    repo_program(builder, "configure", "configure");
    return base;
}

static void
fingerprint(struct repo_builder *builder, bool count_tests, int threads,
            struct pb_keys *keys)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_fingerprint_options options = {
        .count_tests = count_tests,
        .threads = threads,
    };
    assert_ok(pb_fingerprint(builder->path, builder->oids + 1,
                             (size_t)builder->marks, &options, keys, &err));
}

/* What the second commit changed, seen from the keys. */
static enum pb_path_role
changed(struct repo_builder *builder, bool count_tests)
{
    struct pb_keys keys[2];
    repo_build(builder);
    fingerprint(builder, count_tests, 1, keys);
    if (!pb_digest_equal(&keys[0].build, &keys[1].build)) {
        assert_false(pb_digest_equal(&keys[0].behaviour, &keys[1].behaviour));
        return PB_PATH_BUILD;
    }
    return pb_digest_equal(&keys[0].behaviour, &keys[1].behaviour)
               ? PB_PATH_IGNORED
               : PB_PATH_BEHAVIOUR;
}

static enum pb_path_role
changed_by_file(const char *path, bool count_tests)
{
    struct repo_builder builder;
    int base = start(&builder);
    repo_commit(&builder, "main", "next", base, 0);
    repo_file(&builder, path, "changed");
    enum pb_path_role role = changed(&builder, count_tests);
    repo_builder_clear(&builder);
    return role;
}

static bool
library_changed_by_file(const char *path)
{
    struct pb_keys keys[2];
    struct repo_builder builder;
    int base = start(&builder);
    repo_commit(&builder, "main", "next", base, 0);
    repo_file(&builder, path, "changed");
    repo_build(&builder);
    fingerprint(&builder, false, 1, keys);
    repo_builder_clear(&builder);
    return !pb_digest_equal(&keys[0].library, &keys[1].library);
}

static void
the_library_key_is_about_what_lies_beside_the_output(void **state)
{
    (void)state;
    assert_true(library_changed_by_file("Lib/argparse.py"));
    assert_true(library_changed_by_file("Lib/os.py"));
    assert_true(library_changed_by_file("Include/Python.h"));
    assert_true(library_changed_by_file("Include/internal/pycore_x.h"));
    assert_false(library_changed_by_file("Lib/test/test_os.py"));
    assert_false(library_changed_by_file("Objects/dictobject.c"));
    assert_false(library_changed_by_file("Modules/Lib/x.c"));
    assert_false(library_changed_by_file("Doc/library/os.rst"));
}

static void
a_commit_to_documents_has_its_parents_keys(void **state)
{
    (void)state;
    assert_int_equal(changed_by_file("Doc/library/os.rst", false),
                     PB_PATH_IGNORED);
    assert_int_equal(changed_by_file("Misc/NEWS.d/next/x.rst", false),
                     PB_PATH_IGNORED);
    assert_int_equal(changed_by_file("Lib/idlelib/new.py", false),
                     PB_PATH_IGNORED);
}

static void
a_commit_to_the_library_shares_its_parents_build(void **state)
{
    (void)state;
    assert_int_equal(changed_by_file("Lib/argparse.py", false),
                     PB_PATH_BEHAVIOUR);
    assert_int_equal(changed_by_file("Lib/unittest/case.py", false),
                     PB_PATH_BEHAVIOUR);
    assert_int_equal(changed_by_file("Lib/newpackage/__init__.py", false),
                     PB_PATH_BEHAVIOUR);
}

static void
a_commit_to_c_or_frozen_files_changes_both_keys(void **state)
{
    (void)state;
    assert_int_equal(changed_by_file("Modules/posixmodule.c", false),
                     PB_PATH_BUILD);
    assert_int_equal(changed_by_file("Include/Python.h", false),
                     PB_PATH_BUILD);
    assert_int_equal(changed_by_file("Lib/os.py", false), PB_PATH_BUILD);
}

static void
cpythons_tests_count_only_when_asked(void **state)
{
    (void)state;
    assert_int_equal(changed_by_file("Lib/test/test_os.py", false),
                     PB_PATH_IGNORED);
    assert_int_equal(changed_by_file("Lib/test/test_os.py", true),
                     PB_PATH_BEHAVIOUR);
    assert_int_equal(changed_by_file("Lib/unittest/test/new.py", false),
                     PB_PATH_IGNORED);
    assert_int_equal(changed_by_file("Modules/_testcapi/vector.c", false),
                     PB_PATH_IGNORED);
    assert_int_equal(changed_by_file("Modules/_testcapi/vector.c", true),
                     PB_PATH_BUILD);
}

static void
a_new_top_level_path_counts(void **state)
{
    (void)state;
    assert_int_equal(changed_by_file("Rust/src/lib.rs", false), PB_PATH_BUILD);
    assert_int_equal(changed_by_file("rules.mk", false), PB_PATH_BUILD);
}

static void
an_ignored_directory_under_a_new_name_counts(void **state)
{
    (void)state;
    struct repo_builder builder;
    int base = start(&builder);
    repo_commit(&builder, "main", "next", base, 0);
    repo_remove(&builder, "Doc");
    repo_file(&builder, "Documentation/library/os.rst", "os");
    assert_int_equal(changed(&builder, false), PB_PATH_BUILD);
    repo_builder_clear(&builder);
}

static void
removing_everything_ignored_changes_nothing(void **state)
{
    (void)state;
    struct repo_builder builder;
    int base = start(&builder);
    repo_commit(&builder, "main", "next", base, 0);
    repo_remove(&builder, "Doc");
    repo_remove(&builder, "Lib/test");
    repo_remove(&builder, "Lib/unittest/test");
    repo_remove(&builder, "Modules/_testcapi");
    assert_int_equal(changed(&builder, false), PB_PATH_IGNORED);
    repo_builder_clear(&builder);
}

static void
renames_and_modes_count(void **state)
{
    (void)state;
    struct repo_builder builder;
    int base = start(&builder);
    repo_commit(&builder, "main", "next", base, 0);
    repo_remove(&builder, "Lib/argparse.py");
    repo_file(&builder, "Lib/optparse.py", "argparse");
    assert_int_equal(changed(&builder, false), PB_PATH_BEHAVIOUR);
    repo_builder_clear(&builder);

    base = start(&builder);
    repo_commit(&builder, "main", "next", base, 0);
    repo_file(&builder, "configure", "configure");
    assert_int_equal(changed(&builder, false), PB_PATH_BUILD);
    repo_builder_clear(&builder);
}

/* Random histories, each key compared with what the paths' roles say. */
static void
keys_agree_with_the_roles_of_the_changed_paths(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "Doc/a.rst",
        "Include/a.h",
        "Lib/a.py",
        "Lib/io.py",
        "Lib/test/a.py",
        "Lib/ctypes/a.py",
        "Lib/ctypes/test/a.py",
        "Lib/importlib/_bootstrap.py",
        "Lib/importlib/abc.py",
        "Modules/a.c",
        "Modules/_ctypes/a.c",
        "Modules/_ctypes/_ctypes_test.c",
        "Modules/_testa.c",
        "Misc/ACKS",
        "Misc/a.in",
        "Tools/build/a.py",
        "Tools/build/smelly.py",
        "Tools/scripts/a.py",
        "Tools/scripts/2to3",
        "setup.py",
    };
    struct repo_builder builder;
    unsigned seed = 20240501;
    enum { COMMITS = 300 };
    enum pb_path_role wanted[COMMITS + 1] = {PB_PATH_IGNORED};
    repo_builder_init(&builder);
    int tip = 0;
    for (int i = 1; i <= COMMITS; i++) {
        tip = repo_commit(&builder, "main", "random", tip, 0);
        for (int j = 0; j < 2; j++) {
            size_t which = (size_t)rand_r(&seed) % PB_LENGTH(paths);
            /* A counter as content: no two files are ever equal. */
            PB_AUTOFREE char *content = pb_asprintf("%d %d", i, j);
            repo_file(&builder, paths[which], content);
            enum pb_path_role role = pb_fingerprint_role(paths[which], false);
            wanted[i] = role > wanted[i] ? role : wanted[i];
        }
    }
    repo_build(&builder);
    struct pb_keys keys[COMMITS];
    fingerprint(&builder, false, 2, keys);
    for (int i = 2; i <= COMMITS; i++) {
        bool build = !pb_digest_equal(&keys[i - 2].build, &keys[i - 1].build);
        bool behaviour =
            !pb_digest_equal(&keys[i - 2].behaviour, &keys[i - 1].behaviour);
        assert_int_equal(build, wanted[i] == PB_PATH_BUILD);
        assert_int_equal(behaviour, wanted[i] != PB_PATH_IGNORED);
    }
    struct pb_keys again[COMMITS];
    fingerprint(&builder, false, 1, again);
    assert_memory_equal(keys, again, sizeof(keys));
    repo_builder_clear(&builder);
}

/*
 *  1---2---3   main: 3 takes back what 2 did
 */
static void
a_revert_brings_the_old_keys_back(void **state)
{
    (void)state;
    struct repo_builder builder;
    int base = start(&builder);
    int change = repo_commit(&builder, "main", "change", base, 0);
    repo_file(&builder, "Lib/argparse.py", "broken");
    repo_commit(&builder, "main", "revert", change, 0);
    repo_file(&builder, "Lib/argparse.py", "argparse");
    repo_build(&builder);
    struct pb_keys keys[3];
    fingerprint(&builder, false, 1, keys);
    assert_memory_equal(&keys[0], &keys[2], sizeof(keys[0]));
    assert_false(pb_digest_equal(&keys[0].behaviour, &keys[1].behaviour));
    repo_builder_clear(&builder);
}

static void
keys_need_no_blobs(void **state)
{
    (void)state;
    struct repo_builder builder;
    struct pb_error err = PB_ERROR_INIT;
    start(&builder);
    repo_build(&builder);
    PB_AUTOFREE char *clone = pb_path_join(builder.directory, "treeless");
    PB_AUTOFREE char *url = pb_asprintf("file://%s", builder.path);
    repo_git(&builder, builder.path, "config", "uploadpack.allowFilter",
             "true", NULL);
    repo_git(&builder, NULL, "clone", "--quiet", "--bare",
             "--filter=blob:none", url, clone, NULL);
    struct pb_fingerprint_options options = {.threads = 1};
    struct pb_keys full;
    struct pb_keys partial;
    assert_ok(pb_fingerprint(builder.path, builder.oids + 1, 1, &options,
                             &full, &err));
    assert_ok(
        pb_fingerprint(clone, builder.oids + 1, 1, &options, &partial, &err));
    assert_memory_equal(&full, &partial, sizeof(full));
    repo_builder_clear(&builder);
}

static void
a_missing_commit_fails_and_leaves_the_output_alone(void **state)
{
    (void)state;
    struct repo_builder builder;
    struct pb_error err = PB_ERROR_INIT;
    start(&builder);
    repo_build(&builder);
    struct pb_oid commits[2] = {builder.oids[1], {.bytes = {7}}};
    struct pb_keys keys[2];
    struct pb_keys before[2];
    memset(keys, 42, sizeof(keys));
    memcpy(before, keys, sizeof(keys));
    struct pb_fingerprint_options options = {.threads = 1};
    assert_int_equal(
        pb_fingerprint(builder.path, commits, 2, &options, keys, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    assert_memory_equal(keys, before, sizeof(keys));
    repo_builder_clear(&builder);
}

static void
a_cancelled_run_says_so(void **state)
{
    (void)state;
    struct repo_builder builder;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_cancel cancel = {.requested = 1};
    start(&builder);
    repo_build(&builder);
    struct pb_keys keys;
    struct pb_fingerprint_options options = {.threads = 1, .cancel = &cancel};
    assert_int_equal(pb_fingerprint(builder.path, builder.oids + 1, 1,
                                    &options, &keys, &err),
                     -1);
    assert_int_equal(err.code, PB_ERROR_CANCELLED);
    repo_builder_clear(&builder);
}

static void
no_commits_are_no_work(void **state)
{
    (void)state;
    struct repo_builder builder;
    struct pb_error err = PB_ERROR_INIT;
    start(&builder);
    repo_build(&builder);
    struct pb_fingerprint_options options = {.threads = 0};
    struct pb_keys keys;
    assert_ok(
        pb_fingerprint(builder.path, builder.oids, 0, &options, &keys, &err));
    repo_builder_clear(&builder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_library_key_is_about_what_lies_beside_the_output),
        cmocka_unit_test(a_commit_to_documents_has_its_parents_keys),
        cmocka_unit_test(a_commit_to_the_library_shares_its_parents_build),
        cmocka_unit_test(a_commit_to_c_or_frozen_files_changes_both_keys),
        cmocka_unit_test(cpythons_tests_count_only_when_asked),
        cmocka_unit_test(a_new_top_level_path_counts),
        cmocka_unit_test(an_ignored_directory_under_a_new_name_counts),
        cmocka_unit_test(removing_everything_ignored_changes_nothing),
        cmocka_unit_test(renames_and_modes_count),
        cmocka_unit_test(keys_agree_with_the_roles_of_the_changed_paths),
        cmocka_unit_test(a_revert_brings_the_old_keys_back),
        cmocka_unit_test(keys_need_no_blobs),
        cmocka_unit_test(a_missing_commit_fails_and_leaves_the_output_alone),
        cmocka_unit_test(a_cancelled_run_says_so),
        cmocka_unit_test(no_commits_are_no_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
