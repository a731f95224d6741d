/* Reading recipes/cpython.yml. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/era_private.h"
#include "pybisect/alloc.h"

static const struct pb_yaml_field substitution_fields[] = {
    {.key = "file", .type = PB_YAML_TEXT, .required = true},
    {.key = "pattern", .type = PB_YAML_PATTERN, .required = true},
    {.key = "replacement", .type = PB_YAML_TEXT, .required = true},
    {.key = NULL},
};

static const struct pb_yaml_field product_fields[] = {
    {.key = "file", .type = PB_YAML_TEXT, .required = true},
    {.key = "sources", .type = PB_YAML_TEXT_OR_LIST, .required = true},
    {.key = NULL},
};

static const struct pb_yaml_field era_fields[] = {
    {.key = "name", .type = PB_YAML_TEXT, .required = true},
    {.key = "has", .type = PB_YAML_TEXT_OR_LIST},
    {.key = "lacks", .type = PB_YAML_TEXT_OR_LIST},
    {.key = "python", .type = PB_YAML_TEXT},
    {.key = "configure", .type = PB_YAML_TEXT_OR_LIST},
    {.key = "environment", .type = PB_YAML_TEXT_MAP},
    {.key = "make", .type = PB_YAML_TEXT_MAP},
    {.key = "targets", .type = PB_YAML_TEXT_OR_LIST},
    {.key = "substitutions",
     .type = PB_YAML_FIELDS_LIST,
     .fields = substitution_fields},
    {.key = "products", .type = PB_YAML_FIELDS_LIST, .fields = product_fields},
    {.key = NULL},
};

static const struct pb_yaml_field root_fields[] = {
    {.key = "eras",
     .type = PB_YAML_FIELDS_LIST,
     .required = true,
     .fields = era_fields},
    {.key = NULL},
};

static void
clear_era(struct pb_era *era)
{
    free(era->name);
    pb_strv_clear(&era->has);
    pb_strv_clear(&era->lacks);
    pb_strv_clear(&era->configure_args);
    pb_strv_clear(&era->environment);
    pb_strv_clear(&era->make_args);
    pb_strv_clear(&era->targets);
    for (size_t i = 0; i < era->nsubstitutions; i++) {
        free(era->substitutions[i].file);
        free(era->substitutions[i].pattern);
        free(era->substitutions[i].replacement);
        pb_regex_free(era->substitutions[i].regex);
    }
    free(era->substitutions);
    for (size_t i = 0; i < era->nproducts; i++) {
        free(era->products[i].path);
        pb_strv_clear(&era->products[i].sources);
    }
    free(era->products);
}

void
pb_eras_free(struct pb_eras *eras)
{
    if (eras == NULL) {
        return;
    }
    for (size_t i = 0; i < eras->len; i++) {
        clear_era(&eras->items[i]);
    }
    free(eras->items);
    free(eras);
}

/* A scalar or a sequence of scalars; NULL adds nothing. */
static void
read_list(const struct pb_yaml_node *node, struct pb_strv *out)
{
    if (node == NULL) {
        return;
    }
    if (pb_yaml_kind(node) == PB_YAML_SCALAR) {
        pb_strv_add(out, pb_yaml_text(node));
        return;
    }
    for (size_t i = 0; i < pb_yaml_length(node); i++) {
        pb_strv_add(out, pb_yaml_text(pb_yaml_item(node, i)));
    }
}

static void
read_variables(const struct pb_yaml_node *node, struct pb_strv *out)
{
    for (size_t i = 0; node != NULL && i < pb_yaml_length(node); i++) {
        pb_strv_addf(out, "%s=%s", pb_yaml_text(pb_yaml_key(node, i)),
                     pb_yaml_text(pb_yaml_value(node, i)));
    }
}

/* "3.12": false for anything else. */
static bool
parse_version(const char *text, size_t length, unsigned *out)
{
    unsigned major = 0;
    unsigned minor = 0;
    int used = 0;
    PB_AUTOFREE char *copy = pb_strndup(text, length);
    if (strspn(copy, "0123456789.") != length ||
        sscanf(copy, "%3u.%3u%n", &major, &minor, &used) != 2 ||
        (size_t)used != length)
    {
        return false;
    }
    *out = major * 1000 + minor;
    return true;
}

static const struct {
    const char *text;
    enum pb_version_operator operator;
} operators[] = {
    {"<=", PB_VERSION_AT_MOST}, {">=", PB_VERSION_AT_LEAST},
    {"==", PB_VERSION_EQUAL},   {"<", PB_VERSION_LESS},
    {">", PB_VERSION_MORE},
};

/* ">=3.0" */
static bool
parse_bound(const char *text, size_t length, struct pb_version_bound *out)
{
    for (size_t i = 0; i < PB_LENGTH(operators); i++) {
        size_t skip = strlen(operators[i].text);
        if (length > skip && strncmp(text, operators[i].text, skip) == 0) {
            out->operator= operators[i].operator;
            return parse_version(text + skip, length - skip, &out->version);
        }
    }
    return false;
}

/* ">=2.6, <3.0" */
static bool
parse_bounds(const char *text, struct pb_era *era)
{
    for (;;) {
        text += strspn(text, " ");
        size_t length = strcspn(text, ",");
        size_t used = length;
        while (used > 0 && text[used - 1] == ' ') {
            used--;
        }
        if (era->nbounds == PB_VERSION_BOUNDS ||
            !parse_bound(text, used, &era->bounds[era->nbounds]))
        {
            return false;
        }
        era->nbounds++;
        if (text[length] == '\0') {
            return true;
        }
        text += length + 1;
    }
}

static void
read_substitutions(const struct pb_yaml_node *list, struct pb_era *era)
{
    size_t count = list == NULL ? 0 : pb_yaml_length(list);
    era->substitutions = pb_alloc_array(count, sizeof(era->substitutions[0]));
    for (size_t i = 0; i < count; i++) {
        const struct pb_yaml_node *node = pb_yaml_item(list, i);
        struct pb_substitution *substitution =
            &era->substitutions[era->nsubstitutions++];
        const char *pattern = pb_yaml_text(pb_yaml_get(node, "pattern"));
        struct pb_error ignored = PB_ERROR_INIT; /* checked as a PATTERN */
        *substitution = (struct pb_substitution){
            .file = pb_strdup(pb_yaml_text(pb_yaml_get(node, "file"))),
            .pattern = pb_strdup(pattern),
            .replacement =
                pb_strdup(pb_yaml_text(pb_yaml_get(node, "replacement"))),
            .regex = pb_regex_new(pattern, &ignored),
        };
    }
}

static void
read_products(const struct pb_yaml_node *list, struct pb_era *era)
{
    size_t count = list == NULL ? 0 : pb_yaml_length(list);
    era->products = pb_alloc_array(count, sizeof(era->products[0]));
    for (size_t i = 0; i < count; i++) {
        const struct pb_yaml_node *node = pb_yaml_item(list, i);
        struct pb_product *product = &era->products[era->nproducts++];
        product->path = pb_strdup(pb_yaml_text(pb_yaml_get(node, "file")));
        read_list(pb_yaml_get(node, "sources"), &product->sources);
    }
}

static void
read_era(const struct pb_yaml *doc, const struct pb_yaml_node *node,
         struct pb_era *era, struct pb_problems *problems)
{
    era->name = pb_strdup(pb_yaml_text(pb_yaml_get(node, "name")));
    read_list(pb_yaml_get(node, "has"), &era->has);
    read_list(pb_yaml_get(node, "lacks"), &era->lacks);
    const struct pb_yaml_node *python = pb_yaml_get(node, "python");
    if (python != NULL && !parse_bounds(pb_yaml_text(python), era)) {
        pb_problems_add(problems, pb_yaml_name(doc), pb_yaml_line(python),
                        "eras.python",
                        "'%s' is not a condition like '>=3.3, <3.7'",
                        pb_yaml_text(python));
    }
    read_list(pb_yaml_get(node, "configure"), &era->configure_args);
    read_variables(pb_yaml_get(node, "environment"), &era->environment);
    read_variables(pb_yaml_get(node, "make"), &era->make_args);
    read_list(pb_yaml_get(node, "targets"), &era->targets);
    read_substitutions(pb_yaml_get(node, "substitutions"), era);
    read_products(pb_yaml_get(node, "products"), era);
}

static int
first_problem(const struct pb_problems *problems, struct pb_error *err)
{
    const struct pb_problem *problem = &problems->items[0];
    pb_error_set(err, PB_ERROR_CONFIG, "mistake in '%s' at line %d: %s: %s",
                 problem->file, problem->line, problem->key, problem->message);
    pb_error_at(err, problem->file, problem->line);
    return -1;
}

int
pb_eras_load(const char *path, struct pb_eras **out,
             struct pb_problems *problems, struct pb_error *err)
{
    PB_AUTO(pb_yaml) struct pb_yaml *doc = pb_yaml_load(path, err);
    if (doc == NULL) {
        return -1;
    }
    size_t before = problems->len;
    const struct pb_yaml_node *root = pb_yaml_root(doc);
    pb_yaml_check(doc, root, root_fields, problems);
    if (problems->len > before) {
        return first_problem(problems, err);
    }
    PB_AUTO(pb_eras) struct pb_eras *eras = pb_alloc(sizeof(*eras));
    const struct pb_yaml_node *list = pb_yaml_get(root, "eras");
    eras->len = pb_yaml_length(list);
    eras->items = pb_alloc_array(eras->len, sizeof(eras->items[0]));
    for (size_t i = 0; i < eras->len; i++) {
        read_era(doc, pb_yaml_item(list, i), &eras->items[i], problems);
    }
    if (problems->len > before) {
        return first_problem(problems, err);
    }
    *out = eras;
    eras = NULL;
    return 0;
}
