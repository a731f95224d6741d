/* Starting it, and waiting for its end. */
#include "base/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process_private.h"
#include "pybisect/alloc.h"

void
pb_foreground_words(struct pb_strv *out)
{
    if (isatty(STDIN_FILENO)) {
        pb_strv_add(out, "/usr/bin/setsid"); /* of util-linux */
        pb_strv_add(out, "--ctty");
        pb_strv_add(out, "--wait");
    }
}

/* 0 or an error number, as all of posix_spawn. */
static int
add_descriptors(posix_spawn_file_actions_t *actions,
                const struct pb_foreground *foreground,
                const struct pb_terminal *terminal)
{
    int errnum = 0;
    for (int fd = 0; foreground->apart && errnum == 0 && fd <= 2; fd++) {
        if (isatty(fd)) {
            errnum = posix_spawn_file_actions_adddup2(actions,
                                                      terminal->theirs, fd);
        }
    }
    if (errnum == 0 && foreground->apart) {
        errnum = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    }
    if (errnum == 0 && foreground->directory != NULL) {
        errnum = posix_spawn_file_actions_addchdir_np(actions,
                                                      foreground->directory);
    }
    return errnum;
}

static int
set_attributes(posix_spawnattr_t *attributes, bool apart)
{
    sigset_t none;
    sigset_t changed;
    sigemptyset(&none);
    sigemptyset(&changed);
    sigaddset(&changed, SIGPIPE); /* which we ignore */
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (apart) {
        flags |= POSIX_SPAWN_SETSID;
    }
    int errnum = posix_spawnattr_setflags(attributes, flags);
    if (errnum == 0) {
        errnum = posix_spawnattr_setsigmask(attributes, &none);
    }
    return errnum == 0 ? posix_spawnattr_setsigdefault(attributes, &changed)
                       : errnum;
}

static int
start(const struct pb_foreground *foreground,
      const struct pb_terminal *terminal, pid_t *out_child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    PB_AUTOFREE char *program = pb_process_find(
        foreground->argv[0], foreground->directory, foreground->environment);
    if (program == NULL) {
        return errno;
    }
    int errnum = posix_spawn_file_actions_init(&actions);
    if (errnum != 0) {
        return errnum;
    }
    errnum = posix_spawnattr_init(&attributes);
    if (errnum == 0) {
        errnum = add_descriptors(&actions, foreground, terminal);
    }
    if (errnum == 0) {
        errnum = set_attributes(&attributes, foreground->apart);
    }
    if (errnum == 0) {
        errnum = posix_spawn(out_child, program, &actions, &attributes,
                             foreground->argv, foreground->environment);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return errnum;
}

int
pb_foreground_run(const struct pb_foreground *foreground, int *out_status,
                  struct pb_error *err)
{
    pid_t child = 0;
    int status = 0;
    PB_AUTO(pb_terminal) struct pb_terminal terminal = PB_TERMINAL_INIT;
    if (foreground->apart && pb_terminal_open(&terminal, err) < 0) {
        return -1;
    }
    int errnum = start(foreground, &terminal, &child);
    if (errnum != 0) {
        return pb_error_errno(err, errnum, "cannot run '%s'",
                              foreground->argv[0]);
    }
    /* The terminal's Ctrl-C goes to one that shares it as well, which
       decides. */
    const struct pb_cancel *cancel =
        foreground->apart ? foreground->cancel : NULL;
    if (pb_terminal_relay(&terminal, child, cancel, &status, err) < 0) {
        return -1;
    }
    *out_status =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return 0;
}
