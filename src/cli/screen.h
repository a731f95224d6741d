/* Standard error as the user sees it: lines that stay, and on a terminal a
   live block below them that says what is going on: one line, or, while
   somebody paints it, several, drawn anew twice a second and when the window
   changes. Control characters of others never reach the terminal. */
#ifndef PYBISECT_CLI_SCREEN_H
#define PYBISECT_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <threads.h>

#include "pybisect/cleanup.h"
#include "pybisect/progress.h"
#include "pybisect/strv.h"

#define SCREEN_TEXT 160

/* Appends the lines of the live block, made by screen_fit: no wider than
   `width` columns. Called with the screen locked, by another thread too. */
typedef void screen_painter(void *context, size_t width, struct pb_strv *out);

struct screen {
    bool live; /* a terminal */
    bool quiet;
    bool color;      /* standard output is a terminal, NO_COLOR is unset */
    bool live_color; /* likewise standard error */
    size_t rows;     /* of the live block */
    double last;     /* when it was drawn */
    char prefix[SCREEN_TEXT];    /* what the one line starts with */
    char activity[SCREEN_TEXT];  /* what goes on within that; "" */
    struct pb_progress progress; /* draws on this screen */
    screen_painter *paint;       /* NULL: the one line */
    void *context;
    mtx_t lock; /* of all of the above while somebody paints */
    thrd_t ticker;
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

/* Nothing happens where nothing is live. */
void screen_start_painting(struct screen *screen, screen_painter *paint,
                           void *context);
void screen_stop_painting(struct screen *screen);
/* Around changes of what the painter reads. */
void screen_lock(struct screen *screen);
void screen_unlock(struct screen *screen);

/* At most `width` columns of a text, without control characters; what is cut
   ends with "...". Caller frees. */
char *screen_fit(const char *text, size_t width);

#endif
