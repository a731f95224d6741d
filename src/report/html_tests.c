/* What changed: a bar of how many, then the tests, those that are alike
   together, each with what it did before and after. */
#include "report/html.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "report/alike.h"

#define OPEN_GROUPS 2
#define NAMED_AT_ONCE 5 /* ids above the fold */

static const struct {
    const char *key; /* in the record's counts */
    const char *text;
    const char *class_name;
} counts_shown[] = {
    {"failing", "newly failing", "bad"},
    {"skipped", "newly skipped", "warn"},
    {"vanished", "vanished", "warn"},
    {"different", "failing in another way", "other"},
    {"fixed", "fixed", "good"},
    {"new", "new", "plain"},
    {"failing_both", "failing on both sides", "plain"},
    {"passing_both", "passing on both sides", "good"},
};

static void
add_counts(struct pb_buf *out, const struct pb_json *counts)
{
    pb_buf_adds(out, "<ul class=\"counts\">");
    for (size_t i = 0; i < PB_LENGTH(counts_shown); i++) {
        int64_t count = pb_json_get_integer(counts, counts_shown[i].key);
        if (count > 0) {
            pb_buf_addf(out,
                        "<li class=\"%s\"><b>%lld</b> <span>%s</span></li>",
                        counts_shown[i].class_name, (long long)count,
                        counts_shown[i].text);
        }
    }
    pb_buf_adds(out, "</ul>\n");
}

static void
add_neighbours(struct pb_buf *out, const struct pb_json *neighbours)
{
    static const char *const names[] = {"parent", "culprit"};
    if (pb_json_is_null(neighbours)) {
        return;
    }
    pb_buf_adds(out, "<dl class=\"facts\">");
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        pb_say_run(&text, pb_json_get(neighbours, names[i]));
        pb_html_fact(out, names[i], text.data);
    }
    pb_buf_adds(out, "</dl>\n");
}

/* --- tests with the same results ---------------------------------------- */

static void
add_ids(struct pb_buf *out, const struct pb_json *const *tests, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (i == NAMED_AT_ONCE && len > NAMED_AT_ONCE + 1) {
            pb_buf_addf(out,
                        "</ul><details><summary>%zu more</summary>"
                        "<ul class=\"ids\">",
                        len - i);
        }
        if (i == 0) {
            pb_buf_adds(out, "<ul class=\"ids\">");
        }
        pb_buf_adds(out, "<li>");
        pb_html_element(out, "code", NULL, pb_json_get_string(tests[i], "id"));
        pb_buf_adds(out, "</li>");
    }
    pb_buf_adds(out,
                len > NAMED_AT_ONCE + 1 ? "</ul></details>\n" : "</ul>\n");
}

static void
add_side(struct pb_buf *out, const char *label, const char *sign,
         const struct pb_json *result)
{
    static const char *const tones[] = {
        [PB_TONE_PLAIN] = "plain",
        [PB_TONE_GOOD] = "good",
        [PB_TONE_WARN] = "warn",
        [PB_TONE_BAD] = "bad",
    };
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    enum pb_tone tone = pb_say_result(&text, result);
    pb_buf_addf(out,
                "<div class=\"side %s\"><b><span aria-hidden=\"true\">%s"
                "</span> %s</b><pre>",
                tones[tone], sign, label);
    pb_html_text(out, text.data);
    pb_buf_adds(out, "</pre></div>");
}

static void
add_trace(struct pb_buf *out, const struct pb_json *const *tests, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const char *trace =
            pb_json_get_string(pb_json_get(tests[i], "after"), "trace");
        if (strchr(trace, '\n') != NULL) {
            pb_buf_adds(out, "<details><summary>Traceback</summary><pre "
                             "class=\"trace\" tabindex=\"0\" role=\"group\" "
                             "aria-label=\"Traceback\">");
            pb_html_text(out, trace);
            pb_buf_adds(out, "</pre></details>\n");
            return;
        }
    }
}

static void
add_alike(struct pb_buf *out, const struct pb_json *const *tests, size_t len)
{
    pb_buf_adds(out, "<div class=\"same\">\n");
    add_ids(out, tests, len);
    pb_buf_adds(out, "<div class=\"sides\">");
    add_side(out, "before", "\u2212", pb_json_get(tests[0], "before"));
    add_side(out, "after", "+", pb_json_get(tests[0], "after"));
    pb_buf_adds(out, "</div>\n");
    add_trace(out, tests, len);
    pb_buf_adds(out, "</div>\n");
}

/* --- groups ------------------------------------------------------------- */

static const char *
kind_class(const char *kind)
{
    return strcmp(kind, "failing") == 0     ? "bad"
           : strcmp(kind, "different") == 0 ? "other"
                                            : "warn";
}

static const char *
kind_text(const char *kind)
{
    return strcmp(kind, "failing") == 0     ? "newly failing"
           : strcmp(kind, "skipped") == 0   ? "newly skipped"
           : strcmp(kind, "vanished") == 0  ? "vanished"
           : strcmp(kind, "different") == 0 ? "fails in another way"
                                            : "searched for";
}

static void
add_summary(struct pb_buf *out, const struct pb_alike *group)
{
    const struct pb_json *first = group->tests[0];
    const char *kind = pb_json_get_string(first, "kind");
    const char *class_name = pb_json_get_string(first, "class");
    const char *signature = pb_json_get_string(first, "signature");
    PB_AUTO(pb_buf) struct pb_buf count = PB_BUF_INIT;
    pb_buf_adds(out, "<summary>");
    bool vanished = strcmp(kind, "vanished") == 0;
    pb_html_cut(out,
                *signature != '\0' && !vanished ? signature : kind_text(kind),
                300);
    pb_buf_adds(out, " <span class=\"tags\">");
    pb_html_element(out, "span", kind_class(kind), kind_text(kind));
    if (*class_name != '\0' && strcmp(class_name, "other") != 0) {
        pb_buf_addch(out, ' ');
        pb_html_element(out, "span", "plain", class_name);
    }
    if (!pb_alike_is_phase(first)) {
        pb_say_count(&count, (int64_t)group->len, "test");
        pb_buf_addch(out, ' ');
        pb_html_element(out, "span", "plain", count.data);
    }
    pb_buf_adds(out, "</span></summary>\n");
}

static void
add_group(struct pb_buf *out, const struct pb_alike *group, bool open)
{
    pb_buf_addf(out, "<details class=\"group %s\"%s>",
                kind_class(pb_json_get_string(group->tests[0], "kind")),
                open ? " open" : "");
    add_summary(out, group);
    for (size_t i = 0, end = 0; i < group->len; i = end) {
        for (end = i + 1; end < group->len; end++) {
            if (!pb_alike_same_result(group->tests[i], group->tests[end],
                                      "before") ||
                !pb_alike_same_result(group->tests[i], group->tests[end],
                                      "after"))
            {
                break;
            }
        }
        add_alike(out, group->tests + i, end - i);
    }
    pb_buf_adds(out, "</details>\n");
}

void
pb_html_tests(struct pb_buf *out, const struct pb_json *finding, int level)
{
    PB_AUTO(pb_alike) struct pb_alikes groups = {.items = NULL};
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    size_t listed = pb_alike_collect(pb_json_get(finding, "tests"), &groups);
    int64_t left_out = pb_json_get_integer(finding, "tests_left_out");
    pb_buf_addf(out, "<section>\n<h%d>What changed</h%d>\n", level, level);
    if (listed != 1 || !pb_alike_is_phase(groups.items[0].tests[0])) {
        add_counts(out, pb_json_get(finding, "counts"));
        add_neighbours(out, pb_json_get(finding, "neighbours"));
    }
    for (size_t i = 0; i < groups.len; i++) {
        add_group(out, &groups.items[i], i < OPEN_GROUPS);
    }
    if (left_out > 0) {
        pb_say_count(&text, left_out, "more test");
        pb_buf_adds(out, "<p>\u2026 and ");
        pb_html_text(out, text.data);
        pb_buf_adds(out, "</p>\n");
    }
    pb_buf_adds(out, "</section>\n");
}
