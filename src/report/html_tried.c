/* Everything tried, and what was the same all the while. */
#include "report/html.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"

static void
add_tests(struct pb_buf *out, const struct pb_json *row)
{
    int64_t failed = pb_json_get_integer(row, "failed");
    int64_t passed = pb_json_get_integer(row, "passed");
    int64_t skipped = pb_json_get_integer(row, "skipped");
    pb_buf_adds(out, "<td>");
    if (passed + failed + skipped > 0) {
        pb_buf_addf(out, "%lld passed", (long long)passed);
        if (failed > 0) {
            pb_buf_addf(out, ", %lld failed", (long long)failed);
        }
        if (skipped > 0) {
            pb_buf_addf(out, ", %lld skipped", (long long)skipped);
        }
    }
    else {
        const struct pb_json *phase =
            pb_json_at(pb_json_get(row, "failed_phases"), 0);
        pb_html_text(out,
                     phase != NULL ? pb_json_get_string(phase, "id") : "");
        pb_buf_adds(out, phase != NULL ? " failed" : "");
    }
    pb_buf_adds(out, "</td>");
}

static void
add_time(struct pb_buf *out, double seconds)
{
    char took[PB_CLOCK_TEXT];
    pb_buf_addf(out, "<td class=\"n\">%s</td>",
                seconds > 0 ? pb_clock_duration(seconds, took) : "");
}

static void
add_verdict(struct pb_buf *out, const struct pb_json *row)
{
    const char *verdict = pb_json_get_string(row, "verdict");
    bool skip = *pb_json_get_string(row, "reason") != '\0';
    pb_buf_adds(out, "<td>");
    pb_html_mark(out, skip ? "skip" : verdict,
                 skip                            ? "skip"
                 : strcmp(verdict, "none") == 0  ? ""
                 : strcmp(verdict, "other") == 0 ? "fails otherwise"
                                                 : verdict);
    pb_buf_adds(out, "</td>");
}

/* Below the row. */
static void
add_note(struct pb_buf *out, const struct pb_json *row)
{
    const char *reason = pb_json_get_string(row, "reason");
    const char *same = pb_json_get_string(row, "same_as");
    if (*reason == '\0' && *same == '\0') {
        return;
    }
    pb_buf_adds(out, "<tr class=\"note\"><td colspan=\"8\">");
    pb_html_text(out, reason);
    if (*same != '\0') {
        pb_buf_adds(out, "not tested: its interpreter is identical to that "
                         "of ");
        pb_html_commit(out, same);
    }
    pb_buf_adds(out, "</td></tr>\n");
}

static void
add_row(struct pb_buf *out, const struct pb_json *row, size_t number)
{
    const char *build = pb_json_get_string(row, "build");
    bool clean = pb_json_get_bool(row, "clean");
    pb_buf_addf(out, "<tr><td class=\"n\">%zu</td><td>", number);
    pb_html_commit(out, pb_json_get_string(row, "sha"));
    pb_buf_adds(out, "</td>");
    pb_html_element(out, "td", "date", pb_json_get_string(row, "date"));
    pb_html_element(out, "td", NULL, pb_json_get_string(row, "purpose"));
    pb_buf_adds(out, "<td>");
    pb_html_text(out, build);
    pb_buf_adds(out, clean && strcmp(build, "compiled") == 0 ? ", clean" : "");
    pb_buf_adds(out, "</td>");
    add_time(out, pb_json_get_real(row, "build_seconds") +
                      pb_json_get_real(row, "test_seconds"));
    add_tests(out, row);
    add_verdict(out, row);
    pb_buf_adds(out, "</tr>\n");
    add_note(out, row);
}

void
pb_html_tried(struct pb_buf *out, const struct pb_json *record)
{
    static const char *const titles[] = {
        "#", "commit", "date", "purpose", "build", "time", "tests", "verdict",
    };
    const struct pb_json *tried = pb_json_get(record, "tried");
    size_t len = pb_json_length(tried);
    PB_AUTO(pb_buf) struct pb_buf time = PB_BUF_INIT;
    if (len == 0) {
        return;
    }
    pb_say_time(&time, record);
    pb_buf_adds(out, "<section>\n<h2>Everything tried</h2>\n");
    pb_html_element(out, "p", NULL, time.data);
    pb_buf_addf(out,
                "<details><summary>All %zu runs</summary>\n<div "
                "class=\"scroll\" tabindex=\"0\" role=\"region\" "
                "aria-label=\"Everything tried\"><table class=\"tried\">"
                "\n<thead><tr>",
                len);
    for (size_t i = 0; i < PB_LENGTH(titles); i++) {
        bool number = strcmp(titles[i], "time") == 0 || i == 0;
        pb_buf_addf(out, "<th scope=\"col\"%s>%s</th>",
                    number ? " class=\"n\"" : "", titles[i]);
    }
    pb_buf_adds(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < len; i++) {
        add_row(out, pb_json_at(tried, i), i + 1);
    }
    pb_buf_adds(out, "</tbody></table></div></details>\n</section>\n");
}

/* --- pinned ------------------------------------------------------------- */

static void
add_said(struct pb_buf *out, const char *label,
         void (*say)(struct pb_buf *out, const struct pb_json *value),
         const struct pb_json *value)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    say(&text, value);
    pb_html_fact(out, label, text.data);
}

/* Its first line says most. */
static void
add_toolchain(struct pb_buf *out, const char *text)
{
    PB_AUTOFREE char *first = pb_strndup(text, strcspn(text, "\n"));
    if (*text == '\0') {
        return;
    }
    pb_buf_adds(out, "<dt>toolchain</dt><dd><details>");
    pb_html_element(out, "summary", NULL, first);
    pb_html_element(out, "div", NULL, text + strlen(first));
    pb_buf_adds(out, "</details></dd>");
}

static void
add_needs(struct pb_buf *out, const struct pb_json *distributions)
{
    size_t len = pb_json_length(distributions);
    if (len == 0) {
        return;
    }
    pb_buf_adds(out, "<dt>needs</dt><dd><ul class=\"plain\">");
    for (size_t i = 0; i < len; i++) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        pb_say_distribution(&text, pb_json_at(distributions, i));
        pb_html_element(out, "li", NULL, text.data);
    }
    pb_buf_adds(out, "</ul></dd>");
}

void
pb_html_pinned(struct pb_buf *out, const struct pb_json *record)
{
    const struct pb_json *cpython = pb_json_get(record, "cpython");
    const struct pb_json *project = pb_json_get(record, "project");
    const struct pb_json *notes = pb_json_get(project, "notes");
    pb_buf_adds(out, "<section>\n<h2>Pinned</h2>\n<dl class=\"facts\">");
    pb_html_fact(out, "asked", pb_json_get_string(record, "command"));
    add_said(out, "good end", pb_say_end, pb_json_get(cpython, "good"));
    add_said(out, "bad end", pb_say_end, pb_json_get(cpython, "bad"));
    add_said(out, "range", pb_say_range, cpython);
    add_toolchain(out, pb_json_get_string(cpython, "toolchain"));
    add_said(out, "project", pb_say_project, project);
    pb_html_fact(out, "deps",
                 pb_json_get_string(project, "dependencies_revision"));
    add_needs(out, pb_json_get(project, "distributions"));
    for (size_t i = 0; i < pb_json_length(notes); i++) {
        pb_html_fact(out, "note", pb_json_text(pb_json_at(notes, i)));
    }
    pb_buf_adds(out, "</dl>\n</section>\n");
}
