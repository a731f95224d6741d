/* Memory that cannot fail: on exhaustion the program says so and aborts,
   which the journal survives as it survives a kill. All results are freed
   with free(). */
#ifndef PYBISECT_ALLOC_H
#define PYBISECT_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

#include "pybisect/cleanup.h"

void *pb_alloc(size_t size); /* zeroed; size 0 gives 1 byte */
void *pb_alloc_array(size_t count, size_t size);
void *pb_realloc_array(void *old, size_t count, size_t size);
char *pb_strdup(const char *text); /* NULL gives NULL */
char *pb_strndup(const char *text, size_t length);
char *pb_asprintf(const char *format, ...) PB_PRINTF(1, 2);
char *pb_vasprintf(const char *format, va_list arguments) PB_PRINTF(1, 0);

/* Grows *items (element size `size`) so that one more fits after `len`
   elements; *cap doubles. */
#define PB_GROW(items, len, cap)                                              \
    ((len) < (cap) ? (void)0                                                  \
                   : (void)((cap) = (cap) == 0 ? 16 : (cap)*2,                \
                            (items) = pb_realloc_array((items), (cap),        \
                                                       sizeof(*(items)))))

#define PB_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
