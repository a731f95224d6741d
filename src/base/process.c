/* Watching one child: its output, the clock, the wish to stop, and its end,
   until nothing of its group is left. */
#include "pybisect/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs_private.h"
#include "base/process_log.h"
#include "base/process_private.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/limits.h"

#define DEFAULT_GRACE 10.0

/* Without a pidfd the end of the child is polled for. With one, the pause
   bounds how late a cancel is seen that came just before poll(). */
#define PAUSE_WITHOUT_PIDFD 0.02
#define PAUSE 0.1

/* A pipe holds no more than this, so what the child wrote before its end is
   read; a process that escaped its group cannot keep us reading. */
#define DRAIN_MOST ((size_t)1024 * 1024)

/* Of what is said when a confinement fails. */
#define WORDS 240

static const int stop_signals[] = {SIGINT, SIGTERM, SIGKILL};

struct run {
    const struct pb_process_options *options;
    struct pb_process_log *log;
    pid_t pid;
    int pidfd;  /* -1: not supported here */
    int output; /* our end of the pipe, non-blocking; -1 after its end */
    double started;
    bool stopping;
    enum pb_process_end reason; /* when stopping */
    size_t signals_sent;
    double next_signal;
    struct pb_process_confined confined;
    struct pb_process_looks looks;
    enum pb_process_bound bound;
    char said[WORDS]; /* the first that a confined one printed */
    size_t said_length;
};

static void
run_clear(struct run *run)
{
    if (run->pidfd >= 0) {
        close(run->pidfd);
    }
    if (run->output >= 0) {
        close(run->output);
    }
    pb_process_confined_clear(&run->confined);
}

static void
remember(struct run *run, const char *data, size_t length)
{
    size_t room = WORDS - 1 - run->said_length;
    size_t count = length < room ? length : room;
    memcpy(run->said + run->said_length, data, count);
    run->said_length += count;
}

/* Reads what there is, at most `most` bytes. */
static void
read_output(struct run *run, size_t most)
{
    char chunk[PB_FS_CHUNK];
    while (run->output >= 0 && most > 0) {
        size_t want = most < sizeof(chunk) ? most : sizeof(chunk);
        ssize_t count = read(run->output, chunk, want);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 && errno == EAGAIN) {
            return;
        }
        if (count <= 0) {
            close(run->output);
            run->output = -1;
            return;
        }
        size_t length = (size_t)count;
        most -= length;
        pb_process_log_add(run->log, chunk, length);
        remember(run, chunk, length);
        if (run->options->output != NULL) {
            run->options->output(chunk, length, run->options->output_context);
        }
    }
}

/* 1 when the child has ended, 0 when not, -1 with errno set. It stays a
   zombie, so that its id and its group's are not given to another. */
static int
has_ended(const struct run *run)
{
    for (;;) {
        siginfo_t info = {.si_pid = 0};
        if (waitid(P_PID, (id_t)run->pid, &info,
                   WEXITED | WNOHANG | WNOWAIT) == 0) {
            return info.si_pid != 0;
        }
        if (errno != EINTR) {
            return -1;
        }
    }
}

static void
start_stopping(struct run *run, enum pb_process_end reason)
{
    run->stopping = true;
    run->reason = reason;
    run->next_signal = 0;
}

static void
consider_stopping(struct run *run, double now)
{
    const struct pb_process_options *options = run->options;
    if (run->stopping) {
        return;
    }
    if (pb_cancelled(options->cancel) || run->log->errnum != 0) {
        start_stopping(run, PB_PROCESS_CANCELLED);
    }
    else if (options->timeout > 0 && now - run->started >= options->timeout) {
        start_stopping(run, PB_PROCESS_TIMED_OUT);
    }
}

/* A program that only computes too long may tell what it has; all else that
   is without bounds does harm for as long as it runs. */
static void
stop_for(struct run *run, enum pb_process_bound bound)
{
    start_stopping(run, PB_PROCESS_BOUNDED);
    run->bound = bound;
    if (bound != PB_PROCESS_BOUND_CPU) {
        run->signals_sent = PB_LENGTH(stop_signals) - 1;
    }
}

static void
look(struct run *run)
{
    const struct pb_process_bounds *bounds = run->options->bounds;
    if (bounds == NULL || run->stopping) {
        return;
    }
    enum pb_process_bound bound =
        bounds->output > 0 && run->log->total > bounds->output
            ? PB_PROCESS_BOUND_OUTPUT
            : pb_process_look(bounds, run->pid, &run->looks, false);
    if (bound != PB_PROCESS_BOUND_NONE) {
        stop_for(run, bound);
    }
}

static void
send_due_signal(struct run *run, double now)
{
    if (!run->stopping || run->signals_sent == PB_LENGTH(stop_signals) ||
        now < run->next_signal)
    {
        return;
    }
    double grace = run->options->grace;
    int signal = stop_signals[run->signals_sent++];
    /* bubblewrap outside would not survive what the command may. */
    if (signal == SIGKILL ||
        !pb_process_confined_signal(&run->confined, signal)) {
        (void)kill(-run->pid, signal);
    }
    run->next_signal = now + (grace > 0 ? grace : DEFAULT_GRACE);
}

/* Sleeps until there is output, an end, or something to do by the clock. */
static void
pause_for_news(const struct run *run, double now)
{
    double pause = run->pidfd < 0 ? PAUSE_WITHOUT_PIDFD : PAUSE;
    double due = pause;
    if (run->stopping && run->signals_sent < PB_LENGTH(stop_signals)) {
        due = run->next_signal - now;
    }
    else if (!run->stopping && run->options->timeout > 0) {
        due = run->started + run->options->timeout - now;
    }
    pause = due < pause ? due : pause;
    struct pollfd files[2] = {
        {.fd = run->output, .events = POLLIN}, /* poll skips -1 */
        {.fd = run->pidfd, .events = POLLIN},
    };
    (void)poll(files, 2, pause > 0 ? (int)(pause * 1000) + 1 : 0);
}

/* When we stop a group, its leader may be the first to go, a shell for one.
   The others get their time to write results: they are there for as long as
   somebody holds the pipe. */
static bool
others_are_stopping(const struct run *run)
{
    return run->stopping && run->output >= 0 &&
           run->signals_sent < PB_LENGTH(stop_signals);
}

/* Until the child has ended; -1 with errno set. */
static int
watch(struct run *run)
{
    for (;;) {
        int ended = has_ended(run);
        if (ended < 0) {
            return -1;
        }
        if (ended > 0 && !others_are_stopping(run)) {
            return 0;
        }
        if (ended > 0 && run->pidfd >= 0) {
            close(run->pidfd); /* poll would not sleep any more */
            run->pidfd = -1;
        }
        double now = pb_clock_monotonic();
        consider_stopping(run, now);
        look(run);
        send_due_signal(run, now);
        pause_for_news(run, now);
        read_output(run, DRAIN_MOST);
    }
}

static double
seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* Takes the zombie away and says how it ended; -1 with errno set. */
static int
reap(const struct run *run, struct pb_process_result *result)
{
    int status = 0;
    struct rusage usage;
    while (wait4(run->pid, &status, 0, &usage) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    result->cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    if (WIFSIGNALED(status)) {
        result->end = PB_PROCESS_SIGNALLED;
        result->signal = WTERMSIG(status);
    }
    else {
        result->end = PB_PROCESS_EXITED;
        result->status = WEXITSTATUS(status);
    }
    if (run->looks.seconds > result->cpu_seconds) {
        result->cpu_seconds = run->looks.seconds;
    }
    if (run->stopping) {
        result->end = run->reason;
        result->bound = run->bound;
    }
    return 0;
}

/* From the spawned child to its result; -1 with errno set. */
static int
see_out(struct run *run, struct pb_process_result *result)
{
    int status = watch(run);
    int errnum = errno;
    /* While the zombie holds the id, this can hit nobody else. */
    (void)kill(-run->pid, SIGKILL);
    pb_process_confined_end(&run->confined);
    if (status < 0) {
        errno = errnum;
        return -1;
    }
    result->wall_seconds = pb_clock_monotonic() - run->started;
    read_output(run, DRAIN_MOST);
    result->log_bytes = run->log->total;
    return reap(run, result);
}

static int
make_pipe(int ends[2], struct pb_error *err)
{
    if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
    {
        return pb_error_errno(err, errno, "cannot make a pipe");
    }
    return 0;
}

static int
start(struct run *run, int output, int error, struct pb_error *err)
{
    if (run->options->confined &&
        pb_process_confined_open(&run->confined, err) < 0)
    {
        return -1;
    }
    const struct pb_process_files files = {
        .output = output, .error = error, .status = run->confined.status};
    return pb_process_spawn(run->options, &files, &run->pid, err);
}

/* From how bubblewrap ended to how the command did. */
static int
look_inside(const struct run *run, struct pb_process_result *result,
            struct pb_error *err)
{
    int status = 0;
    if (!run->options->confined || run->stopping) {
        return 0;
    }
    if (pb_process_confined_status(&run->confined, &status)) {
        bool signalled = status > 128 && status < 128 + NSIG;
        result->end = signalled ? PB_PROCESS_SIGNALLED : PB_PROCESS_EXITED;
        result->signal = signalled ? status - 128 : 0;
        result->status = signalled ? 0 : status;
        return 0;
    }
    if (result->end != PB_PROCESS_EXITED) {
        return 0; /* somebody has killed it */
    }
    return pb_error_set(err, PB_ERROR_ENVIRONMENT,
                        "the confinement failed: %.*s",
                        (int)strcspn(run->said, "\n"), run->said);
}

/* What came to pass since the last look, so that one that fills a disk and
   ends at once is told from one that failed. */
static void
look_back(struct run *run, struct pb_process_result *result)
{
    const struct pb_process_bounds *bounds = run->options->bounds;
    if (bounds == NULL || run->stopping) {
        return;
    }
    enum pb_process_bound bound =
        pb_process_look(bounds, run->pid, &run->looks, true);
    if (bound != PB_PROCESS_BOUND_NONE) {
        result->end = PB_PROCESS_BOUNDED;
        result->bound = bound;
    }
}

int
pb_process_run_apart(const struct pb_process_options *options, int error_fd,
                     struct pb_process_result *out_result,
                     struct pb_error *err)
{
    PB_AUTO(pb_process_log)
    struct pb_process_log log = PB_PROCESS_LOG_INIT;
    size_t limit =
        options->log_limit > 0 ? options->log_limit : PB_LIMIT_LOG_BYTES;
    int ends[2];
    if (pb_process_log_open(&log, options->log_path, options->log_append,
                            limit, err) < 0 ||
        make_pipe(ends, err) < 0)
    {
        return -1;
    }
    PB_CLEANUP(run_clear)
    struct run run = {.options = options,
                      .log = &log,
                      .pidfd = -1,
                      .output = ends[0],
                      .confined = PB_PROCESS_CONFINED_INIT,
                      .started = pb_clock_monotonic()};
    int status = start(&run, ends[1], error_fd < 0 ? ends[1] : error_fd, err);
    close(ends[1]);
    if (status < 0) {
        return -1;
    }
    run.pidfd = (int)syscall(SYS_pidfd_open, run.pid, 0);
    struct pb_process_result result = {.end = PB_PROCESS_EXITED};
    if (see_out(&run, &result) < 0) {
        return pb_error_errno(err, errno, "cannot wait for '%s'",
                              options->argv[0]);
    }
    if (pb_process_log_finish(&log, err) < 0 ||
        look_inside(&run, &result, err) < 0)
    {
        return -1;
    }
    look_back(&run, &result);
    *out_result = result;
    return 0;
}

int
pb_process_run(const struct pb_process_options *options,
               struct pb_process_result *out_result, struct pb_error *err)
{
    return pb_process_run_apart(options, -1, out_result, err);
}

const char *
pb_process_describe(const struct pb_process_result *result,
                    char out[PB_PROCESS_TEXT])
{
    static const char *const bounds[] = {
        [PB_PROCESS_BOUND_NONE] = "limit",
        [PB_PROCESS_BOUND_CPU] = "limit of CPU time",
        [PB_PROCESS_BOUND_MEMORY] = "limit of memory",
        [PB_PROCESS_BOUND_PROCESSES] = "limit of processes",
        [PB_PROCESS_BOUND_DISK] = "limit of disk space",
        [PB_PROCESS_BOUND_FILE_SIZE] = "limit of a file's size",
        [PB_PROCESS_BOUND_OUTPUT] = "limit of output",
    };
    const char *name = sigdescr_np(result->signal);
    switch (result->end) {
    case PB_PROCESS_EXITED:
        snprintf(out, PB_PROCESS_TEXT, "exit status %d", result->status);
        break;
    case PB_PROCESS_SIGNALLED:
        snprintf(out, PB_PROCESS_TEXT, "signal %d (%s)", result->signal,
                 name == NULL ? "unknown" : name);
        break;
    case PB_PROCESS_TIMED_OUT:
        snprintf(out, PB_PROCESS_TEXT, "time limit");
        break;
    case PB_PROCESS_CANCELLED:
        snprintf(out, PB_PROCESS_TEXT, "cancelled");
        break;
    case PB_PROCESS_BOUNDED:
        snprintf(out, PB_PROCESS_TEXT, "%s", bounds[result->bound]);
        break;
    }
    return out;
}
