/* What changed, for an issue: the largest groups first, each with one example
   of before and after. */
#include "report/markdown.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "report/alike.h"
#include "report/say.h"

#define OPEN_GROUPS 3

static void
add_example(struct pb_buf *out, const struct pb_json *test,
            const struct pb_md_limits *limits)
{
    static const char *const sides[] = {"before", "after"};
    const char *trace =
        pb_json_get_string(pb_json_get(test, "after"), "trace");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    for (size_t i = 0; i < PB_LENGTH(sides); i++) {
        pb_buf_addf(&text, "%-8s", sides[i]);
        pb_say_result(&text, pb_json_get(test, sides[i]));
        pb_buf_addch(&text, '\n');
    }
    pb_md_block(out, "text", text.data, limits->block);
    if (strchr(trace, '\n') != NULL) {
        pb_buf_adds(out, "\n<details><summary>Traceback</summary>\n\n");
        pb_md_block(out, "pytb", trace, limits->block);
        pb_buf_adds(out, "\n</details>\n");
    }
}

static void
add_ids(struct pb_buf *out, const struct pb_alike *group,
        const struct pb_md_limits *limits)
{
    for (size_t i = 0; i < group->quota; i++) {
        pb_buf_adds(out, "- ");
        pb_md_code(out, pb_json_get_string(group->tests[i], "id"),
                   limits->text);
        pb_buf_addch(out, '\n');
    }
    if (group->quota < group->len) {
        pb_buf_addf(out, "- \u2026 and %zu more\n", group->len - group->quota);
    }
}

static void
add_group(struct pb_buf *out, const struct pb_alike *group,
          const struct pb_md_limits *limits)
{
    const struct pb_json *first = group->tests[0];
    const char *signature = pb_json_get_string(first, "signature");
    pb_buf_adds(out, "\n**");
    if (*signature != '\0' &&
        strcmp(pb_json_get_string(first, "kind"), "vanished") != 0)
    {
        pb_md_text(out, signature, limits->text);
    }
    else {
        pb_md_text(out, pb_json_get_string(first, "kind"), limits->text);
    }
    pb_buf_adds(out, "**");
    if (!pb_alike_is_phase(first)) {
        pb_buf_adds(out, " (");
        pb_say_count(out, (int64_t)group->len, "test");
        pb_buf_addch(out, ')');
    }
    pb_buf_adds(out, "\n\n");
    add_ids(out, group, limits);
    pb_buf_addch(out, '\n');
    add_example(out, first, limits);
}

void
pb_md_tests(struct pb_buf *out, const struct pb_json *finding,
            const struct pb_md_limits *limits)
{
    PB_AUTO(pb_alike) struct pb_alikes groups = {.items = NULL};
    PB_AUTO(pb_buf) struct pb_buf sentence = PB_BUF_INIT;
    size_t listed = pb_alike_collect(pb_json_get(finding, "tests"), &groups);
    size_t named = 0;
    pb_alike_share_out(&groups, limits->tests);
    if (listed != 1 || !pb_alike_is_phase(groups.items[0].tests[0])) {
        pb_say_changes(&sentence, pb_json_get(finding, "counts"));
        pb_md_text(out, sentence.data, SIZE_MAX);
        pb_buf_adds(out, ".\n");
    }
    for (size_t i = 0; i < groups.len && groups.items[i].quota > 0; i++) {
        if (i == OPEN_GROUPS) {
            pb_buf_adds(out, "\n<details><summary>More failures</summary>\n");
        }
        add_group(out, &groups.items[i], limits);
        named += groups.items[i].len;
    }
    if (groups.len > OPEN_GROUPS && groups.items[OPEN_GROUPS].quota > 0) {
        pb_buf_adds(out, "\n</details>\n");
    }
    if (named < listed) {
        pb_buf_addf(out,
                    "\n\u2026 and %zu more tests that fail in other "
                    "ways.\n",
                    listed - named);
    }
}
