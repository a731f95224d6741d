/* The regressions on the front page: newest first, those of one culprit
   together, fixed ones folded away. */
#include "report/site_private.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

#define FIXED_MOST 100

/* A culprit with its failures, or a failure without a culprit. */
struct entry {
    const struct pb_json *culprit; /* or NULL */
    const struct pb_json *failure; /* or NULL */
    int64_t first_red;
    size_t order;
    bool fixed;
};

struct entries {
    struct entry *items;
    size_t len;
    size_t cap;
};

static void
entries_clear(struct entries *entries)
{
    free(entries->items);
}
PB_DEFINE_AUTO_CLEAR(entries, struct entries, entries_clear)

static void
add_entry(struct entries *entries, const struct pb_json *culprit,
          const struct pb_json *failure)
{
    const struct pb_json *of = culprit != NULL ? culprit : failure;
    PB_GROW(entries->items, entries->len, entries->cap);
    entries->items[entries->len] = (struct entry){
        .culprit = culprit,
        .failure = failure,
        .first_red = pb_json_get_integer(of, "first_red"),
        .order = entries->len,
        .fixed = !pb_json_is_null(pb_json_get(of, "fixed")),
    };
    entries->len++;
}

static int
compare(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    if (left->fixed != right->fixed) {
        return left->fixed ? 1 : -1;
    }
    if (left->first_red != right->first_red) {
        return left->first_red > right->first_red ? -1 : 1;
    }
    return left->order < right->order ? -1 : 1;
}

static void
collect(const struct pb_site *site, struct entries *out)
{
    PB_AUTO(pb_map) struct pb_map *told = pb_map_new(NULL);
    static char yes;
    for (size_t i = 0; i < pb_json_length(site->culprits); i++) {
        const struct pb_json *culprit = pb_json_at(site->culprits, i);
        const struct pb_json *ids = pb_json_get(culprit, "failures");
        for (size_t j = 0; j < pb_json_length(ids); j++) {
            pb_map_set(told, pb_json_text(pb_json_at(ids, j)), &yes);
        }
        add_entry(out, culprit, NULL);
    }
    for (size_t i = 0; i < pb_json_length(site->failures); i++) {
        const struct pb_json *failure = pb_json_at(site->failures, i);
        if (pb_map_get(told, pb_json_get_string(failure, "id")) == NULL) {
            add_entry(out, NULL, failure);
        }
    }
    if (out->len > 0) {
        qsort(out->items, out->len, sizeof(*out->items), compare);
    }
}

/* --- one ---------------------------------------------------------------- */

/* Its class, how many tests, since when. */
static void
add_about(struct pb_buf *out, const struct pb_site *site,
          const struct pb_json *failure)
{
    const char *class_name = pb_json_get_string(failure, "class");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(out, " <span class=\"tags\">");
    if (*class_name != '\0') {
        pb_buf_adds(out, "<span>");
        pb_html_cut(out, class_name, 40);
        pb_buf_adds(out, "</span>");
    }
    pb_say_count(&text, pb_json_get_integer(failure, "ntests"), "test");
    pb_html_element(out, "span", NULL, text.data);
    pb_buf_adds(out, "</span>");
    pb_buf_truncate(&text, 0);
    pb_site_say_age(&text, site, failure);
    pb_html_element(out, "p", "sure", text.data);
}

static void
add_culprit(struct pb_buf *out, const struct pb_site *site,
            const struct pb_json *culprit, bool fixed)
{
    const struct pb_json *ids = pb_json_get(culprit, "failures");
    pb_buf_addf(out,
                "<article class=\"card\">\n<span class=\"badge %s\">%s</span>"
                "<h3>",
                fixed ? "found" : "bad", fixed ? "fixed" : "culprit found");
    pb_html_commit(out, pb_json_get_string(culprit, "sha"));
    pb_buf_addch(out, ' ');
    pb_html_cut(out, pb_json_get_string(culprit, "subject"), 200);
    pb_buf_adds(out, "</h3>\n<p class=\"sure\">");
    pb_html_cut(out, pb_json_get_string(culprit, "author"), 80);
    pb_buf_adds(out, ", ");
    pb_html_cut(out, pb_json_get_string(culprit, "date"), 10);
    pb_buf_adds(out, "</p>\n<ul class=\"plain\">\n");
    for (size_t i = 0; i < pb_json_length(ids); i++) {
        const struct pb_json *failure =
            pb_site_failure(site, pb_json_text(pb_json_at(ids, i)));
        if (failure != NULL) {
            pb_buf_adds(out, "<li>");
            pb_site_add_link(out, failure, "");
            add_about(out, site, failure);
            pb_buf_adds(out, "</li>\n");
        }
    }
    pb_buf_adds(out, "</ul>\n</article>\n");
}

static void
add_lone(struct pb_buf *out, const struct pb_site *site,
         const struct pb_json *failure)
{
    const char *why = pb_json_get_string(failure, "why");
    pb_buf_adds(out, "<article class=\"card\">\n");
    pb_site_add_status(out, failure);
    pb_buf_adds(out, "<h3>");
    pb_site_add_link(out, failure, "");
    pb_buf_adds(out, "</h3>");
    add_about(out, site, failure);
    if (*why != '\0') {
        pb_buf_adds(out, "<p class=\"sure\">");
        pb_html_cut(out, why, 300);
        pb_buf_adds(out, "</p>\n");
    }
    pb_buf_adds(out, "</article>\n");
}

static void
add_one(struct pb_buf *out, const struct pb_site *site,
        const struct entry *entry)
{
    if (entry->culprit != NULL) {
        add_culprit(out, site, entry->culprit, entry->fixed);
    }
    else {
        add_lone(out, site, entry->failure);
    }
}

void
pb_site_regressions(struct pb_buf *out, const struct pb_site *site)
{
    PB_AUTO(entries) struct entries entries = {.items = NULL};
    size_t open = 0;
    collect(site, &entries);
    pb_buf_adds(out, "<section>\n<h2>Regressions</h2>\n");
    while (open < entries.len && !entries.items[open].fixed) {
        add_one(out, site, &entries.items[open++]);
    }
    if (open == 0) {
        pb_buf_adds(out, "<p>None: all is as green as it was.</p>\n");
    }
    if (open < entries.len) {
        pb_buf_addf(out, "<details><summary>%zu fixed</summary>\n",
                    entries.len - open);
        for (size_t i = open; i < entries.len && i - open < FIXED_MOST; i++) {
            add_one(out, site, &entries.items[i]);
        }
        pb_buf_adds(out, "</details>\n");
    }
    pb_buf_adds(out, "</section>\n");
}
