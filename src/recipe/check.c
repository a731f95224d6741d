/* Every mistake in a recipe: first what the table of fields can tell, then
   what only the meaning tells. The second pass looks at whatever has the
   right shape, so that one wrong field hides no other. */
#include "recipe/check_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "recipe/cases.h"
#include "recipe/condition.h"
#include "recipe/needs.h"
#include "recipe/release.h"
#include "recipe/words.h"

static const char *const readers[] = {
    "unittest", "junit", "subunit", "text", "tap", "pattern", "status", NULL,
};

static const struct pb_yaml_field source_fields[] = {
    {.key = "git", .type = PB_YAML_TEXT, .required = true},
    {.key = "ref", .type = PB_YAML_TEXT, .required = true},
    {.key = NULL},
};

static const struct pb_yaml_field pattern_fields[] = {
    {.key = "pass", .type = PB_YAML_TEXT},
    {.key = "fail", .type = PB_YAML_TEXT},
    {.key = "error", .type = PB_YAML_TEXT},
    {.key = "skip", .type = PB_YAML_TEXT},
    {.key = "xfail", .type = PB_YAML_TEXT},
    {.key = "xpass", .type = PB_YAML_TEXT},
    {.key = NULL},
};

/* What a list may hold beside texts. */
static const struct pb_yaml_field case_fields[] = {
    {.key = "if", .type = PB_YAML_TEXT, .required = true},
    {.key = "then", .type = PB_YAML_TEXT_OR_LIST, .required = true},
    {.key = NULL},
};

static const struct pb_yaml_field test_fields[] = {
    {.key = "directory", .type = PB_YAML_TEXT},
    {.key = "command", .type = PB_YAML_TEXT, .required = true},
    {.key = "all", .type = PB_YAML_TEXT_OR_LIST, .fields = case_fields},
    {.key = "select", .type = PB_YAML_TEXT},
    {.key = "selectable", .type = PB_YAML_TEXT_OR_LIST, .fields = case_fields},
    {.key = "reader",
     .type = PB_YAML_ENUM,
     .required = true,
     .choices = readers},
    {.key = "patterns", .type = PB_YAML_FIELDS, .fields = pattern_fields},
    {.key = "min-tests", .type = PB_YAML_INTEGER},
    {.key = "timeout", .type = PB_YAML_INTEGER},
    {.key = NULL},
};

static const struct pb_yaml_field limit_fields[] = {
    {.key = "cpu", .type = PB_YAML_INTEGER},
    {.key = "memory", .type = PB_YAML_INTEGER},
    {.key = "address-space", .type = PB_YAML_INTEGER},
    {.key = "processes", .type = PB_YAML_INTEGER},
    {.key = "open-files", .type = PB_YAML_INTEGER},
    {.key = "file-size", .type = PB_YAML_INTEGER},
    {.key = "disk", .type = PB_YAML_INTEGER},
    {.key = "output", .type = PB_YAML_INTEGER},
    {.key = NULL},
};

static const struct pb_yaml_field recipe_fields[] = {
    {.key = "name", .type = PB_YAML_TEXT, .required = true},
    {.key = "description", .type = PB_YAML_TEXT},
    {.key = "source", .type = PB_YAML_FIELDS, .fields = source_fields},
    {.key = "test-support", .type = PB_YAML_BOOL},
    {.key = "install-python", .type = PB_YAML_BOOL},
    {.key = "network", .type = PB_YAML_BOOL},
    {.key = "dependencies",
     .type = PB_YAML_TEXT_OR_LIST,
     .fields = case_fields},
    {.key = "environment", .type = PB_YAML_TEXT_MAP},
    {.key = "build", .type = PB_YAML_TEXT_OR_LIST, .fields = case_fields},
    {.key = "prepare", .type = PB_YAML_TEXT_OR_LIST, .fields = case_fields},
    {.key = "smoke", .type = PB_YAML_TEXT_OR_LIST, .fields = case_fields},
    {.key = "step-timeout", .type = PB_YAML_INTEGER},
    {.key = "limits", .type = PB_YAML_FIELDS, .fields = limit_fields},
    {.key = "needs",
     .type = PB_YAML_FIELDS_LIST,
     .fields = pb_check_need_fields},
    {.key = "known-failures",
     .type = PB_YAML_TEXT_OR_LIST,
     .fields = case_fields},
    {.key = "test",
     .type = PB_YAML_FIELDS,
     .required = true,
     .fields = test_fields},
    {.key = NULL},
};

const struct pb_yaml_node *
pb_recipe_field(const struct pb_yaml_node *node, const char *key)
{
    if (node == NULL || pb_yaml_kind(node) != PB_YAML_MAPPING) {
        return NULL;
    }
    return pb_yaml_get(node, key);
}

/* A scalar at `path`, or all in a list of scalars and of cases. */
static void
visit_node(const struct place *file, const struct pb_yaml_node *node,
           const char *path, void (*visit)(const struct place *place))
{
    if (pb_yaml_kind(node) == PB_YAML_SCALAR) {
        struct place place = *file;
        place.key = path;
        place.line = pb_yaml_line(node);
        place.text = pb_yaml_text(node);
        visit(&place);
        return;
    }
    if (pb_yaml_kind(node) == PB_YAML_MAPPING) {
        const struct pb_yaml_node *then = pb_recipe_field(node, "then");
        PB_AUTOFREE char *below = pb_asprintf("%s.then", path);
        if (then != NULL && pb_yaml_kind(then) != PB_YAML_MAPPING) {
            visit_node(file, then, below, visit);
        }
        return;
    }
    for (size_t i = 0; i < pb_yaml_length(node); i++) {
        const struct pb_yaml_node *item = pb_yaml_item(node, i);
        PB_AUTOFREE char *below = pb_asprintf("%s[%zu]", path, i);
        if (pb_yaml_kind(item) != PB_YAML_SEQUENCE) {
            visit_node(file, item, below, visit);
        }
    }
}

void
pb_check_texts(const struct place *file, const struct pb_yaml_node *parent,
               const char *path, const char *key,
               void (*visit)(const struct place *place))
{
    const struct pb_yaml_node *node = pb_recipe_field(parent, key);
    PB_AUTOFREE char *name = pb_asprintf("%s%s", path, key);
    if (node != NULL && pb_yaml_kind(node) != PB_YAML_MAPPING) {
        visit_node(file, node, name, visit);
    }
}

static bool
is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

void
pb_check_not_empty(const struct place *place)
{
    if (is_blank(place->text)) {
        COMPLAIN(place, "must not be empty");
    }
}

void
pb_check_positive(const struct place *place)
{
    if (place->text[0] != '\0' &&
        place->text[strspn(place->text, "0")] == '\0') {
        COMPLAIN(place, "must be more than 0");
    }
}

static void
check_name(const struct place *place)
{
    const char *text = place->text;
    if (!isalnum((unsigned char)text[0]) ||
        text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-")] != '\0')
    {
        COMPLAIN(place,
                 "'%s' is no name: lower-case letters, digits, '.', "
                 "'_' and '-'",
                 text);
        return;
    }
    const char *base = pb_path_base(place->file);
    PB_AUTOFREE char *expected = pb_asprintf("%s.yml", text);
    if (strcmp(base, "pybisect.yml") != 0 && strcmp(base, expected) != 0) {
        COMPLAIN(place, "'%s' differs from the file name '%s'", text, base);
    }
}

/* A dotted name as an import statement has it; "=distribution" may follow,
   and the versions that will do. */
static void
check_importable(const struct place *place)
{
    bool start = true;
    PB_AUTO(pb_wish) struct pb_wish wish = {.name = NULL};
    struct pb_error err = PB_ERROR_INIT;
    for (const char *at = place->text;; at++) {
        unsigned char c = (unsigned char)*at;
        bool last = c == '\0' || (strchr("=<>!~[ ", c) != NULL &&
                                  at != place->text && at[1] != '\0');
        bool end = c == '.' || last;
        if ((start && end) || (!end && !isalnum(c) && c != '_') ||
            (start && isdigit(c)))
        {
            COMPLAIN(place, "'%s' is no name that can be imported",
                     place->text);
            return;
        }
        if (last) {
            break;
        }
        start = end;
    }
    const char *requirement = pb_dependency_requirement(place->text);
    if (pb_wish_parse(requirement, &wish, &err) < 0) {
        COMPLAIN(place, "%s", err.message);
    }
    else if (wish.marker != NULL) {
        COMPLAIN(place, "'%s' has a condition: write it as 'if' and 'then'",
                 place->text);
    }
}

static void
complain_unknown(const struct place *place, const char *name, size_t length)
{
    static const char *const elsewhere[][2] = {
        {"tests", "only the command of 'test' takes {tests}"},
        {"id", "only 'select' takes {id}"},
    };
    for (size_t i = 0; i < PB_LENGTH(elsewhere); i++) {
        if (strlen(elsewhere[i][0]) == length &&
            memcmp(elsewhere[i][0], name, length) == 0)
        {
            COMPLAIN(place, "%s", elsewhere[i][1]);
            return;
        }
    }
    COMPLAIN(place,
             "unknown placeholder '{%.*s}' (write '{{%.*s}}' for these "
             "very characters)",
             (int)length, name, (int)length, name);
}

/* `own` is one more name that is known here, or NULL. Returns how often it
   was seen. */
static size_t
check_placeholders(const struct place *place, const char *text,
                   const char *own)
{
    size_t seen = 0;
    size_t at = 0;
    const char *name = NULL;
    size_t length = 0;
    while (pb_placeholder_next(text, &at, &name, &length)) {
        if (own != NULL && strlen(own) == length &&
            memcmp(own, name, length) == 0) {
            seen++;
        }
        else if (!pb_placeholder_known(name, length)) {
            complain_unknown(place, name, length);
        }
    }
    return seen;
}

static void
check_expandable(const struct place *place)
{
    (void)check_placeholders(place, place->text, NULL);
}

static void
check_select(const struct place *place)
{
    if (check_placeholders(place, place->text, "id") == 0) {
        COMPLAIN(place, "has no {id}: every test would be asked for alike");
    }
}

bool
pb_check_split(const struct place *place, struct pb_strv *words)
{
    struct pb_error err = PB_ERROR_INIT;
    if (pb_words_split(place->text, words, &err) < 0) {
        COMPLAIN(place, "%s", err.message);
        return false;
    }
    if (words->len == 0) {
        COMPLAIN(place, "must not be empty");
        return false;
    }
    return true;
}

static void
check_step(const struct place *place)
{
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    if (!pb_check_split(place, &words)) {
        return;
    }
    for (size_t i = 0; i < words.len; i++) {
        (void)check_placeholders(place, words.items[i], NULL);
    }
}

static void
check_test_command(const struct place *place)
{
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    if (!pb_check_split(place, &words)) {
        return;
    }
    size_t seen = 0;
    for (size_t i = 0; i < words.len; i++) {
        size_t here = check_placeholders(place, words.items[i], "tests");
        if (here > 0 && strcmp(words.items[i], "{tests}") != 0) {
            COMPLAIN(place, "{tests} must be a word of its own");
        }
        seen += here;
    }
    if (seen > 1) {
        COMPLAIN(place, "has {tests} more than once");
    }
}

static bool
has_placeholder(const char *text, const char *wanted)
{
    size_t at = 0;
    const char *name = NULL;
    size_t length = 0;
    while (pb_placeholder_next(text, &at, &name, &length)) {
        if (strlen(wanted) == length && memcmp(wanted, name, length) == 0) {
            return true;
        }
    }
    return false;
}

/* What other fields of `test` demand of its command. */
static void
check_test_agrees(const struct place *file, const struct pb_yaml_node *test)
{
    static const char *const selecting[] = {"all", "select", "selectable"};
    static const char *const reading[][2] = {
        {"unittest", "reporter"},
        {"junit", "results"},
    };
    const struct pb_yaml_node *command = pb_recipe_field(test, "command");
    if (command == NULL || pb_yaml_kind(command) != PB_YAML_SCALAR) {
        return;
    }
    struct place place = *file;
    place.key = "test.command";
    place.line = pb_yaml_line(command);
    const char *text = pb_yaml_text(command);
    for (size_t i = 0; i < PB_LENGTH(selecting); i++) {
        if (pb_recipe_field(test, selecting[i]) != NULL &&
            !has_placeholder(text, "tests"))
        {
            COMPLAIN(&place, "has no word {tests}, though '%s' is set",
                     selecting[i]);
        }
    }
    const struct pb_yaml_node *reader = pb_recipe_field(test, "reader");
    for (size_t i = 0; reader != NULL && i < PB_LENGTH(reading); i++) {
        if (pb_yaml_kind(reader) == PB_YAML_SCALAR &&
            strcmp(pb_yaml_text(reader), reading[i][0]) == 0 &&
            !has_placeholder(text, reading[i][1]))
        {
            COMPLAIN(&place, "has no {%s}, which the reader '%s' needs",
                     reading[i][1], reading[i][0]);
        }
    }
}

static bool
is_variable_name(const char *text)
{
    static const char rest[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz_0123456789";
    return text[0] != '\0' && !isdigit((unsigned char)text[0]) &&
           text[strspn(text, rest)] == '\0';
}

void
pb_check_variables(const struct place *file, const struct pb_yaml_node *parent,
                   const char *path, void (*visit)(const struct place *place))
{
    const struct pb_yaml_node *node = pb_recipe_field(parent, "environment");
    PB_AUTOFREE char *below = pb_asprintf("%senvironment.", path);
    if (node == NULL || pb_yaml_kind(node) != PB_YAML_MAPPING) {
        return;
    }
    for (size_t i = 0; i < pb_yaml_length(node); i++) {
        const struct pb_yaml_node *key = pb_yaml_key(node, i);
        PB_AUTOFREE char *name = pb_asprintf("%s%s", below, pb_yaml_text(key));
        struct place place = *file;
        place.key = name;
        place.line = pb_yaml_line(key);
        place.text = pb_yaml_text(key);
        if (!is_variable_name(place.text)) {
            COMPLAIN(&place, "'%s' is no name of a variable", place.text);
        }
        pb_check_texts(file, node, below, place.text, visit);
    }
}

static void
check_condition(const struct place *file, const struct pb_yaml_node *node,
                const char *path)
{
    const struct pb_yaml_node *text = pb_recipe_field(node, "if");
    struct pb_condition condition;
    struct pb_error err = PB_ERROR_INIT;
    if (text != NULL && pb_yaml_kind(text) == PB_YAML_SCALAR &&
        pb_condition_parse(pb_yaml_text(text), &condition, &err) < 0)
    {
        PB_AUTOFREE char *key = pb_asprintf("%s.if", path);
        struct place place = *file;
        place.key = key;
        place.line = pb_yaml_line(text);
        COMPLAIN(&place, "%s", err.message);
    }
}

static void
check_cases(const struct place *file, const struct pb_yaml_node *root)
{
    for (size_t i = 0; pb_cases_keys[i] != NULL; i++) {
        const struct pb_yaml_node *list =
            pb_cases_list(root, pb_cases_keys[i]);
        size_t length = list != NULL && pb_yaml_kind(list) == PB_YAML_SEQUENCE
                            ? pb_yaml_length(list)
                            : 0;
        for (size_t k = 0; k < length; k++) {
            PB_AUTOFREE char *path =
                pb_asprintf("%s[%zu]", pb_cases_keys[i], k);
            check_condition(file, pb_yaml_item(list, k), path);
        }
    }
}

void
pb_recipe_check(const struct pb_yaml *doc, struct pb_problems *problems)
{
    static const struct {
        const char *section; /* "": the recipe itself */
        const char *key;
        void (*visit)(const struct place *place);
    } checks[] = {
        {"", "name", check_name},
        {"source", "git", pb_check_not_empty},
        {"source", "ref", pb_check_not_empty},
        {"", "dependencies", check_importable},
        {"", "build", check_step},
        {"", "prepare", check_step},
        {"", "smoke", check_step},
        {"", "step-timeout", pb_check_positive},
        {"", "known-failures", pb_check_not_empty},
        {"test", "directory", pb_check_not_empty},
        {"test", "directory", check_expandable},
        {"test", "command", check_test_command},
        {"test", "all", check_expandable},
        {"test", "select", check_select},
        {"test", "selectable", pb_check_not_empty},
        {"test", "timeout", pb_check_positive},
    };
    const struct pb_yaml_node *root = pb_yaml_root(doc);
    pb_yaml_check(doc, root, recipe_fields, problems);

    const struct place file = {.file = pb_yaml_name(doc),
                               .problems = problems};
    for (size_t i = 0; i < PB_LENGTH(checks); i++) {
        const char *section = checks[i].section;
        bool top = section[0] == '\0';
        PB_AUTOFREE char *path = pb_asprintf("%s%s", section, top ? "" : ".");
        pb_check_texts(&file, top ? root : pb_recipe_field(root, section),
                       path, checks[i].key, checks[i].visit);
    }
    const struct pb_yaml_node *limits = pb_recipe_field(root, "limits");
    for (size_t i = 0; limit_fields[i].key != NULL; i++) {
        pb_check_texts(&file, limits, "limits.", limit_fields[i].key,
                       pb_check_positive);
    }
    pb_check_variables(&file, root, "", check_expandable);
    pb_recipe_check_patterns(doc, problems);
    check_cases(&file, root);
    pb_check_needs(&file, root);
    check_test_agrees(&file, pb_recipe_field(root, "test"));
}
