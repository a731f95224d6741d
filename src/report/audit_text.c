/* What an audit says on a terminal: the answer, a row a project, and what
   changed in those that are not the same. */
#include <string.h>

#include "report/text_private.h"

#include "pybisect/alloc.h"
#include "pybisect/audit_report.h"
#include "pybisect/clock.h"

#define TESTS_NAMED 10

struct count_words {
    const char *key; /* in the record's counts */
    const char *one; /* "1 test ..." */
    const char *many;
};

static const struct count_words count_words[] = {
    {"failing", "newly fails", "newly fail"},
    {"skipped", "is newly skipped", "are newly skipped"},
    {"vanished", "vanished", "vanished"},
    {"different", "fails in another way", "fail in another way"},
    {"fixed", "is fixed", "are fixed"},
};

static bool
stands(const struct pb_json *project, const char *standing)
{
    return strcmp(pb_json_get_string(project, "standing"), standing) == 0;
}

/* "3 tests newly fail, 1 is fixed; 850 pass on both sides" */
static void
add_counts(const struct pb_json *counts, struct pb_buf *out)
{
    for (size_t i = 0; i < PB_LENGTH(count_words); i++) {
        const struct count_words *words = &count_words[i];
        int64_t count = pb_json_get_integer(counts, words->key);
        if (count > 0) {
            pb_buf_adds(out, out->len > 0 ? ", " : "");
            pb_say_count(out, count, "test");
            pb_buf_addf(out, " %s", count == 1 ? words->one : words->many);
        }
    }
    int64_t failing = pb_json_get_integer(counts, "failing_both");
    pb_buf_addf(out, "%s%lld pass", out->len > 0 ? "; " : "",
                (long long)pb_json_get_integer(counts, "passing_both"));
    if (failing > 0) {
        pb_buf_addf(out, " and %lld fail", (long long)failing);
    }
    pb_buf_adds(out, " on both sides");
}

static char *
says(const struct pb_json *project)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    const char *why = pb_json_get_string(project, "why");
    if (*why != '\0') {
        pb_buf_adds(&text, why);
    }
    else {
        add_counts(pb_json_get(project, "counts"), &text);
    }
    return pb_buf_take(&text);
}

char *
pb_audit_report_summary(const struct pb_json *project)
{
    char duration[PB_CLOCK_TEXT];
    PB_AUTOFREE char *text = says(project);
    return pb_asprintf(
        "%-13s  %-14s  %s (%s)", pb_json_get_string(project, "standing"),
        pb_json_get_string(project, "name"), text,
        pb_clock_duration(pb_json_get_real(project, "seconds"), duration));
}

static enum pb_style
style_of(const struct pb_json *project)
{
    return stands(project, "regressed") ? PB_STYLE_RED
           : stands(project, "same") || stands(project, "fixed")
               ? PB_STYLE_GREEN
               : PB_STYLE_YELLOW;
}

static void
write_commit(struct pb_page *page, const char *label,
             const struct pb_json *commit)
{
    PB_AUTOFREE char *text =
        pb_asprintf("%s %s %s (%s)", pb_json_get_string(commit, "short"),
                    pb_json_get_string(commit, "date"),
                    pb_json_get_string(commit, "subject"),
                    pb_json_get_string(commit, "author"));
    pb_page_field(page, label, PB_STYLE_PLAIN, text);
}

static size_t
count_standing(const struct pb_json *projects, const char *standing)
{
    size_t count = 0;
    for (size_t i = 0; i < pb_json_length(projects); i++) {
        count += stands(pb_json_at(projects, i), standing);
    }
    return count;
}

static void
write_answer(struct pb_page *page, const struct pb_json *record)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    const struct pb_json *projects = pb_json_get(record, "projects");
    bool clean = strcmp(pb_json_get_string(record, "outcome"), "clean") == 0;
    size_t broken = count_standing(projects, "regressed");
    size_t untestable = count_standing(projects, "untestable");
    if (!pb_json_get_bool(record, "visible")) {
        pb_buf_adds(&text, "Clean: nothing that a project can see differs "
                           "(only docs, tests and the like)");
    }
    else if (!clean && broken == 0) {
        pb_buf_adds(&text, "Broken: it does not build");
    }
    else if (clean) {
        pb_buf_adds(&text, "Clean: ");
        pb_say_count(&text, (int64_t)(pb_json_length(projects) - untestable),
                     "project");
        pb_buf_adds(&text, " looked at, none regressed");
    }
    else {
        pb_buf_addf(&text, "Regressed: %zu of ", broken);
        pb_say_count(&text, (int64_t)pb_json_length(projects), "project");
    }
    pb_page_span(page, PB_STYLE_BOLD, text.data);
    pb_page_newline(page);
}

static void
write_table(struct pb_page *page, const struct pb_json *projects)
{
    static const char *const titles[] = {"project", "", "what it saw"};
    PB_AUTO(pb_table)
    struct pb_table table = {.titles = titles, .columns = PB_LENGTH(titles)};
    for (size_t i = 0; i < pb_json_length(projects); i++) {
        const struct pb_json *project = pb_json_at(projects, i);
        PB_AUTOFREE char *text = says(project);
        pb_table_add(&table, PB_STYLE_PLAIN,
                     pb_json_get_string(project, "name"));
        pb_table_add(&table, style_of(project),
                     pb_json_get_string(project, "standing"));
        bool wide = strlen(text) > page->width * 5 / 8;
        pb_table_add(&table, PB_STYLE_PLAIN, wide ? "" : text);
        if (wide) {
            pb_table_note(&table, text);
        }
    }
    pb_table_write(&table, page);
}

static void
write_flaky(struct pb_page *page, const struct pb_json *project)
{
    PB_AUTO(pb_strv) struct pb_strv ids = PB_STRV_INIT;
    pb_json_get_strings(project, "flaky", &ids);
    if (ids.len > 0) {
        PB_AUTOFREE char *text = pb_strv_join(&ids, ", ");
        pb_page_paragraph(page, 2, "did not reproduce: ", PB_STYLE_PLAIN,
                          text);
    }
}

static void
write_project(struct pb_page *page, const struct pb_json *project)
{
    PB_AUTOFREE char *title =
        pb_asprintf("%s: %s", pb_json_get_string(project, "name"),
                    pb_json_get_string(project, "standing"));
    pb_page_heading(page, title);
    if (pb_json_length(pb_json_get(project, "tests")) > 0) {
        pb_text_tests(page, project, TESTS_NAMED);
    }
    write_flaky(page, project);
}

void
pb_audit_report_text(const struct pb_json *record, int width, bool color,
                     struct pb_buf *out)
{
    struct pb_page page = pb_text_page(width, color, out);
    const struct pb_json *projects = pb_json_get(record, "projects");
    char duration[PB_CLOCK_TEXT];
    write_answer(&page, record);
    pb_page_newline(&page);
    write_commit(&page, "revision", pb_json_get(record, "revision"));
    write_commit(&page, "against", pb_json_get(record, "base"));
    pb_page_field(
        &page, "time", PB_STYLE_PLAIN,
        pb_clock_duration(pb_json_get_real(record, "seconds"), duration));
    if (pb_json_length(projects) > 0) {
        pb_page_newline(&page);
        write_table(&page, projects);
    }
    for (size_t i = 0; i < pb_json_length(projects); i++) {
        const struct pb_json *project = pb_json_at(projects, i);
        if (!stands(project, "same") && !stands(project, "untestable")) {
            write_project(&page, project);
        }
    }
}
