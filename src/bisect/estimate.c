/* The seconds that a build takes follow from what lies between the revision of
   the work tree and the one that is wanted: each C source is compiled, each
   header makes on average some sixty of CPython's 280 objects compile, and
   what configure reads makes all of them. The share of the whole build that
   comes of it was measured on trunk (.08 for one native commit, .5 for eight,
   .95 for sixty-four); how long the whole takes is learned on the way. */
#include "bisect/estimate.h"

#include <math.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fill.h"
#include "pybisect/map.h"

#define OBJECTS 280.
#define OBJECTS_OF_HEADER 60.
#define LINK_SECONDS 1.5
#define WHOLE_SECONDS 60.  /* until it is known better */
#define FAILED_SHARE .3    /* of a build, that one which fails takes */
#define RESTORE_SECONDS .3 /* at first */
#define RESTORE_WEIGHT 2.  /* of that, in builds */
#define IN_PLACE_SECONDS .05
#define SAME_BUILD_SECONDS .5 /* only the library differs from the tree */
#define NEAR_SHARE .8 /* of a whole build: what takes more is not near */
/* Candidates whose estimates differ by less count as equally near. */
#define CLASS_RATIO 1.5

struct pb_estimator {
    struct pb_digest *keys; /* of builds: each candidate's, the good end's */
    double *objects;        /* to compile up to here, from the good end on */
    double whole_seconds;   /* of a clean build */
    double weight;          /* how much is known about it */
    double failed_seconds;
    size_t failures;
    double restore_seconds; /* to have one out of the store */
    double restored;        /* so many of them, and the first guess */
    struct pb_oid last;     /* the revision that is laid out */
    bool has_last;
    size_t at; /* the work tree's place when it was last asked for */
    bool near; /* it has one */
};

void
pb_estimator_free(struct pb_estimator *estimator)
{
    if (estimator != NULL) {
        free(estimator->keys);
        free(estimator->objects);
        free(estimator);
    }
}

/* --- what lies between revisions ------------------------------------- */

static bool
ends_with(const char *path, const char *end)
{
    size_t length = strlen(path);
    size_t wanted = strlen(end);
    return length >= wanted && strcmp(path + length - wanted, end) == 0;
}

static int
count_objects(const struct pb_tree_entry *entry, void *context,
              struct pb_error *err)
{
    double *objects = context;
    (void)err;
    if (pb_fingerprint_role(entry->path, false) != PB_PATH_BUILD) {
        return 0;
    }
    if (ends_with(entry->path, ".c")) {
        *objects += 1;
    }
    else if (ends_with(entry->path, ".h")) {
        *objects +=
            strncmp(entry->path, "Include/", 8) == 0 ? OBJECTS_OF_HEADER : 2;
    }
    else if (strncmp(entry->path, "configure", 9) == 0 ||
             strcmp(entry->path, "pyconfig.h.in") == 0 ||
             strcmp(entry->path, "Makefile.pre.in") == 0)
    {
        *objects += OBJECTS;
    }
    else {
        *objects += .5;
    }
    return 0;
}

/* Sums along the candidates' order; of a range with merges that is a guess. */
static int
add_up_objects(const struct pb_session *session,
               struct pb_estimator *estimator, struct pb_error *err)
{
    const struct pb_candidates *candidates = &session->candidates;
    const struct pb_range *range = &session->range;
    const struct pb_keys *before = &candidates->good_keys;
    double sum = 0;
    for (size_t i = 0; i < candidates->len; i++) {
        const struct pb_candidate *each = &candidates->items[i];
        size_t commit = each->commit;
        size_t start = range->parent_start[commit];
        const struct pb_oid *parent =
            start == range->parent_start[commit + 1]
                ? &range->good
                : &range->commits.items[range->parents[start]];
        if (!pb_digest_equal(&before->build, &each->keys.build) &&
            pb_repo_changes(session->repo, parent,
                            &range->commits.items[commit], count_objects, &sum,
                            err) < 0)
        {
            return -1;
        }
        estimator->objects[i] = sum;
        before = &each->keys;
    }
    return 0;
}

static int
find_keys(struct pb_session *session, struct pb_estimator *estimator,
          struct pb_error *err)
{
    const struct pb_candidates *candidates = &session->candidates;
    PB_AUTO(pb_fill_list) struct pb_fill_list list = {.items = NULL};
    pb_fill_list_builds(session, &list);
    PB_AUTOFREE struct pb_digest *keys =
        pb_fill_list_keys(&list, session->builder, err);
    if (keys == NULL) {
        return -1;
    }
    PB_AUTO(pb_map) struct pb_map *by_build = pb_map_new(NULL);
    for (size_t i = 0; i < list.len; i++) {
        char hex[PB_DIGEST_HEX];
        pb_map_set(by_build, pb_digest_hex(&list.items[i].keys.build, hex),
                   &keys[i]);
    }
    for (size_t i = 0; i <= candidates->len; i++) {
        const struct pb_keys *of = i == candidates->len
                                       ? &candidates->good_keys
                                       : &candidates->items[i].keys;
        char hex[PB_DIGEST_HEX];
        const struct pb_digest *key =
            pb_map_get(by_build, pb_digest_hex(&of->build, hex));
        estimator->keys[i] = *key;
    }
    return 0;
}

static struct pb_estimator *
open_estimator(struct pb_session *session, struct pb_error *err)
{
    size_t len = session->candidates.len;
    struct pb_estimator *estimator = pb_alloc(sizeof(*estimator));
    estimator->keys = pb_alloc_array(len + 1, sizeof(*estimator->keys));
    estimator->objects = pb_alloc_array(len, sizeof(*estimator->objects));
    estimator->whole_seconds = WHOLE_SECONDS;
    estimator->restore_seconds = RESTORE_SECONDS;
    estimator->restored = RESTORE_WEIGHT;
    estimator->weight = .2;
    if (find_keys(session, estimator, err) < 0 ||
        add_up_objects(session, estimator, err) < 0)
    {
        pb_estimator_free(estimator);
        return NULL;
    }
    return estimator;
}

/* --- estimates ---------------------------------------------------------- */

/* Place of a commit among the candidates: len for the good end's. */
static bool
place_of(const struct pb_session *session, const struct pb_oid *commit,
         size_t *out)
{
    const struct pb_range *range = &session->range;
    const struct pb_candidates *candidates = &session->candidates;
    if (pb_oid_equal(commit, &range->good)) {
        *out = candidates->len;
        return true;
    }
    for (size_t i = 0; i < range->commits.len; i++) {
        if (pb_oid_equal(commit, &range->commits.items[i])) {
            size_t of = candidates->of_commit[i];
            *out = of == PB_CANDIDATES_NONE ? candidates->len : of;
            return true;
        }
    }
    return false;
}

static double
objects_at(const struct pb_session *session, size_t place)
{
    return place == session->candidates.len
               ? 0
               : session->estimator->objects[place];
}

static double
share_between(const struct pb_session *session, size_t from, size_t to)
{
    double objects = fabs(objects_at(session, to) - objects_at(session, from));
    return 1 - exp(-objects / OBJECTS);
}

static double
seconds_for(const struct pb_session *session, double share)
{
    const struct pb_estimator *estimator = session->estimator;
    return share < 1e-9 ? SAME_BUILD_SECONDS
                        : LINK_SECONDS + share * estimator->whole_seconds;
}

static void
add_restored(const struct pb_session *session, const enum pb_stored *stored,
             enum pb_stored as, struct pb_costs *out)
{
    double seconds = pb_costs_round(session->estimator->restore_seconds);
    struct pb_ready *ready = pb_costs_add(out, "in the store", seconds, true);
    ready->proved = as == PB_STORED_PROVED;
    for (size_t i = 0; i < session->candidates.len; i++) {
        if (stored[i] == as) {
            pb_ready_add(ready, i);
        }
    }
}

static void
add_stored(const struct pb_session *session, const enum pb_stored *stored,
           struct pb_costs *out)
{
    const struct pb_estimator *estimator = session->estimator;
    size_t last = 0;
    if (estimator->has_last && place_of(session, &estimator->last, &last) &&
        last < session->candidates.len && stored[last] != PB_STORED_NOT)
    {
        struct pb_ready *in_place =
            pb_costs_add(out, "in place", IN_PLACE_SECONDS, true);
        in_place->proved = stored[last] == PB_STORED_PROVED;
        pb_ready_add(in_place, last);
    }
    add_restored(session, stored, PB_STORED_BUILD, out);
    add_restored(session, stored, PB_STORED_PROVED, out);
}

/* Candidates that are not stored, by how long their builds would take. */
static void
add_near(const struct pb_session *session, const enum pb_stored *stored,
         size_t at, struct pb_costs *out)
{
    double whole = NEAR_SHARE * seconds_for(session, 1);
    double low = 0;
    double high = SAME_BUILD_SECONDS;
    while (low < whole) {
        double sum = 0;
        struct pb_ready *ready = NULL;
        for (size_t i = 0; i < session->candidates.len; i++) {
            double share = share_between(session, at, i);
            double seconds = seconds_for(session, share);
            if (stored[i] != PB_STORED_NOT || seconds <= low ||
                seconds > high || seconds >= whole)
            {
                continue;
            }
            if (ready == NULL) {
                PB_AUTOFREE char *what =
                    pb_asprintf("near the work tree: about %.0f %% to compile",
                                100 * share);
                ready = pb_costs_add(out, what, 0, false);
            }
            pb_ready_add(ready, i);
            sum += seconds;
        }
        if (ready != NULL) {
            ready->seconds = pb_costs_round(sum / (double)ready->len);
        }
        low = high;
        high = fmax(high, LINK_SECONDS) * CLASS_RATIO;
    }
}

bool
pb_estimate(struct pb_session *session, struct pb_costs *out)
{
    struct pb_error ignored = PB_ERROR_INIT;
    size_t len = session->candidates.len;
    size_t at = 0;
    struct pb_oid commit;
    PB_AUTOFREE enum pb_stored *stored =
        pb_alloc_array(len + 1, sizeof(*stored));
    if (session->estimator == NULL) {
        session->estimator = open_estimator(session, &ignored);
    }
    if (session->estimator == NULL ||
        pb_builder_stored(session->builder, session->estimator->keys, len + 1,
                          stored, &ignored) < 0)
    {
        return false;
    }
    struct pb_estimator *estimator = session->estimator;
    bool near = pb_builder_at(session->builder, &commit) &&
                place_of(session, &commit, &at);
    estimator->at = at;
    estimator->near = near;
    out->build = pb_costs_round(seconds_for(session, 1));
    out->failed_build =
        pb_costs_round(estimator->failures > 0 ? estimator->failed_seconds
                                               : FAILED_SHARE * out->build);
    out->good_end = stored[len] != PB_STORED_NOT
                        ? pb_costs_round(estimator->restore_seconds)
                    : near ? pb_costs_round(seconds_for(
                                 session, share_between(session, at, len)))
                           : out->build;
    add_stored(session, stored, out);
    if (near) {
        add_near(session, stored, at, out);
    }
    return true;
}

/* --- learning ----------------------------------------------------------- */

/* One that lay ready took no time, and says nothing. */
static void
learn_restoring(struct pb_estimator *estimator, double elapsed)
{
    if (elapsed > RESTORE_SECONDS / 2) {
        estimator->restored += 1;
        estimator->restore_seconds +=
            (elapsed - estimator->restore_seconds) / estimator->restored;
    }
}

void
pb_estimate_learn(struct pb_session *session, const struct pb_request *request,
                  const struct pb_build *build, double elapsed)
{
    struct pb_estimator *estimator = session->estimator;
    size_t to = 0;
    if (estimator == NULL || request->clean) {
        return;
    }
    if (build->end == PB_BUILD_RESTORED) {
        learn_restoring(estimator, elapsed);
    }
    if (build->end != PB_BUILD_FAILED) {
        estimator->last = request->commit;
        estimator->has_last = true;
    }
    else if (!build->known) {
        estimator->failures++;
        estimator->failed_seconds +=
            (build->seconds - estimator->failed_seconds) /
            (double)estimator->failures;
    }
    if (build->end != PB_BUILD_COMPILED || build->audit != PB_AUDIT_NONE ||
        !place_of(session, &request->commit, &to))
    {
        return;
    }
    double share =
        estimator->near ? share_between(session, estimator->at, to) : 1;
    if (share > .02) {
        double whole = fmax(build->seconds - LINK_SECONDS, 0) / share;
        double weight = share;
        estimator->whole_seconds =
            (estimator->whole_seconds * estimator->weight + whole * weight) /
            (estimator->weight + weight);
        estimator->weight = fmin(estimator->weight + weight, 4);
    }
}
