/* Two runs compared, test by test. Only what passed before can regress by
   being skipped or by vanishing; only what did not fail before can regress
   by failing. */
#include <fnmatch.h>
#include <stdint.h>
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

/* A comparison under way. One cause fails many tests with the same words, so
   the signatures last worked out are kept: a slot each, by a hash of the
   message. */
#define SLOTS 256
#define MOST_HASHED 256 /* bytes of a message */

struct comparing {
    struct pb_diff *diff;
    const struct pb_strv *known;
    struct {
        const struct pb_result *result;
        char *signature; /* own copy */
    } slots[SLOTS];
};

static void
comparing_clear(struct comparing *comparing)
{
    for (size_t i = 0; i < SLOTS; i++) {
        free(comparing->slots[i].signature);
    }
}

/* FNV-1a of what messages mostly differ in. */
static size_t
slot_of(const char *message)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < MOST_HASHED && message[i] != '\0'; i++) {
        hash = (hash ^ (unsigned char)message[i]) * 16777619U;
    }
    return (hash ^ hash >> 16) % SLOTS;
}

/* pb_signature_of; caller frees. */
static char *
signature_of(struct comparing *comparing, const struct pb_result *result)
{
    if (result == NULL || result->message == NULL ||
        pb_result_is_pseudo(result->id))
    {
        return pb_signature_of(result);
    }
    size_t slot = slot_of(result->message);
    const struct pb_result *kept = comparing->slots[slot].result;
    char **signature = &comparing->slots[slot].signature;
    if (kept == NULL || !pb_signature_is_shared(kept, result)) {
        free(*signature);
        *signature = pb_signature_of(result);
        comparing->slots[slot].result = result;
    }
    return pb_strdup(*signature);
}

static void
compare_failures(struct comparing *comparing, const struct pb_result *before,
                 const struct pb_result *after)
{
    struct pb_diff *diff = comparing->diff;
    diff->failing_both++;
    PB_AUTOFREE char *old = signature_of(comparing, before);
    char *new = signature_of(comparing, after);
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
        diff->passing_both++;
        return;
    }
    enum pb_change_kind kind = PB_CHANGE_NEW;
    if (change_between(old, new, &kind)) {
        add_change(diff, kind, before, after, signature_of(comparing, after));
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
    PB_CLEANUP(comparing_clear)
    struct comparing comparing = {.diff = out, .known = known};
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
