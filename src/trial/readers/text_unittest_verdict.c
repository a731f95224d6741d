/* The words of unittest and its kin:

       ok    FAIL    ERROR    skipped 'why'    expected failure
       unexpected success    ok (0.001s)    SKIP: why
*/
#include <ctype.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "trial/readers/text.h"

static const struct {
    const char *text;
    enum pb_outcome outcome;
} words[] = {
    {"ok", PB_OUTCOME_PASS},
    {"FAIL", PB_OUTCOME_FAIL},
    {"ERROR", PB_OUTCOME_ERROR},
    {"expected failure", PB_OUTCOME_XFAIL},
    {"unexpected success", PB_OUTCOME_XPASS},
};

/* "skipped 'why'"; nose2 has no quotes, nose says "SKIP: why". */
static bool
parse_skip(struct pb_span said, struct pb_span *out_reason)
{
    static const char *const heads[] = {"skipped", "SKIP:", "SKIP"};
    for (size_t i = 0; i < PB_LENGTH(heads); i++) {
        if (!pb_span_starts(said, heads[i])) {
            continue;
        }
        struct pb_span reason = pb_span_from(said, strlen(heads[i]));
        if (reason.length > 0 && reason.data[0] != ' ') {
            return false;
        }
        reason = pb_span_trim(reason);
        if (reason.length >= 2 && strchr("'\"", reason.data[0]) != NULL &&
            reason.data[reason.length - 1] == reason.data[0])
        {
            reason = (struct pb_span){reason.data + 1, reason.length - 2};
        }
        *out_reason = reason;
        return true;
    }
    return false;
}

/* Takes " (0.001s)" off the end. */
static double
take_seconds(struct pb_span *said)
{
    static const char tail[] = "s)";
    if (!pb_span_ends(*said, tail)) {
        return -1;
    }
    const char *open = memrchr(said->data, '(', said->length);
    size_t start = open == NULL ? 0 : (size_t)(open - said->data);
    double seconds = 0;
    double unit = 0;
    for (size_t i = start + 1; i < said->length - strlen(tail); i++) {
        char c = said->data[i];
        if (c == '.' && unit == 0) {
            unit = 1;
        }
        else if (isdigit((unsigned char)c)) {
            unit /= 10;
            seconds = unit > 0 ? seconds + (c - '0') * unit
                               : seconds * 10 + (c - '0');
        }
        else {
            return -1;
        }
    }
    if (start == 0 || said->data[start - 1] != ' ') {
        return -1;
    }
    said->length = start - 1;
    return seconds;
}

/* Where a skip with a quoted reason starts that ends the line. */
static struct pb_span
find_skip(struct pb_span said)
{
    struct pb_span found = {said.data, 0};
    char quote = said.data[said.length - 1];
    if (quote == '\'' || quote == '"') {
        const char wanted[] = {'s', 'k', 'i', 'p',   'p',
                               'e', 'd', ' ', quote, '\0'};
        found = pb_span_find(said, wanted);
    }
    return found;
}

enum pb_text_match
pb_text_unittest_verdict(struct pb_span said, struct pb_text_verdict *out)
{
    said = pb_span_trim(said);
    *out = (struct pb_text_verdict){.reason = {NULL, 0}};
    out->seconds = take_seconds(&said);
    if (said.length == 0) {
        return PB_TEXT_NONE;
    }
    if (parse_skip(said, &out->reason)) {
        out->outcome = PB_OUTCOME_SKIP;
        return PB_TEXT_SURE;
    }
    const char *last = "kLRes'\""; /* of words, and of skips */
    if (strchr(last, said.data[said.length - 1]) == NULL) {
        return PB_TEXT_NONE;
    }
    for (size_t i = 0; i < PB_LENGTH(words); i++) {
        if (pb_span_ends(said, words[i].text)) {
            out->outcome = words[i].outcome;
            /* "unexpected success" and "expected failure" end in no other. */
            return said.length == strlen(words[i].text) ? PB_TEXT_SURE
                                                        : PB_TEXT_LIKELY;
        }
    }
    if (parse_skip(find_skip(said), &out->reason)) {
        out->outcome = PB_OUTCOME_SKIP;
        return PB_TEXT_LIKELY;
    }
    return PB_TEXT_NONE;
}
