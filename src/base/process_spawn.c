/* posix_spawn, which reports a failed exec to us and is safe whatever threads
   there are. */
#include "base/process_private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

#define PRLIMIT "/usr/bin/prlimit" /* of util-linux */

static const char *
find_path(char *const *environment)
{
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, "PATH=", 5) == 0) {
            return *environment + 5;
        }
    }
    return "/usr/local/bin:/usr/bin:/bin";
}

static bool
is_program(const char *path, int *errnum)
{
    struct stat info;
    if (stat(path, &info) < 0) {
        return false;
    }
    if (!S_ISREG(info.st_mode) || access(path, X_OK) < 0) {
        *errnum = EACCES;
        return false;
    }
    return true;
}

char *
pb_process_find(const char *name, const char *start, char *const *environment)
{
    if (strchr(name, '/') != NULL) {
        return pb_strdup(name);
    }
    int errnum = ENOENT;
    const char *path = find_path(environment);
    for (;;) {
        size_t length = strcspn(path, ":");
        PB_AUTOFREE char *part =
            length == 0 ? pb_strdup(".") : pb_strndup(path, length);
        bool below = part[0] != '/' && start != NULL;
        PB_AUTOFREE char *directory =
            below ? pb_path_join(start, part) : pb_strdup(part);
        PB_AUTOFREE char *inside = pb_path_join(directory, name);
        PB_AUTOFREE char *program = pb_path_absolute(inside);
        if (name[0] != '\0' && is_program(program, &errnum)) {
            char *found = program;
            program = NULL;
            return found;
        }
        if (path[length] == '\0') {
            errno = errnum;
            return NULL;
        }
        path += length + 1;
    }
}

/* 0 or an error number, as all of posix_spawn. */
static int
add_extra(posix_spawn_file_actions_t *actions,
          const struct pb_process_options *options,
          const struct pb_process_files *files)
{
    int extra = options->extra_fd > 0 ? options->extra_target : 0;
    int status = files->status >= 0 ? PB_PROCESS_STATUS_FD : 0;
    int errnum = 0;
    if (extra > 0) {
        errnum = posix_spawn_file_actions_adddup2(actions, options->extra_fd,
                                                  extra);
    }
    if (errnum == 0 && status > 0) {
        errnum =
            posix_spawn_file_actions_adddup2(actions, files->status, status);
    }
    int last = extra > status ? extra : status;
    int next = 3;
    for (; errnum == 0 && next <= last; next++) {
        if (next != extra && next != status) {
            errnum = posix_spawn_file_actions_addclose(actions, next);
        }
    }
    return errnum != 0
               ? errnum
               : posix_spawn_file_actions_addclosefrom_np(actions, next);
}

static int
add_descriptors(posix_spawn_file_actions_t *actions,
                const struct pb_process_options *options,
                const struct pb_process_files *files)
{
    int errnum =
        posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (errnum == 0) {
        errnum = posix_spawn_file_actions_adddup2(actions, files->output, 1);
    }
    if (errnum == 0) {
        errnum = posix_spawn_file_actions_adddup2(actions, files->error, 2);
    }
    if (errnum == 0) {
        errnum = add_extra(actions, options, files);
    }
    if (errnum == 0 && options->directory != NULL) {
        errnum =
            posix_spawn_file_actions_addchdir_np(actions, options->directory);
    }
    return errnum;
}

/* No signal blocked or ignored that the child would not expect. */
static int
set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    short flags =
        POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    int errnum = posix_spawnattr_setflags(attributes, flags);
    if (errnum == 0) {
        errnum = posix_spawnattr_setsigmask(attributes, &none);
    }
    if (errnum == 0) {
        errnum = posix_spawnattr_setsigdefault(attributes, &all);
    }
    return errnum;
}

static int
fail_to_run(struct pb_error *err, int errnum, const char *name)
{
    pb_error_errno(err, errnum, "cannot run '%s'", name);
    /* A missing tool is this machine's fault, not the user's. */
    err->code = PB_ERROR_ENVIRONMENT;
    return -1;
}

/* By its own path: the environment is the child's. */
static int
bound(const struct pb_process_options *options, const char *program,
      struct pb_strv *out, struct pb_error *err)
{
    if (access(PRLIMIT, X_OK) < 0) {
        return fail_to_run(err, errno, PRLIMIT);
    }
    pb_process_bounds_words(options->bounds, out);
    pb_strv_add(out, program);
    for (size_t i = 1; options->argv[i] != NULL; i++) {
        pb_strv_add(out, options->argv[i]);
    }
    return 0;
}

int
pb_process_spawn(const struct pb_process_options *options,
                 const struct pb_process_files *files, pid_t *out_pid,
                 struct pb_error *err)
{
    assert(files->output > 2 && files->error > 2);
    assert(options->extra_fd <= 0 ||
           (options->extra_fd > 2 && options->extra_target > 2));
    const char *name = options->argv[0];
    char *const *environment =
        options->environment != NULL ? options->environment : environ;
    if (options->directory != NULL && !pb_fs_is_directory(options->directory))
    {
        return pb_error_set(err, PB_ERROR_ENVIRONMENT,
                            "cannot run '%s': '%s' is not a directory", name,
                            options->directory);
    }
    PB_AUTOFREE char *program =
        pb_process_find(name, options->directory, environment);
    if (program == NULL) {
        return fail_to_run(err, errno, name);
    }
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    char *const *argv = options->argv;
    if (options->bounds != NULL) {
        if (bound(options, program, &words, err) < 0) {
            return -1;
        }
        argv = words.items;
        free(program);
        program = pb_strdup(PRLIMIT);
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int errnum = posix_spawn_file_actions_init(&actions);
    if (errnum != 0) {
        return fail_to_run(err, errnum, name);
    }
    errnum = posix_spawnattr_init(&attributes);
    if (errnum == 0) {
        errnum = add_descriptors(&actions, options, files);
    }
    if (errnum == 0) {
        errnum = set_attributes(&attributes);
    }
    if (errnum == 0) {
        /* There is no attribute for it; the child inherits ours. */
        mode_t ours = umask(PB_PROCESS_UMASK);
        errnum = posix_spawn(out_pid, program, &actions, &attributes, argv,
                             environment);
        umask(ours);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return errnum == 0 ? 0 : fail_to_run(err, errnum, name);
}
