/* The values of conditions out of YAML: choices, numbers and patterns, in
   whatever has the right shape. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "classify_load.h"
#include "pybisect/alloc.h"
#include "pybisect/limits.h"

void
pb_rule_complain(const struct rule_loader *loader,
                 const struct pb_yaml_node *node, const char *key,
                 const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PB_AUTOFREE char *message = pb_vasprintf(format, arguments);
    va_end(arguments);
    PB_AUTOFREE char *path = pb_asprintf("%s.%s", loader->path, key);
    pb_problems_add(loader->problems, loader->origin, pb_yaml_line(node), path,
                    "%s", message);
}

bool
pb_rule_is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

bool
pb_rule_is_nothing(const struct pb_yaml_node *node)
{
    return pb_yaml_is_plain(node) && pb_yaml_text(node)[0] == '\0';
}

/* The scalar itself, or an item of a list; NULL where there is none of that
   shape. */
static const struct pb_yaml_node *
text_at(const struct pb_yaml_node *value, size_t index)
{
    const struct pb_yaml_node *node = pb_yaml_kind(value) == PB_YAML_SEQUENCE
                                          ? pb_yaml_item(value, index)
                                          : value;
    return pb_yaml_kind(node) == PB_YAML_SCALAR && !pb_rule_is_nothing(node)
               ? node
               : NULL;
}

static size_t
text_count(const struct pb_yaml_node *value)
{
    switch (pb_yaml_kind(value)) {
    case PB_YAML_SCALAR:
        return 1;
    case PB_YAML_SEQUENCE:
        return pb_yaml_length(value);
    case PB_YAML_MAPPING:
        break;
    }
    return 0;
}

static char *
join_texts(const struct pb_yaml_node *value)
{
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    for (size_t i = 0; i < text_count(value); i++) {
        const struct pb_yaml_node *node = text_at(value, i);
        pb_buf_addf(&out, "%s%s", i == 0 ? "" : ", ",
                    node == NULL ? "" : pb_yaml_text(node));
    }
    return pb_buf_take(&out);
}

static void
complain_choice(const struct rule_loader *loader,
                const struct pb_yaml_node *node, enum rule_key key)
{
    const struct rule_key_info *info = &pb_rule_keys[key];
    PB_AUTO(pb_buf) struct pb_buf list = PB_BUF_INIT;
    const char *text = pb_yaml_text(node);
    const char *best = NULL;
    size_t least = SIZE_MAX;
    for (unsigned i = 0; info->choice(i) != NULL; i++) {
        const char *name = info->choice(i);
        size_t distance = pb_suggest_distance(text, name);
        if (distance < least) {
            least = distance;
            best = name;
        }
        pb_buf_addf(&list, "%s'%s'", i == 0 ? "" : ", ", name);
    }
    if (best != NULL && pb_suggest_is_close(least, best)) {
        pb_rule_complain(loader, node, info->name,
                         "unknown '%s' (did you mean '%s'?)", text, best);
    }
    else {
        pb_rule_complain(loader, node, info->name,
                         "unknown '%s': use some of %s", text, list.data);
    }
}

static void
read_choices(const struct rule_loader *loader,
             const struct pb_yaml_node *value, struct rule_condition *out)
{
    const struct rule_key_info *info = &pb_rule_keys[out->key];
    for (size_t i = 0; i < text_count(value); i++) {
        const struct pb_yaml_node *node = text_at(value, i);
        if (node == NULL) {
            continue;
        }
        unsigned choice = 0;
        while (info->choice(choice) != NULL &&
               strcmp(info->choice(choice), pb_yaml_text(node)) != 0)
        {
            choice++;
        }
        if (info->choice(choice) == NULL) {
            complain_choice(loader, node, out->key);
        }
        else {
            out->choices |= 1U << choice;
        }
    }
}

/* Digits with or without a fraction: strtod alone would take "nan" and
   hexadecimals, and a locale's comma. */
static bool
parse_number(const char *text, double *out)
{
    double number = 0;
    double unit = 1;
    bool fraction = false;
    size_t digits = 0;
    for (; *text != '\0'; text++) {
        if (*text == '.' && !fraction && digits > 0) {
            fraction = true;
            digits = 0;
        }
        else if (*text < '0' || *text > '9' || ++digits > 15) {
            return false;
        }
        else if (fraction) {
            unit /= 10;
            number += (*text - '0') * unit;
        }
        else {
            number = number * 10 + (*text - '0');
        }
    }
    *out = number;
    return digits > 0;
}

static void
read_number(const struct rule_loader *loader, const struct pb_yaml_node *value,
            struct rule_condition *out)
{
    static const struct {
        const char *sign;
        enum rule_comparison comparison;
    } signs[] = {
        {">=", RULE_GE}, {"<=", RULE_LE}, {">", RULE_GT},
        {"<", RULE_LT},  {"=", RULE_EQ},  {"", RULE_EQ},
    };
    if (pb_yaml_kind(value) != PB_YAML_SCALAR || pb_rule_is_nothing(value)) {
        return;
    }
    const char *text = pb_yaml_text(value);
    for (size_t i = 0; i < PB_LENGTH(signs); i++) {
        size_t length = strlen(signs[i].sign);
        if (strncmp(text, signs[i].sign, length) == 0) {
            const char *number = text + length;
            number += strspn(number, " ");
            out->comparison = signs[i].comparison;
            if (!parse_number(number, &out->number)) {
                pb_rule_complain(
                    loader, value, pb_rule_keys[out->key].name,
                    "expected a comparison such as \">= 1.5\", found "
                    "'%s'",
                    text);
            }
            return;
        }
    }
}

static void
read_pattern(const struct rule_loader *loader, const struct pb_yaml_node *node,
             struct rule_condition *out, size_t room)
{
    const char *text = pb_yaml_text(node);
    const char *key = pb_rule_keys[out->key].name;
    if (pb_rule_is_blank(text)) {
        pb_rule_complain(loader, node, key, "must not be empty");
        return;
    }
    if (strlen(text) > PB_LIMIT_PATTERN_BYTES) {
        pb_rule_complain(loader, node, key, "is longer than %d bytes",
                         PB_LIMIT_PATTERN_BYTES);
        return;
    }
    if (++loader->rules->patterns > PB_LIMIT_PATTERNS) {
        if (loader->rules->patterns == PB_LIMIT_PATTERNS + 1) {
            pb_rule_complain(loader, node, key, "more than %d patterns in all",
                             PB_LIMIT_PATTERNS);
        }
        return;
    }
    struct pb_error err = PB_ERROR_INIT;
    struct pb_regex *regex = pb_regex_new(text, &err);
    if (regex == NULL) {
        pb_rule_complain(loader, node, key, "%s", err.message);
        return;
    }
    if (out->patterns == NULL) {
        out->patterns = pb_alloc_array(room, sizeof(*out->patterns));
    }
    out->patterns[out->len].regex = regex;
    out->patterns[out->len++].text = pb_strdup(text);
}

static void
read_patterns(const struct rule_loader *loader,
              const struct pb_yaml_node *value, struct rule_condition *out)
{
    size_t count = text_count(value);
    for (size_t i = 0; i < count; i++) {
        const struct pb_yaml_node *node = text_at(value, i);
        if (node != NULL) {
            read_pattern(loader, node, out, count);
        }
    }
}

void
pb_rule_read_condition(const struct rule_loader *loader,
                       const struct pb_yaml_node *value,
                       struct rule_condition *out)
{
    out->text = join_texts(value);
    if (pb_yaml_kind(value) == PB_YAML_SEQUENCE && pb_yaml_length(value) == 0)
    {
        pb_rule_complain(loader, value, pb_rule_keys[out->key].name,
                         "must not be empty");
    }
    switch (pb_rule_keys[out->key].shape) {
    case RULE_CHOICES:
        read_choices(loader, value, out);
        return;
    case RULE_FLAG:
        out->flag = strcmp(out->text, "true") == 0;
        return;
    case RULE_NUMBER:
        read_number(loader, value, out);
        return;
    case RULE_PATTERNS:
        read_patterns(loader, value, out);
        return;
    }
}
