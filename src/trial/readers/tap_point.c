/* Descriptions may hold "\#"; "skipped:" is a directive too, in any case. */
#include "trial/readers/tap_point.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "pybisect/alloc.h"
#include "trial/exception.h"

#define MOST_DIGITS 9

size_t
pb_tap_number(struct pb_span text, struct pb_span *out_rest)
{
    size_t digits = 0;
    size_t number = 0;
    while (digits < text.length && digits <= MOST_DIGITS &&
           isdigit((unsigned char)text.data[digits]))
    {
        number = number * 10 + (size_t)(text.data[digits] - '0');
        digits++;
    }
    if (digits == 0 || digits > MOST_DIGITS) {
        return SIZE_MAX;
    }
    *out_rest = pb_span_from(text, digits);
    return number;
}

static bool
is_directive(struct pb_span word, const char *name)
{
    size_t length = strlen(name);
    return word.length >= length && strncasecmp(word.data, name, length) == 0;
}

static void
take_directive(struct pb_tap_point *point)
{
    struct pb_span text = point->description;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] != '#' || (i > 0 && text.data[i - 1] == '\\')) {
            continue;
        }
        struct pb_span word = pb_span_trim(pb_span_from(text, i + 1));
        bool todo = is_directive(word, "todo");
        if (!todo && !is_directive(word, "skip")) {
            continue;
        }
        bool passed = point->outcome == PB_OUTCOME_PASS;
        point->outcome = !todo    ? PB_OUTCOME_SKIP
                         : passed ? PB_OUTCOME_XPASS
                                  : PB_OUTCOME_XFAIL;
        point->description = pb_span_trim((struct pb_span){text.data, i});
        const char *space = memchr(word.data, ' ', word.length);
        size_t end = space == NULL ? word.length : (size_t)(space - word.data);
        point->reason = pb_span_trim(pb_span_from(word, end));
        return;
    }
}

bool
pb_tap_parse_point(struct pb_span line, struct pb_tap_point *out)
{
    static const char *const words[] = {"ok", "not ok"};
    bool failed = pb_span_starts(line, words[1]);
    if (!failed && !pb_span_starts(line, words[0])) {
        return false;
    }
    struct pb_span rest = pb_span_from(line, strlen(words[failed]));
    if (rest.length > 0 && rest.data[0] != ' ') {
        return false;
    }
    rest = pb_span_trim(rest);
    *out = (struct pb_tap_point){
        .outcome = failed ? PB_OUTCOME_FAIL : PB_OUTCOME_PASS,
        .reason = {NULL, 0},
    };
    struct pb_span after = rest;
    size_t number = pb_tap_number(rest, &after);
    if (number != SIZE_MAX && (after.length == 0 || after.data[0] == ' ')) {
        out->number = number;
        rest = pb_span_trim(after);
    }
    bool dash = pb_span_starts(rest, "- ") || pb_span_is(rest, "-");
    out->description = pb_span_trim(pb_span_from(rest, dash));
    take_directive(out);
    return true;
}

/* The value of a key in a YAML block, if it stands on one line; of a block
   scalar the first line. Of length 0 if it is not there. */
static struct pb_span
yaml_value(struct pb_span block, const char *key)
{
    struct pb_span line;
    while (pb_span_line(&block, &line)) {
        line = pb_span_trim(line);
        if (!pb_span_starts(line, key)) {
            continue;
        }
        struct pb_span value = pb_span_trim(pb_span_from(line, strlen(key)));
        if (value.length > 0 && strchr("|>", value.data[0]) != NULL &&
            pb_span_line(&block, &line))
        {
            return pb_span_trim(line);
        }
        if (value.length >= 2 && strchr("'\"", value.data[0]) != NULL &&
            value.data[value.length - 1] == value.data[0])
        {
            return (struct pb_span){value.data + 1, value.length - 2};
        }
        return value;
    }
    return (struct pb_span){block.data, 0};
}

struct pb_span
pb_tap_message(struct pb_span diagnosis)
{
    static const char *const keys[] = {"message:", "error:"};
    struct pb_exception found;
    struct pb_span line = {diagnosis.data, 0};
    for (size_t i = 0; i < PB_LENGTH(keys) && line.length == 0; i++) {
        line = yaml_value(diagnosis, keys[i]);
    }
    if (line.length == 0) {
        line = pb_exception_marked(diagnosis);
    }
    if (line.length == 0 &&
        pb_exception_find(diagnosis.data, diagnosis.length, &found))
    {
        size_t start = (size_t)(found.message - found.type);
        line = (struct pb_span){found.type, start + found.message_length};
    }
    if (line.length == 0) {
        diagnosis = pb_span_trim(diagnosis);
        (void)pb_span_line(&diagnosis, &line);
    }
    return line;
}
