/* What a finding changed, test by test: between the closing runs at its
   parent and at itself when there are such, else between the ends. */
#include "report/record_private.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/map.h"

static const struct pb_regression *
regression_at(const struct pb_record_source *source,
              const struct pb_record_answer *answer, size_t index)
{
    return pb_bisection_regression(source->bisection, answer->tests[index]);
}

/* --- signatures --------------------------------------------------------- */

struct tally {
    const char *signature;
    size_t count;
};

/* Frequent ones first, else by text: an order that does not depend on how
   the hunts were split. */
static int
compare_tallies(const void *a, const void *b)
{
    const struct tally *left = a;
    const struct tally *right = b;
    if (left->count != right->count) {
        return left->count > right->count ? -1 : 1;
    }
    return strcmp(left->signature, right->signature);
}

static struct pb_json *
signatures_json(const struct pb_record_source *source,
                const struct pb_record_answer *answer)
{
    PB_AUTO(pb_map) struct pb_map *seen = pb_map_new(NULL);
    PB_AUTOFREE struct tally *tallies =
        pb_alloc_array(answer->ntests, sizeof(*tallies));
    size_t len = 0;
    for (size_t i = 0; i < answer->ntests; i++) {
        const char *text = regression_at(source, answer, i)->bad_signature;
        struct tally *tally = pb_map_get(seen, text);
        if (tally == NULL) {
            tally = &tallies[len++];
            tally->signature = text;
            pb_map_set(seen, text, tally);
        }
        tally->count++;
    }
    qsort(tallies, len, sizeof(*tallies), compare_tallies);
    struct pb_json *array = pb_json_array();
    for (size_t i = 0; i < len; i++) {
        struct pb_json *json = pb_json_object();
        pb_json_set(json, "signature", pb_json_string(tallies[i].signature));
        pb_json_set(json, "count", pb_json_integer((int64_t)tallies[i].count));
        pb_json_append(array, json);
    }
    return array;
}

/* --- tests -------------------------------------------------------------- */

/* A traceback says most at its end. */
static struct pb_json *
trace_json(const char *trace)
{
    size_t length = trace == NULL ? 0 : strlen(trace);
    if (length <= PB_RECORD_TRACE_BYTES) {
        return pb_json_string(trace);
    }
    const char *tail = trace + length - PB_RECORD_TRACE_BYTES;
    const char *line = strchr(tail, '\n');
    if (line != NULL && line[1] != '\0') {
        tail = line + 1;
    }
    while (((unsigned char)*tail & 0xC0) == 0x80) {
        tail++; /* not in the middle of a character */
    }
    PB_AUTOFREE char *text = pb_asprintf("...\n%s", tail);
    return pb_json_string(text);
}

static struct pb_json *
result_json(const struct pb_result *result)
{
    struct pb_json *json = pb_json_object();
    enum pb_outcome outcome =
        result == NULL ? PB_OUTCOME_ABSENT : result->outcome;
    pb_json_set(json, "outcome", pb_json_string(pb_outcome_name(outcome)));
    if (result != NULL) {
        pb_json_set(json, "type", pb_json_string(result->type));
        pb_json_set(json, "message", pb_json_string(result->message));
        pb_json_set(json, "trace", trace_json(result->trace));
    }
    return json;
}

/* The list as it grows, and what no longer fits. */
struct listing {
    struct pb_json *tests;
    size_t left_out;
};

static void
list_test(struct listing *listing, const char *kind, const char *id,
          const char *signature, const char *class_name,
          const struct pb_result *before, const struct pb_result *after)
{
    if (pb_json_length(listing->tests) == PB_RECORD_TESTS) {
        listing->left_out++;
        return;
    }
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "id", pb_json_string(id));
    pb_json_set(json, "kind", pb_json_string(kind));
    pb_json_set(json, "signature", pb_json_string(signature));
    pb_json_set(json, "class", pb_json_string(class_name));
    pb_json_set(json, "before", result_json(before));
    pb_json_set(json, "after", result_json(after));
    pb_json_append(listing->tests, json);
}

static const char *const count_names[] = {
    [PB_CHANGE_FAILING] = "failing",   [PB_CHANGE_SKIPPED] = "skipped",
    [PB_CHANGE_VANISHED] = "vanished", [PB_CHANGE_DIFFERENT] = "different",
    [PB_CHANGE_FIXED] = "fixed",       [PB_CHANGE_NEW] = "new",
};

/* Lists the changes, only those of tests in `only` when it is given, and
   counts them by kind. */
static void
list_changes(const struct pb_diff *diff,
             const struct pb_record_classes *classes,
             const struct pb_map *only, struct listing *listing,
             struct pb_json *counts)
{
    int64_t count[PB_LENGTH(count_names)] = {0};
    for (size_t i = 0; i < diff->len; i++) {
        const struct pb_change *change = &diff->items[i];
        if (only != NULL && pb_map_get(only, change->id) == NULL) {
            continue;
        }
        count[change->kind] += !pb_result_is_pseudo(change->id);
        list_test(listing, pb_change_kind_name(change->kind), change->id,
                  change->signature,
                  classes->of[i] == NULL ? NULL : classes->of[i]->class_name,
                  change->before, change->after);
    }
    for (size_t i = 0; i < PB_LENGTH(count_names); i++) {
        pb_json_set(counts, count_names[i], pb_json_integer(count[i]));
    }
    pb_json_set(counts, "passing_both",
                pb_json_integer((int64_t)diff->passing_both));
    pb_json_set(counts, "failing_both",
                pb_json_integer((int64_t)diff->failing_both));
    pb_json_set(counts, "known_failing",
                pb_json_integer((int64_t)diff->known));
}

/* Hunted tests that do the same in both closing runs: what a disputed
   culprit is disputed for. */
static void
list_unchanged(const struct pb_record_source *source,
               const struct pb_record_answer *answer,
               const struct pb_diff *diff, struct listing *listing,
               struct pb_json *counts)
{
    PB_AUTO(pb_map) struct pb_map *changed = pb_map_new(NULL);
    for (size_t i = 0; i < diff->len; i++) {
        pb_map_set(changed, diff->items[i].id, &diff->items[i]);
    }
    int64_t unchanged = 0;
    for (size_t i = 0; i < answer->ntests; i++) {
        const struct pb_regression *regression =
            regression_at(source, answer, i);
        const char *id = regression->id;
        if (pb_map_get(changed, id) == NULL) {
            unchanged++;
            list_test(
                listing, "unchanged", id, regression->bad_signature, NULL,
                pb_results_find(&answer->parent->evaluation.results, id),
                pb_results_find(&answer->culprit->evaluation.results, id));
        }
    }
    pb_json_set(counts, "unchanged", pb_json_integer(unchanged));
}

static void
list_closing(const struct pb_record_source *source,
             const struct pb_record_answer *answer, struct listing *listing,
             struct pb_json *counts, struct pb_json *finding)
{
    PB_AUTO(pb_diff) struct pb_diff diff = PB_DIFF_INIT;
    PB_AUTO(pb_record_classes) struct pb_record_classes classes;
    const struct pb_results *before = &answer->parent->evaluation.results;
    const struct pb_results *after = &answer->culprit->evaluation.results;
    pb_diff_compute(before, after,
                    pb_bisection_options(source->bisection)->known_failures,
                    &diff);
    pb_record_classify(source, before, after, &diff, &classes);
    pb_json_set(finding, "classes", pb_record_classes(&classes, &diff, NULL));
    list_changes(&diff, &classes, NULL, listing, counts);
    list_unchanged(source, answer, &diff, listing, counts);
}

static void
list_ends(const struct pb_record_source *source,
          const struct pb_record_answer *answer, struct listing *listing,
          struct pb_json *counts, struct pb_json *finding)
{
    const struct pb_bisection *bisection = source->bisection;
    const struct pb_diff *diff = pb_bisection_diff(bisection);
    PB_AUTO(pb_record_classes) struct pb_record_classes classes = {.of = NULL};
    if (diff == NULL) {
        return;
    }
    pb_record_classify(source,
                       &pb_bisection_end(bisection, false)->evaluation.results,
                       &pb_bisection_end(bisection, true)->evaluation.results,
                       diff, &classes);
    PB_AUTO(pb_map) struct pb_map *only = pb_map_new(NULL);
    for (size_t i = 0; i < answer->ntests; i++) {
        const char *id = regression_at(source, answer, i)->id;
        pb_map_set(only, id, &answer->tests[i]);
    }
    pb_json_set(finding, "classes", pb_record_classes(&classes, diff, only));
    list_changes(diff, &classes, only, listing, counts);
}

/* Those that did not reproduce say nothing. */
static void
leave_out_flaky(const struct pb_bisection *bisection,
                const struct pb_diff *diff, struct pb_map *only)
{
    PB_AUTO(pb_map) struct pb_map *flaky = pb_map_new(NULL);
    for (size_t i = 0; i < pb_bisection_regressions(bisection); i++) {
        if (pb_bisection_is_flaky(bisection, i)) {
            const char *id = pb_bisection_regression(bisection, i)->id;
            pb_map_set(flaky, id, (void *)(uintptr_t)id);
        }
    }
    for (size_t i = 0; i < diff->len; i++) {
        if (pb_map_get(flaky, diff->items[i].id) == NULL) {
            pb_map_set(only, diff->items[i].id, &diff->items[i]);
        }
    }
}

void
pb_record_changes(const struct pb_record_source *source, struct pb_json *out)
{
    struct listing listing = {.tests = pb_json_array()};
    struct pb_json *counts = pb_json_object();
    const struct pb_bisection *bisection = source->bisection;
    const struct pb_diff *diff =
        bisection == NULL ? NULL : pb_bisection_diff(bisection);
    pb_json_set(out, "classes", pb_json_array());
    pb_json_set(out, "tests", listing.tests);
    pb_json_set(out, "counts", counts);
    if (diff != NULL) {
        PB_AUTO(pb_record_classes)
        struct pb_record_classes classes = {.of = NULL};
        PB_AUTO(pb_map) struct pb_map *only = pb_map_new(NULL);
        leave_out_flaky(bisection, diff, only);
        pb_record_classify(
            source, &pb_bisection_end(bisection, false)->evaluation.results,
            &pb_bisection_end(bisection, true)->evaluation.results, diff,
            &classes);
        pb_json_set(out, "classes", pb_record_classes(&classes, diff, only));
        list_changes(diff, &classes, only, &listing, counts);
    }
    pb_json_set(out, "tests_left_out",
                pb_json_integer((int64_t)listing.left_out));
}

void
pb_record_tests(const struct pb_record_source *source,
                const struct pb_record_answer *answer, struct pb_json *finding)
{
    struct listing listing = {.tests = pb_json_array()};
    struct pb_json *counts = pb_json_object();
    pb_json_set(finding, "signatures", signatures_json(source, answer));
    pb_json_set(finding, "classes", pb_json_array());
    pb_json_set(finding, "tests", listing.tests);
    pb_json_set(finding, "counts", counts);
    if (answer->culprit != NULL) {
        list_closing(source, answer, &listing, counts, finding);
    }
    else {
        list_ends(source, answer, &listing, counts, finding);
    }
    pb_json_set(finding, "tests_left_out",
                pb_json_integer((int64_t)listing.left_out));
}
