/* The record of an audit: its fields are documented in docs/audit.md. */
#include <string.h>

#include "report/record_private.h"

#include "pybisect/audit_report.h"

#define SCHEMA "pybisect-audit-1"

static struct pb_json *
commit_json(struct pb_repo *repo, const struct pb_oid *id,
            struct pb_error *err)
{
    struct pb_session session = {.repo = repo};
    return pb_record_commit(&session, id, err);
}

struct pb_json *
pb_audit_report_begin(const struct pb_patch *patch, struct pb_repo *repo,
                      bool visible, const char *command, struct pb_error *err)
{
    PB_AUTO(pb_json)
    struct pb_json *base = commit_json(repo, &patch->base, err);
    PB_AUTO(pb_json) struct pb_json *revision = NULL;
    if (base == NULL) {
        return NULL;
    }
    revision = commit_json(repo, &patch->revision, err);
    if (revision == NULL) {
        return NULL;
    }
    struct pb_json *record = pb_json_object();
    pb_json_set(record, "schema", pb_json_string(SCHEMA));
    pb_json_set(record, "pybisect", pb_json_string(PB_VERSION));
    pb_json_set(record, "command", pb_json_string(command));
    pb_json_set(record, "kind", pb_json_string(patch->kind));
    pb_json_set(record, "asked", pb_json_string(patch->asked));
    pb_json_set(record, "revision", pb_record_steal(&revision));
    pb_json_set(record, "base", pb_record_steal(&base));
    pb_json_set(record, "visible", pb_json_bool(visible));
    pb_json_set(record, "outcome", pb_json_string("clean"));
    pb_json_set(record, "exit_status", pb_json_integer(0));
    pb_json_set(record, "projects", pb_json_array());
    return record;
}

static const struct pb_trial_record *
end_of(const struct pb_bisection *bisection, bool revision)
{
    return bisection == NULL ? NULL : pb_bisection_end(bisection, revision);
}

/* Of both ways; a test is flaky once. */
static struct pb_json *
flaky_json(const struct pb_comparison *comparison)
{
    PB_AUTO(pb_strv) struct pb_strv ids = PB_STRV_INIT;
    const struct pb_comparison_way *ways[] = {&comparison->forth,
                                              &comparison->back};
    for (size_t i = 0; i < 2; i++) {
        const struct pb_bisection *bisection = ways[i]->bisection;
        for (size_t k = 0;
             bisection != NULL && k < pb_bisection_regressions(bisection); k++)
        {
            if (pb_bisection_is_flaky(bisection, k)) {
                pb_strv_add(&ids, pb_bisection_regression(bisection, k)->id);
            }
        }
    }
    pb_strv_sort(&ids);
    pb_strv_unique(&ids);
    return pb_json_strings(&ids);
}

void
pb_audit_report_add(struct pb_json *record, const char *project,
                    struct pb_session *session,
                    const struct pb_comparison *comparison, double seconds)
{
    const struct pb_bisection *forth = comparison->forth.bisection;
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "name", pb_json_string(project));
    pb_json_set(json, "standing",
                pb_json_string(pb_standing_name(comparison->standing)));
    pb_json_set(json, "why", pb_json_string(comparison->why));
    pb_json_set(json, "base", pb_record_end(end_of(forth, false)));
    pb_json_set(json, "revision", pb_record_end(end_of(forth, true)));
    pb_json_set(json, "flaky", flaky_json(comparison));
    const struct pb_record_source source = {
        .bisection = session == NULL ? NULL : forth,
        .session = session,
    };
    pb_record_changes(&source, json);
    pb_json_set(json, "notes",
                session == NULL ? pb_json_array()
                                : pb_json_strings(&session->notes));
    pb_json_set(json, "seconds", pb_json_real(seconds));
    pb_json_append(pb_json_get(record, "projects"), json);
}

static bool
is_broken_by(const struct pb_json *project)
{
    const struct pb_json *base = pb_json_get(project, "base");
    const struct pb_json *revision = pb_json_get(project, "revision");
    bool unbuildable =
        strcmp(pb_json_get_string(base, "status"), "tested") == 0 &&
        strcmp(pb_json_get_string(revision, "status"), "unbuildable") == 0;
    return unbuildable ||
           strcmp(pb_json_get_string(project, "standing"), "regressed") == 0;
}

void
pb_audit_report_end(struct pb_json *record, double seconds)
{
    const struct pb_json *projects = pb_json_get(record, "projects");
    bool broken = false;
    for (size_t i = 0; i < pb_json_length(projects); i++) {
        broken = broken || is_broken_by(pb_json_at(projects, i));
    }
    pb_json_set(record, "outcome",
                pb_json_string(broken ? "regressed" : "clean"));
    pb_json_set(record, "exit_status", pb_json_integer(broken));
    pb_json_set(record, "seconds", pb_json_real(seconds));
}

int
pb_audit_report_exit_status(const struct pb_json *record)
{
    return (int)pb_json_get_integer(record, "exit_status");
}
