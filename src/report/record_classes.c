/* Which kind of break the changes of a finding are. */
#include "report/record_private.h"

#include <string.h>

#include "pybisect/alloc.h"

/* Did the good end's standard library have this module? As Python or as C. */
static bool
stdlib_had(void *context, const char *module)
{
    static const char *const forms[] = {"Lib/%s.py", "Lib/%s/__init__.py",
                                        "Modules/%smodule.c", "Modules/%s.c"};
    const struct pb_session *session = context;
    PB_AUTOFREE char *path = pb_strdup(module);
    for (char *dot = path; (dot = strchr(dot, '.')) != NULL;) {
        *dot = '/';
    }
    for (size_t i = 0; i < PB_LENGTH(forms); i++) {
        const char *at = strstr(forms[i], "%s");
        PB_AUTOFREE char *file =
            pb_asprintf("%.*s%s%s", (int)(at - forms[i]), forms[i], path,
                        at + strlen("%s"));
        if (pb_repo_has_path(session->repo, &session->range.good, file)) {
            return true;
        }
    }
    return false;
}

void
pb_record_classify(const struct pb_record_source *source,
                   const struct pb_results *before,
                   const struct pb_results *after, const struct pb_diff *diff,
                   struct pb_record_classes *out)
{
    const struct pb_outside outside = {.stdlib_had = stdlib_had,
                                       .context = source->session};
    out->groups = (struct pb_groups)PB_GROUPS_INIT;
    out->of = pb_alloc_array(diff->len + 1, sizeof(*out->of));
    if (source->session->rules == NULL) {
        return;
    }
    pb_groups_compute(source->session->rules, before, after, diff, &outside,
                      &out->groups);
    for (size_t i = 0; i < out->groups.len; i++) {
        const struct pb_group *group = &out->groups.items[i];
        for (size_t j = 0; j < group->len; j++) {
            out->of[group->changes[j]] = &group->match;
        }
    }
}

void
pb_record_classes_clear(struct pb_record_classes *classes)
{
    pb_groups_clear(&classes->groups);
    free(classes->of);
}

/* The entry of this class in the array; a new one if there is none. */
static struct pb_json *
entry_for(struct pb_json *array, const struct pb_match *match)
{
    PB_AUTO(pb_buf) struct pb_buf why = PB_BUF_INIT;
    for (size_t i = 0; i < pb_json_length(array); i++) {
        struct pb_json *entry = pb_json_at(array, i);
        if (strcmp(pb_json_get_string(entry, "class"), match->class_name) == 0)
        {
            return entry;
        }
    }
    struct pb_json *entry = pb_json_object();
    pb_match_explain(match, &why);
    pb_json_set(entry, "class", pb_json_string(match->class_name));
    pb_json_set(entry, "description", pb_json_string(match->description));
    pb_json_set(entry, "advice", pb_json_string(match->advice));
    pb_json_set(entry, "rule", pb_json_string(match->rule));
    pb_json_set(entry, "why", pb_json_string(why.data));
    pb_json_set(entry, "tests", pb_json_integer(0));
    pb_json_append(array, entry);
    return entry;
}

struct pb_json *
pb_record_classes(const struct pb_record_classes *classes,
                  const struct pb_diff *diff, const struct pb_map *only)
{
    struct pb_json *array = pb_json_array();
    for (size_t i = 0; i < diff->len; i++) {
        const struct pb_match *match = classes->of[i];
        if (match == NULL || match->class_name == NULL ||
            !pb_change_is_regression(diff->items[i].kind) ||
            (only != NULL && pb_map_get(only, diff->items[i].id) == NULL))
        {
            continue;
        }
        struct pb_json *entry = entry_for(array, match);
        int64_t tests = pb_json_get_integer(entry, "tests");
        pb_json_set(entry, "tests", pb_json_integer(tests + 1));
    }
    return array;
}
