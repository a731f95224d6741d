/* Everything that was tried, and the time it took. */
#include "report/text_private.h"

#include <stdio.h>
#include <string.h>

#include "pybisect/alloc.h"

static const char *const titles[] = {
    "revision", "date", "purpose", "build", "tests", "time", "verdict",
};

/* "1:32", for columns. */
static void
add_minutes(struct pb_buf *out, double seconds)
{
    long whole = seconds > 0 && seconds < 1e8 ? (long)(seconds + 0.5) : 0;
    pb_buf_addf(out, "%ld:%02ld", whole / 60, whole % 60);
}

static void
add_build(struct pb_table *table, const struct pb_json *row)
{
    const char *build = pb_json_get_string(row, "build");
    bool compiled = strcmp(build, "compiled") == 0;
    bool failed = strcmp(build, "failed") == 0;
    const char *audit = pb_json_get_string(row, "audit");
    bool proved = strcmp(audit, "proved") == 0;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(&text, proved                                       ? "proved"
                       : compiled && pb_json_get_bool(row, "clean") ? "clean"
                                                                    : build);
    if (compiled || failed) {
        pb_buf_addch(&text, ' ');
        add_minutes(&text, pb_json_get_real(row, "build_seconds"));
    }
    pb_table_add(table, failed ? PB_STYLE_YELLOW : PB_STYLE_PLAIN, text.data);
}

static void
add_tests(struct pb_table *table, const struct pb_json *row)
{
    int64_t tests = pb_json_get_integer(row, "tests");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (tests == 0) {
        pb_buf_adds(&text, "all");
    }
    else {
        pb_buf_addf(&text, "%lld", (long long)tests);
    }
    pb_table_add(table, PB_STYLE_PLAIN, text.data);
    pb_buf_truncate(&text, 0);
    if (pb_json_get_real(row, "test_seconds") > 0) {
        add_minutes(&text, pb_json_get_real(row, "test_seconds"));
    }
    pb_table_add(table, PB_STYLE_PLAIN, text.data);
}

/* Runs of the ends have no verdict: what counts is how many failed. */
static void
add_outcome(struct pb_table *table, const struct pb_json *row)
{
    long long failed = (long long)pb_json_get_integer(row, "failed");
    long long passed = (long long)pb_json_get_integer(row, "passed");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (*pb_json_get_string(row, "reason") != '\0') {
        pb_table_add(table, PB_STYLE_YELLOW, "skip");
        return;
    }
    const struct pb_json *phase =
        pb_json_at(pb_json_get(row, "failed_phases"), 0);
    if (failed > 0) {
        pb_buf_addf(&text, "%lld failed", failed);
    }
    else if (phase != NULL) {
        pb_buf_addf(&text, "%s failed", pb_json_get_string(phase, "id"));
    }
    else if (passed > 0) {
        pb_buf_addf(&text, "%lld passed", passed);
    }
    else {
        pb_buf_adds(&text, "ran");
    }
    pb_table_add(table, PB_STYLE_PLAIN, text.data);
}

static void
add_verdict(struct pb_table *table, const struct pb_json *row)
{
    const char *verdict = pb_json_get_string(row, "verdict");
    if (strcmp(verdict, "good") == 0) {
        pb_table_add(table, PB_STYLE_GREEN, verdict);
    }
    else if (strcmp(verdict, "bad") == 0) {
        pb_table_add(table, PB_STYLE_RED, verdict);
    }
    else if (strcmp(verdict, "other") == 0) {
        pb_table_add(table, PB_STYLE_YELLOW, "fails otherwise");
    }
    else if (strcmp(verdict, "skip") == 0) {
        pb_table_add(table, PB_STYLE_YELLOW, verdict);
    }
    else {
        add_outcome(table, row);
    }
}

static void
add_note(struct pb_table *table, const struct pb_json *row)
{
    const char *reason = pb_json_get_string(row, "reason");
    const char *log = pb_json_get_string(row, "log");
    const char *same = pb_json_get_string(row, "same_as");
    if (*same != '\0') {
        PB_AUTOFREE char *text = pb_asprintf(
            "not tested: its interpreter is identical to that of %.10s", same);
        pb_table_note(table, text);
    }
    if (*reason == '\0') {
        return;
    }
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(&text, reason);
    if (*log != '\0') {
        pb_buf_addf(&text, "\nlog: %s", log);
    }
    pb_table_note(table, text.data);
}

void
pb_text_tried(struct pb_page *page, const struct pb_json *record)
{
    const struct pb_json *tried = pb_json_get(record, "tried");
    PB_AUTO(pb_table)
    struct pb_table table = {
        .titles = titles,
        .columns = PB_LENGTH(titles),
    };
    for (size_t i = 0; i < pb_json_length(tried); i++) {
        const struct pb_json *row = pb_json_at(tried, i);
        pb_table_add(&table, PB_STYLE_BOLD, pb_json_get_string(row, "short"));
        pb_table_add(&table, PB_STYLE_PLAIN, pb_json_get_string(row, "date"));
        pb_table_add(&table, PB_STYLE_PLAIN,
                     pb_json_get_string(row, "purpose"));
        add_build(&table, row);
        add_tests(&table, row);
        add_verdict(&table, row);
        add_note(&table, row);
    }
    if (table.len > 0) {
        pb_page_heading(page, "Everything tried");
        pb_table_write(&table, page);
    }
}

void
pb_text_time(struct pb_page *page, const struct pb_json *record)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_say_time(&text, record);
    pb_page_newline(page);
    pb_page_paragraph(page, 0, "", PB_STYLE_PLAIN, text.data);
}
