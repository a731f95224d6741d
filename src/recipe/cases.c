/* Cases are kept aside until it is known which of them hold. */
#include "recipe/cases.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "recipe/check.h"
#include "recipe/condition.h"
#include "recipe/defaults.h"

const char *const pb_cases_keys[] = {
    "dependencies",   "build",    "prepare",         "smoke",
    "known-failures", "test.all", "test.selectable", NULL,
};

#define LISTS (PB_LENGTH(pb_cases_keys) - 1)

struct pb_recipe_case {
    size_t list; /* index in pb_cases_keys */
    size_t at;   /* the item of that list that it stands before */
    struct pb_condition condition;
    struct pb_strv items;
};

static struct pb_strv *
list_of(struct pb_recipe *recipe, size_t list)
{
    struct pb_strv *const lists[LISTS] = {
        &recipe->dependencies,    &recipe->build,          &recipe->prepare,
        &recipe->smoke,           &recipe->known_failures, &recipe->test.all,
        &recipe->test.selectable,
    };
    return lists[list];
}

const struct pb_yaml_node *
pb_cases_list(const struct pb_yaml_node *root, const char *key)
{
    const char *dot = strchr(key, '.');
    if (dot == NULL) {
        return pb_recipe_field(root, key);
    }
    PB_AUTOFREE char *section = pb_strndup(key, (size_t)(dot - key));
    return pb_recipe_field(pb_recipe_field(root, section), dot + 1);
}

static void
add_case(const struct pb_yaml_node *node, size_t list, size_t at,
         struct pb_recipe *recipe)
{
    struct pb_recipe_case *one = &recipe->cases[recipe->ncases++];
    const struct pb_yaml_node *then = pb_recipe_field(node, "then");
    struct pb_error checked = PB_ERROR_INIT;
    one->list = list;
    one->at = at;
    (void)pb_condition_parse(pb_yaml_text(pb_recipe_field(node, "if")),
                             &one->condition, &checked);
    if (pb_yaml_kind(then) == PB_YAML_SCALAR) {
        pb_strv_add(&one->items, pb_yaml_text(then));
        return;
    }
    for (size_t i = 0; i < pb_yaml_length(then); i++) {
        pb_strv_add(&one->items, pb_yaml_text(pb_yaml_item(then, i)));
    }
}

static void
read_list(const struct pb_yaml_node *node, size_t list,
          struct pb_recipe *recipe)
{
    if (node == NULL || pb_yaml_kind(node) != PB_YAML_SEQUENCE) {
        return;
    }
    size_t length = pb_yaml_length(node);
    size_t at = 0;
    recipe->cases = pb_realloc_array(
        recipe->cases, recipe->ncases + length + 1, sizeof(*recipe->cases));
    memset(recipe->cases + recipe->ncases, 0, length * sizeof(*recipe->cases));
    for (size_t i = 0; i < length; i++) {
        const struct pb_yaml_node *item = pb_yaml_item(node, i);
        if (pb_yaml_kind(item) == PB_YAML_SCALAR) {
            at++;
        }
        else {
            add_case(item, list, at, recipe);
        }
    }
}

void
pb_cases_read(const struct pb_yaml_node *root, struct pb_recipe *recipe)
{
    for (size_t i = 0; i < LISTS; i++) {
        read_list(pb_cases_list(root, pb_cases_keys[i]), i, recipe);
    }
}

/* The list with the cases that hold, each before the item that follows it. */
static void
merge(struct pb_recipe *recipe, size_t list, const bool *holds)
{
    struct pb_strv *items = list_of(recipe, list);
    PB_AUTO(pb_strv) struct pb_strv merged = PB_STRV_INIT;
    for (size_t at = 0; at <= items->len; at++) {
        for (size_t i = 0; i < recipe->ncases; i++) {
            const struct pb_recipe_case *one = &recipe->cases[i];
            if (holds[i] && one->list == list && one->at == at) {
                pb_strv_add_all(&merged, &one->items);
            }
        }
        if (at < items->len) {
            pb_strv_add(&merged, items->items[at]);
        }
    }
    struct pb_strv old = *items;
    *items = merged;
    merged = old;
}

void
pb_recipe_settle(struct pb_recipe *recipe, const struct pb_recipe_facts *facts)
{
    if (recipe->ncases == 0) {
        return;
    }
    const struct pb_recipe_facts known = {
        .python = facts->python,
        .ref = facts->ref != NULL ? facts->ref : recipe->ref,
    };
    PB_AUTOFREE bool *holds = pb_alloc_array(recipe->ncases, sizeof(*holds));
    for (size_t i = 0; i < recipe->ncases; i++) {
        holds[i] = pb_condition_holds(&recipe->cases[i].condition, &known);
    }
    for (size_t i = 0; i < LISTS; i++) {
        merge(recipe, i, holds);
    }
    pb_cases_clear(recipe);
    pb_recipe_seal(recipe);
}

void
pb_cases_clear(struct pb_recipe *recipe)
{
    for (size_t i = 0; i < recipe->ncases; i++) {
        pb_strv_clear(&recipe->cases[i].items);
    }
    free(recipe->cases);
    recipe->cases = NULL;
    recipe->ncases = 0;
}
