/* A page for a terminal: indented, wrapped, coloured when asked. */
#include "report/text_private.h"

#include <string.h>

#define LABEL_COLUMNS 11 /* "toolchain" and two spaces */
#define LEAST_COLUMNS 20 /* text is never squeezed into fewer */

static const char *
style_code(enum pb_style style)
{
    switch (style) {
    case PB_STYLE_BOLD:
        return "\x1b[1m";
    case PB_STYLE_RED:
        return "\x1b[31m";
    case PB_STYLE_GREEN:
        return "\x1b[32m";
    case PB_STYLE_YELLOW:
        return "\x1b[33m";
    case PB_STYLE_PLAIN:
        break;
    }
    return "";
}

/* Bytes that are escaped already. */
static void
add_styled(struct pb_page *page, enum pb_style style, const char *text,
           size_t length)
{
    bool on = page->color && style != PB_STYLE_PLAIN && length > 0;
    if (on) {
        pb_buf_adds(page->out, style_code(style));
    }
    pb_buf_add(page->out, text, length);
    if (on) {
        pb_buf_adds(page->out, "\x1b[0m");
    }
}

static void
add_indent(struct pb_page *page, size_t indent)
{
    for (size_t i = 0; i < indent; i++) {
        pb_buf_addch(page->out, ' ');
    }
}

void
pb_page_newline(struct pb_page *page)
{
    pb_buf_addch(page->out, '\n');
}

void
pb_page_span(struct pb_page *page, enum pb_style style, const char *text)
{
    PB_AUTO(pb_buf) struct pb_buf safe = PB_BUF_INIT;
    pb_text_escape(text, &safe);
    for (char *c = safe.data; *c != '\0'; c++) {
        if (*c == '\n') {
            *c = ' '; /* a span is part of one line */
        }
    }
    add_styled(page, style, safe.data, safe.len);
}

void
pb_page_heading(struct pb_page *page, const char *title)
{
    pb_page_newline(page);
    pb_page_span(page, PB_STYLE_BOLD, title);
    pb_page_newline(page);
}

/* The columns that are left for text right of `used`. */
static size_t
room_beside(const struct pb_page *page, size_t used)
{
    return page->width > used + LEAST_COLUMNS ? page->width - used
                                              : LEAST_COLUMNS;
}

/* Bytes of the words of `text` that fit into `room` columns; one at least.
   Words are split at single spaces. */
static size_t
fitting_words(const char *text, size_t room)
{
    size_t fit = strcspn(text, " ");
    while (text[fit] != '\0') {
        size_t next = fit + 1 + strcspn(text + fit + 1, " ");
        if (pb_text_columns(text, next) > room) {
            break;
        }
        fit = next;
    }
    return fit;
}

/* One space between words, none around them. */
static void
flatten(const char *text, struct pb_buf *out)
{
    PB_AUTO(pb_buf) struct pb_buf safe = PB_BUF_INIT;
    pb_text_escape(text, &safe);
    const char *word = safe.data;
    for (;;) {
        word += strspn(word, " \n");
        size_t length = strcspn(word, " \n");
        if (length == 0) {
            break;
        }
        if (out->len > 0) {
            pb_buf_addch(out, ' ');
        }
        pb_buf_add(out, word, length);
        word += length;
    }
}

void
pb_page_paragraph(struct pb_page *page, size_t indent, const char *lead,
                  enum pb_style style, const char *text)
{
    PB_AUTO(pb_buf) struct pb_buf flat = PB_BUF_INIT;
    flatten(text, &flat);
    size_t hang = indent + strlen(lead);
    size_t room = room_beside(page, hang);
    const char *rest = flat.data;
    add_indent(page, indent);
    pb_buf_adds(page->out, lead);
    for (;;) {
        size_t length = fitting_words(rest, room);
        add_styled(page, style, rest, length);
        pb_page_newline(page);
        rest += length;
        if (*rest == '\0') {
            break;
        }
        rest++;
        add_indent(page, hang);
    }
}

/* Bytes of the next row of one line: whole words, but for those that no row
   can hold; they are cut. */
static size_t
fitting_row(const char *line, size_t length, size_t room)
{
    size_t fit = pb_text_bytes(line, length, room);
    if (fit == length || line[fit] == ' ') {
        return fit;
    }
    for (size_t i = fit; i > strspn(line, " "); i--) {
        if (line[i - 1] == ' ') {
            size_t word = strcspn(line + i, " \n");
            return pb_text_columns(line + i, word) <= room ? i : fit;
        }
    }
    return fit;
}

static size_t
without_trailing_spaces(const char *row, size_t length)
{
    while (length > 0 && row[length - 1] == ' ') {
        length--;
    }
    return length;
}

void
pb_page_block(struct pb_page *page, size_t indent, const char *lead,
              enum pb_style style, const char *text, size_t max_rows)
{
    PB_AUTO(pb_buf) struct pb_buf safe = PB_BUF_INIT;
    pb_text_escape(text, &safe);
    while (safe.len > 0 && strchr(" \n", safe.data[safe.len - 1]) != NULL) {
        pb_buf_truncate(&safe, safe.len - 1);
    }
    size_t hang = indent + strlen(lead);
    size_t room = room_beside(page, hang);
    const char *rest = safe.data + strspn(safe.data, "\n");
    add_indent(page, indent);
    pb_buf_adds(page->out, lead);
    for (size_t row = 0;; row++) {
        if (row == max_rows) {
            pb_buf_adds(page->out, "...\n");
            break;
        }
        size_t fit = fitting_row(rest, strcspn(rest, "\n"), room);
        add_styled(page, style, rest, without_trailing_spaces(rest, fit));
        pb_page_newline(page);
        rest += fit;
        if (*rest == '\0') {
            break;
        }
        if (*rest == '\n' || *rest == ' ') {
            rest++;
        }
        if (*rest != '\n') { /* an empty line needs no indent */
            add_indent(page, hang);
        }
    }
}

static void
make_lead(const char *label, char out[LABEL_COLUMNS + 1])
{
    size_t length = strlen(label);
    memset(out, ' ', LABEL_COLUMNS);
    out[LABEL_COLUMNS] = '\0';
    memcpy(out, label, length < LABEL_COLUMNS ? length : LABEL_COLUMNS);
}

void
pb_page_field(struct pb_page *page, const char *label, enum pb_style style,
              const char *text)
{
    char lead[LABEL_COLUMNS + 1];
    if (*text != '\0') {
        make_lead(label, lead);
        pb_page_paragraph(page, 2, lead, style, text);
    }
}

void
pb_page_field_block(struct pb_page *page, const char *label, const char *text,
                    size_t max_rows)
{
    char lead[LABEL_COLUMNS + 1];
    if (*text != '\0') {
        make_lead(label, lead);
        pb_page_block(page, 2, lead, PB_STYLE_PLAIN, text, max_rows);
    }
}

/* Bytes of the first word as a shell sees it. */
static size_t
shell_word(const char *text)
{
    size_t i = 0;
    for (bool quoted = false; text[i] != '\0'; i++) {
        if (text[i] == '\\' && !quoted && text[i + 1] != '\0') {
            i++;
        }
        else if (text[i] == '\'') {
            quoted = !quoted;
        }
        else if (text[i] == ' ' && !quoted) {
            break;
        }
    }
    return i;
}

/* Bytes of the first word, and of the next one if it is its value. */
static size_t
shell_unit(const char *text)
{
    size_t length = shell_word(text);
    bool option = strncmp(text, "--", 2) == 0 && length > 2;
    if (option && text[length] == ' ' && text[length + 1] != '-') {
        length += 1 + shell_word(text + length + 1);
    }
    return length;
}

void
pb_page_command(struct pb_page *page, size_t indent, const char *command)
{
    PB_AUTO(pb_buf) struct pb_buf safe = PB_BUF_INIT;
    pb_text_escape(command, &safe);
    size_t room = room_beside(page, indent + 2); /* and " \" at the end */
    size_t column = 0;
    add_indent(page, indent);
    for (const char *rest = safe.data; *rest != '\0';) {
        size_t length = shell_unit(rest);
        size_t columns = pb_text_columns(rest, length);
        if (column > 0 && column + 1 + columns > room) {
            pb_buf_adds(page->out, " \\\n");
            add_indent(page, indent + 4);
            column = 4;
        }
        else if (column > 0) {
            pb_buf_addch(page->out, ' ');
            column++;
        }
        pb_buf_add(page->out, rest, length);
        column += columns;
        rest += length;
        rest += *rest == ' ' ? 1 : 0;
    }
    pb_page_newline(page);
}
