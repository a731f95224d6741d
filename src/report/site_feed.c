/* The regressions as feeds, newest first: Atom (RFC 4287) and JSON Feed 1.1.
   An entry is told anew when its culprit is known, and when it is fixed. */
#include "report/site_private.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/report.h"
#include "report/text_private.h"

#define ENTRIES_MOST 60
#define FEED_TITLE "Regressions on CPython\u2019s trunk"

/* The first `most` characters. */
static void
add_cut(struct pb_buf *out, const struct pb_json *of, const char *key,
        size_t most)
{
    const char *text = pb_json_get_string(of, key);
    size_t length = strlen(text);
    size_t kept = pb_text_bytes(text, length, most);
    pb_buf_add(out, text, kept);
    pb_buf_adds(out, kept < length ? "\u2026" : "");
}

static void
add_title(struct pb_buf *out, const struct pb_json *failure)
{
    const struct pb_json *culprit = pb_json_get(failure, "culprit");
    bool fixed = !pb_json_is_null(pb_json_get(failure, "fixed"));
    pb_buf_adds(out, fixed ? "Fixed: " : "");
    if (!pb_json_is_null(culprit)) {
        pb_buf_addf(out, "%.10s broke ", pb_json_get_string(culprit, "sha"));
    }
    add_cut(out, failure, "project", 60);
    pb_buf_adds(out, pb_json_is_null(culprit) ? " is red: " : ": ");
    add_cut(out, failure, "signature", 200);
}

static void
add_summary(struct pb_buf *out, const struct pb_site *site,
            const struct pb_json *failure)
{
    const struct pb_json *culprit = pb_json_get(failure, "culprit");
    pb_site_say_age(out, site, failure);
    pb_buf_adds(out, ". ");
    pb_say_count(out, pb_json_get_integer(failure, "ntests"), "test");
    pb_buf_adds(out, ", class ");
    add_cut(out, failure, "class", 60);
    pb_buf_adds(out, ", status ");
    add_cut(out, failure, "status", 40);
    pb_buf_addch(out, '.');
    if (!pb_json_is_null(culprit)) {
        pb_buf_addf(out, " Culprit: %.40s ",
                    pb_json_get_string(culprit, "sha"));
        add_cut(out, culprit, "subject", 200);
        pb_buf_adds(out, " (");
        add_cut(out, culprit, "author", 80);
        pb_buf_adds(out, ", ");
        add_cut(out, culprit, "date", 10);
        pb_buf_adds(out, ").");
    }
}

/* When the night began in which it was last news. */
static const char *
updated(const struct pb_site *site, const struct pb_json *failure)
{
    const struct pb_json *fixed = pb_json_get(failure, "fixed");
    int64_t night = pb_json_is_null(fixed)
                        ? pb_json_get_integer(failure, "first_red")
                        : pb_json_whole(fixed);
    PB_AUTOFREE char *number = pb_asprintf("%lld", (long long)night);
    const char *started =
        pb_json_get_string(pb_map_get(site->night_of, number), "started");
    return *started != '\0' ? started
                            : pb_json_get_string(site->record, "written");
}

/* Never changes, whatever else does. */
static void
add_id(struct pb_buf *out, const struct pb_json *failure)
{
    pb_buf_adds(out, "urn:pybisect:");
    pb_site_name(out, pb_json_get_string(failure, "project"));
    pb_buf_addch(out, ':');
    pb_site_name(out, pb_json_get_string(failure, "id"));
}

/* --- Atom --------------------------------------------------------------- */

static void
add_atom_entry(struct pb_buf *out, const struct pb_site *site,
               const struct pb_json *failure)
{
    PB_AUTO(pb_buf) struct pb_buf title = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf summary = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf address = PB_BUF_INIT;
    add_title(&title, failure);
    add_summary(&summary, site, failure);
    pb_site_failure_path(&address, failure);
    pb_buf_adds(out, "<entry>\n<id>");
    add_id(out, failure);
    pb_buf_adds(out, "</id>\n");
    pb_html_element(out, "title", NULL, title.data);
    pb_buf_adds(out, "\n<link href=\"");
    pb_html_text(out, address.data);
    pb_buf_adds(out, "\"/>\n");
    pb_html_element(out, "updated", NULL, updated(site, failure));
    pb_buf_adds(out, "\n<summary>");
    pb_html_text(out, summary.data);
    pb_buf_adds(out, "</summary>\n</entry>\n");
}

void
pb_site_atom(struct pb_buf *out, const struct pb_site *site)
{
    size_t len = pb_json_length(site->failures);
    pb_buf_adds(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                     "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n"
                     "<id>urn:pybisect:regressions</id>\n<title>" FEED_TITLE
                     "</title>\n<author><name>pybisect</name></author>\n"
                     "<link rel=\"self\" href=\"atom.xml\"/>\n"
                     "<link href=\"index.html\"/>\n<updated>");
    pb_html_text(out, pb_json_get_string(site->record, "written"));
    pb_buf_adds(out, "</updated>\n");
    for (size_t i = 0; i < len && i < ENTRIES_MOST; i++) {
        add_atom_entry(out, site, pb_json_at(site->failures, len - 1 - i));
    }
    pb_buf_adds(out, "</feed>\n");
}

/* --- JSON --------------------------------------------------------------- */

/* As a reader should see it. */
static struct pb_json *
visible_json(const struct pb_buf *text)
{
    PB_AUTO(pb_buf) struct pb_buf visible = PB_BUF_INIT;
    pb_text_escape(text->data, &visible);
    return pb_json_string(visible.data);
}

static struct pb_json *
item_json(const struct pb_site *site, const struct pb_json *failure)
{
    PB_AUTO(pb_buf) struct pb_buf id = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf title = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf summary = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf address = PB_BUF_INIT;
    add_id(&id, failure);
    add_title(&title, failure);
    add_summary(&summary, site, failure);
    pb_site_failure_path(&address, failure);
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "id", pb_json_string(id.data));
    pb_json_set(json, "url", pb_json_string(address.data));
    pb_json_set(json, "title", visible_json(&title));
    pb_json_set(json, "content_text", visible_json(&summary));
    pb_json_set(json, "date_published",
                pb_json_string(updated(site, failure)));
    return json;
}

void
pb_site_json_feed(struct pb_buf *out, const struct pb_site *site)
{
    size_t len = pb_json_length(site->failures);
    struct pb_json *items = pb_json_array();
    PB_AUTO(pb_json) struct pb_json *json = pb_json_object();
    pb_json_set(json, "version",
                pb_json_string("https://jsonfeed.org/version/1.1"));
    pb_json_set(json, "title", pb_json_string(FEED_TITLE));
    pb_json_set(json, "items", items);
    for (size_t i = 0; i < len && i < ENTRIES_MOST; i++) {
        pb_json_append(
            items, item_json(site, pb_json_at(site->failures, len - 1 - i)));
    }
    pb_json_write(json, true, out);
}
