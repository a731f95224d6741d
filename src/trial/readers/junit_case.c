/* pytest makes "classname" out of the node id: slashes become dots, ".py"
   goes, and the classes follow after more dots. */
#include "trial/readers/junit_case.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "trial/exception.h"

/* "tests/test_a.py" as it stands in a class name. */
static void
dotted(const char *file, struct pb_buf *out)
{
    struct pb_span name = pb_span_of(file);
    if (pb_span_ends(name, ".py")) {
        name.length -= strlen(".py");
    }
    for (size_t i = 0; i < name.length; i++) {
        pb_buf_addch(out, name.data[i] == '/' ? '.' : name.data[i]);
    }
}

static void
add_classes(const char *classes, struct pb_buf *out)
{
    for (const char *c = classes; *c != '\0'; c++) {
        if (*c == '.') {
            pb_buf_adds(out, "::");
        }
        else {
            pb_buf_addch(out, *c);
        }
    }
}

/* "file" is where the function stands, which for an inherited test is not
   where it was collected. Then the class name must do: modules are written
   small, classes with a capital. */
static void
guess_node(const char *classname, struct pb_buf *out)
{
    const char *classes = classname;
    while (*classes != '\0' && !isupper((unsigned char)*classes)) {
        const char *dot = strchr(classes, '.');
        classes = dot == NULL ? classes + strlen(classes) : dot + 1;
    }
    size_t length = (size_t)(classes - classname);
    if (*classes != '\0' && length > 0) {
        length--; /* the dot */
    }
    for (size_t i = 0; i < length; i++) {
        pb_buf_addch(out, classname[i] == '.' ? '/' : classname[i]);
    }
    pb_buf_adds(out, ".py");
    if (*classes != '\0') {
        pb_buf_adds(out, "::");
        add_classes(classes, out);
    }
}

static void
add_node(const char *file, const char *classname, struct pb_buf *out)
{
    PB_AUTO(pb_buf) struct pb_buf module = PB_BUF_INIT;
    dotted(file, &module);
    if (strncmp(classname, module.data, module.len) != 0) {
        guess_node(classname, out);
        return;
    }
    const char *rest = classname + module.len;
    if (*rest == '\0') {
        pb_buf_adds(out, file);
    }
    else if (*rest == '.') {
        pb_buf_addf(out, "%s::", file);
        add_classes(rest + 1, out);
    }
    else {
        guess_node(classname, out);
    }
}

void
pb_junit_id(const struct pb_junit_case *test, struct pb_buf *out)
{
    const char *file = test->file == NULL ? "" : test->file;
    const char *classname = test->classname == NULL ? "" : test->classname;
    const char *name = test->name == NULL ? "" : test->name;
    if (*classname == '\0') {
        pb_buf_adds(out, *file == '\0' ? name : file);
        return;
    }
    if (*file == '\0') {
        pb_buf_addf(out, "%s.%s", classname, name);
        return;
    }
    add_node(file, classname, out);
    pb_buf_addf(out, "::%s", name);
}

/* 'failed on setup with "ImportError: x"' says it; "collection failure" does
   not. */
static struct pb_span
unwrap(struct pb_span message)
{
    static const char *const wrappers[] = {"failed on setup with \"",
                                           "failed on teardown with \""};
    static const char *const empty[] = {
        "collection failure", "test setup failure", "test teardown failure"};
    for (size_t i = 0; i < PB_LENGTH(wrappers); i++) {
        if (pb_span_starts(message, wrappers[i])) {
            message = pb_span_from(message, strlen(wrappers[i]));
            message.length -= pb_span_ends(message, "\"");
            return message;
        }
    }
    for (size_t i = 0; i < PB_LENGTH(empty); i++) {
        if (pb_span_is(message, empty[i])) {
            return (struct pb_span){message.data, 0};
        }
    }
    return message;
}

struct said {
    char *type;
    char *message;
};

static void
said_clear(struct said *said)
{
    free(said->type);
    free(said->message);
}

/* From the message if it starts with an exception, else from the text. */
static void
find_exception(const struct pb_junit_verdict *verdict, struct said *out)
{
    struct pb_span text = {verdict->text.data, verdict->text.len};
    struct pb_span message =
        unwrap(pb_span_of(verdict->message == NULL ? "" : verdict->message));
    struct pb_exception found = {NULL, 0, NULL, 0};
    struct pb_span marked = pb_exception_marked(text);
    if (verdict->type != NULL && verdict->type[0] != '\0') {
        out->type = pb_strdup(verdict->type);
    }
    size_t line = strcspn(message.data, "\n");
    line = line < message.length ? line : message.length;
    if (pb_exception_parse(message.data, line, &found)) {
        message =
            pb_span_from(message, (size_t)(found.message - message.data));
    }
    else if (pb_span_starts(message, "assert ")) {
        /* pytest leaves the name out then. */
        found = (struct pb_exception){"AssertionError", 14, NULL, 0};
    }
    else if ((pb_exception_parse(marked.data, marked.length, &found) ||
              pb_exception_find(text.data, text.length, &found)) &&
             message.length == 0)
    {
        message = (struct pb_span){found.message, found.message_length};
    }
    if (out->type == NULL && found.type != NULL) {
        out->type =
            pb_span_dup((struct pb_span){found.type, found.type_length});
    }
    out->message = pb_span_dup(pb_span_trim(message));
}

static enum pb_outcome
outcome_of(const struct pb_junit_verdict *verdict)
{
    const char *type = verdict->type == NULL ? "" : verdict->type;
    const char *message = verdict->message == NULL ? "" : verdict->message;
    switch (verdict->element) {
    case PB_JUNIT_ERROR:
        return PB_OUTCOME_ERROR;
    case PB_JUNIT_FAILURE:
        return strncmp(message, "[XPASS(strict)]", 15) == 0 ? PB_OUTCOME_XPASS
                                                            : PB_OUTCOME_FAIL;
    case PB_JUNIT_SKIPPED:
        return strcmp(type, "pytest.xfail") == 0 ? PB_OUTCOME_XFAIL
                                                 : PB_OUTCOME_SKIP;
    case PB_JUNIT_NONE:
        break;
    }
    return PB_OUTCOME_PASS;
}

void
pb_junit_add(struct pb_reading *reading, const char *id, double seconds,
             const struct pb_junit_verdict *verdict)
{
    struct pb_reading_entry said = {.outcome = PB_OUTCOME_PASS,
                                    .seconds = seconds};
    if (verdict == NULL) {
        pb_reading_add(reading, id, &said);
        return;
    }
    PB_CLEANUP(said_clear) struct said found = {NULL, NULL};
    const char *text = verdict->text.len > 0 ? verdict->text.data : NULL;
    said.outcome = outcome_of(verdict);
    if (said.outcome == PB_OUTCOME_FAIL || said.outcome == PB_OUTCOME_ERROR) {
        find_exception(verdict, &found);
        said.type = found.type;
        said.message = found.message;
        said.trace = text;
    }
    else {
        said.message = verdict->message == NULL ? text : verdict->message;
    }
    pb_reading_add(reading, id, &said);
}
