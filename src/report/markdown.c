/* An issue on GitHub, for CPython (with the fields of its bug form) or for the
   project. */
#include "report/markdown.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/report.h"
#include "report/say.h"

/* GitHub takes 65,536 characters; some room is left to the reporter. */
#define MOST_BYTES 60000
#define LINKS_SHOWN 6

struct issue {
    const struct pb_json *record;
    const struct pb_json *finding; /* NULL: none */
    const struct pb_json *culprit; /* NULL: not one */
    struct pb_md_limits limits;
};

/* A link that the writer makes: of a commit, or one that starts as CPython's
   own do. */
static void
add_commit(struct pb_buf *out, const struct issue *issue,
           const struct pb_json *commit)
{
    const char *sha = pb_json_get_string(commit, "sha");
    if (strlen(sha) == 40 && strspn(sha, "0123456789abcdef") == 40) {
        pb_buf_addf(out,
                    "[`%.10s`](https://github.com/python/cpython/commit/%s)",
                    sha, sha);
    }
    else {
        pb_md_code(out, sha, 40);
    }
    pb_buf_adds(out, " (");
    pb_md_text(out, pb_json_get_string(commit, "subject"), issue->limits.text);
    pb_buf_adds(out, ", ");
    pb_md_text(out, pb_json_get_string(commit, "date"), 20);
    pb_buf_addch(out, ')');
}

static void
add_links(struct pb_buf *out, const struct pb_json *links)
{
    static const char *const known[] = {"https://github.com/python/cpython/",
                                        "https://bugs.python.org/issue"};
    for (size_t i = 0; i < pb_json_length(links) && i < LINKS_SHOWN; i++) {
        const char *url = pb_json_text(pb_json_at(links, i));
        for (size_t j = 0; j < PB_LENGTH(known); j++) {
            const char *rest = url + strlen(known[j]);
            if (strncmp(url, known[j], strlen(known[j])) == 0 &&
                rest[strspn(rest, "abcdefghijklmnopqrstuvwxyz0123456789/")] ==
                    '\0')
            {
                pb_buf_addf(out, "- %s\n", url);
            }
        }
    }
}

static void
add_list(struct pb_buf *out, const struct issue *issue,
         const struct pb_json *array)
{
    for (size_t i = 0; i < pb_json_length(array) && i < issue->limits.rows;
         i++) {
        pb_buf_adds(out, "- ");
        pb_md_text(out, pb_json_text(pb_json_at(array, i)),
                   issue->limits.text);
        pb_buf_addch(out, '\n');
    }
}

/* --- what was found ----------------------------------------------------- */

static void
add_suspects(struct pb_buf *out, const struct issue *issue)
{
    const struct pb_json *suspects = pb_json_get(issue->finding, "suspects");
    size_t len = pb_json_length(suspects);
    for (size_t i = 0; i < len && i < issue->limits.rows; i++) {
        const struct pb_json *suspect = pb_json_at(suspects, i);
        pb_buf_adds(out, "- ");
        add_commit(out, issue, suspect);
        pb_buf_adds(out, ": ");
        pb_md_text(out, pb_json_get_string(suspect, "reason"),
                   issue->limits.text);
        pb_buf_addch(out, '\n');
    }
    if (len > issue->limits.rows) {
        pb_buf_addf(out, "- \u2026 and %zu more\n", len - issue->limits.rows);
    }
}

static void
add_subject(struct pb_buf *out, const struct pb_json *record)
{
    const struct pb_json *project = pb_json_get(record, "project");
    const char *subject = pb_say_subject(record);
    if (pb_json_length(pb_json_get(project, "command")) > 0) {
        pb_buf_adds(out, subject);
    }
    else {
        pb_md_code(out, subject, 100);
    }
}

static void
add_answer(struct pb_buf *out, const struct issue *issue)
{
    PB_AUTO(pb_buf) struct pb_buf sure = PB_BUF_INIT;
    const struct pb_say_outcome *outcome = pb_say_outcome(issue->record);
    if (issue->culprit != NULL) {
        pb_say_sureness(&sure, issue->record, issue->finding);
        pb_buf_adds(out, "Since ");
        add_commit(out, issue, issue->culprit);
    }
    else if (pb_json_has(issue->finding, "suspects")) {
        pb_say_suspects(&sure, issue->record, issue->finding);
        pb_buf_adds(out, "Since one of the commits below");
    }
    else {
        pb_md_text(out,
                   outcome != NULL && *outcome->headline != '\0'
                       ? outcome->headline
                       : "No commit was found",
                   200);
        pb_say_sentence(&sure, pb_json_get_string(issue->record, "remark"),
                        outcome != NULL ? outcome->explanation : "");
    }
    if (issue->finding != NULL) {
        pb_buf_adds(out, ", ");
        add_subject(out, issue->record);
        pb_buf_adds(out, " does not do what it did");
    }
    pb_buf_adds(out, ".\n\nFound by bisection: ");
    pb_md_text(out, sure.data, issue->limits.text);
    pb_buf_adds(out, ".\n\n");
    add_suspects(out, issue);
    add_links(out, pb_json_get(issue->culprit, "links"));
}

static void
add_classes(struct pb_buf *out, const struct issue *issue)
{
    const struct pb_json *classes = pb_json_get(issue->finding, "classes");
    for (size_t i = 0; i < pb_json_length(classes) && i < issue->limits.rows;
         i++) {
        const struct pb_json *each = pb_json_at(classes, i);
        const char *advice = pb_json_get_string(each, "advice");
        pb_buf_adds(out, "- **");
        pb_md_text(out, pb_json_get_string(each, "class"), 60);
        pb_buf_adds(out, "** ");
        pb_md_text(out, pb_json_get_string(each, "description"),
                   issue->limits.text);
        if (*advice != '\0') {
            pb_buf_adds(out, ". ");
            pb_md_text(out, advice, issue->limits.text);
        }
        pb_buf_addch(out, '\n');
    }
}

static void
add_evidence(struct pb_buf *out, const struct issue *issue)
{
    PB_AUTO(pb_buf) struct pb_buf blame = PB_BUF_INIT;
    const char *news = pb_json_get_string(issue->culprit, "news");
    const struct pb_json *announced = pb_json_get(issue->finding, "announced");
    pb_say_blame(&blame, pb_json_get(issue->finding, "blame"));
    if (blame.len > 0) {
        pb_buf_adds(out, "\nThe failures surface ");
        pb_md_text(out, blame.data, issue->limits.text);
        pb_buf_adds(out, ".\n\n");
    }
    add_list(out, issue, pb_json_get(issue->finding, "reasons"));
    if (issue->culprit != NULL) {
        pb_buf_adds(out, pb_json_length(announced) > 0
                             ? "\nThe change was announced:\n\n"
                             : "\nThe change was not announced.\n");
        add_list(out, issue, announced);
    }
    if (*news != '\0') {
        pb_buf_adds(out, "\n> ");
        pb_md_text(out, news, issue->limits.block);
        pb_buf_addch(out, '\n');
    }
}

static void
add_reproducer(struct pb_buf *out, const struct issue *issue)
{
    const struct pb_json *of =
        issue->finding != NULL ? issue->finding : issue->record;
    const struct pb_json *reproduce = pb_json_get(of, "reproduce");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_addf(&text, "# passes\n%s\n# fails\n%s\n",
                pb_json_get_string(reproduce, "good"),
                pb_json_get_string(reproduce, "bad"));
    pb_md_block(out, "sh", text.data, issue->limits.block);
}

/* "Linux x86_64", of the toolchain's first line. */
static void
add_platform(struct pb_buf *out, const struct issue *issue)
{
    static const char label[] = "platform: ";
    const char *toolchain =
        pb_json_get_string(pb_json_get(issue->record, "cpython"), "toolchain");
    const char *at = strstr(toolchain, label);
    PB_AUTOFREE char *platform =
        at == NULL ? pb_strdup("Linux")
                   : pb_strndup(at + strlen(label),
                                strcspn(at + strlen(label), "\n"));
    pb_md_text(out, platform, 80);
}

static void
add_versions(struct pb_buf *out, const struct issue *issue)
{
    const struct pb_json *cpython = pb_json_get(issue->record, "cpython");
    const struct pb_json *parent = pb_json_get(issue->finding, "parent");
    bool pair = issue->culprit != NULL && parent != NULL;
    pb_buf_adds(out, "- fails: ");
    add_commit(out, issue,
               pair ? issue->culprit : pb_json_get(cpython, "bad"));
    pb_buf_adds(out, "\n- passes: ");
    add_commit(out, issue, pair ? parent : pb_json_get(cpython, "good"));
    pb_buf_addch(out, '\n');
}

static void
add_other_findings(struct pb_buf *out, const struct issue *issue)
{
    const struct pb_json *findings = pb_json_get(issue->record, "findings");
    size_t len = pb_json_length(findings);
    for (size_t i = 1; i < len && i < issue->limits.rows; i++) {
        const struct pb_json *finding = pb_json_at(findings, i);
        const struct pb_json *culprit = pb_json_get(finding, "culprit");
        pb_buf_adds(out,
                    i == 1 ? "\nOther failures have another cause:\n\n" : "");
        pb_buf_adds(out, "- ");
        if (culprit != NULL) {
            add_commit(out, issue, culprit);
        }
        else {
            pb_md_text(out, pb_json_get_string(finding, "kind"), 40);
        }
        pb_buf_addf(out, ", %zu tests\n",
                    pb_json_length(pb_json_get(finding, "tests")));
    }
}

/* --- the two issues ----------------------------------------------------- */

static bool
is_crash(const struct issue *issue)
{
    const struct pb_json *classes = pb_json_get(issue->finding, "classes");
    for (size_t i = 0; i < pb_json_length(classes); i++) {
        if (strcmp(pb_json_get_string(pb_json_at(classes, i), "class"),
                   "crash") == 0) {
            return true;
        }
    }
    return false;
}

static void
write_for_cpython(struct pb_buf *out, const struct issue *issue)
{
    pb_buf_adds(out, is_crash(issue) ? "# Crash report\n\n"
                                       "### What happened?\n\n"
                                     : "# Bug report\n\n"
                                       "### Bug description:\n\n");
    add_answer(out, issue);
    add_classes(out, issue);
    pb_buf_adds(out, "\nTo see both sides:\n\n");
    add_reproducer(out, issue);
    pb_buf_addch(out, '\n');
    pb_md_tests(out, issue->finding, &issue->limits);
    add_evidence(out, issue);
    add_other_findings(out, issue);
    pb_buf_adds(out, "\n### CPython versions tested on:\n\n"
                     "CPython main branch\n\n");
    add_versions(out, issue);
    pb_buf_adds(out, "\n### Operating systems tested on:\n\n");
    add_platform(out, issue);
    pb_buf_addch(out, '\n');
}

static void
write_for_project(struct pb_buf *out, const struct issue *issue)
{
    pb_buf_adds(out, "# Fails on CPython\n\n");
    add_answer(out, issue);
    pb_buf_adds(out, "\n## What changed\n\n");
    pb_md_tests(out, issue->finding, &issue->limits);
    if (pb_json_length(pb_json_get(issue->finding, "classes")) > 0) {
        pb_buf_adds(out, "\n## What it is\n\n");
        add_classes(out, issue);
    }
    add_evidence(out, issue);
    add_other_findings(out, issue);
    pb_buf_adds(out, "\n## Reproduce\n\n");
    add_reproducer(out, issue);
    pb_buf_addch(out, '\n');
    add_versions(out, issue);
    pb_buf_adds(out, "- on: ");
    add_platform(out, issue);
    pb_buf_addch(out, '\n');
}

static void
write_issue(struct pb_buf *out, const struct issue *issue,
            enum pb_report_for reader)
{
    if (reader == PB_REPORT_FOR_CPYTHON) {
        write_for_cpython(out, issue);
    }
    else {
        write_for_project(out, issue);
    }
    pb_md_details(out, issue->record, &issue->limits);
    pb_buf_adds(out, "\n<sub>pybisect ");
    pb_md_text(out, pb_json_get_string(issue->record, "pybisect"), 20);
    pb_buf_adds(out, "</sub>\n");
}

void
pb_report_markdown(const struct pb_json *record, enum pb_report_for reader,
                   struct pb_buf *out)
{
    const struct pb_json *finding =
        pb_json_at(pb_json_get(record, "findings"), 0);
    struct issue issue = {
        .record = record,
        .finding = finding,
        .culprit = pb_json_get(finding, "culprit"),
        .limits = {.text = 600, .block = 4000, .tests = 100, .rows = 200},
    };
    size_t before = out->len;
    write_issue(out, &issue, reader);
    while (out->len - before > MOST_BYTES && issue.limits.text > 20) {
        pb_buf_truncate(out, before);
        issue.limits.text = issue.limits.text * 2 / 3;
        issue.limits.block = issue.limits.block * 2 / 3;
        issue.limits.tests = issue.limits.tests / 2 + 1;
        issue.limits.rows = issue.limits.rows / 2 + 1;
        write_issue(out, &issue, reader);
    }
}
