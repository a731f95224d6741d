/* Rules as they are held in memory: between the file that reads them and the
   one that matches. */
#ifndef PYBISECT_VERDICT_CLASSIFY_RULES_H
#define PYBISECT_VERDICT_CLASSIFY_RULES_H

#include "pybisect/classify.h"
#include "pybisect/regex.h"
#include "trial/text.h"

/* What a condition asks about, cheapest first: conditions are tried in this
   order. */
enum rule_key {
    RULE_PHASE,
    RULE_CHANGE,
    RULE_BEFORE,
    RULE_AFTER,
    RULE_FLAKY,
    RULE_SOME_PLATFORMS,
    RULE_COLLECTING,
    RULE_REPLACED,
    RULE_SAME_TYPE,
    RULE_TESTS_BEFORE,
    RULE_TESTS_AFTER,
    RULE_TESTS_RATIO,
    RULE_RUN_RATIO,
    RULE_SKIPPED_BEFORE,
    RULE_SKIPPED_AFTER,
    RULE_SKIPPED_RISE,
    RULE_SKIPPED_SHARE,
    RULE_UNCOLLECTED_BEFORE,
    RULE_UNCOLLECTED_AFTER,
    RULE_FILE_TESTS_BEFORE,
    RULE_FILE_TESTS_AFTER,
    RULE_TIME_RATIO,
    /* These three are asked of one and the same exception. */
    RULE_TYPE,
    RULE_MESSAGE,
    RULE_STDLIB_MODULE,
    RULE_WAS_TYPE,
    RULE_WAS_MESSAGE,
    RULE_TEST,
    RULE_INNERMOST_FILE,
    RULE_INNERMOST_FUNCTION,
    RULE_SOURCE,
    /* These two of one and the same frame. */
    RULE_FILE,
    RULE_FUNCTION,
    RULE_EVERY_FILE,
    RULE_TRACE,
    RULE_LOG,
    RULE_KEYS,
};

enum rule_shape { RULE_CHOICES, RULE_FLAG, RULE_NUMBER, RULE_PATTERNS };

struct rule_key_info {
    const char *name;
    enum rule_shape shape;
    /* CHOICES: the name of a value, NULL past the last. */
    const char *(*choice)(unsigned value);
};

extern const struct rule_key_info pb_rule_keys[RULE_KEYS];

enum rule_comparison { RULE_EQ, RULE_LT, RULE_LE, RULE_GT, RULE_GE };

struct rule_condition {
    enum rule_key key;
    char *text;       /* as written; a list with ", " between */
    unsigned choices; /* CHOICES: a bit each */
    bool flag;
    enum rule_comparison comparison;
    double number;
    struct {
        struct pb_regex *regex;
        char *text;
    } * patterns; /* PATTERNS: any of these */
    size_t len;
};

/* All of its conditions must hold. */
struct rule_set {
    const struct rule_condition **items; /* sorted by key; borrowed from the
                                            rule */
    size_t len;
    size_t cap;
    int line;
};

struct rule {
    char *name;
    char *class_name;
    char *description; /* may be NULL */
    char *advice;      /* may be NULL */
    char *origin;
    int line;
    struct rule_condition **conditions; /* owned; all of them */
    size_t nconditions;
    size_t conditions_cap;
    struct rule_set *any; /* at least one; common conditions are in each */
    size_t nany;
    struct rule_set *unless;
    size_t nunless;
};

struct pb_rules {
    struct rule **items;
    size_t len;
    size_t cap;
    size_t patterns; /* in all rules */
    bool by_test;    /* a condition asks for the test's id */
};

/* A condition that held, and on what. */
struct rule_hit {
    const struct rule_condition *condition;
    size_t pattern;
    struct pb_span text; /* PATTERNS */
    size_t start;
    size_t end;
};

void pb_rule_free(struct rule *rule);

/* Of conditions that are not PATTERNS. */
bool pb_rule_holds_value(const struct pb_facts *facts,
                         const struct rule_condition *condition);
/* What the facts have; caller frees. */
char *pb_rule_value_text(const struct pb_facts *facts,
                         const struct rule_condition *condition);

/* Fills in all of *out, which then owns its text. */
void pb_rule_add_evidence(const struct pb_facts *facts,
                          const struct rule_hit *hit,
                          struct pb_match_evidence *out);

#endif
