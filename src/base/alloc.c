/* Memory that cannot fail. Sizes are bounded by limits.h long before they
   could overflow; the checks here are the last line. */
#include "pybisect/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void
out_of_memory(void)
{
    fputs("pybisect: out of memory\n", stderr);
    abort();
}

static void *
checked(void *memory)
{
    if (memory == NULL) {
        out_of_memory();
    }
    return memory;
}

void *
pb_alloc(size_t size)
{
    return checked(calloc(1, size == 0 ? 1 : size));
}

void *
pb_alloc_array(size_t count, size_t size)
{
    if (count == 0 || size == 0) {
        return pb_alloc(0);
    }
    return checked(calloc(count, size));
}

void *
pb_realloc_array(void *old, size_t count, size_t size)
{
    if (count == 0 || size == 0) {
        /* glibc would free and give NULL. */
        return checked(realloc(old, 1));
    }
    return checked(reallocarray(old, count, size));
}

char *
pb_strdup(const char *text)
{
    return text == NULL ? NULL : checked(strdup(text));
}

char *
pb_strndup(const char *text, size_t length)
{
    return checked(strndup(text, length));
}

char *
pb_asprintf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = pb_vasprintf(format, arguments);
    va_end(arguments);
    return text;
}

char *
pb_vasprintf(const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0) {
        out_of_memory();
    }
    return text;
}
