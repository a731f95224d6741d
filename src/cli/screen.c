/* Lines and the live block. */
#include "cli/screen.h"

#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/report.h"

#define REDRAW_SECONDS 0.1
#define TICK_NANOSECONDS (500 * 1000 * 1000)
#define DEFAULT_WIDTH 79
#define LEAST_WIDTH 8
#define DEFAULT_HEIGHT 24

static void report(const char *what, double fraction, void *context);
static void note(const char *sentence, void *context);

/* The last column stays free: some terminals start a new line there. */
static void
find_size(size_t *out_width, size_t *out_height)
{
    struct winsize size = {0};
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;
    *out_width = known && size.ws_col > LEAST_WIDTH ? size.ws_col - 1U
                 : known && size.ws_col > 0         ? LEAST_WIDTH
                                                    : DEFAULT_WIDTH;
    *out_height = known && size.ws_row > 0 ? size.ws_row : DEFAULT_HEIGHT;
}

void
screen_init(struct screen *screen, bool quiet)
{
    const char *term = getenv("TERM");
    const char *none = getenv("NO_COLOR");
    bool dumb = term == NULL || strcmp(term, "dumb") == 0;
    bool colors = !dumb && (none == NULL || none[0] == '\0');
    *screen = (struct screen){
        .live = isatty(STDERR_FILENO) && !dumb && !quiet,
        .quiet = quiet,
        .color = isatty(STDOUT_FILENO) && colors,
        .live_color = isatty(STDERR_FILENO) && colors,
    };
    screen->progress.report = report;
    screen->progress.note = note;
    screen->progress.context = screen;
    mtx_init(&screen->lock, mtx_plain);
}

void
screen_lock(struct screen *screen)
{
    mtx_lock(&screen->lock);
}

void
screen_unlock(struct screen *screen)
{
    mtx_unlock(&screen->lock);
}

/* Texts come from commits, tests and compilers. */
static void
put_safely(const char *text, FILE *file)
{
    PB_AUTO(pb_buf) struct pb_buf safe = PB_BUF_INIT;
    pb_text_escape(text, &safe);
    fwrite(safe.data, 1, safe.len, file);
}

char *
screen_fit(const char *text, size_t width)
{
    static const char dots[] = "...";
    PB_AUTO(pb_buf) struct pb_buf safe = PB_BUF_INIT;
    pb_text_escape(text, &safe);
    size_t columns = 0;
    size_t cut = 0; /* where there is room for the dots */
    size_t room = width > sizeof(dots) ? width - (sizeof(dots) - 1) : width;
    for (size_t i = 0; i < safe.len; i++) {
        if (((unsigned char)safe.data[i] & 0xC0) != 0x80) {
            cut = columns == room ? i : cut;
            if (columns++ == width) {
                pb_buf_truncate(&safe, cut);
                pb_buf_adds(&safe, room < width ? dots : "");
                break;
            }
        }
    }
    return pb_buf_take(&safe);
}

/* --- the live block ----------------------------------------------------- */

/* To the block's first column. */
static void
add_return(const struct screen *screen, struct pb_buf *out)
{
    pb_buf_addch(out, '\r');
    if (screen->rows > 1) {
        pb_buf_addf(out, "\033[%zuA", screen->rows - 1);
    }
}

static void
erase(struct screen *screen)
{
    if (screen->rows > 0) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        add_return(screen, &text);
        pb_buf_adds(&text, "\033[J");
        fwrite(text.data, 1, text.len, stderr);
        screen->rows = 0;
    }
}

static void
paint_line(const struct screen *screen, size_t width, struct pb_strv *out)
{
    bool both = screen->prefix[0] != '\0' && screen->activity[0] != '\0';
    PB_AUTOFREE char *text = pb_asprintf("%s%s%s", screen->prefix,
                                         both ? ": " : "", screen->activity);
    if (text[0] != '\0') {
        pb_strv_take(out, screen_fit(text, width));
    }
}

/* All at once, each line over the old one: nothing flickers. */
static void
draw(struct screen *screen)
{
    size_t width = 0;
    size_t height = 0;
    PB_AUTO(pb_strv) struct pb_strv lines = PB_STRV_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    find_size(&width, &height);
    if (screen->paint != NULL) {
        screen->paint(screen->context, width, &lines);
    }
    else {
        paint_line(screen, width, &lines);
    }
    size_t most = height > 1 ? height - 1 : 1;
    size_t first = lines.len > most ? lines.len - most : 0;
    add_return(screen, &text);
    for (size_t i = first; i < lines.len; i++) {
        pb_buf_addf(&text, "%s\033[K%s", lines.items[i],
                    i + 1 < lines.len ? "\n" : "");
    }
    pb_buf_adds(&text, "\033[J");
    fwrite(text.data, 1, text.len, stderr);
    fflush(stderr);
    screen->rows = lines.len - first;
    screen->last = pb_clock_monotonic();
}

void
screen_clear(struct screen *screen)
{
    screen_lock(screen);
    erase(screen);
    screen_unlock(screen);
}

/* --- lines that stay ---------------------------------------------------- */

PB_PRINTF(2, 0)
static void
put_line(struct screen *screen, const char *format, va_list arguments)
{
    PB_AUTOFREE char *text = pb_vasprintf(format, arguments);
    screen_lock(screen);
    erase(screen);
    put_safely(text, stderr);
    fputc('\n', stderr);
    fflush(stderr);
    if (screen->paint != NULL) {
        draw(screen);
    }
    screen_unlock(screen);
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
    put_safely(text, stdout);
}

/* --- what is going on --------------------------------------------------- */

PB_PRINTF(2, 0)
static void
set_prefix(struct screen *screen, const char *format, va_list arguments)
{
    screen_lock(screen);
    vsnprintf(screen->prefix, sizeof(screen->prefix), format, arguments);
    screen->activity[0] = '\0';
    if (screen->live) {
        draw(screen);
    }
    screen_unlock(screen);
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
    if (!screen->live) {
        return;
    }
    screen_lock(screen);
    if (fraction < 0) {
        snprintf(screen->activity, sizeof(screen->activity), "%s", what);
    }
    else {
        snprintf(screen->activity, sizeof(screen->activity), "%s %3.0f %%",
                 what, fraction * 100);
    }
    if (pb_clock_monotonic() - screen->last >= REDRAW_SECONDS) {
        draw(screen);
    }
    screen_unlock(screen);
}

/* --- time, and the window ----------------------------------------------- */

/* Woken by time, by a change of the window, or to end. */
static int
tick(void *context)
{
    struct screen *screen = context;
    const struct timespec pause = {.tv_nsec = TICK_NANOSECONDS};
    sigset_t change;
    sigemptyset(&change);
    sigaddset(&change, SIGWINCH);
    for (bool goes_on = true; goes_on;) {
        (void)sigtimedwait(&change, NULL, &pause);
        screen_lock(screen);
        goes_on = screen->paint != NULL;
        if (goes_on) {
            draw(screen);
        }
        screen_unlock(screen);
    }
    return 0;
}

static void
set_window_changes(int how)
{
    sigset_t change;
    sigemptyset(&change);
    sigaddset(&change, SIGWINCH);
    pthread_sigmask(how, &change, NULL);
}

/* It gets the window's changes alone, and nobody else does; children start
   with no mask of ours. */
void
screen_start_painting(struct screen *screen, screen_painter *paint,
                      void *context)
{
    sigset_t all;
    sigset_t before;
    if (!screen->live) {
        return;
    }
    screen->paint = paint;
    screen->context = context;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = thrd_create(&screen->ticker, tick, screen);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    set_window_changes(SIG_BLOCK);
    if (status != thrd_success) {
        screen->paint = NULL;
    }
}

void
screen_stop_painting(struct screen *screen)
{
    if (screen->paint == NULL) {
        return;
    }
    screen_lock(screen);
    erase(screen);
    screen->paint = NULL;
    screen_unlock(screen);
    (void)kill(getpid(), SIGWINCH);
    thrd_join(screen->ticker, NULL);
    set_window_changes(SIG_UNBLOCK);
}

static void
note(const char *sentence, void *context)
{
    screen_line(context, "%s", sentence);
}
