/* Findings: the headline, how sure it is, and the commit or the suspects. */
#include "report/text_private.h"

#include <string.h>

#define SUSPECTS_NAMED 20
#define REASON_ROWS 3
#define OTHER_TESTS_NAMED 4

static bool
is_kind(const struct pb_json *finding, const char *kind)
{
    return strcmp(pb_json_get_string(finding, "kind"), kind) == 0;
}

/* A sentence of say.h, if there is anything to say. */
static void
write_said(struct pb_page *page,
           void (*say)(struct pb_buf *out, const struct pb_json *finding),
           const struct pb_json *finding)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    say(&text, finding);
    if (text.len > 0) {
        pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN, text.data);
    }
}

static void
write_sureness(struct pb_page *page, const struct pb_json *record,
               const struct pb_json *finding)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_say_sureness(&text, record, finding);
    pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN, text.data);
}

/* "Found: 1a2b3c4d5e broke genshi" */
static void
write_culprit_headline(struct pb_page *page, const struct pb_json *record,
                       const struct pb_json *finding)
{
    bool disputed = pb_say_is_disputed(record, finding);
    const struct pb_json *commit = pb_json_get(finding, "culprit");
    pb_page_span(page, disputed ? PB_STYLE_YELLOW : PB_STYLE_GREEN,
                 disputed ? "Disputed:" : "Found:");
    pb_page_span(page, PB_STYLE_PLAIN, " ");
    pb_page_span(page, PB_STYLE_BOLD, pb_json_get_string(commit, "short"));
    pb_page_span(page, PB_STYLE_PLAIN,
                 disputed ? " seemed to break " : " broke ");
    pb_page_span(page, PB_STYLE_PLAIN, pb_say_subject(record));
    pb_page_newline(page);
}

static void
write_suspects_headline(struct pb_page *page, const struct pb_json *record,
                        const struct pb_json *finding)
{
    size_t len = pb_json_length(pb_json_get(finding, "suspects"));
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_page_span(page, PB_STYLE_YELLOW, "Suspects:");
    pb_buf_addf(&text, " one of %zu commits broke %s", len,
                pb_say_subject(record));
    pb_page_span(page, PB_STYLE_PLAIN, text.data);
    pb_page_newline(page);
    pb_buf_truncate(&text, 0);
    pb_say_suspects(&text, record, finding);
    pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN, text.data);
}

static void
write_suspect(struct pb_page *page, const struct pb_json *suspect)
{
    PB_AUTO(pb_buf) struct pb_buf lead = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf why = PB_BUF_INIT;
    pb_buf_addf(&lead, "%s  ", pb_json_get_string(suspect, "short"));
    pb_page_paragraph(page, 2, lead.data, PB_STYLE_BOLD,
                      pb_json_get_string(suspect, "subject"));
    pb_buf_addf(&why, "%s, %s: %s", pb_json_get_string(suspect, "date"),
                pb_json_get_string(suspect, "author"),
                pb_json_get_string(suspect, "reason"));
    pb_page_block(page, 2 + lead.len, "", PB_STYLE_PLAIN, why.data,
                  REASON_ROWS);
    const struct pb_json *reasons = pb_json_get(suspect, "reasons");
    if (pb_json_length(reasons) > 0) {
        pb_page_block(page, 2 + lead.len, "", PB_STYLE_PLAIN,
                      pb_json_text(pb_json_at(reasons, 0)), REASON_ROWS);
    }
}

static void
write_suspects(struct pb_page *page, const struct pb_json *suspects)
{
    size_t len = pb_json_length(suspects);
    for (size_t i = 0; i < len && i < SUSPECTS_NAMED; i++) {
        write_suspect(page, pb_json_at(suspects, i));
    }
    if (len > SUSPECTS_NAMED) {
        PB_AUTO(pb_buf) struct pb_buf more = PB_BUF_INIT;
        pb_buf_addf(&more, "... and %zu more in the report as JSON",
                    len - SUSPECTS_NAMED);
        pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN, more.data);
    }
}

static void
write_unsearched(struct pb_page *page)
{
    pb_page_span(page, PB_STYLE_YELLOW, "Not searched for:");
    pb_page_span(page, PB_STYLE_PLAIN, " tests that broke in other ways");
    pb_page_newline(page);
    pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN,
                      "as many culprits as asked for were looked for "
                      "already; ask for these alone with --test or --match");
}

static void
write_finding(struct pb_page *page, const struct pb_json *record,
              const struct pb_json *finding, bool whole)
{
    if (is_kind(finding, "culprit")) {
        write_culprit_headline(page, record, finding);
        write_sureness(page, record, finding);
        write_said(page, pb_say_rates, finding);
        write_said(page, pb_say_turns, finding);
        pb_page_newline(page);
        pb_text_commit(page, finding, whole);
        pb_text_evidence(page, finding);
    }
    else if (is_kind(finding, "suspects")) {
        write_suspects_headline(page, record, finding);
        write_said(page, pb_say_rates, finding);
        pb_page_newline(page);
        write_suspects(page, pb_json_get(finding, "suspects"));
        pb_text_evidence(page, finding);
    }
    else {
        write_unsearched(page);
    }
}

void
pb_text_findings(struct pb_page *page, const struct pb_json *record)
{
    const struct pb_json *findings = pb_json_get(record, "findings");
    size_t others = pb_json_length(findings) - 1;
    write_finding(page, record, pb_json_at(findings, 0), true);
    if (others > 0) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        pb_say_count(&text, (int64_t)others, "other finding");
        pb_buf_adds(&text, " below, about other tests");
        pb_page_newline(page);
        pb_page_paragraph(page, 2, "", PB_STYLE_YELLOW, text.data);
    }
}

void
pb_text_other_findings(struct pb_page *page, const struct pb_json *record)
{
    const struct pb_json *findings = pb_json_get(record, "findings");
    for (size_t i = 1; i < pb_json_length(findings); i++) {
        const struct pb_json *finding = pb_json_at(findings, i);
        if (i == 1) {
            pb_page_heading(page, "Other findings");
        }
        pb_page_newline(page);
        write_finding(page, record, finding, false);
        pb_page_newline(page);
        pb_text_tests(page, finding, OTHER_TESTS_NAMED);
    }
}
