/* What is said of a match: which condition found what. */
#include <stdlib.h>
#include <string.h>

#include "classify_rules.h"
#include "pybisect/alloc.h"
#include "pybisect/limits.h"

#define BEFORE_MATCH 60

static bool
is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* A log may hold NULs, a text may not. */
static char *
dup_bytes(const char *bytes, size_t length)
{
    char *text = pb_alloc(length + 1);
    for (size_t i = 0; i < length; i++) {
        text[i] = bytes[i] == '\0' ? ' ' : bytes[i];
    }
    return text;
}

/* The lines that the match touches, cut where they are long. */
static void
excerpt(const struct rule_hit *hit, struct pb_match_evidence *out)
{
    const char *text = hit->text.data;
    const char *newline = memrchr(text, '\n', hit->start);
    size_t from = newline == NULL ? 0 : (size_t)(newline - text) + 1;
    if (hit->start - from > BEFORE_MATCH) {
        from = hit->start - BEFORE_MATCH;
        while (from < hit->start && is_continuation(text[from])) {
            from++;
        }
    }
    size_t to = hit->end;
    while (to < hit->text.length && text[to] != '\n') {
        to++;
    }
    if (to - from > PB_LIMIT_EVIDENCE_BYTES) {
        to = from + PB_LIMIT_EVIDENCE_BYTES;
        while (to > hit->start && is_continuation(text[to])) {
            to--;
        }
    }
    size_t end = hit->end < to ? hit->end : to;
    out->found = dup_bytes(text + from, to - from);
    out->start = hit->start - from;
    out->length = end - hit->start;
}

void
pb_rule_add_evidence(const struct pb_facts *facts, const struct rule_hit *hit,
                     struct pb_match_evidence *out)
{
    const struct rule_condition *condition = hit->condition;
    out->key = pb_rule_keys[condition->key].name;
    if (pb_rule_keys[condition->key].shape == RULE_PATTERNS) {
        out->wanted = condition->patterns[hit->pattern].text;
        excerpt(hit, out);
        return;
    }
    out->wanted = condition->text;
    out->found = pb_rule_value_text(facts, condition);
    out->length = strlen(out->found);
}

void
pb_match_clear(struct pb_match *match)
{
    for (size_t i = 0; i < match->len; i++) {
        free(match->items[i].found);
    }
    free(match->items);
    *match = (struct pb_match)PB_MATCH_INIT;
}

/* Found text may have several lines. */
static void
add_one_line(const char *text, struct pb_buf *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            pb_buf_adds(out, "\\n");
        }
        else {
            pb_buf_addch(out, *text);
        }
    }
}

void
pb_match_explain(const struct pb_match *match, struct pb_buf *out)
{
    if (match->class_name == NULL) {
        pb_buf_adds(out, "no rule matches\n");
        return;
    }
    pb_buf_addf(out, "%s: rule '%s', %s:%d\n", match->class_name, match->rule,
                match->origin, match->line);
    for (size_t i = 0; i < match->len; i++) {
        const struct pb_match_evidence *item = &match->items[i];
        pb_buf_addf(out, "  %s: ", item->key);
        add_one_line(item->wanted, out);
        pb_buf_adds(out, "\n    found: ");
        add_one_line(item->found, out);
        pb_buf_addch(out, '\n');
    }
}
