/* Failures from first red to fixed. */
#include <stdlib.h>
#include <string.h>

#include "bisect/night_private.h"
#include "pybisect/alloc.h"
#include "pybisect/verdict.h"

#define TESTS_NAMED 100

char *
pb_night_failure_name(const struct pb_json *failure)
{
    return pb_asprintf("f%lld", (long long)pb_json_get_integer(failure, "id"));
}

/* --- classes ------------------------------------------------------------ */

/* The class of each test that fails, by the rules; to be freed. */
struct classes {
    struct pb_results before;
    struct pb_diff diff;
    struct pb_groups groups;
    struct pb_map *of; /* test to class */
};

static void
clear_classes(struct classes *classes)
{
    pb_map_free(classes->of);
    pb_groups_clear(&classes->groups);
    pb_diff_clear(&classes->diff);
    pb_results_clear(&classes->before);
}

/* What it was when it was looked at last, as far as it is kept. */
static void
find_classes(const struct pb_look *look, struct classes *out)
{
    const struct pb_rules *rules = look->night->options.rules;
    const struct pb_results *after = &look->evaluation.results;
    out->of = pb_map_new(NULL);
    for (size_t i = 0; i < look->rows.len; i++) {
        const struct pb_night_row *row = look->rows.items[i];
        if (row->green != NULL || row->failure == 0) {
            pb_results_add(&out->before, row->test, PB_OUTCOME_PASS);
        }
    }
    if (rules == NULL) {
        return;
    }
    pb_diff_compute(&out->before, after, NULL, &out->diff);
    pb_groups_compute(rules, &out->before, after, &out->diff, NULL,
                      &out->groups);
    for (size_t i = 0; i < out->groups.len; i++) {
        const struct pb_group *group = &out->groups.items[i];
        for (size_t k = 0; k < group->len; k++) {
            pb_map_set(out->of, out->diff.items[group->changes[k]].id,
                       (void *)(uintptr_t)group->match.class_name);
        }
    }
}

/* --- beginning one ------------------------------------------------------ */

static void
set_status(const struct pb_look *look, struct pb_json *failure)
{
    const char *green = pb_json_get_string(failure, "green");
    const char *why = "";
    if (*green == '\0') {
        why = "it was red when it was looked at first";
    }
    else if (strcmp(green, look->night->head) == 0) {
        why = "nothing has changed in CPython since it was green: the cause "
              "lies in the project, or in this machine";
    }
    pb_json_set(failure, "status",
                pb_json_string(*why == '\0' ? "waiting" : "no answer"));
    pb_json_set(failure, "why", pb_json_string(why));
}

static struct pb_json *
new_failure(const struct pb_look *look, const struct pb_suspect *suspect,
            const struct classes *classes)
{
    const char *class_name = pb_map_get(classes->of, suspect->id);
    struct pb_json *failure = pb_json_object();
    pb_json_set(failure, "project", pb_json_string(look->project));
    pb_json_set(failure, "signature", pb_json_string(suspect->signature));
    pb_json_set(failure, "class", pb_json_string(class_name));
    pb_json_set(failure, "tests", pb_json_array());
    pb_json_set(failure, "ntests", pb_json_integer(0));
    pb_json_set(failure, "first_red", pb_json_integer(look->night->id));
    pb_json_set(failure, "last_red", pb_json_integer(look->night->id));
    pb_json_set(failure, "fixed", pb_json_null());
    pb_json_set(failure, "green",
                look->before == NULL ? pb_json_null()
                                     : pb_json_string(pb_json_get_string(
                                           look->before, "head")));
    pb_json_set(failure, "red", pb_json_string(look->night->head));
    pb_json_set(failure, "different",
                pb_json_bool(suspect->row->failure != 0));
    set_status(look, failure);
    pb_json_set(failure, "culprit", pb_json_null());
    pb_json_set(failure, "suspects", pb_json_array());
    pb_json_set(failure, "report", pb_json_null());
    return failure;
}

/* What changed tonight and is red begins a failure for its signature; tests
   that were red otherwise begin another one: their range is searched in
   another way. */
static int
begin_failures(struct pb_look *look, size_t *out_new, struct pb_error *err)
{
    PB_CLEANUP(clear_classes)
    struct classes classes = {.of = NULL};
    PB_AUTO(pb_map) struct pb_map *begun = pb_map_new(free);
    find_classes(look, &classes);
    for (size_t i = 0; i < look->len; i++) {
        struct pb_suspect *suspect = &look->suspects[i];
        if (!suspect->red || !suspect->steady || suspect->elsewhere) {
            continue;
        }
        PB_AUTOFREE char *key = pb_asprintf(
            "%d %s", suspect->row->failure != 0, suspect->signature);
        int64_t *id = pb_map_get(begun, key);
        if (id == NULL) {
            PB_AUTO(pb_json)
            struct pb_json *failure = new_failure(look, suspect, &classes);
            if (pb_night_failure_save(look->night->options.journal, failure,
                                      err) < 0) {
                return -1;
            }
            id = pb_alloc(sizeof(*id));
            *id = pb_json_get_integer(failure, "id");
            pb_map_set(begun, key, id);
            *out_new += 1;
        }
        suspect->row->failure = *id;
    }
    return 0;
}

/* --- going on ----------------------------------------------------------- */

static void
gather_tests(const struct pb_look *look, struct pb_json *failure)
{
    int64_t id = pb_json_get_integer(failure, "id");
    struct pb_json *tests = pb_json_array();
    int64_t count = 0;
    for (size_t i = 0; i < look->rows.len; i++) {
        const struct pb_night_row *row = look->rows.items[i];
        if (row->failure == id && count++ < TESTS_NAMED) {
            pb_json_append(tests, pb_json_string(row->test));
        }
    }
    if (count == 0) {
        /* The tests that it had stay named. */
        pb_json_free(tests);
        pb_json_set(failure, "fixed", pb_json_integer(look->night->id));
        return;
    }
    pb_json_set(failure, "tests", tests);
    pb_json_set(failure, "ntests", pb_json_integer(count));
    pb_json_set(failure, "last_red", pb_json_integer(look->night->id));
}

/* It cannot be seen any more what it was. */
static void
give_up(struct pb_json *failure)
{
    const char *status = pb_json_get_string(failure, "status");
    if (strcmp(status, "waiting") == 0) {
        pb_json_set(failure, "status", pb_json_string("no answer"));
        pb_json_set(failure, "why",
                    pb_json_string("it was gone before it was bisected"));
    }
}

int
pb_look_track(struct pb_look *look, struct pb_strv *out_open, size_t *out_new,
              struct pb_error *err)
{
    struct pb_journal *journal = look->night->options.journal;
    PB_AUTO(pb_json) struct pb_json *failures = NULL;
    if (begin_failures(look, out_new, err) < 0 ||
        pb_night_failures(journal, look->project, &failures, err) < 0)
    {
        return -1;
    }
    for (size_t i = 0; i < pb_json_length(failures); i++) {
        struct pb_json *failure = pb_json_at(failures, i);
        if (!pb_json_is_null(pb_json_get(failure, "fixed"))) {
            continue;
        }
        gather_tests(look, failure);
        if (pb_json_is_null(pb_json_get(failure, "fixed"))) {
            pb_strv_take(out_open, pb_night_failure_name(failure));
        }
        else {
            give_up(failure);
        }
        if (pb_night_failure_save(journal, failure, err) < 0) {
            return -1;
        }
    }
    return 0;
}
