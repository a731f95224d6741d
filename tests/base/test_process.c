/* process: how children start, end, and are stopped. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pybisect/process.h"

struct run {
    struct pb_process_options options;
    struct pb_process_result result;
    struct pb_error err;
    struct pb_buf output;
};

static void
collect(const char *data, size_t length, void *context)
{
    struct run *run = context;
    pb_buf_add(&run->output, data, length);
}

static void
run_clear(struct run *run)
{
    pb_buf_clear(&run->output);
}

#define RUN_INIT                                                              \
    {                                                                         \
        .output = PB_BUF_INIT                                                 \
    }

/* Runs the shell on a script with the options already in `run`. */
static int
run_shell(struct run *run, const char *script)
{
    PB_AUTOFREE char *text = pb_strdup(script);
    char shell[] = "/bin/sh";
    char option[] = "-c";
    char *argv[] = {shell, option, text, NULL};
    run->options.argv = argv;
    if (run->options.output == NULL) {
        run->options.output = collect;
        run->options.output_context = run;
    }
    return pb_process_run(&run->options, &run->result, &run->err);
}

static void
assert_described(const struct run *run, const char *expected)
{
    char text[PB_PROCESS_TEXT];
    assert_string_equal(pb_process_describe(&run->result, text), expected);
}

/* A zombie that nobody has taken away yet does not run. */
static bool
is_running(long pid)
{
    char path[64];
    char text[256] = "";
    snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    PB_AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0) {
        return false;
    }
    const char *after = strrchr(text, ')');
    return after != NULL && strchr("ZX", after[2]) == NULL;
}

/* A signal takes a moment to strike. */
static bool
ends_soon(long pid)
{
    for (int i = 0; i < 500 && is_running(pid); i++) {
        usleep(10000);
    }
    return !is_running(pid);
}

static void
exit_statuses_are_data(void **state)
{
    (void)state;
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    assert_int_equal(run_shell(&run, "echo out; echo err >&2; exit 7"), 0);
    assert_int_equal(run.result.end, PB_PROCESS_EXITED);
    assert_int_equal(run.result.status, 7);
    assert_string_equal(run.output.data, "out\nerr\n");
    assert_int_equal(run.result.log_bytes, 8);
    assert_described(&run, "exit status 7");
}

static void
deaths_by_signal_are_data(void **state)
{
    (void)state;
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    assert_int_equal(run_shell(&run, "kill -SEGV $$"), 0);
    assert_int_equal(run.result.end, PB_PROCESS_SIGNALLED);
    assert_int_equal(run.result.signal, SIGSEGV);
    assert_described(&run, "signal 11 (Segmentation fault)");
}

static void
standard_input_is_empty(void **state)
{
    (void)state;
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    assert_int_equal(run_shell(&run, "cat; echo end"), 0);
    assert_string_equal(run.output.data, "end\n");
}

static void
the_umask_of_a_child_is_not_the_users(void **state)
{
    (void)state;
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    mode_t before = umask(0077);
    int status = run_shell(&run, "umask");
    mode_t after = umask(before);
    assert_int_equal(status, 0);
    assert_string_equal(run.output.data, "0022\n");
    assert_int_equal(after, 0077);
}

static void
programs_are_found_in_the_childs_path(void **state)
{
    PB_AUTOFREE char *tool = pb_path_join(*state, "bin/only-here");
    PB_AUTOFREE char *path =
        pb_asprintf("PATH=/nowhere:%s/bin", (const char *)*state);
    struct pb_error err = PB_ERROR_INIT;
    static const char script[] = "#!/bin/sh\necho found $1 $A\n";
    assert_int_equal(pb_fs_write(tool, script, sizeof(script) - 1, 0755, &err),
                     0);
    char name[] = "only-here";
    char argument[] = "it";
    char variable[] = "A=b";
    char *argv[] = {name, argument, NULL};
    char *environment[] = {variable, path, NULL};
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    run.options.argv = argv;
    run.options.output = collect;
    run.options.output_context = &run;
    assert_int_equal(pb_process_run(&run.options, &run.result, &run.err), -1);
    assert_string_equal(run.err.message,
                        "cannot run 'only-here': no such file or directory");
    run.options.environment = environment;
    assert_int_equal(pb_process_run(&run.options, &run.result, &run.err), 0);
    assert_string_equal(run.output.data, "found it b\n");
    /* Relative entries are meant from the child's directory. */
    char relative[] = "PATH=bin";
    environment[1] = relative;
    run.options.directory = *state;
    assert_int_equal(pb_process_run(&run.options, &run.result, &run.err), 0);
}

static void
what_cannot_be_run_is_an_error(void **state)
{
    PB_AUTOFREE char *file = pb_path_join(*state, "file");
    put_file(file, "not a program");
    char *argv[] = {file, NULL};
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    run.options.argv = argv;
    assert_int_equal(pb_process_run(&run.options, &run.result, &run.err), -1);
    assert_int_equal(run.err.errnum, EACCES);
    assert_int_equal(chmod(file, 0755), 0);
    assert_int_equal(pb_process_run(&run.options, &run.result, &run.err), -1);
    assert_int_equal(run.err.errnum, ENOEXEC);
    assert_int_equal(run.err.code, PB_ERROR_ENVIRONMENT);
    run.options.directory = file;
    assert_int_equal(run_shell(&run, "true"), -1);
    assert_non_null(strstr(run.err.message, "is not a directory"));
}

static void
children_start_in_their_directory_and_session(void **state)
{
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    run.options.directory = *state;
    assert_int_equal(
        run_shell(&run, "touch here; read -r a b c d e f g < /proc/$$/stat;"
                        " [ $a = $e ] && [ $a = $f ] && echo leader"),
        0);
    PB_AUTOFREE char *here = pb_path_join(*state, "here");
    assert_true(pb_fs_exists(here));
    assert_string_equal(run.output.data, "leader\n");
}

static void
only_the_descriptor_asked_for_is_inherited(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "extra");
    PB_AUTOCLOSE int extra = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    /* These lack O_CLOEXEC on purpose. */
    PB_AUTOCLOSE int low = dup2(extra, 5);
    PB_AUTOCLOSE int high = dup2(extra, 9);
    assert_true(extra >= 0 && low >= 0 && high >= 0);
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    run.options.extra_fd = extra;
    run.options.extra_target = 7;
    assert_int_equal(run_shell(&run, "for n in 3 4 5 6 8 9; do"
                                     " [ -e /proc/$$/fd/$n ] && echo $n; done;"
                                     " echo hello >&7"),
                     0);
    assert_string_equal(run.output.data, "");
    assert_file(path, "hello\n");
    run.options.extra_fd = 0;
    assert_int_equal(run_shell(&run, "[ -e /proc/$$/fd/7 ] && echo 7"), 0);
    assert_string_equal(run.output.data, "");
}

static void
signals_are_as_a_child_expects_them(void **state)
{
    (void)state;
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    void (*handler)(int) = signal(SIGTERM, SIG_IGN);
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    int status = run_shell(&run, "kill -TERM $$; echo survived");
    signal(SIGTERM, handler);
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(status, 0);
    assert_int_equal(run.result.end, PB_PROCESS_SIGNALLED);
    assert_int_equal(run.result.signal, SIGTERM);
}

static void
logs_are_replaced_or_appended_to(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "log");
    put_file(path, "older and longer\n");
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    run.options.log_path = path;
    assert_int_equal(run_shell(&run, "echo one; echo two >&2"), 0);
    assert_file(path, "one\ntwo\n");
    run.options.log_append = true;
    assert_int_equal(run_shell(&run, "echo three"), 0);
    assert_file(path, "one\ntwo\nthree\n");
}

static void
long_logs_are_capped_and_counted(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "log");
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    run.options.log_path = path;
    run.options.log_limit = 20;
    assert_int_equal(run_shell(&run, "echo 123456789; head -c 500000"
                                     " /dev/zero; echo 98765432"),
                     0);
    assert_file(path, "123456789\n[... 499999 bytes left out ...]\n");
    assert_true(run.result.log_bytes == 500019);
}

static void
a_log_that_cannot_be_written_is_an_error(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "absent/log");
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    run.options.log_path = path;
    assert_int_equal(run_shell(&run, "echo x"), -1);
    assert_non_null(strstr(run.err.message, path));
    /* A full disk stops the child, too. */
    run.options.log_path = "/dev/full";
    run.options.grace = 0.05;
    assert_int_equal(run_shell(&run, "echo x; sleep 1000"), -1);
    assert_int_equal(run.err.errnum, ENOSPC);
}

static void
at_the_time_limit_the_child_may_clean_up(void **state)
{
    (void)state;
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    run.options.timeout = 0.3;
    run.options.grace = 60;
    assert_int_equal(run_shell(&run, "trap 'echo results; exit 3' INT;"
                                     " while :; do sleep 0.02; done"),
                     0);
    assert_int_equal(run.result.end, PB_PROCESS_TIMED_OUT);
    assert_string_equal(run.output.data, "results\n");
    assert_described(&run, "time limit");
}

static void
a_child_that_ignores_signals_is_killed(void **state)
{
    (void)state;
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    run.options.timeout = 0.3;
    run.options.grace = 0.1;
    assert_int_equal(run_shell(&run, "trap 'echo int' INT;"
                                     " trap 'echo term' TERM;"
                                     " while :; do sleep 0.02; done"),
                     0);
    assert_int_equal(run.result.end, PB_PROCESS_TIMED_OUT);
    /* The shell may remark on its sleep's death between the two. */
    const char *interrupted = strstr(run.output.data, "int\n");
    assert_non_null(interrupted);
    assert_non_null(strstr(interrupted, "term\n"));
}

struct canceller {
    struct pb_cancel cancel;
    struct run *run;
};

static void
cancel_when_ready(const char *data, size_t length, void *context)
{
    struct canceller *canceller = context;
    collect(data, length, canceller->run);
    if (strstr(canceller->run->output.data, "ready\n") != NULL) {
        canceller->cancel.requested = 1;
    }
}

static void
run_until_ready(struct run *run, const char *script)
{
    struct canceller canceller = {.run = run};
    run->options.cancel = &canceller.cancel;
    run->options.output = cancel_when_ready;
    run->options.output_context = &canceller;
    assert_int_equal(run_shell(run, script), 0);
    assert_int_equal(run->result.end, PB_PROCESS_CANCELLED);
    assert_described(run, "cancelled");
}

static void
a_cancel_stops_the_child(void **state)
{
    (void)state;
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    run.options.grace = 60;
    run_until_ready(&run, "echo ready; exec sleep 1000");
}

static void
those_behind_a_shell_get_time_to_write_their_results(void **state)
{
    (void)state;
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    run.options.grace = 60;
    /* The shell dies of the signal at once, Python does not. */
    run_until_ready(&run, "python3 -c '\n"
                          "import time\n"
                          "try:\n"
                          "    print(\"ready\", flush=True)\n"
                          "    time.sleep(1000)\n"
                          "except KeyboardInterrupt:\n"
                          "    time.sleep(0.3)\n"
                          "    print(\"saved\")\n"
                          "'; true");
    assert_string_equal(run.output.data, "ready\nsaved\n");
}

static void
what_is_left_of_the_group_is_killed(void **state)
{
    (void)state;
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    assert_int_equal(run_shell(&run, "sleep 1000 & echo $!"), 0);
    assert_int_equal(run.result.end, PB_PROCESS_EXITED);
    long pid = strtol(run.output.data, NULL, 10);
    assert_true(pid > 1);
    assert_true(ends_soon(pid));
}

static void
a_daemon_that_holds_the_output_is_not_waited_for(void **state)
{
    (void)state;
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    assert_int_equal(run_shell(&run,
                               "setsid sh -c 'echo $$; exec sleep 1000' &"
                               " sleep 0.3; echo end"),
                     0);
    assert_non_null(strstr(run.output.data, "end\n"));
    long pid = strtol(run.output.data, NULL, 10);
    assert_true(pid > 1);
    assert_true(is_running(pid));
    kill((pid_t)pid, SIGKILL);
}

static void
a_daemon_that_writes_for_ever_is_not_read_for_ever(void **state)
{
    (void)state;
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    assert_int_equal(run_shell(&run, "setsid yes & sleep 0.2"), 0);
    assert_int_equal(run.result.end, PB_PROCESS_EXITED);
    assert_non_null(strstr(run.output.data, "y\ny\n"));
}

static void
output_from_just_before_the_end_is_read(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        PB_CLEANUP(run_clear) struct run run = RUN_INIT;
        assert_int_equal(run_shell(&run, "head -c 60000 /dev/zero"), 0);
        assert_int_equal(run.output.len, 60000);
    }
}

static void
closed_outputs_do_not_end_the_watch(void **state)
{
    (void)state;
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    assert_int_equal(run_shell(&run, "exec >&- 2>&-; sleep 0.2; exit 4"), 0);
    assert_int_equal(run.result.status, 4);
}

static void
processor_time_of_descendants_is_counted(void **state)
{
    (void)state;
    PB_CLEANUP(run_clear) struct run run = RUN_INIT;
    assert_int_equal(run_shell(&run, "python3 -c 'sum(range(3000000))'; true"),
                     0);
    assert_true(run.result.cpu_seconds > 0);
    assert_true(run.result.wall_seconds > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_statuses_are_data),
        cmocka_unit_test(deaths_by_signal_are_data),
        cmocka_unit_test(standard_input_is_empty),
        cmocka_unit_test(the_umask_of_a_child_is_not_the_users),
        SCRATCH_TEST(programs_are_found_in_the_childs_path),
        SCRATCH_TEST(what_cannot_be_run_is_an_error),
        SCRATCH_TEST(children_start_in_their_directory_and_session),
        SCRATCH_TEST(only_the_descriptor_asked_for_is_inherited),
        cmocka_unit_test(signals_are_as_a_child_expects_them),
        SCRATCH_TEST(logs_are_replaced_or_appended_to),
        SCRATCH_TEST(long_logs_are_capped_and_counted),
        SCRATCH_TEST(a_log_that_cannot_be_written_is_an_error),
        cmocka_unit_test(at_the_time_limit_the_child_may_clean_up),
        cmocka_unit_test(a_child_that_ignores_signals_is_killed),
        cmocka_unit_test(a_cancel_stops_the_child),
        cmocka_unit_test(those_behind_a_shell_get_time_to_write_their_results),
        cmocka_unit_test(what_is_left_of_the_group_is_killed),
        cmocka_unit_test(a_daemon_that_holds_the_output_is_not_waited_for),
        cmocka_unit_test(a_daemon_that_writes_for_ever_is_not_read_for_ever),
        cmocka_unit_test(output_from_just_before_the_end_is_read),
        cmocka_unit_test(closed_outputs_do_not_end_the_watch),
        cmocka_unit_test(processor_time_of_descendants_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
