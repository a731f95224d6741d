/* Where a finding's failures surfaced, what ties the commit to them, and
   whether CPython had told of it. */
#include "report/text_private.h"

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
    pb_say_blame(&blame, pb_json_get(finding, "blame"));
    if (culprit || blame.len > 0) {
        pb_page_newline(page);
        pb_page_field(page, "surfaced", PB_STYLE_PLAIN, blame.data);
    }
    if (culprit) {
        write_reasons(page, pb_json_get(finding, "reasons"));
        write_announced(page, pb_json_get(finding, "announced"));
    }
}
