/* One revision held against another by what one project sees of them: both
   whole suites are run, and what differs is run again, alone, until it is
   settled whether it tells the two apart at all (the ends of a bisection,
   without one). Whatever is on record is recalled; whatever is run goes on
   record, and the next bisection has it. */
#ifndef PYBISECT_COMPARISON_H
#define PYBISECT_COMPARISON_H

#include "pybisect/bisection.h"
#include "pybisect/session.h"

enum pb_standing { /* of a project at the revision */
                   PB_STANDING_SAME,
                   PB_STANDING_REGRESSED,
                   PB_STANDING_FIXED,  /* and nothing regressed */
                   PB_STANDING_FLAKY,  /* what differed does not reproduce */
                   PB_STANDING_BROKEN, /* before: its suite did not run well
                                          at the base, or what failed there
                                          fails in another way now */
                   PB_STANDING_UNTESTABLE,
};
const char *pb_standing_name(enum pb_standing standing); /* "same", ... */

struct pb_comparison_options {
    struct pb_journal *journal; /* all borrowed */
    const struct pb_machine *machine;
    struct pb_oid base;
    struct pb_oid revision;
    struct pb_keys base_keys;
    struct pb_keys keys;
    const struct pb_strv *known_failures;
    size_t min_tests;
    const struct pb_cancel *cancel;
    /* Told of each step; may be NULL. */
    void (*told)(void *context, const struct pb_bisection *bisection,
                 const struct pb_event *event);
    void *context;
};

/* From one end to the other. */
struct pb_comparison_way {
    struct pb_range range;
    struct pb_candidates candidates;
    struct pb_bisection *bisection; /* ends and confirmation; NULL: not gone */
};

struct pb_comparison {
    enum pb_standing standing;
    char *why; /* a sentence; "" where the numbers say all */
    struct pb_comparison_way forth;
    struct pb_comparison_way back; /* gone only if something seems fixed */
};

#define PB_COMPARISON_INIT                                                    \
    {                                                                         \
        .standing = PB_STANDING_SAME                                          \
    }

/* Equal behaviour keys: SAME, and nothing is built or run. Everything in the
   options but themselves must outlive *out. */
int pb_compare(const struct pb_comparison_options *options,
               struct pb_comparison *out, struct pb_error *err);
void pb_comparison_clear(struct pb_comparison *comparison);
PB_DEFINE_AUTO_CLEAR(pb_comparison, struct pb_comparison, pb_comparison_clear)

/* The same of a session whose project is open, .good (the base) and .bad
   set. */
int pb_session_compare(struct pb_session *session,
                       void (*told)(void *context,
                                    const struct pb_bisection *bisection,
                                    const struct pb_event *event),
                       void *context, struct pb_comparison *out,
                       struct pb_error *err);

#endif
