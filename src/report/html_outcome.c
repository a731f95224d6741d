/* Bisections that end without a commit: what was seen instead. */
#include "report/html.h"

#include <string.h>

#include "pybisect/alloc.h"

static void
add_run(struct pb_buf *out, const char *label, const struct pb_json *end)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    const char *reason = pb_json_get_string(end, "reason");
    const struct pb_json *phases = pb_json_get(end, "failed_phases");
    if (pb_json_is_null(end)) {
        pb_buf_adds(&text, "not tried");
    }
    else if (*reason != '\0') {
        pb_buf_adds(&text, reason);
    }
    else {
        pb_say_run(&text, end);
    }
    pb_html_fact(out, label, text.data);
    for (size_t i = 0; i < pb_json_length(phases); i++) {
        const struct pb_json *phase = pb_json_at(phases, i);
        pb_buf_adds(out, "<dd>");
        pb_html_element(out, "b", NULL, pb_json_get_string(phase, "id"));
        pb_buf_addch(out, ' ');
        pb_html_text(out, pb_json_get_string(phase, "outcome"));
        pb_html_element(out, "pre", NULL,
                        pb_json_get_string(phase, "message"));
        pb_buf_adds(out, "</dd>");
    }
}

/* What a test said, unless the next one says the same. */
static void
add_said(struct pb_buf *out, const struct pb_json *tests, size_t index)
{
    PB_AUTO(pb_buf) struct pb_buf said = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf next = PB_BUF_INIT;
    pb_say_failure(&said, pb_json_at(tests, index));
    if (index + 1 < pb_json_length(tests)) {
        pb_say_failure(&next, pb_json_at(tests, index + 1));
    }
    if (said.len > 0 && strcmp(said.data, next.data) != 0) {
        pb_html_element(out, "pre", NULL, said.data);
    }
}

static void
add_failures(struct pb_buf *out, const char *title,
             const struct pb_json *tests, int64_t total)
{
    size_t len = pb_json_length(tests);
    if (len == 0) {
        return;
    }
    pb_buf_adds(out, "<section>\n");
    pb_html_element(out, "h2", NULL, title);
    pb_buf_adds(out, "<ul class=\"failures\">\n");
    for (size_t i = 0; i < len; i++) {
        pb_buf_adds(out, "<li>");
        pb_html_element(out, "code", NULL,
                        pb_json_get_string(pb_json_at(tests, i), "id"));
        add_said(out, tests, i);
        pb_buf_adds(out, "</li>\n");
    }
    pb_buf_adds(out, "</ul>\n");
    if (total > (int64_t)len) {
        pb_buf_addf(out, "<p>\u2026 and %lld more</p>\n",
                    (long long)(total - (int64_t)len));
    }
    pb_buf_adds(out, "</section>\n");
}

void
pb_html_outcome(struct pb_buf *out, const struct pb_json *record)
{
    const struct pb_say_outcome *outcome = pb_say_outcome(record);
    const struct pb_json *ends = pb_json_get(record, "ends");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(out, "<header class=\"answer\">\n"
                     "<p class=\"badge warn\">No commit named</p>\n<h1>");
    pb_buf_adds(out, outcome == NULL ? "Not finished" : outcome->headline);
    pb_buf_adds(out, ": ");
    pb_html_cut(out, pb_say_subject(record), 120);
    pb_buf_adds(out, "</h1>\n");
    pb_say_sentence(&text, pb_json_get_string(record, "remark"),
                    outcome == NULL ? "" : outcome->explanation);
    pb_html_element(out, "p", "sure", text.data);
    pb_buf_adds(out, "<dl class=\"facts\">");
    add_run(out, "good end", pb_json_get(ends, "good"));
    add_run(out, "bad end", pb_json_get(ends, "bad"));
    pb_buf_adds(out, "</dl>\n</header>\n");
    add_failures(out, "Failing at both ends",
                 pb_json_get(ends, "already_failing"),
                 pb_json_get_integer(ends, "failing_both"));
    add_failures(out, "Regressed between the ends",
                 pb_json_get(ends, "regressions"),
                 pb_json_get_integer(ends, "regressed"));
}
