/* Standard error as the user sees it: lines that stay, and on a terminal one
   live line below them that says what is going on. Control characters never
   reach the terminal. */
#ifndef PYBISECT_CLI_SCREEN_H
#define PYBISECT_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/cleanup.h"
#include "pybisect/progress.h"

struct screen {
    bool live; /* a terminal */
    bool quiet;
    bool color;       /* standard output is a terminal, NO_COLOR is unset */
    size_t shown;     /* columns of the live line */
    double last;      /* when it was drawn */
    char prefix[160]; /* what the live line starts with */
    struct pb_progress progress; /* draws on this screen */
};

void screen_init(struct screen *screen, bool quiet);
/* A line that stays; not when quiet. */
void screen_line(struct screen *screen, const char *format, ...)
    PB_PRINTF(2, 3);
/* A line that stays, also when quiet: errors. */
void screen_error(struct screen *screen, const char *format, ...)
    PB_PRINTF(2, 3);
/* What is going on now: the live line, and where there is none, a line. */
void screen_doing(struct screen *screen, const char *format, ...)
    PB_PRINTF(2, 3);
/* Likewise, but not worth a line where there is no live one. */
void screen_now(struct screen *screen, const char *format, ...)
    PB_PRINTF(2, 3);
/* Text of other people's making for standard output. */
void screen_print(const char *format, ...) PB_PRINTF(1, 2);
void screen_clear(struct screen *screen);
int screen_width(void);

#endif
