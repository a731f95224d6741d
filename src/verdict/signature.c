/* What identifies a failure across revisions: its kind, the exception's type,
   the first line of its message, and the function that it came from. A
   message's further lines (a diff, pytest's "where") follow from the first
   and differ more easily, unless that is but a heading. */
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/verdict.h"
#include "verdict/headings.h"
#include "verdict/rewordings.h"
#include "verdict/scan.h"
#include "verdict/signature.h"

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
    if (strchr("be_", type[0]) == NULL) {
        return type; /* so are most: capitals */
    }
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

/* --- where it came from ------------------------------------------------- */

/* The last name of an id: that of the test's function, or of the module that
   could not be imported. */
static struct pb_span
own_name(const char *id)
{
    struct pb_span name = pb_span_of(id);
    name.length = strcspn(id, "[( <");
    if (pb_span_ends(name, ".py")) {
        name.length -= 3;
    }
    for (size_t i = name.length; i > 0; i--) {
        if (strchr(".:/", name.data[i - 1]) != NULL) {
            return pb_span_from(name, i);
        }
    }
    return name;
}

/* "test_core" of "genshi/tests/test_core.py", "tests" of
   "genshi/tests/__init__.py". */
static struct pb_span
module_name(const char *path)
{
    struct pb_span name = pb_span_of(path);
    static const char *const suffixes[] = {".py", "/__init__"};
    for (size_t i = 0; i < PB_LENGTH(suffixes); i++) {
        if (pb_span_ends(name, suffixes[i])) {
            name.length -= strlen(suffixes[i]);
        }
    }
    const char *slash = memrchr(name.data, '/', name.length);
    return slash == NULL ? name
                         : pb_span_from(name, (size_t)(slash + 1 - name.data));
}

/* The name behind the last dot: some day tracebacks may print qualified
   names. */
static struct pb_span
plain_function(struct pb_span function)
{
    const char *dot = memrchr(function.data, '.', function.length);
    return dot == NULL
               ? function
               : pb_span_from(function, (size_t)(dot + 1 - function.data));
}

/* The id says already that this is where it fails; tests that fail with one
   message in their own code are of one signature. */
static bool
is_test_itself(const char *id, const char *path, struct pb_span function)
{
    if (id == NULL || pb_result_is_pseudo(id)) {
        return false;
    }
    struct pb_span own = own_name(id);
    return pb_span_equal(own, function) ||
           (pb_span_is(function, "<module>") &&
            pb_span_equal(own, module_name(path)));
}

/* Where these are raised is chance: how deep the stack of C is, what is under
   way when a signal arrives or memory runs out. */
static bool
is_raised_anywhere(const struct pb_result *result)
{
    static const char *const types[] = {"RecursionError", "MemoryError",
                                        "KeyboardInterrupt"};
    const char *type = result->type == NULL ? "" : pb_type_plain(result->type);
    for (size_t i = 0; i < PB_LENGTH(types); i++) {
        if (strcmp(type, types[i]) == 0) {
            return true;
        }
    }
    return result->message != NULL &&
           strstr(result->message, "maximum recursion depth exceeded") != NULL;
}

/* A command is judged by its exit status: what it printed may differ. */
static bool
is_command(const struct pb_result *result)
{
    return result->id != NULL && strcmp(result->id, PB_TEST_COMMAND) == 0;
}

struct pb_place
pb_signature_place(const struct pb_result *result, struct pb_frames *frames,
                   struct pb_homes *homes)
{
    static const struct pb_place nowhere = {NULL, false, {"", 0}};
    const struct pb_frame_home *home = NULL;
    bool crashed = result->outcome == PB_OUTCOME_CRASHED;
    if (result->trace == NULL || !pb_outcome_failed(result->outcome) ||
        is_command(result) || is_raised_anywhere(result))
    {
        return nowhere;
    }
    pb_frames_read(result->trace, frames);
    if (frames->collecting || (crashed && !frames->dump)) {
        return nowhere; /* of a crash without a dump, it is the end of a log */
    }
    size_t index = pb_frames_decisive(frames, homes, &home);
    if (index == PB_NO_FRAME) {
        return nowhere;
    }
    struct pb_place place = {
        .path = home->path,
        .named = frames->items[index].function.length > 0,
        .function = plain_function(frames->items[index].function),
    };
    bool itself =
        place.named && is_test_itself(result->id, home->path, place.function);
    return itself ? nowhere : place;
}

/* " [genshi/core.py: render]", or nothing. */
static void
add_place(const struct pb_place *place, struct pb_buf *out)
{
    if (place->path == NULL) {
        return;
    }
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(&text, " [");
    pb_buf_adds(&text, place->path);
    pb_buf_adds(&text, place->named ? ": " : "");
    pb_buf_add(&text, place->function.data, place->function.length);
    pb_buf_addch(&text, ']');
    pb_signature_normalise(text.data, out);
}

/* --- what it says ------------------------------------------------------- */

/* Since 3.10 "C.f() takes 1 positional argument ..." has the qualified name,
   before it had "f()". */
static const char *
without_qualifier(const char *family, const char *line)
{
    static const char *const said[] = {"takes ", "got ", "missing ",
                                       "argument after ", "keywords must "};
    const char *call = strstr(line, "() ");
    const char *name = line;
    if (strcmp(family, "TypeError") != 0 || call == NULL) {
        return line;
    }
    for (const char *c = line; c < call; c++) {
        if (!pb_scan_is_word(*c) && strchr(".<>", *c) == NULL) {
            return line;
        }
        name = *c == '.' ? c + 1 : name;
    }
    for (size_t i = 0; i < PB_LENGTH(said); i++) {
        if (strncmp(call + 3, said[i], strlen(said[i])) == 0) {
            return name;
        }
    }
    return line;
}

/* "family: first line of the message", or the family alone. */
static void
add_said(const char *family, const char *message, struct pb_buf *text)
{
    PB_AUTOFREE char *line = first_line(message == NULL ? "" : message);
    const char *said = without_qualifier(family, without_type(line, family));
    PB_AUTOFREE char *plain = has_advice(said) ? without_advice(said) : NULL;
    said = plain == NULL ? said : plain;
    PB_AUTOFREE char *reworded = pb_reworded(family, said);
    said = reworded == NULL ? said : reworded;
    pb_buf_reserve(text, strlen(family) + strlen(said) + 2);
    pb_buf_adds(text, family);
    if (*said != '\0') {
        pb_buf_adds(text, ": ");
        pb_signature_normalise(said, text);
        pb_heading_add_rest(message, text);
    }
}

static char *
describe(const char *family, const struct pb_result *result,
         const struct pb_place *place)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    add_said(family, is_command(result) ? NULL : result->message, &text);
    add_place(place, &text);
    return pb_buf_take(&text);
}

/* Before 3.6 a missing module was an ImportError like others. */
static const char *
present_type(const char *type, const char *message)
{
    bool missing = message != NULL && strcmp(type, "ImportError") == 0 &&
                   strncmp(message, "No module named ", 16) == 0;
    return missing ? "ModuleNotFoundError" : type;
}

/* One that was stopped for what it used is another failure than one that only
   did not end. */
static char *
describe_hang(const struct pb_result *result)
{
    static const char bound[] = "limit of ";
    return result->message != NULL &&
                   strncmp(result->message, bound, strlen(bound)) == 0
               ? pb_asprintf("stopped: %s", result->message)
               : pb_strdup("hung");
}

char *
pb_signature_compose(const struct pb_result *result,
                     const struct pb_place *place)
{
    if (result == NULL) {
        return pb_strdup("absent");
    }
    const char *type =
        result->type == NULL || *result->type == '\0'
            ? NULL
            : present_type(pb_type_plain(result->type), result->message);
    switch (result->outcome) {
    case PB_OUTCOME_PASS:
        return pb_strdup("pass");
    case PB_OUTCOME_XFAIL:
        return pb_strdup("xfail");
    case PB_OUTCOME_ABSENT:
        return pb_strdup("absent");
    case PB_OUTCOME_SKIP:
        return describe("skip", result, place);
    case PB_OUTCOME_XPASS:
        return pb_strdup("xpass");
    case PB_OUTCOME_FAIL:
        return describe(type == NULL ? "fail" : type, result, place);
    case PB_OUTCOME_ERROR:
        return describe(type == NULL ? "error" : type, result, place);
    case PB_OUTCOME_HUNG:
        return describe_hang(result);
    case PB_OUTCOME_CRASHED:
        return describe("crashed", result, place);
    }
    return pb_strdup("absent");
}

char *
pb_signature_of(const struct pb_result *result)
{
    if (result == NULL) {
        return pb_strdup("absent");
    }
    PB_AUTO(pb_frames) struct pb_frames frames = PB_FRAMES_INIT;
    PB_AUTO(pb_homes) struct pb_homes homes = {.slots = {{.path = NULL}}};
    frames.sourceless = true;
    struct pb_place place = pb_signature_place(result, &frames, &homes);
    return pb_signature_compose(result, &place);
}
