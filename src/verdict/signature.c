/* What identifies a failure across revisions: its kind, the exception's type
   and the first line of its message. A message's further lines (a diff,
   pytest's "where") follow from the first and differ more easily. */
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/verdict.h"
#include "signature.h"

/* Advice that Python's versions add to a message. It says nothing about the
   failure, and changes while the failure does not. */
static const struct {
    const char *begin;
    const char *end;
} advice[] = {
    {". Did you mean", "?"},       {" Or did you forget", "?"},
    {". Did you forget", "?"},     {". Maybe you meant", "?"},
    {". Perhaps you forgot", "?"}, {", maybe you meant", "?"},
    {" (consider renaming ", ")"}, {" (maybe you meant", ")"},
};

/* Length of the advice that begins at `text`, or 0. Advice without an end
   takes the rest. */
static size_t
advice_length(const char *text)
{
    for (size_t i = 0; i < PB_LENGTH(advice); i++) {
        if (text[0] != advice[i].begin[0] || text[1] != advice[i].begin[1]) {
            continue;
        }
        size_t length = strlen(advice[i].begin);
        if (strncmp(text, advice[i].begin, length) == 0) {
            const char *end = strstr(text + length, advice[i].end);
            return end == NULL ? strlen(text) : (size_t)(end + 1 - text);
        }
    }
    return 0;
}

/* The next place at or behind `text` where advice may begin. */
static const char *
skip_plain(const char *text)
{
    static const char begins[] = ". ,"; /* all that is above */
    return text + strcspn(text, begins);
}

static bool
has_advice(const char *text)
{
    for (text = skip_plain(text); *text != '\0'; text = skip_plain(text + 1)) {
        if (advice_length(text) > 0) {
            return true;
        }
    }
    return false;
}

static char *
without_advice(const char *text)
{
    PB_AUTO(pb_buf) struct pb_buf kept = PB_BUF_INIT;
    while (*text != '\0') {
        size_t length = advice_length(text);
        if (length == 0) {
            length = (size_t)(skip_plain(text + 1) - text);
            pb_buf_add(&kept, text, length);
        }
        text += length;
    }
    return pb_buf_take(&kept);
}

/* First line with anything on it, trimmed; "" if there is none. Caller
   frees. */
static char *
first_line(const char *text)
{
    static const char blank[] = " \t\r\n\f\v";
    text += strspn(text, blank);
    size_t length = strcspn(text, "\r\n");
    while (length > 0 && strchr(blank, text[length - 1]) != NULL) {
        length--;
    }
    return pb_strndup(text, length);
}

const char *
pb_type_plain(const char *type)
{
    static const char *const prefixes[] = {"builtins.", "exceptions.",
                                           "__builtin__."};
    for (size_t i = 0; i < PB_LENGTH(prefixes); i++) {
        size_t length = strlen(prefixes[i]);
        if (strncmp(type, prefixes[i], length) == 0) {
            return type + length;
        }
    }
    return type;
}

/* pytest repeats the type in the message. */
static const char *
without_type(const char *line, const char *type)
{
    const char *rest = pb_type_plain(line);
    size_t length = strlen(type);
    if (strncmp(rest, type, length) != 0) {
        return line;
    }
    rest += length;
    if (*rest == ':') {
        rest++;
        return rest + strspn(rest, " ");
    }
    return *rest == '\0' ? rest : line;
}

/* "family: first line of the message", or the family alone. */
static char *
describe(const char *family, const char *message)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTOFREE char *line = first_line(message == NULL ? "" : message);
    const char *said = without_type(line, family);
    PB_AUTOFREE char *plain = has_advice(said) ? without_advice(said) : NULL;
    said = plain == NULL ? said : plain;
    pb_buf_reserve(&text, strlen(family) + strlen(said) + 2);
    pb_buf_adds(&text, family);
    if (*said != '\0') {
        pb_buf_adds(&text, ": ");
        pb_signature_normalise(said, &text);
    }
    return pb_buf_take(&text);
}

/* A command is judged by its exit status: what it printed may differ. */
static const char *
telling_message(const struct pb_result *result)
{
    bool command = result->id != NULL
                   && strcmp(result->id, PB_TEST_COMMAND) == 0;
    return command ? NULL : result->message;
}

char *
pb_signature_of(const struct pb_result *result)
{
    if (result == NULL) {
        return pb_strdup("absent");
    }
    const char *message = telling_message(result);
    const char *type = result->type == NULL || *result->type == '\0'
                           ? NULL
                           : pb_type_plain(result->type);
    switch (result->outcome) {
    case PB_OUTCOME_PASS:
        return pb_strdup("pass");
    case PB_OUTCOME_XFAIL:
        return pb_strdup("xfail");
    case PB_OUTCOME_ABSENT:
        return pb_strdup("absent");
    case PB_OUTCOME_SKIP:
        return describe("skip", message);
    case PB_OUTCOME_XPASS:
        return pb_strdup("xpass");
    case PB_OUTCOME_FAIL:
        return describe(type == NULL ? "fail" : type, message);
    case PB_OUTCOME_ERROR:
        return describe(type == NULL ? "error" : type, message);
    case PB_OUTCOME_HUNG:
        return pb_strdup("hung");
    case PB_OUTCOME_CRASHED:
        return describe("crashed", message);
    }
    return pb_strdup("absent");
}
