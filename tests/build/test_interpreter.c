/* interpreter: from a commit to something that runs. */
#include "builder_fixture.h"

#include <stdio.h>

#include "pybisect/checksum.h"

static void
a_revision_is_compiled_once_and_then_restored(void **state)
{
    struct fixture *fixture = *state;
    build(fixture, 1, PB_BUILD_COMPILED);
    assert_prints(fixture, "a1\nb1\nimpl1\n");
    struct pb_digest output = fixture->build.output;
    assert_null(fixture->build.failure);
    assert_null(fixture->build.log);
    build(fixture, 1, PB_BUILD_RESTORED);
    assert_prints(fixture, "a1\nb1\nimpl1\n");
    assert_true(pb_digest_equal(&output, &fixture->build.output));
    assert_compiled(fixture, "Objects/a.c\nObjects/b.c\n");
}

static void
the_run_tree_holds_library_headers_and_output_alone(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    build(fixture, 1, PB_BUILD_COMPILED);
    assert_done(pb_fs_walk(fixture->build.root, &names, &err), &err);
    PB_AUTOFREE char *text = pb_strv_join(&names, " ");
    assert_string_equal(text, "Include/Python.h Lib/shutil.py Makefile "
                              "Modules/Setup.local Objects/a.o Objects/b.o "
                              "build/lib.fake/mod.so link pybisect-link.sh "
                              "pybuilddir.txt pyconfig.h python");
}

/* 1 - 2: Lib/shutil.py changes. */
static void
a_change_of_the_library_runs_no_compiler(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Lib/shutil.py", "two");
    repo_file(&fixture->builder, "Lib/new.py", "new");
    build(fixture, 1, PB_BUILD_COMPILED);
    forget_compiled(fixture);
    build(fixture, second, PB_BUILD_RESTORED);
    assert_compiled(fixture, "");
    assert_text(&fixture->builder, "cache/trees/0/run-0/Lib/shutil.py", "two");
    assert_prints(fixture, "a1\nb1\nimpl1\n");
    build(fixture, 1, PB_BUILD_RESTORED);
    assert_text(&fixture->builder, "cache/trees/0/run-0/Lib/shutil.py", "one");
    assert_false(
        is_there(&fixture->builder, "cache/trees/0/run-0/Lib/new.py"));
}

/* 1 - 2: Objects/b.c changes. */
static void
two_revisions_by_turns_stay_laid_out(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "echo b2\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    PB_AUTOFREE char *first = pb_strdup(fixture->build.root);
    put_text(&fixture->builder,
             "cache/trees/0/run-0/Lib/__pycache__/shutil.fake.pyc", "fast");
    put_text(&fixture->builder, "cache/trees/0/run-0/Lib/left.txt", "litter");
    build(fixture, second, PB_BUILD_COMPILED);
    assert_string_not_equal(first, fixture->build.root);
    reopen(fixture);
    build(fixture, 1, PB_BUILD_RESTORED);
    assert_string_equal(first, fixture->build.root);
    assert_prints(fixture, "a1\nb1\nimpl1\n");
    assert_true(
        is_there(&fixture->builder,
                 "cache/trees/0/run-0/Lib/__pycache__/shutil.fake.pyc"));
    assert_false(
        is_there(&fixture->builder, "cache/trees/0/run-0/Lib/left.txt"));
    struct pb_build_uses uses;
    struct pb_error err = PB_ERROR_INIT;
    assert_done(pb_build_uses_load(fixture->cache, &uses, &err), &err);
    assert_int_equal(uses.hot, 1);
    assert_int_equal(uses.cold, 0);
}

static void
bytecode_of_a_tree_that_was_tampered_with_is_not_used(void **state)
{
    struct fixture *fixture = *state;
    build(fixture, 1, PB_BUILD_COMPILED);
    put_text(&fixture->builder,
             "cache/trees/0/run-0/Lib/__pycache__/shutil.fake.pyc", "stale");
    put_text(&fixture->builder, "cache/trees/0/run-0/Lib/shutil.py", "other");
    build(fixture, 1, PB_BUILD_RESTORED);
    assert_false(
        is_there(&fixture->builder, "cache/trees/0/run-0/Lib/__pycache__"));
    assert_text(&fixture->builder, "cache/trees/0/run-0/Lib/shutil.py", "one");
}

/* 1 - 2: Objects/b.c changes. */
static void
only_what_changed_is_compiled(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "echo b2\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    forget_compiled(fixture);
    build(fixture, second, PB_BUILD_COMPILED);
    assert_compiled(fixture, "Objects/b.c\n");
    assert_prints(fixture, "a1\nb2\n");
    assert_text(&fixture->builder, "cache/trees/0/configured",
                "run\nstatus\n");
}

/* 1 - 2: a header changes that the makefile does not know of. */
static void
a_header_that_the_makefile_does_not_list_is_not_missed(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b_impl.h", "echo impl2\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    forget_compiled(fixture);
    build(fixture, second, PB_BUILD_COMPILED);
    assert_compiled(fixture, "Objects/b.c\n");
    assert_prints(fixture, "a1\nb1\nimpl2\n");
}

/* 1 - 2: a source changes, and a header that it does not include, but on
   which the makefile makes another object depend. */
static void
a_source_and_a_header_that_change_at_once_cost_the_source_alone(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "echo b2\n");
    repo_file(&fixture->builder, "Include/Python.h", "/* 2 */\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    forget_compiled(fixture);
    build(fixture, second, PB_BUILD_COMPILED);
    assert_compiled(fixture, "Objects/b.c\n");
    assert_prints(fixture, "a1\nb2\n");
}

/* 1 - 2: the template changes. */
static void
configure_runs_again_only_when_its_input_changes(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    PB_AUTOFREE char *makefile = pb_asprintf("# new\n%s", fake_makefile);
    repo_file(&fixture->builder, "Makefile.pre.in", makefile);
    build(fixture, 1, PB_BUILD_COMPILED);
    assert_text(&fixture->builder, "cache/trees/0/configured",
                "run\nstatus\n");
    build(fixture, second, PB_BUILD_COMPILED);
    assert_text(&fixture->builder, "cache/trees/0/configured",
                "run\nstatus\nstatus\n");
    /* The same flags: the objects are still good. */
    assert_compiled(fixture, "Objects/a.c\nObjects/b.c\n");
}

/* 1 - 2: the template compiles otherwise. */
static void
new_flags_in_the_makefile_recompile_everything(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    PB_AUTOFREE char *makefile = pb_asprintf("CFLAGS=-g\n%s", fake_makefile);
    repo_file(&fixture->builder, "Makefile.pre.in", makefile);
    build(fixture, 1, PB_BUILD_COMPILED);
    forget_compiled(fixture);
    build(fixture, second, PB_BUILD_COMPILED);
    assert_compiled(fixture, "Objects/a.c\nObjects/b.c\n");
}

static void
other_options_are_another_build(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest first;
    struct pb_digest second;
    struct pb_keys keys;
    build(fixture, 1, PB_BUILD_COMPILED);
    struct pb_oid id = repo_oid(&fixture->builder, 1);
    find_keys(fixture, &id, &keys);
    assert_done(pb_builder_key(fixture->cpython, &id, &keys, &first, &err),
                &err);
    forget_compiled(fixture);
    pb_strv_add(&fixture->configure_args, "--with-pydebug");
    reopen(fixture);
    assert_done(pb_builder_key(fixture->cpython, &id, &keys, &second, &err),
                &err);
    assert_false(pb_digest_equal(&first, &second));
    build(fixture, 1, PB_BUILD_COMPILED);
    assert_compiled(fixture, "Objects/a.c\nObjects/b.c\n");
}

/* The two trees are in directories of different names. */
static void
answers_of_configure_serve_other_trees(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "echo b2\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    struct pb_builder *other = fixture->cpython;
    fixture->cpython = NULL;
    build(fixture, second, PB_BUILD_COMPILED);
    assert_prints(fixture, "a1\nb2\n");
    assert_text(&fixture->builder, "cache/trees/1/configured", "status\n");
    PB_AUTO(pb_buf) struct pb_buf status = PB_BUF_INIT;
    PB_AUTOFREE char *path =
        below(&fixture->builder, "cache/trees/1/source/config.status");
    assert_done(pb_fs_read(path, 1 << 20, &status, &err), &err);
    assert_contains(status.data, "/trees/1/source\n");
    assert_null(strstr(status.data, "/trees/0/"));
    pb_builder_free(other);
}

/* Builds once with answers on record, then from clean with these in place. */
static void
build_with_answers(struct fixture *fixture, const char *answers)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    PB_AUTOFREE char *directory = below(&fixture->builder, "cache/configure");
    build(fixture, 1, PB_BUILD_COMPILED);
    assert_done(pb_fs_list(directory, &names, &err), &err);
    assert_int_equal(names.len, 1);
    PB_AUTOFREE char *name = pb_path_join("cache/configure", names.items[0]);
    put_text(&fixture->builder, name, answers);
    build_clean(fixture, 1);
    assert_int_equal(fixture->build.end, PB_BUILD_COMPILED);
    assert_prints(fixture, "a1\nb1\nimpl1\n");
}

#define TRY "echo tried >>../configured; exit 1\n"

static void
answers_that_do_not_fit_are_asked_for_again(void **state)
{
    struct fixture *fixture = *state;
    PB_AUTO(pb_buf) struct pb_buf answers = PB_BUF_INIT;
    pb_buf_adds(&answers, TRY);
    pb_checksum_add(&answers);
    build_with_answers(fixture, answers.data);
    assert_text(&fixture->builder, "cache/trees/0/configured",
                "run\nstatus\ntried\nrun\nstatus\n");
}

static void
answers_that_were_altered_are_not_used(void **state)
{
    struct fixture *fixture = *state;
    build_with_answers(fixture, TRY "sha256 0123\n");
    assert_text(&fixture->builder, "cache/trees/0/configured",
                "run\nstatus\nrun\nstatus\n");
}

/* What a full disk leaves: the incremental tree could not step back. */
static void
a_clean_build_whose_end_failed_is_undone(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "echo b2\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    PB_AUTOFREE char *source =
        below(&fixture->builder, "cache/trees/0/source");
    PB_AUTOFREE char *aside = below(&fixture->builder, "cache/trees/0/aside");
    assert_done(pb_fs_rename(source, aside, &err), &err);
    forget_compiled(fixture);
    build(fixture, second, PB_BUILD_COMPILED);
    assert_compiled(fixture, "Objects/b.c\n");
    assert_prints(fixture, "a1\nb2\n");
    assert_false(pb_fs_exists(aside));
}

static void
two_builders_at_once_use_different_trees(void **state)
{
    struct fixture *fixture = *state;
    build(fixture, 1, PB_BUILD_COMPILED);
    PB_AUTOFREE char *first = pb_strdup(fixture->build.root);
    struct pb_builder *other = fixture->cpython;
    fixture->cpython = NULL;
    build(fixture, 1, PB_BUILD_RESTORED);
    assert_string_not_equal(fixture->build.root, first);
    assert_prints(fixture, "a1\nb1\nimpl1\n");
    pb_builder_free(other);
    reopen(fixture);
    build(fixture, 1, PB_BUILD_RESTORED);
    assert_string_equal(fixture->build.root, first);
}

/* 1 - 2: the link tells the time. */
static void
an_interpreter_that_links_otherwise_each_time_is_kept_whole(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_program(&fixture->builder, "link",
                 "#!/bin/sh\nshift 2\n"
                 "{ cat \"$@\"; date '+# %s.%N'; } > python\n"
                 "chmod +x python\n");
    build(fixture, second, PB_BUILD_COMPILED);
    assert_prints(fixture, "a1\nb1\nimpl1\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    build(fixture, second, PB_BUILD_RESTORED);
    assert_prints(fixture, "a1\nb1\nimpl1\n");
}

static void
expect_installed(const struct fixture *fixture, bool passed, const char *said)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    bool was = !passed;
    assert_done(pb_build_installed(&fixture->build, &was, &log, &err), &err);
    assert_int_equal(was, passed);
    assert_contains(log.data, said);
}

/* 1 - 2: cannot be installed - 3: Lib/shutil.py changes. */
static void
whether_it_can_be_installed_is_kept_with_the_build(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "noinstall", "");
    int third = commit(fixture, second);
    repo_file(&fixture->builder, "Lib/shutil.py", "two");
    build(fixture, 1, PB_BUILD_COMPILED);
    fixture->install = true;
    reopen(fixture);
    build(fixture, 1, PB_BUILD_COMPILED);
    expect_installed(fixture, true, "passed");
    build(fixture, second, PB_BUILD_COMPILED);
    expect_installed(fixture, false, "error: no room for mod.so");
    assert_prints(fixture, "a1\nb1\nimpl1\n");
    build(fixture, third, PB_BUILD_RESTORED);
    expect_installed(fixture, false, "error: no room for mod.so");
    assert_false(
        is_there(&fixture->builder, "cache/trees/0/source.installed"));
}

/* 1 - 2: Objects/b.c changes. */
static void
a_tree_from_before_a_restart_is_built_afresh(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "echo b2\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    pb_builder_free(fixture->cpython);
    fixture->cpython = NULL;
    put_text(&fixture->builder, "cache/trees/0/source.index",
             "pybisect tree 1 another-boot\n");
    put_text(&fixture->builder, "cache/trees/0/source/Objects/a.o", "");
    forget_compiled(fixture);
    build(fixture, second, PB_BUILD_COMPILED);
    assert_compiled(fixture, "Objects/a.c\nObjects/b.c\n");
    assert_prints(fixture, "a1\nb2\n");
}

static void
damage_packs(const struct fixture *fixture)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *packs = below(&fixture->builder, "cache/store/packs");
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    assert_done(pb_fs_walk(packs, &names, &err), &err);
    assert_true(names.len > 0);
    for (size_t i = 0; i < names.len; i++) {
        PB_AUTOFREE char *path = pb_path_join(packs, names.items[i]);
        assert_done(pb_fs_remove(path, &err), &err);
        assert_done(pb_fs_write(path, "junk", 4, 0444, &err), &err);
    }
}

static void
a_damaged_store_costs_a_build_and_nothing_else(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "echo b2\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    build(fixture, second, PB_BUILD_COMPILED);
    damage_packs(fixture);
    build(fixture, 1, PB_BUILD_COMPILED);
    assert_prints(fixture, "a1\nb1\nimpl1\n");
    build(fixture, 1, PB_BUILD_RESTORED);
}

static void
what_a_test_left_in_the_run_tree_is_gone_at_the_next_build(void **state)
{
    struct fixture *fixture = *state;
    build(fixture, 1, PB_BUILD_COMPILED);
    put_text(&fixture->builder,
             "cache/trees/0/run-0/Lib/__pycache__/shutil.pyc", "stale");
    put_text(&fixture->builder, "cache/trees/0/run-0/Lib/evil.py", "x");
    put_text(&fixture->builder, "cache/trees/0/run-0/python", "#!/bin/sh\n");
    build(fixture, 1, PB_BUILD_RESTORED);
    assert_false(
        is_there(&fixture->builder, "cache/trees/0/run-0/Lib/__pycache__"));
    assert_false(
        is_there(&fixture->builder, "cache/trees/0/run-0/Lib/evil.py"));
    assert_prints(fixture, "a1\nb1\nimpl1\n");
}

static void
the_users_environment_stays_outside(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    PB_AUTOFREE char *script =
        pb_asprintf("%senv | grep -E '^(CFLAGS|PYTHONPATH|GITTAG|LC_)' "
                    ">> pyconfig.h\ntrue\n",
                    fake_configure);
    repo_program(&fixture->builder, "configure", script);
    setenv("CFLAGS", "-O3", 1);
    setenv("PYTHONPATH", "/home/me", 1);
    build(fixture, second, PB_BUILD_COMPILED);
    unsetenv("CFLAGS");
    unsetenv("PYTHONPATH");
    assert_text(&fixture->builder, "cache/trees/0/run-0/pyconfig.h",
                "#define HAVE_FORK 1\nLC_ALL=C\n");
}

static void
missing_tools_are_named(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_builder *cpython = NULL;
    fixture->repo = open_repo(&fixture->builder);
    const struct pb_builder_options options = {
        .repo = fixture->repo,
        .cache_dir = fixture->cache,
        .eras_file = fixture->eras,
        .cc = "no-such-compiler -m32",
    };
    assert_int_equal(pb_builder_new(&options, &cpython, &err), -1);
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
    assert_contains(err.message, "'no-such-compiler'");
    assert_string_not_equal(err.hint, "");
}

static void
the_toolchain_names_compiler_and_linker(void **state)
{
    struct fixture *fixture = *state;
    fixture->cpython = new_builder(fixture);
    const char *text = pb_builder_toolchain(fixture->cpython);
    assert_contains(text, "compiler: ");
    assert_contains(text, "linker: ");
    assert_contains(text, "platform: ");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BUILD_TEST(a_revision_is_compiled_once_and_then_restored),
        BUILD_TEST(the_run_tree_holds_library_headers_and_output_alone),
        BUILD_TEST(a_change_of_the_library_runs_no_compiler),
        BUILD_TEST(two_revisions_by_turns_stay_laid_out),
        BUILD_TEST(bytecode_of_a_tree_that_was_tampered_with_is_not_used),
        BUILD_TEST(only_what_changed_is_compiled),
        BUILD_TEST(a_header_that_the_makefile_does_not_list_is_not_missed),
        BUILD_TEST(
            a_source_and_a_header_that_change_at_once_cost_the_source_alone),
        BUILD_TEST(configure_runs_again_only_when_its_input_changes),
        BUILD_TEST(new_flags_in_the_makefile_recompile_everything),
        BUILD_TEST(other_options_are_another_build),
        BUILD_TEST(answers_of_configure_serve_other_trees),
        BUILD_TEST(answers_that_do_not_fit_are_asked_for_again),
        BUILD_TEST(answers_that_were_altered_are_not_used),
        BUILD_TEST(a_clean_build_whose_end_failed_is_undone),
        BUILD_TEST(two_builders_at_once_use_different_trees),
        BUILD_TEST(
            an_interpreter_that_links_otherwise_each_time_is_kept_whole),
        BUILD_TEST(whether_it_can_be_installed_is_kept_with_the_build),
        BUILD_TEST(a_tree_from_before_a_restart_is_built_afresh),
        BUILD_TEST(a_damaged_store_costs_a_build_and_nothing_else),
        BUILD_TEST(what_a_test_left_in_the_run_tree_is_gone_at_the_next_build),
        BUILD_TEST(the_users_environment_stays_outside),
        BUILD_TEST(missing_tools_are_named),
        BUILD_TEST(the_toolchain_names_compiler_and_linker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
