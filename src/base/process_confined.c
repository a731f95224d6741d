/* bubblewrap stays outside as the parent of what it confines. It tells on a
   descriptor which process is the first inside, and how the command ended;
   nothing inside has that descriptor. When the first process is gone, so is
   every other: the kernel sees to that. */
#include "base/process_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STATUS_LOWEST 64 /* out of the way of what the child gets */
#define STATUS_MOST 4096
#define END_MILLISECONDS 10000

int
pb_process_confined_open(struct pb_process_confined *confined,
                         struct pb_error *err)
{
    int fd = memfd_create("status", MFD_CLOEXEC);
    if (fd >= 0) {
        confined->status = fcntl(fd, F_DUPFD_CLOEXEC, STATUS_LOWEST);
        close(fd);
    }
    return confined->status >= 0
               ? 0
               : pb_error_errno(err, errno, "cannot make a file in memory");
}

void
pb_process_confined_clear(struct pb_process_confined *confined)
{
    if (confined->status >= 0) {
        close(confined->status);
    }
    if (confined->pidfd >= 0) {
        close(confined->pidfd);
    }
    *confined = (struct pb_process_confined)PB_PROCESS_CONFINED_INIT;
}

/* The number behind "name": in what was told; false: it was not. */
static bool
find_number(const struct pb_process_confined *confined, const char *name,
            long *out)
{
    char text[STATUS_MOST];
    if (confined->status < 0) {
        return false;
    }
    ssize_t length = pread(confined->status, text, sizeof(text) - 1, 0);
    if (length <= 0) {
        return false;
    }
    text[length] = '\0';
    const char *at = strstr(text, name);
    return at != NULL && sscanf(at + strlen(name), "\" : %ld", out) == 1;
}

/* When bubblewrap has ended, its child's number may be another's by now: its
   namespace is not. */
static bool
is_inside(const struct pb_process_confined *confined, long pid)
{
    char path[64];
    long namespace = 0;
    struct stat info;
    snprintf(path, sizeof(path), "/proc/%ld/ns/pid", pid);
    return find_number(confined, "pid-namespace", &namespace) &&
           stat(path, &info) == 0 && info.st_ino == (ino_t) namespace;
}

void
pb_process_confined_look(struct pb_process_confined *confined)
{
    long pid = 0;
    if (confined->inner > 0 || !find_number(confined, "child-pid", &pid) ||
        pid <= 1)
    {
        return;
    }
    int pidfd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
    if (pidfd >= 0 && !is_inside(confined, pid)) {
        close(pidfd);
        return;
    }
    confined->inner = (pid_t)pid;
    confined->pidfd = pidfd;
}

static bool
has_ended(const struct pb_process_confined *confined, int milliseconds)
{
    struct pollfd file = {.fd = confined->pidfd, .events = POLLIN};
    return confined->pidfd < 0 || poll(&file, 1, milliseconds) > 0;
}

bool
pb_process_confined_signal(struct pb_process_confined *confined, int signal)
{
    pb_process_confined_look(confined);
    if (confined->inner <= 0) {
        return false;
    }
    /* It ignores what others of its group get. */
    if (!has_ended(confined, 0)) {
        (void)kill(-confined->inner, signal);
    }
    return true;
}

void
pb_process_confined_end(struct pb_process_confined *confined)
{
    pb_process_confined_look(confined);
    if (confined->pidfd < 0) {
        return;
    }
    (void)syscall(SYS_pidfd_send_signal, confined->pidfd, SIGKILL, NULL, 0);
    (void)has_ended(confined, END_MILLISECONDS);
}

bool
pb_process_confined_status(const struct pb_process_confined *confined,
                           int *out)
{
    long status = 0;
    if (!find_number(confined, "exit-code", &status)) {
        return false;
    }
    *out = (int)status;
    return true;
}
