/* Workers are processes: each has a builder, and so a tree, of its own, and
   tells what it did through a pipe. */
#include "pybisect/fill.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/map.h"

#define MOST_WORKERS 16

/* At most PIPE_BUF bytes, so that it is written in one piece. */
struct message {
    size_t index;
    enum pb_build_end end;
    double seconds;
    struct pb_error err; /* set: the worker gave up */
};
_Static_assert(sizeof(struct message) <= 4096, "a message is one write");

struct worker {
    pid_t pid;
    int fd; /* -1: done */
};

void
pb_fill_list_clear(struct pb_fill_list *list)
{
    free(list->items);
    *list = (struct pb_fill_list){.items = NULL};
}

/* --- what there is to do ------------------------------------------------ */

static void
add_item(struct pb_fill_list *work, struct pb_map *seen,
         const struct pb_oid *commit, const struct pb_keys *keys)
{
    char hex[PB_DIGEST_HEX];
    pb_digest_hex(&keys->build, hex);
    if (pb_map_get(seen, hex) != NULL) {
        return;
    }
    pb_map_set(seen, hex, work);
    PB_GROW(work->items, work->len, work->cap);
    work->items[work->len++] = (struct pb_fill_item){*commit, *keys};
}

void
pb_fill_list_builds(const struct pb_session *session, struct pb_fill_list *out)
{
    PB_AUTO(pb_map) struct pb_map *seen = pb_map_new(NULL);
    const struct pb_candidates *candidates = &session->candidates;
    add_item(out, seen, &session->range.good, &candidates->good_keys);
    for (size_t i = 0; i < candidates->len; i++) {
        const struct pb_candidate *each = &candidates->items[i];
        add_item(out, seen, &session->range.commits.items[each->commit],
                 &each->keys);
    }
}

struct pb_digest *
pb_fill_list_keys(const struct pb_fill_list *list, struct pb_builder *builder,
                  struct pb_error *err)
{
    struct pb_digest *keys = pb_alloc_array(list->len + 1, sizeof(*keys));
    for (size_t i = 0; i < list->len; i++) {
        if (pb_builder_key(builder, &list->items[i].commit,
                           &list->items[i].keys, &keys[i], err) < 0)
        {
            free(keys);
            return NULL;
        }
    }
    return keys;
}

/* Leaves what the store does not have. */
static int
drop_known(struct pb_session *session, struct pb_fill_list *work,
           struct pb_fill_state *state, struct pb_error *err)
{
    size_t kept = 0;
    state->total = work->len;
    if (pb_session_open_builder(session, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < work->len; i++) {
        bool known = false;
        if (pb_builder_knows(session->builder, &work->items[i].commit,
                             &work->items[i].keys, &known, err) < 0)
        {
            return -1;
        }
        if (!known) {
            work->items[kept++] = work->items[i];
        }
    }
    state->known = work->len - kept;
    work->len = kept;
    /* Its tree is for the first worker. */
    pb_builder_free(session->builder);
    session->builder = NULL;
    return 0;
}

/* --- a worker ------------------------------------------------------------ */

static void
tell(int fd, const struct message *message)
{
    ssize_t count = write(fd, message, sizeof(*message));
    if (count != (ssize_t)sizeof(*message)) {
        _exit(1); /* nobody listens any more */
    }
}

static void
build_items(struct pb_session *session, const struct pb_fill_list *work,
            size_t from, size_t to, int fd)
{
    struct message message = {.err = PB_ERROR_INIT};
    if (pb_session_open_history(session, &message.err) < 0 ||
        pb_session_open_builder(session, &message.err) < 0)
    {
        tell(fd, &message);
        return;
    }
    for (size_t i = from; i < to; i++) {
        PB_AUTO(pb_build) struct pb_build build = {.python = NULL};
        message.index = i;
        if (pb_builder_build(session->builder, &work->items[i].commit,
                             &work->items[i].keys, false, &build,
                             &message.err) < 0)
        {
            tell(fd, &message);
            return;
        }
        message.end = build.end;
        message.seconds = build.seconds;
        tell(fd, &message);
    }
}

/* Nothing of the parent's is touched: its handles are not for two. */
_Noreturn static void
be_worker(const struct pb_session *parent, const struct pb_fill_list *work,
          size_t from, size_t to, int fd)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    struct pb_session session = {
        .plan = parent->plan,
        .places = parent->places,
        .cancel = parent->cancel,
    };
    build_items(&session, work, from, to, fd);
    pb_builder_free(session.builder);
    _exit(0);
}

static int
start_worker(const struct pb_session *session, const struct pb_fill_list *work,
             size_t from, size_t to, struct worker *out, struct pb_error *err)
{
    int ends[2];
    if (pipe(ends) < 0) {
        return pb_error_errno(err, errno, "cannot make a pipe");
    }
    out->pid = fork();
    if (out->pid < 0) {
        int code = errno;
        close(ends[0]);
        close(ends[1]);
        return pb_error_errno(err, code, "cannot start a worker");
    }
    if (out->pid == 0) {
        close(ends[0]);
        be_worker(session, work, from, to, ends[1]);
    }
    close(ends[1]);
    out->fd = ends[0];
    return 0;
}

/* --- all of them --------------------------------------------------------- */

static void
count_message(struct pb_fill_state *state, const struct pb_fill_list *work,
              const struct message *message)
{
    state->last = work->items[message->index].commit;
    state->last_end = message->end;
    state->last_seconds = message->seconds;
    switch (message->end) {
    case PB_BUILD_RESTORED:
        state->known++;
        break;
    case PB_BUILD_COMPILED:
        state->built++;
        break;
    case PB_BUILD_FAILED:
        state->failed++;
        break;
    }
    state->build_seconds += message->seconds;
}

/* How fast it goes. Each worker's first build is made from nothing and says
   little about the others. */
struct pace {
    size_t workers;
    double since; /* when so many builds were done as there are workers */
};

static void
estimate(struct pace *pace, struct pb_fill_state *state)
{
    size_t done = state->built + state->failed;
    size_t left = state->total - state->known - done;
    double now = pb_clock_monotonic();
    if (done <= pace->workers) {
        pace->since = now;
        state->left = left == 0 ? 0 : -1;
        return;
    }
    state->left =
        (now - pace->since) / (double)(done - pace->workers) * (double)left;
}

/* The first trouble is the one that is told; what others did meanwhile
   counts all the same. */
static void
hear(struct worker *worker, const struct pb_fill_options *options,
     const struct pb_fill_list *work, struct pace *pace,
     struct pb_fill_state *state, struct pb_error *err)
{
    struct message message;
    ssize_t count = read(worker->fd, &message, sizeof(message));
    if (count < 0 && errno == EINTR) {
        return;
    }
    if (count != (ssize_t)sizeof(message)) {
        close(worker->fd);
        worker->fd = -1;
        return;
    }
    if (message.err.code != PB_ERROR_NONE) {
        if (err->code == PB_ERROR_NONE) {
            *err = message.err;
        }
        return;
    }
    count_message(state, work, &message);
    estimate(pace, state);
    options->told(state, options->context);
}

static void
stop_workers(struct worker *workers, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (workers[i].fd >= 0) {
            kill(workers[i].pid, SIGTERM);
        }
    }
}

static void
listen_to(struct worker *workers, size_t len,
          const struct pb_fill_options *options,
          const struct pb_fill_list *work, struct pb_fill_state *state,
          struct pb_error *err)
{
    struct pace pace = {.workers = len};
    bool stopping = false;
    for (;;) {
        struct pollfd fds[MOST_WORKERS];
        nfds_t open = 0;
        for (size_t i = 0; i < len; i++) {
            fds[i] = (struct pollfd){.fd = workers[i].fd, .events = POLLIN};
            open += workers[i].fd >= 0;
        }
        if (open == 0) {
            return;
        }
        if (!stopping && (pb_cancelled(options->session->cancel) ||
                          err->code != PB_ERROR_NONE))
        {
            stopping = true;
            stop_workers(workers, len);
        }
        if (poll(fds, (nfds_t)len, 500) <= 0) {
            continue;
        }
        for (size_t i = 0; i < len; i++) {
            if (workers[i].fd >= 0 && fds[i].revents != 0) {
                hear(&workers[i], options, work, &pace, state, err);
            }
        }
    }
}

static void
wait_for(struct worker *workers, size_t len, struct pb_error *err)
{
    for (size_t i = 0; i < len; i++) {
        int status = 0;
        while (waitpid(workers[i].pid, &status, 0) < 0 && errno == EINTR) {
        }
        if (err->code == PB_ERROR_NONE &&
            (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        {
            pb_error_set(err, PB_ERROR_ENVIRONMENT,
                         "a worker ended by itself");
            pb_error_hint(err, "run it again: it goes on where it was");
        }
    }
}

static size_t
count_workers(const struct pb_fill_options *options, size_t items)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    long asked = options->workers > 0 ? options->workers : cores;
    size_t count = asked < 1              ? 1
                   : asked > MOST_WORKERS ? MOST_WORKERS
                                          : (size_t)asked;
    return count < items ? count : items;
}

/* The cores are shared out among the workers. */
static void
share_jobs(struct pb_plan *plan, size_t workers)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (plan->jobs == 0) {
        plan->jobs = cores / (long)workers > 1 ? cores / (long)workers : 1;
    }
}

static int
run_workers(const struct pb_fill_options *options,
            const struct pb_fill_list *work, struct pb_fill_state *state,
            struct pb_error *err)
{
    struct worker workers[MOST_WORKERS] = {{.fd = -1}};
    struct pb_session *session = options->session;
    size_t len = count_workers(options, work->len);
    size_t started = 0;
    share_jobs(session->plan, len > 0 ? len : 1);
    for (; started < len; started++) {
        size_t from = work->len * started / len;
        size_t to = work->len * (started + 1) / len;
        if (start_worker(session, work, from, to, &workers[started], err) < 0)
        {
            break;
        }
    }
    listen_to(workers, started, options, work, state, err);
    wait_for(workers, started, err);
    if (err->code == PB_ERROR_NONE && pb_cancelled(session->cancel)) {
        pb_error_set(err, PB_ERROR_CANCELLED, "interrupted");
    }
    return err->code == PB_ERROR_NONE ? 0 : -1;
}

int
pb_fill(const struct pb_fill_options *options, struct pb_fill_state *out,
        struct pb_error *err)
{
    PB_AUTO(pb_fill_list) struct pb_fill_list work = {.items = NULL};
    *out = (struct pb_fill_state){.left = -1};
    pb_fill_list_builds(options->session, &work);
    if (drop_known(options->session, &work, out, err) < 0) {
        return -1;
    }
    options->told(out, options->context);
    return work.len == 0 ? 0 : run_workers(options, &work, out, err);
}
