/* Two runs compared, test by test. Only what passed before can regress by
   being skipped or by vanishing; only what did not fail before can regress
   by failing. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/verdict.h"

const char *
pb_change_kind_name(enum pb_change_kind kind)
{
    switch (kind) {
    case PB_CHANGE_FAILING:
        return "failing";
    case PB_CHANGE_SKIPPED:
        return "skipped";
    case PB_CHANGE_VANISHED:
        return "vanished";
    case PB_CHANGE_DIFFERENT:
        return "different";
    case PB_CHANGE_FIXED:
        return "fixed";
    case PB_CHANGE_NEW:
        return "new";
    }
    return "unknown";
}

bool
pb_change_is_regression(enum pb_change_kind kind)
{
    return kind == PB_CHANGE_FAILING || kind == PB_CHANGE_SKIPPED ||
           kind == PB_CHANGE_VANISHED;
}

static bool
is_known(const struct pb_strv *known, const char *id)
{
    for (size_t i = 0; known != NULL && i < known->len; i++) {
        if (fnmatch(known->items[i], id, 0) == 0) {
            return true;
        }
    }
    return false;
}

static enum pb_outcome
outcome_of(const struct pb_result *result)
{
    return result == NULL ? PB_OUTCOME_ABSENT : result->outcome;
}

/* Takes ownership of the signature. */
static void
add_change(struct pb_diff *diff, enum pb_change_kind kind,
           const struct pb_result *before, const struct pb_result *after,
           char *signature)
{
    PB_GROW(diff->items, diff->len, diff->cap);
    diff->items[diff->len++] = (struct pb_change){
        .kind = kind,
        .id = after == NULL ? before->id : after->id,
        .before = before,
        .after = after,
        .signature = signature,
    };
}

static void
compare_failures(struct pb_diff *diff, const struct pb_result *before,
                 const struct pb_result *after)
{
    diff->failing_both++;
    PB_AUTOFREE char *old = pb_signature_of(before);
    char *new = pb_signature_of(after);
    if (strcmp(old, new) == 0) {
        free(new);
        return;
    }
    add_change(diff, PB_CHANGE_DIFFERENT, before, after, new);
}

/* False: no change that has a name. */
static bool
change_between(enum pb_outcome before, enum pb_outcome after,
               enum pb_change_kind *out)
{
    if (pb_outcome_failed(after)) {
        *out = PB_CHANGE_FAILING;
        return true;
    }
    if (pb_outcome_failed(before)) {
        *out = PB_CHANGE_FIXED;
        return after == PB_OUTCOME_PASS;
    }
    if (before == PB_OUTCOME_PASS) {
        *out =
            after == PB_OUTCOME_SKIP ? PB_CHANGE_SKIPPED : PB_CHANGE_VANISHED;
        return after == PB_OUTCOME_SKIP || after == PB_OUTCOME_ABSENT;
    }
    *out = PB_CHANGE_NEW;
    return before == PB_OUTCOME_ABSENT &&
           (after == PB_OUTCOME_PASS || after == PB_OUTCOME_SKIP);
}

static void
compare(struct pb_diff *diff, const struct pb_result *before,
        const struct pb_result *after)
{
    enum pb_outcome old = outcome_of(before);
    enum pb_outcome new = outcome_of(after);
    if (pb_outcome_failed(old) && pb_outcome_failed(new)) {
        compare_failures(diff, before, after);
        return;
    }
    if (old == PB_OUTCOME_PASS && new == PB_OUTCOME_PASS) {
        diff->passing_both++;
        return;
    }
    enum pb_change_kind kind = PB_CHANGE_NEW;
    if (change_between(old, new, &kind)) {
        add_change(diff, kind, before, after, pb_signature_of(after));
    }
}

/* `compare`, for what is not known to be unreliable. */
static void
compare_known(struct pb_diff *diff, const struct pb_strv *known,
              const struct pb_result *before, const struct pb_result *after)
{
    if (!is_known(known, after == NULL ? before->id : after->id)) {
        compare(diff, before, after);
    }
    else if (pb_outcome_failed(outcome_of(before)) ||
             pb_outcome_failed(outcome_of(after)))
    {
        diff->known++;
    }
}

static int
compare_changes(const void *left, const void *right)
{
    const struct pb_change *a = left;
    const struct pb_change *b = right;
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    return strcmp(a->id, b->id);
}

void
pb_diff_compute(const struct pb_results *before,
                const struct pb_results *after, const struct pb_strv *known,
                struct pb_diff *out)
{
    *out = (struct pb_diff)PB_DIFF_INIT;
    for (size_t i = 0; i < after->len; i++) {
        const struct pb_result *new = &after->items[i];
        compare_known(out, known, pb_results_find(before, new->id), new);
    }
    for (size_t i = 0; i < before->len; i++) {
        const struct pb_result *old = &before->items[i];
        if (pb_results_find(after, old->id) == NULL) {
            compare_known(out, known, old, NULL);
        }
    }
    if (out->len > 0) {
        qsort(out->items, out->len, sizeof(*out->items), compare_changes);
    }
}

size_t
pb_diff_count(const struct pb_diff *diff, enum pb_change_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < diff->len; i++) {
        count += diff->items[i].kind == kind;
    }
    return count;
}

size_t
pb_diff_regressions(const struct pb_diff *diff)
{
    size_t count = 0;
    for (size_t i = 0; i < diff->len; i++) {
        count += pb_change_is_regression(diff->items[i].kind);
    }
    return count;
}

void
pb_diff_clear(struct pb_diff *diff)
{
    for (size_t i = 0; i < diff->len; i++) {
        free(diff->items[i].signature);
    }
    free(diff->items);
    *diff = (struct pb_diff)PB_DIFF_INIT;
}
