/* What is told: the commit, what it broke, and where to look. */
#include "report/notify_message.h"

#include <string.h>

#include "pybisect/clock.h"
#include "pybisect/report.h"

#define SHORT 10          /* digits of a sha */
#define FAILURES_SHOWN 30 /* of a commit, in a mail */

static const char *
text_of(const struct pb_json *object, const char *key)
{
    return pb_json_get_string(object, key);
}

static bool
is_about_a_culprit(const struct pb_outbox_event *event)
{
    return strcmp(event->kind, "found") == 0 ||
           strcmp(event->kind, "fixed") == 0;
}

/* "genshi, twisted and 2 more". */
static void
add_projects(const struct pb_json *failures, struct pb_buf *out)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    for (size_t i = 0; i < pb_json_length(failures); i++) {
        const char *name = text_of(pb_json_at(failures, i), "project");
        if (name[0] != '\0' && !pb_strv_contains(&names, name)) {
            pb_strv_add(&names, name);
        }
    }
    for (size_t i = 0; i < names.len && i < 3; i++) {
        pb_buf_addf(out, "%s%s", i == 0 ? "" : ", ", names.items[i]);
    }
    if (names.len > 3) {
        pb_buf_addf(out, " and %zu more", names.len - 3);
    }
    pb_buf_adds(out, names.len == 0 ? "a project" : "");
}

static void
add_one_line(const char *text, struct pb_buf *out)
{
    PB_AUTO(pb_buf) struct pb_buf line = PB_BUF_INIT;
    pb_buf_add(&line, text, strcspn(text, "\r\n"));
    pb_text_escape(line.data, out);
}

void
pb_notify_subject(const struct pb_outbox_event *event, struct pb_buf *out)
{
    const struct pb_json *payload = event->payload;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (!is_about_a_culprit(event)) {
        pb_buf_addf(&text, "the machine of night %s is in trouble",
                    event->about);
    }
    else if (strcmp(event->kind, "found") == 0) {
        pb_buf_addf(&text, "%.*s broke ", SHORT, event->about);
        add_projects(pb_json_get(payload, "failures"), &text);
        pb_buf_addf(&text, ": %s",
                    text_of(pb_json_get(payload, "culprit"), "subject"));
    }
    else {
        add_projects(pb_json_get(payload, "failures"), &text);
        pb_buf_addf(&text, " fixed: what %.*s broke is green again", SHORT,
                    event->about);
    }
    pb_buf_adds(out, "[pybisect] ");
    add_one_line(text.data, out);
}

/* --- the text ----------------------------------------------------------- */

static void
add_field(const char *name, const char *value, struct pb_buf *out)
{
    if (value[0] != '\0') {
        pb_buf_addf(out, "  %-9s  ", name);
        add_one_line(value, out);
        pb_buf_addch(out, '\n');
    }
}

static void
add_failure(const struct pb_json *failure, struct pb_buf *out)
{
    int64_t tests = pb_json_get_integer(failure, "ntests");
    pb_buf_adds(out, "  ");
    add_one_line(text_of(failure, "project"), out);
    if (tests > 0) {
        pb_buf_addf(out, ", %lld test%s", (long long)tests,
                    tests == 1 ? "" : "s");
    }
    if (text_of(failure, "class")[0] != '\0') {
        pb_buf_adds(out, ", ");
        add_one_line(text_of(failure, "class"), out);
    }
    pb_buf_adds(out, "\n    ");
    add_one_line(text_of(failure, "signature"), out);
    pb_buf_addch(out, '\n');
}

static void
add_failures(const struct pb_json *failures, struct pb_buf *out)
{
    size_t len = pb_json_length(failures);
    for (size_t i = 0; i < len && i < FAILURES_SHOWN; i++) {
        add_failure(pb_json_at(failures, i), out);
    }
    if (len > FAILURES_SHOWN) {
        pb_buf_addf(out, "  and %zu more\n", len - FAILURES_SHOWN);
    }
}

static void
add_culprit(const struct pb_outbox_event *event, struct pb_buf *out)
{
    const struct pb_json *payload = event->payload;
    const struct pb_json *culprit = pb_json_get(payload, "culprit");
    double probability = pb_json_get_real(culprit, "probability");
    bool found = strcmp(event->kind, "found") == 0;
    pb_buf_adds(out, found ? "This commit to CPython broke tests:\n\n"
                           : "What this commit to CPython broke is green "
                             "again:\n\n");
    add_field("commit", event->about, out);
    add_field("author", text_of(culprit, "author"), out);
    add_field("date", text_of(culprit, "date"), out);
    add_field("subject", text_of(culprit, "subject"), out);
    if (found && probability > 0) {
        pb_buf_addf(out, "  %-9s  %.1f %%\n", "certainty", 100 * probability);
    }
    if (event->about[strspn(event->about, "0123456789abcdef")] == '\0') {
        pb_buf_addf(out,
                    "  %-9s  https://github.com/python/cpython/commit/%s\n",
                    "link", event->about);
    }
    pb_buf_addch(out, '\n');
    add_failures(pb_json_get(payload, "failures"), out);
}

void
pb_notify_body(const struct pb_outbox_event *event, const char *site,
               struct pb_buf *out)
{
    char when[PB_CLOCK_TEXT];
    if (is_about_a_culprit(event)) {
        add_culprit(event, out);
    }
    else {
        pb_buf_adds(out, "The nightly run did not count its results, because "
                         "this machine was in trouble:\n\n  ");
        add_one_line(text_of(event->payload, "why"), out);
        pb_buf_addch(out, '\n');
    }
    pb_buf_addf(out, "\nAs of %s.\n", pb_clock_iso(event->at, when));
    if (site != NULL) {
        pb_buf_adds(out, "All of it: ");
        add_one_line(site, out);
        pb_buf_addch(out, '\n');
    }
}

void
pb_notify_json(const struct pb_outbox_event *event, const char *delivery,
               const char *site, struct pb_buf *out)
{
    char when[PB_CLOCK_TEXT];
    PB_AUTO(pb_buf) struct pb_buf subject = PB_BUF_INIT;
    PB_AUTO(pb_json) struct pb_json *json = pb_json_object();
    pb_notify_subject(event, &subject);
    pb_json_set(json, "schema", pb_json_string("pybisect-event-1"));
    pb_json_set(json, "delivery", pb_json_string(delivery));
    pb_json_set(json, "kind", pb_json_string(event->kind));
    pb_json_set(json, "about", pb_json_string(event->about));
    pb_json_set(json, "at", pb_json_string(pb_clock_iso(event->at, when)));
    pb_json_set(json, "text", pb_json_string(subject.data));
    pb_json_set(json, "site", pb_json_string(site));
    pb_json_set(json, "event", pb_json_copy(event->payload));
    pb_json_write(json, false, out);
}
