/* The record of a bisection: what was asked, what was found, what it took.
   Its fields are documented in docs/report.md. */
#include "report/record_private.h"

#include "pybisect/report.h"

struct pb_json *
pb_record_steal(struct pb_json **value)
{
    struct pb_json *taken = *value;
    *value = NULL;
    return taken;
}

static struct pb_json *
project_json(const struct pb_session *session)
{
    const struct pb_plan *plan = session->plan;
    const struct pb_recipe *recipe = &session->recipe;
    struct pb_json *json = pb_json_object();
    pb_json_set(
        json, "name",
        pb_json_string(recipe->name != NULL ? recipe->name : plan->project));
    pb_json_set(json, "recipe", pb_json_string(recipe->file));
    pb_json_set(json, "notes", pb_json_strings(&session->notes));
    pb_json_set(json, "command", pb_json_strings(&plan->command));
    pb_json_set(json, "directory",
                pb_json_string(plan->command.len > 0 ? plan->directory
                                                     : plan->project_dir));
    /* Of a directory the recipe's ref says nothing. */
    pb_json_set(json, "ref",
                pb_json_string(plan->ref != NULL           ? plan->ref
                               : plan->project_dir != NULL ? NULL
                                                           : recipe->ref));
    pb_json_set(json, "revision", pb_json_string(session->project.revision));
    pb_json_set(json, "dependencies", pb_json_string(session->project.deps));
    pb_json_set(json, "dependencies_revision",
                pb_json_string(session->project.deps_revision));
    if (session->pins.len > 0) {
        pb_json_set(json, "distributions", pb_pins_to_json(&session->pins));
    }
    pb_json_set(json, "pins",
                session->project.recipe != NULL
                    ? pb_project_pins(&session->project)
                    : pb_json_null());
    pb_json_set(json, "environment", pb_environment_fixed());
    return json;
}

static struct pb_json *
header_json(const struct pb_record_source *source, const char *command)
{
    enum pb_finding finding = pb_bisection_finding(source->bisection);
    PB_AUTOFREE char *title = pb_plan_title(source->session->plan);
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "schema", pb_json_string(PB_RECORD_SCHEMA));
    pb_json_set(json, "pybisect", pb_json_string(PB_VERSION));
    pb_json_set(json, "id",
                pb_json_integer(pb_bisection_options(source->bisection)->id));
    pb_json_set(json, "command", pb_json_string(command));
    pb_json_set(json, "title", pb_json_string(title));
    pb_json_set(json, "outcome", pb_json_string(pb_finding_name(finding)));
    pb_json_set(json, "exit_status", pb_json_null());
    pb_json_set(json, "exit_status",
                pb_json_integer(pb_report_exit_status(json)));
    pb_json_set(json, "remark",
                pb_json_string(pb_bisection_remark(source->bisection)));
    return json;
}

/* Puts a part into the record, or says that it could not be made. */
static int
set_part(struct pb_json *record, const char *key, struct pb_json *part)
{
    if (part == NULL) {
        return -1;
    }
    pb_json_set(record, key, part);
    return 0;
}

struct pb_json *
pb_report_record(const struct pb_bisection *bisection,
                 struct pb_session *session, const char *command,
                 double seconds, struct pb_error *err)
{
    struct pb_record_source source = {bisection, session};
    PB_AUTO(pb_json) struct pb_json *record = header_json(&source, command);
    pb_json_set(record, "project", project_json(session));
    if (set_part(record, "cpython", pb_record_cpython(&source, err)) < 0) {
        return NULL;
    }
    pb_json_set(record, "ends", pb_record_ends(&source));
    if (set_part(record, "findings", pb_record_findings(&source, err)) < 0 ||
        set_part(record, "tried", pb_record_tried(&source, err)) < 0)
    {
        return NULL;
    }
    pb_json_set(record, "reproduce",
                pb_record_reproduce(&source, NULL, &session->range.good,
                                    &session->range.bad));
    pb_json_set(record, "time", pb_record_time(&source, seconds));
    return pb_record_steal(&record);
}
