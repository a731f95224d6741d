/* Mistakes in what a recipe needs beside the project. */
#include "recipe/check_private.h"

#include <ctype.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "recipe/services.h"
#include "recipe/words.h"

const struct pb_yaml_field pb_check_need_fields[] = {
    {.key = "name", .type = PB_YAML_TEXT, .required = true},
    {.key = "programs", .type = PB_YAML_TEXT_OR_LIST},
    {.key = "init", .type = PB_YAML_TEXT_OR_LIST},
    {.key = "start", .type = PB_YAML_TEXT},
    {.key = "ready", .type = PB_YAML_TEXT},
    {.key = "environment", .type = PB_YAML_TEXT_MAP},
    {.key = "for", .type = PB_YAML_TEXT_OR_LIST},
    {.key = "tests", .type = PB_YAML_TEXT_OR_LIST},
    {.key = "timeout", .type = PB_YAML_INTEGER},
    {.key = NULL},
};

static const char *const known[] = {"port", "tmp", "project", "deps"};

static bool
is_known(const char *name, size_t length)
{
    for (size_t i = 0; i < PB_LENGTH(known); i++) {
        if (strlen(known[i]) == length && memcmp(known[i], name, length) == 0)
        {
            return true;
        }
    }
    return false;
}

static void
check_placeholders(const struct place *place)
{
    size_t at = 0;
    const char *name = NULL;
    size_t length = 0;
    while (pb_placeholder_next(place->text, &at, &name, &length)) {
        if (!is_known(name, length)) {
            COMPLAIN(place,
                     "'needs' takes {port}, {tmp}, {project} and {deps}, not "
                     "'{%.*s}': it must not depend on the interpreter",
                     (int)length, name);
        }
    }
}

static void
check_command(const struct place *place)
{
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    if (pb_check_split(place, &words)) {
        check_placeholders(place);
    }
}

static void
check_name(const struct place *place)
{
    if (!isalnum((unsigned char)place->text[0]) ||
        place->text[strspn(place->text, "abcdefghijklmnopqrstuvwxyz"
                                        "0123456789._-")] != '\0')
    {
        COMPLAIN(place,
                 "'%s' is no name: lower-case letters, digits, '.', '_' and "
                 "'-'",
                 place->text);
    }
}

static void
check_phase(const struct place *place)
{
    if (pb_recipe_phase_parse(place->text) > PB_RECIPE_TEST) {
        COMPLAIN(place,
                 "expected one of 'prepare', 'smoke', 'test', found '%s'",
                 place->text);
    }
}

static void
check_only_test(const struct place *place)
{
    if (strcmp(place->text, "test") != 0) {
        COMPLAIN(place, "'tests' are of the phase 'test' alone: make it a "
                        "need of its own");
    }
}

static bool
has_text(const struct pb_yaml_node *node, const char *key, const char *part)
{
    const struct pb_yaml_node *text = pb_recipe_field(node, key);
    return text != NULL && pb_yaml_kind(text) == PB_YAML_SCALAR &&
           strstr(pb_yaml_text(text), part) != NULL;
}

/* What belongs to a server, without one. */
static void
check_without_start(const struct place *item, const struct pb_yaml_node *node,
                    const char *path)
{
    static const char *const of_servers[] = {"init", "ready", "environment",
                                             "timeout"};
    for (size_t i = 0; i < PB_LENGTH(of_servers); i++) {
        const struct pb_yaml_node *field =
            pb_recipe_field(node, of_servers[i]);
        if (field != NULL) {
            PB_AUTOFREE char *key = pb_asprintf("%s%s", path, of_servers[i]);
            struct place place = *item;
            place.key = key;
            COMPLAIN(&place, "is of no use without 'start'");
        }
    }
    if (pb_recipe_field(node, "programs") == NULL) {
        COMPLAIN(item, "has neither 'start', for a server, nor 'programs', "
                       "for what tests run");
    }
}

static void
check_repeated(const struct place *item, const struct pb_yaml_node *list,
               size_t index)
{
    const struct pb_yaml_node *name =
        pb_recipe_field(pb_yaml_item(list, index), "name");
    for (size_t i = 0; name != NULL && i < index; i++) {
        const struct pb_yaml_node *other =
            pb_recipe_field(pb_yaml_item(list, i), "name");
        if (other != NULL && pb_yaml_kind(other) == PB_YAML_SCALAR &&
            pb_yaml_kind(name) == PB_YAML_SCALAR &&
            strcmp(pb_yaml_text(name), pb_yaml_text(other)) == 0)
        {
            COMPLAIN(item, "the name '%s' stands on line %d already",
                     pb_yaml_text(name), pb_yaml_line(other));
        }
    }
}

static void
check_need(const struct place *file, const struct pb_yaml_node *list,
           size_t index)
{
    static const struct {
        const char *key;
        void (*visit)(const struct place *place);
    } checks[] = {
        {"name", check_name},          {"programs", pb_check_not_empty},
        {"init", check_command},       {"start", check_command},
        {"ready", check_command},      {"for", check_phase},
        {"tests", pb_check_not_empty}, {"timeout", pb_check_positive},
    };
    const struct pb_yaml_node *node = pb_yaml_item(list, index);
    PB_AUTOFREE char *key = pb_asprintf("needs[%zu]", index);
    PB_AUTOFREE char *path = pb_asprintf("%s.", key);
    struct place item = *file;
    item.key = key;
    item.line = pb_yaml_line(node);
    for (size_t i = 0; i < PB_LENGTH(checks); i++) {
        pb_check_texts(file, node, path, checks[i].key, checks[i].visit);
    }
    pb_check_variables(file, node, path, check_placeholders);
    check_repeated(&item, list, index);
    if (pb_recipe_field(node, "tests") != NULL) {
        pb_check_texts(file, node, path, "for", check_only_test);
    }
    if (pb_recipe_field(node, "start") == NULL) {
        check_without_start(&item, node, path);
    }
    else if (!has_text(node, "start", "{port}") &&
             pb_recipe_field(node, "ready") == NULL)
    {
        COMPLAIN(&item, "'start' has no {port}: say with 'ready' how to see "
                        "that it serves");
    }
}

void
pb_check_needs(const struct place *file, const struct pb_yaml_node *root)
{
    const struct pb_yaml_node *list = pb_recipe_field(root, "needs");
    if (list == NULL || pb_yaml_kind(list) != PB_YAML_SEQUENCE) {
        return;
    }
    for (size_t i = 0; i < pb_yaml_length(list); i++) {
        if (pb_yaml_kind(pb_yaml_item(list, i)) == PB_YAML_MAPPING) {
            check_need(file, list, i);
        }
    }
}
