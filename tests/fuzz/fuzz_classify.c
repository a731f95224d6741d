/* Rules and facts out of foreign bytes. An input is sections with a line "%%"
   between them:

       rules (empty: the shipped ones)
       type, message, traceback, log, id: what the change says
       numbers: bytes for kind, outcomes, counts

   Holds that parsing says yes or tells mistakes, that what matched can be
   told, that evidence lies within what was found, and that a signature is
   the same whether it was worked out alone or among others. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "verdict/shipped_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RULES, TYPE, MESSAGE, TRACE, LOG, ID, NUMBERS, SECTIONS };

struct input {
    char *texts[SECTIONS]; /* terminated copies */
    size_t lengths[SECTIONS];
};

static void
input_clear(struct input *input)
{
    for (size_t i = 0; i < SECTIONS; i++) {
        free(input->texts[i]);
    }
}

/* The last section takes the rest. */
static void
split(const uint8_t *data, size_t size, struct input *out)
{
    static const char mark[] = "\n%%\n";
    const char *rest = (const char *)data;
    for (size_t i = 0; i < SECTIONS; i++) {
        const char *end = i + 1 == SECTIONS || size == 0
                              ? NULL
                              : memmem(rest, size, mark, strlen(mark));
        out->lengths[i] = end == NULL ? size : (size_t)(end - rest);
        out->texts[i] = pb_alloc(out->lengths[i] + 1);
        if (out->lengths[i] > 0) {
            memcpy(out->texts[i], rest, out->lengths[i]);
        }
        size_t taken = end == NULL ? size : out->lengths[i] + strlen(mark);
        rest += taken;
        size -= taken;
    }
}

static const struct pb_rules *
shipped(void)
{
    static struct pb_rules *rules;
    if (rules == NULL) {
        rules = pb_rules_new();
        shipped_rules_load(rules);
    }
    return rules;
}

static bool
had(void *context, const char *module)
{
    (void)context;
    return strlen(module) % 2 == 0;
}

static unsigned
number(const struct input *input, size_t index, unsigned below)
{
    return index < input->lengths[NUMBERS]
               ? (unsigned char)input->texts[NUMBERS][index] % below
               : 0;
}

static const char *
some(const struct input *input, size_t section)
{
    return input->lengths[section] == 0 ? NULL : input->texts[section];
}

static void
check_match(const struct pb_match *match)
{
    for (size_t i = 0; i < match->len; i++) {
        const struct pb_match_evidence *item = &match->items[i];
        size_t length = strlen(item->found);
        assert(item->start <= length && item->length <= length - item->start);
    }
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_match_explain(match, &text);
    assert(text.len > 0);
}

static void
classify(const struct pb_rules *rules, const struct input *input)
{
    const struct pb_counts counts = {
        .tests_before = 100,
        .tests_after = 100 + number(input, 0, 200),
        .skipped_before = number(input, 1, 100),
        .skipped_after = number(input, 2, 100),
    };
    const struct pb_facts facts = {
        .phase = number(input, 3, PB_PHASE_INSTALL_PYTHON + 1),
        .kind = number(input, 4, PB_CHANGE_NEW + 1),
        .id = input->texts[ID],
        .before = number(input, 5, PB_OUTCOME_CRASHED + 1),
        .after = number(input, 6, PB_OUTCOME_CRASHED + 1),
        .was = {some(input, MESSAGE), some(input, TYPE), NULL},
        .now = {some(input, TYPE), some(input, MESSAGE), some(input, TRACE)},
        .log = some(input, LOG),
        .log_length = input->lengths[LOG],
        .counts = &counts,
        .file_tests_before = number(input, 7, 3),
        .file_tests_after = number(input, 8, 3),
        .flaky = number(input, 9, 2) != 0,
        .time_ratio = number(input, 10, 5),
        .stdlib_had = number(input, 11, 2) ? had : NULL,
    };
    PB_AUTO(pb_match) struct pb_match match = PB_MATCH_INIT;
    bool found = pb_classify(rules, &facts, &match);
    assert(found == (match.class_name != NULL));
    check_match(&match);
}

static void
check_signatures(const struct pb_diff *diff)
{
    for (size_t i = 0; i < diff->len; i++) {
        PB_AUTOFREE char *alone = pb_signature_of(diff->items[i].after);
        assert(strcmp(alone, diff->items[i].signature) == 0);
    }
}

static void
group(const struct pb_rules *rules, const struct input *input)
{
    PB_AUTO(pb_results) struct pb_results before = PB_RESULTS_INIT;
    PB_AUTO(pb_results) struct pb_results after = PB_RESULTS_INIT;
    const char *id = input->texts[ID];
    (void)pb_results_add(&before, id, number(input, 5, 9));
    (void)pb_results_add(&before, "m.C.f", PB_OUTCOME_PASS);
    const char *const ids[] = {id, "m.C.f", "m.C.other"};
    for (size_t i = 0; i < PB_LENGTH(ids); i++) {
        pb_result_describe(pb_results_add(&after, ids[i], number(input, 6, 9)),
                           some(input, TYPE), some(input, MESSAGE),
                           some(input, TRACE));
    }
    PB_AUTO(pb_diff) struct pb_diff diff = PB_DIFF_INIT;
    PB_AUTO(pb_groups) struct pb_groups groups = PB_GROUPS_INIT;
    pb_diff_compute(&before, &after, NULL, &diff);
    check_signatures(&diff);
    pb_groups_compute(rules, &before, &after, &diff, NULL, &groups);
    size_t total = 0;
    for (size_t i = 0; i < groups.len; i++) {
        check_match(&groups.items[i].match);
        total += groups.items[i].len;
    }
    assert(total == diff.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PB_CLEANUP(input_clear) struct input input;
    split(data, size, &input);
    if (input.lengths[RULES] == 0) {
        classify(shipped(), &input);
        group(shipped(), &input);
        return 0;
    }
    PB_AUTO(pb_rules) struct pb_rules *rules = pb_rules_new();
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    struct pb_error err = PB_ERROR_INIT;
    if (pb_rules_parse(rules, input.texts[RULES], input.lengths[RULES],
                       "rules", &problems, &err) < 0)
    {
        assert(err.code != PB_ERROR_NONE && pb_rules_count(rules) == 0);
        return 0;
    }
    assert(problems.len == 0);
    classify(rules, &input);
    group(rules, &input);
    return 0;
}
