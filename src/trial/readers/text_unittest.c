/* unittest -v, Django's runtests -v2, nose2 -v, nose -v:

       test_x (mod.Class.test_x) ... ok
       test_x (mod.Class)
       First line of the docstring ... FAIL
       test_x (mod.Class.test_x) ...
         test_x (mod.Class.test_x) [message] (i=1) ... FAIL
       mod.test_function ... ok

   A test writes where it likes: after the dots, on lines of its own, and its
   verdict may stand at the end of what it wrote. */
#include <ctype.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "trial/readers/text.h"

#define DOTS " ... "
#define HEAD_LINES 20 /* of a failure, at most: its id and docstring */

/* The id at the start of a line. */
struct start {
    struct pb_span id;
    struct pb_span parent; /* of a sub-test; else length 0 */
    struct pb_span after;  /* what follows the dots */
    bool has_dots;
};

static bool
is_word_byte(unsigned char c)
{
    return isalnum(c) || c == '_' || c >= 0x80;
}

static size_t
run_length(struct pb_span text, const char *more)
{
    size_t end = 0;
    while (end < text.length &&
           (is_word_byte((unsigned char)text.data[end]) ||
            (text.data[end] != '\0' && strchr(more, text.data[end]) != NULL)))
    {
        end++;
    }
    return end;
}

static struct pb_span
upto(struct pb_span span, struct pb_span end)
{
    return (struct pb_span){span.data, (size_t)(end.data - span.data)};
}

/* From the last dots of the text; of length 0 if it has none. */
static struct pb_span
last_dots(struct pb_span text)
{
    struct pb_span last = {text.data, 0};
    struct pb_span at = pb_span_find(text, DOTS);
    while (at.length > 0) {
        last = at;
        at = pb_span_find(pb_span_from(at, 1), DOTS);
    }
    return last;
}

/* "name (dotted.place)"; its length, or 0. */
static size_t
placed_length(struct pb_span line)
{
    size_t name = run_length(line, "-");
    struct pb_span rest = pb_span_from(line, name);
    if (name == 0 || !pb_span_starts(rest, " (")) {
        return 0;
    }
    rest = pb_span_from(rest, 2);
    size_t place = run_length(rest, ".<>");
    rest = pb_span_from(rest, place);
    bool named = place > 0 && !isdigit((unsigned char)line.data[name + 2]);
    return named && pb_span_starts(rest, ")") ? name + 2 + place + 1 : 0;
}

bool
pb_text_names_test(struct pb_span name)
{
    bool dotted = false;
    bool test = false;
    for (size_t i = 0; i + 4 <= name.length; i++) {
        bool first = i == 0 || name.data[i - 1] == '.';
        dotted = dotted || (i > 0 && first);
        test =
            test || (first && (name.data[i] == 't' || name.data[i] == 'T') &&
                     memcmp(name.data + i + 1, "est", 3) == 0);
    }
    return dotted && test;
}

static bool
split_dots(struct pb_span line, size_t id, struct start *out)
{
    struct pb_span rest = pb_span_from(line, id);
    out->id = (struct pb_span){line.data, id};
    out->parent = (struct pb_span){NULL, 0};
    out->has_dots = pb_span_starts(rest, DOTS) || pb_span_is(rest, " ...");
    out->after = pb_span_from(rest, rest.length < strlen(DOTS) ? rest.length
                                                               : strlen(DOTS));
    return out->has_dots || rest.length == 0;
}

static bool
parse_sub_test(struct pb_span line, size_t parent, struct start *out)
{
    struct pb_span dots = last_dots(pb_span_from(line, parent));
    if (dots.length == 0) {
        return false;
    }
    *out = (struct start){
        .id = upto(line, dots),
        .parent = {line.data, parent},
        .after = pb_span_from(dots, strlen(DOTS)),
        .has_dots = true,
    };
    return true;
}

static bool
parse_start(struct pb_span line, struct start *out)
{
    size_t id = placed_length(line);
    if (id > 0) {
        struct pb_span rest = pb_span_from(line, id);
        if (pb_span_starts(rest, " [") || pb_span_starts(rest, " (")) {
            return parse_sub_test(line, id, out);
        }
        return split_dots(line, id, out);
    }
    /* Alone on its line a name is what nose2 makes of generators: "m.f:1". */
    id = run_length(line, ".:");
    return id > 0 &&
           (id < line.length || memchr(line.data, ':', id) != NULL) &&
           split_dots(line, id, out) && pb_text_names_test(out->id);
}

/* A sub-test speaks for its parent as well; one that was skipped, for its
   parent alone, as the reporter has it. */
static void
take_sub_test(struct pb_text *text, const struct start *start)
{
    struct pb_text_verdict verdict;
    if (pb_text_unittest_verdict(start->after, &verdict) != PB_TEXT_SURE) {
        return;
    }
    if (verdict.outcome != PB_OUTCOME_SKIP) {
        pb_text_add(text, start->id, &verdict);
    }
    pb_text_add(text, start->parent, &verdict);
}

/* A test that left its line without an end may have written on it. */
static void
drop_output(struct start *start)
{
    if (!pb_span_starts(start->id, "test")) {
        struct pb_span name = {start->id.data, run_length(start->id, "")};
        struct pb_span test = pb_span_find(name, "test");
        size_t output = (size_t)(test.data - name.data);
        start->id = pb_span_from(start->id, test.length > 0 ? output : 0);
    }
}

/* Before 3.11 a failed sub-test left its parent's line without an end: the
   next start line follows on it. */
static void
take_start(struct pb_text *text, struct start start)
{
    bool joined = text->running != NULL && !text->guessed;
    for (;;) {
        if (joined) {
            drop_output(&start);
        }
        if (!start.has_dots) {
            text->named = pb_span_dup(start.id);
            return;
        }
        struct start next;
        joined = parse_start(start.after, &next) && next.parent.length == 0;
        if (joined) {
            start.after.length = 0;
        }
        pb_text_start(text, PB_TEXT_UNITTEST, start.id, start.after);
        if (!joined) {
            return;
        }
        start = next;
    }
}

/* The line after an id without dots is its docstring, and has them. */
static bool
take_docstring(struct pb_text *text, struct pb_span line)
{
    PB_AUTOFREE char *id = text->named;
    text->named = NULL;
    struct pb_span dots = last_dots(line);
    if (id == NULL || dots.length == 0) {
        return false;
    }
    pb_text_start(text, PB_TEXT_UNITTEST, pb_span_of(id),
                  pb_span_from(dots, strlen(DOTS)));
    return true;
}

static bool
is_summary(struct pb_span line)
{
    if (!pb_span_starts(line, "Ran ")) {
        return false;
    }
    line = pb_span_from(line, strlen("Ran "));
    size_t digits = 0;
    while (digits < line.length && isdigit((unsigned char)line.data[digits])) {
        digits++;
    }
    line = pb_span_from(line, digits);
    return digits > 0 && (pb_span_starts(line, " tests in ") ||
                          pb_span_starts(line, " test in "));
}

bool
pb_text_unittest_speaks(struct pb_span line)
{
    struct start start;
    return is_summary(line) || (pb_span_starts(line, "test") &&
                                parse_start(line, &start) && start.has_dots);
}

bool
pb_text_unittest_line(struct pb_text *text, struct pb_span line)
{
    static const char indent[] = "  ";
    struct start start;
    if (take_docstring(text, line)) {
        return true;
    }
    if (is_summary(line)) {
        text->reading->orderly = true;
        return true;
    }
    bool indented = pb_span_starts(line, indent);
    if (!parse_start(indented ? pb_span_from(line, strlen(indent)) : line,
                     &start) ||
        (indented && start.parent.length == 0))
    {
        return false;
    }
    if (start.parent.length > 0) {
        take_sub_test(text, &start);
    }
    else {
        take_start(text, start);
    }
    return true;
}

static bool
parse_title(struct pb_span line, struct pb_span *out_id,
            enum pb_outcome *out_outcome)
{
    static const struct {
        const char *text;
        enum pb_outcome outcome;
    } titles[] = {
        {"ERROR: ", PB_OUTCOME_ERROR},
        {"FAIL: ", PB_OUTCOME_FAIL},
        {"UNEXPECTED SUCCESS: ", PB_OUTCOME_XPASS},
    };
    for (size_t i = 0; i < PB_LENGTH(titles); i++) {
        if (pb_span_starts(line, titles[i].text)) {
            *out_id = pb_span_from(line, strlen(titles[i].text));
            *out_outcome = titles[i].outcome;
            return out_id->length > 0;
        }
    }
    return false;
}

/* Is the line, with what follows it, the end of a failure? A rule in what a
   test printed has no title under it. */
static bool
ends_section(struct pb_span line, struct pb_span rest)
{
    struct pb_span next = {NULL, 0};
    struct pb_span id;
    enum pb_outcome outcome = PB_OUTCOME_PASS;
    bool strong = pb_text_is_rule(line, '=');
    if (!strong && !pb_text_is_rule(line, '-')) {
        return false;
    }
    (void)pb_span_line(&rest, &next);
    return is_summary(next) || (strong && parse_title(next, &id, &outcome));
}

static struct pb_span
take_body(struct pb_span *rest)
{
    struct pb_span start = *rest;
    struct pb_span at = start;
    struct pb_span line;
    while (pb_span_line(&at, &line) && !ends_section(line, at)) {
        *rest = at;
    }
    return pb_span_trim(upto(start, *rest));
}

/* The parent of the sub-test, else length 0. */
static struct pb_span
parent_of(struct pb_span id)
{
    size_t length = placed_length(id);
    return (struct pb_span){id.data, length < id.length ? length : 0};
}

bool
pb_text_unittest_section(struct pb_text *text)
{
    struct pb_span rest = text->rest;
    struct pb_span line;
    struct pb_span id;
    enum pb_outcome outcome = PB_OUTCOME_PASS;
    if (!pb_span_line(&rest, &line) || !parse_title(line, &id, &outcome)) {
        return false;
    }
    if (outcome == PB_OUTCOME_XPASS) { /* a title is all there is */
        text->rest = rest;
        pb_text_add_trace(text, id, outcome, pb_span_of(""));
        return true;
    }
    for (int i = 0; i < HEAD_LINES && pb_span_line(&rest, &line); i++) {
        if (pb_text_is_rule(line, '-')) {
            text->rest = rest;
            struct pb_span body = take_body(&text->rest);
            pb_text_add_trace(text, id, outcome, body);
            pb_text_add_trace(text, parent_of(id), outcome, body);
            return true;
        }
    }
    return false;
}
