/* yaml_check: every mistake, with its line and dotted key. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/yaml.h"

static const char *const kinds[] = {"pytest", "unittest", NULL};

static const struct pb_yaml_field test_fields[] = {
    {.key = "run", .type = PB_YAML_TEXT_OR_LIST, .required = true},
    {.key = "timeout", .type = PB_YAML_INTEGER},
    {.key = "reader", .type = PB_YAML_ENUM, .choices = kinds},
    {.key = "ignore", .type = PB_YAML_PATTERN},
    {.key = NULL},
};

static const struct pb_yaml_field step_fields[] = {
    {.key = "name", .type = PB_YAML_TEXT, .required = true},
    {.key = NULL},
};

static const struct pb_yaml_field schema[] = {
    {.key = "name", .type = PB_YAML_TEXT, .required = true},
    {.key = "network", .type = PB_YAML_BOOL},
    {.key = "needs", .type = PB_YAML_TEXT_LIST},
    {.key = "env", .type = PB_YAML_TEXT_MAP},
    {.key = "test", .type = PB_YAML_FIELDS, .fields = test_fields},
    {.key = "steps", .type = PB_YAML_FIELDS_LIST, .fields = step_fields},
    {.key = NULL},
};

/* Lines of "line key: message". */
static void
assert_problems(const char *text, const char *expected)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_yaml)
    struct pb_yaml *doc = pb_yaml_parse(text, strlen(text), "r.yml", &err);
    if (doc == NULL) {
        fail_msg("%s", err.message);
    }
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    pb_yaml_check(doc, pb_yaml_root(doc), schema, &problems);
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    for (size_t i = 0; i < problems.len; i++) {
        assert_string_equal(problems.items[i].file, "r.yml");
        pb_buf_addf(&out, "%d %s: %s\n", problems.items[i].line,
                    problems.items[i].key, problems.items[i].message);
    }
    assert_string_equal(out.data, expected);
}

static void
a_correct_recipe_has_no_problems(void **state)
{
    (void)state;
    assert_problems("name: twisted\n"
                    "network: false\n"
                    "needs: [mysql, 'redis']\n"
                    "env: {A: b, C: ''}\n"
                    "test:\n"
                    "  run: python -m pytest\n"
                    "  timeout: 600\n"
                    "  reader: pytest\n"
                    "  ignore: ^test_.*$\n"
                    "steps:\n"
                    "  - name: one\n"
                    "  - {name: two}\n",
                    "");
    assert_problems("name: x\ntest: {run: [a, b]}\nneeds: []\n", "");
}

static void
unknown_keys_come_with_a_suggestion_if_one_is_near(void **state)
{
    (void)state;
    assert_problems("name: x\ntest:\n  run: y\n  tiemout: 3\nzzzzz: 1\n",
                    "4 test.tiemout: unknown key (did you mean 'timeout'?)\n"
                    "5 zzzzz: unknown key\n");
}

static void
missing_keys_are_reported_where_their_mapping_starts(void **state)
{
    (void)state;
    assert_problems("needs: [a]\ntest:\n  timeout: 3\nsteps:\n- {}\n",
                    "3 test.run: missing key\n"
                    "5 steps[0].name: missing key\n"
                    "1 name: missing key\n");
}

static void
repeated_keys_name_the_first_line(void **state)
{
    (void)state;
    assert_problems("name: x\nenv:\n  A: 1\n  A: 2\nname: y\n",
                    "5 name: repeated key (first on line 1)\n"
                    "4 env.A: repeated key (first on line 3)\n");
}

static void
wrong_types_say_what_was_found(void **state)
{
    (void)state;
    assert_problems("name: [a]\n"
                    "network: 'yes'\n"
                    "needs: mysql\n"
                    "env: [a]\n"
                    "test: text\n"
                    "steps: {name: x}\n",
                    "1 name: expected text, found a list\n"
                    "2 network: expected true or false, found 'yes'\n"
                    "3 needs: expected a list, found text\n"
                    "4 env: expected a mapping, found a list\n"
                    "5 test: expected a mapping, found text\n"
                    "6 steps: expected a list, found a mapping\n");
    assert_problems("name:\ntest: {run: {a: b}}\nneeds:\n",
                    "1 name: expected text, found nothing\n"
                    "2 test.run: expected text or a list, found a mapping\n"
                    "3 needs: expected a list, found nothing\n");
}

static void
wrong_values_are_quoted(void **state)
{
    (void)state;
    assert_problems("name: x\n"
                    "test:\n"
                    "  run: y\n"
                    "  timeout: 10 min\n"
                    "  reader: nose\n"
                    "  ignore: 'a(b'\n",
                    "4 test.timeout: expected a whole number, found"
                    " '10 min'\n"
                    "5 test.reader: expected one of 'pytest', 'unittest',"
                    " found 'nose'\n"
                    "6 test.ignore: bad regular expression 'a(b': missing"
                    " closing parenthesis at character 4\n");
    assert_problems("name: x\ntest: {run: y, timeout: -1}\n",
                    "2 test.timeout: expected a whole number, found '-1'\n");
    assert_problems("name: x\ntest: {run: y, timeout: 99999999999999999999}\n",
                    "2 test.timeout: '99999999999999999999' is too large\n");
}

static void
items_are_named_by_their_place(void **state)
{
    (void)state;
    assert_problems("name: x\n"
                    "needs:\n"
                    "  - a\n"
                    "  - [b]\n"
                    "env:\n"
                    "  A: {x: y}\n"
                    "steps:\n"
                    "  - name: ok\n"
                    "  - text\n"
                    "  - nmae: z\n",
                    "4 needs[1]: expected text, found a list\n"
                    "6 env.A: expected text, found a mapping\n"
                    "9 steps[1]: expected a mapping, found text\n"
                    "10 steps[2].nmae: unknown key (did you mean 'name'?)\n"
                    "10 steps[2].name: missing key\n");
}

static void
a_document_that_is_no_mapping_is_one_problem(void **state)
{
    (void)state;
    assert_problems("- a\n- b\n", "1 : expected a mapping, found a list\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_correct_recipe_has_no_problems),
        cmocka_unit_test(unknown_keys_come_with_a_suggestion_if_one_is_near),
        cmocka_unit_test(missing_keys_are_reported_where_their_mapping_starts),
        cmocka_unit_test(repeated_keys_name_the_first_line),
        cmocka_unit_test(wrong_types_say_what_was_found),
        cmocka_unit_test(wrong_values_are_quoted),
        cmocka_unit_test(items_are_named_by_their_place),
        cmocka_unit_test(a_document_that_is_no_mapping_is_one_problem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
