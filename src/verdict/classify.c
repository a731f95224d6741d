/* Facts held against rules. A rule matches when one of its alternatives holds
   and none of its `unless`. Tracebacks are taken apart once for each change;
   texts are never copied before something has matched. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classify_rules.h"
#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "signature.h"
#include "trace.h"

/* The exception reported, what the traceback ends in and what caused it, and
   the same of a traceback that is in the message. */
#define MOST_EXCEPTIONS (1 + 2 * PB_TRACE_EXCEPTIONS)

/* A set has each key at most twice: from the rule and from the alternative. */
#define MOST_HITS (2 * RULE_KEYS)

struct subject {
    const struct pb_facts *facts;
    struct trace trace;
    struct trace_exception exceptions[MOST_EXCEPTIONS];
    size_t nexceptions;
};

/* A condition that held, and on what. */
struct hit {
    const struct rule_condition *condition;
    size_t pattern;
    struct pb_span text; /* PATTERNS */
    size_t start;
    size_t end;
};

struct hits {
    struct hit items[MOST_HITS];
    size_t len;
};

/* --- the subject --------------------------------------------------------- */

static struct pb_span
span_or_empty(const char *text)
{
    return pb_span_of(text == NULL ? "" : text);
}

static void
add_exceptions(struct subject *subject, const struct trace *trace)
{
    for (size_t i = trace->nexceptions; i > 0; i--) {
        struct trace_exception exception = trace->exceptions[i - 1];
        /* "builtins." is cut off where the type is followed by more text, so
           that a terminated copy is not needed. */
        const char *plain = pb_type_plain(exception.type.data);
        size_t cut = (size_t)(plain - exception.type.data);
        if (cut < exception.type.length) {
            exception.type = pb_span_from(exception.type, cut);
        }
        subject->exceptions[subject->nexceptions++] = exception;
    }
}

static void
look_at(struct subject *subject, const struct pb_facts *facts)
{
    const struct pb_said *now = &facts->now;
    subject->facts = facts;
    subject->nexceptions = 0;
    if (now->type != NULL || now->message != NULL) {
        subject->exceptions[subject->nexceptions++] = (struct trace_exception){
            .type =
                pb_span_of(now->type == NULL ? "" : pb_type_plain(now->type)),
            .message = span_or_empty(now->message)};
    }
    pb_trace_parse(span_or_empty(now->trace), &subject->trace);
    add_exceptions(subject, &subject->trace);
    /* unittest and others put what went wrong into the message of an
       exception of their own. */
    if (now->message != NULL && strstr(now->message, "Traceback (") != NULL) {
        struct trace inner;
        pb_trace_parse(pb_span_of(now->message), &inner);
        add_exceptions(subject, &inner);
        if (subject->trace.len == 0) {
            subject->trace = inner;
        }
    }
}

/* --- conditions on values ------------------------------------------------ */

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

static bool
holds_value(const struct pb_facts *facts,
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

/* --- conditions on texts ------------------------------------------------- */

static bool
match_text(const struct rule_condition *condition, struct pb_span text,
           struct hit *out)
{
    struct pb_regex_match found;
    for (size_t i = 0; i < condition->len; i++) {
        if (pb_regex_match(condition->patterns[i].regex, text.data,
                           text.length, 0, &found))
        {
            *out = (struct hit){.condition = condition,
                                .pattern = i,
                                .text = text,
                                .start = found.group[0].start,
                                .end = found.group[0].end};
            return true;
        }
    }
    return false;
}

static bool
match_every_file(const struct rule_condition *condition,
                 const struct trace *trace, struct hit *out)
{
    for (size_t i = 0; i < trace->len; i++) {
        if (!match_text(condition, trace->frames[i].file, out)) {
            return false;
        }
    }
    return trace->len > 0;
}

/* A text that is not there matches nothing, not even an empty pattern. */
static bool
match_if_any(const struct rule_condition *condition, struct pb_span text,
             struct hit *out)
{
    return text.length > 0 && match_text(condition, text, out);
}

static bool
holds_text(const struct subject *subject,
           const struct rule_condition *condition, struct hit *out)
{
    const struct pb_facts *facts = subject->facts;
    const struct trace *trace = &subject->trace;
    struct pb_span nothing = pb_span_of("");
    const struct trace_frame none = {nothing, nothing, nothing};
    const struct trace_frame *innermost =
        trace->len == 0 ? &none : &trace->frames[trace->innermost];
    struct pb_span log = {facts->log, facts->log_length};
    switch (condition->key) {
    case RULE_WAS_TYPE:
        return match_if_any(
            condition,
            span_or_empty(facts->was.type == NULL
                              ? NULL
                              : pb_type_plain(facts->was.type)),
            out);
    case RULE_WAS_MESSAGE:
        return match_if_any(condition, span_or_empty(facts->was.message), out);
    case RULE_TEST:
        return match_if_any(condition, span_or_empty(facts->id), out);
    case RULE_INNERMOST_FILE:
        return match_if_any(condition, innermost->file, out);
    case RULE_INNERMOST_FUNCTION:
        return match_if_any(condition, innermost->function, out);
    case RULE_SOURCE:
        return match_if_any(condition, innermost->source, out);
    case RULE_EVERY_FILE:
        return match_every_file(condition, trace, out);
    case RULE_TRACE:
        return match_if_any(condition, span_or_empty(facts->now.trace), out);
    default:
        return match_if_any(condition, log, out);
    }
}

/* --- conditions that belong together ------------------------------------- */

/* "No module named 'a.b'", without quotes before 3.3, and what follows. */
static char *
missing_module(struct pb_span message)
{
    static const char head[] = "No module named ";
    struct pb_span name = pb_span_find(message, head);
    if (name.length == 0) {
        return NULL;
    }
    name = pb_span_from(name, strlen(head));
    name = pb_span_from(name, pb_span_starts(name, "'"));
    size_t length = 0;
    while (length < name.length && name.data[length] != '\0' &&
           strchr("'\";,:) \n", name.data[length]) == NULL)
    {
        length++;
    }
    return length == 0 ? NULL : pb_strndup(name.data, length);
}

/* What is not known holds neither as true nor as false. */
static bool
holds_stdlib(const struct pb_facts *facts,
             const struct rule_condition *condition, struct pb_span message,
             struct hit *out)
{
    if (facts->stdlib_had == NULL) {
        return false;
    }
    PB_AUTOFREE char *module = missing_module(message);
    if (module == NULL ||
        facts->stdlib_had(facts->context, module) != condition->flag)
    {
        return false;
    }
    *out = (struct hit){.condition = condition};
    return true;
}

static bool
is_exception_key(enum rule_key key)
{
    return key == RULE_TYPE || key == RULE_MESSAGE ||
           key == RULE_STDLIB_MODULE;
}

static bool
is_frame_key(enum rule_key key)
{
    return key == RULE_FILE || key == RULE_FUNCTION;
}

static bool
holds_exception(const struct rule_set *set, const struct pb_facts *facts,
                const struct trace_exception *exception, struct hits *hits)
{
    size_t len = hits->len;
    for (size_t i = 0; i < set->len; i++) {
        const struct rule_condition *condition = set->items[i];
        if (!is_exception_key(condition->key)) {
            continue;
        }
        struct hit *hit = &hits->items[len++];
        bool holds =
            condition->key == RULE_STDLIB_MODULE
                ? holds_stdlib(facts, condition, exception->message, hit)
                : match_text(condition,
                             condition->key == RULE_TYPE ? exception->type
                                                         : exception->message,
                             hit);
        if (!holds) {
            return false;
        }
    }
    hits->len = len;
    return true;
}

static bool
holds_frame(const struct rule_set *set, const struct trace_frame *frame,
            struct hits *hits)
{
    size_t len = hits->len;
    for (size_t i = 0; i < set->len; i++) {
        const struct rule_condition *condition = set->items[i];
        if (is_frame_key(condition->key) &&
            !match_text(condition,
                        condition->key == RULE_FILE ? frame->file
                                                    : frame->function,
                        &hits->items[len++]))
        {
            return false;
        }
    }
    hits->len = len;
    return true;
}

static bool
holds_some_exception(const struct rule_set *set, const struct subject *subject,
                     struct hits *hits)
{
    for (size_t i = 0; i < subject->nexceptions; i++) {
        if (holds_exception(set, subject->facts, &subject->exceptions[i],
                            hits)) {
            return true;
        }
    }
    return false;
}

static bool
holds_some_frame(const struct rule_set *set, const struct trace *trace,
                 struct hits *hits)
{
    for (size_t i = 0; i < trace->len; i++) {
        if (holds_frame(set, &trace->frames[i], hits)) {
            return true;
        }
    }
    return false;
}

/* --- sets and rules ------------------------------------------------------ */

/* One that stands by itself. */
static bool
holds_alone(const struct subject *subject,
            const struct rule_condition *condition, struct hits *hits)
{
    struct hit *hit = &hits->items[hits->len];
    bool holds = false;
    if (pb_rule_keys[condition->key].shape == RULE_PATTERNS) {
        holds = holds_text(subject, condition, hit);
    }
    else {
        holds = holds_value(subject->facts, condition);
        *hit = (struct hit){.condition = condition};
    }
    hits->len += holds;
    return holds;
}

/* Conditions are sorted by key: those that belong together are tried where
   the first of them comes. */
static bool
holds_set(const struct subject *subject, const struct rule_set *set,
          struct hits *hits)
{
    bool exception_held = false;
    bool frame_held = false;
    hits->len = 0;
    for (size_t i = 0; i < set->len; i++) {
        enum rule_key key = set->items[i]->key;
        bool holds = true;
        if (is_exception_key(key)) {
            holds = exception_held || holds_some_exception(set, subject, hits);
            exception_held = true;
        }
        else if (is_frame_key(key)) {
            holds = frame_held || holds_some_frame(set, &subject->trace, hits);
            frame_held = true;
        }
        else {
            holds = holds_alone(subject, set->items[i], hits);
        }
        if (!holds) {
            return false;
        }
    }
    return true;
}

/* The alternative that holds, or NULL. */
static const struct rule_set *
match_rule(const struct subject *subject, const struct rule *rule,
           struct hits *hits)
{
    struct hits ignored;
    const struct rule_set *found = NULL;
    for (size_t i = 0; i < rule->nany && found == NULL; i++) {
        found = holds_set(subject, &rule->any[i], hits) ? &rule->any[i] : NULL;
    }
    for (size_t i = 0; i < rule->nunless && found != NULL; i++) {
        found = holds_set(subject, &rule->unless[i], &ignored) ? NULL : found;
    }
    return found;
}

/* --- what is said of it -------------------------------------------------- */

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
excerpt(const struct hit *hit, struct pb_evidence *out)
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

static char *
value_text(const struct pb_facts *facts,
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

static void
add_evidence(const struct pb_facts *facts, const struct hit *hit,
             struct pb_evidence *out)
{
    const struct rule_condition *condition = hit->condition;
    out->key = pb_rule_keys[condition->key].name;
    if (pb_rule_keys[condition->key].shape == RULE_PATTERNS) {
        out->wanted = condition->patterns[hit->pattern].text;
        excerpt(hit, out);
        return;
    }
    out->wanted = condition->text;
    out->found = value_text(facts, condition);
    out->length = strlen(out->found);
}

static void
describe(const struct pb_rules *rules, const struct rule *rule,
         const struct rule_set *set, struct pb_match *out)
{
    out->class_name = rule->class_name;
    out->rule = rule->name;
    out->description = rule->description != NULL
                           ? rule->description
                           : pb_rules_description(rules, rule->class_name);
    out->advice = rule->advice != NULL
                      ? rule->advice
                      : pb_rules_advice(rules, rule->class_name);
    out->origin = rule->origin;
    out->line = set->line != 0 ? set->line : rule->line;
}

bool
pb_classify(const struct pb_rules *rules, const struct pb_facts *facts,
            struct pb_match *out)
{
    struct subject subject;
    struct hits hits;
    look_at(&subject, facts);
    *out = (struct pb_match)PB_MATCH_INIT;
    for (size_t i = 0; i < rules->len; i++) {
        const struct rule *rule = rules->items[i];
        const struct rule_set *set = match_rule(&subject, rule, &hits);
        if (set == NULL) {
            continue;
        }
        describe(rules, rule, set, out);
        out->items = pb_alloc_array(hits.len, sizeof(*out->items));
        out->len = hits.len;
        for (size_t j = 0; j < hits.len; j++) {
            add_evidence(facts, &hits.items[j], &out->items[j]);
        }
        return true;
    }
    return false;
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
        const struct pb_evidence *item = &match->items[i];
        pb_buf_addf(out, "  %s: ", item->key);
        add_one_line(item->wanted, out);
        pb_buf_adds(out, "\n    found: ");
        add_one_line(item->found, out);
        pb_buf_addch(out, '\n');
    }
}
