/* Rules out of YAML. What the table of fields can tell is told by
   pb_yaml_check; the rest is looked at here in whatever has the right shape,
   so that one mistake hides no other. */
#include <stdlib.h>
#include <string.h>

#include "classify_load.h"
#include "pybisect/alloc.h"
#include "pybisect/limits.h"

/* --- rules --------------------------------------------------------------- */

static void
add_to_set(struct rule_set *set, const struct rule_condition *condition)
{
    PB_GROW(set->items, set->len, set->cap);
    size_t at = set->len++;
    while (at > 0 && set->items[at - 1]->key > condition->key) {
        set->items[at] = set->items[at - 1];
        at--;
    }
    set->items[at] = condition;
}

/* The conditions in a mapping; other keys are passed over. */
static void
read_set(const struct rule_loader *loader, const struct pb_yaml_node *mapping,
         struct rule *rule, struct rule_set *out)
{
    out->line = pb_yaml_line(mapping);
    if (pb_yaml_kind(mapping) != PB_YAML_MAPPING) {
        return;
    }
    for (enum rule_key key = 0; key < RULE_KEYS; key++) {
        const struct pb_yaml_node *value =
            pb_yaml_get(mapping, pb_rule_keys[key].name);
        if (value == NULL) {
            continue;
        }
        struct rule_condition *condition = pb_alloc(sizeof(*condition));
        condition->key = key;
        PB_GROW(rule->conditions, rule->nconditions, rule->conditions_cap);
        rule->conditions[rule->nconditions++] = condition;
        pb_rule_read_condition(loader, value, condition);
        add_to_set(out, condition);
        loader->rules->by_test = loader->rules->by_test || key == RULE_TEST;
    }
}

/* `any` or `unless`: a list of sets, each with the conditions in `common`
   added. Returns how many it has. */
static size_t
read_sets(struct rule_loader *loader, const struct pb_yaml_node *mapping,
          const char *key, const struct rule_set *common, struct rule *rule,
          struct rule_set **out)
{
    const struct pb_yaml_node *list = pb_yaml_get(mapping, key);
    if (list == NULL || pb_yaml_kind(list) != PB_YAML_SEQUENCE) {
        return 0;
    }
    size_t len = pb_yaml_length(list);
    if (len == 0) {
        pb_rule_complain(loader, list, key, "must not be empty");
        return 0;
    }
    struct rule_set *sets = pb_alloc_array(len, sizeof(*sets));
    char *outer = loader->path;
    for (size_t i = 0; i < len; i++) {
        const struct pb_yaml_node *item = pb_yaml_item(list, i);
        loader->path = pb_asprintf("%s.%s[%zu]", outer, key, i);
        read_set(loader, item, rule, &sets[i]);
        if (sets[i].len == 0 && pb_yaml_kind(item) == PB_YAML_MAPPING) {
            pb_problems_add(loader->problems, loader->origin,
                            pb_yaml_line(item), loader->path,
                            "has no condition");
        }
        for (size_t j = 0; common != NULL && j < common->len; j++) {
            add_to_set(&sets[i], common->items[j]);
        }
        free(loader->path);
    }
    loader->path = outer;
    *out = sets;
    return len;
}

/* The text at a key, NULL if it has none of any use. */
static char *
dup_text(const struct rule_loader *loader, const struct pb_yaml_node *mapping,
         const char *key)
{
    const struct pb_yaml_node *node = pb_yaml_get(mapping, key);
    if (node == NULL || pb_yaml_kind(node) != PB_YAML_SCALAR ||
        pb_rule_is_nothing(node))
    {
        return NULL;
    }
    if (pb_rule_is_blank(pb_yaml_text(node))) {
        pb_rule_complain(loader, node, key, "must not be empty");
        return NULL;
    }
    return pb_strdup(pb_yaml_text(node));
}

static void
check_name(const struct rule_loader *loader,
           const struct pb_yaml_node *mapping, const char *key)
{
    const struct pb_yaml_node *node = pb_yaml_get(mapping, key);
    if (node == NULL || pb_yaml_kind(node) != PB_YAML_SCALAR) {
        return;
    }
    const char *text = pb_yaml_text(node);
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    if (!pb_rule_is_blank(text) &&
        (text[0] == '-' || text[strspn(text, letters)] != '\0'))
    {
        pb_rule_complain(loader, node, key,
                         "'%s' is no name: lower-case letters, digits and '-'",
                         text);
    }
}

static const struct rule *
find_rule(const struct pb_rules *rules, const char *name)
{
    for (size_t i = 0; i < rules->len; i++) {
        if (rules->items[i]->name != NULL &&
            strcmp(rules->items[i]->name, name) == 0) {
            return rules->items[i];
        }
    }
    return NULL;
}

static void
check_rule(const struct rule_loader *loader,
           const struct pb_yaml_node *mapping, const struct rule *rule)
{
    const struct pb_yaml_node *name = pb_yaml_get(mapping, "name");
    const struct rule *first =
        rule->name == NULL ? NULL : find_rule(loader->rules, rule->name);
    check_name(loader, mapping, "name");
    check_name(loader, mapping, "class");
    if (first != NULL) {
        pb_rule_complain(loader, name, "name",
                         "a second rule '%s' (first on line %d)", rule->name,
                         first->line);
    }
    if (pb_yaml_get(mapping, "description") == NULL &&
        pb_yaml_get(mapping, "class") == NULL)
    {
        pb_rule_complain(loader, mapping, "description", "missing key");
    }
    if (rule->description != NULL && strchr(rule->description, '\n') != NULL) {
        pb_rule_complain(loader, pb_yaml_get(mapping, "description"),
                         "description", "must be one line");
    }
}

/* Takes an item of `classes` whatever is wrong with it. */
static void
read_rule(struct rule_loader *loader, const struct pb_yaml_node *mapping)
{
    struct rule *rule = pb_alloc(sizeof(*rule));
    rule->origin = pb_strdup(loader->origin);
    rule->line = pb_yaml_line(mapping);
    rule->name = dup_text(loader, mapping, "name");
    rule->class_name = dup_text(loader, mapping, "class");
    if (rule->class_name == NULL) {
        rule->class_name = pb_strdup(rule->name);
    }
    rule->description = dup_text(loader, mapping, "description");
    rule->advice = dup_text(loader, mapping, "advice");
    check_rule(loader, mapping, rule);

    struct rule_set common = {.items = NULL};
    read_set(loader, mapping, rule, &common);
    rule->nany = read_sets(loader, mapping, "any", &common, rule, &rule->any);
    rule->nunless =
        read_sets(loader, mapping, "unless", NULL, rule, &rule->unless);
    if (rule->nany == 0) {
        rule->any = pb_alloc(sizeof(*rule->any));
        rule->any[rule->nany++] = common;
    }
    else {
        free(common.items);
    }
    struct pb_rules *rules = loader->rules;
    PB_GROW(rules->items, rules->len, rules->cap);
    rules->items[rules->len++] = rule;
}

/* A rule that asks for nothing hides those after it. */
static void
check_reachable(const struct rule_loader *loader)
{
    const struct pb_rules *rules = loader->rules;
    for (size_t i = 0; i + 1 < rules->len; i++) {
        const struct rule *rule = rules->items[i];
        if (rule->nconditions == 0 && rule->any[0].line == rule->line) {
            PB_AUTOFREE char *path = pb_asprintf("classes[%zu]", i);
            pb_problems_add(loader->problems, loader->origin, rule->line, path,
                            "has no condition: the rules after it would "
                            "never be asked");
        }
    }
}

static void
read_rules(struct rule_loader *loader, const struct pb_yaml_node *root)
{
    const struct pb_yaml_node *list = pb_yaml_get(root, "classes");
    if (list == NULL || pb_yaml_kind(list) != PB_YAML_SEQUENCE) {
        return;
    }
    for (size_t i = 0; i < pb_yaml_length(list); i++) {
        const struct pb_yaml_node *item = pb_yaml_item(list, i);
        if (i == PB_LIMIT_RULES) {
            pb_problems_add(loader->problems, loader->origin,
                            pb_yaml_line(item), "classes",
                            "more than %d rules", PB_LIMIT_RULES);
            return;
        }
        if (pb_yaml_kind(item) == PB_YAML_MAPPING) {
            loader->path = pb_asprintf("classes[%zu]", i);
            read_rule(loader, item);
            free(loader->path);
        }
    }
    check_reachable(loader);
}

/* --- the text ------------------------------------------------------------ */

static enum pb_yaml_type
type_of(enum rule_shape shape)
{
    switch (shape) {
    case RULE_FLAG:
        return PB_YAML_BOOL;
    case RULE_NUMBER:
        return PB_YAML_TEXT;
    case RULE_CHOICES:
    case RULE_PATTERNS:
        break;
    }
    return PB_YAML_TEXT_OR_LIST;
}

static void
check_form(const struct pb_yaml *doc, struct pb_problems *problems)
{
    struct pb_yaml_field conditions[RULE_KEYS + 1] = {{.key = NULL}};
    for (size_t i = 0; i < RULE_KEYS; i++) {
        conditions[i].key = pb_rule_keys[i].name;
        conditions[i].type = type_of(pb_rule_keys[i].shape);
    }
    const struct pb_yaml_field own[] = {
        {.key = "name", .type = PB_YAML_TEXT, .required = true},
        {.key = "class", .type = PB_YAML_TEXT},
        {.key = "description", .type = PB_YAML_TEXT},
        {.key = "advice", .type = PB_YAML_TEXT},
        {.key = "any", .type = PB_YAML_FIELDS_LIST, .fields = conditions},
        {.key = "unless", .type = PB_YAML_FIELDS_LIST, .fields = conditions},
    };
    struct pb_yaml_field rule[PB_LENGTH(own) + RULE_KEYS + 1];
    memcpy(rule, own, sizeof(own));
    memcpy(rule + PB_LENGTH(own), conditions, sizeof(conditions));
    const struct pb_yaml_field file[] = {
        {.key = "classes",
         .type = PB_YAML_FIELDS_LIST,
         .required = true,
         .fields = rule},
        {.key = NULL},
    };
    pb_yaml_check(doc, pb_yaml_root(doc), file, problems);
}

static int
compare_problems(const void *a, const void *b)
{
    const struct pb_problem *left = a;
    const struct pb_problem *right = b;
    if (left->line != right->line) {
        return left->line < right->line ? -1 : 1;
    }
    int order = strcmp(left->key, right->key);
    return order != 0 ? order : strcmp(left->message, right->message);
}

static void
summarise(const char *origin, struct pb_problem *items, size_t count,
          struct pb_error *err)
{
    qsort(items, count, sizeof(*items), compare_problems);
    pb_error_set(err, PB_ERROR_CONFIG, "%zu mistake%s in '%s': %s%s%s", count,
                 count == 1 ? "" : "s", origin, items[0].key,
                 items[0].key[0] == '\0' ? "" : ": ", items[0].message);
    pb_error_hint(err, "see docs/classes.md for what may stand in a rule");
    pb_error_at(err, origin, items[0].line);
}

/* Moves the rules whose names are not there yet. */
static void
take_rules(struct pb_rules *into, struct pb_rules *from)
{
    size_t before = into->len;
    for (size_t i = 0; i < from->len; i++) {
        struct rule *rule = from->items[i];
        const struct pb_rules earlier = {.items = into->items, .len = before};
        if (find_rule(&earlier, rule->name) != NULL) {
            pb_rule_free(rule);
            continue;
        }
        PB_GROW(into->items, into->len, into->cap);
        into->items[into->len++] = rule;
    }
    from->len = 0;
    into->by_test = into->by_test || from->by_test;
}

int
pb_rules_parse(struct pb_rules *rules, const char *text, size_t length,
               const char *origin, struct pb_problems *problems,
               struct pb_error *err)
{
    PB_AUTO(pb_yaml)
    struct pb_yaml *doc = pb_yaml_parse(text, length, origin, err);
    if (doc == NULL) {
        return -1;
    }
    PB_AUTO(pb_rules) struct pb_rules *own = pb_rules_new();
    struct rule_loader loader = {
        .origin = origin, .problems = problems, .rules = own};
    size_t before = problems->len;
    check_form(doc, problems);
    read_rules(&loader, pb_yaml_root(doc));
    if (problems->len > before) {
        summarise(origin, problems->items + before, problems->len - before,
                  err);
        return -1;
    }
    take_rules(rules, own);
    return 0;
}
