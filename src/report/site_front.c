/* The front page: how last night went, the grid, the regressions. */
#include "report/site_private.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"

#define TITLE "CPython\u2019s trunk, project by project"

static void
add_states(struct pb_buf *out, const struct pb_site *site, int64_t night)
{
    pb_buf_adds(out, "<ul class=\"counts\">");
    for (size_t i = 0; i < pb_site_nstates; i++) {
        const struct pb_site_state *state = &pb_site_states[i];
        size_t count = 0;
        for (size_t j = 0; j < pb_json_length(site->projects); j++) {
            const struct pb_json *cell =
                pb_site_cell(pb_json_at(site->projects, j), night);
            count += cell != NULL && pb_site_state(cell) == state;
        }
        if (count > 0) {
            pb_buf_addf(out,
                        "<li class=\"state %s\"><b>%zu</b> <span>%s</span>"
                        "</li>",
                        state->class_name, count, state->state);
        }
    }
    pb_buf_adds(out, "</ul>\n");
}

/* A night that was cut short, or did not count, says why. */
static void
add_trouble(struct pb_buf *out, const struct pb_json *night)
{
    const char *state = pb_json_get_string(night, "state");
    const char *why = pb_json_get_string(night, "why");
    if (strcmp(state, "whole") == 0 || *state == '\0') {
        return;
    }
    pb_buf_addf(out, "<p class=\"note %s\"><b>%s</b> ",
                strcmp(state, "sick") == 0 ? "bad" : "warn",
                strcmp(state, "sick") == 0
                    ? "This machine was sick: the night does not count."
                    : "The night was cut short; the rest is carried over.");
    pb_html_cut(out, why, 500);
    pb_buf_adds(out, "</p>\n");
}

static void
add_last_night(struct pb_buf *out, const struct pb_site *site)
{
    size_t len = pb_json_length(site->nights);
    const struct pb_json *night =
        len > 0 ? pb_json_at(site->nights, len - 1) : NULL;
    const struct pb_json *head = pb_json_get(night, "head");
    char took[PB_CLOCK_TEXT];
    char date[11];
    int64_t number = pb_json_get_integer(night, "night");
    if (night == NULL) {
        pb_buf_adds(out, "<p class=\"sure\">No night yet.</p>\n");
        return;
    }
    pb_buf_addf(out, "<p class=\"sure\">Night %lld, ", (long long)number);
    pb_html_text(out, pb_site_date(site, number, date));
    pb_buf_addf(out, ", %s: ",
                pb_clock_duration(pb_json_get_real(night, "seconds"), took));
    pb_html_commit(out, pb_json_get_string(head, "sha"));
    pb_buf_addch(out, ' ');
    pb_html_cut(out, pb_json_get_string(head, "subject"), 200);
    pb_buf_adds(out, "</p>\n");
    add_trouble(out, night);
    add_states(out, site, number);
}

void
pb_site_front(struct pb_buf *out, const struct pb_site *site)
{
    static const struct pb_html_link feeds[] = {
        {"atom.xml", "Regressions (Atom)"},
        {"feed.json", "Regressions (JSON Feed)"},
    };
    const struct pb_html_page page = {
        .title = TITLE,
        .kind = "front",
        .feeds = feeds,
    };
    pb_html_begin(out, &page);
    pb_buf_adds(out, "<header>\n<h1>" TITLE "</h1>\n");
    add_last_night(out, site);
    pb_buf_adds(out, "</header>\n");
    pb_site_grid(out, site);
    pb_site_regressions(out, site);
    pb_buf_adds(out, "<footer><p>Feeds: <a href=\"atom.xml\">Atom</a>, "
                     "<a href=\"feed.json\">JSON</a>. Written ");
    pb_html_text(out, pb_json_get_string(site->record, "written"));
    pb_buf_adds(out, " by pybisect.</p></footer>\n");
    pb_html_end(out);
}
