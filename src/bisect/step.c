/* A step of a bisection on a disk that may be full or broken. */
#include "pybisect/alloc.h"
#include "pybisect/session.h"

#define ATTEMPTS 4 /* the store gives half of itself each time */
#define MB (1024.0 * 1024.0)

/* False: there is nothing to evict, or it cannot be evicted. */
static bool
make_room(struct pb_session *session)
{
    uint64_t bytes = 0;
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_builder_evict(session->builder, &bytes, &ignored) < 0 || bytes == 0)
    {
        return false;
    }
    PB_AUTOFREE char *note = pb_asprintf(
        "the disk is full: %.1f MB of work trees and builds that can be made "
        "again are gone, and it goes on",
        (double)bytes / MB);
    pb_progress_note(session->progress, note);
    return true;
}

static void
tell_dropped(struct pb_session *session)
{
    size_t dropped = pb_journal_take_dropped(session->journal);
    if (dropped > 0) {
        PB_AUTOFREE char *note =
            pb_asprintf("%zu damaged records of the journal are dropped: what "
                        "they held is done again",
                        dropped);
        pb_progress_note(session->progress, note);
    }
}

int
pb_session_step(struct pb_session *session, struct pb_bisection *bisection,
                struct pb_event *out_event, struct pb_error *err)
{
    int status = pb_bisection_step(bisection, out_event, err);
    for (int i = 0; status < 0 && pb_error_is_full(err) && i < ATTEMPTS &&
                    make_room(session);
         i++)
    {
        pb_error_clear(err);
        status = pb_bisection_step(bisection, out_event, err);
    }
    tell_dropped(session);
    if (status < 0 && pb_error_is_full(err)) {
        pb_error_hint(err, "nothing is left to be evicted: make room on the "
                           "disk, or put PYBISECT_HOME on another");
    }
    return status;
}
