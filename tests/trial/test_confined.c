/* Commands that are really confined: what they can reach, how they end, what
   is left of them. Skipped where nothing can be confined. */
#include "base/scratch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pybisect/clock.h"
#include "pybisect/process.h"
#include "pybisect/trial.h"

struct place {
    char *program;
    char *run;     /* writable */
    char *scratch; /* in it */
    char *log;     /* outside of it */
};

static int
open_place(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    char *root = pb_fs_temporary("/tmp", "confined-", &err);
    struct place *place = pb_alloc(sizeof(*place));
    assert_non_null(root);
    place->program = pb_sandbox_find(&err);
    if (place->program == NULL) {
        fprintf(stderr, "%s\n", err.message);
    }
    place->run = pb_path_join(root, "run");
    place->scratch = pb_path_join(place->run, "scratch");
    place->log = pb_path_join(root, "log");
    err = (struct pb_error)PB_ERROR_INIT;
    assert_int_equal(pb_sandbox_make_scratch(place->scratch, &err), 0);
    free(root);
    *state = place;
    return 0;
}

static int
close_place(void **state)
{
    struct place *place = *state;
    struct pb_error err = PB_ERROR_INIT;
    char *root = pb_strndup(place->run, strlen(place->run) - strlen("/run"));
    assert_int_equal(pb_fs_remove_tree(root, &err), 0);
    free(root);
    free(place->program);
    free(place->run);
    free(place->scratch);
    free(place->log);
    free(place);
    return 0;
}

/* Runs the shell, confined; what it printed is in the log. */
static int
run(const struct place *place, const char *script, double timeout,
    struct pb_results *results, struct pb_error *err)
{
    static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
    char *const environment[] = {path, NULL};
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv writable = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv hidden = PB_STRV_INIT;
    pb_sandbox_secrets(&hidden);
    if (place->program == NULL) {
        skip();
    }
    pb_strv_add(&writable, place->run);
    pb_strv_add(&argv, script[0] == '\0' ? "no-such-program" : "sh");
    pb_strv_add(&argv, "-c");
    pb_strv_add(&argv, script);
    const struct pb_sandbox sandbox = {
        .program = place->program,
        .scratch = place->scratch,
        .writable = &writable,
        .hidden = &hidden,
    };
    const struct pb_trial_options options = {
        .argv = argv.items,
        .environment = environment,
        .directory = place->run,
        .reader = PB_READER_STATUS,
        .log_path = place->log,
        .timeout = timeout,
        .grace = 0.3,
        .sandbox = &sandbox,
    };
    return pb_trial_run(&options, results, err);
}

static void
expect(void **state, const char *script, enum pb_process_end end, int number)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    int status = run(*state, script, 30, &results, &err);
    assert_string_equal(err.message, "");
    assert_int_equal(status, 0);
    assert_int_equal(results.run.end, end);
    assert_int_equal(end == PB_PROCESS_SIGNALLED ? results.run.signal
                                                 : results.run.status,
                     number);
}

static void
expect_log(void **state, const char *expected)
{
    const struct place *place = *state;
    assert_file(place->log, expected);
}

static void
the_end_is_that_of_the_command(void **state)
{
    expect(state, "exit 0", PB_PROCESS_EXITED, 0);
    expect(state, "exit 3", PB_PROCESS_EXITED, 3);
    expect(state, "exit 125", PB_PROCESS_EXITED, 125);
    expect(state, "kill -SEGV $$", PB_PROCESS_SIGNALLED, SIGSEGV);
    expect(state, "kill -KILL $$", PB_PROCESS_SIGNALLED, SIGKILL);
}

static void
what_cannot_be_started_inside_is_an_error(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    assert_int_equal(run(*state, "", 30, &results, &err), -1);
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
    assert_non_null(strstr(err.message, "no-such-program"));
}

static void
files_outside_are_neither_read_nor_written(void **state)
{
    const struct place *place = *state;
    PB_AUTOFREE char *secret = pb_asprintf("%s.secret", place->log);
    PB_AUTOFREE char *script = pb_asprintf(
        "cat %s; echo $?; echo x >%s; echo $?; ls -A /tmp/. | grep -v "
        "confined;"
        "for i in / /usr /etc /dev /run; do touch $i/planted; echo $?; done; "
        "echo kept >%s/made; touch /tmp/a /dev/shm/b; echo $?; ls -d /home "
        "/root /proc/1/root/root; cat /etc/shadow",
        secret, secret, place->run);
    put_file(secret, "the user's\n");
    expect(state, script, PB_PROCESS_EXITED, 1);
    PB_AUTOFREE char *made = pb_path_join(place->run, "made");
    assert_file(made, "kept\n");
    assert_file(secret, "the user's\n");
    assert_false(pb_fs_exists("/usr/planted"));
    assert_false(pb_fs_exists("/etc/planted"));
    assert_false(pb_fs_exists("/tmp/a"));
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_read(place->log, 65536, &log, &err), 0);
    assert_null(strstr(log.data, "the user's"));
    assert_null(strstr(log.data, "root:"));
}

static void
other_processes_are_not_there(void **state)
{
    expect(state,
           "for i in /proc/[0-9]*; do echo ${i#/proc/}; done; kill -0 $PPID",
           PB_PROCESS_EXITED, 0);
    expect_log(state, "1\n2\n");
}

static void
there_is_a_loopback_and_no_other_network(void **state)
{
    expect(state, "grep -o '^ *[a-z0-9]*:' /proc/net/dev | tr -d ' '",
           PB_PROCESS_EXITED, 0);
    expect_log(state, "lo:\n");
}

/* Nothing inside can say how it ended but by ending. */
static void
the_channel_of_the_status_is_not_inside(void **state)
{
    expect(state,
           "for i in /proc/self/fd/*; do [ -e $i ] && echo ${i##*/}; done | "
           "tr '\\n' ' '; exit 7",
           PB_PROCESS_EXITED, 7);
    const struct place *place = *state;
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_read(place->log, 65536, &log, &err), 0);
    assert_null(strstr(log.data, "8"));
}

/* How many processes on this machine have `word` on their command line. */
static size_t
count_processes(const char *word)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    size_t count = 0;
    assert_int_equal(pb_fs_list("/proc", &names, &err), 0);
    for (size_t i = 0; i < names.len; i++) {
        PB_AUTOFREE char *path =
            pb_asprintf("/proc/%s/cmdline", names.items[i]);
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        struct pb_error ignored = PB_ERROR_INIT;
        if (names.items[i][0] >= '1' && names.items[i][0] <= '9' &&
            pb_fs_read(path, 65536, &text, &ignored) == 0)
        {
            count += memmem(text.data, text.len, word, strlen(word)) != NULL;
        }
    }
    return count;
}

static void
daemons_are_gone_with_the_command(void **state)
{
    PB_AUTOFREE char *word = pb_asprintf("98765%ld", (long)getpid());
    PB_AUTOFREE char *script = pb_asprintf(
        "(setsid sh -c 'trap \"\" INT TERM HUP; sleep %s; sleep %s' &) ; "
        "(setsid sleep %s </dev/zero >/dev/zero 2>&1 &); sleep 0.2; exit 0",
        word, word, word);
    expect(state, script, PB_PROCESS_EXITED, 0);
    assert_int_equal(count_processes(word), 0);
}

static void
a_command_is_told_to_stop_before_it_is_killed(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    assert_int_equal(
        run(*state,
            "trap 'echo told; exit 4' INT; while :; do sleep 0.1; "
            "done",
            0.5, &results, &err),
        0);
    assert_int_equal(results.run.end, PB_PROCESS_TIMED_OUT);
    expect_log(state, "told\n");
}

static void
one_that_ignores_signals_is_killed(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    PB_AUTOFREE char *word = pb_asprintf("87654%ld", (long)getpid());
    PB_AUTOFREE char *script =
        pb_asprintf("trap '' INT TERM HUP; sleep %s & while :; do sleep %s; "
                    "done",
                    word, word);
    double start = pb_clock_monotonic();
    assert_int_equal(run(*state, script, 0.5, &results, &err), 0);
    assert_int_equal(results.run.end, PB_PROCESS_TIMED_OUT);
    assert_true(pb_clock_monotonic() - start < 5);
    assert_int_equal(count_processes(word), 0);
}

#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, open_place, close_place)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_end_is_that_of_the_command),
        TEST(what_cannot_be_started_inside_is_an_error),
        TEST(files_outside_are_neither_read_nor_written),
        TEST(other_processes_are_not_there),
        TEST(there_is_a_loopback_and_no_other_network),
        TEST(the_channel_of_the_status_is_not_inside),
        TEST(daemons_are_gone_with_the_command),
        TEST(a_command_is_told_to_stop_before_it_is_killed),
        TEST(one_that_ignores_signals_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
