/* A table whose columns are as wide as what is in them. */
#include "report/text_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

#define MARGIN 2
#define GAP 2
#define NOTE_ROWS 4

struct pb_table_cell {
    enum pb_style style;
    char *text; /* escaped */
    char *note; /* of the last cell of a row, or NULL */
};

void
pb_table_add(struct pb_table *table, enum pb_style style, const char *text)
{
    PB_AUTO(pb_buf) struct pb_buf safe = PB_BUF_INIT;
    pb_text_escape(text, &safe);
    PB_GROW(table->cells, table->len, table->cap);
    table->cells[table->len++] =
        (struct pb_table_cell){.style = style, .text = pb_buf_take(&safe)};
}

void
pb_table_note(struct pb_table *table, const char *text)
{
    assert(table->len > 0 && table->len % table->columns == 0);
    struct pb_table_cell *last = &table->cells[table->len - 1];
    free(last->note);
    last->note = pb_strdup(text);
}

void
pb_table_clear(struct pb_table *table)
{
    for (size_t i = 0; i < table->len; i++) {
        free(table->cells[i].text);
        free(table->cells[i].note);
    }
    free(table->cells);
    table->cells = NULL;
    table->len = table->cap = 0;
}

static size_t
columns_of(const char *text)
{
    return pb_text_columns(text, strlen(text));
}

static size_t *
measure(const struct pb_table *table)
{
    size_t *widths = pb_alloc_array(table->columns, sizeof(*widths));
    for (size_t i = 0; i < table->columns; i++) {
        widths[i] = columns_of(table->titles[i]);
    }
    for (size_t i = 0; i < table->len; i++) {
        size_t columns = columns_of(table->cells[i].text);
        if (columns > widths[i % table->columns]) {
            widths[i % table->columns] = columns;
        }
    }
    return widths;
}

static void
write_cell(struct pb_page *page, const struct pb_table *table, size_t column,
           size_t width, enum pb_style style, const char *text)
{
    bool last = column + 1 == table->columns;
    pb_buf_addf(page->out, "%*s", column == 0 ? MARGIN : GAP, "");
    pb_page_span(page, style, text);
    if (!last) {
        pb_buf_addf(page->out, "%*s", (int)(width - columns_of(text)), "");
    }
}

static void
end_row(struct pb_page *page)
{
    while (page->out->len > 0 && page->out->data[page->out->len - 1] == ' ') {
        pb_buf_truncate(page->out, page->out->len - 1);
    }
    pb_page_newline(page);
}

void
pb_table_write(const struct pb_table *table, struct pb_page *page)
{
    assert(table->columns > 0);
    PB_AUTOFREE size_t *widths = measure(table);
    for (size_t i = 0; i < table->columns; i++) {
        write_cell(page, table, i, widths[i], PB_STYLE_PLAIN,
                   table->titles[i]);
    }
    end_row(page);
    for (size_t i = 0; i < table->len; i++) {
        const struct pb_table_cell *cell = &table->cells[i];
        size_t column = i % table->columns;
        write_cell(page, table, column, widths[column], cell->style,
                   cell->text);
        if (column + 1 == table->columns) {
            end_row(page);
        }
        if (cell->note != NULL) {
            pb_page_block(page, MARGIN + 4, "", PB_STYLE_PLAIN, cell->note,
                          NOTE_ROWS);
        }
    }
}
