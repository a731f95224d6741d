/* interpreter: from a commit to something that runs. */
#include "build_test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

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
    struct pb_builder *cpython;
    struct pb_build build; /* the last one */
};

static int
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

static int
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

static struct pb_builder *
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
        .progress = &fixture->progress,
        .cancel = &fixture->cancel,
    };
    assert_done(pb_builder_new(&options, &cpython, &err), &err);
    return cpython;
}

static void
reopen(struct fixture *fixture)
{
    pb_builder_free(fixture->cpython);
    fixture->cpython = NULL;
    fixture->cpython = new_builder(fixture);
}

static void
find_keys(const struct fixture *fixture, const struct pb_oid *commit,
          struct pb_keys *out)
{
    struct pb_error err = PB_ERROR_INIT;
    const struct pb_fingerprint_options options = {.threads = 1};
    assert_done(
        pb_fingerprint(fixture->builder.path, commit, 1, &options, out, &err),
        &err);
}

static int
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

static void
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
static void
assert_prints(const struct fixture *fixture, const char *expected)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    char *const argv[] = {fixture->build.python, NULL};
    assert_done(pb_process_capture(argv, &text, &err), &err);
    assert_string_equal(text.data, expected);
}

static void
assert_compiled(const struct fixture *fixture, const char *expected)
{
    assert_text(&fixture->builder, "cache/trees/0/compiled", expected);
}

static void
forget_compiled(const struct fixture *fixture)
{
    put_text(&fixture->builder, "cache/trees/0/compiled", "");
}

static int
commit(struct fixture *fixture, int parent)
{
    return repo_commit(&fixture->builder, "main", "more", parent, 0);
}

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

/* 1 - 2: Objects/b.c does not compile. */
static void
a_failure_is_a_result_and_is_remembered(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "broken\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    build(fixture, second, PB_BUILD_FAILED);
    assert_false(fixture->build.known);
    assert_string_equal(fixture->build.failure,
                        "make: Objects/b.c:7: error: no");
    assert_null(fixture->build.python);
    assert_true(pb_fs_exists(fixture->build.log));
    /* Nothing of the last revision may be taken for this one. */
    assert_false(is_there(&fixture->builder, "cache/trees/0/source/python"));

    struct pb_error err = PB_ERROR_INIT;
    assert_done(pb_fs_remove(fixture->build.log, &err), &err);
    forget_compiled(fixture);
    reopen(fixture);
    build(fixture, second, PB_BUILD_FAILED);
    assert_true(fixture->build.known);
    assert_string_equal(fixture->build.failure,
                        "make: Objects/b.c:7: error: no");
    assert_compiled(fixture, "");
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    assert_done(pb_fs_read(fixture->build.log, 1 << 20, &log, &err), &err);
    assert_contains(log.data, "cc -O1 -c Objects/b.c");
}

/* 1 - 2 - 3: 2 does not compile, 3 changes b.c again. */
static void
a_failed_build_does_not_spoil_the_next(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "broken\n");
    int third = commit(fixture, second);
    repo_file(&fixture->builder, "Objects/b.c", "echo b3\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    build(fixture, second, PB_BUILD_FAILED);
    build(fixture, third, PB_BUILD_COMPILED);
    assert_prints(fixture, "a1\nb3\n");
    build(fixture, 1, PB_BUILD_RESTORED);
    assert_prints(fixture, "a1\nb1\nimpl1\n");
}

/* 1 - 2: configure gives up. */
static void
a_failed_configure_says_so(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_program(&fixture->builder, "configure",
                 "#!/bin/sh\necho checking\n"
                 "echo 'configure: error: no cat'\nexit 1\n");
    build(fixture, second, PB_BUILD_FAILED);
    assert_string_equal(fixture->build.failure, "configure: error: no cat");
    build(fixture, 1, PB_BUILD_COMPILED);
}

/* 1 - 2: builds, but what was built ends with status 3. */
static void
an_interpreter_that_does_not_start_is_a_failure(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/a.c",
              "#!/bin/sh\necho 'Fatal Python error: no codec'\nexit 3\n");
    build(fixture, second, PB_BUILD_FAILED);
    assert_string_equal(fixture->build.failure,
                        "the built interpreter does not start: "
                        "Fatal Python error: no codec");
}

/* 1 - 2: builds, but what was built crashes. */
static void
an_interpreter_that_crashes_at_its_start_is_a_failure(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/a.c", "#!/bin/sh\nkill -SEGV $$\n");
    build(fixture, second, PB_BUILD_FAILED);
    assert_contains(fixture->build.failure,
                    "the built interpreter does not start: signal 11");
}

/* 1 - 2: what was built needs a file that is not kept. */
static void
an_interpreter_that_runs_only_where_it_was_built_is_a_failure(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/a.c",
              "#!/bin/sh\ntest -f configure || { echo lost; exit 3; }\n");
    build(fixture, second, PB_BUILD_FAILED);
    assert_string_equal(fixture->build.failure,
                        "the interpreter does not start outside its build: "
                        "lost");
    assert_null(fixture->build.python);
    build(fixture, second, PB_BUILD_FAILED);
    assert_true(fixture->build.known);
}

/* 1 - 2: make ends well without an interpreter. */
static void
a_build_without_interpreter_is_a_failure(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Makefile.pre.in",
              "python sharedmods:\n\ttrue\n");
    build(fixture, 1, PB_BUILD_COMPILED);
    build(fixture, second, PB_BUILD_FAILED);
    assert_contains(fixture->build.failure, "no interpreter");
}

/* 1 - 2: the compiler finds the disk full. */
static void
a_full_disk_is_no_property_of_the_revision(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "full\n");
    for (int round = 0; round < 2; round++) {
        assert_int_equal(try_build(fixture, second, false, &err), -1);
        assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
        assert_contains(err.message, "No space left on device");
        assert_string_not_equal(err.hint, "");
        pb_error_clear(&err);
    }
}

/* 1 - 2: a build that would take long. */
static void
a_build_beyond_the_time_limit_failed_but_may_be_tried_again(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "#slow\necho b2\n");
    fixture->timeout = 1;
    build(fixture, second, PB_BUILD_FAILED);
    assert_contains(fixture->build.failure, "make: not done after 1 s");
    fixture->timeout = 60;
    put_text(&fixture->builder, "cache/trees/0/fast", "");
    reopen(fixture);
    build(fixture, second, PB_BUILD_COMPILED);
    assert_prints(fixture, "a1\n"
                           "b2\n");
}

static void
cancel_at_first_file(const char *what, double fraction, void *context)
{
    struct pb_cancel *cancel = context;
    (void)fraction;
    if (strcmp(what, "make: 1 file compiled") == 0) {
        cancel->requested = 1;
    }
}

static void
a_cancelled_build_is_an_error_and_leaves_a_usable_tree(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/a.c", "#!/bin/sh\n#slow\necho a2\n");
    fixture->progress = (struct pb_progress){.report = cancel_at_first_file,
                                             .context = &fixture->cancel};
    assert_int_equal(try_build(fixture, second, false, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CANCELLED);
    fixture->cancel.requested = 0;
    fixture->progress = (struct pb_progress){.report = NULL};
    put_text(&fixture->builder, "cache/trees/0/fast", "");
    build(fixture, second, PB_BUILD_COMPILED);
    assert_prints(fixture, "a2\nb1\nimpl1\n");
}

static void
wait_for(const struct fixture *fixture, const char *name)
{
    for (int i = 0; i < 2000; i++) {
        if (is_there(&fixture->builder, name)) {
            return;
        }
        usleep(10000);
    }
    fail_msg("'%s' did not appear", name);
}

/* Starts the build in a process of its own and kills that when make is in
   the middle of a file; returns make's process group, which lives on. */
static pid_t
kill_in_the_middle(struct fixture *fixture, int mark)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct pb_error err = PB_ERROR_INIT;
        _exit(try_build(fixture, mark, false, &err) == 0 ? 0 : 1);
    }
    wait_for(fixture, "cache/trees/0/slow");
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    PB_AUTOFREE char *path = below(&fixture->builder, "cache/trees/0/slow");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_done(pb_fs_read(path, 64, &text, &err), &err);
    pid_t group = (pid_t)strtol(text.data, NULL, 10);
    assert_true(group > 1);
    return group;
}

/* Kills make and all it started, and waits until they have let go of the
   slot. */
static void
kill_make(const struct fixture *fixture, pid_t group)
{
    PB_AUTOFREE char *path = below(&fixture->builder, "cache/trees/0/lock");
    assert_int_equal(kill(-group, SIGKILL), 0);
    struct pb_error err = PB_ERROR_INIT;
    int lock = pb_fs_lock(path, true, &err);
    assert_true(lock >= 0);
    close(lock);
}

/* 1 - 2: Objects/b.c is half compiled when everything is killed. */
static void
a_killed_build_leaves_no_torn_object_behind(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "#slow\necho b2\n");
    fixture->repo = open_repo(&fixture->builder);
    pid_t group = kill_in_the_middle(fixture, second);
    kill_make(fixture, group);
    assert_text(&fixture->builder, "cache/trees/0/source/Objects/b.o", "hal");

    put_text(&fixture->builder, "cache/trees/0/fast", "");
    build(fixture, second, PB_BUILD_COMPILED);
    assert_contains(fixture->build.root, "/trees/0/");
    assert_prints(fixture, "a1\nb2\n");
}

static void
a_make_that_outlives_us_keeps_its_slot(void **state)
{
    struct fixture *fixture = *state;
    int second = commit(fixture, 1);
    repo_file(&fixture->builder, "Objects/b.c", "#slow\necho b2\n");
    fixture->repo = open_repo(&fixture->builder);
    pid_t group = kill_in_the_middle(fixture, second);
    build(fixture, 1, PB_BUILD_COMPILED);
    assert_contains(fixture->build.root, "/trees/1/");
    kill_make(fixture, group);
}

static void
build_clean(struct fixture *fixture, int mark)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_done(try_build(fixture, mark, true, &err), &err);
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

static void
answers_that_do_not_fit_are_asked_for_again(void **state)
{
    struct fixture *fixture = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    PB_AUTOFREE char *directory = below(&fixture->builder, "cache/configure");
    build(fixture, 1, PB_BUILD_COMPILED);
    assert_done(pb_fs_list(directory, &names, &err), &err);
    assert_int_equal(names.len, 1);
    PB_AUTOFREE char *name = pb_path_join("cache/configure", names.items[0]);
    put_text(&fixture->builder, name, "exit 1\n");
    build_clean(fixture, 1);
    assert_int_equal(fixture->build.end, PB_BUILD_COMPILED);
    assert_text(&fixture->builder, "cache/trees/0/configured",
                "run\nstatus\nrun\nstatus\n");
    assert_prints(fixture, "a1\nb1\nimpl1\n");
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

#define BUILD_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

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
        BUILD_TEST(a_failure_is_a_result_and_is_remembered),
        BUILD_TEST(a_failed_build_does_not_spoil_the_next),
        BUILD_TEST(a_failed_configure_says_so),
        BUILD_TEST(an_interpreter_that_does_not_start_is_a_failure),
        BUILD_TEST(an_interpreter_that_crashes_at_its_start_is_a_failure),
        BUILD_TEST(
            an_interpreter_that_runs_only_where_it_was_built_is_a_failure),
        BUILD_TEST(a_build_without_interpreter_is_a_failure),
        BUILD_TEST(a_full_disk_is_no_property_of_the_revision),
        BUILD_TEST(
            a_build_beyond_the_time_limit_failed_but_may_be_tried_again),
        BUILD_TEST(a_cancelled_build_is_an_error_and_leaves_a_usable_tree),
        BUILD_TEST(a_killed_build_leaves_no_torn_object_behind),
        BUILD_TEST(a_make_that_outlives_us_keeps_its_slot),
        BUILD_TEST(answers_of_configure_serve_other_trees),
        BUILD_TEST(answers_that_do_not_fit_are_asked_for_again),
        BUILD_TEST(two_builders_at_once_use_different_trees),
        BUILD_TEST(a_clean_build_reuses_nothing_and_disturbs_nothing),
        BUILD_TEST(a_clean_build_that_agrees_is_not_needed_again),
        BUILD_TEST(
            a_clean_build_that_disagrees_takes_the_place_of_the_stored_one),
        BUILD_TEST(a_build_is_audited_when_its_turn_comes),
        BUILD_TEST(
            an_interpreter_that_links_otherwise_each_time_is_kept_whole),
        BUILD_TEST(whether_it_can_be_installed_is_kept_with_the_build),
        BUILD_TEST(builds_that_never_come_out_the_same_accuse_nobody),
        BUILD_TEST(a_clean_build_that_fails_is_remembered_too),
        BUILD_TEST(a_clean_build_that_was_killed_is_undone),
        BUILD_TEST(a_tree_from_before_a_restart_is_built_afresh),
        BUILD_TEST(a_damaged_store_costs_a_build_and_nothing_else),
        BUILD_TEST(what_a_test_left_in_the_run_tree_is_gone_at_the_next_build),
        BUILD_TEST(the_users_environment_stays_outside),
        BUILD_TEST(missing_tools_are_named),
        BUILD_TEST(the_toolchain_names_compiler_and_linker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
