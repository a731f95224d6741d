/* How a process ended, and what the end of its log says about that. Logs are
   given as pb_text_plain leaves them. */
#ifndef TRIAL_LOG_H
#define TRIAL_LOG_H

#include "pybisect/results.h"
#include "trial/text.h"

#define PB_LOG_LINES 5 /* that are quoted as a message */

/* The last PB_LIMIT_LOG_TAIL bytes, made plain. A log that cannot be read is
   an empty one: how the process ended is known all the same. */
void pb_log_load(const char *path, struct pb_buf *out);

/* PASS for exit status 0, FAIL up to 127, CRASHED for more (as shells report
   a signal) and for a signal, HUNG for the time limit. */
enum pb_outcome pb_log_outcome(const struct pb_process_result *run);

/* The last lines with something in them, at most `count`. Caller frees. */
char *pb_log_last_lines(struct pb_span log, size_t count);

/* Fills in a crash: the line of the fatal error or assertion, else the
   signal or status; the Python stack as trace. */
void pb_log_describe_crash(struct pb_span log,
                           const struct pb_process_result *run,
                           struct pb_result *result);

/* Fills in a test or run that reached the time limit, or another. */
void pb_log_describe_hang(struct pb_span log,
                          const struct pb_process_result *run,
                          struct pb_result *result);

/* Fills in a failure: the exception whose traceback ends the log, else the
   last lines. */
void pb_log_describe_failure(struct pb_span log, struct pb_result *result);

/* As above, but a compiler's error comes first: it is why a build failed,
   and the exception only says that it did. */
void pb_log_describe_step(struct pb_span log, struct pb_result *result);

#endif
