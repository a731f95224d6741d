/* Workers are processes with a builder of their own, as in fill.c; targets go
   to them through one pipe each and replies come back through another. One
   that is busy with what is no longer wanted is ended: an unfinished build
   leaves nothing behind. */
#include "pybisect/ahead.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pybisect/alloc.h"

#define MOST_WORKERS 16

struct target {
    size_t candidate;
    struct pb_oid commit;
    struct pb_keys keys;
};

struct reply {
    size_t candidate;
    enum pb_build_end end;
    double seconds;
};

struct worker {
    pid_t pid; /* 0: none */
    int to;
    int from;
    bool busy;
    size_t candidate; /* when busy */
};

struct made { /* a build, or a failure, that a worker came to */
    size_t candidate;
    double seconds;
    bool used;
};

struct pb_ahead {
    struct pb_session *session;
    struct worker workers[MOST_WORKERS];
    size_t nworkers;
    struct made *made;
    size_t nmade;
    size_t made_cap;
    size_t dropped;
};

/* --- a worker ----------------------------------------------------------- */

/* Behind everything else that wants to run. */
static void
step_back(void)
{
    struct sched_param none = {.sched_priority = 0};
    (void)sched_setscheduler(0, SCHED_IDLE, &none);
    (void)setpriority(PRIO_PROCESS, 0, 19);
}

static void
work(struct pb_session *session, int from, int to)
{
    struct pb_error err = PB_ERROR_INIT;
    struct target target;
    if (pb_session_open_history(session, &err) < 0 ||
        pb_session_open_builder(session, &err) < 0)
    {
        return;
    }
    while (read(from, &target, sizeof(target)) == (ssize_t)sizeof(target)) {
        PB_AUTO(pb_build) struct pb_build build = {.python = NULL};
        if (pb_builder_build(session->builder, &target.commit, &target.keys,
                             false, &build, &err) < 0)
        {
            return;
        }
        struct reply reply = {target.candidate, build.end, build.seconds};
        if (write(to, &reply, sizeof(reply)) != (ssize_t)sizeof(reply)) {
            return;
        }
    }
}

/* Nothing of the parent's is touched: its handles are not for two. */
_Noreturn static void
be_worker(const struct pb_ahead *ahead, int from, int to)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    step_back();
    struct pb_plan plan = *ahead->session->plan;
    struct pb_session session = {
        .plan = &plan,
        .places = ahead->session->places,
        .cancel = ahead->session->cancel,
        .recipe.install_python = ahead->session->recipe.install_python,
    };
    if (plan.jobs == 0) {
        long share = sysconf(_SC_NPROCESSORS_ONLN) / (long)ahead->nworkers;
        plan.jobs = share > 1 ? share : 1;
    }
    work(&session, from, to);
    pb_builder_free(session.builder);
    _exit(0);
}

static void
close_worker(struct worker *worker)
{
    if (worker->pid == 0) {
        return;
    }
    close(worker->to);
    close(worker->from);
    kill(worker->pid, SIGTERM);
    while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    *worker = (struct worker){.pid = 0};
}

static bool
start_worker(struct pb_ahead *ahead, struct worker *worker)
{
    int to[2];
    int from[2];
    if (pipe(to) < 0) {
        return false;
    }
    if (pipe(from) < 0) {
        close(to[0]);
        close(to[1]);
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(to[1]);
        close(from[0]);
        be_worker(ahead, to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    if (pid < 0) {
        close(to[1]);
        close(from[0]);
        return false;
    }
    *worker = (struct worker){.pid = pid, .to = to[1], .from = from[0]};
    return true;
}

/* --- replies ------------------------------------------------------------ */

static bool
can_read(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, 0) > 0;
}

static void
hear(struct pb_ahead *ahead, struct worker *worker)
{
    struct reply reply;
    if (worker->pid == 0 || !worker->busy || !can_read(worker->from)) {
        return;
    }
    if (read(worker->from, &reply, sizeof(reply)) != (ssize_t)sizeof(reply)) {
        close_worker(worker); /* it gave up: the step itself will say why */
        return;
    }
    worker->busy = false;
    if (reply.end != PB_BUILD_RESTORED) {
        PB_GROW(ahead->made, ahead->nmade, ahead->made_cap);
        ahead->made[ahead->nmade++] =
            (struct made){reply.candidate, reply.seconds, false};
    }
}

/* --- aiming ------------------------------------------------------------- */

static bool
contains(const size_t *list, size_t len, size_t value)
{
    for (size_t i = 0; i < len; i++) {
        if (list[i] == value) {
            return true;
        }
    }
    return false;
}

static bool
is_made_or_under_way(const struct pb_ahead *ahead, size_t candidate)
{
    for (size_t i = 0; i < ahead->nmade; i++) {
        if (ahead->made[i].candidate == candidate) {
            return true;
        }
    }
    for (size_t i = 0; i < ahead->nworkers; i++) {
        const struct worker *worker = &ahead->workers[i];
        if (worker->busy && worker->candidate == candidate) {
            return true;
        }
    }
    return false;
}

static struct worker *
idle_worker(struct pb_ahead *ahead)
{
    for (size_t i = 0; i < ahead->nworkers; i++) {
        struct worker *worker = &ahead->workers[i];
        if (!worker->busy && (worker->pid != 0 || start_worker(ahead, worker)))
        {
            return worker;
        }
    }
    return NULL;
}

static void
send_target(struct pb_ahead *ahead, struct worker *worker, size_t candidate)
{
    const struct pb_session *session = ahead->session;
    const struct pb_candidate *of = &session->candidates.items[candidate];
    struct target target = {
        .candidate = candidate,
        .commit = session->range.commits.items[of->commit],
        .keys = of->keys,
    };
    if (write(worker->to, &target, sizeof(target)) == (ssize_t)sizeof(target))
    {
        worker->busy = true;
        worker->candidate = candidate;
    }
    else {
        close_worker(worker);
    }
}

struct pb_ahead *
pb_ahead_new(struct pb_session *session, size_t workers)
{
    struct pb_ahead *ahead = pb_alloc(sizeof(*ahead));
    ahead->session = session;
    ahead->nworkers = workers < MOST_WORKERS ? workers : MOST_WORKERS;
    return ahead;
}

void
pb_ahead_aim(struct pb_ahead *ahead, const size_t *candidates, size_t len)
{
    for (size_t i = 0; i < ahead->nworkers; i++) {
        struct worker *worker = &ahead->workers[i];
        hear(ahead, worker);
        if (worker->busy && !contains(candidates, len, worker->candidate)) {
            ahead->dropped++;
            close_worker(worker);
        }
    }
    for (size_t i = 0; i < len; i++) {
        struct worker *worker = is_made_or_under_way(ahead, candidates[i])
                                    ? NULL
                                    : idle_worker(ahead);
        if (worker != NULL) {
            send_target(ahead, worker, candidates[i]);
        }
    }
}

void
pb_ahead_leave(struct pb_ahead *ahead, size_t candidate)
{
    for (size_t i = 0; i < ahead->nworkers; i++) {
        struct worker *worker = &ahead->workers[i];
        hear(ahead, worker);
        if (worker->busy && worker->candidate == candidate) {
            ahead->dropped++;
            close_worker(worker);
        }
    }
}

void
pb_ahead_count(struct pb_ahead *ahead, const struct pb_trial_record *trial)
{
    for (size_t i = 0; i < ahead->nworkers; i++) {
        hear(ahead, &ahead->workers[i]);
    }
    for (size_t i = 0; i < ahead->nmade; i++) {
        struct made *made = &ahead->made[i];
        made->used = made->used || (made->candidate == trial->candidate &&
                                    !trial->evaluation.recalled);
    }
}

struct pb_ahead_gain
pb_ahead_gain(const struct pb_ahead *ahead)
{
    struct pb_ahead_gain gain = {
        .built = ahead->nmade,
        .dropped = ahead->dropped,
    };
    for (size_t i = 0; i < ahead->nmade; i++) {
        gain.used += ahead->made[i].used;
        gain.seconds += ahead->made[i].used ? ahead->made[i].seconds : 0;
    }
    return gain;
}

void
pb_ahead_free(struct pb_ahead *ahead)
{
    if (ahead == NULL) {
        return;
    }
    for (size_t i = 0; i < ahead->nworkers; i++) {
        close_worker(&ahead->workers[i]);
    }
    free(ahead->made);
    free(ahead);
}
