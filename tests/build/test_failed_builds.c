/* Revisions that do not build, and builds that are cut short. */
#include "builder_fixture.h"

#include <signal.h>
#include <sys/wait.h>

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
