/* Conditions on what is a name, a flag or a number rather than a text. */
#include <math.h>
#include <string.h>

#include "classify_rules.h"
#include "pybisect/alloc.h"
#include "signature.h"

static unsigned
choice_of(const struct pb_facts *facts, enum rule_key key)
{
    switch (key) {
    case RULE_PHASE:
        return (unsigned)facts->phase;
    case RULE_CHANGE:
        return (unsigned)facts->kind;
    case RULE_BEFORE:
        return (unsigned)facts->before;
    default:
        return (unsigned)facts->after;
    }
}

static bool
same_type(const struct pb_facts *facts)
{
    return facts->was.type != NULL && facts->now.type != NULL &&
           strcmp(pb_type_plain(facts->was.type),
                  pb_type_plain(facts->now.type)) == 0;
}

static bool
flag_of(const struct pb_facts *facts, enum rule_key key)
{
    switch (key) {
    case RULE_FLAKY:
        return facts->flaky;
    case RULE_SOME_PLATFORMS:
        return facts->some_platforms;
    case RULE_COLLECTING:
        return facts->collecting;
    case RULE_REPLACED:
        return facts->replaced;
    default:
        return same_type(facts);
    }
}

static double
ratio(size_t part, size_t whole)
{
    return whole == 0 ? NAN : (double)part / (double)whole;
}

static double
count_of(const struct pb_counts *counts, enum rule_key key)
{
    size_t run_before = counts->tests_before - counts->skipped_before;
    size_t run_after = counts->tests_after - counts->skipped_after;
    switch (key) {
    case RULE_TESTS_BEFORE:
        return (double)counts->tests_before;
    case RULE_TESTS_AFTER:
        return (double)counts->tests_after;
    case RULE_TESTS_RATIO:
        return ratio(counts->tests_after, counts->tests_before);
    case RULE_RUN_RATIO:
        return ratio(run_after, run_before);
    case RULE_SKIPPED_BEFORE:
        return (double)counts->skipped_before;
    case RULE_SKIPPED_AFTER:
        return (double)counts->skipped_after;
    case RULE_SKIPPED_RISE:
        return (double)counts->skipped_after - (double)counts->skipped_before;
    case RULE_SKIPPED_SHARE:
        return ratio(counts->skipped_after, counts->tests_after);
    case RULE_UNCOLLECTED_BEFORE:
        return (double)counts->uncollected_before;
    default:
        return (double)counts->uncollected_after;
    }
}

/* NAN: not known, and no comparison with it holds. */
static double
number_of(const struct pb_facts *facts, enum rule_key key)
{
    switch (key) {
    case RULE_FILE_TESTS_BEFORE:
    case RULE_FILE_TESTS_AFTER:
        if (facts->file_tests_before == 0) {
            return NAN;
        }
        return (double)(key == RULE_FILE_TESTS_BEFORE
                            ? facts->file_tests_before
                            : facts->file_tests_after);
    case RULE_TIME_RATIO:
        return facts->time_ratio > 0 ? facts->time_ratio : NAN;
    default:
        return facts->counts == NULL ? NAN : count_of(facts->counts, key);
    }
}

static bool
compare(double number, const struct rule_condition *condition)
{
    switch (condition->comparison) {
    case RULE_EQ:
        return number >= condition->number && number <= condition->number;
    case RULE_LT:
        return number < condition->number;
    case RULE_LE:
        return number <= condition->number;
    case RULE_GT:
        return number > condition->number;
    case RULE_GE:
        break;
    }
    return number >= condition->number;
}

bool
pb_rule_holds_value(const struct pb_facts *facts,
                    const struct rule_condition *condition)
{
    switch (pb_rule_keys[condition->key].shape) {
    case RULE_CHOICES:
        return (condition->choices >> choice_of(facts, condition->key) & 1U) !=
               0;
    case RULE_FLAG:
        return flag_of(facts, condition->key) == condition->flag;
    case RULE_NUMBER:
        return compare(number_of(facts, condition->key), condition);
    case RULE_PATTERNS:
        break;
    }
    return false;
}

char *
pb_rule_value_text(const struct pb_facts *facts,
                   const struct rule_condition *condition)
{
    switch (pb_rule_keys[condition->key].shape) {
    case RULE_CHOICES:
        return pb_strdup(pb_rule_keys[condition->key].choice(
            choice_of(facts, condition->key)));
    case RULE_NUMBER:
        return pb_asprintf("%.6g", number_of(facts, condition->key));
    case RULE_FLAG:
    case RULE_PATTERNS:
        break;
    }
    return pb_strdup(condition->text);
}
