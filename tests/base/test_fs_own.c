/* fs: directories of one process's own. */
#include "scratch.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct pb_own
own(const char *scratch)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_own made = {.path = NULL};
    if (pb_fs_own(scratch, "run-", &made, &err) < 0) {
        fail_msg("%s", err.message);
    }
    return made;
}

/* A process that has one with a file in it, until it is killed. */
static pid_t
own_elsewhere(const char *scratch)
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct pb_own made = own(scratch);
        PB_AUTOFREE char *file = pb_path_join(made.path, "deep/file");
        put_file(file, "left behind");
        if (write(ready[1], "x", 1) != 1) {
            _exit(1);
        }
        for (;;) {
            pause();
        }
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return child;
}

static size_t
count(const char *scratch)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    assert_int_equal(pb_fs_list(scratch, &names, &err), 0);
    return names.len;
}

static void
what_is_given_up_is_gone(void **state)
{
    struct pb_own made = own(*state);
    assert_true(pb_fs_is_directory(made.path));
    pb_fs_disown(&made);
    assert_null(made.path);
    pb_fs_disown(&made);                /* once more does nothing */
    assert_int_equal(count(*state), 1); /* the lock on all of them */
}

static void
what_a_killed_process_had_is_removed_what_others_have_stays(void **state)
{
    enum { EACH = 2 }; /* a directory and its lock */
    pid_t killed = own_elsewhere(*state);
    pid_t alive = own_elsewhere(*state);
    assert_int_equal(count(*state), 1 + 2 * EACH);
    kill(killed, SIGKILL);
    waitpid(killed, NULL, 0);
    PB_AUTO(pb_own) struct pb_own mine = own(*state);
    assert_int_equal(count(*state), 1 + 2 * EACH);
    kill(alive, SIGKILL);
    waitpid(alive, NULL, 0);
    PB_AUTO(pb_own) struct pb_own more = own(*state);
    assert_int_equal(count(*state), 1 + 2 * EACH);
    assert_true(pb_fs_is_directory(mine.path));
    assert_true(pb_fs_is_directory(more.path));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(what_is_given_up_is_gone),
        SCRATCH_TEST(
            what_a_killed_process_had_is_removed_what_others_have_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
