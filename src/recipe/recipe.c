/* Recipes as values: read from YAML, made from a command line, digested,
   released. */
#include "pybisect/recipe.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "recipe/check.h"
#include "recipe/defaults.h"
#include "recipe/words.h"

static char *
dup_text(const struct pb_yaml_node *mapping, const char *key,
         const char *otherwise)
{
    const struct pb_yaml_node *node = pb_recipe_field(mapping, key);
    return pb_strdup(node != NULL ? pb_yaml_text(node) : otherwise);
}

static unsigned long
get_number(const struct pb_yaml_node *mapping, const char *key,
           unsigned long otherwise)
{
    const struct pb_yaml_node *node = pb_recipe_field(mapping, key);
    return node != NULL ? strtoul(pb_yaml_text(node), NULL, 10) : otherwise;
}

static void
add_texts(const struct pb_yaml_node *mapping, const char *key,
          struct pb_strv *out)
{
    const struct pb_yaml_node *node = pb_recipe_field(mapping, key);
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

/* "key=value" of each pair. */
static void
add_pairs(const struct pb_yaml_node *mapping, const char *key,
          struct pb_strv *out)
{
    const struct pb_yaml_node *node = pb_recipe_field(mapping, key);
    for (size_t i = 0; node != NULL && i < pb_yaml_length(node); i++) {
        pb_strv_addf(out, "%s=%s", pb_yaml_text(pb_yaml_key(node, i)),
                     pb_yaml_text(pb_yaml_value(node, i)));
    }
}

static bool
is_true(const struct pb_yaml_node *root, const char *key)
{
    const struct pb_yaml_node *node = pb_recipe_field(root, key);
    return node != NULL && strcmp(pb_yaml_text(node), "true") == 0;
}

/* The recipe in a document that has been checked. */
static void
convert(const struct pb_yaml_node *root, struct pb_recipe *out)
{
    const struct pb_yaml_node *source = pb_recipe_field(root, "source");
    const struct pb_yaml_node *test = pb_recipe_field(root, "test");
    out->name = dup_text(root, "name", NULL);
    out->description = dup_text(root, "description", NULL);
    out->git = dup_text(source, "git", NULL);
    out->ref = dup_text(source, "ref", NULL);
    out->test_support = is_true(root, "test-support");
    out->install_python = is_true(root, "install-python");
    add_texts(root, "dependencies", &out->dependencies);
    add_texts(root, "prepare", &out->prepare);
    add_texts(root, "smoke", &out->smoke);
    add_pairs(root, "environment", &out->environment);
    add_texts(root, "known-failures", &out->known_failures);
    out->step_timeout =
        (double)get_number(root, "step-timeout", PB_RECIPE_STEP_TIMEOUT);

    out->test.directory = dup_text(test, "directory", "{project}");
    out->test.command = dup_text(test, "command", NULL);
    add_texts(test, "all", &out->test.all);
    out->test.select = dup_text(test, "select", "{id}");
    add_texts(test, "selectable", &out->test.selectable);
    (void)pb_reader_parse(pb_yaml_text(pb_recipe_field(test, "reader")),
                          &out->test.reader);
    add_pairs(test, "patterns", &out->test.patterns);
    out->test.min_tests = get_number(test, "min-tests", 1);
    out->test.timeout =
        (double)get_number(test, "timeout", PB_RECIPE_TEST_TIMEOUT);
}

static void
add_list(struct pb_hasher *hasher, const struct pb_strv *list)
{
    PB_AUTOFREE char *length = pb_asprintf("%zu", list->len);
    pb_hasher_add_field(hasher, length);
    for (size_t i = 0; i < list->len; i++) {
        pb_hasher_add_field(hasher, list->items[i]);
    }
}

/* Everything counts but the words for people and where the file lies. */
void
pb_recipe_seal(struct pb_recipe *recipe)
{
    PB_AUTOFREE char *numbers = pb_asprintf(
        "%d %d %d %zu %.0f %.0f", recipe->test_support, recipe->install_python,
        (int)recipe->test.reader, recipe->test.min_tests, recipe->test.timeout,
        recipe->step_timeout);
    const char *const texts[] = {
        "recipe 2",
        recipe->git,
        recipe->ref,
        recipe->test.directory,
        recipe->test.command,
        recipe->test.select,
        numbers,
    };
    const struct pb_strv *const lists[] = {
        &recipe->dependencies,   &recipe->prepare,
        &recipe->smoke,          &recipe->environment,
        &recipe->test.all,       &recipe->test.selectable,
        &recipe->known_failures, &recipe->test.patterns,
    };
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    for (size_t i = 0; i < PB_LENGTH(texts); i++) {
        pb_hasher_add_field(&hasher, texts[i]);
    }
    for (size_t i = 0; i < PB_LENGTH(lists); i++) {
        add_list(&hasher, lists[i]);
    }
    recipe->digest = pb_hasher_finish(&hasher);
}

int
pb_recipe_load(const char *path, struct pb_recipe *out,
               struct pb_problems *problems, struct pb_error *err)
{
    PB_AUTO(pb_yaml) struct pb_yaml *doc = pb_yaml_load(path, err);
    if (doc == NULL) {
        return -1;
    }
    size_t before = problems->len;
    pb_recipe_check(doc, problems);
    if (problems->len > before) {
        size_t count = problems->len - before;
        const struct pb_problem *first = &problems->items[before];
        pb_error_set(err, PB_ERROR_CONFIG, "%zu mistake%s in '%s': %s%s%s",
                     count, count == 1 ? "" : "s", path, first->key,
                     first->key[0] == '\0' ? "" : ": ", first->message);
        pb_error_hint(err, "see every mistake with 'pybisect recipe check'");
        pb_error_at(err, path, first->line);
        return -1;
    }
    struct pb_recipe recipe = {.file = pb_strdup(path)};
    convert(pb_yaml_root(doc), &recipe);
    pb_recipe_seal(&recipe);
    *out = recipe;
    return 0;
}

void
pb_recipe_of_command(char *const *argv, const char *directory,
                     struct pb_recipe *out)
{
    PB_AUTO(pb_buf) struct pb_buf command = PB_BUF_INIT;
    for (size_t i = 0; argv[i] != NULL; i++) {
        PB_AUTO(pb_buf) struct pb_buf word = PB_BUF_INIT;
        pb_placeholder_escape(argv[i], &word);
        pb_buf_adds(&command, i == 0 ? "" : " ");
        pb_words_quote(word.data, &command);
    }
    PB_AUTO(pb_buf) struct pb_buf escaped = PB_BUF_INIT;
    pb_placeholder_escape(directory, &escaped);

    struct pb_recipe recipe = {
        .name = pb_strdup("command"),
        .step_timeout = PB_RECIPE_STEP_TIMEOUT,
        .test = {.directory = pb_buf_take(&escaped),
                 .command = pb_buf_take(&command),
                 .select = pb_strdup("{id}"),
                 .reader = PB_READER_STATUS,
                 .min_tests = 1,
                 .timeout = PB_RECIPE_TEST_TIMEOUT},
    };
    pb_recipe_seal(&recipe);
    *out = recipe;
}

void
pb_recipe_clear(struct pb_recipe *recipe)
{
    char *const texts[] = {
        recipe->name,         recipe->file,        recipe->description,
        recipe->git,          recipe->ref,         recipe->test.directory,
        recipe->test.command, recipe->test.select,
    };
    struct pb_strv *const lists[] = {
        &recipe->dependencies,   &recipe->prepare,
        &recipe->smoke,          &recipe->environment,
        &recipe->test.all,       &recipe->test.selectable,
        &recipe->known_failures, &recipe->test.patterns,
    };
    for (size_t i = 0; i < PB_LENGTH(texts); i++) {
        free(texts[i]);
    }
    for (size_t i = 0; i < PB_LENGTH(lists); i++) {
        pb_strv_clear(lists[i]);
    }
    *recipe = (struct pb_recipe){.name = NULL};
}
