/* A finding: what broke, how sure that is, the commit or the suspects, and
   what ties it to the failures. */
#include "report/html.h"

#include <string.h>

#include "pybisect/alloc.h"

static bool
is_kind(const struct pb_json *finding, const char *kind)
{
    return strcmp(pb_json_get_string(finding, "kind"), kind) == 0;
}

static void
add_paragraph(struct pb_buf *out, const char *class_name, const char *text)
{
    if (*text != '\0') {
        pb_html_element(out, "p", class_name, text);
        pb_buf_addch(out, '\n');
    }
}

/* "Found", with its shape. */
static void
add_badge(struct pb_buf *out, const char *class_name, const char *text)
{
    pb_buf_addf(out, "<p class=\"badge %s\">", class_name);
    pb_html_text(out, text);
    pb_buf_adds(out, "</p>\n");
}

void
pb_html_classes(struct pb_buf *out, const struct pb_json *classes)
{
    size_t len = pb_json_length(classes);
    if (len == 0) {
        return;
    }
    pb_buf_adds(out, "<ul class=\"classes\" aria-label=\"Kinds of break\">");
    for (size_t i = 0; i < len; i++) {
        const struct pb_json *each = pb_json_at(classes, i);
        pb_buf_adds(out, "<li>");
        pb_html_element(out, "b", NULL, pb_json_get_string(each, "class"));
        pb_buf_addch(out, ' ');
        pb_html_text(out, pb_json_get_string(each, "description"));
        pb_buf_adds(out, "</li>");
    }
    pb_buf_adds(out, "</ul>\n");
}

static void
add_links(struct pb_buf *out, const struct pb_json *links)
{
    size_t len = pb_json_length(links);
    if (len == 0) {
        return;
    }
    pb_buf_adds(out, "<dt>links</dt><dd><ul class=\"plain\">");
    for (size_t i = 0; i < len; i++) {
        const char *url = pb_json_text(pb_json_at(links, i));
        pb_buf_adds(out, "<li>");
        pb_html_web_link(out, url, url);
        pb_buf_adds(out, "</li>");
    }
    pb_buf_adds(out, "</ul></dd>");
}

static void
add_commit_facts(struct pb_buf *out, const struct pb_json *finding)
{
    const struct pb_json *commit = pb_json_get(finding, "culprit");
    const struct pb_json *parent = pb_json_get(finding, "parent");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(out, "<dl class=\"facts\"><dt>commit</dt><dd>");
    pb_html_commit(out, pb_json_get_string(commit, "sha"));
    pb_buf_adds(out, "</dd>");
    pb_buf_adds(&text, pb_json_get_string(commit, "author"));
    if (*pb_json_get_string(commit, "email") != '\0') {
        pb_buf_addf(&text, " <%s>", pb_json_get_string(commit, "email"));
    }
    pb_html_fact(out, "author", text.data);
    pb_html_fact(out, "date", pb_json_get_string(commit, "date"));
    add_links(out, pb_json_get(commit, "links"));
    pb_buf_adds(out, "<dt>parent</dt><dd>");
    pb_html_commit(out, pb_json_get_string(parent, "sha"));
    pb_buf_addch(out, ' ');
    pb_html_text(out, pb_json_get_string(parent, "subject"));
    pb_buf_adds(out, "</dd></dl>\n");
}

static void
add_culprit(struct pb_buf *out, const struct pb_json *record,
            const struct pb_json *finding, int level)
{
    bool disputed = pb_say_is_disputed(record, finding);
    const struct pb_json *commit = pb_json_get(finding, "culprit");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    add_badge(out, disputed ? "warn" : "found",
              disputed ? "Disputed" : "Found");
    pb_buf_addf(out, "<h%d>", level);
    pb_html_element(out, "code", NULL, pb_json_get_string(commit, "short"));
    pb_buf_adds(out, disputed ? " seemed to break " : " broke ");
    pb_html_cut(out, pb_say_subject(record), 120);
    pb_buf_addf(out, "</h%d>\n", level);
    add_paragraph(out, "subject", pb_json_get_string(commit, "subject"));
    pb_say_sureness(&text, record, finding);
    add_paragraph(out, "sure", text.data);
}

/* --- suspects ----------------------------------------------------------- */

static void
add_suspect(struct pb_buf *out, const struct pb_json *suspect)
{
    const struct pb_json *reasons = pb_json_get(suspect, "reasons");
    pb_buf_adds(out, "<li><p>");
    pb_html_commit(out, pb_json_get_string(suspect, "sha"));
    pb_buf_adds(out, " <span class=\"date\">");
    pb_html_text(out, pb_json_get_string(suspect, "date"));
    pb_buf_adds(out, "</span> ");
    pb_html_element(out, "b", NULL, pb_json_get_string(suspect, "subject"));
    pb_buf_adds(out, "</p>");
    pb_html_element(out, "p", "author", pb_json_get_string(suspect, "author"));
    pb_html_element(out, "p", NULL, pb_json_get_string(suspect, "reason"));
    for (size_t i = 0; i < pb_json_length(reasons); i++) {
        pb_html_element(out, "p", "reason",
                        pb_json_text(pb_json_at(reasons, i)));
    }
    pb_buf_adds(out, "</li>\n");
}

static void
add_suspects(struct pb_buf *out, const struct pb_json *record,
             const struct pb_json *finding, int level)
{
    const struct pb_json *suspects = pb_json_get(finding, "suspects");
    size_t len = pb_json_length(suspects);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    add_badge(out, "warn", "Suspects");
    pb_buf_addf(out, "<h%d>One of %zu commits broke ", level, len);
    pb_html_cut(out, pb_say_subject(record), 120);
    pb_buf_addf(out, "</h%d>\n", level);
    pb_say_suspects(&text, record, finding);
    add_paragraph(out, "sure", text.data);
    pb_buf_addf(out,
                "<details%s><summary>%zu suspects</summary>\n"
                "<ol class=\"suspects\">\n",
                len <= 10 ? " open" : "", len);
    for (size_t i = 0; i < len; i++) {
        add_suspect(out, pb_json_at(suspects, i));
    }
    pb_buf_adds(out, "</ol></details>\n");
}

static void
add_unsearched(struct pb_buf *out, int level)
{
    add_badge(out, "warn", "Not searched for");
    pb_buf_addf(out, "<h%d>Tests that broke in other ways</h%d>\n", level,
                level);
    add_paragraph(out, "sure",
                  "As many culprits as asked for were looked for already; "
                  "ask for these alone with --test or --match.");
}

void
pb_html_finding(struct pb_buf *out, const struct pb_json *record,
                const struct pb_json *finding, int level)
{
    PB_AUTO(pb_buf) struct pb_buf rates = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf turns = PB_BUF_INIT;
    pb_buf_adds(out, "<header class=\"answer\">\n");
    if (is_kind(finding, "culprit")) {
        add_culprit(out, record, finding, level);
    }
    else if (is_kind(finding, "suspects")) {
        add_suspects(out, record, finding, level);
    }
    else {
        add_unsearched(out, level);
    }
    pb_say_rates(&rates, finding);
    pb_say_turns(&turns, finding);
    add_paragraph(out, "aside", rates.data);
    add_paragraph(out, "aside", turns.data);
    pb_html_classes(out, pb_json_get(finding, "classes"));
    if (is_kind(finding, "culprit")) {
        add_commit_facts(out, finding);
    }
    pb_buf_adds(out, "</header>\n");
}

/* --- evidence ----------------------------------------------------------- */

static void
add_list(struct pb_buf *out, const char *label, const struct pb_json *array,
         const char *otherwise)
{
    size_t len = pb_json_length(array);
    pb_html_element(out, "dt", NULL, label);
    pb_buf_adds(out, "<dd>");
    if (len == 0) {
        pb_html_text(out, otherwise);
    }
    else {
        pb_buf_adds(out, "<ul class=\"plain\">");
        for (size_t i = 0; i < len; i++) {
            pb_html_element(out, "li", NULL,
                            pb_json_text(pb_json_at(array, i)));
        }
        pb_buf_adds(out, "</ul>");
    }
    pb_buf_adds(out, "</dd>\n");
}

static void
add_entry(struct pb_buf *out, const char *title, const char *rst)
{
    PB_AUTO(pb_strv) struct pb_strv paragraphs = PB_STRV_INIT;
    pb_say_entry(&paragraphs, rst);
    if (paragraphs.len == 0) {
        return;
    }
    pb_buf_adds(out, "<figure class=\"quote\"><blockquote>");
    for (size_t i = 0; i < paragraphs.len; i++) {
        pb_html_element(out, "p", NULL, paragraphs.items[i]);
    }
    pb_buf_adds(out, "</blockquote>");
    pb_html_element(out, "figcaption", NULL, title);
    pb_buf_adds(out, "</figure>\n");
}

static void
add_files(struct pb_buf *out, const struct pb_json *files)
{
    size_t len = pb_json_length(files);
    if (len == 0) {
        return;
    }
    pb_buf_addf(out,
                "<details><summary>%zu file%s that the commit changes"
                "</summary><ul class=\"files\">",
                len, len == 1 ? "" : "s");
    for (size_t i = 0; i < len; i++) {
        pb_buf_adds(out, "<li>");
        pb_html_element(out, "code", NULL, pb_json_text(pb_json_at(files, i)));
        pb_buf_adds(out, "</li>");
    }
    pb_buf_adds(out, "</ul></details>\n");
}

void
pb_html_evidence(struct pb_buf *out, const struct pb_json *finding, int level)
{
    const struct pb_json *culprit = pb_json_get(finding, "culprit");
    PB_AUTO(pb_buf) struct pb_buf blame = PB_BUF_INIT;
    pb_say_blame(&blame, pb_json_get(finding, "blame"));
    if (culprit == NULL && blame.len == 0) {
        return;
    }
    pb_buf_addf(out, "<section>\n<h%d>%s</h%d>\n<dl class=\"facts\">\n", level,
                culprit != NULL ? "Why this commit" : "Where it shows", level);
    pb_html_fact(out, "surfaced", blame.data);
    if (culprit != NULL && pb_json_has(finding, "reasons")) {
        add_list(out, "evidence", pb_json_get(finding, "reasons"),
                 "none: what the commit touches does not show in the "
                 "failures");
        add_list(out, "announced", pb_json_get(finding, "announced"), "no");
    }
    pb_buf_adds(out, "</dl>\n");
    add_entry(out, "NEWS", pb_json_get_string(culprit, "news"));
    add_entry(out, "What\u2019s New",
              pb_json_get_string(culprit, "whats_new"));
    add_files(out, pb_json_get(culprit, "files"));
    pb_buf_adds(out, "</section>\n");
}
