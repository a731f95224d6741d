/* Lines and the live line. */
#include "cli/screen.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/report.h"

#define REDRAW_SECONDS 0.1
#define DEFAULT_WIDTH 79

static void report(const char *what, double fraction, void *context);

int
screen_width(void)
{
    struct winsize size = {0};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) {
        return size.ws_col - 1;
    }
    return DEFAULT_WIDTH;
}

void
screen_init(struct screen *screen, bool quiet)
{
    const char *term = getenv("TERM");
    bool dumb = term == NULL || strcmp(term, "dumb") == 0;
    *screen = (struct screen){
        .live = isatty(STDERR_FILENO) && !dumb && !quiet,
        .quiet = quiet,
        .color = isatty(STDOUT_FILENO) && !dumb && getenv("NO_COLOR") == NULL,
    };
    screen->progress.report = report;
    screen->progress.context = screen;
}

void
screen_clear(struct screen *screen)
{
    if (screen->shown > 0) {
        fputs("\r\033[K", stderr);
        screen->shown = 0;
    }
}

/* Texts come from commits, tests and compilers. */
static void
put_safely(const char *text, size_t limit, FILE *file)
{
    PB_AUTO(pb_buf) struct pb_buf safe = PB_BUF_INIT;
    pb_text_escape(text, &safe);
    fwrite(safe.data, 1, safe.len < limit ? safe.len : limit, file);
}

PB_PRINTF(2, 0)
static void
put_line(struct screen *screen, const char *format, va_list arguments)
{
    PB_AUTOFREE char *text = pb_vasprintf(format, arguments);
    screen_clear(screen);
    put_safely(text, SIZE_MAX, stderr);
    fputc('\n', stderr);
    fflush(stderr);
}

void
screen_line(struct screen *screen, const char *format, ...)
{
    if (screen->quiet) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    put_line(screen, format, arguments);
    va_end(arguments);
}

void
screen_error(struct screen *screen, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put_line(screen, format, arguments);
    va_end(arguments);
}

void
screen_print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PB_AUTOFREE char *text = pb_vasprintf(format, arguments);
    va_end(arguments);
    put_safely(text, SIZE_MAX, stdout);
}

static void
draw(struct screen *screen, const char *text)
{
    size_t width = (size_t)screen_width();
    screen_clear(screen);
    put_safely(text, width, stderr);
    fflush(stderr);
    screen->shown = strlen(text);
    screen->last = pb_clock_monotonic();
}

PB_PRINTF(2, 0)
static void
set_prefix(struct screen *screen, const char *format, va_list arguments)
{
    vsnprintf(screen->prefix, sizeof(screen->prefix), format, arguments);
    if (screen->live) {
        draw(screen, screen->prefix);
    }
}

void
screen_doing(struct screen *screen, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_prefix(screen, format, arguments);
    va_end(arguments);
    if (!screen->live) {
        screen_line(screen, "%s", screen->prefix);
    }
}

void
screen_now(struct screen *screen, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_prefix(screen, format, arguments);
    va_end(arguments);
}

static void
report(const char *what, double fraction, void *context)
{
    struct screen *screen = context;
    if (!screen->live || pb_clock_monotonic() - screen->last < REDRAW_SECONDS)
    {
        return;
    }
    const char *separator = screen->prefix[0] != '\0' ? ": " : "";
    PB_AUTOFREE char *text =
        fraction < 0 ? pb_asprintf("%s%s%s", screen->prefix, separator, what)
                     : pb_asprintf("%s%s%s %3.0f %%", screen->prefix,
                                   separator, what, fraction * 100);
    draw(screen, text);
}
