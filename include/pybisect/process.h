/* Running one child to its end: own session and process group, a time limit,
   output into a capped log file, and nothing left behind.

   The child gets /dev/null as standard input, both outputs into the log, and
   no descriptor of ours but those asked for. To stop it, the whole group
   gets SIGINT, then SIGTERM, then SIGKILL, `grace` seconds apart (SIGINT
   first because pytest writes its results on it); when the child is gone but
   others still hold its output, they get that time too. After the child has
   ended, whatever is left of its group is killed; of a confined one, whatever
   is left, in groups of its own or not, and the call waits until it is gone.

       struct pb_process_options options = {
           .argv = argv.items, .environment = env.items,
           .directory = dir, .log_path = log, .timeout = 600,
           .cancel = cancel,
       };
       struct pb_process_result result;
       if (pb_process_run(&options, &result, err) < 0) { ... }
*/
#ifndef PYBISECT_PROCESS_H
#define PYBISECT_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/buf.h"
#include "pybisect/cancel.h"
#include "pybisect/error.h"

/* Of every child, whatever the user's: what a build or a test writes must not
   depend on who runs it. */
#define PB_PROCESS_UMASK 0022u

/* Where bubblewrap tells of the command that it confines. */
#define PB_PROCESS_STATUS_FD 8

/* What a run may use; 0: as much as it likes. Those of the first group are of
   all its processes together, looked at some times a second, and reaching one
   ends the run. The kernel holds each process to those of the second, and what
   a process does then is its own business; a file that reached its size ends
   the run all the same. */
struct pb_process_bounds {
    double cpu;          /* seconds */
    uint64_t memory;     /* bytes resident */
    unsigned processes;  /* at a time */
    uint64_t disk;       /* bytes in files below .watched */
    const char *watched; /* borrowed; may be NULL */
    uint64_t output;     /* bytes printed */

    uint64_t file_size;
    uint64_t address_space;
    unsigned open_files;
};

enum pb_process_bound {
    PB_PROCESS_BOUND_NONE,
    PB_PROCESS_BOUND_CPU,
    PB_PROCESS_BOUND_MEMORY,
    PB_PROCESS_BOUND_PROCESSES,
    PB_PROCESS_BOUND_DISK,
    PB_PROCESS_BOUND_FILE_SIZE,
    PB_PROCESS_BOUND_OUTPUT,
};

struct pb_process_options {
    char *const *argv;        /* argv[0] is looked up in environment's PATH */
    char *const *environment; /* complete; NULL inherits ours */
    const char *directory;    /* NULL: ours */
    const char *log_path;     /* NULL: output is thrown away */
    bool log_append;
    size_t log_limit; /* bytes; 0: PB_LIMIT_LOG_BYTES. Beyond it the first
                         and last halves stay, with a line between */
    double timeout;   /* seconds of wall time; 0: none */
    double grace;     /* seconds between signals; 0: 10 */
    int extra_fd;     /* one of ours to pass on, or <= 0 */
    int extra_target; /* its number in the child, 3 or more */
    const struct pb_cancel *cancel; /* borrowed; may be NULL */
    bool confined; /* argv is of pb_sandbox_command: the result is that of the
                      command inside */
    const struct pb_process_bounds *bounds; /* borrowed; NULL: none */
    /* Called with each chunk of output as it comes; may be NULL. */
    void (*output)(const char *data, size_t length, void *context);
    void *output_context;
};

enum pb_process_end {
    PB_PROCESS_EXITED,    /* by itself, with .status */
    PB_PROCESS_SIGNALLED, /* died of .signal, which was not ours */
    PB_PROCESS_TIMED_OUT, /* stopped by us */
    PB_PROCESS_CANCELLED, /* stopped by us */
    PB_PROCESS_BOUNDED,   /* stopped by us, for .bound */
};

struct pb_process_result {
    enum pb_process_end end;
    int status;
    int signal;
    enum pb_process_bound bound;
    double wall_seconds;
    double cpu_seconds; /* user and system, of all waited-for descendants */
    uint64_t log_bytes; /* written by the child, also beyond the limit */
};

/* -1 only if the child could not be started or waited for, or the log could
   not be written; exec failure is an error that names the program, and so is
   a confinement that fails. How it ended is data. */
int pb_process_run(const struct pb_process_options *options,
                   struct pb_process_result *out_result, struct pb_error *err);

/* Standard output of a small command that must exit 0; its standard error
   ends up in the error's message. */
int pb_process_capture(char *const *argv, struct pb_buf *out,
                       struct pb_error *err);

/* "exit status 1", "signal 11 (Segmentation fault)", "time limit",
   "limit of disk space". */
#define PB_PROCESS_TEXT 64
const char *pb_process_describe(const struct pb_process_result *result,
                                char out[PB_PROCESS_TEXT]);

#endif
