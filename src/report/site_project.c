/* A project's page: its nights, what is red, tests that changed, flaky ones.
 */
#include "report/site_private.h"

#include <string.h>

#include "pybisect/alloc.h"

#define CHANGED_SHOWN 20 /* above the fold */

static void
add_history(struct pb_buf *out, const struct pb_site *site,
            const struct pb_json *project)
{
    const struct pb_json *cells = pb_json_get(project, "cells");
    pb_buf_adds(out, "<section>\n<h2>History</h2>\n<ol class=\"history\" "
                     "aria-label=\"Nights, oldest first\">");
    for (size_t i = 0; i < pb_json_length(cells); i++) {
        const struct pb_json *cell = pb_json_at(cells, i);
        pb_buf_addf(out, "<li class=\"cell %s\">",
                    pb_site_state(cell)->class_name);
        pb_site_add_cell(out, site, cell, pb_json_get_integer(cell, "night"),
                         "../");
        pb_buf_adds(out, "</li>");
    }
    pb_buf_adds(out, "</ol>\n</section>\n");
}

static void
begin_table(struct pb_buf *out, const char *name, const char *const *titles,
            size_t len)
{
    pb_buf_addf(out,
                "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                "aria-label=\"%s\"><table>\n<thead><tr>",
                name);
    for (size_t i = 0; i < len; i++) {
        pb_buf_addf(out, "<th scope=\"col\">%s</th>", titles[i]);
    }
    pb_buf_adds(out, "</tr></thead>\n<tbody>\n");
}

static void
end_table(struct pb_buf *out)
{
    pb_buf_adds(out, "</tbody></table></div>\n");
}

/* --- red ---------------------------------------------------------------- */

static void
add_failure(struct pb_buf *out, const struct pb_site *site,
            const struct pb_json *failure)
{
    const struct pb_json *culprit = pb_json_get(failure, "culprit");
    PB_AUTO(pb_buf) struct pb_buf age = PB_BUF_INIT;
    pb_site_say_age(&age, site, failure);
    pb_buf_adds(out, "<tr><td>");
    pb_site_add_status(out, failure);
    pb_buf_adds(out, "</td><td class=\"wide\"><a href=\"../");
    pb_site_failure_path(out, failure);
    pb_buf_adds(out, "\">");
    pb_html_cut(out, pb_json_get_string(failure, "signature"), 200);
    pb_buf_adds(out, "</a></td>");
    pb_html_int(out, "td", pb_json_get_integer(failure, "ntests"));
    pb_buf_adds(out, "<td>");
    if (!pb_json_is_null(culprit)) {
        pb_html_commit(out, pb_json_get_string(culprit, "sha"));
        pb_buf_addch(out, ' ');
        pb_html_cut(out, pb_json_get_string(culprit, "subject"), 120);
    }
    pb_buf_adds(out, "</td>");
    pb_html_element(out, "td", NULL, age.data);
    pb_buf_adds(out, "</tr>\n");
}

static void
add_failures(struct pb_buf *out, const struct pb_site *site, const char *name)
{
    static const char *const titles[] = {"status", "failure", "tests",
                                         "culprit", "age"};
    bool any = false;
    pb_buf_adds(out, "<section>\n<h2>Regressions</h2>\n");
    for (size_t i = pb_json_length(site->failures); i > 0; i--) {
        const struct pb_json *failure = pb_json_at(site->failures, i - 1);
        if (strcmp(pb_json_get_string(failure, "project"), name) == 0) {
            if (!any) {
                begin_table(out, "Regressions", titles, PB_LENGTH(titles));
            }
            any = true;
            add_failure(out, site, failure);
        }
    }
    if (any) {
        end_table(out);
    }
    else {
        pb_buf_adds(out, "<p>None.</p>\n");
    }
    pb_buf_adds(out, "</section>\n");
}

/* --- tests -------------------------------------------------------------- */

static void
add_change(struct pb_buf *out, const struct pb_site *site,
           const struct pb_json *change)
{
    char date[11];
    pb_html_element(
        out, "td", "date",
        pb_site_date(site, pb_json_get_integer(change, "night"), date));
    pb_buf_adds(out, "<td><code>");
    pb_html_cut(out, pb_json_get_string(change, "test"), 300);
    pb_buf_adds(out, "</code></td><td>");
    pb_html_cut(out, pb_json_get_string(change, "from"), 20);
    pb_buf_adds(out, " \u2192 ");
    pb_html_cut(out, pb_json_get_string(change, "to"), 20);
    pb_buf_adds(out, "</td><td class=\"wide\">");
    pb_html_cut(out, pb_json_get_string(change, "message"), 300);
    pb_buf_adds(out, "</td>");
}

static void
add_changed(struct pb_buf *out, const struct pb_site *site,
            const struct pb_json *project)
{
    static const char *const titles[] = {"night", "test", "change", "message"};
    const struct pb_json *changed = pb_json_get(project, "changed");
    size_t len = pb_json_length(changed);
    pb_buf_adds(out, "<section>\n<h2>Tests that changed</h2>\n");
    if (len == 0) {
        pb_buf_adds(out, "<p>None.</p>\n</section>\n");
        return;
    }
    begin_table(out, "Tests that changed", titles, PB_LENGTH(titles));
    for (size_t i = 0; i < len; i++) {
        if (i == CHANGED_SHOWN) {
            end_table(out);
            pb_buf_addf(out, "<details><summary>%zu more</summary>\n",
                        len - i);
            begin_table(out, "More tests that changed", titles,
                        PB_LENGTH(titles));
        }
        pb_buf_adds(out, "<tr>");
        add_change(out, site, pb_json_at(changed, i));
        pb_buf_adds(out, "</tr>\n");
    }
    end_table(out);
    pb_buf_adds(out, len > CHANGED_SHOWN ? "</details>\n</section>\n"
                                         : "</section>\n");
}

static void
add_flaky(struct pb_buf *out, const struct pb_json *project)
{
    static const char *const titles[] = {"test", "fails", "share of runs"};
    const struct pb_json *flaky = pb_json_get(project, "flaky");
    pb_buf_adds(out, "<section>\n<h2>Flakiest tests</h2>\n");
    if (pb_json_length(flaky) == 0) {
        pb_buf_adds(out, "<p>None.</p>\n</section>\n");
        return;
    }
    begin_table(out, "Flakiest tests", titles, PB_LENGTH(titles));
    for (size_t i = 0; i < pb_json_length(flaky); i++) {
        const struct pb_json *test = pb_json_at(flaky, i);
        int64_t runs = pb_json_get_integer(test, "runs");
        int64_t failed = pb_json_get_integer(test, "failed");
        double share = runs > 0 ? 100. * (double)failed / (double)runs : 0;
        pb_buf_adds(out, "<tr><td><code>");
        pb_html_cut(out, pb_json_get_string(test, "test"), 300);
        pb_buf_addf(out,
                    "</code></td><td class=\"n\">%lld of %lld</td><td>"
                    "<svg class=\"share\" aria-hidden=\"true\"><rect "
                    "width=\"%.1f%%\" height=\"100%%\"/></svg> %.0f %%</td>"
                    "</tr>\n",
                    (long long)failed, (long long)runs, share, share);
    }
    end_table(out);
    pb_buf_adds(out, "</section>\n");
}

void
pb_site_project(struct pb_buf *out, const struct pb_site *site,
                const struct pb_json *project)
{
    const char *name = pb_json_get_string(project, "name");
    const struct pb_html_link crumbs[] = {
        {"../index.html", "all projects"},
        {NULL, name},
    };
    const struct pb_html_page page = {
        .title = name,
        .kind = "project",
        .crumbs = crumbs,
        .ncrumbs = PB_LENGTH(crumbs),
    };
    pb_html_begin(out, &page);
    pb_buf_adds(out, "<h1>");
    pb_html_cut(out, name, 120);
    pb_buf_adds(out, "</h1>\n");
    add_history(out, site, project);
    add_failures(out, site, name);
    add_changed(out, site, project);
    add_flaky(out, project);
    pb_html_end(out);
}
