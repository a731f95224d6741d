/* The results of one run, found by id. */
#include "pybisect/results.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "trial/results_index.h"
#include "trial/text.h"

static const char *const outcome_names[] = {
    [PB_OUTCOME_PASS] = "pass",       [PB_OUTCOME_XFAIL] = "xfail",
    [PB_OUTCOME_SKIP] = "skip",       [PB_OUTCOME_ABSENT] = "absent",
    [PB_OUTCOME_XPASS] = "xpass",     [PB_OUTCOME_FAIL] = "fail",
    [PB_OUTCOME_ERROR] = "error",     [PB_OUTCOME_HUNG] = "hung",
    [PB_OUTCOME_CRASHED] = "crashed",
};

static const char *const pseudo_tests[] = {PB_TEST_INSTALL, PB_TEST_PREPARE,
                                           PB_TEST_SMOKE, PB_TEST_RUN,
                                           PB_TEST_COMMAND};

const char *
pb_outcome_name(enum pb_outcome outcome)
{
    return outcome_names[outcome];
}

bool
pb_outcome_parse(const char *name, enum pb_outcome *out)
{
    for (size_t i = 0; i < PB_LENGTH(outcome_names); i++) {
        if (strcmp(name, outcome_names[i]) == 0) {
            *out = (enum pb_outcome)i;
            return true;
        }
    }
    return false;
}

bool
pb_outcome_failed(enum pb_outcome outcome)
{
    return outcome >= PB_OUTCOME_XPASS;
}

bool
pb_result_is_pseudo(const char *id)
{
    if (id[0] != '(') {
        return false;
    }
    for (size_t i = 0; i < PB_LENGTH(pseudo_tests); i++) {
        if (strcmp(id, pseudo_tests[i]) == 0) {
            return true;
        }
    }
    return false;
}

static struct pb_result *
look_up(const struct pb_results *results, const char *canonical, uint32_t hash)
{
    size_t position = pb_results_index_find(results, canonical, hash);
    return position == PB_NO_RESULT ? NULL : &results->items[position];
}

static void
forget_description(struct pb_result *result)
{
    free(result->type);
    free(result->message);
    free(result->trace);
    result->type = NULL;
    result->message = NULL;
    result->trace = NULL;
}

struct pb_result *
pb_results_add(struct pb_results *results, const char *id,
               enum pb_outcome outcome)
{
    PB_AUTO(pb_buf) struct pb_buf canonical = PB_BUF_INIT;
    pb_results_canonical_id(id, strlen(id), &canonical);
    uint32_t hash = pb_hash(canonical.data, canonical.len);
    struct pb_result *result = look_up(results, canonical.data, hash);
    if (result != NULL) {
        if (outcome > result->outcome) {
            result->outcome = outcome;
            forget_description(result);
        }
        return result;
    }
    if (results->len >= PB_LIMIT_TESTS && !pb_result_is_pseudo(id)) {
        return NULL;
    }
    char *kept =
        pb_results_index_enter(results, canonical.data, canonical.len, hash);
    PB_GROW(results->items, results->len, results->cap);
    result = &results->items[results->len++];
    *result =
        (struct pb_result){.id = kept, .outcome = outcome, .seconds = -1};
    return result;
}

static void
replace(char **field, const char *text, size_t most, size_t head)
{
    if (text != NULL) {
        char *excerpt = pb_text_excerpt(text, most, head);
        free(*field);
        *field = excerpt;
    }
}

void
pb_result_describe(struct pb_result *result, const char *type,
                   const char *message, const char *trace)
{
    if (result == NULL) {
        return;
    }
    replace(&result->type, type, PB_LIMIT_MESSAGE_BYTES,
            PB_LIMIT_MESSAGE_BYTES / 2);
    replace(&result->message, message, PB_LIMIT_MESSAGE_BYTES,
            PB_LIMIT_MESSAGE_BYTES / 2);
    /* The end of a traceback says more than its beginning. */
    replace(&result->trace, trace, PB_LIMIT_TRACE_BYTES,
            PB_LIMIT_TRACE_BYTES / 4);
}

void
pb_result_excuse(struct pb_result *result, const char *reason)
{
    forget_description(result);
    result->outcome = PB_OUTCOME_SKIP;
    pb_result_describe(result, NULL, reason, NULL);
}

const struct pb_result *
pb_results_find(const struct pb_results *results, const char *id)
{
    PB_AUTO(pb_buf) struct pb_buf canonical = PB_BUF_INIT;
    pb_results_canonical_id(id, strlen(id), &canonical);
    return look_up(results, canonical.data,
                   pb_hash(canonical.data, canonical.len));
}

const struct pb_result *
pb_results_get(const struct pb_results *results, const char *canonical)
{
    return look_up(results, canonical, pb_hash(canonical, strlen(canonical)));
}

enum pb_outcome
pb_results_outcome(const struct pb_results *results, const char *id)
{
    const struct pb_result *result = pb_results_find(results, id);
    return result == NULL ? PB_OUTCOME_ABSENT : result->outcome;
}

size_t
pb_results_count(const struct pb_results *results, enum pb_outcome outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < results->len; i++) {
        count += results->items[i].outcome == outcome &&
                 !pb_result_is_pseudo(results->items[i].id);
    }
    return count;
}

size_t
pb_results_tests(const struct pb_results *results)
{
    size_t count = 0;
    for (size_t i = 0; i < results->len; i++) {
        count += !pb_result_is_pseudo(results->items[i].id);
    }
    return count;
}

size_t
pb_results_failed(const struct pb_results *results)
{
    size_t count = 0;
    for (size_t i = 0; i < results->len; i++) {
        count += pb_outcome_failed(results->items[i].outcome) &&
                 !pb_result_is_pseudo(results->items[i].id);
    }
    return count;
}

/* The next place where `from` stands as a whole name, or a directory of one.
 */
static const char *
find_name(const char *text, const char *from)
{
    size_t length = strlen(from);
    for (const char *at = strstr(text, from); at != NULL;
         at = strstr(at + 1, from))
    {
        unsigned char next = (unsigned char)at[length];
        if (!isalnum(next) && strchr("_-.", next) == NULL) {
            return at;
        }
        if (next == '\0') {
            return at;
        }
    }
    return NULL;
}

static void
rename_in(char **text, const struct pb_results_name *name)
{
    if (*text == NULL || name->from == NULL || *name->from == '\0') {
        return;
    }
    const char *rest = *text;
    const char *at = find_name(rest, name->from);
    if (at == NULL) {
        return;
    }
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    for (; at != NULL; at = find_name(rest, name->from)) {
        pb_buf_add(&out, rest, (size_t)(at - rest));
        pb_buf_adds(&out, name->to);
        rest = at + strlen(name->from);
    }
    pb_buf_adds(&out, rest);
    free(*text);
    *text = pb_buf_take(&out);
}

void
pb_results_rename(struct pb_results *results,
                  const struct pb_results_name *names, size_t len)
{
    for (size_t i = 0; i < results->len; i++) {
        for (size_t j = 0; j < len; j++) {
            rename_in(&results->items[i].message, &names[j]);
            rename_in(&results->items[i].trace, &names[j]);
        }
    }
}

void
pb_results_merge(struct pb_results *into, const struct pb_results *more)
{
    for (size_t i = 0; i < more->len; i++) {
        const struct pb_result *from = &more->items[i];
        bool known = pb_results_find(into, from->id) != NULL;
        struct pb_result *to = pb_results_add(into, from->id, from->outcome);
        if (to == NULL) {
            continue;
        }
        if (to->outcome == from->outcome && to->type == NULL &&
            to->message == NULL) {
            pb_result_describe(to, from->type, from->message, from->trace);
        }
        if (!known) {
            to->seconds = from->seconds;
        }
    }
    into->run = more->run;
    into->seconds += more->seconds;
}

void
pb_results_clear(struct pb_results *results)
{
    for (size_t i = 0; i < results->len; i++) {
        forget_description(&results->items[i]);
    }
    free(results->items);
    pb_results_index_free(results->index);
    *results = (struct pb_results)PB_RESULTS_INIT;
}
