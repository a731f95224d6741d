/* What a test did, and the traceback of that. */
#include "report/text_private.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "verdict/headings.h"

struct outcome_words {
    const char *name; /* in the record */
    const char *text;
    enum pb_style style;
};

static const struct outcome_words outcome_words[] = {
    {"pass", "passed", PB_STYLE_GREEN},
    {"xfail", "failed, as expected", PB_STYLE_GREEN},
    {"skip", "skipped", PB_STYLE_YELLOW},
    {"absent", "not run", PB_STYLE_YELLOW},
    {"xpass", "passed unexpectedly", PB_STYLE_RED},
    {"fail", "failed", PB_STYLE_RED},
    {"error", "error", PB_STYLE_RED},
    {"hung", "hung", PB_STYLE_RED},
    {"crashed", "crashed", PB_STYLE_RED},
};

/* Of a doctest, what was raised comes first, then the example; the places of
   its docstring and the lines around them are left out. */
static void
add_message(const char *message, struct pb_buf *out)
{
    static const char doctest[] = "Failed doctest test for ";
    const char *example = strstr(message, "\nFailed example:\n");
    struct pb_exception raised;
    if (strncmp(message, doctest, strlen(doctest)) != 0 || example == NULL) {
        pb_buf_adds(out, message);
        return;
    }
    pb_buf_add(out, message, strcspn(message, "\n"));
    if (!pb_heading_raised(message, &raised)) {
        pb_buf_adds(out, example);
        return;
    }
    pb_buf_addf(out, "\n%.*s: %.*s", (int)raised.type_length, raised.type,
                (int)raised.message_length, raised.message);
    const char *end = strstr(example, "\nException raised:\n");
    pb_buf_add(out, example,
               end == NULL ? strlen(example) : (size_t)(end - example));
}

void
pb_text_result(struct pb_page *page, const char *lead,
               const struct pb_json *result)
{
    const char *name = pb_json_get_string(result, "outcome");
    const char *type = pb_json_get_string(result, "type");
    const char *message = pb_json_get_string(result, "message");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    enum pb_style style = PB_STYLE_PLAIN;
    for (size_t i = 0; i < PB_LENGTH(outcome_words); i++) {
        if (strcmp(name, outcome_words[i].name) == 0) {
            pb_buf_adds(&text, outcome_words[i].text);
            style = outcome_words[i].style;
        }
    }
    if (*type != '\0') {
        pb_buf_addf(&text, ": %s", type);
    }
    if (*message != '\0') {
        pb_buf_adds(&text, ": ");
        add_message(message, &text);
    }
    pb_page_block(page, 6, lead, style, text.data, PB_TEXT_MESSAGE_ROWS);
}

/* Where the last so many lines begin. */
static const char *
last_lines(const char *text, size_t count)
{
    const char *start = text + strlen(text);
    while (start > text && count > 0) {
        start--;
        count -= start > text && start[-1] == '\n' ? 1 : 0;
    }
    return start;
}

/* Its end says most. */
void
pb_text_trace(struct pb_page *page, const char *trace)
{
    if (strchr(trace, '\n') == NULL) {
        return;
    }
    const char *end = last_lines(trace, PB_TEXT_TRACE_ROWS);
    if (end > trace) {
        pb_page_paragraph(page, 6, "", PB_STYLE_PLAIN, "...");
    }
    pb_page_block(page, 6, "", PB_STYLE_PLAIN, end, 2 * PB_TEXT_TRACE_ROWS);
}
