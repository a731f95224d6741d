/* Where a finding's failures surfaced, what ties the commit to them, and
   whether CPython had told of it. */
#include "report/text_private.h"

#include <string.h>

#include "pybisect/alloc.h"

static const struct {
    const char *who; /* in the record */
    const char *text;
} homes[] = {
    {"project", "in the project"},
    {"cpython", "in CPython"},
    {"runner", "in the test runner"},
    {"environment", "as something that this machine lacks"},
};

static void
describe_blame(const struct pb_json *blame, struct pb_buf *out)
{
    const char *who = pb_json_get_string(blame, "who");
    const char *where = pb_json_get_string(blame, "where");
    if (strcmp(who, "dependency") == 0) {
        pb_buf_addf(out, "in %s, a dependency",
                    pb_json_get_string(blame, "package"));
    }
    for (size_t i = 0; i < PB_LENGTH(homes); i++) {
        if (strcmp(who, homes[i].who) == 0) {
            pb_buf_adds(out, homes[i].text);
        }
    }
    if (out->len > 0 && *where != '\0') {
        pb_buf_addf(out, ": %s", where);
    }
}

static void
write_reasons(struct pb_page *page, const struct pb_json *reasons)
{
    for (size_t i = 0; i < pb_json_length(reasons); i++) {
        pb_page_field(page, i == 0 ? "evidence" : "", PB_STYLE_PLAIN,
                      pb_json_text(pb_json_at(reasons, i)));
    }
    if (pb_json_length(reasons) == 0) {
        pb_page_field(page, "evidence", PB_STYLE_PLAIN,
                      "none: what the commit touches does not show in the "
                      "failures");
    }
}

static void
write_announced(struct pb_page *page, const struct pb_json *announced)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    for (size_t i = 0; i < pb_json_length(announced); i++) {
        pb_buf_addf(&text, "%s%s", i > 0 ? "; " : "",
                    pb_json_text(pb_json_at(announced, i)));
    }
    pb_page_field(page, "announced", PB_STYLE_PLAIN,
                  text.len > 0 ? text.data : "no");
}

void
pb_text_evidence(struct pb_page *page, const struct pb_json *finding)
{
    PB_AUTO(pb_buf) struct pb_buf blame = PB_BUF_INIT;
    /* Records of earlier versions have none of it. */
    bool culprit =
        pb_json_has(finding, "culprit") && pb_json_has(finding, "reasons");
    describe_blame(pb_json_get(finding, "blame"), &blame);
    if (culprit || blame.len > 0) {
        pb_page_newline(page);
        pb_page_field(page, "surfaced", PB_STYLE_PLAIN, blame.data);
    }
    if (culprit) {
        write_reasons(page, pb_json_get(finding, "reasons"));
        write_announced(page, pb_json_get(finding, "announced"));
    }
}
