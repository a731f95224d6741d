/* store: several processes at once, and processes that are killed. */
#include "model.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static const char *const files[] = {"python", NULL};

static void
rest(long milliseconds)
{
    const struct timespec pause = {.tv_sec = milliseconds / 1000,
                                   .tv_nsec = milliseconds % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

/* The child leaves by _exit: its cmocka state is a copy. */
static void
put_for_ever(const char *scratch, const struct model *models, size_t len)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_store *store = open_store(scratch);
    for (size_t i = 0;; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%zu", i % len);
        if (model_put(store, scratch, &models[i % len], name, &err) < 0) {
            _exit(1);
        }
    }
}

#define MODELS 4
#define KILLS 25

static void
a_killed_writer_leaves_whole_entries_and_the_next_put_works(void **state)
{
    uint64_t seed = model_seed();
    struct pb_error err = PB_ERROR_INIT;
    struct model models[MODELS];
    struct model model;
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    model_start(&model, &seed);
    for (size_t i = 0; i < MODELS; i++) {
        models[i] = model_copy(&model);
        model_edit(&model, &seed);
    }
    for (int kill_number = 0; kill_number < KILLS; kill_number++) {
        pid_t child = fork();
        if (child == 0) {
            put_for_ever(*state, models, MODELS);
        }
        rest(1 + draw(&seed, 60));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
        for (size_t i = 0; i < MODELS; i++) {
            char name[16];
            snprintf(name, sizeof(name), "%zu", i);
            assert_done(pb_fs_remove_tree(out, &err), &err);
            if (state_of(store, name) == PB_STORE_BUILT) {
                assert_done(restore_to(store, name, out, NULL, &err), &err);
                assert_true(model_is_at(&models[i], out));
            }
        }
        assert_int_equal(count_damaged(store, false), 0);
        assert_done(model_put(store, *state, &models[0], "mine", &err), &err);
        assert_int_equal(state_of(store, "mine"), PB_STORE_BUILT);
    }
    for (size_t i = 0; i < MODELS; i++) {
        model_clear(&models[i]);
    }
    model_clear(&model);
}

static void
put_some(const char *scratch, const char *who, size_t len)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *mine = pb_path_join(scratch, who);
    PB_AUTOFREE char *path = pb_path_join(scratch, "store");
    struct pb_store *store = NULL;
    if (pb_store_open(path, &store, &err) < 0) {
        _exit(1);
    }
    for (size_t i = 0; i < len; i++) {
        char text[64];
        snprintf(text, sizeof(text), "%s %zu", who, i);
        put_built(mine, "python", text);
        if (put_build(store, mine, text, files, &err) < 0) {
            _exit(2);
        }
    }
    _exit(0);
}

static void
two_processes_put_at_the_same_time(void **state)
{
    static const char *const names[] = {"one", "two"};
    struct pb_error err = PB_ERROR_INIT;
    pid_t children[2];
    pb_store_close(open_store(*state));
    for (size_t i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            put_some(*state, names[i], 30);
        }
    }
    for (size_t i = 0; i < 2; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    PB_AUTOFREE char *out = pb_path_join(*state, "out");
    PB_AUTOFREE char *python = pb_path_join(out, "python");
    for (size_t i = 0; i < 60; i++) {
        char text[64];
        snprintf(text, sizeof(text), "%s %zu", names[i % 2], i / 2);
        assert_done(restore_to(store, text, out, NULL, &err), &err);
        assert_file(python, text);
    }
    assert_int_equal(count_damaged(store, false), 0);
    free(only_pack(*state));
}

struct waits {
    int calls;
    long pid;
    pid_t end; /* killed when the wait starts; 0: nobody */
    struct pb_cancel *cancel;
};

static void
note_wait(long pid, void *context)
{
    struct waits *waits = context;
    waits->calls++;
    waits->pid = pid;
    if (waits->end > 0) {
        kill(waits->end, SIGKILL);
        waitpid(waits->end, NULL, 0);
    }
    if (waits->cancel != NULL) {
        waits->cancel->requested = 1;
    }
}

/* A process that has the claim on "k". */
static pid_t
claim_elsewhere(const char *scratch)
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct pb_error err = PB_ERROR_INIT;
        struct pb_digest key = key_of("k");
        struct pb_store *store = open_store(scratch);
        struct pb_store_claim claim = PB_STORE_CLAIM_INIT;
        if (pb_store_claim(store, &key, NULL, NULL, NULL, &claim, &err) != 0 ||
            write(ready[1], "x", 1) != 1)
        {
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

static void
a_claim_ends_with_its_process(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of("k");
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    pid_t child = claim_elsewhere(*state);
    PB_AUTO(pb_store_claim)
    struct pb_store_claim claim = PB_STORE_CLAIM_INIT;
    assert_int_equal(
        pb_store_claim(store, &key, NULL, NULL, NULL, &claim, &err), 1);
    assert_int_equal(claim.fd, -1);
    assert_int_equal(err.code, PB_ERROR_NONE);
    struct waits waits = {.end = child};
    assert_int_equal(
        pb_store_claim(store, &key, note_wait, &waits, NULL, &claim, &err), 0);
    assert_int_equal(waits.calls, 1);
    assert_int_equal(waits.pid, child);
    assert_true(claim.fd >= 0);
}

static void
waiting_for_a_claim_can_be_cancelled(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of("k");
    struct pb_cancel cancel = {.requested = 0};
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    pid_t child = claim_elsewhere(*state);
    struct pb_store_claim claim = PB_STORE_CLAIM_INIT;
    struct waits waits = {.cancel = &cancel};
    assert_int_equal(
        pb_store_claim(store, &key, note_wait, &waits, &cancel, &claim, &err),
        -1);
    assert_int_equal(err.code, PB_ERROR_CANCELLED);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void
a_released_claim_leaves_no_file(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of("k");
    struct pb_digest other = key_of("other");
    PB_AUTO(pb_store) struct pb_store *store = open_store(*state);
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    PB_AUTOFREE char *claims = pb_path_join(*state, "store/claims");
    struct pb_store_claim claim = PB_STORE_CLAIM_INIT;
    PB_AUTO(pb_store_claim)
    struct pb_store_claim second = PB_STORE_CLAIM_INIT;
    assert_int_equal(
        pb_store_claim(store, &key, NULL, NULL, NULL, &claim, &err), 0);
    assert_int_equal(
        pb_store_claim(store, &key, NULL, NULL, NULL, &second, &err), 1);
    assert_int_equal(
        pb_store_claim(store, &other, NULL, NULL, NULL, &second, &err), 0);
    pb_store_release(&second);
    pb_store_release(&claim);
    assert_done(pb_fs_list(claims, &names, &err), &err);
    assert_int_equal(names.len, 0);
    assert_int_equal(
        pb_store_claim(store, &key, NULL, NULL, NULL, &second, &err), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(
            a_killed_writer_leaves_whole_entries_and_the_next_put_works),
        SCRATCH_TEST(two_processes_put_at_the_same_time),
        SCRATCH_TEST(a_claim_ends_with_its_process),
        SCRATCH_TEST(waiting_for_a_claim_can_be_cancelled),
        SCRATCH_TEST(a_released_claim_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
