/* How long work tells whoever waits for it. */
#ifndef PYBISECT_PROGRESS_H
#define PYBISECT_PROGRESS_H

#include <stddef.h>

struct pb_progress {
    /* `what` is a short phrase ("receiving objects"); fraction is 0 to 1, or
       negative when the end is not known. Called often: the receiver
       decides what to show. */
    void (*report)(const char *what, double fraction, void *context);
    void *context;
    /* A sentence worth keeping; may be NULL. */
    void (*note)(const char *sentence, void *context);
};

static inline void
pb_progress_report(const struct pb_progress *progress, const char *what,
                   double fraction)
{
    if (progress != NULL && progress->report != NULL) {
        progress->report(what, fraction, progress->context);
    }
}

static inline void
pb_progress_note(const struct pb_progress *progress, const char *sentence)
{
    if (progress != NULL && progress->note != NULL) {
        progress->note(sentence, progress->context);
    }
}

#endif
