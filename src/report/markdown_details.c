/* What an issue folds away: every revision tried, and what was pinned. */
#include "report/markdown.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "report/say.h"

static void
add_row(struct pb_buf *out, const struct pb_json *row,
        const struct pb_md_limits *limits)
{
    static const char *const keys[] = {"short", "date", "purpose", "build"};
    const char *reason = pb_json_get_string(row, "reason");
    const char *verdict = pb_json_get_string(row, "verdict");
    char took[PB_CLOCK_TEXT];
    double seconds = pb_json_get_real(row, "build_seconds") +
                     pb_json_get_real(row, "test_seconds");
    for (size_t i = 0; i < PB_LENGTH(keys); i++) {
        pb_buf_adds(out, "| ");
        pb_md_text(out, pb_json_get_string(row, keys[i]), 40);
        pb_buf_addch(out, ' ');
    }
    pb_buf_addf(out, "| %s | ", pb_clock_duration(seconds, took));
    if (*reason != '\0') {
        pb_buf_adds(out, "skip: ");
        pb_md_text(out, reason, limits->text / 2);
    }
    else if (strcmp(verdict, "none") != 0) {
        pb_md_text(out, verdict, 20);
    }
    else {
        pb_buf_addf(out, "%lld passed, %lld failed",
                    (long long)pb_json_get_integer(row, "passed"),
                    (long long)pb_json_get_integer(row, "failed"));
    }
    pb_buf_adds(out, " |\n");
}

static void
add_tried(struct pb_buf *out, const struct pb_json *record,
          const struct pb_md_limits *limits)
{
    const struct pb_json *tried = pb_json_get(record, "tried");
    size_t len = pb_json_length(tried);
    PB_AUTO(pb_buf) struct pb_buf time = PB_BUF_INIT;
    if (len == 0) {
        return;
    }
    pb_say_time(&time, record);
    pb_buf_adds(out, "\n<details><summary>Everything tried</summary>\n\n");
    pb_md_text(out, time.data, SIZE_MAX);
    pb_buf_adds(out, "\n\n| revision | date | purpose | build | time | "
                     "verdict |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < len && i < limits->rows; i++) {
        add_row(out, pb_json_at(tried, i), limits);
    }
    if (len > limits->rows) {
        pb_buf_addf(out, "\n\u2026 and %zu more runs.\n", len - limits->rows);
    }
    pb_buf_adds(out, "\n</details>\n");
}

static void
add_fact(struct pb_buf *out, const char *label,
         void (*say)(struct pb_buf *out, const struct pb_json *value),
         const struct pb_json *value, const struct pb_md_limits *limits)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    say(&text, value);
    if (text.len > 0) {
        pb_buf_addf(out, "- %s: ", label);
        pb_md_text(out, text.data, limits->text);
        pb_buf_addch(out, '\n');
    }
}

static void
add_pinned(struct pb_buf *out, const struct pb_json *record,
           const struct pb_md_limits *limits)
{
    const struct pb_json *cpython = pb_json_get(record, "cpython");
    const struct pb_json *project = pb_json_get(record, "project");
    const struct pb_json *needs = pb_json_get(project, "distributions");
    size_t len = pb_json_length(needs);
    pb_buf_adds(out, "\n<details><summary>Pinned</summary>\n\n");
    add_fact(out, "good end", pb_say_end, pb_json_get(cpython, "good"),
             limits);
    add_fact(out, "bad end", pb_say_end, pb_json_get(cpython, "bad"), limits);
    add_fact(out, "range", pb_say_range, cpython, limits);
    add_fact(out, "project", pb_say_project, project, limits);
    for (size_t i = 0; i < len && i < limits->rows; i++) {
        add_fact(out, "needs", pb_say_distribution, pb_json_at(needs, i),
                 limits);
    }
    if (len > limits->rows) {
        pb_buf_addf(out, "- \u2026 and %zu more\n", len - limits->rows);
    }
    pb_buf_addch(out, '\n');
    pb_md_block(out, "text", pb_json_get_string(cpython, "toolchain"),
                limits->block);
    pb_buf_adds(out, "\n</details>\n");
}

void
pb_md_details(struct pb_buf *out, const struct pb_json *record,
              const struct pb_md_limits *limits)
{
    add_tried(out, record, limits);
    add_pinned(out, record, limits);
}
