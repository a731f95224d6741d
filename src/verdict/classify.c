/* Facts held against rules. A rule matches when one of its alternatives holds
   and none of its `unless`. Tracebacks are taken apart once for each change;
   texts are never copied before something has matched. */
#include <string.h>

#include "classify_rules.h"
#include "pybisect/alloc.h"
#include "pybisect/traceback.h"
#include "signature.h"
#include "verdict/causes.h"
#include "verdict/headings.h"

/* The exception reported, what the traceback ends in and what caused it, and
   the same of a traceback that is in the message. */
#define MOST_EXCEPTIONS (1 + 2 * PB_CAUSES_MOST)

/* A set has each key at most twice: from the rule and from the alternative. */
#define MOST_HITS (2 * RULE_KEYS)

struct subject {
    const struct pb_facts *facts;
    struct pb_traceback trace;
    struct pb_cause exceptions[MOST_EXCEPTIONS];
    size_t nexceptions;
};

static void
subject_clear(struct subject *subject)
{
    pb_traceback_clear(&subject->trace);
}
PB_DEFINE_AUTO_CLEAR(subject, struct subject, subject_clear)

struct hits {
    struct rule_hit items[MOST_HITS];
    size_t len;
};

/* --- the subject --------------------------------------------------------- */

static struct pb_span
span_or_empty(const char *text)
{
    return pb_span_of(text == NULL ? "" : text);
}

static void
add_exceptions(struct subject *subject, struct pb_span trace)
{
    struct pb_causes causes;
    pb_causes_find(trace, &causes);
    for (size_t i = causes.len; i > 0; i--) {
        struct pb_cause exception = causes.items[i - 1];
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
    struct pb_exception raised;
    if (pb_heading_raised(now->message, &raised)) {
        subject->exceptions[subject->nexceptions++] = (struct pb_cause){
            .type = {raised.type, raised.type_length},
            .message = {raised.message, raised.message_length}};
        pb_traceback_parse(now->trace, &subject->trace);
        return;
    }
    if (now->type != NULL || now->message != NULL) {
        subject->exceptions[subject->nexceptions++] = (struct pb_cause){
            .type =
                pb_span_of(now->type == NULL ? "" : pb_type_plain(now->type)),
            .message = span_or_empty(now->message)};
    }
    pb_traceback_parse(now->trace, &subject->trace);
    add_exceptions(subject, span_or_empty(now->trace));
    /* unittest and others put what went wrong into the message of an
       exception of their own. */
    if (now->message != NULL && strstr(now->message, "Traceback (") != NULL) {
        add_exceptions(subject, pb_span_of(now->message));
        if (subject->trace.len == 0) {
            pb_traceback_clear(&subject->trace);
            pb_traceback_parse(now->message, &subject->trace);
        }
    }
}

/* --- conditions on texts ------------------------------------------------- */

static bool
match_text(const struct rule_condition *condition, struct pb_span text,
           struct rule_hit *out)
{
    struct pb_regex_match found;
    for (size_t i = 0; i < condition->len; i++) {
        if (pb_regex_match(condition->patterns[i].regex, text.data,
                           text.length, 0, &found))
        {
            *out = (struct rule_hit){.condition = condition,
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
                 const struct pb_traceback *trace, struct rule_hit *out)
{
    for (size_t i = 0; i < trace->len; i++) {
        if (!match_text(condition, pb_span_of(trace->items[i].path), out)) {
            return false;
        }
    }
    return trace->len > 0;
}

/* A text that is not there matches nothing, not even an empty pattern. */
static bool
match_if_any(const struct rule_condition *condition, struct pb_span text,
             struct rule_hit *out)
{
    return text.length > 0 && match_text(condition, text, out);
}

static bool
holds_text(const struct subject *subject,
           const struct rule_condition *condition, struct rule_hit *out)
{
    const struct pb_facts *facts = subject->facts;
    const struct pb_traceback *trace = &subject->trace;
    static const struct pb_frame none = {.path = NULL};
    const struct pb_frame *innermost =
        trace->len == 0 ? &none : &trace->items[trace->len - 1];
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
        return match_if_any(condition, span_or_empty(innermost->path), out);
    case RULE_INNERMOST_FUNCTION:
        return match_if_any(condition, span_or_empty(innermost->function),
                            out);
    case RULE_SOURCE:
        return match_if_any(condition, span_or_empty(innermost->code), out);
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
             struct rule_hit *out)
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
    *out = (struct rule_hit){.condition = condition};
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
                const struct pb_cause *exception, struct hits *hits)
{
    size_t len = hits->len;
    for (size_t i = 0; i < set->len; i++) {
        const struct rule_condition *condition = set->items[i];
        if (!is_exception_key(condition->key)) {
            continue;
        }
        struct rule_hit *hit = &hits->items[len++];
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
holds_frame(const struct rule_set *set, const struct pb_frame *frame,
            struct hits *hits)
{
    size_t len = hits->len;
    for (size_t i = 0; i < set->len; i++) {
        const struct rule_condition *condition = set->items[i];
        if (is_frame_key(condition->key) &&
            !match_text(condition,
                        span_or_empty(condition->key == RULE_FILE
                                          ? frame->path
                                          : frame->function),
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
holds_some_frame(const struct rule_set *set, const struct pb_traceback *trace,
                 struct hits *hits)
{
    for (size_t i = 0; i < trace->len; i++) {
        if (holds_frame(set, &trace->items[i], hits)) {
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
    struct rule_hit *hit = &hits->items[hits->len];
    bool holds = false;
    if (pb_rule_keys[condition->key].shape == RULE_PATTERNS) {
        holds = holds_text(subject, condition, hit);
    }
    else {
        holds = pb_rule_holds_value(subject->facts, condition);
        *hit = (struct rule_hit){.condition = condition};
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
    PB_AUTO(subject)
    struct subject subject = {.trace = PB_TRACEBACK_INIT};
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
            pb_rule_add_evidence(facts, &hits.items[j], &out->items[j]);
        }
        return true;
    }
    return false;
}
