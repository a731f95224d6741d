/* The report that a maintainer reads on a terminal when a bisection ends:
   the answer first, then what it rests on. */
#include "report/text_private.h"

#include <string.h>

#include "pybisect/report.h"

#define DEFAULT_WIDTH 79
#define LEAST_WIDTH 40
#define TESTS_NAMED 10
#define FLAKY_NAMED 5

static void
write_said(struct pb_page *page, const char *label,
           void (*say)(struct pb_buf *out, const struct pb_json *value),
           const struct pb_json *value)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    say(&text, value);
    pb_page_field(page, label, PB_STYLE_PLAIN, text.data);
}

static void
write_project(struct pb_page *page, const struct pb_json *project)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    write_said(page, "project", pb_say_project, project);
    pb_page_field(page, "directory", PB_STYLE_PLAIN,
                  pb_json_get_string(project, "directory"));
    pb_page_field(page, "recipe", PB_STYLE_PLAIN,
                  pb_json_get_string(project, "recipe"));
    pb_buf_adds(&text, pb_json_get_string(project, "dependencies"));
    const char *digest = pb_json_get_string(project, "dependencies_revision");
    if (*digest != '\0') {
        pb_buf_addf(&text, " (%s)", digest);
    }
    pb_page_field(page, "deps", PB_STYLE_PLAIN, text.data);
}

static void
write_distributions(struct pb_page *page, const struct pb_json *project)
{
    const struct pb_json *list = pb_json_get(project, "distributions");
    for (size_t i = 0; i < pb_json_length(list); i++) {
        write_said(page, i == 0 ? "needs" : "", pb_say_distribution,
                   pb_json_at(list, i));
    }
}

static void
write_notes(struct pb_page *page, const struct pb_json *notes)
{
    for (size_t i = 0; i < pb_json_length(notes); i++) {
        pb_page_field(page, i == 0 ? "notes" : "", PB_STYLE_PLAIN,
                      pb_json_text(pb_json_at(notes, i)));
    }
}

static void
write_pinned(struct pb_page *page, const struct pb_json *record)
{
    const struct pb_json *cpython = pb_json_get(record, "cpython");
    pb_page_heading(page, "Pinned");
    pb_page_field(page, "asked", PB_STYLE_PLAIN,
                  pb_json_get_string(record, "command"));
    write_said(page, "good end", pb_say_end, pb_json_get(cpython, "good"));
    write_said(page, "bad end", pb_say_end, pb_json_get(cpython, "bad"));
    write_said(page, "range", pb_say_range, cpython);
    pb_page_field(page, "cpython", PB_STYLE_PLAIN,
                  pb_json_get_string(cpython, "repository"));
    pb_page_field_block(page, "toolchain",
                        pb_json_get_string(cpython, "toolchain"),
                        PB_TEXT_MESSAGE_ROWS);
    write_project(page, pb_json_get(record, "project"));
    write_distributions(page, pb_json_get(record, "project"));
    write_notes(page, pb_json_get(pb_json_get(record, "project"), "notes"));
}

/* Left out of the search, which is worth knowing when they matter. */
static void
write_flaky(struct pb_page *page, const struct pb_json *ids)
{
    size_t len = pb_json_length(ids);
    if (len == 0) {
        return;
    }
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_say_count(&text, (int64_t)len, "test");
    pb_buf_adds(&text, " left out as flaky, not the same in each run:");
    pb_page_newline(page);
    pb_page_paragraph(page, 2, "", PB_STYLE_YELLOW, text.data);
    for (size_t i = 0; i < len && i < FLAKY_NAMED; i++) {
        pb_page_paragraph(page, 4, "", PB_STYLE_PLAIN,
                          pb_json_text(pb_json_at(ids, i)));
    }
    if (len > FLAKY_NAMED) {
        pb_buf_truncate(&text, 0);
        pb_buf_addf(&text, "... and %zu more", len - FLAKY_NAMED);
        pb_page_paragraph(page, 4, "", PB_STYLE_PLAIN, text.data);
    }
}

static void
write_reproduce(struct pb_page *page, const struct pb_json *record,
                const struct pb_json *finding)
{
    const struct pb_json *reproduce =
        pb_json_get(finding != NULL ? finding : record, "reproduce");
    bool culprit = strcmp(pb_json_get_string(finding, "kind"), "culprit") == 0;
    const char *good = pb_json_get_string(reproduce, "good");
    const char *bad = pb_json_get_string(reproduce, "bad");
    if (*good == '\0' || *bad == '\0') {
        return;
    }
    pb_page_heading(page, "Reproduce");
    pb_page_paragraph(page, 2, "", PB_STYLE_GREEN,
                      culprit ? "good, the parent" : "good end");
    pb_page_command(page, 4, good);
    pb_page_paragraph(page, 2, "", PB_STYLE_RED,
                      culprit ? "bad, the culprit" : "bad end");
    pb_page_command(page, 4, bad);
}

struct pb_page
pb_text_page(int width, bool color, struct pb_buf *out)
{
    struct pb_page page = {.out = out, .width = DEFAULT_WIDTH, .color = color};
    if (width > 0) {
        page.width = width < LEAST_WIDTH ? LEAST_WIDTH : (size_t)width;
    }
    return page;
}

void
pb_report_explain(const struct pb_json *record, int width, bool color,
                  struct pb_buf *out)
{
    const struct pb_json *findings = pb_json_get(record, "findings");
    struct pb_page page = pb_text_page(width, color, out);
    pb_page_heading(&page, "Why these classes");
    for (size_t i = 0; i < pb_json_length(findings); i++) {
        pb_text_why_classes(&page, pb_json_at(findings, i));
    }
}

void
pb_report_text(const struct pb_json *record, int width, bool color,
               struct pb_buf *out)
{
    struct pb_page page = pb_text_page(width, color, out);
    const struct pb_json *finding =
        pb_json_at(pb_json_get(record, "findings"), 0);
    if (finding != NULL) {
        pb_text_findings(&page, record);
        pb_page_heading(&page, "What changed");
        pb_text_tests(&page, finding, TESTS_NAMED);
        write_flaky(&page, pb_json_get(pb_json_get(record, "ends"), "flaky"));
        pb_text_other_findings(&page, record);
    }
    else {
        pb_text_outcome(&page, record);
    }
    pb_text_next(&page, record);
    pb_text_tried(&page, record);
    write_pinned(&page, record);
    write_reproduce(&page, record, finding);
    pb_text_time(&page, record);
}
