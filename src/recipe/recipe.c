/* Recipes as values: read from YAML, made from a command line, digested,
   released. */
#include "pybisect/recipe.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "recipe/cases.h"
#include "recipe/check.h"
#include "recipe/defaults.h"
#include "recipe/services.h"
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

/* A text, or the texts of a list. */
static void
add_texts(const struct pb_yaml_node *mapping, const char *key,
          struct pb_strv *out)
{
    const struct pb_yaml_node *node = pb_recipe_field(mapping, key);
    if (node != NULL && pb_yaml_kind(node) == PB_YAML_SCALAR) {
        pb_strv_add(out, pb_yaml_text(node));
        return;
    }
    for (size_t i = 0; node != NULL && i < pb_yaml_length(node); i++) {
        const struct pb_yaml_node *item = pb_yaml_item(node, i);
        if (pb_yaml_kind(item) == PB_YAML_SCALAR) {
            pb_strv_add(out, pb_yaml_text(item));
        }
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

/* The first words of its commands are the programs that must be there, but
   for those that are given by their place. */
static void
add_programs(struct pb_recipe_need *need)
{
    PB_AUTO(pb_strv) struct pb_strv commands = PB_STRV_INIT;
    pb_strv_add_all(&commands, &need->init);
    if (need->start != NULL) {
        pb_strv_add(&commands, need->start);
    }
    if (need->ready != NULL) {
        pb_strv_add(&commands, need->ready);
    }
    for (size_t i = 0; i < commands.len; i++) {
        PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
        struct pb_error checked = PB_ERROR_INIT;
        if (pb_words_split(commands.items[i], &words, &checked) == 0 &&
            words.len > 0 && strpbrk(words.items[0], "/{") == NULL &&
            !pb_strv_contains(&need->programs, words.items[0]))
        {
            pb_strv_add(&need->programs, words.items[0]);
        }
    }
}

/* Smoke and test, or the tests alone if some are named. */
static unsigned
phases_of(const struct pb_yaml_node *node, const struct pb_recipe_need *need)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    add_texts(node, "for", &names);
    unsigned phases = 0;
    for (size_t i = 0; i < names.len; i++) {
        phases |= 1U << pb_recipe_phase_parse(names.items[i]);
    }
    if (phases != 0) {
        return phases;
    }
    unsigned test = 1U << PB_RECIPE_TEST;
    return need->tests.len > 0 ? test : test | 1U << PB_RECIPE_SMOKE;
}

static void
convert_need(const struct pb_yaml_node *node, struct pb_recipe_need *out)
{
    out->name = dup_text(node, "name", NULL);
    add_texts(node, "programs", &out->programs);
    add_texts(node, "init", &out->init);
    out->start = dup_text(node, "start", NULL);
    out->ready = dup_text(node, "ready", NULL);
    add_pairs(node, "environment", &out->environment);
    add_texts(node, "tests", &out->tests);
    out->timeout = (double)get_number(node, "timeout", PB_RECIPE_NEED_TIMEOUT);
    out->phases = phases_of(node, out);
    add_programs(out);
}

static void
convert_needs(const struct pb_yaml_node *root, struct pb_recipe *out)
{
    const struct pb_yaml_node *list = pb_recipe_field(root, "needs");
    if (list == NULL) {
        return;
    }
    out->nneeds = pb_yaml_length(list);
    out->needs = pb_alloc_array(out->nneeds, sizeof(*out->needs));
    for (size_t i = 0; i < out->nneeds; i++) {
        convert_need(pb_yaml_item(list, i), &out->needs[i]);
    }
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
    out->network = is_true(root, "network");
    add_texts(root, "dependencies", &out->dependencies);
    add_texts(root, "build", &out->build);
    add_texts(root, "prepare", &out->prepare);
    add_texts(root, "smoke", &out->smoke);
    add_pairs(root, "environment", &out->environment);
    convert_needs(root, out);
    add_texts(root, "known-failures", &out->known_failures);
    out->bounds = pb_recipe_bounds(pb_recipe_field(root, "limits"));
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
    pb_cases_read(root, out);
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

static void
add_need(struct pb_hasher *hasher, const struct pb_recipe_need *need)
{
    const struct pb_strv *const lists[] = {
        &need->programs,
        &need->init,
        &need->environment,
        &need->tests,
    };
    PB_AUTOFREE char *numbers =
        pb_asprintf("%u %.0f", need->phases, need->timeout);
    pb_hasher_add_field(hasher, need->name);
    pb_hasher_add_field(hasher, need->start);
    pb_hasher_add_field(hasher, need->ready);
    pb_hasher_add_field(hasher, numbers);
    for (size_t i = 0; i < PB_LENGTH(lists); i++) {
        add_list(hasher, lists[i]);
    }
}

static char *
describe_bounds(const struct pb_process_bounds *bounds)
{
    return pb_asprintf("%.0f %ju %u %ju %ju %ju %ju %u", bounds->cpu,
                       (uintmax_t)bounds->memory, bounds->processes,
                       (uintmax_t)bounds->disk, (uintmax_t)bounds->output,
                       (uintmax_t)bounds->file_size,
                       (uintmax_t)bounds->address_space, bounds->open_files);
}

/* Only what differs from the defaults, so that they can be raised. */
static void
add_bounds(struct pb_hasher *hasher, const struct pb_process_bounds *bounds)
{
    const struct pb_process_bounds usual = pb_recipe_bounds(NULL);
    PB_AUTOFREE char *text = describe_bounds(bounds);
    PB_AUTOFREE char *otherwise = describe_bounds(&usual);
    if (strcmp(text, otherwise) != 0) {
        pb_hasher_add_field(hasher, text);
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
        "recipe 3",
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
    for (size_t i = 0; i < recipe->nneeds; i++) {
        add_need(&hasher, &recipe->needs[i]);
    }
    if (recipe->build.len > 0) {
        add_list(&hasher, &recipe->build);
    }
    add_bounds(&hasher, &recipe->bounds);
    if (recipe->network) {
        pb_hasher_add_field(&hasher, "network");
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
        .bounds = pb_recipe_bounds(NULL),
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

static void
clear_need(struct pb_recipe_need *need)
{
    free(need->name);
    free(need->start);
    free(need->ready);
    pb_strv_clear(&need->programs);
    pb_strv_clear(&need->init);
    pb_strv_clear(&need->environment);
    pb_strv_clear(&need->tests);
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
        &recipe->dependencies,    &recipe->build,
        &recipe->prepare,         &recipe->smoke,
        &recipe->environment,     &recipe->test.all,
        &recipe->test.selectable, &recipe->known_failures,
        &recipe->test.patterns,
    };
    for (size_t i = 0; i < PB_LENGTH(texts); i++) {
        free(texts[i]);
    }
    for (size_t i = 0; i < PB_LENGTH(lists); i++) {
        pb_strv_clear(lists[i]);
    }
    for (size_t i = 0; i < recipe->nneeds; i++) {
        clear_need(&recipe->needs[i]);
    }
    free(recipe->needs);
    pb_cases_clear(recipe);
    *recipe = (struct pb_recipe){.name = NULL};
}
