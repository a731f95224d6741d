/* All nights as one record: docs/nightly.md describes it field by field. */
#include <string.h>

#include "bisect/night_private.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"

#define SCHEMA "pybisect-nights-1"
#define NIGHTS 90
#define CHANGES 200
#define FLAKY 50

/* Keys of an object, in this order; a missing one is null. */
static struct pb_json *
pick(const struct pb_json *object, const char *const *keys, size_t len)
{
    struct pb_json *picked = pb_json_object();
    for (size_t i = 0; i < len; i++) {
        const struct pb_json *value = pb_json_get(object, keys[i]);
        pb_json_set(picked, keys[i],
                    value == NULL ? pb_json_null() : pb_json_copy(value));
    }
    return picked;
}

struct pb_json *
pb_night_failure_json(const struct pb_json *failure)
{
    static const char *const keys[] = {
        "id",        "project",  "signature", "class",  "tests", "ntests",
        "first_red", "last_red", "fixed",     "green",  "red",   "status",
        "why",       "culprit",  "suspects",  "report",
    };
    PB_AUTOFREE char *name = pb_night_failure_name(failure);
    struct pb_json *json = pick(failure, keys, PB_LENGTH(keys));
    pb_json_set(json, "id", pb_json_string(name));
    return json;
}

/* --- culprits ----------------------------------------------------------- */

static struct pb_json *
find_culprit(struct pb_json *list, const struct pb_json *failure)
{
    static const char *const keys[] = {"sha", "subject", "author", "date"};
    const struct pb_json *culprit = pb_json_get(failure, "culprit");
    for (size_t i = 0; i < pb_json_length(list); i++) {
        struct pb_json *each = pb_json_at(list, i);
        if (strcmp(pb_json_get_string(each, "sha"),
                   pb_json_get_string(culprit, "sha")) == 0)
        {
            return each;
        }
    }
    struct pb_json *json = pick(culprit, keys, PB_LENGTH(keys));
    pb_json_set(json, "failures", pb_json_array());
    pb_json_set(json, "first_red",
                pb_json_copy(pb_json_get(failure, "first_red")));
    pb_json_set(json, "fixed", pb_json_integer(0));
    pb_json_append(list, json);
    return json;
}

/* Fixed when the last of its failures is. */
static void
add_failure(struct pb_json *culprit, const struct pb_json *failure)
{
    PB_AUTOFREE char *name = pb_night_failure_name(failure);
    int64_t first = pb_json_get_integer(culprit, "first_red");
    int64_t red = pb_json_get_integer(failure, "first_red");
    pb_json_append(pb_json_get(culprit, "failures"), pb_json_string(name));
    pb_json_set(culprit, "first_red",
                pb_json_integer(red < first ? red : first));
    if (pb_json_is_null(pb_json_get(failure, "fixed")) ||
        pb_json_is_null(pb_json_get(culprit, "fixed")))
    {
        pb_json_set(culprit, "fixed", pb_json_null());
        return;
    }
    int64_t fixed = pb_json_get_integer(failure, "fixed");
    int64_t last = pb_json_get_integer(culprit, "fixed");
    pb_json_set(culprit, "fixed",
                pb_json_integer(fixed > last ? fixed : last));
}

struct pb_json *
pb_night_culprits(const struct pb_json *failures)
{
    struct pb_json *list = pb_json_array();
    for (size_t i = 0; i < pb_json_length(failures); i++) {
        const struct pb_json *failure = pb_json_at(failures, i);
        if (strcmp(pb_json_get_string(failure, "status"), "found") == 0) {
            add_failure(find_culprit(list, failure), failure);
        }
    }
    return list;
}

/* --- nights and projects ------------------------------------------------ */

static struct pb_json *
time_json(const struct pb_json *object, const char *key)
{
    char text[PB_CLOCK_TEXT];
    int64_t when = pb_json_get_integer(object, key);
    return when == 0 ? pb_json_null()
                     : pb_json_string(pb_clock_iso(when, text));
}

static struct pb_json *
night_json(const struct pb_json *night)
{
    static const char *const keys[] = {"night", "started", "ended", "seconds",
                                       "head",  "state",   "why"};
    struct pb_json *json = pick(night, keys, PB_LENGTH(keys));
    bool runs = strcmp(pb_json_get_string(night, "state"), "running") == 0;
    pb_json_set(json, "night", pb_json_copy(pb_json_get(night, "id")));
    pb_json_set(json, "started", time_json(night, "started"));
    pb_json_set(json, "ended",
                runs ? pb_json_null() : time_json(night, "ended"));
    if (runs) {
        pb_json_set(json, "state", pb_json_string("partial"));
    }
    return json;
}

static struct pb_json *
cell_json(const struct pb_json *cell)
{
    static const char *const keys[] = {"night",  "state",   "passed",
                                       "failed", "skipped", "missing",
                                       "why",    "failures"};
    return pick(cell, keys, PB_LENGTH(keys));
}

/* Cells come project by project. */
static int
add_cell(struct pb_journal *journal, struct pb_json *projects,
         const struct pb_json *cell, struct pb_error *err)
{
    const char *name = pb_json_get_string(cell, "project");
    size_t len = pb_json_length(projects);
    struct pb_json *project = len == 0 ? NULL : pb_json_at(projects, len - 1);
    if (project == NULL ||
        strcmp(pb_json_get_string(project, "name"), name) != 0) {
        struct pb_json *changes = NULL;
        struct pb_json *flaky = NULL;
        project = pb_json_object();
        pb_json_append(projects, project);
        pb_json_set(project, "name", pb_json_string(name));
        pb_json_set(project, "cells", pb_json_array());
        if (pb_night_changes(journal, name, CHANGES, &changes, err) < 0) {
            return -1;
        }
        pb_json_set(project, "changed", changes);
        if (pb_night_flaky(journal, name, FLAKY, &flaky, err) < 0) {
            return -1;
        }
        pb_json_set(project, "flaky", flaky);
    }
    pb_json_append(pb_json_get(project, "cells"), cell_json(cell));
    return 0;
}

static int
add_projects(struct pb_journal *journal, int64_t from, struct pb_json *record,
             struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *cells = NULL;
    struct pb_json *projects = pb_json_array();
    pb_json_set(record, "projects", projects);
    if (pb_night_cells(journal, from, &cells, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < pb_json_length(cells); i++) {
        if (add_cell(journal, projects, pb_json_at(cells, i), err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
pb_nights_record(struct pb_journal *journal, struct pb_json **out,
                 struct pb_error *err)
{
    char text[PB_CLOCK_TEXT];
    PB_AUTO(pb_json) struct pb_json *nights = NULL;
    PB_AUTO(pb_json) struct pb_json *failures = NULL;
    PB_AUTO(pb_json) struct pb_json *record = pb_json_object();
    if (pb_night_list(journal, NIGHTS, &nights, err) < 0 ||
        pb_night_failures(journal, NULL, &failures, err) < 0)
    {
        return -1;
    }
    int64_t first = pb_json_get_integer(pb_json_at(nights, 0), "id");
    struct pb_json *list = pb_json_array();
    pb_json_set(record, "schema", pb_json_string(SCHEMA));
    pb_json_set(record, "written",
                pb_json_string(pb_clock_iso(pb_clock_now(), text)));
    pb_json_set(record, "nights", list);
    for (size_t i = 0; i < pb_json_length(nights); i++) {
        pb_json_append(list, night_json(pb_json_at(nights, i)));
    }
    if (add_projects(journal, first, record, err) < 0) {
        return -1;
    }
    list = pb_json_array();
    pb_json_set(record, "failures", list);
    for (size_t i = 0; i < pb_json_length(failures); i++) {
        pb_json_append(list, pb_night_failure_json(pb_json_at(failures, i)));
    }
    pb_json_set(record, "culprits", pb_night_culprits(failures));
    *out = record;
    record = NULL;
    return 0;
}
