/* Lists of strings that serve as argv and envp. */
#include "pybisect/strv.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"

void
pb_strv_add(struct pb_strv *list, const char *text)
{
    assert(text != NULL);
    pb_strv_take(list, pb_strdup(text));
}

void
pb_strv_addf(struct pb_strv *list, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pb_strv_take(list, pb_vasprintf(format, arguments));
    va_end(arguments);
}

void
pb_strv_take(struct pb_strv *list, char *text)
{
    assert(text != NULL);
    /* One more than the length, for the NULL at the end. */
    PB_GROW(list->items, list->len + 1, list->cap);
    list->items[list->len++] = text;
    list->items[list->len] = NULL;
}

void
pb_strv_add_all(struct pb_strv *list, const struct pb_strv *more)
{
    size_t count = more->len; /* `more` may be `list` */
    for (size_t i = 0; i < count; i++) {
        pb_strv_add(list, more->items[i]);
    }
}

bool
pb_strv_contains(const struct pb_strv *list, const char *text)
{
    for (size_t i = 0; i < list->len; i++) {
        if (strcmp(list->items[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static int
compare_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool
pb_strv_contains_sorted(const struct pb_strv *list, const char *text)
{
    return list->len > 0 &&
           bsearch(&text, list->items, list->len, sizeof(list->items[0]),
                   compare_text) != NULL;
}

void
pb_strv_sort(struct pb_strv *list)
{
    if (list->len > 1) {
        qsort(list->items, list->len, sizeof(list->items[0]), compare_text);
    }
}

void
pb_strv_unique(struct pb_strv *list)
{
    if (list->len == 0) {
        return;
    }
    size_t kept = 1;
    for (size_t i = 1; i < list->len; i++) {
        if (strcmp(list->items[i], list->items[kept - 1]) == 0) {
            free(list->items[i]);
        }
        else {
            list->items[kept++] = list->items[i];
        }
    }
    list->len = kept;
    list->items[kept] = NULL;
}

char *
pb_strv_join(const struct pb_strv *list, const char *separator)
{
    struct pb_buf text = PB_BUF_INIT;
    for (size_t i = 0; i < list->len; i++) {
        if (i > 0) {
            pb_buf_adds(&text, separator);
        }
        pb_buf_adds(&text, list->items[i]);
    }
    return pb_buf_take(&text);
}

void
pb_strv_clear(struct pb_strv *list)
{
    for (size_t i = 0; i < list->len; i++) {
        free(list->items[i]);
    }
    free(list->items);
    *list = (struct pb_strv)PB_STRV_INIT;
}
