/* The live block of a bisection. */
#include "cli/live.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"

#define SHAS_WIDTH 50 /* of a window where the strip has its ends named */
#define STRIP_LEAST 10

/* Of the marks of several candidates in one column the first here is seen. */
static const char ranks[] = "@?x+!.";

static const struct {
    char mark;
    const char *color;
} colors[] = {
    {'+', "\033[32m"}, {'x', "\033[31m"},   {'!', "\033[33m"},
    {'?', "\033[1m"},  {'@', "\033[1;36m"}, {'.', "\033[2m"},
};
#define PLAIN "\033[0m"

void
live_open(struct live *live, struct screen *screen,
          const struct pb_range *range, size_t ncandidates)
{
    *live = (struct live){
        .screen = screen,
        .len = ncandidates,
        .marks = pb_alloc(ncandidates + 1),
        .began = pb_clock_monotonic(),
        .outlook = PB_OUTLOOK_INIT,
    };
    pb_oid_short(&range->good, live->good);
    pb_oid_short(&range->bad, live->bad);
    memset(live->marks, '?', ncandidates);
    screen_start_painting(screen, live_paint, live);
}

void
live_close(struct live *live)
{
    if (live->screen != NULL) {
        screen_stop_painting(live->screen);
    }
    pb_outlook_clear(&live->outlook);
    free(live->marks);
    live->marks = NULL;
}

/* --- what is known ------------------------------------------------------ */

static char
mark_of(const struct pb_trial_record *trial)
{
    if (trial->evaluation.status != PB_EVALUATION_TESTED) {
        return '!';
    }
    switch (trial->verdict) {
    case PB_VERDICT_GOOD:
        return '+';
    case PB_VERDICT_BAD:
    case PB_VERDICT_OTHER:
        return 'x';
    default:
        break;
    }
    return trial->purpose == PB_PURPOSE_BAD_END ? 'x' : '\0';
}

static void
mark_all(struct live *live, const struct pb_bisection *bisection)
{
    for (size_t i = 0; i < live->len; i++) {
        bool likely = live->outlook.likely == NULL || live->outlook.likely[i];
        live->marks[i] = likely ? '?' : '.';
    }
    for (size_t i = 0; i < pb_bisection_trials(bisection); i++) {
        const struct pb_trial_record *trial = pb_bisection_trial(bisection, i);
        char mark = mark_of(trial);
        if (trial->candidate < live->len && mark != '\0') {
            live->marks[trial->candidate] = mark;
        }
    }
}

static void
count(struct live *live, const struct pb_trial_record *trial)
{
    const struct pb_evaluation *evaluation = &trial->evaluation;
    live->recalled += evaluation->recalled;
    live->made +=
        !evaluation->recalled && evaluation->build == PB_BUILD_COMPILED;
    live->stored +=
        !evaluation->recalled && evaluation->build == PB_BUILD_RESTORED;
}

void
live_event(struct live *live, struct pb_bisection *bisection,
           const struct pb_event *event)
{
    struct pb_outlook outlook = PB_OUTLOOK_INIT;
    bool chosen = event->kind == PB_EVENT_CHOSEN;
    /* Also where nobody sees it: the machine learns by what it is asked, and
       must choose alike with and without a terminal. */
    if (chosen) {
        pb_bisection_outlook(bisection, &outlook);
    }
    screen_lock(live->screen);
    if (chosen) {
        pb_outlook_clear(&live->outlook);
        live->outlook = outlook;
        live->began = pb_clock_monotonic();
        mark_all(live, bisection);
        if (event->trial->candidate < live->len) {
            live->marks[event->trial->candidate] = '@';
        }
    }
    if (event->kind == PB_EVENT_TRIED) {
        count(live, event->trial);
        mark_all(live, bisection);
    }
    screen_unlock(live->screen);
}

/* --- the strip ---------------------------------------------------------- */

static char
mark_between(const struct live *live, size_t from, size_t to)
{
    const char *best = ranks + strlen(ranks) - 1;
    for (size_t i = from; i < to; i++) {
        const char *rank = strchr(ranks, live->marks[i]);
        best = rank != NULL && rank < best ? rank : best;
    }
    return *best;
}

static void
add_mark(const struct live *live, char mark, char *last, struct pb_buf *out)
{
    for (size_t i = 0; i < PB_LENGTH(colors); i++) {
        if (live->screen->live_color && mark != *last &&
            colors[i].mark == mark) {
            pb_buf_addf(out, PLAIN "%s", colors[i].color);
        }
    }
    pb_buf_addch(out, mark);
    *last = mark;
}

static char *
draw_strip(const struct live *live, size_t width)
{
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    bool named = width >= SHAS_WIDTH;
    size_t ends = strlen(live->good) + strlen(live->bad) + 2;
    size_t columns = named ? width - ends : width;
    columns = columns < live->len ? columns : live->len;
    char last = '\0';
    if (named) {
        pb_buf_addf(&out, "%s ", live->good);
    }
    for (size_t i = 0; i < columns; i++) {
        add_mark(live,
                 mark_between(live, i * live->len / columns,
                              (i + 1) * live->len / columns),
                 &last, &out);
    }
    pb_buf_adds(&out, live->screen->live_color ? PLAIN : "");
    if (named) {
        pb_buf_addf(&out, " %s", live->bad);
    }
    return pb_buf_take(&out);
}

/* --- the run under way, and what is to come ----------------------------- */

/* "40 s", "8 min", "1 h 20 min": no more digits than it is good for. */
static void
add_about(struct pb_buf *out, double seconds)
{
    long long whole = llround(fmax(seconds, 0));
    if (whole < 90) {
        pb_buf_addf(out, "%lld s", whole < 10 ? whole : (whole + 4) / 5 * 5);
    }
    else if (whole < 90LL * 60) {
        pb_buf_addf(out, "%lld min", (whole + 30) / 60);
    }
    else {
        long long tens = (whole + 300) / 600;
        pb_buf_addf(out, "%lld h %02lld min", tens / 6, tens % 6 * 10);
    }
}

static char *
draw_step(const struct live *live, size_t width)
{
    char took[PB_CLOCK_TEXT];
    PB_AUTO(pb_buf) struct pb_buf times = PB_BUF_INIT;
    const struct screen *screen = live->screen;
    double elapsed = floor(pb_clock_monotonic() - live->began);
    pb_buf_addf(&times, ", %s",
                elapsed < 10 ? "" : pb_clock_duration(elapsed, took));
    if (elapsed < 10) {
        pb_buf_addf(&times, "%.0f s", elapsed);
    }
    if (live->outlook.step >= 0) {
        pb_buf_adds(&times, " of about ");
        add_about(&times, live->outlook.step);
    }
    PB_AUTOFREE char *what =
        pb_asprintf("%s%s%s", screen->prefix,
                    screen->activity[0] == '\0' ? "" : ": ", screen->activity);
    size_t room = width > times.len + STRIP_LEAST ? width - times.len : width;
    PB_AUTOFREE char *fitting = screen_fit(what, room);
    PB_AUTOFREE char *line =
        pb_asprintf("%s%s", fitting, room < width ? times.data : "");
    return screen_fit(line, width);
}

/* A run that takes longer than it should leaves the others what they have. */
static double
seconds_to_go(const struct live *live)
{
    double elapsed = pb_clock_monotonic() - live->began;
    double others = live->outlook.seconds - live->outlook.step;
    return fmax(live->outlook.seconds - elapsed, others);
}

static char *
draw_outlook(const struct live *live, size_t width)
{
    const struct pb_outlook *outlook = &live->outlook;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (outlook->runs == 0) {
        return pb_strdup("");
    }
    pb_buf_addf(&text, "about %zu run%s", outlook->runs,
                outlook->runs == 1 ? "" : "s");
    if (outlook->seconds >= 0) {
        pb_buf_adds(&text, ", ");
        add_about(&text, seconds_to_go(live));
    }
    pb_buf_adds(&text, " to go");
    if (outlook->answers > 0) {
        pb_buf_addf(&text, "; %zu answer%s to check", outlook->answers,
                    outlook->answers == 1 ? "" : "s");
    }
    else {
        pb_buf_addf(&text, "; %zu suspect%s of %zu", outlook->suspects,
                    outlook->suspects == 1 ? "" : "s", live->len);
    }
    pb_buf_addf(&text, "; builds: %zu made, %zu stored", live->made,
                live->stored);
    if (live->recalled > 0) {
        pb_buf_addf(&text, "; %zu result%s known", live->recalled,
                    live->recalled == 1 ? "" : "s");
    }
    return screen_fit(text.data, width);
}

void
live_paint(void *context, size_t width, struct pb_strv *out)
{
    const struct live *live = context;
    if (width >= STRIP_LEAST) {
        pb_strv_take(out, draw_strip(live, width));
    }
    pb_strv_take(out, draw_step(live, width));
    pb_strv_take(out, draw_outlook(live, width));
}
