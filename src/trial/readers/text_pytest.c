/* pytest -v and the short summary that it ends with:

       tests/test_a.py::Class::test_x[1] PASSED                       [ 50%]
       tests/test_a.py::test_y what it printed
       FAILED
       [gw0] [ 33%] PASSED tests/test_a.py::test_z
       FAILED tests/test_a.py::test_y - ValueError: x

   What failed is told in sections that have a title but no id: they are kept
   until all ids are known (text_sections.c). */
#include <ctype.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "trial/exception.h"
#include "trial/readers/text.h"

static const struct {
    const char *text;
    enum pb_outcome outcome;
} words[] = {
    {"PASSED", PB_OUTCOME_PASS}, {"FAILED", PB_OUTCOME_FAIL},
    {"ERROR", PB_OUTCOME_ERROR}, {"SKIPPED", PB_OUTCOME_SKIP},
    {"XFAIL", PB_OUTCOME_XFAIL}, {"XPASS", PB_OUTCOME_XPASS},
};

static bool
starts_with_word(struct pb_span text, enum pb_outcome *out,
                 struct pb_span *out_rest)
{
    for (size_t i = 0; i < PB_LENGTH(words); i++) {
        if (pb_span_starts(text, words[i].text)) {
            *out = words[i].outcome;
            *out_rest = pb_span_from(text, strlen(words[i].text));
            return out_rest->length == 0 || out_rest->data[0] == ' ';
        }
    }
    return false;
}

/* Takes "  [ 42%]" or "[ 3/26]" off the end. */
static struct pb_span
without_progress(struct pb_span said)
{
    said = pb_span_trim(said);
    const char *open = NULL;
    if (pb_span_ends(said, "]")) {
        open = memrchr(said.data, '[', said.length);
    }
    if (open == NULL) {
        return said;
    }
    size_t start = (size_t)(open - said.data);
    for (size_t i = start + 1; i + 1 < said.length; i++) {
        char c = said.data[i];
        if (!isdigit((unsigned char)c) && c != ' ' && c != '%' && c != '/') {
            return said;
        }
    }
    return pb_span_trim((struct pb_span){said.data, start});
}

/* The reason of a skip or of an expected failure: "(why)". */
static struct pb_span
reason_of(struct pb_span said)
{
    said = pb_span_trim(said);
    if (said.length >= 2 && said.data[0] == '(' && pb_span_ends(said, ")")) {
        return (struct pb_span){said.data + 1, said.length - 2};
    }
    return (struct pb_span){NULL, 0};
}

enum pb_text_match
pb_text_pytest_verdict(struct pb_span said, struct pb_text_verdict *out)
{
    struct pb_span rest;
    said = without_progress(said);
    *out = (struct pb_text_verdict){.seconds = -1};
    if (starts_with_word(said, &out->outcome, &rest)) {
        out->reason = reason_of(rest);
        return rest.length == 0 || out->reason.length > 0 ? PB_TEXT_SURE
                                                          : PB_TEXT_NONE;
    }
    for (size_t i = 0; i < PB_LENGTH(words); i++) {
        if (pb_span_ends(said, words[i].text)) {
            out->outcome = words[i].outcome;
            return PB_TEXT_LIKELY;
        }
    }
    return PB_TEXT_NONE;
}

/* "path.py::Class::test_x[params]": parameters may hold spaces and brackets.
   Returns 0 if the text does not start with an id. */
static size_t
id_length(struct pb_span text)
{
    size_t end = 0;
    bool dotted = false;
    while (end < text.length && text.data[end] != ' ' && text.data[end] != ':')
    {
        dotted = dotted || text.data[end] == '.';
        end++;
    }
    if (!dotted || !pb_span_starts(pb_span_from(text, end), "::")) {
        return 0;
    }
    size_t opened = 0;
    size_t start = end;
    for (; end < text.length; end++) {
        char c = text.data[end];
        if (c == ' ' && opened == 0) {
            return end;
        }
        opened += c == '[';
        opened -= c == ']' && opened > 0;
    }
    if (opened == 0) {
        return end;
    }
    struct pb_span close = pb_span_find(pb_span_from(text, start), "] ");
    return close.length > 0 ? text.length - close.length + 1 : text.length;
}

/* "== title ==": false if the line is something else. */
static bool
parse_header(struct pb_span line, char c, struct pb_span *out_title)
{
    struct pb_span at = line;
    while (at.length > 0 && at.data[0] == c) {
        at = pb_span_from(at, 1);
    }
    bool ours = at.length < line.length && pb_span_starts(at, " ");
    while (at.length > 0 && at.data[at.length - 1] == c) {
        at.length--;
    }
    ours = ours && pb_span_ends(at, " ") && at.length > 2;
    *out_title = pb_span_trim(at);
    return ours && out_title->length > 0;
}

/* "9 failed, 8 passed in 0.08s", its last word; -q has no rules around. */
static bool
is_last_word(struct pb_span title)
{
    static const char *const said[] = {" passed",  " failed",    " error",
                                       " skipped", " xfailed",   " xpassed",
                                       " warning", " deselected"};
    struct pb_span in = pb_span_find(title, " in ");
    if (in.length < strlen(" in 0s") ||
        !isdigit((unsigned char)in.data[strlen(" in ")]))
    {
        return false;
    }
    if (pb_span_starts(title, "no tests ran")) {
        return true;
    }
    bool found = false;
    for (size_t i = 0; i < PB_LENGTH(said); i++) {
        found = found || pb_span_find(title, said[i]).length > 0;
    }
    return found && isdigit((unsigned char)title.data[0]);
}

static void
end_section(struct pb_text *text)
{
    if (text->nsections > 0) {
        struct pb_text_section *last = &text->sections[text->nsections - 1];
        if (last->body.length == 0) {
            last->body.length = (size_t)(text->raw.data - last->body.data);
        }
    }
}

static void
start_section(struct pb_text *text, struct pb_span title)
{
    end_section(text);
    if (text->nsections == PB_LIMIT_TESTS) {
        return;
    }
    PB_GROW(text->sections, text->nsections, text->sections_cap);
    text->sections[text->nsections++] = (struct pb_text_section){
        .title = pb_span_dup(title),
        .error = text->block == PB_TEXT_ERRORS,
        .body = {text->rest.data, 0},
    };
}

static bool
take_header(struct pb_text *text, struct pb_span line)
{
    struct pb_span title;
    if (!parse_header(line, '=', &title)) {
        return false;
    }
    if (text->block == PB_TEXT_FAILURES || text->block == PB_TEXT_ERRORS) {
        end_section(text);
    }
    text->block = PB_TEXT_NO_BLOCK;
    if (pb_span_is(title, "FAILURES")) {
        text->block = PB_TEXT_FAILURES;
    }
    else if (pb_span_is(title, "ERRORS")) {
        text->block = PB_TEXT_ERRORS;
    }
    else if (pb_span_is(title, "short test summary info")) {
        text->block = PB_TEXT_SUMMARY;
    }
    else if (is_last_word(title)) {
        text->reading->orderly = true;
    }
    return true;
}

/* "FAILED id - message"; "ERROR path.py" is a file that was not collected;
   "SKIPPED [2] path.py:3: why" names no test. */
static bool
take_summary(struct pb_text *text, struct pb_span line)
{
    static const char dash[] = " - ";
    enum pb_outcome outcome = PB_OUTCOME_PASS;
    struct pb_span rest;
    if (!starts_with_word(line, &outcome, &rest) || rest.length < 2) {
        return false;
    }
    struct pb_span id = pb_span_from(rest, 1);
    if (pb_span_starts(id, "[")) {
        return true;
    }
    size_t length = id_length(id);
    struct pb_span message = pb_span_find(pb_span_from(id, length), dash);
    if (length == 0) {
        length = id.length - message.length;
    }
    id = pb_span_trim((struct pb_span){id.data, length});
    struct pb_text_verdict said = {.outcome = outcome, .seconds = -1};
    if (message.length > 0) {
        said.reason = pb_span_from(message, strlen(dash));
    }
    pb_text_add(text, id, &said);
    return true;
}

/* pytest-xdist: "[gw0] [ 33%] PASSED id". */
static bool
take_worker(struct pb_text *text, struct pb_span line)
{
    struct pb_span rest = line;
    struct pb_text_verdict said = {.seconds = -1};
    if (!pb_span_starts(line, "[gw")) {
        return false;
    }
    while (pb_span_starts(rest, "[")) {
        struct pb_span close = pb_span_find(rest, "] ");
        if (close.length == 0) {
            return false;
        }
        rest = pb_span_from(close, strlen("] "));
    }
    if (!starts_with_word(rest, &said.outcome, &rest)) {
        return false;
    }
    pb_text_add(text, pb_span_trim(rest), &said);
    return true;
}

static void
take_block_line(struct pb_text *text, struct pb_span line)
{
    struct pb_span title;
    /* Between the entries of a traceback stands "_ _ _ _ _". */
    if (parse_header(line, '_', &title) && !pb_span_starts(title, "_ ")) {
        start_section(text, title);
    }
}

bool
pb_text_pytest_speaks(struct pb_span line)
{
    struct pb_span title;
    struct pb_text_verdict verdict;
    if (parse_header(line, '=', &title)) {
        return pb_span_is(title, "test session starts") ||
               pb_span_is(title, "short test summary info");
    }
    size_t id = id_length(line);
    return id > 0 && pb_text_pytest_verdict(pb_span_from(line, id),
                                            &verdict) == PB_TEXT_SURE;
}

bool
pb_text_pytest_line(struct pb_text *text, struct pb_span line)
{
    if (line.data[0] == '=' && take_header(text, line)) {
        return true;
    }
    if (text->block == PB_TEXT_SUMMARY && take_summary(text, line)) {
        return true;
    }
    if (text->block == PB_TEXT_FAILURES || text->block == PB_TEXT_ERRORS) {
        take_block_line(text, line);
        return true;
    }
    size_t id = id_length(line);
    if (id > 0) {
        pb_text_start(text, PB_TEXT_PYTEST, (struct pb_span){line.data, id},
                      pb_span_from(line, id));
        return true;
    }
    if (isdigit((unsigned char)line.data[0]) && is_last_word(line)) {
        text->reading->orderly = true;
        return true;
    }
    return take_worker(text, line);
}
