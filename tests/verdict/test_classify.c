/* The engine: how rules are read, how they match, what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "shipped_rules.h"

static void
parse(struct pb_rules *rules, const char *text)
{
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    struct pb_error err = PB_ERROR_INIT;
    if (pb_rules_parse(rules, text, strlen(text), "own.yml", &problems, &err) <
        0) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(problems.len, 0);
}

/* "line key: message" of each mistake, a line each. */
static char *
mistakes(const char *text, struct pb_error *err)
{
    PB_AUTO(pb_rules) struct pb_rules *rules = pb_rules_new();
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    assert_int_equal(
        pb_rules_parse(rules, text, strlen(text), "own.yml", &problems, err),
        -1);
    assert_int_equal(pb_rules_count(rules), 0);
    for (size_t i = 0; i < problems.len; i++) {
        const struct pb_problem *problem = &problems.items[i];
        assert_string_equal(problem->file, "own.yml");
        pb_buf_addf(&out, "%d %s: %s\n", problem->line, problem->key,
                    problem->message);
    }
    return pb_buf_take(&out);
}

static void
expect_mistakes(const char *text, const char *expected)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *got = mistakes(text, &err);
    assert_string_equal(got, expected);
    assert_int_equal(err.code, PB_ERROR_CONFIG);
    assert_string_equal(err.file, "own.yml");
}

/* The rule that matches, "" for none. */
static const char *
rule_of(const struct pb_rules *rules, const struct pb_facts *facts)
{
    PB_AUTO(pb_match) struct pb_match match = PB_MATCH_INIT;
    bool found = pb_classify(rules, facts, &match);
    assert_int_equal(found, match.class_name != NULL);
    return found ? match.rule : "";
}

static bool
one_matches(const char *conditions, const struct pb_facts *facts)
{
    PB_AUTO(pb_rules) struct pb_rules *rules = pb_rules_new();
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_addf(&text, "classes:\n- name: x\n  description: x\n%s",
                conditions);
    parse(rules, text.data);
    return rule_of(rules, facts)[0] != '\0';
}

static const struct pb_facts failing = {
    .id = "m.C.test_x",
    .before = PB_OUTCOME_SKIP,
    .after = PB_OUTCOME_ERROR,
    .now = {"builtins.KeyError", "'a'",
            "Traceback (most recent call last):\n"
            "  File \"/p/a.py\", line 1, in outer\n"
            "    inner()\n"
            "  File \"/p/b.py\", line 2, in inner\n"
            "    return d['a']\n"
            "           ~^^^^^\n"
            "KeyError: 'a'\n"},
    .log = "one\ntwo\n",
    .log_length = 8,
};

static void
the_first_rule_that_matches_wins(void **state)
{
    (void)state;
    PB_AUTO(pb_rules) struct pb_rules *rules = pb_rules_new();
    parse(rules, "classes:\n"
                 "- {name: index, description: x, type: IndexError}\n"
                 "- {name: key, description: x, type: KeyError}\n"
                 "- {name: any-error, description: x, type: Error}\n"
                 "- {name: rest, description: x}\n");
    assert_string_equal(rule_of(rules, &failing), "key");
    struct pb_facts facts = failing;
    facts.now = (struct pb_said){"OSError", NULL, NULL};
    assert_string_equal(rule_of(rules, &facts), "any-error");
    facts.now = (struct pb_said){NULL, NULL, NULL};
    assert_string_equal(rule_of(rules, &facts), "rest");

    PB_AUTO(pb_rules) struct pb_rules *none = pb_rules_new();
    assert_string_equal(rule_of(none, &facts), "");
}

static void
each_condition_asks_for_what_it_says(void **state)
{
    (void)state;
    static const char *const hold[] = {
        "  phase: test\n",
        "  phase: [smoke, test]\n",
        "  change: failing\n",
        "  before: [pass, skip]\n",
        "  after: error\n",
        "  type: ^KeyError$\n",
        "  type: [nothing, Key]\n",
        "  message: ^'a'$\n",
        "  source: d\\['a'\\]\n",
        "  innermost-file: /b\\.py$\n",
        "  innermost-function: ^inner$\n",
        "  file: /a\\.py$\n  function: ^outer$\n",
        "  every-file: ^/p/\n",
        "  trace: ^KeyError\n",
        "  log: ^two$\n",
        "  test: ^m\\.C\\.\n",
        "  flaky: false\n",
        "  any:\n  - type: Index\n  - message: a\n",
        "  type: Key\n  any:\n  - message: b\n  - message: a\n",
        "  type: Key\n  unless:\n  - message: b\n",
    };
    static const char *const fail[] = {
        "  phase: [smoke, run, command, prepare, install-python]\n",
        "  change: [skipped, vanished, different, fixed, new]\n",
        "  before: pass\n",
        "  after: fail\n",
        "  type: ^builtins\n",
        "  message: b\n",
        "  source: raise\n",
        "  innermost-file: /a\\.py$\n",
        "  innermost-function: ^outer$\n",
        "  file: /a\\.py$\n  function: ^inner$\n",
        "  every-file: /a\\.py$\n",
        "  trace: ValueError\n",
        "  log: three\n",
        "  test: ^n\n",
        "  was-type: '.*'\n",
        "  was-message: '.*'\n",
        "  flaky: true\n",
        "  same-type: true\n",
        "  stdlib-module: true\n",
        "  stdlib-module: false\n",
        "  tests-after: '>= 0'\n",
        "  file-tests-after: '= 0'\n",
        "  time-ratio: '< 9'\n",
        "  any:\n  - type: Index\n  - message: b\n",
        "  type: Index\n  any:\n  - message: a\n",
        "  type: Key\n  unless:\n  - type: Index\n  - message: a\n",
    };
    for (size_t i = 0; i < PB_LENGTH(hold); i++) {
        if (!one_matches(hold[i], &failing)) {
            fail_msg("does not hold: %s", hold[i]);
        }
    }
    for (size_t i = 0; i < PB_LENGTH(fail); i++) {
        if (one_matches(fail[i], &failing)) {
            fail_msg("holds: %s", fail[i]);
        }
    }
}

static void
numbers_are_compared(void **state)
{
    (void)state;
    const struct pb_counts counts = {
        .tests_before = 100,
        .tests_after = 80,
        .skipped_before = 20,
        .skipped_after = 60,
        .uncollected_after = 2,
    };
    struct pb_facts facts = failing;
    facts.counts = &counts;
    facts.file_tests_before = 4;
    facts.time_ratio = 1.5;
    static const char *const hold[] = {
        "  tests-before: 100\n",         "  tests-before: '= 100'\n",
        "  tests-after: '< 100'\n",      "  tests-ratio: '<= 0.8'\n",
        "  run-ratio: '= 0.25'\n",       "  skipped-rise: '>= 40'\n",
        "  skipped-share: '> 0.74'\n",   "  skipped-before: '<=20'\n",
        "  skipped-after: '>59'\n",      "  uncollected-before: 0\n",
        "  uncollected-after: '>= 1'\n", "  file-tests-before: 4\n",
        "  file-tests-after: 0\n",       "  time-ratio: '>= 1.5'\n",
    };
    static const char *const fail[] = {
        "  tests-before: 99\n",      "  tests-after: '< 80'\n",
        "  tests-ratio: '> 0.81'\n", "  time-ratio: '> 1.5'\n",
        "  run-ratio: '> 0.26'\n",
    };
    for (size_t i = 0; i < PB_LENGTH(hold); i++) {
        if (!one_matches(hold[i], &facts)) {
            fail_msg("does not hold: %s", hold[i]);
        }
    }
    for (size_t i = 0; i < PB_LENGTH(fail); i++) {
        assert_false(one_matches(fail[i], &facts));
    }
    /* A share of nothing is not known. */
    const struct pb_counts none = {.tests_before = 0};
    facts.counts = &none;
    assert_false(one_matches("  tests-ratio: '>= 0'\n", &facts));
    assert_true(one_matches("  tests-after: 0\n", &facts));
}

static void
type_and_message_are_those_of_one_exception(void **state)
{
    (void)state;
    struct pb_facts facts = failing;
    facts.now = (struct pb_said){
        "Wrapper", "outer words",
        "  File \"/p/a.py\", line 1, in f\n    g()\n"
        "ValueError: inner words\n\n"
        "The above exception was the direct cause of the following "
        "exception:\n\n"
        "Traceback (most recent call last):\n"
        "  File \"/p/a.py\", line 2, in f\n    raise Wrapper\n"
        "mod.Wrapper: outer words\n"};
    assert_true(
        one_matches("  type: ^ValueError$\n  message: inner\n", &facts));
    assert_true(one_matches("  type: ^Wrapper$\n  message: outer\n", &facts));
    assert_false(
        one_matches("  type: ^ValueError$\n  message: outer\n", &facts));
    assert_false(one_matches("  type: ^Wrapper$\n  any:\n  - message: inner\n",
                             &facts));
}

static void
a_rule_of_ones_own_comes_first_and_replaces_its_namesake(void **state)
{
    (void)state;
    PB_AUTO(pb_rules) struct pb_rules *rules = pb_rules_new();
    parse(rules, "classes:\n"
                 "- name: syntax\n"
                 "  description: Mine\n"
                 "  type: NoSuchError\n"
                 "- name: our-c\n"
                 "  class: c-api\n"
                 "  message: pyfoo_config\n");
    shipped_rules_load(rules);
    struct pb_facts facts = failing;
    facts.now = (struct pb_said){NULL, "pyfoo_config failed", NULL};
    PB_AUTO(pb_match) struct pb_match match = PB_MATCH_INIT;
    assert_true(pb_classify(rules, &facts, &match));
    assert_string_equal(match.class_name, "c-api");
    assert_string_equal(match.rule, "our-c");
    assert_string_equal(match.origin, "own.yml");
    assert_int_equal(match.line, 5);
    /* The words are the class's. */
    assert_string_equal(match.description,
                        "An extension does not compile, link or load");
    assert_non_null(match.advice);

    facts.now = (struct pb_said){"SyntaxError", "f-string: odd", NULL};
    assert_string_equal(rule_of(rules, &facts), "other");
    size_t named = 0;
    for (size_t i = 0; i < pb_rules_count(rules); i++) {
        named += strcmp(pb_rules_name(rules, i), "syntax") == 0;
    }
    assert_int_equal(named, 1);
    assert_string_equal(pb_rules_description(rules, "syntax"), "Mine");
    assert_null(pb_rules_advice(rules, "no-such-class"));
}

static void
evidence_is_what_each_condition_found(void **state)
{
    (void)state;
    PB_AUTO(pb_rules) struct pb_rules *rules = pb_rules_new();
    parse(rules, "classes:\n"
                 "- name: x\n"
                 "  description: An x\n"
                 "  change: [skipped, failing]\n"
                 "  any:\n"
                 "  - type: ^No\n"
                 "  - type: Key\n"
                 "    source: d\\[\n"
                 "    time-ratio: '> 1'\n");
    struct pb_facts facts = failing;
    facts.time_ratio = 2.25;
    PB_AUTO(pb_match) struct pb_match match = PB_MATCH_INIT;
    assert_true(pb_classify(rules, &facts, &match));
    assert_int_equal(match.line, 7);
    static const struct pb_match_evidence expected[] = {
        {"change", "skipped, failing", NULL, 0, 7},
        {"time-ratio", "> 1", NULL, 0, 4},
        {"type", "Key", NULL, 0, 3},
        {"source", "d\\[", NULL, 7, 2},
    };
    static const char *const found[] = {"failing", "2.25", "KeyError",
                                        "return d['a']"};
    assert_int_equal(match.len, PB_LENGTH(expected));
    for (size_t i = 0; i < match.len; i++) {
        assert_string_equal(match.items[i].key, expected[i].key);
        assert_string_equal(match.items[i].wanted, expected[i].wanted);
        assert_string_equal(match.items[i].found, found[i]);
        assert_int_equal(match.items[i].start, expected[i].start);
        assert_int_equal(match.items[i].length, expected[i].length);
    }
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_match_explain(&match, &text);
    assert_string_equal(text.data, "x: rule 'x', own.yml:7\n"
                                   "  change: skipped, failing\n"
                                   "    found: failing\n"
                                   "  time-ratio: > 1\n"
                                   "    found: 2.25\n"
                                   "  type: Key\n"
                                   "    found: KeyError\n"
                                   "  source: d\\[\n"
                                   "    found: return d['a']\n");
}

static void
evidence_of_long_lines_is_cut_at_characters(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf message = PB_BUF_INIT;
    pb_buf_adds(&message, "first\n");
    for (int i = 0; i < 301; i++) {
        pb_buf_adds(&message, "\xC3\xA9");
    }
    pb_buf_adds(&message, "needle");
    for (int i = 0; i < 301; i++) {
        pb_buf_adds(&message, "\xC3\xA9");
    }
    struct pb_facts facts = failing;
    facts.now.message = message.data;
    PB_AUTO(pb_rules) struct pb_rules *rules = pb_rules_new();
    parse(rules, "classes:\n"
                 "- {name: x, description: x, message: ne*dle}\n");
    PB_AUTO(pb_match) struct pb_match match = PB_MATCH_INIT;
    assert_true(pb_classify(rules, &facts, &match));
    const struct pb_match_evidence *item = &match.items[0];
    assert_true(strlen(item->found) <= PB_LIMIT_EVIDENCE_BYTES);
    assert_int_equal(item->length, 6);
    assert_memory_equal(item->found + item->start, "needle", 6);
    assert_int_equal(item->found[0], '\xC3');
    assert_int_equal(strlen(item->found) % 2, 0);
}

static void
every_mistake_is_told_with_its_line(void **state)
{
    (void)state;
    expect_mistakes(
        "classes:\n"
        "- name: One\n"
        "  description: x\n"
        "  mesage: x\n"
        "- name: two\n"
        "  type: '('\n"
        "- name: three\n"
        "  description: x\n"
        "  phase: tests\n"
        "  change: [failing, broken]\n"
        "  time-ratio: about 2\n"
        "  flaky: yes\n"
        "- name: two\n"
        "  description: x\n"
        "  any:\n"
        "  - {}\n"
        "  - type: x\n"
        "    any: []\n"
        "- name: four\n"
        "  description: ' '\n"
        "  message: ['', x]\n"
        "  unless: []\n",
        "2 classes[0]: has no condition: the rules after it would never be "
        "asked\n"
        "2 classes[0].name: 'One' is no name: lower-case letters, digits and "
        "'-'\n"
        "4 classes[0].mesage: unknown key (did you mean 'message'?)\n"
        "5 classes[1].description: missing key\n"
        "6 classes[1].type: bad regular expression '(': missing closing "
        "parenthesis at character 2\n"
        "9 classes[2].phase: unknown 'tests' (did you mean 'test'?)\n"
        "10 classes[2].change: unknown 'broken': use some of 'failing', "
        "'skipped', 'vanished', 'different', 'fixed', 'new'\n"
        "11 classes[2].time-ratio: expected a comparison such as \">= 1.5\", "
        "found 'about 2'\n"
        "12 classes[2].flaky: expected true or false, found 'yes'\n"
        "13 classes[3].name: a second rule 'two' (first on line 5)\n"
        "16 classes[3].any[0]: has no condition\n"
        "18 classes[3].any[1].any: unknown key\n"
        "20 classes[4].description: must not be empty\n"
        "21 classes[4].message: must not be empty\n"
        "22 classes[4].unless: must not be empty\n");
}

static void
odd_shapes_are_told(void **state)
{
    (void)state;
    expect_mistakes("x: 1\n", "1 classes: missing key\n"
                              "1 x: unknown key\n");
    expect_mistakes("classes: all\n",
                    "1 classes: expected a list, found text\n");
    expect_mistakes("classes:\n- one\n",
                    "2 classes[0]: expected a mapping, found text\n");
    expect_mistakes("classes:\n- name: [a]\n  description:\n  type: {a: b}\n"
                    "  any: x\n  tests-after: [1]\n",
                    "2 classes[0].name: expected text, found a list\n"
                    "3 classes[0].description: expected text, found nothing\n"
                    "4 classes[0].type: expected text or a list, found a "
                    "mapping\n"
                    "5 classes[0].any: expected a list, found text\n"
                    "6 classes[0].tests-after: expected text, found a list\n");
    static const char *const numbers[] = {
        "", ">", "1.", ".5", "1e3", "nan", "-1", "> 1 2", "1234567890123456"};
    for (size_t i = 0; i < PB_LENGTH(numbers); i++) {
        struct pb_error err = PB_ERROR_INIT;
        PB_AUTOFREE char *text =
            pb_asprintf("classes:\n- name: x\n  description: x\n"
                        "  time-ratio: '%s'\n",
                        numbers[i]);
        PB_AUTOFREE char *got = mistakes(text, &err);
        assert_non_null(strstr(got, "4 classes[0].time-ratio: expected a "));
    }
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *got = mistakes("classes: [", &err);
    assert_string_equal(got, "");
    assert_non_null(strstr(err.message, "bad YAML"));
}

static void
too_many_patterns_are_one_mistake(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(&text, "classes:\n- name: x\n  description: x\n  type:\n");
    for (int i = 0; i < PB_LIMIT_PATTERNS + 3; i++) {
        pb_buf_adds(&text, "  - x\n");
    }
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *got = mistakes(text.data, &err);
    assert_string_equal(got, "4005 classes[0].type: more than 4000 patterns "
                             "in all\n");
}

static void
phases_are_known_by_their_pseudo_tests(void **state)
{
    (void)state;
    assert_int_equal(pb_phase_of(PB_TEST_PREPARE), PB_PHASE_PREPARE);
    assert_int_equal(pb_phase_of(PB_TEST_SMOKE), PB_PHASE_SMOKE);
    assert_int_equal(pb_phase_of(PB_TEST_RUN), PB_PHASE_RUN);
    assert_int_equal(pb_phase_of(PB_TEST_COMMAND), PB_PHASE_COMMAND);
    assert_int_equal(pb_phase_of("(install-python)"), PB_PHASE_INSTALL_PYTHON);
    assert_int_equal(pb_phase_of("(test)"), PB_PHASE_TEST);
    assert_int_equal(pb_phase_of("m.C.test"), PB_PHASE_TEST);
    assert_int_equal(pb_phase_of(""), PB_PHASE_TEST);
    assert_string_equal(pb_phase_name(PB_PHASE_SMOKE), "smoke");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_rule_that_matches_wins),
        cmocka_unit_test(each_condition_asks_for_what_it_says),
        cmocka_unit_test(numbers_are_compared),
        cmocka_unit_test(type_and_message_are_those_of_one_exception),
        cmocka_unit_test(
            a_rule_of_ones_own_comes_first_and_replaces_its_namesake),
        cmocka_unit_test(evidence_is_what_each_condition_found),
        cmocka_unit_test(evidence_of_long_lines_is_cut_at_characters),
        cmocka_unit_test(every_mistake_is_told_with_its_line),
        cmocka_unit_test(odd_shapes_are_told),
        cmocka_unit_test(too_many_patterns_are_one_mistake),
        cmocka_unit_test(phases_are_known_by_their_pseudo_tests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
