/* What a finding changed for the tests: a sentence, then the tests, those
   with one signature together. */
#include "report/text_private.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "report/alike.h"

#define WHY_ROWS 40
#define MOST_TRACES 3 /* of the largest groups */

static void
write_sentence(struct pb_page *page, const struct pb_json *counts)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_say_changes(&text, counts);
    pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN, text.data);
}

static void
write_neighbours(struct pb_page *page, const struct pb_json *neighbours)
{
    static const char *const names[] = {"parent", "culprit"};
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        const struct pb_json *run = pb_json_get(neighbours, names[i]);
        if (run != NULL && pb_json_get_integer(run, "tests") > 0) {
            PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
            pb_say_run(&text, run);
            pb_page_field(page, names[i], PB_STYLE_PLAIN, text.data);
        }
    }
}

static void
write_group_title(struct pb_page *page, const struct pb_alike *group)
{
    const char *kind = pb_json_get_string(group->tests[0], "kind");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    enum pb_style style = PB_STYLE_YELLOW;
    if (strcmp(kind, "failing") == 0) {
        style = PB_STYLE_RED;
    }
    else if (strcmp(kind, "different") == 0) {
        pb_buf_adds(&text, "in another way: ");
    }
    else if (strcmp(kind, "unchanged") == 0) {
        pb_buf_adds(&text, "looked for: ");
    }
    pb_buf_adds(&text, strcmp(kind, "vanished") == 0
                           ? "vanished"
                           : pb_json_get_string(group->tests[0], "signature"));
    if (!pb_alike_is_phase(group->tests[0])) {
        pb_buf_adds(&text, " (");
        pb_say_count(&text, (int64_t)group->len, "test");
        pb_buf_addch(&text, ')');
    }
    pb_page_block(page, 2, "", style, text.data, PB_TEXT_MESSAGE_ROWS);
}

/* "removed-module: a module of the standard library is gone" */
static void
write_class(struct pb_page *page, const struct pb_json *finding,
            const char *name)
{
    const struct pb_json *classes = pb_json_get(finding, "classes");
    if (strcmp(name, "other") == 0) {
        return; /* says nothing */
    }
    for (size_t i = 0; i < pb_json_length(classes); i++) {
        const struct pb_json *each = pb_json_at(classes, i);
        if (strcmp(pb_json_get_string(each, "class"), name) == 0) {
            PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
            pb_buf_addf(&text, "%s: %s", name,
                        pb_json_get_string(each, "description"));
            pb_page_paragraph(page, 4, "", PB_STYLE_BOLD, text.data);
            return;
        }
    }
}

/* One traceback stands for all of the group. */
static void
write_trace(struct pb_page *page, const struct pb_alike *group)
{
    for (size_t i = 0; i < group->len; i++) {
        const char *trace =
            pb_json_get_string(pb_json_get(group->tests[i], "after"), "trace");
        if (*trace != '\0') {
            pb_text_trace(page, trace);
            return;
        }
    }
}

/* Tests with equal results are named one below the other, results last. */
static void
write_group(struct pb_page *page, const struct pb_json *finding,
            const struct pb_alike *group, bool traced)
{
    write_group_title(page, group);
    write_class(page, finding, pb_json_get_string(group->tests[0], "class"));
    for (size_t i = 0; i < group->quota; i++) {
        const struct pb_json *test = group->tests[i];
        const struct pb_json *next =
            i + 1 < group->quota ? group->tests[i + 1] : NULL;
        pb_page_paragraph(page, 4, "", PB_STYLE_PLAIN,
                          pb_json_get_string(test, "id"));
        if (next == NULL || !pb_alike_same_result(test, next, "before") ||
            !pb_alike_same_result(test, next, "after"))
        {
            pb_text_result(page, "before  ", pb_json_get(test, "before"));
            pb_text_result(page, "after   ", pb_json_get(test, "after"));
        }
    }
    if (traced) {
        write_trace(page, group);
    }
}

/* What was not told: whole groups, then single tests. */
static void
write_more(struct pb_page *page, const struct pb_alikes *groups,
           size_t left_out)
{
    size_t hidden = 0;
    size_t tests = left_out;
    for (size_t i = 0; i < groups->len; i++) {
        hidden += groups->items[i].quota == 0;
        tests += groups->items[i].len - groups->items[i].quota;
    }
    if (tests == 0) {
        return;
    }
    PB_AUTO(pb_buf) struct pb_buf more = PB_BUF_INIT;
    pb_buf_adds(&more, "... and ");
    pb_say_count(&more, (int64_t)tests, "more test");
    if (hidden > 0) {
        pb_buf_adds(&more, ", with ");
        pb_say_count(&more, (int64_t)hidden, "more signature");
        pb_buf_addch(&more, ',');
    }
    pb_buf_adds(&more, " in the report as JSON");
    pb_page_newline(page);
    pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN, more.data);
}

void
pb_text_tests(struct pb_page *page, const struct pb_json *finding,
              size_t limit)
{
    PB_AUTO(pb_alike) struct pb_alikes groups = {.items = NULL};
    size_t listed = pb_alike_collect(pb_json_get(finding, "tests"), &groups);
    size_t left_out = (size_t)pb_json_get_integer(finding, "tests_left_out");
    pb_alike_share_out(&groups, limit);
    bool counted = listed != 1 || !pb_alike_is_phase(groups.items[0].tests[0]);
    if (counted) {
        write_sentence(page, pb_json_get(finding, "counts"));
        write_neighbours(page, pb_json_get(finding, "neighbours"));
    }
    for (size_t i = 0; i < groups.len && groups.items[i].quota > 0; i++) {
        if (i > 0 || counted) {
            pb_page_newline(page);
        }
        write_group(page, finding, &groups.items[i], i < MOST_TRACES);
    }
    write_more(page, &groups, left_out);
}

void
pb_text_why_classes(struct pb_page *page, const struct pb_json *finding)
{
    const struct pb_json *classes = pb_json_get(finding, "classes");
    for (size_t i = 0; i < pb_json_length(classes); i++) {
        const struct pb_json *each = pb_json_at(classes, i);
        const char *advice = pb_json_get_string(each, "advice");
        pb_page_block(page, 2, "", PB_STYLE_PLAIN,
                      pb_json_get_string(each, "why"), WHY_ROWS);
        if (*advice != '\0') {
            pb_page_paragraph(page, 4, "", PB_STYLE_PLAIN, advice);
        }
    }
}
