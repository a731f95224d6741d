/* Escaped text and a few elements. */
#include "report/html.h"

#include <string.h>

#include "pybisect/report.h"
#include "report/text_private.h"

/* Of text in which nothing is invisible any more. */
static void
add_entities(struct pb_buf *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        switch (text[i]) {
        case '&':
            pb_buf_adds(out, "&amp;");
            break;
        case '<':
            pb_buf_adds(out, "&lt;");
            break;
        case '>':
            pb_buf_adds(out, "&gt;");
            break;
        case '"':
            pb_buf_adds(out, "&quot;");
            break;
        case '\'':
            pb_buf_adds(out, "&#39;");
            break;
        default:
            pb_buf_addch(out, text[i]);
        }
    }
}

void
pb_html_text(struct pb_buf *out, const char *text)
{
    PB_AUTO(pb_buf) struct pb_buf visible = PB_BUF_INIT;
    pb_text_escape(text, &visible);
    add_entities(out, visible.data, visible.len);
}

void
pb_html_cut(struct pb_buf *out, const char *text, size_t most)
{
    PB_AUTO(pb_buf) struct pb_buf visible = PB_BUF_INIT;
    pb_text_escape(text, &visible);
    size_t length = pb_text_bytes(visible.data, visible.len, most);
    add_entities(out, visible.data, length);
    if (length < visible.len) {
        pb_buf_adds(out, "\u2026");
    }
}

void
pb_html_element(struct pb_buf *out, const char *name, const char *class_name,
                const char *text)
{
    pb_buf_addf(out, "<%s", name);
    if (class_name != NULL) {
        pb_buf_addf(out, " class=\"%s\"", class_name);
    }
    pb_buf_addch(out, '>');
    pb_html_text(out, text);
    pb_buf_addf(out, "</%s>", name);
}

void
pb_html_int(struct pb_buf *out, const char *name, int64_t value)
{
    pb_buf_addf(out, "<%s class=\"n\">%lld</%s>", name, (long long)value,
                name);
}

void
pb_html_web_link(struct pb_buf *out, const char *url, const char *text)
{
    if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) {
        pb_html_text(out, text);
        return;
    }
    pb_buf_adds(out, "<a href=\"");
    pb_html_text(out, url);
    pb_buf_adds(out, "\" rel=\"noreferrer\">");
    pb_html_text(out, text);
    pb_buf_adds(out, "</a>");
}

static bool
is_hex(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789abcdef")] == '\0';
}

void
pb_html_commit(struct pb_buf *out, const char *sha)
{
    if (strlen(sha) != 40 || !is_hex(sha)) {
        pb_html_element(out, "code", NULL, sha);
        return;
    }
    pb_buf_addf(out,
                "<a href=\"https://github.com/python/cpython/commit/%s\" "
                "rel=\"noreferrer\"><code>%.10s</code></a>",
                sha, sha);
}

void
pb_html_fact(struct pb_buf *out, const char *label, const char *text)
{
    if (*text != '\0') {
        pb_html_element(out, "dt", NULL, label);
        pb_html_element(out, "dd", NULL, text);
    }
}

void
pb_html_command(struct pb_buf *out, const char *label, const char *command)
{
    pb_buf_adds(out, "<pre class=\"command\" tabindex=\"0\" role=\"group\" "
                     "aria-label=\"");
    pb_html_text(out, label);
    pb_buf_adds(out, "\"><code>");
    pb_html_text(out, command);
    pb_buf_adds(out, "</code></pre>\n");
}

void
pb_html_mark(struct pb_buf *out, const char *verdict, const char *text)
{
    static const struct {
        const char *verdict;
        const char *shape;
    } marks[] = {
        {"good", "\u25cf"},
        {"bad", "\u25a0"},
        {"other", "\u25c6"},
        {"skip", "\u2715"},
    };
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (strcmp(verdict, marks[i].verdict) == 0) {
            pb_buf_addf(out,
                        "<span class=\"mark %s\"><span aria-hidden=\"true\">"
                        "%s</span> ",
                        marks[i].verdict, marks[i].shape);
            pb_html_text(out, text);
            pb_buf_adds(out, "</span>");
            return;
        }
    }
    pb_html_text(out, text);
}
