/* Projects by nights: the farm's waterfall, lying down. */
#include "report/site_private.h"

#include <string.h>

#include "pybisect/alloc.h"

/* So few do not fill the page. */
#define FEW_NIGHTS 20

/* The last nights: from this one on. */
static size_t
first_night(const struct pb_site *site)
{
    size_t len = pb_json_length(site->nights);
    return len > PB_SITE_NIGHTS ? len - PB_SITE_NIGHTS : 0;
}

/* "Nov" above the first night, and where a month begins. */
static void
add_month(struct pb_buf *out, const char *date, const char *before)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
                                         "May", "Jun", "Jul", "Aug",
                                         "Sep", "Oct", "Nov", "Dec"};
    int month = strlen(date) == 10 ? atoi(date + 5) : 0;
    if (month >= 1 && month <= 12 && strncmp(date, before, 7) != 0) {
        pb_buf_addf(out,
                    "<span class=\"month\" aria-hidden=\"true\">%s</span>",
                    months[month - 1]);
    }
}

static void
add_head(struct pb_buf *out, const struct pb_site *site)
{
    char before[11] = "";
    pb_buf_adds(out, "<thead><tr><th scope=\"col\">project</th>");
    for (size_t i = first_night(site); i < pb_json_length(site->nights); i++) {
        const struct pb_json *night = pb_json_at(site->nights, i);
        char date[11];
        pb_site_date(site, pb_json_get_integer(night, "night"), date);
        pb_buf_addf(out,
                    "<th scope=\"col\" class=\"night\" title=\"night "
                    "%lld, ",
                    (long long)pb_json_get_integer(night, "night"));
        pb_html_text(out, date);
        pb_buf_adds(out, "\">");
        add_month(out, date, before);
        pb_buf_adds(out, "<span class=\"unseen\">");
        pb_html_text(out, date);
        pb_buf_adds(out, "</span><span aria-hidden=\"true\">");
        pb_html_text(out, strlen(date) == 10 ? date + 8 : "");
        pb_buf_adds(out, "</span></th>");
        memcpy(before, date, sizeof(before));
    }
    pb_buf_adds(out, "</tr></thead>\n");
}

static void
add_row(struct pb_buf *out, const struct pb_site *site,
        const struct pb_json *project)
{
    const char *name = pb_json_get_string(project, "name");
    pb_buf_adds(out, "<tr><th scope=\"row\"><a href=\"");
    pb_site_project_path(out, name);
    pb_buf_adds(out, "\">");
    pb_html_cut(out, name, 40);
    pb_buf_adds(out, "</a></th>");
    for (size_t i = first_night(site); i < pb_json_length(site->nights); i++) {
        int64_t night =
            pb_json_get_integer(pb_json_at(site->nights, i), "night");
        const struct pb_json *cell = pb_site_cell(project, night);
        pb_buf_addf(out, "<td class=\"cell %s\">",
                    cell == NULL ? "none" : pb_site_state(cell)->class_name);
        pb_site_add_cell(out, site, cell, night, "");
        pb_buf_adds(out, "</td>");
    }
    pb_buf_adds(out, "</tr>\n");
}

static void
add_legend(struct pb_buf *out)
{
    pb_buf_adds(out, "<ul class=\"legend\">");
    for (size_t i = 0; i < pb_site_nstates; i++) {
        pb_buf_addf(out,
                    "<li><span class=\"key cell %s\" aria-hidden=\"true\">%s"
                    "</span> %s</li>",
                    pb_site_states[i].class_name, pb_site_states[i].sign,
                    pb_site_states[i].state);
    }
    pb_buf_adds(out, "</ul>\n");
}

void
pb_site_grid(struct pb_buf *out, const struct pb_site *site)
{
    size_t shown = pb_json_length(site->nights) - first_night(site);
    pb_buf_addf(out,
                "<section>\n<h2>The last %zu nights</h2>\n"
                "<div class=\"scroll newest\" tabindex=\"0\" role=\"region\" "
                "aria-label=\"Projects by nights\">"
                "<table class=\"grid%s\">\n<caption class=\"unseen\">Projects "
                "by nights, oldest night first; a red cell leads to its "
                "regression</caption>\n",
                shown, shown < FEW_NIGHTS ? " few" : "");
    add_head(out, site);
    pb_buf_adds(out, "<tbody>\n");
    for (size_t i = 0; i < pb_json_length(site->projects); i++) {
        add_row(out, site, pb_json_at(site->projects, i));
    }
    pb_buf_adds(out, "</tbody></table></div>\n");
    add_legend(out);
    pb_buf_adds(out, "</section>\n");
}
