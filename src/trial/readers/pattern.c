/* Lines are made plain first: a recipe need not know of colours. */
#include "trial/readers/pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "pybisect/trial.h"

static int
compile(const char *expression, struct pb_pattern *out, struct pb_error *err)
{
    struct pb_regex *regex = pb_regex_new(expression, err);
    if (regex == NULL) {
        return -1;
    }
    *out = (struct pb_pattern){
        .regex = regex,
        .id = pb_regex_group(regex, "id"),
        .message = pb_regex_group(regex, "message"),
    };
    if (out->id == 0 || out->id >= PB_REGEX_GROUPS ||
        out->message >= PB_REGEX_GROUPS)
    {
        const char *what =
            out->id == 0 ? "has no group (?<id>...)"
                         : "has (?<id>...) or (?<message>...) behind more "
                           "than eight groups: write (?:...) for them";
        pb_error_set(err, PB_ERROR_CONFIG, "'%s' %s", expression, what);
        pb_regex_free(regex);
        return -1;
    }
    return 0;
}

int
pb_reader_check_pattern(const char *expression, struct pb_error *err)
{
    struct pb_pattern pattern;
    if (compile(expression, &pattern, err) < 0) {
        return -1;
    }
    pb_regex_free(pattern.regex);
    return 0;
}

static int
add(struct pb_patterns *patterns, const char *text, struct pb_error *err)
{
    size_t length = strcspn(text, "=");
    PB_AUTOFREE char *name = pb_strndup(text, length);
    struct pb_pattern pattern;
    enum pb_outcome outcome = PB_OUTCOME_PASS;
    if (text[length] == '\0' || !pb_outcome_parse(name, &outcome)) {
        return pb_error_set(err, PB_ERROR_CONFIG,
                            "'%s' is no outcome with a pattern", text);
    }
    if (compile(text + length + 1, &pattern, err) < 0) {
        return -1;
    }
    pattern.outcome = outcome;
    PB_GROW(patterns->items, patterns->len, patterns->cap);
    patterns->items[patterns->len++] = pattern;
    return 0;
}

int
pb_patterns_init(const struct pb_strv *texts, struct pb_patterns *out,
                 struct pb_error *err)
{
    PB_AUTO(pb_patterns) struct pb_patterns patterns = {.items = NULL};
    for (size_t i = 0; texts != NULL && i < texts->len; i++) {
        if (add(&patterns, texts->items[i], err) < 0) {
            return -1;
        }
    }
    *out = patterns;
    patterns = (struct pb_patterns){.items = NULL};
    return 0;
}

void
pb_patterns_clear(struct pb_patterns *patterns)
{
    for (size_t i = 0; i < patterns->len; i++) {
        pb_regex_free(patterns->items[i].regex);
    }
    free(patterns->items);
    *patterns = (struct pb_patterns){.items = NULL};
}

/* NULL for a group that took no part, or that is empty. */
static char *
dup_group(struct pb_span line, const struct pb_regex_match *found,
          size_t group)
{
    size_t start = found->group[group].start;
    if (group == 0 || start == SIZE_MAX || found->group[group].end == start) {
        return NULL;
    }
    return pb_strndup(line.data + start, found->group[group].end - start);
}

static void
take_line(const struct pb_patterns *patterns, struct pb_span line,
          struct pb_reading *reading)
{
    struct pb_regex_match found;
    for (size_t i = 0; i < patterns->len; i++) {
        const struct pb_pattern *pattern = &patterns->items[i];
        if (!pb_regex_match(pattern->regex, line.data, line.length, 0, &found))
        {
            continue;
        }
        PB_AUTOFREE char *id = dup_group(line, &found, pattern->id);
        PB_AUTOFREE char *message = dup_group(line, &found, pattern->message);
        struct pb_reading_entry said = {
            .outcome = pattern->outcome, .message = message, .seconds = -1};
        if (id != NULL) {
            pb_reading_add(reading, id, &said);
        }
        return;
    }
}

void
pb_read_patterns(struct pb_span text, const struct pb_patterns *patterns,
                 struct pb_reading *reading)
{
    struct pb_span line;
    /* Nothing says where the output ends: the exit status must do. */
    reading->orderly = true;
    while (pb_span_line(&text, &line)) {
        PB_AUTO(pb_buf) struct pb_buf plain = PB_BUF_INIT;
        if (line.length > PB_LIMIT_LINE_BYTES) {
            line.length = PB_LIMIT_LINE_BYTES;
        }
        struct pb_span lines = line;
        if (!pb_text_is_plain(line)) {
            pb_text_plain(line.data, line.length, &plain);
            lines = (struct pb_span){plain.data, plain.len};
        }
        while (pb_span_line(&lines, &line)) {
            take_line(patterns, line, reading);
        }
    }
}
