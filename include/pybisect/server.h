/* A child that stays: it is started, looked at now and then, and stopped with
   all of its process group. It cannot outlive us: when this process ends,
   however it ends, a pipe that only we hold is closed, and a watcher in the
   child's group kills the group.

   Its own session and process group, /dev/null as standard input, both
   outputs into a log file that is started anew.

       PB_AUTO(pb_server) struct pb_server *server =
           pb_server_start(&options, err);
       ... while (!pb_server_ended(server)) { talk to it }
*/
#ifndef PYBISECT_SERVER_H
#define PYBISECT_SERVER_H

#include <stdbool.h>

#include "pybisect/error.h"
#include "pybisect/process.h"

struct pb_server; /* opaque */

struct pb_server_options {
    char *const *argv;        /* looked up in environment's PATH */
    char *const *environment; /* complete */
    const char *directory;
    const char *log_path;
};

/* NULL only if nothing could be started. A program that cannot be executed is
   one that has ended, with status 126 or 127. */
struct pb_server *pb_server_start(const struct pb_server_options *options,
                                  struct pb_error *err);

/* Has it ended by itself? Fills in *out_result, which may be NULL, then. */
bool pb_server_ended(struct pb_server *server,
                     struct pb_process_result *out_result);

/* SIGTERM, up to `grace` seconds, SIGKILL for all of the group; frees. NULL is
   fine. */
void pb_server_stop(struct pb_server *server, double grace);

#define PB_SERVER_GRACE 5.0
void pb_server_free(struct pb_server *server); /* stops with that */
PB_DEFINE_AUTO_FREE(pb_server, struct pb_server, pb_server_free)

#endif
