/* Foreign text in Markdown. */
#include "report/markdown.h"

#include <string.h>

#include "pybisect/report.h"
#include "report/text_private.h"

/* Escaped, on one line, cut. */
static void
flatten(const char *text, size_t most, struct pb_buf *out)
{
    PB_AUTO(pb_buf) struct pb_buf visible = PB_BUF_INIT;
    pb_text_escape(text, &visible);
    size_t length = pb_text_bytes(visible.data, visible.len, most);
    for (size_t i = 0; i < length; i++) {
        pb_buf_addch(out, visible.data[i] == '\n' ? ' ' : visible.data[i]);
    }
    if (length < visible.len) {
        pb_buf_adds(out, "\u2026");
    }
}

/* GitHub looks for people, issues and addresses after all else is done: an
   empty comment in the middle of one hides it. */
static bool
starts_reference(const char *text, size_t at)
{
    static const char *const starts[] = {"://", "GH-", "gh-", "ww."};
    if (text[at] == '@' || text[at] == '#') {
        return true;
    }
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        if (strncmp(text + at, starts[i], strlen(starts[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* What means something within a line; and at the start of one, where all but
   letters may make a list, a heading or a rule. */
static bool
is_markup(const char *text, size_t at)
{
    bool first = strspn(text, "0123456789") == at;
    return strchr("\\`*_[]~|$>", text[at]) != NULL ||
           (first && strchr("#+-=.):", text[at]) != NULL);
}

void
pb_md_text(struct pb_buf *out, const char *text, size_t most)
{
    PB_AUTO(pb_buf) struct pb_buf flat = PB_BUF_INIT;
    flatten(text + strspn(text, " \t\r\n"), most, &flat);
    for (size_t i = 0; i < flat.len; i++) {
        char c = flat.data[i];
        if (c == '<' || c == '&') {
            pb_buf_adds(out, c == '<' ? "&lt;" : "&amp;");
        }
        else {
            pb_buf_adds(out, is_markup(flat.data, i) ? "\\" : "");
            pb_buf_addch(out, c);
        }
        if (starts_reference(flat.data, i)) {
            pb_buf_adds(out, "<!-- -->");
        }
    }
}

static size_t
longest_run(const char *text, char c)
{
    size_t longest = 0;
    size_t run = 0;
    for (; *text != '\0'; text++) {
        run = *text == c ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void
repeat(struct pb_buf *out, char c, size_t count)
{
    while (count-- > 0) {
        pb_buf_addch(out, c);
    }
}

void
pb_md_code(struct pb_buf *out, const char *text, size_t most)
{
    PB_AUTO(pb_buf) struct pb_buf flat = PB_BUF_INIT;
    flatten(text, most, &flat);
    if (flat.len == 0 || strspn(flat.data, " ") == flat.len) {
        return;
    }
    size_t ticks = longest_run(flat.data, '`') + 1;
    bool padded = flat.data[0] == '`' || flat.data[0] == ' ' ||
                  flat.data[flat.len - 1] == '`';
    repeat(out, '`', ticks);
    pb_buf_adds(out, padded ? " " : "");
    pb_buf_add(out, flat.data, flat.len);
    pb_buf_adds(out, padded ? " " : "");
    repeat(out, '`', ticks);
}

void
pb_md_block(struct pb_buf *out, const char *language, const char *text,
            size_t most)
{
    PB_AUTO(pb_buf) struct pb_buf visible = PB_BUF_INIT;
    pb_text_escape(text, &visible);
    size_t columns = pb_text_columns(visible.data, visible.len);
    size_t ticks = longest_run(visible.data, '`') + 1;
    ticks = ticks < 3 ? 3 : ticks;
    repeat(out, '`', ticks);
    pb_buf_addf(out, "%s\n", language);
    if (columns <= most) {
        pb_buf_add(out, visible.data, visible.len);
    }
    else {
        size_t head = pb_text_bytes(visible.data, visible.len, most / 3);
        size_t tail = pb_text_bytes(visible.data, visible.len,
                                    columns - (most - most / 3));
        pb_buf_add(out, visible.data, head);
        pb_buf_adds(out, "\n\u2026\n");
        pb_buf_add(out, visible.data + tail, visible.len - tail);
    }
    pb_buf_adds(out, out->data[out->len - 1] == '\n' ? "" : "\n");
    repeat(out, '`', ticks);
    pb_buf_addch(out, '\n');
}
