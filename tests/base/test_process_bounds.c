/* process: runs that would use more than they may. */
#include "scratch.h"

#include <stdio.h>
#include <unistd.h>

#include "pybisect/clock.h"
#include "pybisect/process.h"

#define MB ((uint64_t)1024 * 1024)

/* Runs the shell in the test's directory; how it ended, as text. */
static void
expect(void **state, struct pb_process_bounds bounds, const char *script,
       const char *end)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *text = pb_strdup(script);
    PB_AUTOFREE char *log = pb_asprintf("%s.log", (char *)*state);
    char shell[] = "/bin/sh";
    char option[] = "-c";
    char *argv[] = {shell, option, text, NULL};
    char how[PB_PROCESS_TEXT];
    bounds.watched = *state;
    const struct pb_process_options options = {
        .argv = argv,
        .directory = *state,
        .log_path = log,
        .log_limit = MB,
        .timeout = 60,
        .grace = 0.3,
        .bounds = &bounds,
    };
    struct pb_process_result result;
    double start = pb_clock_monotonic();
    int status = pb_process_run(&options, &result, &err);
    assert_string_equal(err.message, "");
    assert_int_equal(status, 0);
    assert_string_equal(pb_process_describe(&result, how), end);
    assert_true(pb_clock_monotonic() - start < 30);
    assert_int_equal(pb_fs_remove(log, &err), 0);
}

static void
a_run_within_its_bounds_ends_as_it_likes(void **state)
{
    const struct pb_process_bounds bounds = {
        .cpu = 30,
        .memory = 1024 * MB,
        .processes = 50,
        .disk = 10 * MB,
        .output = MB,
        .file_size = 10 * MB,
        .open_files = 100,
        .address_space = 1024 * MB,
    };
    expect(state, bounds, "echo a >b; sleep 0.6; exit 3", "exit status 3");
    expect(state, bounds, "kill -SEGV $$", "signal 11 (Segmentation fault)");
    expect(state, (struct pb_process_bounds){.cpu = 0}, "exit 0",
           "exit status 0");
}

static void
each_bound_has_an_end_of_its_own(void **state)
{
    expect(state, (struct pb_process_bounds){.cpu = 1},
           "(while :; do :; done) & while :; do :; done", "limit of CPU time");
    expect(state, (struct pb_process_bounds){.memory = 60 * MB},
           "x=a; while :; do x=$x$x; done", "limit of memory");
    expect(state, (struct pb_process_bounds){.output = MB},
           "while :; do echo 0123456789012345678901234567890123456789; done",
           "limit of output");
}

static void
disks_are_not_filled(void **state)
{
    expect(state, (struct pb_process_bounds){.disk = 20 * MB},
           "i=0; while :; do i=$((i+1)); "
           "dd if=/dev/zero of=f$i bs=1M count=1 status=none; done",
           "limit of disk space");
    PB_AUTOFREE char *big = pb_path_join(*state, "big");
    expect(state, (struct pb_process_bounds){.file_size = 4 * MB},
           "dd if=/dev/zero of=big bs=1M count=100000 status=none",
           "limit of a file's size");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_read(big, 4 * MB, &text, &err), 0);
}

/* The shell's children outlive what started them. */
static void
a_bomb_is_stopped(void **state)
{
    expect(state, (struct pb_process_bounds){.processes = 60},
           "b() { sleep 5 & sleep 5 & sleep 0.01; b; }; trap '' INT TERM; b",
           "limit of processes");
}

static void
a_process_cannot_raise_what_it_was_given(void **state)
{
    expect(state, (struct pb_process_bounds){.open_files = 64},
           "[ $(ulimit -n) = 64 ] && [ $(ulimit -H -n) = 64 ] && "
           "[ $(ulimit -c) = 0 ]",
           "exit status 0");
    expect(state, (struct pb_process_bounds){.open_files = 4096},
           "[ $(ulimit -n) = 1024 ] && [ $(ulimit -H -n) = 4096 ]",
           "exit status 0");
}

static void
a_program_that_is_absent_is_an_error_as_ever(void **state)
{
    (void)state;
    const struct pb_process_bounds bounds = {.cpu = 10};
    char name[] = "no-such-program";
    char *argv[] = {name, NULL};
    struct pb_error err = PB_ERROR_INIT;
    const struct pb_process_options options = {.argv = argv,
                                               .bounds = &bounds};
    struct pb_process_result result;
    assert_int_equal(pb_process_run(&options, &result, &err), -1);
    assert_non_null(strstr(err.message, "cannot run 'no-such-program'"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_run_within_its_bounds_ends_as_it_likes),
        SCRATCH_TEST(each_bound_has_an_end_of_its_own),
        SCRATCH_TEST(disks_are_not_filled),
        SCRATCH_TEST(a_bomb_is_stopped),
        SCRATCH_TEST(a_process_cannot_raise_what_it_was_given),
        SCRATCH_TEST(a_program_that_is_absent_is_an_error_as_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
