/* Plans as JSON. One table of fields serves both directions, so that a field
   cannot be written and not read. */
#include "pybisect/plan.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"

enum field_type { TEXT, LIST, FLAG, NUMBER, VALUE };

static const struct field {
    const char *key;
    enum field_type type;
    size_t offset;
} fields[] = {
#define FIELD(name, type)                                                     \
    {                                                                         \
#name, type, offsetof(struct pb_plan, name)                           \
    }
    FIELD(project, TEXT),
    FIELD(command, LIST),
    FIELD(directory, TEXT),
    FIELD(good, TEXT),
    FIELD(bad, TEXT),
    FIELD(good_id, TEXT),
    FIELD(bad_id, TEXT),
    FIELD(cpython, TEXT),
    FIELD(project_dir, TEXT),
    FIELD(deps_dir, TEXT),
    FIELD(find_links, LIST),
    FIELD(pins, VALUE),
    FIELD(apart, FLAG),
    FIELD(ref, TEXT),
    FIELD(project_revision, TEXT),
    FIELD(source, TEXT),
    FIELD(tests, LIST),
    FIELD(match, TEXT),
    FIELD(all_parents, FLAG),
    FIELD(jobs, NUMBER),
    FIELD(cc, TEXT),
    FIELD(configure_args, LIST),
    FIELD(timeout, NUMBER),
    FIELD(max_culprits, NUMBER),
    FIELD(first, FLAG),
    FIELD(different, FLAG),
    FIELD(phase, TEXT),
    FIELD(no_ccache, FLAG),
    FIELD(identity, TEXT),
    FIELD(confidence, TEXT),
    FIELD(deterministic, FLAG),
    FIELD(repeat, NUMBER),
    FIELD(budget, TEXT),
    FIELD(no_prior, FLAG),
    FIELD(by_runs, FLAG),
    FIELD(ahead, NUMBER),
    FIELD(sandbox, TEXT),
#undef FIELD
};

/* In the order in which they are run. */
static const enum pb_phase phases[] = {
    PB_PHASE_INSTALL_PYTHON, PB_PHASE_PREPARE, PB_PHASE_SMOKE, PB_PHASE_TEST};

bool
pb_plan_parse_phase(const char *name, enum pb_phase *out)
{
    for (size_t i = 0; i < PB_LENGTH(phases); i++) {
        if (strcmp(name, pb_phase_name(phases[i])) == 0) {
            *out = phases[i];
            return true;
        }
    }
    return false;
}

enum pb_phase
pb_plan_phase_of(const char *id)
{
    enum pb_phase phase = pb_phase_of(id);
    return phase == PB_PHASE_RUN || phase == PB_PHASE_COMMAND ? PB_PHASE_TEST
                                                              : phase;
}

enum pb_phase
pb_plan_phase(const struct pb_plan *plan)
{
    enum pb_phase phase = PB_PHASE_TEST;
    if (plan->phase != NULL) {
        pb_plan_parse_phase(plan->phase, &phase);
    }
    return phase;
}

bool
pb_plan_runs(const struct pb_plan *plan, enum pb_phase phase)
{
    enum pb_phase last = pb_plan_phase(plan);
    for (size_t i = 0; i < PB_LENGTH(phases); i++) {
        if (phases[i] == phase) {
            return true;
        }
        if (phases[i] == last) {
            break;
        }
    }
    return false;
}

bool
pb_plan_parse_sandbox(const char *text)
{
    return strcmp(text, "bwrap") == 0 || strcmp(text, "none") == 0;
}

bool
pb_plan_parse_confidence(const char *text, double *out)
{
    char *end = NULL;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && *out > 0 && *out < 1;
}

bool
pb_plan_parse_budget(const char *text, size_t *out_runs, double *out_seconds)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    char *end = NULL;
    double number = strtod(text, &end);
    *out_runs = 0;
    *out_seconds = 0;
    if (end == text || !(number > 0) || number > 1e9) {
        return false;
    }
    if (*end == '\0') {
        *out_runs = (size_t)number;
        return *out_runs > 0 && (double)*out_runs >= number;
    }
    for (size_t i = 0; i < PB_LENGTH(units); i++) {
        if (strcmp(end, units[i].unit) == 0) {
            *out_seconds = number * units[i].seconds;
            return true;
        }
    }
    return false;
}

static void *
member(const struct pb_plan *plan, const struct field *field)
{
    return (char *)(uintptr_t)plan + field->offset;
}

void
pb_plan_clear(struct pb_plan *plan)
{
    for (size_t i = 0; i < PB_LENGTH(fields); i++) {
        if (fields[i].type == TEXT) {
            free(*(char **)member(plan, &fields[i]));
        }
        else if (fields[i].type == LIST) {
            pb_strv_clear(member(plan, &fields[i]));
        }
        else if (fields[i].type == VALUE) {
            pb_json_free(*(struct pb_json **)member(plan, &fields[i]));
        }
    }
    memset(plan, 0, sizeof(*plan));
}

struct pb_json *
pb_plan_to_json(const struct pb_plan *plan)
{
    struct pb_json *json = pb_json_object();
    for (size_t i = 0; i < PB_LENGTH(fields); i++) {
        const void *value = member(plan, &fields[i]);
        struct pb_json *item = NULL;
        switch (fields[i].type) {
        case TEXT:
            item = pb_json_string(*(char *const *)value);
            break;
        case LIST:
            item = pb_json_strings(value);
            break;
        case FLAG:
            item = pb_json_bool(*(const bool *)value);
            break;
        case NUMBER:
            item = pb_json_integer(*(const long *)value);
            break;
        case VALUE:
            item = pb_json_copy(*(struct pb_json *const *)value);
            item = item != NULL ? item : pb_json_null();
            break;
        }
        pb_json_set(json, fields[i].key, item);
    }
    return json;
}

int
pb_plan_from_json(const struct pb_json *json, struct pb_plan *out,
                  struct pb_error *err)
{
    if (!pb_json_has(json, "project") || !pb_json_has(json, "command")) {
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "the journal's plan is not one of pybisect's");
    }
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < PB_LENGTH(fields); i++) {
        const char *key = fields[i].key;
        void *value = member(out, &fields[i]);
        switch (fields[i].type) {
        case TEXT:
            if (!pb_json_is_null(pb_json_get(json, key))) {
                *(char **)value = pb_strdup(pb_json_get_string(json, key));
            }
            break;
        case LIST:
            pb_json_get_strings(json, key, value);
            break;
        case FLAG:
            *(bool *)value = pb_json_get_bool(json, key);
            break;
        case NUMBER:
            *(long *)value = (long)pb_json_get_integer(json, key);
            break;
        case VALUE:
            if (!pb_json_is_null(pb_json_get(json, key))) {
                *(struct pb_json **)value =
                    pb_json_copy(pb_json_get(json, key));
            }
            break;
        }
    }
    return 0;
}

char *
pb_plan_title(const struct pb_plan *plan)
{
    PB_AUTO(pb_buf) struct pb_buf title = PB_BUF_INIT;
    if (plan->project != NULL) {
        pb_buf_addf(&title, "%s ", plan->project);
    }
    pb_buf_addf(&title, "%s..%s", plan->good == NULL ? "" : plan->good,
                plan->bad == NULL ? "" : plan->bad);
    if (plan->command.len > 0) {
        PB_AUTOFREE char *command = pb_strv_join(&plan->command, " ");
        pb_buf_addf(&title, " -- %s", command);
    }
    return pb_buf_take(&title);
}
