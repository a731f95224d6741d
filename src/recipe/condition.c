/* Reading and deciding conditions. */
#include "recipe/condition.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

#define MAX_DIGITS 9 /* of one part: a date fits, and no long overflows */

/* Reads "24.7.0" or "24_7_0" at `text`, returns what follows it. */
static const char *
read_version(const char *text, struct pb_version *out)
{
    out->len = 0;
    while (out->len < PB_VERSION_PARTS && isdigit((unsigned char)*text) &&
           strspn(text, "0123456789") <= MAX_DIGITS)
    {
        char *end = NULL;
        out->parts[out->len++] = strtoul(text, &end, 10);
        text = end;
        bool more =
            (*text == '.' || *text == '_') && isdigit((unsigned char)text[1]);
        if (!more) {
            break;
        }
        text++;
    }
    return text;
}

static bool
is_sha(const char *ref)
{
    size_t length = strlen(ref);
    return length >= 7 && strspn(ref, "0123456789abcdef") == length &&
           strpbrk(ref, "abcdef") != NULL;
}

/* May a version start here? Not in the middle of a word, as in "py3". */
static bool
starts_version(const char *ref, const char *at)
{
    if (!isdigit((unsigned char)*at)) {
        return false;
    }
    bool after_v = at > ref && strchr("vVr", at[-1]) != NULL &&
                   (at - 1 == ref || !isalnum((unsigned char)at[-2]));
    return at == ref || after_v || !isalnum((unsigned char)at[-1]);
}

struct pb_version
pb_version_of_ref(const char *ref)
{
    struct pb_version version = {.len = 0};
    if (ref == NULL || is_sha(ref)) {
        return version;
    }
    for (const char *at = ref; *at != '\0'; at++) {
        if (starts_version(ref, at)) {
            (void)read_version(at, &version);
            return version;
        }
    }
    return version;
}

/* Behind `word` and the blanks after it, or NULL. */
static const char *
skip_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(text, word, length) != 0 ||
        isalnum((unsigned char)text[length])) {
        return NULL;
    }
    text += length;
    return text + strspn(text, " \t\n");
}

/* "python >= 3.12": returns what follows, NULL with *out_why set. */
static const char *
read_bound(const char *text, struct pb_bound *out, const char **out_why)
{
    static const struct {
        const char *text;
        enum pb_bound_operator operator;
    } operators[] = {
        {"<=", PB_BOUND_AT_MOST}, {">=", PB_BOUND_AT_LEAST},
        {"==", PB_BOUND_EQUAL},   {"<", PB_BOUND_LESS},
        {">", PB_BOUND_MORE},
    };
    const char *at = skip_word(text, "python");
    out->of_python = at != NULL;
    if (at == NULL) {
        at = skip_word(text, "ref");
    }
    if (at == NULL) {
        *out_why = "it is about 'python' or 'ref'";
        return NULL;
    }
    size_t i = 0;
    while (i < PB_LENGTH(operators) &&
           strncmp(at, operators[i].text, strlen(operators[i].text)) != 0)
    {
        i++;
    }
    if (i == PB_LENGTH(operators)) {
        *out_why = "compare with <, <=, ==, >= or >";
        return NULL;
    }
    out->operator= operators[i].operator;
    at += strlen(operators[i].text);
    at += strspn(at, " \t\n");
    at = read_version(at, &out->version);
    at += strspn(at, " \t\n");
    if (out->version.len == 0) {
        *out_why = "compare with a version such as 3.12";
        return NULL;
    }
    return at;
}

int
pb_condition_parse(const char *text, struct pb_condition *out,
                   struct pb_error *err)
{
    struct pb_condition condition = {.len = 0};
    const char *why = NULL;
    const char *at = text + strspn(text, " \t\n");
    while (why == NULL) {
        if (condition.len == PB_CONDITION_BOUNDS) {
            why = "it has too many parts";
            break;
        }
        at = read_bound(at, &condition.bounds[condition.len++], &why);
        if (at == NULL || *at == '\0') {
            break;
        }
        at = skip_word(at, "and");
        why = at == NULL ? "parts are joined by 'and'" : NULL;
    }
    if (why != NULL) {
        return pb_error_set(err, PB_ERROR_CONFIG,
                            "cannot read the condition '%s': %s", text, why);
    }
    *out = condition;
    return 0;
}

/* -1, 0, 1, as far as `wanted` goes. */
static int
compare(const struct pb_version *is, const struct pb_version *wanted)
{
    if (is->len == 0) {
        return 1;
    }
    for (size_t i = 0; i < wanted->len; i++) {
        unsigned long part = i < is->len ? is->parts[i] : 0;
        if (part != wanted->parts[i]) {
            return part < wanted->parts[i] ? -1 : 1;
        }
    }
    return 0;
}

static bool
bound_holds(const struct pb_bound *bound, int order)
{
    switch (bound->operator) {
    case PB_BOUND_LESS:
        return order < 0;
    case PB_BOUND_AT_MOST:
        return order <= 0;
    case PB_BOUND_EQUAL:
        return order == 0;
    case PB_BOUND_AT_LEAST:
        return order >= 0;
    case PB_BOUND_MORE:
        break;
    }
    return order > 0;
}

bool
pb_condition_holds(const struct pb_condition *condition,
                   const struct pb_recipe_facts *facts)
{
    const struct pb_version python = pb_version_of_ref(facts->python);
    const struct pb_version ref = pb_version_of_ref(facts->ref);
    for (size_t i = 0; i < condition->len; i++) {
        const struct pb_bound *bound = &condition->bounds[i];
        int order =
            compare(bound->of_python ? &python : &ref, &bound->version);
        if (!bound_holds(bound, order)) {
            return false;
        }
    }
    return true;
}
