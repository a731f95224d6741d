/* Which frame of a traceback tells whose failure it is. */
#include "verdict/decisive.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

static bool
is_comprehension(struct pb_span function)
{
    return function.length > 0 && function.data[0] == '<' &&
           (pb_span_is(function, "<listcomp>") ||
            pb_span_is(function, "<dictcomp>") ||
            pb_span_is(function, "<setcomp>"));
}

/* The function around a comprehension called it. */
static bool
has_function_around(const struct pb_frames *frames, size_t index)
{
    return index > 0 && is_comprehension(frames->items[index].function) &&
           pb_span_equal(frames->items[index].path,
                         frames->items[index - 1].path);
}

static bool
is_somebodys(const struct pb_frame_home *home)
{
    return home->kind == PB_HOME_PROJECT || home->kind == PB_HOME_DEPENDENCY;
}

/* --- homes by names alone, kept ----------------------------------------- */

/* FNV-1a of a path's end, where paths differ. */
static size_t
slot_of(struct pb_span path)
{
    uint32_t hash = 2166136261U ^ (uint32_t)path.length;
    size_t from = path.length > 24 ? path.length - 24 : 0;
    for (size_t i = from; i < path.length; i++) {
        hash = (hash ^ (unsigned char)path.data[i]) * 16777619U;
    }
    return (hash ^ hash >> 16) % PB_HOMES_SLOTS;
}

static const struct pb_frame_home *
home_of(struct pb_homes *homes, struct pb_span path)
{
    size_t slot = slot_of(path);
    char **kept = &homes->slots[slot].path;
    struct pb_frame_home *home = &homes->slots[slot].home;
    if (*kept == NULL || !pb_span_is(path, *kept)) {
        free(*kept);
        *kept = pb_span_dup(path);
        pb_frame_home_clear(home);
        pb_frame_home_of(*kept, NULL, home);
    }
    return home;
}

void
pb_homes_clear(struct pb_homes *homes)
{
    for (size_t i = 0; i < PB_HOMES_SLOTS; i++) {
        free(homes->slots[i].path);
        pb_frame_home_clear(&homes->slots[i].home);
    }
}

size_t
pb_frames_decisive(const struct pb_frames *frames, struct pb_homes *homes,
                   const struct pb_frame_home **out)
{
    for (size_t i = frames->len; i-- > 0;) {
        if (has_function_around(frames, i)) {
            continue;
        }
        const struct pb_frame_home *home =
            home_of(homes, frames->items[i].path);
        if (is_somebodys(home)) {
            *out = home;
            return i;
        }
    }
    return PB_NO_FRAME;
}

/* --- of a traceback with its own copies ---------------------------------- */

static void
borrow_frames(const struct pb_traceback *trace, struct pb_frames *out)
{
    for (size_t i = 0; i < trace->len; i++) {
        const struct pb_frame *frame = &trace->items[i];
        const char *function = frame->function;
        pb_frames_add(out, pb_span_of(frame->path), frame->line,
                      pb_span_of(function == NULL ? "" : function),
                      (struct pb_span){"", 0});
    }
}

size_t
pb_traceback_decisive(const struct pb_traceback *trace,
                      const struct pb_trace_places *places,
                      struct pb_frame_home *out)
{
    PB_AUTO(pb_frames) struct pb_frames frames = PB_FRAMES_INIT;
    borrow_frames(trace, &frames);
    *out = (struct pb_frame_home)PB_FRAME_HOME_INIT;
    for (size_t i = trace->len; i-- > 0;) {
        if (has_function_around(&frames, i)) {
            continue;
        }
        PB_AUTO(pb_frame_home) struct pb_frame_home home = PB_FRAME_HOME_INIT;
        pb_frame_home_of(trace->items[i].path, places, &home);
        if (is_somebodys(&home)) {
            *out = home;
            home = (struct pb_frame_home)PB_FRAME_HOME_INIT;
            return i;
        }
    }
    return PB_NO_FRAME;
}
