/* Bisections that end without a commit: what was seen instead, on which
   tests, and what to do next. */
#include "report/text_private.h"

#include <string.h>

#include "pybisect/alloc.h"

#define TESTS_NAMED 10

/* --- what is known about the ends --------------------------------------- */

static void
write_phases(struct pb_page *page, const struct pb_json *phases)
{
    for (size_t i = 0; i < pb_json_length(phases); i++) {
        const struct pb_json *phase = pb_json_at(phases, i);
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        pb_buf_addf(&text, "%s %s", pb_json_get_string(phase, "id"),
                    pb_json_get_string(phase, "outcome"));
        if (*pb_json_get_string(phase, "message") != '\0') {
            pb_buf_addf(&text, ": %s", pb_json_get_string(phase, "message"));
        }
        pb_page_field_block(page, "", text.data, PB_TEXT_MESSAGE_ROWS);
    }
}

static void
write_end(struct pb_page *page, const char *label, const struct pb_json *end)
{
    if (pb_json_is_null(end)) {
        pb_page_field(page, label, PB_STYLE_PLAIN, "not tried");
        return;
    }
    if (*pb_json_get_string(end, "reason") != '\0') {
        const char *status = pb_json_get_string(end, "status");
        pb_page_field(page, label, PB_STYLE_RED,
                      strcmp(status, "unbuildable") == 0 ? "does not build"
                                                         : "cannot be tested");
        const char *log = pb_json_get_string(end, "log");
        if (*log != '\0') {
            PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
            pb_buf_addf(&text, "log: %s", log);
            pb_page_field(page, "", PB_STYLE_PLAIN, text.data);
        }
    }
    else {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        pb_say_run(&text, end);
        pb_page_field(page, label, PB_STYLE_PLAIN, text.data);
    }
    write_phases(page, pb_json_get(end, "failed_phases"));
}

static void
write_ends(struct pb_page *page, const struct pb_json *ends)
{
    pb_page_newline(page);
    write_end(page, "good end", pb_json_get(ends, "good"));
    write_end(page, "bad end", pb_json_get(ends, "bad"));
}

/* --- the tests in question ---------------------------------------------- */

static void
write_more(struct pb_page *page, int64_t left)
{
    if (left > 0) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        pb_buf_addf(&text, "... and %lld more", (long long)left);
        pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN, text.data);
    }
}

static bool
say_the_same(const struct pb_json *a, const struct pb_json *b)
{
    PB_AUTO(pb_buf) struct pb_buf left = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf right = PB_BUF_INIT;
    pb_say_failure(&left, a);
    pb_say_failure(&right, b);
    return strcmp(left.data, right.data) == 0;
}

/* Tests that say the same are named one below the other. */
static void
write_tests(struct pb_page *page, const char *title,
            const struct pb_json *array, int64_t total)
{
    size_t len = pb_json_length(array);
    size_t named = len < TESTS_NAMED ? len : TESTS_NAMED;
    if (len == 0) {
        return;
    }
    pb_page_heading(page, title);
    for (size_t i = 0; i < named; i++) {
        const struct pb_json *test = pb_json_at(array, i);
        pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN,
                          pb_json_get_string(test, "id"));
        PB_AUTO(pb_buf) struct pb_buf said = PB_BUF_INIT;
        pb_say_failure(&said, test);
        bool last =
            i + 1 == named || !say_the_same(test, pb_json_at(array, i + 1));
        if (last && said.len > 0) {
            pb_page_block(page, 4, "", PB_STYLE_RED, said.data,
                          PB_TEXT_MESSAGE_ROWS);
        }
    }
    write_more(page, total - (int64_t)named);
}

static void
write_lists(struct pb_page *page, const struct pb_json *record)
{
    const struct pb_json *ends = pb_json_get(record, "ends");
    const char *outcome = pb_json_get_string(record, "outcome");
    write_tests(page, "Failing at both ends",
                pb_json_get(ends, "already_failing"),
                pb_json_get_integer(ends, "failing_both"));
    write_tests(page,
                strcmp(outcome, "flaky") == 0
                    ? "Failed once at the bad end, then not again"
                    : "Regressed between the ends",
                pb_json_get(ends, "regressions"),
                pb_json_get_integer(ends, "regressed"));
}

void
pb_text_outcome(struct pb_page *page, const struct pb_json *record)
{
    const struct pb_say_outcome *text = pb_say_outcome(record);
    const char *remark = pb_json_get_string(record, "remark");
    const char *subject = pb_say_subject(record);
    pb_page_span(page, PB_STYLE_YELLOW,
                 text == NULL ? "Not finished" : text->headline);
    pb_page_span(page, PB_STYLE_PLAIN, ": ");
    pb_page_span(page, PB_STYLE_BOLD, subject);
    pb_page_newline(page);
    PB_AUTO(pb_buf) struct pb_buf sentence = PB_BUF_INIT;
    pb_say_sentence(&sentence, remark, text == NULL ? "" : text->explanation);
    if (sentence.len > 0) {
        pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN, sentence.data);
    }
    write_ends(page, pb_json_get(record, "ends"));
    write_lists(page, record);
}

void
pb_text_next(struct pb_page *page, const struct pb_json *record)
{
    const char *next = pb_say_next(record);
    if (*next != '\0') {
        pb_page_heading(page, "What to do next");
        pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN, next);
    }
}
