/* Plans as JSON. One table of fields serves both directions, so that a field
   cannot be written and not read. */
#include "pybisect/plan.h"

#include <stddef.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/results.h"

enum field_type { TEXT, LIST, FLAG, NUMBER };

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
    FIELD(phase, TEXT),
    FIELD(no_ccache, FLAG),
#undef FIELD
};

static const struct phase {
    const char *name;
    const char *test; /* its pseudo-test */
} phases[] = {
    [PB_PHASE_ID_INSTALL] = {"install-python", PB_TEST_INSTALL},
    [PB_PHASE_ID_PREPARE] = {"prepare", PB_TEST_PREPARE},
    [PB_PHASE_ID_SMOKE] = {"smoke", PB_TEST_SMOKE},
    [PB_PHASE_ID_TEST] = {"test", PB_TEST_RUN},
};

const char *
pb_phase_id_name(enum pb_phase_id phase)
{
    return phases[phase].name;
}

bool
pb_phase_id_parse(const char *name, enum pb_phase_id *out)
{
    for (size_t i = 0; i < PB_LENGTH(phases); i++) {
        if (strcmp(name, phases[i].name) == 0) {
            *out = (enum pb_phase_id)i;
            return true;
        }
    }
    return false;
}

enum pb_phase_id
pb_phase_id_of(const char *test)
{
    for (size_t i = 0; i < PB_LENGTH(phases); i++) {
        if (strcmp(test, phases[i].test) == 0) {
            return (enum pb_phase_id)i;
        }
    }
    return PB_PHASE_ID_TEST;
}

enum pb_phase_id
pb_plan_last_phase(const struct pb_plan *plan)
{
    enum pb_phase_id phase = PB_PHASE_ID_TEST;
    if (plan->phase != NULL) {
        pb_phase_id_parse(plan->phase, &phase);
    }
    return phase;
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
