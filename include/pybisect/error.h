/* What went wrong, where, and what the user can do about it.

   A struct pb_error lives on the caller's stack and is passed last, never
   NULL. A function that fails sets it exactly once, returns -1 (or NULL) and
   leaves its outputs untouched. Callers on the way up may prefix the message
   or add a hint; they never replace it.

   Messages are lower case, without a full stop, problem first, subject in
   single quotes: "cannot open 'x': permission denied". A hint is one
   imperative sentence. What a bisection finds is not an error.

       if (fd < 0) {
           return pb_error_errno(err, errno, "cannot open '%s'", path);
       }
*/
#ifndef PYBISECT_ERROR_H
#define PYBISECT_ERROR_H

#include <stdbool.h>

#include "pybisect/cleanup.h"

enum pb_error_code {
    PB_ERROR_NONE = 0,
    PB_ERROR_USAGE,       /* the command line: exit status 2 */
    PB_ERROR_CONFIG,      /* a recipe or other input file: 2 */
    PB_ERROR_NOT_FOUND,   /* a revision, project or entry: 2 */
    PB_ERROR_ENVIRONMENT, /* this machine: disk, network, tools: 3 */
    PB_ERROR_CORRUPT,     /* stored data that fails its check: 3 */
    PB_ERROR_LIMIT,       /* input beyond its ceiling in limits.h: 2 */
    PB_ERROR_CANCELLED,   /* Ctrl-C; resumable: 130 */
    PB_ERROR_INTERNAL,    /* a bug in pybisect: 4 */
};

struct pb_error {
    enum pb_error_code code;
    int errnum;         /* errno of the failed call, or 0 */
    char message[1024]; /* cut with "..." when longer */
    char hint[512];     /* "" when there is none */
    char file[512];     /* the bad input, or "" */
    int line;           /* from 1; 0 when unknown */
};

#define PB_ERROR_INIT                                                         \
    {                                                                         \
        .code = PB_ERROR_NONE                                                 \
    }

/* Each returns -1, so that a caller can `return pb_error_set(...)`. */
int pb_error_set(struct pb_error *err, enum pb_error_code code,
                 const char *format, ...) PB_PRINTF(3, 4);

/* Appends ": " and the lower-cased text of errnum; code is ENVIRONMENT
   unless errnum is ENOENT (NOT_FOUND). */
int pb_error_errno(struct pb_error *err, int errnum, const char *format, ...)
    PB_PRINTF(3, 4);

void pb_error_hint(struct pb_error *err, const char *format, ...)
    PB_PRINTF(2, 3);

/* Names the input at fault; line 0 means unknown. */
void pb_error_at(struct pb_error *err, const char *file, int line);

/* Puts text and ": " before the message. */
void pb_error_prefix(struct pb_error *err, const char *format, ...)
    PB_PRINTF(2, 3);

void pb_error_clear(struct pb_error *err);

/* Is it that a disk, or the share of it that is ours, is full? */
bool pb_error_is_full(const struct pb_error *err);

/* The program's exit status for an error: 2, 3, 4 or 130. */
int pb_error_exit_status(const struct pb_error *err);

#endif
