/* What a terminal emulator does, less the drawing: bytes pass both ways. */
#include "base/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pybisect/cleanup.h"

#define TURN_MILLISECONDS 100 /* to see a resized window, or a stop */
#define NAME_BYTES 64

/* Without keys, nobody's settings are changed: output is not cooked twice. */
static void
settle(const struct pb_terminal *terminal)
{
    struct termios settings;
    if (terminal->keys) {
        (void)tcsetattr(terminal->theirs, TCSANOW, &terminal->saved);
    }
    else if (tcgetattr(terminal->theirs, &settings) == 0) {
        settings.c_oflag &= ~(tcflag_t)OPOST;
        (void)tcsetattr(terminal->theirs, TCSANOW, &settings);
    }
}

static int
open_pair(struct pb_terminal *terminal)
{
    char name[NAME_BYTES];
    terminal->ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal->ours < 0 || grantpt(terminal->ours) < 0 ||
        unlockpt(terminal->ours) < 0 ||
        ptsname_r(terminal->ours, name, sizeof(name)) != 0)
    {
        return -1;
    }
    terminal->theirs = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return terminal->theirs < 0 ? -1 : 0;
}

int
pb_terminal_open(struct pb_terminal *terminal, struct pb_error *err)
{
    terminal->keys =
        isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &terminal->saved) == 0;
    terminal->screen = isatty(STDOUT_FILENO)   ? STDOUT_FILENO
                       : isatty(STDERR_FILENO) ? STDERR_FILENO
                                               : STDIN_FILENO;
    if (!terminal->keys && terminal->screen == STDIN_FILENO) {
        return 0;
    }
    if (open_pair(terminal) < 0) {
        return pb_error_errno(err, errno, "cannot make a terminal");
    }
    settle(terminal);
    if (terminal->keys) {
        struct termios raw = terminal->saved;
        cfmakeraw(&raw);
        terminal->raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
    }
    return 0;
}

static void
close_their_end(struct pb_terminal *terminal)
{
    if (terminal->theirs >= 0) {
        close(terminal->theirs);
    }
    terminal->theirs = -1;
}

void
pb_terminal_close(struct pb_terminal *terminal)
{
    if (terminal->raw) {
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->saved);
        terminal->raw = false;
    }
    if (terminal->ours >= 0) {
        close(terminal->ours);
    }
    close_their_end(terminal);
    terminal->ours = -1;
}

/* --- relaying ----------------------------------------------------------- */

static void
match_size(const struct pb_terminal *terminal)
{
    struct winsize size;
    struct winsize theirs;
    if (ioctl(terminal->screen, TIOCGWINSZ, &size) == 0 &&
        ioctl(terminal->ours, TIOCGWINSZ, &theirs) == 0 &&
        memcmp(&size, &theirs, sizeof(size)) != 0)
    {
        (void)ioctl(terminal->ours, TIOCSWINSZ, &size);
    }
}

static void
write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, data, length);
        if (written < 0 && errno != EINTR) {
            return; /* nobody is there to be told */
        }
        if (written > 0) {
            data += written;
            length -= (size_t)written;
        }
    }
}

/* False: there is no more. */
static bool
pass_on(int from, int to)
{
    char data[4096];
    ssize_t length = read(from, data, sizeof(data));
    if (length > 0) {
        write_all(to, data, (size_t)length);
    }
    return length > 0 || (length < 0 && errno == EINTR);
}

struct relay {
    struct pb_terminal *terminal;
    bool open; /* somebody has their end */
    int child; /* a pidfd, which is readable when it has ended; or -1 */
};

static void
turn(struct relay *relay)
{
    struct pb_terminal *terminal = relay->terminal;
    struct pollfd files[] = {
        {.fd = relay->open ? terminal->ours : -1, .events = POLLIN},
        {.fd = relay->open && terminal->keys ? STDIN_FILENO : -1,
         .events = POLLIN},
        {.fd = relay->child, .events = POLLIN},
    };
    match_size(terminal);
    if (poll(files, 3, TURN_MILLISECONDS) <= 0) {
        return;
    }
    if (files[1].revents != 0) {
        terminal->keys = pass_on(STDIN_FILENO, terminal->ours);
    }
    if (files[0].revents != 0) {
        relay->open = pass_on(terminal->ours, terminal->screen);
    }
}

/* What is there still: it may be held open by what outlives the child. */
static void
drain(const struct pb_terminal *terminal)
{
    struct pollfd file = {.fd = terminal->ours, .events = POLLIN};
    while (poll(&file, 1, 0) > 0 && (file.revents & POLLIN) != 0 &&
           pass_on(terminal->ours, terminal->screen))
    {
    }
}

int
pb_terminal_relay(struct pb_terminal *terminal, pid_t child,
                  const struct pb_cancel *cancel, int *out_status,
                  struct pb_error *err)
{
    PB_AUTOCLOSE int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    struct relay relay = {terminal, terminal->ours >= 0, pidfd};
    pid_t ended = 0;
    close_their_end(terminal);
    while (ended == 0 || (ended < 0 && errno == EINTR)) {
        if (pb_cancelled(cancel)) {
            (void)kill(child, SIGTERM);
        }
        turn(&relay);
        ended = waitpid(child, out_status, WNOHANG);
    }
    if (relay.open) {
        drain(terminal);
    }
    return ended > 0 ? 0 : pb_error_errno(err, errno, "cannot wait for it");
}
