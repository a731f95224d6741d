/* Children that stay. */
#include "pybisect/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/process_private.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/strv.h"

#define LEASH 3 /* its number in the child */
#define PAUSE_NANOSECONDS (10 * 1000 * 1000)

/* The watcher is in the group and dies with it. The exec makes the program
   itself our child, whose end we see and which gets our signals. */
static const char script[] = "(read -r _ <&3; kill -KILL 0) & "
                             "exec \"$@\" 3<&-";

struct pb_server {
    pid_t pid;
    int leash; /* our end; nobody else has it */
    bool ended;
    struct pb_process_result result;
};

static int
open_log(const char *path, struct pb_error *err)
{
    int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    return fd >= 0 ? fd
                   : pb_error_errno(err, errno, "cannot write '%s'", path);
}

static int
spawn(const struct pb_server_options *options, int log, int leash,
      pid_t *out_pid, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    static const char *const shell[] = {"/bin/sh", "-c", script, "sh"};
    for (size_t i = 0; i < PB_LENGTH(shell); i++) {
        pb_strv_add(&argv, shell[i]);
    }
    for (size_t i = 0; options->argv[i] != NULL; i++) {
        pb_strv_add(&argv, options->argv[i]);
    }
    const struct pb_process_options process = {
        .argv = argv.items,
        .environment = options->environment,
        .directory = options->directory,
        .extra_fd = leash,
        .extra_target = LEASH,
    };
    const struct pb_process_files files = {
        .output = log, .error = log, .status = -1};
    return pb_process_spawn(&process, &files, out_pid, err);
}

struct pb_server *
pb_server_start(const struct pb_server_options *options, struct pb_error *err)
{
    int ends[2];
    pid_t pid = -1;
    PB_AUTOCLOSE int log = open_log(options->log_path, err);
    if (log < 0) {
        return NULL;
    }
    if (pipe2(ends, O_CLOEXEC) < 0) {
        pb_error_errno(err, errno, "cannot make a pipe");
        return NULL;
    }
    int status = spawn(options, log, ends[0], &pid, err);
    close(ends[0]);
    if (status < 0) {
        close(ends[1]);
        return NULL;
    }
    struct pb_server *server = pb_alloc(sizeof(*server));
    server->pid = pid;
    server->leash = ends[1];
    return server;
}

/* Leaves the zombie, which keeps the group's id from being given away. */
static void
look(struct pb_server *server)
{
    siginfo_t info = {.si_pid = 0};
    if (server->ended || waitid(P_PID, (id_t)server->pid, &info,
                                WEXITED | WNOHANG | WNOWAIT) < 0)
    {
        return;
    }
    server->ended = info.si_pid != 0;
    bool exited = info.si_code == CLD_EXITED;
    server->result = (struct pb_process_result){
        .end = exited ? PB_PROCESS_EXITED : PB_PROCESS_SIGNALLED,
        .status = exited ? info.si_status : 0,
        .signal = exited ? 0 : info.si_status,
    };
}

bool
pb_server_ended(struct pb_server *server, struct pb_process_result *out_result)
{
    look(server);
    if (server->ended && out_result != NULL) {
        *out_result = server->result;
    }
    return server->ended;
}

void
pb_server_stop(struct pb_server *server, double grace)
{
    if (server == NULL) {
        return;
    }
    double end = pb_clock_monotonic() + grace;
    look(server);
    if (!server->ended) {
        (void)kill(server->pid, SIGTERM);
    }
    while (!server->ended && pb_clock_monotonic() < end) {
        const struct timespec pause = {.tv_nsec = PAUSE_NANOSECONDS};
        (void)nanosleep(&pause, NULL);
        look(server);
    }
    /* Also what the program left behind, and the watcher. */
    (void)kill(-server->pid, SIGKILL);
    while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    close(server->leash);
    free(server);
}

void
pb_server_free(struct pb_server *server)
{
    pb_server_stop(server, PB_SERVER_GRACE);
}
