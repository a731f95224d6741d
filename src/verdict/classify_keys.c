/* What a rule can ask about, by the names that rules use; and the rules'
   own storage. */
#include <stdlib.h>
#include <string.h>

#include "classify_rules.h"
#include "pybisect/alloc.h"

static const char *const phase_names[] = {
    [PB_PHASE_TEST] = "test",
    [PB_PHASE_PREPARE] = "prepare",
    [PB_PHASE_SMOKE] = "smoke",
    [PB_PHASE_RUN] = "run",
    [PB_PHASE_COMMAND] = "command",
    [PB_PHASE_INSTALL_PYTHON] = "install-python",
};

const char *
pb_phase_name(enum pb_phase phase)
{
    return phase_names[phase];
}

enum pb_phase
pb_phase_of(const char *id)
{
    if (id[0] != '(') {
        return PB_PHASE_TEST;
    }
    size_t length = strlen(id);
    for (size_t i = 0; i < PB_LENGTH(phase_names); i++) {
        size_t own = strlen(phase_names[i]);
        if (i != PB_PHASE_TEST && length == own + 2 && id[length - 1] == ')' &&
            memcmp(id + 1, phase_names[i], own) == 0)
        {
            return (enum pb_phase)i;
        }
    }
    return PB_PHASE_TEST;
}

static const char *
choose_phase(unsigned value)
{
    return value < PB_LENGTH(phase_names) ? phase_names[value] : NULL;
}

static const char *
choose_change(unsigned value)
{
    return value <= PB_CHANGE_NEW
               ? pb_change_kind_name((enum pb_change_kind)value)
               : NULL;
}

static const char *
choose_outcome(unsigned value)
{
    return value <= PB_OUTCOME_CRASHED
               ? pb_outcome_name((enum pb_outcome)value)
               : NULL;
}

const struct rule_key_info pb_rule_keys[RULE_KEYS] = {
    [RULE_PHASE] = {"phase", RULE_CHOICES, choose_phase},
    [RULE_CHANGE] = {"change", RULE_CHOICES, choose_change},
    [RULE_BEFORE] = {"before", RULE_CHOICES, choose_outcome},
    [RULE_AFTER] = {"after", RULE_CHOICES, choose_outcome},
    [RULE_FLAKY] = {"flaky", RULE_FLAG, NULL},
    [RULE_SOME_PLATFORMS] = {"some-platforms", RULE_FLAG, NULL},
    [RULE_COLLECTING] = {"collecting", RULE_FLAG, NULL},
    [RULE_REPLACED] = {"replaced", RULE_FLAG, NULL},
    [RULE_SAME_TYPE] = {"same-type", RULE_FLAG, NULL},
    [RULE_TESTS_BEFORE] = {"tests-before", RULE_NUMBER, NULL},
    [RULE_TESTS_AFTER] = {"tests-after", RULE_NUMBER, NULL},
    [RULE_TESTS_RATIO] = {"tests-ratio", RULE_NUMBER, NULL},
    [RULE_RUN_RATIO] = {"run-ratio", RULE_NUMBER, NULL},
    [RULE_SKIPPED_BEFORE] = {"skipped-before", RULE_NUMBER, NULL},
    [RULE_SKIPPED_AFTER] = {"skipped-after", RULE_NUMBER, NULL},
    [RULE_SKIPPED_RISE] = {"skipped-rise", RULE_NUMBER, NULL},
    [RULE_SKIPPED_SHARE] = {"skipped-share", RULE_NUMBER, NULL},
    [RULE_UNCOLLECTED_BEFORE] = {"uncollected-before", RULE_NUMBER, NULL},
    [RULE_UNCOLLECTED_AFTER] = {"uncollected-after", RULE_NUMBER, NULL},
    [RULE_FILE_TESTS_BEFORE] = {"file-tests-before", RULE_NUMBER, NULL},
    [RULE_FILE_TESTS_AFTER] = {"file-tests-after", RULE_NUMBER, NULL},
    [RULE_TIME_RATIO] = {"time-ratio", RULE_NUMBER, NULL},
    [RULE_TYPE] = {"type", RULE_PATTERNS, NULL},
    [RULE_MESSAGE] = {"message", RULE_PATTERNS, NULL},
    [RULE_STDLIB_MODULE] = {"stdlib-module", RULE_FLAG, NULL},
    [RULE_WAS_TYPE] = {"was-type", RULE_PATTERNS, NULL},
    [RULE_WAS_MESSAGE] = {"was-message", RULE_PATTERNS, NULL},
    [RULE_TEST] = {"test", RULE_PATTERNS, NULL},
    [RULE_INNERMOST_FILE] = {"innermost-file", RULE_PATTERNS, NULL},
    [RULE_INNERMOST_FUNCTION] = {"innermost-function", RULE_PATTERNS, NULL},
    [RULE_SOURCE] = {"source", RULE_PATTERNS, NULL},
    [RULE_FILE] = {"file", RULE_PATTERNS, NULL},
    [RULE_FUNCTION] = {"function", RULE_PATTERNS, NULL},
    [RULE_EVERY_FILE] = {"every-file", RULE_PATTERNS, NULL},
    [RULE_TRACE] = {"trace", RULE_PATTERNS, NULL},
    [RULE_LOG] = {"log", RULE_PATTERNS, NULL},
};

static void
free_condition(struct rule_condition *condition)
{
    for (size_t i = 0; i < condition->len; i++) {
        pb_regex_free(condition->patterns[i].regex);
        free(condition->patterns[i].text);
    }
    free(condition->patterns);
    free(condition->text);
    free(condition);
}

static void
free_sets(struct rule_set *sets, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        free(sets[i].items);
    }
    free(sets);
}

void
pb_rule_free(struct rule *rule)
{
    if (rule == NULL) {
        return;
    }
    for (size_t i = 0; i < rule->nconditions; i++) {
        free_condition(rule->conditions[i]);
    }
    free(rule->conditions);
    free_sets(rule->any, rule->nany);
    free_sets(rule->unless, rule->nunless);
    free(rule->name);
    free(rule->class_name);
    free(rule->description);
    free(rule->advice);
    free(rule->origin);
    free(rule);
}

struct pb_rules *
pb_rules_new(void)
{
    return pb_alloc(sizeof(struct pb_rules));
}

void
pb_rules_free(struct pb_rules *rules)
{
    if (rules == NULL) {
        return;
    }
    for (size_t i = 0; i < rules->len; i++) {
        pb_rule_free(rules->items[i]);
    }
    free(rules->items);
    free(rules);
}

size_t
pb_rules_count(const struct pb_rules *rules)
{
    return rules->len;
}

const char *
pb_rules_name(const struct pb_rules *rules, size_t index)
{
    return rules->items[index]->name;
}

const char *
pb_rules_class(const struct pb_rules *rules, size_t index)
{
    return rules->items[index]->class_name;
}

const char *
pb_rules_description(const struct pb_rules *rules, const char *class_name)
{
    for (size_t i = 0; i < rules->len; i++) {
        const struct rule *rule = rules->items[i];
        if (rule->description != NULL &&
            strcmp(rule->class_name, class_name) == 0) {
            return rule->description;
        }
    }
    return NULL;
}

const char *
pb_rules_advice(const struct pb_rules *rules, const char *class_name)
{
    for (size_t i = 0; i < rules->len; i++) {
        const struct rule *rule = rules->items[i];
        if (rule->advice != NULL && strcmp(rule->class_name, class_name) == 0)
        {
            return rule->advice;
        }
    }
    return NULL;
}
