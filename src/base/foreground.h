/* The terminal of a command that is run apart, and its relay. */
#ifndef BASE_FOREGROUND_H
#define BASE_FOREGROUND_H

#include <sys/types.h>
#include <termios.h>

#include "pybisect/foreground.h"

struct pb_terminal {
    int ours;   /* -1: none of the three descriptors is a terminal */
    int theirs; /* the command's end; -1 once it is started */
    int screen; /* the descriptor that output goes to */
    bool keys;  /* standard input is a terminal: keys are relayed */
    bool raw;   /* and it is changed until we close */
    struct termios saved;
};
#define PB_TERMINAL_INIT                                                      \
    {                                                                         \
        .ours = -1, .theirs = -1                                              \
    }

int pb_terminal_open(struct pb_terminal *terminal, struct pb_error *err);
/* Until the child, which is waited for, has ended and all of its output is
   through. */
int pb_terminal_relay(struct pb_terminal *terminal, pid_t child,
                      const struct pb_cancel *cancel, int *out_status,
                      struct pb_error *err);
/* The user's terminal is as it was. */
void pb_terminal_close(struct pb_terminal *terminal);
PB_DEFINE_AUTO_CLEAR(pb_terminal, struct pb_terminal, pb_terminal_close)

#endif
