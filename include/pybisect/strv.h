/* A list of strings that it owns, NULL-terminated at items[len], so that it
   serves as argv and envp. items is never NULL after the first add; an empty
   list made by PB_STRV_INIT has items == NULL. */
#ifndef PYBISECT_STRV_H
#define PYBISECT_STRV_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/cleanup.h"

struct pb_strv {
    char **items;
    size_t len;
    size_t cap;
};

#define PB_STRV_INIT                                                          \
    {                                                                         \
        .items = NULL                                                         \
    }

void pb_strv_add(struct pb_strv *list, const char *text);
void pb_strv_addf(struct pb_strv *list, const char *format, ...)
    PB_PRINTF(2, 3);
void pb_strv_take(struct pb_strv *list, char *text); /* takes ownership */
void pb_strv_add_all(struct pb_strv *list, const struct pb_strv *more);
bool pb_strv_contains(const struct pb_strv *list, const char *text);
bool pb_strv_contains_sorted(const struct pb_strv *list, const char *text);
void pb_strv_sort(struct pb_strv *list);   /* strcmp order */
void pb_strv_unique(struct pb_strv *list); /* of a sorted list */
char *pb_strv_join(const struct pb_strv *list, const char *separator);
void pb_strv_clear(struct pb_strv *list);

PB_DEFINE_AUTO_CLEAR(pb_strv, struct pb_strv, pb_strv_clear)

#endif
