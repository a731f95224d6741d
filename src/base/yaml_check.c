/* Checks a mapping against a table of fields and reports every mistake. It
   knows nodes only, not libyaml. Recursion goes as deep as the tables of
   fields do. */
#include "pybisect/yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/map.h"
#include "pybisect/regex.h"

void
pb_problems_add(struct pb_problems *problems, const char *file, int line,
                const char *key, const char *format, ...)
{
    PB_GROW(problems->items, problems->len, problems->cap);
    struct pb_problem *problem = &problems->items[problems->len++];
    problem->file = pb_strdup(file);
    problem->line = line;
    problem->key = pb_strdup(key);
    va_list arguments;
    va_start(arguments, format);
    problem->message = pb_vasprintf(format, arguments);
    va_end(arguments);
}

void
pb_problems_clear(struct pb_problems *problems)
{
    for (size_t i = 0; i < problems->len; i++) {
        free(problems->items[i].file);
        free(problems->items[i].key);
        free(problems->items[i].message);
    }
    free(problems->items);
    *problems = (struct pb_problems)PB_PROBLEMS_INIT;
}

struct check {
    const char *file;
    struct pb_problems *problems;
};

static void check_mapping(const struct check *check,
                          const struct pb_yaml_node *node, const char *path,
                          const struct pb_yaml_field *fields);

/* True for `key:` with nothing after it. */
static bool
is_missing(const struct pb_yaml_node *node)
{
    return pb_yaml_kind(node) == PB_YAML_SCALAR && pb_yaml_is_plain(node) &&
           pb_yaml_text(node)[0] == '\0';
}

static const char *
found(const struct pb_yaml_node *node)
{
    if (is_missing(node)) {
        return "nothing";
    }
    switch (pb_yaml_kind(node)) {
    case PB_YAML_SCALAR:
        return "text";
    case PB_YAML_SEQUENCE:
        return "a list";
    case PB_YAML_MAPPING:
        break;
    }
    return "a mapping";
}

static bool
expect(const struct check *check, const struct pb_yaml_node *node,
       const char *path, enum pb_yaml_kind kind, const char *expected)
{
    if (pb_yaml_kind(node) == kind && !is_missing(node)) {
        return true;
    }
    pb_problems_add(check->problems, check->file, pb_yaml_line(node), path,
                    "expected %s, found %s", expected, found(node));
    return false;
}

static bool
check_text(const struct check *check, const struct pb_yaml_node *node,
           const char *path)
{
    return expect(check, node, path, PB_YAML_SCALAR, "text");
}

static void
check_integer(const struct check *check, const struct pb_yaml_node *node,
              const char *path)
{
    if (!expect(check, node, path, PB_YAML_SCALAR, "a whole number")) {
        return;
    }
    const char *text = pb_yaml_text(node);
    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0') {
        pb_problems_add(check->problems, check->file, pb_yaml_line(node), path,
                        "expected a whole number, found '%s'", text);
        return;
    }
    errno = 0;
    (void)strtoll(text, NULL, 10);
    if (errno == ERANGE) {
        pb_problems_add(check->problems, check->file, pb_yaml_line(node), path,
                        "'%s' is too large", text);
    }
}

static void
check_bool(const struct check *check, const struct pb_yaml_node *node,
           const char *path)
{
    if (!expect(check, node, path, PB_YAML_SCALAR, "true or false")) {
        return;
    }
    const char *text = pb_yaml_text(node);
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        pb_problems_add(check->problems, check->file, pb_yaml_line(node), path,
                        "expected true or false, found '%s'", text);
    }
}

static void
check_enum(const struct check *check, const struct pb_yaml_node *node,
           const char *path, const char *const *choices)
{
    PB_AUTO(pb_buf) struct pb_buf list = PB_BUF_INIT;
    for (size_t i = 0; choices[i] != NULL; i++) {
        pb_buf_addf(&list, "%s'%s'", i == 0 ? "one of " : ", ", choices[i]);
    }
    if (!expect(check, node, path, PB_YAML_SCALAR, list.data)) {
        return;
    }
    for (size_t i = 0; choices[i] != NULL; i++) {
        if (strcmp(choices[i], pb_yaml_text(node)) == 0) {
            return;
        }
    }
    pb_problems_add(check->problems, check->file, pb_yaml_line(node), path,
                    "expected %s, found '%s'", list.data, pb_yaml_text(node));
}

static void
check_pattern(const struct check *check, const struct pb_yaml_node *node,
              const char *path)
{
    if (!expect(check, node, path, PB_YAML_SCALAR, "a regular expression")) {
        return;
    }
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_regex)
    struct pb_regex *regex = pb_regex_new(pb_yaml_text(node), &err);
    if (regex == NULL) {
        pb_problems_add(check->problems, check->file, pb_yaml_line(node), path,
                        "%s", err.message);
    }
}

/* Scalars, and mappings of `fields` unless that is NULL. */
static void
check_text_list(const struct check *check, const struct pb_yaml_node *node,
                const char *path, const struct pb_yaml_field *fields)
{
    if (!expect(check, node, path, PB_YAML_SEQUENCE, "a list")) {
        return;
    }
    for (size_t i = 0; i < pb_yaml_length(node); i++) {
        const struct pb_yaml_node *item = pb_yaml_item(node, i);
        PB_AUTOFREE char *below = pb_asprintf("%s[%zu]", path, i);
        if (fields != NULL && pb_yaml_kind(item) == PB_YAML_MAPPING) {
            check_mapping(check, item, below, fields);
        }
        else {
            (void)check_text(check, item, below);
        }
    }
}

static void
check_fields_list(const struct check *check, const struct pb_yaml_node *node,
                  const char *path, const struct pb_yaml_field *fields)
{
    if (!expect(check, node, path, PB_YAML_SEQUENCE, "a list")) {
        return;
    }
    for (size_t i = 0; i < pb_yaml_length(node); i++) {
        PB_AUTOFREE char *below = pb_asprintf("%s[%zu]", path, i);
        check_mapping(check, pb_yaml_item(node, i), below, fields);
    }
}

static char *
key_path(const char *path, const char *key)
{
    return pb_asprintf("%s%s%s", path, path[0] == '\0' ? "" : ".", key);
}

/* Reports the keys that stand twice. */
static void
check_repeated(const struct check *check, const struct pb_yaml_node *node,
               const char *path)
{
    PB_AUTO(pb_map) struct pb_map *seen = pb_map_new(NULL);
    for (size_t i = 0; i < pb_yaml_length(node); i++) {
        const struct pb_yaml_node *key = pb_yaml_key(node, i);
        const char *text = pb_yaml_text(key);
        intptr_t first = (intptr_t)pb_map_get(seen, text);
        if (first != 0) {
            PB_AUTOFREE char *below = key_path(path, text);
            pb_problems_add(check->problems, check->file, pb_yaml_line(key),
                            below, "repeated key (first on line %d)",
                            (int)first);
        }
        else {
            pb_map_set(seen, text, (void *)(intptr_t)pb_yaml_line(key));
        }
    }
}

static void
check_text_map(const struct check *check, const struct pb_yaml_node *node,
               const char *path)
{
    if (!expect(check, node, path, PB_YAML_MAPPING, "a mapping")) {
        return;
    }
    check_repeated(check, node, path);
    for (size_t i = 0; i < pb_yaml_length(node); i++) {
        const char *key = pb_yaml_text(pb_yaml_key(node, i));
        PB_AUTOFREE char *below = key_path(path, key);
        (void)check_text(check, pb_yaml_value(node, i), below);
    }
}

static void
check_value(const struct check *check, const struct pb_yaml_node *node,
            const char *path, const struct pb_yaml_field *field)
{
    switch (field->type) {
    case PB_YAML_TEXT:
        (void)check_text(check, node, path);
        return;
    case PB_YAML_INTEGER:
        check_integer(check, node, path);
        return;
    case PB_YAML_BOOL:
        check_bool(check, node, path);
        return;
    case PB_YAML_ENUM:
        check_enum(check, node, path, field->choices);
        return;
    case PB_YAML_TEXT_OR_LIST:
        if (pb_yaml_kind(node) != PB_YAML_SEQUENCE) {
            (void)expect(check, node, path, PB_YAML_SCALAR, "text or a list");
            return;
        }
        check_text_list(check, node, path, field->fields);
        return;
    case PB_YAML_TEXT_LIST:
        check_text_list(check, node, path, NULL);
        return;
    case PB_YAML_TEXT_MAP:
        check_text_map(check, node, path);
        return;
    case PB_YAML_FIELDS:
        check_mapping(check, node, path, field->fields);
        return;
    case PB_YAML_FIELDS_LIST:
        check_fields_list(check, node, path, field->fields);
        return;
    case PB_YAML_PATTERN:
        check_pattern(check, node, path);
        return;
    }
}

static const struct pb_yaml_field *
find_field(const struct pb_yaml_field *fields, const char *key)
{
    for (; fields->key != NULL; fields++) {
        if (strcmp(fields->key, key) == 0) {
            return fields;
        }
    }
    return NULL;
}

static void
report_unknown(const struct check *check, const struct pb_yaml_node *key,
               const char *path, const struct pb_yaml_field *fields)
{
    const char *best = NULL;
    size_t least = SIZE_MAX;
    for (; fields->key != NULL; fields++) {
        size_t distance = pb_suggest_distance(pb_yaml_text(key), fields->key);
        if (distance < least) {
            least = distance;
            best = fields->key;
        }
    }
    int line = pb_yaml_line(key);
    if (best != NULL && pb_suggest_is_close(least, best)) {
        pb_problems_add(check->problems, check->file, line, path,
                        "unknown key (did you mean '%s'?)", best);
    }
    else {
        pb_problems_add(check->problems, check->file, line, path,
                        "unknown key");
    }
}

static void
check_mapping(const struct check *check, const struct pb_yaml_node *node,
              const char *path, const struct pb_yaml_field *fields)
{
    if (!expect(check, node, path, PB_YAML_MAPPING, "a mapping")) {
        return;
    }
    check_repeated(check, node, path);
    for (size_t i = 0; i < pb_yaml_length(node); i++) {
        const struct pb_yaml_node *key = pb_yaml_key(node, i);
        PB_AUTOFREE char *below = key_path(path, pb_yaml_text(key));
        const struct pb_yaml_field *field =
            find_field(fields, pb_yaml_text(key));
        if (field == NULL) {
            report_unknown(check, key, below, fields);
        }
        else {
            check_value(check, pb_yaml_value(node, i), below, field);
        }
    }
    for (; fields->key != NULL; fields++) {
        if (fields->required && pb_yaml_get(node, fields->key) == NULL) {
            PB_AUTOFREE char *below = key_path(path, fields->key);
            pb_problems_add(check->problems, check->file, pb_yaml_line(node),
                            below, "missing key");
        }
    }
}

void
pb_yaml_check(const struct pb_yaml *doc, const struct pb_yaml_node *node,
              const struct pb_yaml_field *fields, struct pb_problems *problems)
{
    const struct check check = {.file = pb_yaml_name(doc),
                                .problems = problems};
    check_mapping(&check, node, "", fields);
}
