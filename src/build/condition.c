#include "build/condition.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

/* Of parentheses within parentheses. */
#define MOST_ENCLOSED 32

struct judge {
    const struct pb_undefined *undefined;
    int depth;
};

/* Without so many characters at its ends, and no blanks there. */
static struct pb_span
cut(struct pb_span span, size_t first, size_t last)
{
    return pb_span_trim(
        (struct pb_span){span.data + first, span.length - first - last});
}

bool
pb_is_word_character(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool
is_name(struct pb_span span)
{
    bool all = span.length > 0 && !isdigit((unsigned char)span.data[0]);
    for (size_t i = 0; i < span.length; i++) {
        all = all && pb_is_word_character(span.data[i]);
    }
    return all;
}

static bool
is_undefined(const struct judge *judge, struct pb_span name)
{
    PB_AUTOFREE char *text = pb_span_dup(name);
    return judge->undefined->is_undefined(text, judge->undefined->context);
}

/* Where the two characters stand outside parentheses; the length: nowhere. */
static size_t
find_operator(struct pb_span span, const char *operator)
{
    int depth = 0;
    for (size_t i = 0; i + 1 < span.length; i++) {
        depth += (span.data[i] == '(') - (span.data[i] == ')');
        if (depth == 0 && memcmp(span.data + i, operator, 2) == 0) {
            return i;
        }
    }
    return span.length;
}

/* Does the first parenthesis close at the end? */
static bool
is_enclosed(struct pb_span span)
{
    int depth = 0;
    for (size_t i = 0; i < span.length; i++) {
        depth += (span.data[i] == '(') - (span.data[i] == ')');
        if (depth == 0) {
            return i > 0 && i + 1 == span.length;
        }
    }
    return false;
}

/* X, (X) or nothing that it knows. */
static enum pb_truth
judge_defined(const struct judge *judge, struct pb_span operand)
{
    if (is_enclosed(operand)) {
        operand = cut(operand, 1, 1);
    }
    return is_name(operand) && is_undefined(judge, operand) ? PB_NEVER
                                                            : PB_PERHAPS;
}

enum pb_truth
pb_truth_not(enum pb_truth truth)
{
    return truth == PB_PERHAPS ? PB_PERHAPS
           : truth == PB_NEVER ? PB_ALWAYS
                               : PB_NEVER;
}

#define DEFINED "defined"

static enum pb_truth judge_any(const struct judge *judge, struct pb_span span);

static enum pb_truth
judge_one(const struct judge *judge, struct pb_span span)
{
    size_t word = strlen(DEFINED);
    if (is_enclosed(span)) {
        struct judge inner = *judge;
        return ++inner.depth > MOST_ENCLOSED
                   ? PB_PERHAPS
                   : judge_any(&inner, cut(span, 1, 1));
    }
    if (span.length > word && memcmp(span.data, DEFINED, word) == 0 &&
        !pb_is_word_character(span.data[word]))
    {
        return judge_defined(judge, cut(span, word, 0));
    }
    if (is_name(span)) { /* counts as 0 */
        return is_undefined(judge, span) ? PB_NEVER : PB_PERHAPS;
    }
    return pb_span_is(span, "0")   ? PB_NEVER
           : pb_span_is(span, "1") ? PB_ALWAYS
                                   : PB_PERHAPS;
}

/* `!` binds closer than all operators but `defined`. */
static enum pb_truth
judge_term(const struct judge *judge, struct pb_span span)
{
    bool negated = false;
    while (span.length > 1 && span.data[0] == '!') {
        negated = !negated;
        span = cut(span, 1, 0);
    }
    enum pb_truth truth = judge_one(judge, span);
    return negated ? pb_truth_not(truth) : truth;
}

/* Every part is looked at: all names are asked for. */
static enum pb_truth
judge_parts(const struct judge *judge, struct pb_span span,
            const char *operator, enum pb_truth decides,
            enum pb_truth (*part)(const struct judge *, struct pb_span))
{
    enum pb_truth all = pb_truth_not(decides);
    while (true) {
        size_t at = find_operator(span, operator);
        enum pb_truth one =
            part(judge, pb_span_trim((struct pb_span){span.data, at}));
        if (one == decides || all == decides) {
            all = decides;
        }
        else if (one == PB_PERHAPS) {
            all = PB_PERHAPS;
        }
        if (at == span.length) {
            return all;
        }
        span = cut(span, at + 2, 0);
    }
}

static enum pb_truth
judge_all(const struct judge *judge, struct pb_span span)
{
    return judge_parts(judge, span, "&&", PB_NEVER, judge_term);
}

static enum pb_truth
judge_any(const struct judge *judge, struct pb_span span)
{
    if (memchr(span.data, '?', span.length) != NULL) {
        return PB_PERHAPS;
    }
    return judge_parts(judge, span, "||", PB_ALWAYS, judge_all);
}

enum pb_truth
pb_condition_judge(const struct pb_undefined *undefined,
                   struct pb_span condition)
{
    const struct judge judge = {undefined, 0};
    return judge_any(&judge, condition);
}

enum pb_truth
pb_condition_defined(const struct pb_undefined *undefined, struct pb_span name)
{
    const struct judge judge = {undefined, 0};
    return judge_defined(&judge, name);
}
