/* Two revisions and one project: the ends of a bisection, both ways. */
#include "pybisect/comparison.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

const char *
pb_standing_name(enum pb_standing standing)
{
    static const char *const names[] = {
        [PB_STANDING_SAME] = "same",
        [PB_STANDING_REGRESSED] = "regressed",
        [PB_STANDING_FIXED] = "fixed",
        [PB_STANDING_FLAKY] = "flaky",
        [PB_STANDING_BROKEN] = "broken before",
        [PB_STANDING_UNTESTABLE] = "untestable",
    };
    return names[standing];
}

static void
clear_way(struct pb_comparison_way *way)
{
    pb_bisection_free(way->bisection);
    pb_candidates_clear(&way->candidates);
    pb_range_clear(&way->range);
}

void
pb_comparison_clear(struct pb_comparison *comparison)
{
    clear_way(&comparison->forth);
    clear_way(&comparison->back);
    free(comparison->why);
    memset(comparison, 0, sizeof(*comparison));
}

/* --- one way ------------------------------------------------------------ */

struct end {
    const struct pb_oid *commit;
    const struct pb_keys *keys;
};

/* A range of one commit, whatever lies between the two. */
static void
make_range(const struct end *from, const struct end *to,
           struct pb_comparison_way *way)
{
    struct pb_range *range = &way->range;
    range->good = *from->commit;
    range->asked_good = *from->commit;
    range->bad = *to->commit;
    pb_oid_list_add(&range->commits, to->commit);
    range->parent_start = pb_alloc_array(2, sizeof(*range->parent_start));
    pb_candidates_fold(range, from->keys, to->keys, &way->candidates);
}

/* Up to where the search would begin. */
static int
go(const struct pb_comparison_options *options, const struct end *from,
   const struct end *to, struct pb_comparison_way *way, struct pb_error *err)
{
    make_range(from, to, way);
    const struct pb_bisection_options ends = {
        .journal = options->journal,
        .machine = options->machine,
        .range = &way->range,
        .candidates = &way->candidates,
        .known_failures = options->known_failures,
        .min_tests = options->min_tests,
        .different = true,
    };
    way->bisection = pb_bisection_new(&ends);
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    while (event.kind != PB_EVENT_REGRESSED && event.kind != PB_EVENT_FINISHED)
    {
        if (pb_cancelled(options->cancel)) {
            return pb_error_set(err, PB_ERROR_CANCELLED, "interrupted");
        }
        if (pb_bisection_step(way->bisection, &event, err) < 0) {
            return -1;
        }
        if (options->told != NULL) {
            options->told(options->context, way->bisection, &event);
        }
    }
    return 0;
}

/* --- what it comes to --------------------------------------------------- */

/* Regressions that hold, of one kind. */
static size_t
count_steady(const struct pb_bisection *bisection, enum pb_change_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < pb_bisection_regressions(bisection); i++) {
        count += pb_bisection_regression(bisection, i)->kind == kind &&
                 !pb_bisection_is_flaky(bisection, i);
    }
    return count;
}

static void
stand(struct pb_comparison *comparison, enum pb_standing standing,
      const char *why)
{
    free(comparison->why);
    comparison->standing = standing;
    comparison->why = pb_strdup(why);
}

/* The phase that did not go well at the base, or NULL. */
static const struct pb_result *
failed_phase(const struct pb_bisection *bisection)
{
    const struct pb_trial_record *base = pb_bisection_end(bisection, false);
    for (size_t i = 0; i < base->evaluation.results.len; i++) {
        const struct pb_result *each = &base->evaluation.results.items[i];
        if (pb_result_is_pseudo(each->id) && pb_outcome_failed(each->outcome))
        {
            return each;
        }
    }
    return NULL;
}

/* Nothing regressed, and nothing is fixed. */
static void
stand_unchanged(struct pb_comparison *comparison)
{
    const struct pb_bisection *forth = comparison->forth.bisection;
    const struct pb_result *phase = failed_phase(forth);
    size_t otherwise = count_steady(forth, PB_CHANGE_DIFFERENT);
    if (otherwise > 0 || phase != NULL) {
        PB_AUTOFREE char *why =
            otherwise > 0
                ? pb_asprintf("%zu of the tests that failed before fail in "
                              "another way now",
                              otherwise)
                : pb_asprintf("its phase %s fails on both sides", phase->id);
        stand(comparison, PB_STANDING_BROKEN, why);
    }
    else if (pb_bisection_finding(forth) == PB_FINDING_FLAKY) {
        stand(comparison, PB_STANDING_FLAKY, pb_bisection_remark(forth));
    }
    else {
        stand(comparison, PB_STANDING_SAME, "");
    }
}

/* The ends were no basis for anything. */
static void
stand_untested(struct pb_comparison *comparison)
{
    const struct pb_bisection *forth = comparison->forth.bisection;
    const struct pb_trial_record *base = pb_bisection_end(forth, false);
    bool ran = base->evaluation.status == PB_EVALUATION_TESTED &&
               pb_bisection_end(forth, true) == NULL;
    stand(comparison, ran ? PB_STANDING_BROKEN : PB_STANDING_UNTESTABLE,
          pb_bisection_remark(forth));
}

int
pb_compare(const struct pb_comparison_options *options,
           struct pb_comparison *out, struct pb_error *err)
{
    const struct end base = {&options->base, &options->base_keys};
    const struct end revision = {&options->revision, &options->keys};
    stand(out, PB_STANDING_SAME, "nothing that it can see differs");
    if (pb_digest_equal(&options->base_keys.behaviour,
                        &options->keys.behaviour)) {
        return 0;
    }
    if (go(options, &base, &revision, &out->forth, err) < 0) {
        return -1;
    }
    const struct pb_bisection *forth = out->forth.bisection;
    if (pb_bisection_finding(forth) == PB_FINDING_UNTESTABLE) {
        stand_untested(out);
        return 0;
    }
    if (count_steady(forth, PB_CHANGE_FAILING) +
            count_steady(forth, PB_CHANGE_SKIPPED) +
            count_steady(forth, PB_CHANGE_VANISHED) >
        0)
    {
        stand(out, PB_STANDING_REGRESSED, "");
        return 0;
    }
    stand_unchanged(out);
    if (pb_diff_count(pb_bisection_diff(forth), PB_CHANGE_FIXED) == 0) {
        return 0;
    }
    if (go(options, &revision, &base, &out->back, err) < 0) {
        return -1;
    }
    if (count_steady(out->back.bisection, PB_CHANGE_FAILING) > 0) {
        stand(out, PB_STANDING_FIXED, "");
    }
    else if (out->standing == PB_STANDING_SAME) {
        stand(out, PB_STANDING_FLAKY,
              pb_bisection_remark(out->back.bisection));
    }
    return 0;
}

/* --- of a session ------------------------------------------------------- */

int
pb_session_compare(struct pb_session *session,
                   void (*told)(void *context,
                                const struct pb_bisection *bisection,
                                const struct pb_event *event),
                   void *context, struct pb_comparison *out,
                   struct pb_error *err)
{
    struct pb_comparison_options options = {
        .journal = session->journal,
        .machine = &session->machine,
        .base = session->good,
        .revision = session->bad,
        .known_failures = &session->recipe.known_failures,
        .min_tests = session->recipe.test.min_tests,
        .cancel = session->cancel,
        .told = told,
        .context = context,
    };
    if (pb_session_keys(session, &session->good, &options.base_keys, err) <
            0 ||
        pb_session_keys(session, &session->bad, &options.keys, err) < 0 ||
        pb_compare(&options, out, err) < 0)
    {
        return -1;
    }
    if (!session->unbuildable) {
        return 0;
    }
    /* What one builds the other may not be able to build. */
    pb_comparison_clear(out);
    pb_session_build_apart(session);
    return pb_compare(&options, out, err);
}
