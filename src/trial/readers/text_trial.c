/* trial's tree, its default:

       package.test_module
         Class
           test_x ...                                       [OK]
           test_y ... what it printed
                                                            [FAIL]
                                                            [ERROR]

   The names of a level are printed when they change. A verdict without a
   start line is a second one of the test before. */
#include <ctype.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "trial/readers/text.h"

static const struct {
    const char *text;
    enum pb_outcome outcome;
} words[] = {
    {"[OK]", PB_OUTCOME_PASS},     {"[FAIL]", PB_OUTCOME_FAIL},
    {"[ERROR]", PB_OUTCOME_ERROR}, {"[SKIPPED]", PB_OUTCOME_SKIP},
    {"[TODO]", PB_OUTCOME_XFAIL},  {"[SUCCESS!?!]", PB_OUTCOME_XPASS},
};

enum pb_text_match
pb_text_trial_verdict(struct pb_span said, struct pb_text_verdict *out)
{
    said = pb_span_trim(said);
    if (!pb_span_ends(said, "]")) {
        return PB_TEXT_NONE;
    }
    for (size_t i = 0; i < PB_LENGTH(words); i++) {
        if (pb_span_ends(said, words[i].text)) {
            *out = (struct pb_text_verdict){.outcome = words[i].outcome,
                                            .seconds = -1};
            return said.length == strlen(words[i].text) ? PB_TEXT_SURE
                                                        : PB_TEXT_LIKELY;
        }
    }
    return PB_TEXT_NONE;
}

/* How deep a line stands, 0 to 2, and what it says there; -1 if it is none
   of the tree's. */
static int
parse_level(struct pb_span line, struct pb_span *out_name,
            struct pb_span *out_rest)
{
    size_t spaces = 0;
    while (spaces < line.length && line.data[spaces] == ' ') {
        spaces++;
    }
    size_t end = spaces;
    while (end < line.length &&
           (isalnum((unsigned char)line.data[end]) ||
            strchr("_.", line.data[end]) != NULL) &&
           line.data[end] != '\0')
    {
        end++;
    }
    if (end == spaces || spaces > 4 || spaces % 2 != 0 ||
        isdigit((unsigned char)line.data[spaces]))
    {
        return -1;
    }
    *out_name = (struct pb_span){line.data + spaces, end - spaces};
    *out_rest = pb_span_from(line, end);
    return (int)(spaces / 2);
}

static void
set(struct pb_buf *level, struct pb_span name)
{
    pb_buf_truncate(level, 0);
    pb_buf_add(level, name.data, name.length);
}

/* False where the tree above is missing. */
static bool
full_id(const struct pb_text *text, int depth, struct pb_span name,
        struct pb_buf *out)
{
    if ((depth > 0 && text->module.len == 0) ||
        (depth > 1 && text->class.len == 0))
    {
        return false;
    }
    if (depth > 0) {
        pb_buf_addf(out, "%s.", text->module.data);
    }
    if (depth > 1) {
        pb_buf_addf(out, "%s.", text->class.data);
    }
    pb_buf_add(out, name.data, name.length);
    return true;
}

static bool
take_second(struct pb_text *text, struct pb_span line)
{
    struct pb_text_verdict verdict;
    if (text->running != NULL || text->last == NULL ||
        pb_text_trial_verdict(line, &verdict) == PB_TEXT_NONE)
    {
        return false;
    }
    pb_text_add(text, pb_span_of(text->last), &verdict);
    return true;
}

bool
pb_text_trial_line(struct pb_text *text, struct pb_span line)
{
    static const char dots[] = " ...";
    struct pb_span name;
    struct pb_span rest;
    int depth = parse_level(line, &name, &rest);
    if (depth < 0) {
        return take_second(text, line);
    }
    if (rest.length == 0 && depth < 2) {
        set(depth == 0 ? &text->module : &text->class, name);
        return false; /* any word is such a line: a test may have printed it */
    }
    if (!pb_span_starts(rest, dots)) {
        return false;
    }
    struct pb_text_verdict verdict;
    PB_AUTO(pb_buf) struct pb_buf id = PB_BUF_INIT;
    rest = pb_span_from(rest, strlen(dots));
    if (!full_id(text, depth, name, &id) ||
        (depth < 2 && pb_text_trial_verdict(rest, &verdict) != PB_TEXT_SURE &&
         !pb_text_names_test((struct pb_span){id.data, id.len})))
    {
        return false;
    }
    pb_text_start(text, PB_TEXT_TRIAL, (struct pb_span){id.data, id.len},
                  rest);
    return true;
}

/* A test of the tree that nobody else has: under a class, with a verdict in
   its column. */
bool
pb_text_trial_speaks(struct pb_span line)
{
    static const char dots[] = " ... ";
    struct pb_span name;
    struct pb_span rest;
    struct pb_text_verdict verdict;
    return parse_level(line, &name, &rest) == 2 &&
           pb_span_starts(name, "test") && pb_span_starts(rest, dots) &&
           (pb_span_is(rest, dots) ||
            pb_text_trial_verdict(pb_span_from(rest, strlen(dots)),
                                  &verdict) == PB_TEXT_SURE);
}

static bool
parse_title(struct pb_span line, enum pb_outcome *out)
{
    for (size_t i = 0; i < PB_LENGTH(words); i++) {
        if (pb_span_is(line, words[i].text)) {
            *out = words[i].outcome;
            return true;
        }
    }
    return false;
}

/* What was logged rather than raised has a traceback without frames. */
static struct pb_span
body_of(struct pb_span section, struct pb_span ids)
{
    static const char logged[] = "Traceback (most recent call last):\n"
                                 "Failure: ";
    struct pb_span body = pb_span_trim(
        (struct pb_span){section.data, (size_t)(ids.data - section.data)});
    return pb_span_from(body,
                        pb_span_starts(body, logged) ? strlen(logged) : 0);
}

/* The tests that a section is about stand at its end, behind an empty line,
   one a line. A section without that line was cut off. */
static struct pb_span
ids_of(struct pb_span section)
{
    static const char gap[] = "\n\n";
    struct pb_span ids = {section.data, 0};
    struct pb_span next = pb_span_find(section, gap);
    while (next.length > 0) {
        ids = pb_span_from(next, strlen(gap));
        next = pb_span_find(ids, gap);
    }
    return ids;
}

static void
add_all(struct pb_text *text, struct pb_span section, enum pb_outcome outcome)
{
    struct pb_span ids = ids_of(section);
    struct pb_span body = body_of(section, ids);
    struct pb_text_verdict said = {
        .outcome = outcome, .reason = body, .seconds = -1};
    struct pb_span line;
    while (pb_span_line(&ids, &line)) {
        line = pb_span_trim(line);
        if (pb_span_starts(line, "Traceback (")) {
            break; /* trial itself failed there */
        }
        if (line.length == 0 || memchr(line.data, ' ', line.length) != NULL) {
            continue;
        }
        if (outcome == PB_OUTCOME_SKIP || outcome == PB_OUTCOME_XPASS) {
            pb_text_add(text, line, &said);
        }
        else {
            pb_text_add_trace(text, line, outcome, body);
        }
    }
}

bool
pb_text_trial_section(struct pb_text *text)
{
    struct pb_span rest = text->rest;
    struct pb_span line;
    enum pb_outcome outcome = PB_OUTCOME_PASS;
    if (!pb_span_line(&rest, &line) || !parse_title(line, &outcome)) {
        return false;
    }
    struct pb_span start = rest;
    text->rest = rest;
    while (pb_span_line(&rest, &line) && !pb_text_is_rule(line, '=') &&
           !pb_text_is_rule(line, '-'))
    {
        text->rest = rest;
    }
    struct pb_span section = {start.data,
                              (size_t)(text->rest.data - start.data)};
    add_all(text, section, outcome);
    return true;
}
