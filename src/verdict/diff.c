/* Two runs compared, test by test. Only what passed before can regress by
   being skipped or by vanishing; only what did not fail before can regress
   by failing. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/verdict.h"
#include "verdict/signature.h"

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

struct comparing {
    struct pb_diff *diff;
    const struct pb_strv *known;
    struct pb_signer *signer;
};

static void
compare_failures(struct comparing *comparing, const struct pb_result *before,
                 const struct pb_result *after)
{
    struct pb_diff *diff = comparing->diff;
    diff->failing_both++;
    PB_AUTOFREE char *old = pb_signer_sign(comparing->signer, before);
    char *new = pb_signer_sign(comparing->signer, after);
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
    if (before == PB_OUTCOME_XPASS && after == PB_OUTCOME_XFAIL) {
        /* What had come to work no longer does; the suite says nothing. */
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
compare(struct comparing *comparing, const struct pb_result *before,
        const struct pb_result *after)
{
    struct pb_diff *diff = comparing->diff;
    enum pb_outcome old = outcome_of(before);
    enum pb_outcome new = outcome_of(after);
    if (pb_outcome_failed(old) && pb_outcome_failed(new)) {
        compare_failures(comparing, before, after);
        return;
    }
    if (old == PB_OUTCOME_PASS && new == PB_OUTCOME_PASS) {
        diff->passing_both += !pb_result_is_pseudo(before->id);
        return;
    }
    enum pb_change_kind kind = PB_CHANGE_NEW;
    if (change_between(old, new, &kind)) {
        add_change(diff, kind, before, after,
                   pb_signer_sign(comparing->signer, after));
    }
}

/* `compare`, for what is not known to be unreliable. */
static void
compare_known(struct comparing *comparing, const struct pb_result *before,
              const struct pb_result *after)
{
    const char *id = after == NULL ? before->id : after->id;
    if (!is_known(comparing->known, id)) {
        compare(comparing, before, after);
    }
    else if (pb_outcome_failed(outcome_of(before)) ||
             pb_outcome_failed(outcome_of(after)))
    {
        comparing->diff->known++;
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

/* The result of that id, NULL if there is none. Two runs of one suite report
   in much the same order: it is usually where the last one stood, or next. */
static const struct pb_result *
find_near(const struct pb_results *results, size_t *cursor, const char *id)
{
    size_t at = *cursor;
    const struct pb_result *found =
        at < results->len && strcmp(results->items[at].id, id) == 0
            ? &results->items[at]
            : pb_results_get(results, id);
    if (found != NULL) {
        *cursor = (size_t)(found - results->items) + 1;
    }
    return found;
}

void
pb_diff_compute(const struct pb_results *before,
                const struct pb_results *after, const struct pb_strv *known,
                struct pb_diff *out)
{
    *out = (struct pb_diff)PB_DIFF_INIT;
    PB_AUTO(pb_signer) struct pb_signer *signer = pb_signer_new();
    struct comparing comparing = {
        .diff = out, .known = known, .signer = signer};
    PB_AUTOFREE bool *seen = pb_alloc_array(before->len, sizeof(*seen));
    size_t cursor = 0;
    for (size_t i = 0; i < after->len; i++) {
        const struct pb_result *new = &after->items[i];
        const struct pb_result *old = find_near(before, &cursor, new->id);
        if (old != NULL) {
            seen[old - before->items] = true;
        }
        compare_known(&comparing, old, new);
    }
    for (size_t i = 0; i < before->len; i++) {
        if (!seen[i]) {
            compare_known(&comparing, &before->items[i], NULL);
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
