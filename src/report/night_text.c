/* Nights as text: the last one, and all that is known. */
#include <string.h>

#include "report/text_private.h"

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/night_report.h"

#define NIGHTS_SHOWN 30
#define EXIT_NEWLY_RED 1
#define EXIT_SICK 3

static const struct pb_json *
last_of(const struct pb_json *array)
{
    size_t len = pb_json_length(array);
    return len == 0 ? NULL : pb_json_at(array, len - 1);
}

static bool
is(const struct pb_json *object, const char *key, const char *text)
{
    return strcmp(pb_json_get_string(object, key), text) == 0;
}

static bool
is_open(const struct pb_json *object)
{
    return pb_json_is_null(pb_json_get(object, "fixed"));
}

/* --- lines -------------------------------------------------------------- */

void
pb_night_report_cell(const char *project, const struct pb_json *cell,
                     struct pb_buf *out)
{
    PB_AUTO(pb_strv) struct pb_strv failures = PB_STRV_INIT;
    const char *why = pb_json_get_string(cell, "why");
    pb_buf_addf(out, "%-14s  %-10s  ", project,
                pb_json_get_string(cell, "state"));
    if (*why != '\0') {
        pb_buf_adds(out, why);
        return;
    }
    pb_buf_addf(out, "%lld passed, %lld failed, %lld skipped",
                (long long)pb_json_get_integer(cell, "passed"),
                (long long)pb_json_get_integer(cell, "failed"),
                (long long)pb_json_get_integer(cell, "skipped"));
    int64_t missing = pb_json_get_integer(cell, "missing");
    if (missing > 0) {
        pb_buf_addf(out, ", %lld missing", (long long)missing);
    }
    pb_json_get_strings(cell, "failures", &failures);
    if (failures.len > 0) {
        PB_AUTOFREE char *names = pb_strv_join(&failures, " ");
        pb_buf_addf(out, " (%s)", names);
    }
}

void
pb_night_report_failure(const struct pb_json *failure, struct pb_buf *out)
{
    const struct pb_json *culprit = pb_json_get(failure, "culprit");
    const char *why = pb_json_get_string(failure, "why");
    const struct pb_json *id = pb_json_get(failure, "id");
    const char *name = pb_json_text(id);
    if (*name == '\0') {
        pb_buf_addf(out, "f%lld ", (long long)pb_json_whole(id));
    }
    else {
        pb_buf_addf(out, "%s ", name);
    }
    pb_buf_adds(out, pb_json_get_string(failure, "status"));
    if (!pb_json_is_null(culprit)) {
        pb_buf_addf(out, " %.10s", pb_json_get_string(culprit, "sha"));
    }
    pb_buf_addf(out, ": %s (", pb_json_get_string(failure, "signature"));
    pb_say_count(out, pb_json_get_integer(failure, "ntests"), "test");
    pb_buf_addf(out, ")%s%s", *why == '\0' ? "" : "; ", why);
}

/* --- the last night ----------------------------------------------------- */

static void
write_night(struct pb_page *page, const struct pb_json *night)
{
    char duration[PB_CLOCK_TEXT];
    const struct pb_json *head = pb_json_get(night, "head");
    const char *why = pb_json_get_string(night, "why");
    PB_AUTOFREE char *title = pb_asprintf(
        "Night %lld: %s%s%s", (long long)pb_json_get_integer(night, "night"),
        pb_json_get_string(night, "state"), *why == '\0' ? "" : ", ", why);
    PB_AUTOFREE char *commit = pb_asprintf(
        "%.10s %s %s", pb_json_get_string(head, "sha"),
        pb_json_get_string(head, "date"), pb_json_get_string(head, "subject"));
    pb_page_paragraph(page, 0, "", PB_STYLE_BOLD, title);
    pb_page_field(page, "head", PB_STYLE_PLAIN, commit);
    pb_page_field(
        page, "time", PB_STYLE_PLAIN,
        pb_clock_duration(pb_json_get_real(night, "seconds"), duration));
}

/* Failures that hold a number of this night under `key`. */
static size_t
write_failures(struct pb_page *page, const struct pb_json *record,
               const char *heading, const char *key, const char *skip)
{
    const struct pb_json *failures = pb_json_get(record, "failures");
    int64_t night =
        pb_json_get_integer(last_of(pb_json_get(record, "nights")), "night");
    size_t count = 0;
    for (size_t i = 0; i < pb_json_length(failures); i++) {
        const struct pb_json *failure = pb_json_at(failures, i);
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        if (pb_json_get_integer(failure, key) != night ||
            (skip != NULL && is(failure, "status", skip)))
        {
            continue;
        }
        if (count++ == 0) {
            pb_page_heading(page, heading);
        }
        pb_buf_addf(&text, "%s: ", pb_json_get_string(failure, "project"));
        pb_night_report_failure(failure, &text);
        pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN, text.data);
    }
    return count;
}

static const struct pb_json *
find_failure(const struct pb_json *record, const char *id)
{
    const struct pb_json *failures = pb_json_get(record, "failures");
    for (size_t i = 0; i < pb_json_length(failures); i++) {
        if (is(pb_json_at(failures, i), "id", id)) {
            return pb_json_at(failures, i);
        }
    }
    return NULL;
}

static void
write_culprit(struct pb_page *page, const struct pb_json *record,
              const struct pb_json *culprit)
{
    PB_AUTO(pb_strv) struct pb_strv ids = PB_STRV_INIT;
    PB_AUTOFREE char *title =
        pb_asprintf("%.10s %s (%s, %s)", pb_json_get_string(culprit, "sha"),
                    pb_json_get_string(culprit, "subject"),
                    pb_json_get_string(culprit, "author"),
                    pb_json_get_string(culprit, "date"));
    pb_page_paragraph(page, 2, "", PB_STYLE_RED, title);
    pb_json_get_strings(culprit, "failures", &ids);
    for (size_t i = 0; i < ids.len; i++) {
        const struct pb_json *failure = find_failure(record, ids.items[i]);
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        pb_buf_addf(&text, "%s %s: %s (", ids.items[i],
                    pb_json_get_string(failure, "project"),
                    pb_json_get_string(failure, "signature"));
        pb_say_count(&text, pb_json_get_integer(failure, "ntests"), "test");
        pb_buf_adds(&text, is_open(failure) ? ")" : "), fixed");
        pb_page_paragraph(page, 4, "", PB_STYLE_PLAIN, text.data);
    }
}

/* Those that broke something in this night, or all that are not fixed. */
static void
write_culprits(struct pb_page *page, const struct pb_json *record,
               const char *heading, int64_t since)
{
    const struct pb_json *culprits = pb_json_get(record, "culprits");
    bool first = true;
    for (size_t i = 0; i < pb_json_length(culprits); i++) {
        const struct pb_json *culprit = pb_json_at(culprits, i);
        if (pb_json_get_integer(culprit, "first_red") < since ||
            !is_open(culprit)) {
            continue;
        }
        if (first) {
            pb_page_heading(page, heading);
        }
        first = false;
        write_culprit(page, record, culprit);
    }
}

void
pb_night_report_text(const struct pb_json *record, int width, bool color,
                     struct pb_buf *out)
{
    struct pb_page page = pb_text_page(width, color, out);
    const struct pb_json *night = last_of(pb_json_get(record, "nights"));
    if (night == NULL) {
        return;
    }
    write_night(&page, night);
    write_culprits(&page, record, "Newly broken by",
                   pb_json_get_integer(night, "night"));
    write_failures(&page, record, "Newly red, without a culprit", "first_red",
                   "found");
    write_failures(&page, record, "Fixed", "fixed", NULL);
}

/* --- all that is known -------------------------------------------------- */

static char
letter_of(const char *state)
{
    static const struct {
        const char *state;
        char letter;
    } letters[] = {{"green", '.'}, {"newly red", 'N'},  {"red", 'R'},
                   {"flaky", 'f'}, {"untestable", 'u'}, {"not run", '-'}};
    for (size_t i = 0; i < PB_LENGTH(letters); i++) {
        if (strcmp(letters[i].state, state) == 0) {
            return letters[i].letter;
        }
    }
    return '?';
}

/* A letter a night; a space where it was not looked at. */
static void
write_strip(struct pb_page *page, const struct pb_json *project, int64_t last)
{
    char strip[NIGHTS_SHOWN + 1];
    const struct pb_json *cells = pb_json_get(project, "cells");
    memset(strip, ' ', NIGHTS_SHOWN);
    strip[NIGHTS_SHOWN] = '\0';
    for (size_t i = 0; i < pb_json_length(cells); i++) {
        const struct pb_json *cell = pb_json_at(cells, i);
        int64_t back = last - pb_json_get_integer(cell, "night");
        if (back >= 0 && back < NIGHTS_SHOWN) {
            strip[NIGHTS_SHOWN - 1 - back] =
                letter_of(pb_json_get_string(cell, "state"));
        }
    }
    PB_AUTOFREE char *line =
        pb_asprintf("  %-14s  %s", pb_json_get_string(project, "name"), strip);
    pb_page_span(page, PB_STYLE_PLAIN, line);
    pb_page_newline(page);
}

static void
write_open(struct pb_page *page, const struct pb_json *record, int64_t night)
{
    const struct pb_json *failures = pb_json_get(record, "failures");
    bool first = true;
    for (size_t i = 0; i < pb_json_length(failures); i++) {
        const struct pb_json *failure = pb_json_at(failures, i);
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        if (!is_open(failure)) {
            continue;
        }
        if (first) {
            pb_page_heading(page, "Red");
        }
        first = false;
        int64_t age = night - pb_json_get_integer(failure, "first_red") + 1;
        pb_buf_addf(&text, "%s, for ", pb_json_get_string(failure, "project"));
        pb_say_count(&text, age, "night");
        pb_buf_adds(&text, ": ");
        pb_night_report_failure(failure, &text);
        pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN, text.data);
    }
    if (first) {
        pb_page_heading(page, "Nothing is red");
    }
}

void
pb_night_report_status(const struct pb_json *record, int width, bool color,
                       struct pb_buf *out)
{
    struct pb_page page = pb_text_page(width, color, out);
    const struct pb_json *night = last_of(pb_json_get(record, "nights"));
    const struct pb_json *projects = pb_json_get(record, "projects");
    if (night == NULL) {
        pb_page_paragraph(&page, 0, "", PB_STYLE_PLAIN, "no night yet");
        return;
    }
    int64_t number = pb_json_get_integer(night, "night");
    write_night(&page, night);
    write_open(&page, record, number);
    write_culprits(&page, record, "Culprits", 0);
    pb_page_heading(&page, "Nights (. green, N newly red, R red, f flaky, "
                           "u untestable, - not run)");
    for (size_t i = 0; i < pb_json_length(projects); i++) {
        write_strip(&page, pb_json_at(projects, i), number);
    }
}

int
pb_night_report_exit_status(const struct pb_json *record)
{
    const struct pb_json *night = last_of(pb_json_get(record, "nights"));
    const struct pb_json *failures = pb_json_get(record, "failures");
    if (is(night, "state", "sick")) {
        return EXIT_SICK;
    }
    for (size_t i = 0; i < pb_json_length(failures); i++) {
        if (pb_json_get_integer(pb_json_at(failures, i), "first_red") ==
            pb_json_get_integer(night, "night"))
        {
            return EXIT_NEWLY_RED;
        }
    }
    return 0;
}
