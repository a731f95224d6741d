/* The commits next to an answer, as a table. */
#include "report/html.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "report/strip.h"

/* What the runs said of a candidate: the last of them. */
static const char *
said_of(const struct pb_strip *strip, double candidate)
{
    const char *said = "";
    for (size_t i = 0; i < pb_json_length(strip->tried); i++) {
        const char *verdict = pb_strip_verdict(strip, i);
        if (pb_strip_place(pb_json_at(strip->tried, i)) == candidate &&
            strcmp(verdict, "none") != 0)
        {
            said = verdict;
        }
    }
    return said;
}

/* Why one that was not tried is out of the question. */
static const char *
ruled_out(const struct pb_strip *strip, double candidate)
{
    return candidate <= strip->good ? "ruled out: a later one passes"
           : candidate > strip->bad ? "ruled out: an earlier one fails"
                                    : "not tried";
}

static void
add_share(struct pb_buf *out, unsigned share)
{
    pb_buf_adds(out, "<td class=\"n\">");
    if (share >= 9995) {
        pb_buf_adds(out, "&gt; 99.9 %");
    }
    else if (share >= 10) {
        pb_buf_addf(out, "%.1f %%", share / 100.);
    }
    else if (share > 0) {
        pb_buf_adds(out, "&lt; 0.1 %");
    }
    pb_buf_adds(out, "</td>");
}

static void
add_near_row(struct pb_buf *out, const struct pb_strip *strip,
             const struct pb_json *commit, double candidate, unsigned share)
{
    static const char *const words[][2] = {
        {"good", "passes"},
        {"bad", "fails"},
        {"other", "fails in another way"},
        {"skip", "cannot be tested"},
    };
    const char *said = said_of(strip, candidate);
    bool answer = candidate >= strip->first && candidate <= strip->last;
    const char *text = ruled_out(strip, candidate);
    for (size_t i = 0; i < PB_LENGTH(words); i++) {
        text = strcmp(said, words[i][0]) == 0 ? words[i][1] : text;
    }
    pb_buf_addf(out, "<tr%s><td>", answer ? " class=\"answer\"" : "");
    pb_html_commit(out, pb_json_get_string(commit, "sha"));
    pb_buf_adds(out, "</td>");
    pb_html_element(out, "td", "date", pb_json_get_string(commit, "date"));
    add_share(out, share);
    pb_buf_adds(out, "<td>");
    pb_html_mark(out, said, text);
    pb_buf_adds(out, "</td>");
    pb_html_element(out, "td", "wide", pb_json_get_string(commit, "subject"));
    pb_buf_adds(out, "</tr>\n");
}

void
pb_html_near(struct pb_buf *out, const struct pb_strip *strip,
             const struct pb_json *finding)
{
    const struct pb_json *near =
        pb_json_get(pb_json_get(finding, "search"), "near");
    const struct pb_json *commits = pb_json_get(near, "commits");
    size_t last = pb_json_length(strip->believed) - 1;
    struct pb_shares shares;
    pb_shares_parse(
        pb_json_get_string(pb_json_at(strip->believed, last), "near"),
        &shares);
    pb_buf_adds(out, "<details><summary>The commits next to the answer"
                     "</summary>\n<div class=\"scroll\" tabindex=\"0\" "
                     "role=\"region\" aria-label=\"The commits next to the "
                     "answer\"><table>\n<thead><tr><th scope=\"col\">commit"
                     "</th><th scope=\"col\">date</th><th scope=\"col\" "
                     "class=\"n\">believed</th><th scope=\"col\">known</th>"
                     "<th scope=\"col\">subject</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < pb_json_length(commits) && i < shares.len; i++) {
        add_near_row(out, strip, pb_json_at(commits, i),
                     pb_json_get_real(near, "from") + (double)i, shares.of[i]);
    }
    pb_buf_adds(out, "</tbody></table></div></details>\n");
}
