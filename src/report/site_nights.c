/* What the record of nights says, in the words and signs of the site. */
#include "report/site_private.h"

#include <string.h>

#include "pybisect/alloc.h"

#define WORDS_MOST 300 /* of a cell */

/* Told apart by their signs, not by their colours alone. */
const struct pb_site_state pb_site_states[] = {
    {"green", "green", "\u2713"},
    {"newly red", "new", "N"},
    {"red", "red", "R"},
    {"flaky", "flaky", "~"},
    {"untestable", "untestable", "?"},
    {"not run", "not-run", "\u2013"},
};
const size_t pb_site_nstates = PB_LENGTH(pb_site_states);

const struct pb_site_state *
pb_site_state(const struct pb_json *cell)
{
    const char *state = pb_json_get_string(cell, "state");
    for (size_t i = 0; i < pb_site_nstates; i++) {
        if (strcmp(state, pb_site_states[i].state) == 0) {
            return &pb_site_states[i];
        }
    }
    return &pb_site_states[pb_site_nstates - 1];
}

const struct pb_json *
pb_site_failure(const struct pb_site *site, const char *id)
{
    return pb_map_get(site->failure_of, id);
}

const char *
pb_site_date(const struct pb_site *site, int64_t night, char out[11])
{
    PB_AUTOFREE char *number = pb_asprintf("%lld", (long long)night);
    const struct pb_json *found = pb_map_get(site->night_of, number);
    out[0] = '\0';
    strncat(out, pb_json_get_string(found, "started"), 10);
    return out;
}

const struct pb_json *
pb_site_cell(const struct pb_json *project, int64_t night)
{
    const struct pb_json *cells = pb_json_get(project, "cells");
    for (size_t i = pb_json_length(cells); i > 0; i--) {
        const struct pb_json *cell = pb_json_at(cells, i - 1);
        if (pb_json_get_integer(cell, "night") == night) {
            return cell;
        }
    }
    return NULL;
}

/* --- a cell ------------------------------------------------------------- */

/* "2026-11-25: red, 120 passed, 2 failed; why". */
static void
describe(struct pb_buf *out, const struct pb_site *site,
         const struct pb_json *cell, int64_t night)
{
    static const char *const keys[] = {"passed", "failed", "skipped",
                                       "missing"};
    const char *why = pb_json_get_string(cell, "why");
    char date[11];
    pb_buf_addf(out, "%s: %s", pb_site_date(site, night, date),
                pb_site_state(cell)->state);
    for (size_t i = 0; i < PB_LENGTH(keys); i++) {
        long long count = (long long)pb_json_get_integer(cell, keys[i]);
        if (count > 0) {
            pb_buf_addf(out, ", %lld %s", count, keys[i]);
        }
    }
    if (*why != '\0') {
        pb_buf_addf(out, "; %s", why);
    }
}

/* The one that is red for the shortest time says most; NULL: none is. */
static const struct pb_json *
newest_failure(const struct pb_site *site, const struct pb_json *cell)
{
    const struct pb_json *ids = pb_json_get(cell, "failures");
    const struct pb_json *newest = NULL;
    for (size_t i = 0; i < pb_json_length(ids); i++) {
        const struct pb_json *failure =
            pb_site_failure(site, pb_json_text(pb_json_at(ids, i)));
        if (failure != NULL &&
            (newest == NULL || pb_json_get_integer(failure, "first_red") >
                                   pb_json_get_integer(newest, "first_red")))
        {
            newest = failure;
        }
    }
    return newest;
}

void
pb_site_add_cell(struct pb_buf *out, const struct pb_site *site,
                 const struct pb_json *cell, int64_t night, const char *up)
{
    PB_AUTO(pb_buf) struct pb_buf words = PB_BUF_INIT;
    const struct pb_json *failure = newest_failure(site, cell);
    if (cell == NULL) {
        pb_buf_adds(out, "<span class=\"unseen\">not looked at</span>");
        return;
    }
    describe(&words, site, cell, night);
    if (failure != NULL) {
        pb_buf_addf(out, "<a href=\"%s", up);
        pb_site_failure_path(out, failure);
        pb_buf_adds(out, "\" title=\"");
    }
    else {
        pb_buf_adds(out, "<span title=\"");
    }
    pb_html_cut(out, words.data, WORDS_MOST);
    pb_buf_addf(out,
                "\"><span aria-hidden=\"true\">%s</span>"
                "<span class=\"unseen\">",
                pb_site_state(cell)->sign);
    pb_html_cut(out, words.data, WORDS_MOST);
    pb_buf_adds(out, failure != NULL ? "</span></a>" : "</span></span>");
}

/* --- a failure ---------------------------------------------------------- */

void
pb_site_add_status(struct pb_buf *out, const struct pb_json *failure)
{
    static const char *const tones[][2] = {
        {"found", "bad"},
        {"suspects", "warn"},
        {"disputed", "warn"},
        {"no answer", "warn"},
    };
    const char *status = pb_json_get_string(failure, "status");
    bool fixed = !pb_json_is_null(pb_json_get(failure, "fixed"));
    const char *tone = "plain";
    for (size_t i = 0; i < PB_LENGTH(tones); i++) {
        tone = strcmp(status, tones[i][0]) == 0 ? tones[i][1] : tone;
    }
    pb_buf_addf(out, "<span class=\"badge %s\">", fixed ? "found" : tone);
    pb_html_cut(out,
                fixed                          ? "fixed"
                : strcmp(status, "found") == 0 ? "culprit found"
                                               : status,
                40);
    pb_buf_adds(out, "</span>");
}

void
pb_site_add_link(struct pb_buf *out, const struct pb_json *failure,
                 const char *up)
{
    pb_buf_addf(out, "<a href=\"%s", up);
    pb_site_failure_path(out, failure);
    pb_buf_adds(out, "\"><b>");
    pb_html_cut(out, pb_json_get_string(failure, "project"), 40);
    pb_buf_adds(out, "</b> ");
    pb_html_cut(out, pb_json_get_string(failure, "signature"), 200);
    pb_buf_adds(out, "</a>");
}

void
pb_site_say_age(struct pb_buf *out, const struct pb_site *site,
                const struct pb_json *failure)
{
    long long first = (long long)pb_json_get_integer(failure, "first_red");
    long long last = (long long)pb_json_get_integer(failure, "last_red");
    const struct pb_json *fixed = pb_json_get(failure, "fixed");
    char date[11];
    pb_buf_addf(out, "red since %s (night %lld)",
                pb_site_date(site, first, date), first);
    if (last > first) {
        pb_buf_addf(out, ", %lld nights", last - first + 1);
    }
    if (!pb_json_is_null(fixed)) {
        pb_buf_addf(out, "; fixed %s",
                    pb_site_date(site, pb_json_whole(fixed), date));
    }
}
