/* Which failures wait for a bisection, and what bisections say of them. */
#include <stdlib.h>
#include <string.h>

#include "bisect/night_private.h"
#include "pybisect/alloc.h"
#include "pybisect/outbox.h"

static bool
has_status(const struct pb_json *failure, const char *status)
{
    return strcmp(pb_json_get_string(failure, "status"), status) == 0;
}

static bool
is_null(const struct pb_json *object, const char *key)
{
    return pb_json_is_null(pb_json_get(object, key));
}

/* --- waiting ------------------------------------------------------------ */

struct pb_night_hunt
pb_night_hunt_of(const struct pb_json *failures)
{
    const struct pb_json *first = pb_json_at(failures, 0);
    return (struct pb_night_hunt){
        .project = pb_json_get_string(first, "project"),
        .green = pb_json_get_string(first, "green"),
        .red = pb_json_get_string(first, "red"),
        .different = pb_json_get_bool(first, "different"),
        .bisection = pb_json_get_integer(first, "bisection"),
        .failure = pb_json_get_integer(first, "id"),
    };
}

static bool
share_hunt(const struct pb_json *group, const struct pb_json *failure)
{
    static const char *const keys[] = {"project", "green", "red"};
    const struct pb_json *first = pb_json_at(group, 0);
    for (size_t i = 0; i < PB_LENGTH(keys); i++) {
        if (strcmp(pb_json_get_string(first, keys[i]),
                   pb_json_get_string(failure, keys[i])) != 0)
        {
            return false;
        }
    }
    return pb_json_get_bool(first, "different") ==
           pb_json_get_bool(failure, "different");
}

static void
add_to_group(struct pb_json *groups, const struct pb_json *failure)
{
    for (size_t i = 0; i < pb_json_length(groups); i++) {
        if (share_hunt(pb_json_at(groups, i), failure)) {
            pb_json_append(pb_json_at(groups, i), pb_json_copy(failure));
            return;
        }
    }
    struct pb_json *group = pb_json_array();
    pb_json_append(group, pb_json_copy(failure));
    pb_json_append(groups, group);
}

int
pb_night_waiting(struct pb_night *night, struct pb_json **out,
                 struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *failures = NULL;
    if (pb_night_failures(night->options.journal, NULL, &failures, err) < 0) {
        return -1;
    }
    struct pb_json *groups = pb_json_array();
    for (size_t i = 0; i < pb_json_length(failures); i++) {
        const struct pb_json *failure = pb_json_at(failures, i);
        bool waits =
            has_status(failure, "waiting") || has_status(failure, "bisecting");
        if (waits && pb_strv_contains(night->options.projects,
                                      pb_json_get_string(failure, "project")))
        {
            add_to_group(groups, failure);
        }
    }
    *out = groups;
    return 0;
}

int
pb_night_find_culprits(struct pb_night *night, struct pb_strv *out,
                       struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *failures = NULL;
    if (pb_night_failures(night->options.journal, NULL, &failures, err) < 0) {
        return -1;
    }
    PB_AUTO(pb_json) struct pb_json *culprits = pb_night_culprits(failures);
    for (size_t i = 0; i < pb_json_length(culprits); i++) {
        pb_strv_add(out, pb_json_get_string(pb_json_at(culprits, i), "sha"));
    }
    return 0;
}

int
pb_night_set_status(struct pb_night *night, struct pb_json *failures,
                    const char *status, const char *why, struct pb_error *err)
{
    for (size_t i = 0; i < pb_json_length(failures); i++) {
        struct pb_json *failure = pb_json_at(failures, i);
        pb_json_set(failure, "status", pb_json_string(status));
        pb_json_set(failure, "why", pb_json_string(why));
        if (pb_night_failure_save(night->options.journal, failure, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* --- answers ------------------------------------------------------------ */

/* Tests of the failure that the finding is about, by signature. */
static int64_t
shared_tests(const struct pb_json *finding, const struct pb_json *failure)
{
    const char *signature = pb_json_get_string(failure, "signature");
    const struct pb_json *list = pb_json_get(finding, "signatures");
    for (size_t i = 0; i < pb_json_length(list); i++) {
        const struct pb_json *each = pb_json_at(list, i);
        if (strcmp(pb_json_get_string(each, "signature"), signature) == 0) {
            return pb_json_get_integer(each, "count");
        }
    }
    return 0;
}

/* The one that most of its tests are of. */
static const struct pb_json *
find_finding(const struct pb_json *report, const struct pb_json *failure)
{
    const struct pb_json *findings = pb_json_get(report, "findings");
    const struct pb_json *best = NULL;
    int64_t most = 0;
    for (size_t i = 0; i < pb_json_length(findings); i++) {
        const struct pb_json *each = pb_json_at(findings, i);
        int64_t shared = shared_tests(each, failure);
        if (shared > most) {
            best = each;
            most = shared;
        }
    }
    return best;
}

static void
copy_texts(const struct pb_json *from, const char *const *keys, size_t len,
           struct pb_json *to)
{
    for (size_t i = 0; i < len; i++) {
        pb_json_set(to, keys[i],
                    pb_json_string(pb_json_get_string(from, keys[i])));
    }
}

static struct pb_json *
culprit_json(const struct pb_json *finding)
{
    static const char *const keys[] = {"sha", "subject", "author", "date"};
    struct pb_json *json = pb_json_object();
    copy_texts(pb_json_get(finding, "culprit"), keys, PB_LENGTH(keys), json);
    pb_json_set(json, "probability",
                pb_json_real(pb_json_get_real(finding, "probability")));
    return json;
}

static struct pb_json *
suspects_json(const struct pb_json *finding)
{
    const struct pb_json *list = pb_json_get(finding, "suspects");
    struct pb_json *shas = pb_json_array();
    for (size_t i = 0; i < pb_json_length(list); i++) {
        pb_json_append(shas, pb_json_string(pb_json_get_string(
                                 pb_json_at(list, i), "sha")));
    }
    return shas;
}

static void
set_class(const struct pb_json *finding, struct pb_json *failure)
{
    const struct pb_json *first =
        pb_json_at(pb_json_get(finding, "classes"), 0);
    if (first != NULL) {
        pb_json_set(failure, "class",
                    pb_json_string(pb_json_get_string(first, "class")));
    }
}

static void
answer(const struct pb_json *report, struct pb_json *failure)
{
    const struct pb_json *finding = find_finding(report, failure);
    const char *kind = pb_json_get_string(finding, "kind");
    bool disputed =
        strcmp(pb_json_get_string(report, "outcome"), "disputed") == 0 &&
        !pb_json_get_bool(finding, "confirmed");
    const char *status = "no answer";
    const char *why = pb_json_get_string(report, "remark");
    if (strcmp(kind, "culprit") == 0) {
        status = disputed ? "disputed" : "found";
        why = disputed ? why : "";
        pb_json_set(failure, "culprit", culprit_json(finding));
    }
    else if (strcmp(kind, "suspects") == 0) {
        status = "suspects";
        pb_json_set(failure, "suspects", suspects_json(finding));
    }
    else if (strcmp(kind, "unsearched") == 0) {
        why = "enough other culprits were found in its range";
    }
    else if (*why == '\0') {
        why = "it did not show between the ends of its range";
    }
    set_class(finding, failure);
    pb_json_set(failure, "status", pb_json_string(status));
    pb_json_set(failure, "why", pb_json_string(why));
}

int
pb_night_answer(struct pb_night *night, struct pb_json *failures,
                const struct pb_json *report, struct pb_error *err)
{
    const struct pb_json *first = pb_json_at(failures, 0);
    PB_AUTOFREE char *path =
        pb_night_report_path(pb_json_get_string(first, "project"),
                             pb_json_get_integer(first, "id"));
    for (size_t i = 0; i < pb_json_length(failures); i++) {
        struct pb_json *failure = pb_json_at(failures, i);
        answer(report, failure);
        pb_json_set(failure, "report", pb_json_string(path));
        if (pb_night_failure_save(night->options.journal, failure, err) < 0) {
            return -1;
        }
    }
    return 0;
}

char *
pb_night_report_path(const char *project, int64_t failure)
{
    return pb_asprintf("reports/%s-f%lld.json", project, (long long)failure);
}

/* --- telling ------------------------------------------------------------ */

/* The failures of a culprit, as they are told. */
static struct pb_json *
failures_of(const struct pb_json *failures, const struct pb_json *culprit)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    struct pb_json *list = pb_json_array();
    pb_json_get_strings(culprit, "failures", &names);
    for (size_t i = 0; i < pb_json_length(failures); i++) {
        const struct pb_json *failure = pb_json_at(failures, i);
        PB_AUTOFREE char *name = pb_night_failure_name(failure);
        if (pb_strv_contains(&names, name)) {
            pb_json_append(list, pb_night_failure_json(failure));
        }
    }
    return list;
}

static int
tell_culprit(struct pb_night *night, const struct pb_json *failures,
             const struct pb_json *culprit, struct pb_error *err)
{
    struct pb_journal *journal = night->options.journal;
    const char *sha = pb_json_get_string(culprit, "sha");
    PB_AUTO(pb_json) struct pb_json *payload = pb_json_object();
    pb_json_set(payload, "culprit", pb_json_copy(culprit));
    pb_json_set(payload, "failures", failures_of(failures, culprit));
    pb_json_set(payload, "night", pb_json_integer(night->id));
    pb_json_set(payload, "head",
                pb_json_copy(pb_json_get(night->record, "head")));
    if (pb_outbox_add(journal, "found", sha, payload, err) < 0) {
        return -1;
    }
    return is_null(culprit, "fixed")
               ? 0
               : pb_outbox_add(journal, "fixed", sha, payload, err);
}

int
pb_night_tell(struct pb_night *night, struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *failures = NULL;
    if (pb_night_failures(night->options.journal, NULL, &failures, err) < 0) {
        return -1;
    }
    PB_AUTO(pb_json) struct pb_json *culprits = pb_night_culprits(failures);
    for (size_t i = 0; i < pb_json_length(culprits); i++) {
        if (tell_culprit(night, failures, pb_json_at(culprits, i), err) < 0) {
            return -1;
        }
    }
    return 0;
}
