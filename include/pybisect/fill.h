/* The builds of a range, and building them ahead: every distinct build of a
   range, in the cheapest order. Neighbours differ little, so each worker goes
   through a stretch of the range from its oldest revision to its newest, in a
   tree of its own. What is stored already is left alone, so a killed run goes
   on where it was. */
#ifndef PYBISECT_FILL_H
#define PYBISECT_FILL_H

#include "pybisect/session.h"

struct pb_fill_item {
    struct pb_oid commit; /* the first with this build */
    struct pb_keys keys;
};

struct pb_fill_list {
    struct pb_fill_item *items; /* oldest first */
    size_t len;
    size_t cap;
};
void pb_fill_list_clear(struct pb_fill_list *list);
PB_DEFINE_AUTO_CLEAR(pb_fill_list, struct pb_fill_list, pb_fill_list_clear)

/* The distinct builds of a range whose candidates are loaded, its good end's
   included. */
void pb_fill_list_builds(const struct pb_session *session,
                         struct pb_fill_list *out);

/* The store's keys of these, in the same order; the builder is open. Caller
   frees; NULL on failure. */
struct pb_digest *pb_fill_list_keys(const struct pb_fill_list *list,
                                    struct pb_builder *builder,
                                    struct pb_error *err);

struct pb_fill_state {
    size_t total;  /* distinct builds of the range, its good end's included */
    size_t known;  /* of these, stored before (as builds or as failures) */
    size_t built;  /* now */
    size_t failed; /* now: revisions that do not build */
    double build_seconds; /* of what was built now, added up */
    double left;          /* estimated seconds to go; negative: no idea yet */
    struct pb_oid last;   /* what was built last */
    double last_seconds;
    enum pb_build_end last_end;
};

struct pb_fill_options {
    struct pb_session *session; /* history, range and candidates loaded, no
                                   builder; borrowed */
    int workers;                /* 0: one a core */
    void (*told)(const struct pb_fill_state *state, void *context);
    void *context;
};

/* *out holds what was done also when it fails. Calls `told` after each build,
   and once before the first. */
int pb_fill(const struct pb_fill_options *options, struct pb_fill_state *out,
            struct pb_error *err);

#endif
