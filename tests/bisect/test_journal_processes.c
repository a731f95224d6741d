/* Several processes, and processes that are killed. Children leave by
   _exit() with a status; only the parent asserts. */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bisect/open_journal.h"
#include "bisect/faults.h"

#define EACH 200
#define ROUNDS 30
#define OPENERS 8

static struct pb_digest
key_of(int writer, int number)
{
    int both[] = {writer, number};
    return pb_digest_of(both, sizeof(both));
}

static int
put(struct pb_journal *journal, int writer, int number, struct pb_error *err)
{
    struct pb_digest key = key_of(writer, number);
    PB_AUTO(pb_json) struct pb_json *json = pb_json_object();
    pb_json_set(json, "number", pb_json_integer(number));
    return pb_journal_put_evaluation(journal, &key, json, err);
}

static void
expect_evaluation(struct pb_journal *journal, int writer, int number)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of(writer, number);
    PB_AUTO(pb_json) struct pb_json *found = NULL;
    if (pb_journal_get_evaluation(journal, &key, &found, &err) < 0) {
        fail_msg("%s", err.message);
    }
    assert_non_null(found);
    assert_int_equal(pb_json_get_integer(found, "number"), number);
}

_Noreturn static void
give_up(const struct pb_error *err)
{
    fprintf(stderr, "child: %s\n", err->message);
    _exit(1);
}

/* Opens the journal and writes; does not return. */
_Noreturn static void
write_many(const char *path, int writer, int count)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_journal *journal = NULL;
    if (pb_journal_open(path, &journal, &err) < 0) {
        give_up(&err);
    }
    for (int i = 0; i < count; i++) {
        if (put(journal, writer, i, &err) < 0) {
            give_up(&err);
        }
    }
    pb_journal_close(journal);
    _exit(0);
}

static void
expect_success(pid_t child)
{
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void
two_processes_write_at_once_and_lose_nothing(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    pid_t children[2];
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            write_many(path, i, EACH);
        }
    }
    for (int i = 0; i < 2; i++) {
        expect_success(children[i]);
    }
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    for (int i = 0; i < 2 * EACH; i++) {
        expect_evaluation(journal, i / EACH, i % EACH);
    }
}

/* All wait for the pipe to be closed, then open at the same instant. */
static void
open_together(const char *path)
{
    int gate[2];
    pid_t children[OPENERS];
    assert_int_equal(pipe(gate), 0);
    for (int i = 0; i < OPENERS; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            char byte = 0;
            close(gate[1]);
            if (read(gate[0], &byte, 1) != 0) {
                _exit(2);
            }
            write_many(path, i, 2);
        }
    }
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < OPENERS; i++) {
        expect_success(children[i]);
    }
}

static void
a_new_journal_can_be_opened_by_several_at_once(void **state)
{
    for (int round = 0; round < ROUNDS; round++) {
        PB_AUTOFREE char *path =
            pb_asprintf("%s/%d.db", (char *)*state, round);
        open_together(path);
        PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
        for (int i = 0; i < OPENERS; i++) {
            expect_evaluation(journal, i, 0);
            expect_evaluation(journal, i, 1);
        }
    }
}

/* Holds the lock that keeps others from changing to WAL, for a while. */
_Noreturn static void
hold_new_file(const char *path, int ready)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
        write(ready, "x", 1) != 1)
    {
        _exit(1);
    }
    usleep(200000);
    _exit(sqlite3_close(db) == SQLITE_OK ? 0 : 1);
}

static void
a_new_journal_waits_for_another_that_sets_it_up(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    struct pb_error err = PB_ERROR_INIT;
    int fds[2];
    char byte = 0;
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        hold_new_file(path, fds[1]);
    }
    close(fds[1]);
    assert_int_equal(read(fds[0], &byte, 1), 1);
    close(fds[0]);
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    assert_int_equal(put(journal, 0, 0, &err), 0);
    expect_success(child);
}

static void
a_reader_sees_what_a_writer_has_committed(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    PB_AUTO(pb_journal) struct pb_journal *reader = open_journal(path);
    PB_AUTO(pb_journal) struct pb_journal *writer = open_journal(path);
    struct pb_error err = PB_ERROR_INIT;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(put(writer, 0, i, &err), 0);
        expect_evaluation(reader, 0, i);
    }
}

/* --- kill -9 ------------------------------------------------------------ */

/* Writes for ever; each number goes into the pipe once it is committed. */
_Noreturn static void
write_and_acknowledge(const char *path, int writer, int fd)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_journal *journal = NULL;
    if (pb_journal_open(path, &journal, &err) < 0) {
        give_up(&err);
    }
    for (int i = 0;; i++) {
        if (put(journal, writer, i, &err) < 0) {
            give_up(&err);
        }
        if (write(fd, &i, sizeof(i)) != (ssize_t)sizeof(i)) {
            _exit(2);
        }
    }
}

/* Kills a writer after a while; returns the last number acknowledged. */
static int
kill_a_writer(const char *path, int round)
{
    int fds[2];
    int last = -1;
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        close(fds[0]);
        write_and_acknowledge(path, round, fds[1]);
    }
    close(fds[1]);
    /* Some are killed while they open, some in the middle of it all. */
    usleep((useconds_t)(round * 7919 % 50 * 1000));
    assert_int_equal(kill(child, SIGKILL), 0);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    for (int number = 0;
         read(fds[0], &number, sizeof(number)) == (ssize_t)sizeof(number);)
    {
        last = number;
    }
    close(fds[0]);
    return last;
}

static void
killed_at_any_instant_what_was_acknowledged_is_there(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    int last[ROUNDS];
    int total = 0;
    for (int round = 0; round < ROUNDS; round++) {
        last[round] = kill_a_writer(path, round);
        total += last[round] + 1;
        PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
        for (int i = 0; i <= last[round]; i++) {
            expect_evaluation(journal, round, i);
        }
    }
    assert_true(total > 0);
    /* And still there after all the other kills. */
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i <= last[round]; i++) {
            expect_evaluation(journal, round, i);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(two_processes_write_at_once_and_lose_nothing),
        SCRATCH_TEST(a_new_journal_can_be_opened_by_several_at_once),
        SCRATCH_TEST(a_new_journal_waits_for_another_that_sets_it_up),
        SCRATCH_TEST(a_reader_sees_what_a_writer_has_committed),
        SCRATCH_TEST(killed_at_any_instant_what_was_acknowledged_is_there),
    };
    /* A kill, unlike a power cut, loses nothing that was not synced. */
    faults_install();
    faults_skip_syncs();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
