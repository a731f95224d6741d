/* A regression's page: how it stands, then the report of its bisection, or
   what is known without one. */
#include "report/site_private.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/report.h"

/* Other failures that have the same culprit. */
static void
add_others(struct pb_buf *out, const struct pb_site *site,
           const struct pb_json *failure)
{
    const char *id = pb_json_get_string(failure, "id");
    const char *sha =
        pb_json_get_string(pb_json_get(failure, "culprit"), "sha");
    bool any = false;
    for (size_t i = 0; *sha != '\0' && i < pb_json_length(site->failures); i++)
    {
        const struct pb_json *other = pb_json_at(site->failures, i);
        const char *theirs =
            pb_json_get_string(pb_json_get(other, "culprit"), "sha");
        if (strcmp(theirs, sha) != 0 ||
            strcmp(pb_json_get_string(other, "id"), id) == 0)
        {
            continue;
        }
        pb_buf_adds(out, any ? "<br>" : "<dt>also breaks</dt><dd>");
        pb_site_add_link(out, other, "../");
        any = true;
    }
    pb_buf_adds(out, any ? "</dd>" : "");
}

static void
add_track(struct pb_buf *out, const struct pb_site *site,
          const struct pb_json *failure)
{
    const char *why = pb_json_get_string(failure, "why");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_site_say_age(&text, site, failure);
    pb_buf_adds(out, "<aside class=\"track\" aria-label=\"How it stands\">\n"
                     "<dl class=\"facts\"><dt>status</dt><dd>");
    pb_site_add_status(out, failure);
    pb_buf_addch(out, ' ');
    pb_html_text(out, text.data);
    pb_buf_adds(out, "</dd>");
    if (*why != '\0') {
        pb_buf_adds(out, "<dt>why</dt><dd>");
        pb_html_cut(out, why, 500);
        pb_buf_adds(out, "</dd>");
    }
    pb_buf_adds(out, "<dt>failure</dt><dd>");
    pb_html_cut(out, pb_json_get_string(failure, "signature"), 500);
    pb_buf_adds(out, "</dd>");
    add_others(out, site, failure);
    pb_buf_adds(out, "</dl>\n</aside>\n");
}

/* --- without a report --------------------------------------------------- */

static void
add_commit(struct pb_buf *out, const char *label, const char *sha)
{
    if (*sha != '\0') {
        pb_html_element(out, "dt", NULL, label);
        pb_buf_adds(out, "<dd>");
        pb_html_commit(out, sha);
        pb_buf_adds(out, "</dd>");
    }
}

static void
add_commits(struct pb_buf *out, const struct pb_json *failure)
{
    const struct pb_json *suspects = pb_json_get(failure, "suspects");
    const struct pb_json *culprit = pb_json_get(failure, "culprit");
    pb_buf_adds(out, "<dl class=\"facts\">");
    add_commit(out, "last green", pb_json_get_string(failure, "green"));
    add_commit(out, "first red", pb_json_get_string(failure, "red"));
    add_commit(out, "culprit", pb_json_get_string(culprit, "sha"));
    pb_html_fact(out, "subject", pb_json_get_string(culprit, "subject"));
    pb_html_fact(out, "author", pb_json_get_string(culprit, "author"));
    for (size_t i = 0; i < pb_json_length(suspects); i++) {
        add_commit(out, i == 0 ? "suspects" : "",
                   pb_json_text(pb_json_at(suspects, i)));
    }
    pb_buf_adds(out, "</dl>\n");
}

static void
add_tests(struct pb_buf *out, const struct pb_json *failure)
{
    const struct pb_json *tests = pb_json_get(failure, "tests");
    int64_t total = pb_json_get_integer(failure, "ntests");
    int64_t len = (int64_t)pb_json_length(tests);
    pb_buf_adds(out, "<section>\n<h2>Tests</h2>\n<ul class=\"ids\">\n");
    for (size_t i = 0; i < pb_json_length(tests); i++) {
        pb_buf_adds(out, "<li><code>");
        pb_html_cut(out, pb_json_text(pb_json_at(tests, i)), 300);
        pb_buf_adds(out, "</code></li>\n");
    }
    if (total > len) {
        pb_buf_addf(out, "<li>\u2026 and %lld more</li>\n",
                    (long long)(total - len));
    }
    pb_buf_adds(out, "</ul>\n</section>\n");
}

static void
add_known(struct pb_buf *out, const struct pb_json *failure,
          const char *trouble)
{
    pb_buf_adds(out, "<h1>");
    pb_html_cut(out, pb_json_get_string(failure, "project"), 80);
    pb_buf_adds(out, ": ");
    pb_html_cut(out, pb_json_get_string(failure, "signature"), 200);
    pb_buf_adds(out, "</h1>\n");
    if (*trouble != '\0') {
        pb_html_element(out, "p", "note warn", trouble);
    }
    add_commits(out, failure);
    add_tests(out, failure);
}

/* --- the page ----------------------------------------------------------- */

/* NULL: there is none; *err says so unless there was to be none. */
static struct pb_json *
load_report(const struct pb_site *site, const struct pb_json *failure,
            struct pb_error *err)
{
    const char *name = pb_json_get_string(failure, "report");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (*name == '\0') {
        return NULL;
    }
    PB_AUTOFREE char *path = pb_path_join(site->reports, name);
    if (pb_fs_read(path, PB_LIMIT_REPORT_BYTES, &text, err) < 0) {
        return NULL;
    }
    struct pb_json *record = pb_json_parse(text.data, text.len, name, err);
    if (record != NULL && pb_report_check(record, name, err) < 0) {
        pb_json_free(record);
        return NULL;
    }
    return record;
}

void
pb_site_regression(struct pb_buf *out, const struct pb_site *site,
                   const struct pb_json *failure)
{
    struct pb_error trouble = PB_ERROR_INIT;
    const char *project = pb_json_get_string(failure, "project");
    const char *signature = pb_json_get_string(failure, "signature");
    PB_AUTO(pb_buf) struct pb_buf up = PB_BUF_INIT;
    pb_buf_adds(&up, "../");
    pb_site_project_path(&up, project);
    PB_AUTOFREE char *title = pb_asprintf("%s: %s", project, signature);
    const struct pb_html_link crumbs[] = {
        {"../index.html", "all projects"},
        {up.data, project},
        {NULL, signature},
    };
    const struct pb_html_page page = {
        .title = title,
        .kind = "report",
        .crumbs = crumbs,
        .ncrumbs = PB_LENGTH(crumbs),
    };
    PB_AUTO(pb_json)
    struct pb_json *record = load_report(site, failure, &trouble);
    pb_html_begin(out, &page);
    add_track(out, site, failure);
    if (record != NULL) {
        pb_html_report(out, record);
    }
    else {
        add_known(out, failure, trouble.message);
    }
    pb_html_end(out);
}
