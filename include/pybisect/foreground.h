/* A command in the foreground, with the user's own input and output, as
   `pybisect exec` runs it.

   With .apart set it never holds the user's terminal: whoever does can push
   keys into it (TIOCSTI) that the user's shell reads later. It gets a
   terminal of its own (a pseudo-terminal) in the place of each of the three
   descriptors that is one, a session of its own, and no other descriptor; keys
   and output are relayed, and so is the window's size. That this terminal
   becomes the controlling one, without which a shell has no job control, is
   for the command: pb_foreground_words.

       const struct pb_foreground foreground = {
           .argv = argv.items, .environment = environment.items,
           .apart = true, .cancel = cancel,
       };
       if (pb_foreground_run(&foreground, &status, err) < 0) { ... }
*/
#ifndef PYBISECT_FOREGROUND_H
#define PYBISECT_FOREGROUND_H

#include <stdbool.h>

#include "pybisect/cancel.h"
#include "pybisect/error.h"
#include "pybisect/strv.h"

struct pb_foreground { /* all borrowed */
    char *const *argv; /* argv[0] is looked up in environment's PATH */
    char *const *environment;
    const char *directory; /* NULL: ours */
    bool apart;
    const struct pb_cancel *cancel; /* of .apart; the other shares our
                                       terminal, and its Ctrl-C */
};

/* *out_status is the exit status, or 128 and the signal's number. -1 only if
   the command could not be started or waited for. */
int pb_foreground_run(const struct pb_foreground *foreground, int *out_status,
                      struct pb_error *err);

/* Appends what comes before the words of a command that is run apart. */
void pb_foreground_words(struct pb_strv *out);

#endif
