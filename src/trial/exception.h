/* Exceptions as tracebacks print them. */
#ifndef TRIAL_EXCEPTION_H
#define TRIAL_EXCEPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "trial/text.h"

/* Parts of the text that was searched: borrowed, not terminated. */
struct pb_exception {
    const char *type;
    size_t type_length;
    const char *message; /* to the end of its line */
    size_t message_length;
};

/* Is this line "mod.Error: message", or "mod.Error" alone? */
bool pb_exception_parse(const char *line, size_t length,
                        struct pb_exception *out);

/* The line that ends the last traceback in the text. */
bool pb_exception_find(const char *text, size_t length,
                       struct pb_exception *out);

/* What pytest marks with "E" at the margin: the first line of the last such
   block; of length 0 when there is none. */
struct pb_span pb_exception_marked(struct pb_span text);

#endif
