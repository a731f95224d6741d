/* Patterns that compile, and are there for the one reader that uses them. */
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/trial.h"
#include "recipe/check.h"

static void
check_each(const struct pb_yaml *doc, const struct pb_yaml_node *patterns,
           struct pb_problems *problems)
{
    for (size_t i = 0; i < pb_yaml_length(patterns); i++) {
        const struct pb_yaml_node *value = pb_yaml_value(patterns, i);
        struct pb_error err = PB_ERROR_INIT;
        if (pb_yaml_kind(value) == PB_YAML_SCALAR &&
            pb_reader_check_pattern(pb_yaml_text(value), &err) < 0)
        {
            PB_AUTOFREE char *key = pb_asprintf(
                "test.patterns.%s", pb_yaml_text(pb_yaml_key(patterns, i)));
            pb_problems_add(problems, pb_yaml_name(doc), pb_yaml_line(value),
                            key, "%s", err.message);
        }
    }
}

void
pb_recipe_check_patterns(const struct pb_yaml *doc,
                         struct pb_problems *problems)
{
    const struct pb_yaml_node *test =
        pb_recipe_field(pb_yaml_root(doc), "test");
    const struct pb_yaml_node *patterns = pb_recipe_field(test, "patterns");
    const struct pb_yaml_node *reader = pb_recipe_field(test, "reader");
    bool mapping =
        patterns != NULL && pb_yaml_kind(patterns) == PB_YAML_MAPPING;
    if (mapping) {
        check_each(doc, patterns, problems);
    }
    if (reader == NULL || pb_yaml_kind(reader) != PB_YAML_SCALAR) {
        return;
    }
    bool used = strcmp(pb_yaml_text(reader), "pattern") == 0;
    if (used &&
        (patterns == NULL || (mapping && pb_yaml_length(patterns) == 0))) {
        pb_problems_add(problems, pb_yaml_name(doc), pb_yaml_line(reader),
                        "test.reader", "'pattern' needs 'patterns'");
    }
    if (!used && patterns != NULL) {
        pb_problems_add(problems, pb_yaml_name(doc), pb_yaml_line(patterns),
                        "test.patterns",
                        "only the reader 'pattern' uses them");
    }
}
