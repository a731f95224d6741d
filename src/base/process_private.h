/* What process.c, process_spawn.c and process_capture.c share. */
#ifndef BASE_PROCESS_PRIVATE_H
#define BASE_PROCESS_PRIVATE_H

#include <sys/types.h>

#include "pybisect/error.h"
#include "pybisect/process.h"
#include "pybisect/strv.h"

/* What a child gets beside its extra descriptor; all above 2, but status. */
struct pb_process_files {
    int output;
    int error;
    int status; /* for PB_PROCESS_STATUS_FD; 64 or more, or -1 */
};

/* Starts a child in a session of its own. Standard input is /dev/null. */
int pb_process_spawn(const struct pb_process_options *options,
                     const struct pb_process_files *files, pid_t *out_pid,
                     struct pb_error *err);

/* What execvp would find in the child: by its PATH, and from the directory
   that it starts in (NULL: ours). NULL with errno set; caller frees. */
char *pb_process_find(const char *name, const char *start,
                      char *const *environment);

/* pb_process_run with standard error going to error_fd alone, unless that is
   negative. */
int pb_process_run_apart(const struct pb_process_options *options,
                         int error_fd, struct pb_process_result *out_result,
                         struct pb_error *err);

/* --- process_bounds.c -------------------------------------------------- */

struct pb_process_looks {
    double next;    /* when to look again */
    double seconds; /* of CPU time, as far as seen */
};

/* Looks when it is time to, or for the `last` time, after the end. */
enum pb_process_bound pb_process_look(const struct pb_process_bounds *bounds,
                                      pid_t root,
                                      struct pb_process_looks *looks,
                                      bool last);
/* Appends the words before a program that have the kernel hold it. */
void pb_process_bounds_words(const struct pb_process_bounds *bounds,
                             struct pb_strv *out);

/* --- process_confined.c: what bubblewrap tells ------------------------- */

struct pb_process_confined {
    int status;  /* a file that it writes to; -1: nothing is confined */
    pid_t inner; /* the first process inside, which leads the group of the
                    command; 0: not known yet */
    int pidfd;   /* of that; -1 */
};
#define PB_PROCESS_CONFINED_INIT                                              \
    {                                                                         \
        .status = -1, .pidfd = -1                                             \
    }

int pb_process_confined_open(struct pb_process_confined *confined,
                             struct pb_error *err);
void pb_process_confined_clear(struct pb_process_confined *confined);
PB_DEFINE_AUTO_CLEAR(pb_process_confined, struct pb_process_confined,
                     pb_process_confined_clear)

/* Looks for .inner, if it is not known yet. */
void pb_process_confined_look(struct pb_process_confined *confined);
/* Signals the command's group; false: it is not known. */
bool pb_process_confined_signal(struct pb_process_confined *confined,
                                int signal);
/* Kills what is inside and waits until all of it is gone. */
void pb_process_confined_end(struct pb_process_confined *confined);
/* How the command ended, from 0 to 255; false: it was never started. */
bool pb_process_confined_status(const struct pb_process_confined *confined,
                                int *out);

#endif
