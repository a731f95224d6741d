/* yaml: trees with lines, and what is refused. */
#include "scratch.h"

#include "pybisect/limits.h"
#include "pybisect/yaml.h"

static struct pb_yaml *
parse(const char *text)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_yaml *doc = pb_yaml_parse(text, strlen(text), "t.yml", &err);
    if (doc == NULL) {
        fail_msg("%s", err.message);
    }
    return doc;
}

static void
assert_refused(const char *text, enum pb_error_code code, int line,
               const char *message)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_null(pb_yaml_parse(text, strlen(text), "t.yml", &err));
    assert_int_equal(err.code, code);
    assert_string_equal(err.file, "t.yml");
    assert_int_equal(err.line, line);
    if (strstr(err.message, message) == NULL) {
        fail_msg("'%s' is not in '%s'", message, err.message);
    }
}

static void
nodes_know_kind_text_and_line(void **state)
{
    (void)state;
    PB_AUTO(pb_yaml)
    struct pb_yaml *doc =
        parse("# a comment\nname: twisted\ntest:\n  run:\n    - one\n"
              "    - \"two\"\n");
    const struct pb_yaml_node *root = pb_yaml_root(doc);
    assert_string_equal(pb_yaml_name(doc), "t.yml");
    assert_int_equal(pb_yaml_kind(root), PB_YAML_MAPPING);
    assert_int_equal(pb_yaml_length(root), 2);
    assert_string_equal(pb_yaml_text(pb_yaml_key(root, 0)), "name");
    assert_string_equal(pb_yaml_text(pb_yaml_value(root, 0)), "twisted");
    const struct pb_yaml_node *run =
        pb_yaml_get(pb_yaml_get(root, "test"), "run");
    assert_int_equal(pb_yaml_kind(run), PB_YAML_SEQUENCE);
    assert_int_equal(pb_yaml_length(run), 2);
    assert_string_equal(pb_yaml_text(pb_yaml_item(run, 1)), "two");
    assert_int_equal(pb_yaml_line(pb_yaml_item(run, 1)), 6);
    assert_true(pb_yaml_is_plain(pb_yaml_item(run, 0)));
    assert_false(pb_yaml_is_plain(pb_yaml_item(run, 1)));
}

static void
looking_up_what_is_absent_gives_null(void **state)
{
    (void)state;
    PB_AUTO(pb_yaml) struct pb_yaml *doc = parse("a: [1]\n");
    const struct pb_yaml_node *root = pb_yaml_root(doc);
    assert_null(pb_yaml_get(root, "b"));
    assert_null(pb_yaml_get(NULL, "a"));
    assert_null(pb_yaml_get(pb_yaml_get(root, "a"), "a"));
    assert_string_equal(pb_yaml_text(root), "");
    assert_string_equal(pb_yaml_text(NULL), "");
}

static void
repeated_keys_parse_and_the_first_is_found(void **state)
{
    (void)state;
    PB_AUTO(pb_yaml) struct pb_yaml *doc = parse("a: 1\na: 2\n");
    const struct pb_yaml_node *root = pb_yaml_root(doc);
    assert_int_equal(pb_yaml_length(root), 2);
    assert_string_equal(pb_yaml_text(pb_yaml_get(root, "a")), "1");
}

static void
syntax_errors_have_a_line(void **state)
{
    (void)state;
    assert_refused("a: 1\nb: [1, 2\n", PB_ERROR_CONFIG, 3, "bad YAML");
    assert_refused("a: 1\n\tb: 2\n", PB_ERROR_CONFIG, 2, "bad YAML");
    assert_refused("a: 1\nb: \"\xFF\"\n", PB_ERROR_CONFIG, 2, "bad YAML");
}

static void
aliases_tags_and_documents_are_refused(void **state)
{
    (void)state;
    assert_refused("a: &x 1\nb: *x\n", PB_ERROR_CONFIG, 2, "aliases");
    assert_refused("a:\n  - !!python/object:os.system x\n", PB_ERROR_CONFIG, 2,
                   "tags");
    assert_refused("a: !!map {}\n", PB_ERROR_CONFIG, 1, "tags");
    assert_refused("a: 1\n---\nb: 2\n", PB_ERROR_CONFIG, 2, "document");
}

static void
odd_keys_and_nuls_are_refused(void **state)
{
    (void)state;
    assert_refused("a: 1\n? [b]\n: 2\n", PB_ERROR_CONFIG, 2, "key");
    assert_refused("{ {a: b}: c }\n", PB_ERROR_CONFIG, 1, "key");
    assert_refused("a: \"x\\0y\"\n", PB_ERROR_CONFIG, 1, "NUL");
}

static void
empty_files_are_refused(void **state)
{
    (void)state;
    assert_refused("", PB_ERROR_CONFIG, 1, "empty");
    assert_refused("# nothing\n", PB_ERROR_CONFIG, 1, "empty");
}

static void
nesting_has_a_ceiling(void **state)
{
    (void)state;
    char text[2 * PB_LIMIT_YAML_DEPTH + 3] = "";
    memset(text, '[', PB_LIMIT_YAML_DEPTH);
    memset(text + PB_LIMIT_YAML_DEPTH, ']', PB_LIMIT_YAML_DEPTH);
    PB_AUTO(pb_yaml) struct pb_yaml *doc = parse(text);
    assert_non_null(doc);
    memset(text, '[', PB_LIMIT_YAML_DEPTH + 1);
    memset(text + PB_LIMIT_YAML_DEPTH + 1, ']', PB_LIMIT_YAML_DEPTH + 1);
    assert_refused(text, PB_ERROR_LIMIT, 1, "too deeply");
}

static void
values_have_a_ceiling(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    for (int i = 0; i < PB_LIMIT_YAML_NODES; i++) {
        pb_buf_adds(&text, "- a\n");
    }
    assert_refused(text.data, PB_ERROR_LIMIT, PB_LIMIT_YAML_NODES, "too many");
}

static void
bytes_have_a_ceiling(void **state)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    while (text.len <= PB_LIMIT_RECIPE_BYTES) {
        pb_buf_adds(&text, "# a long comment that says nothing\n");
    }
    struct pb_error err = PB_ERROR_INIT;
    assert_null(pb_yaml_parse(text.data, text.len, "t.yml", &err));
    assert_int_equal(err.code, PB_ERROR_LIMIT);
    PB_AUTOFREE char *path = pb_path_join(*state, "t.yml");
    put_file(path, text.data);
    assert_null(pb_yaml_load(path, &err));
    assert_int_equal(err.code, PB_ERROR_LIMIT);
}

static void
files_are_loaded_under_their_path(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "t.yml");
    struct pb_error err = PB_ERROR_INIT;
    assert_null(pb_yaml_load(path, &err));
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    put_file(path, "a: 1\n");
    PB_AUTO(pb_yaml) struct pb_yaml *doc = pb_yaml_load(path, &err);
    assert_non_null(doc);
    assert_string_equal(pb_yaml_name(doc), path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_know_kind_text_and_line),
        cmocka_unit_test(looking_up_what_is_absent_gives_null),
        cmocka_unit_test(repeated_keys_parse_and_the_first_is_found),
        cmocka_unit_test(syntax_errors_have_a_line),
        cmocka_unit_test(aliases_tags_and_documents_are_refused),
        cmocka_unit_test(odd_keys_and_nuls_are_refused),
        cmocka_unit_test(empty_files_are_refused),
        cmocka_unit_test(nesting_has_a_ceiling),
        cmocka_unit_test(values_have_a_ceiling),
        SCRATCH_TEST(bytes_have_a_ceiling),
        SCRATCH_TEST(files_are_loaded_under_their_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
