/* Children that stay: started, seen to end, and never left behind. */
#include "scratch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pybisect/clock.h"
#include "pybisect/server.h"

#define PATIENCE 20.0

static char path[] = "PATH=/usr/bin:/bin";
static char *environment[] = {path, NULL};

static void
nap(void)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    (void)nanosleep(&pause, NULL);
}

/* Shell `script` with "$1" as the test's directory. */
static struct pb_server *
start(const char *directory, const char *script)
{
    PB_AUTOFREE char *log = pb_path_join(directory, "log");
    PB_AUTOFREE char *text = pb_strdup(script);
    PB_AUTOFREE char *where = pb_strdup(directory);
    char shell[] = "sh";
    char option[] = "-c";
    char zero[] = "server";
    char *const argv[] = {shell, option, text, zero, where, NULL};
    const struct pb_server_options options = {
        .argv = argv,
        .environment = environment,
        .directory = directory,
        .log_path = log,
    };
    struct pb_error err = PB_ERROR_INIT;
    struct pb_server *server = pb_server_start(&options, &err);
    if (server == NULL) {
        fail_msg("%s", err.message);
    }
    return server;
}

/* The process id that a script wrote into a file, once it is there. */
static pid_t
await_pid(const char *directory, const char *name)
{
    PB_AUTOFREE char *file = pb_path_join(directory, name);
    double end = pb_clock_monotonic() + PATIENCE;
    while (pb_clock_monotonic() < end) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        struct pb_error ignored = PB_ERROR_INIT;
        (void)pb_fs_read(file, 64, &text, &ignored);
        if (text.len > 0 && text.data[text.len - 1] == '\n') {
            return (pid_t)strtol(text.data, NULL, 10);
        }
        nap();
    }
    fail_msg("'%s' is not there", file);
    return -1;
}

/* A zombie that nobody takes away counts as gone. */
static bool
is_running(pid_t pid)
{
    char name[64];
    char state = 'X';
    (void)snprintf(name, sizeof(name), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(name, "re");
    if (file == NULL) {
        return false;
    }
    int count = fscanf(file, "%*d (%*[^)]) %c", &state);
    fclose(file);
    return count == 1 && state != 'Z' && state != 'X';
}

static void
assert_gone(pid_t pid)
{
    double end = pb_clock_monotonic() + PATIENCE;
    while (is_running(pid)) {
        if (pb_clock_monotonic() > end) {
            fail_msg("process %d is still there", (int)pid);
        }
        nap();
    }
}

static void
a_server_is_gone_once_it_was_stopped(void **state)
{
    struct pb_server *server =
        start(*state, "echo $$ >\"$1/pid\"; exec sleep 1000");
    pid_t pid = await_pid(*state, "pid");
    assert_true(is_running(pid));
    assert_false(pb_server_ended(server, NULL));
    double before = pb_clock_monotonic();
    pb_server_free(server);
    assert_true(pb_clock_monotonic() - before < PB_SERVER_GRACE);
    assert_false(is_running(pid));
}

static void
what_it_started_goes_with_it(void **state)
{
    struct pb_server *server =
        start(*state, "sleep 1000 & echo $! >\"$1/child\"; wait");
    pid_t child = await_pid(*state, "child");
    pb_server_free(server);
    assert_gone(child);
}

static void
one_that_heeds_no_signal_gets_its_time_and_no_more(void **state)
{
    struct pb_server *server =
        start(*state, "trap '' TERM; echo $$ >\"$1/pid\"; "
                      "while :; do sleep 0.1; done");
    pid_t pid = await_pid(*state, "pid");
    double before = pb_clock_monotonic();
    pb_server_stop(server, 0.3);
    assert_true(pb_clock_monotonic() - before >= 0.3);
    assert_false(is_running(pid));
}

static void
await_end(struct pb_server *server, struct pb_process_result *out)
{
    double end = pb_clock_monotonic() + PATIENCE;
    while (!pb_server_ended(server, out)) {
        assert_true(pb_clock_monotonic() < end);
        nap();
    }
}

static void
its_own_end_is_seen_with_its_status_and_log(void **state)
{
    struct pb_server *server = start(*state, "echo no port; exit 3");
    struct pb_process_result result = {.end = PB_PROCESS_CANCELLED};
    await_end(server, &result);
    assert_int_equal(result.end, PB_PROCESS_EXITED);
    assert_int_equal(result.status, 3);
    assert_true(pb_server_ended(server, NULL));
    pb_server_free(server);
    PB_AUTOFREE char *log = pb_path_join(*state, "log");
    assert_file(log, "no port\n");

    server = start(*state, "kill -SEGV $$");
    await_end(server, &result);
    assert_int_equal(result.end, PB_PROCESS_SIGNALLED);
    assert_int_equal(result.signal, SIGSEGV);
    pb_server_free(server);
}

static void
what_one_that_ended_left_behind_is_stopped_too(void **state)
{
    struct pb_server *server =
        start(*state, "sleep 1000 & echo $! >\"$1/child\"");
    pid_t child = await_pid(*state, "child");
    await_end(server, NULL);
    assert_true(is_running(child));
    pb_server_free(server);
    assert_gone(child);
}

static void
a_program_that_cannot_be_run_has_ended(void **state)
{
    struct pb_server *server = start(*state, "exec /nonexistent/program");
    struct pb_process_result result = {.end = PB_PROCESS_CANCELLED};
    await_end(server, &result);
    assert_int_equal(result.status, 127);
    pb_server_free(server);
}

static void
a_log_that_cannot_be_written_is_an_error(void **state)
{
    char program[] = "true";
    char *const argv[] = {program, NULL};
    PB_AUTOFREE char *log = pb_path_join(*state, "absent/log");
    const struct pb_server_options options = {
        .argv = argv, .environment = environment, .log_path = log};
    struct pb_error err = PB_ERROR_INIT;
    assert_null(pb_server_start(&options, &err));
    assert_non_null(strstr(err.message, "absent/log"));
}

/* As after kill -9 of the whole program: nothing of ours runs any more. */
static void
a_server_does_not_outlive_us(void **state)
{
    pid_t us = fork();
    assert_true(us >= 0);
    if (us == 0) {
        (void)start(*state, "sleep 1000 & echo $! >\"$1/child\"; "
                            "echo $$ >\"$1/pid\"; wait");
        for (;;) {
            pause();
        }
    }
    pid_t pid = await_pid(*state, "pid");
    pid_t child = await_pid(*state, "child");
    assert_true(is_running(pid));
    assert_int_equal(kill(us, SIGKILL), 0);
    while (waitpid(us, NULL, 0) < 0 && errno == EINTR) {
    }
    assert_gone(pid);
    assert_gone(child);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_server_is_gone_once_it_was_stopped),
        SCRATCH_TEST(what_it_started_goes_with_it),
        SCRATCH_TEST(one_that_heeds_no_signal_gets_its_time_and_no_more),
        SCRATCH_TEST(its_own_end_is_seen_with_its_status_and_log),
        SCRATCH_TEST(what_one_that_ended_left_behind_is_stopped_too),
        SCRATCH_TEST(a_program_that_cannot_be_run_has_ended),
        SCRATCH_TEST(a_log_that_cannot_be_written_is_an_error),
        SCRATCH_TEST(a_server_does_not_outlive_us),
    };
    return cmocka_run_group_tests_name("base/process_server", tests, NULL,
                                       NULL);
}
