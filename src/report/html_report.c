/* One bisection as a page. */
#include "report/html.h"

#include <string.h>

#include "pybisect/report.h"

#define FLAKY_SHOWN 50

static void
add_reproduce(struct pb_buf *out, const struct pb_json *reproduce,
              bool culprit, int level)
{
    const char *good = pb_json_get_string(reproduce, "good");
    const char *bad = pb_json_get_string(reproduce, "bad");
    const char *good_label = culprit ? "good, the parent" : "good end";
    const char *bad_label = culprit ? "bad, the culprit" : "bad end";
    if (*good == '\0' || *bad == '\0') {
        return;
    }
    pb_buf_addf(out, "<section>\n<h%d>Reproduce</h%d>\n<p>", level, level);
    pb_html_mark(out, "good", good_label);
    pb_buf_adds(out, "</p>\n");
    pb_html_command(out, good_label, good);
    pb_buf_adds(out, "<p>");
    pb_html_mark(out, "bad", bad_label);
    pb_buf_adds(out, "</p>\n");
    pb_html_command(out, bad_label, bad);
    pb_buf_adds(out, "</section>\n");
}

static void
add_flaky(struct pb_buf *out, const struct pb_json *ids)
{
    size_t len = pb_json_length(ids);
    if (len == 0) {
        return;
    }
    pb_buf_addf(out,
                "<details><summary>%zu test%s left out as flaky, not the "
                "same in each run</summary><ul class=\"ids\">",
                len, len == 1 ? "" : "s");
    for (size_t i = 0; i < len && i < FLAKY_SHOWN; i++) {
        pb_buf_adds(out, "<li>");
        pb_html_element(out, "code", NULL, pb_json_text(pb_json_at(ids, i)));
        pb_buf_adds(out, "</li>");
    }
    if (len > FLAKY_SHOWN) {
        pb_buf_addf(out, "<li>\u2026 and %zu more</li>", len - FLAKY_SHOWN);
    }
    pb_buf_adds(out, "</ul></details>\n");
}

static void
add_next(struct pb_buf *out, const struct pb_json *record)
{
    const char *next = pb_say_next(record);
    if (*next != '\0') {
        pb_buf_adds(out, "<section class=\"next\">\n"
                         "<h2>What to do next</h2>\n");
        pb_html_element(out, "p", NULL, next);
        pb_buf_adds(out, "</section>\n");
    }
}

/* What each kind of break asks for. */
static void
add_advice(struct pb_buf *out, const struct pb_json *classes, int level)
{
    bool any = false;
    for (size_t i = 0; i < pb_json_length(classes); i++) {
        const struct pb_json *each = pb_json_at(classes, i);
        const char *advice = pb_json_get_string(each, "advice");
        if (*advice == '\0') {
            continue;
        }
        if (!any) {
            pb_buf_addf(out, "<section>\n<h%d>What to do</h%d>\n", level,
                        level);
        }
        any = true;
        pb_buf_adds(out, "<p>");
        pb_html_element(out, "b", NULL, pb_json_get_string(each, "class"));
        pb_buf_adds(out, ": ");
        pb_html_text(out, advice);
        pb_buf_adds(out, "</p>\n");
    }
    pb_buf_adds(out, any ? "</section>\n" : "");
}

/* The way to the findings about other tests. */
static void
add_others(struct pb_buf *out, const struct pb_json *findings)
{
    size_t len = pb_json_length(findings);
    for (size_t i = 1; i < len; i++) {
        const struct pb_json *finding = pb_json_at(findings, i);
        const struct pb_json *culprit = pb_json_get(finding, "culprit");
        pb_buf_addf(out, "%s<a href=\"#finding-%zu\">",
                    i == 1 ? "<p class=\"aside\">Further findings, about "
                             "other tests: "
                           : ", ",
                    i + 1);
        pb_html_text(out,
                     pb_json_get_string(culprit != NULL ? culprit : finding,
                                        culprit != NULL ? "short" : "kind"));
        pb_buf_adds(out, "</a>");
    }
    pb_buf_adds(out, len > 1 ? "</p>\n" : "");
}

/* The first is what the page is about; others are sections of it. */
static void
add_finding(struct pb_buf *out, const struct pb_json *record, size_t index)
{
    const struct pb_json *findings = pb_json_get(record, "findings");
    const struct pb_json *finding = pb_json_at(findings, index);
    bool culprit = strcmp(pb_json_get_string(finding, "kind"), "culprit") == 0;
    int level = index == 0 ? 1 : 2;
    pb_buf_addf(out, "<article id=\"finding-%zu\"%s>\n", index + 1,
                index == 0 ? "" : " class=\"further\"");
    pb_html_finding(out, record, finding, level);
    if (index == 0) {
        add_others(out, findings);
    }
    pb_html_strip(out, record, finding, level + 1);
    pb_html_tests(out, finding, level + 1);
    pb_html_evidence(out, finding, level + 1);
    add_advice(out, pb_json_get(finding, "classes"), level + 1);
    add_reproduce(out, pb_json_get(finding, "reproduce"), culprit, level + 1);
    pb_buf_adds(out, "</article>\n");
}

void
pb_html_report(struct pb_buf *out, const struct pb_json *record)
{
    size_t len = pb_json_length(pb_json_get(record, "findings"));
    pb_html_shapes(out);
    for (size_t i = 0; i < len; i++) {
        add_finding(out, record, i);
    }
    if (len == 0) {
        pb_html_outcome(out, record);
        add_reproduce(out, pb_json_get(record, "reproduce"), false, 2);
    }
    add_next(out, record);
    add_flaky(out, pb_json_get(pb_json_get(record, "ends"), "flaky"));
    pb_html_tried(out, record);
    pb_html_pinned(out, record);
    pb_buf_adds(out, "<footer><p>pybisect ");
    pb_html_text(out, pb_json_get_string(record, "pybisect"));
    pb_buf_adds(out, "</p></footer>\n");
}

void
pb_report_html(const struct pb_json *record, struct pb_buf *out)
{
    const struct pb_html_page page = {
        .title = pb_json_get_string(record, "title"),
        .kind = "report",
    };
    pb_html_begin(out, &page);
    pb_html_report(out, record);
    pb_html_end(out);
}
