/* Confinement of one command by bubblewrap (bwrap): this builds the words
   that start it so, and tells whether this machine can.

   Inside, the command sees the system (/usr, /etc and the like) read-only,
   what is named as readable or writable under its own name, and nothing else
   of the user's: no home, no /tmp, no /run, no other process, no network but a
   loopback interface of its own, and no capability. Its environment is the
   one that is named here, and none of it reaches bubblewrap itself, so that
   no LD_PRELOAD runs outside. All of it dies with the process that started
   it, and with the command.

       const struct pb_sandbox sandbox = {
           .program = program, .directory = copy, .scratch = scratch,
           .writable = &writable, .readable = &readable,
           .environment = environment.items,
       };
       pb_sandbox_command(&sandbox, argv.items, &confined);

   What it runs is for pb_process_run with .confined set. */
#ifndef PYBISECT_SANDBOX_H
#define PYBISECT_SANDBOX_H

#include <stdbool.h>

#include "pybisect/error.h"
#include "pybisect/strv.h"

/* All borrowed; paths are absolute. */
struct pb_sandbox {
    const char *program;   /* bwrap */
    const char *directory; /* where the command starts */
    const char *scratch;   /* its "tmp" is /tmp and /var/tmp inside,
                              its "shm" /dev/shm, its "dev" has devices of
                              root's; see below */
    const struct pb_strv *writable;
    const struct pb_strv *readable; /* may be absent, then they stay so */
    const struct pb_strv *hidden;   /* files of the system that are empty
                                       inside; they are there */
    char *const *environment;       /* complete */
    bool network;                   /* the host's, loopback included */
    bool unwatched; /* not for pb_process_run: a server, a shell */
};

/* Appends the words. */
void pb_sandbox_command(const struct pb_sandbox *sandbox, char *const *argv,
                        struct pb_strv *out);

/* That of bubblewrap itself. */
void pb_sandbox_environment(struct pb_strv *out);

/* Makes the directories of a scratch directory. */
int pb_sandbox_make_scratch(const char *scratch, struct pb_error *err);

/* What root could read below /etc, of what is there: for .hidden. */
void pb_sandbox_secrets(struct pb_strv *out);

/* The path of a bwrap that can confine here; caller frees. NULL: there is
   none, or the kernel or a container does not let it; the hint says how to
   get it, and what --sandbox=none means. */
char *pb_sandbox_find(struct pb_error *err);

#endif
