/* What process.c, process_spawn.c and process_capture.c share. */
#ifndef BASE_PROCESS_PRIVATE_H
#define BASE_PROCESS_PRIVATE_H

#include <sys/types.h>

#include "pybisect/error.h"
#include "pybisect/process.h"

/* Starts a child in a session of its own. Standard input is /dev/null;
   outputs are the two descriptors given, both above 2. */
int pb_process_spawn(const struct pb_process_options *options, int output_fd,
                     int error_fd, pid_t *out_pid, struct pb_error *err);

/* pb_process_run with standard error going to error_fd alone, unless that is
   negative. */
int pb_process_run_apart(const struct pb_process_options *options,
                         int error_fd, struct pb_process_result *out_result,
                         struct pb_error *err);

#endif
