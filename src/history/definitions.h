/* The names that a file of Python or C defines, and where. Read by lines and
   indentation, as CPython's style allows: no parser, so that every era and
   any text will do. */
#ifndef PYBISECT_HISTORY_DEFINITIONS_H
#define PYBISECT_HISTORY_DEFINITIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/buf.h"
#include "pybisect/strv.h"

struct pb_definition {
    char *name;
    size_t indent;
    bool class_;
};

#define PB_DEFINITIONS_DEPTH 32 /* what is nested deeper is its outer's */

struct pb_definitions {
    struct pb_definition *items; /* in order of their first lines */
    size_t len;
    size_t cap;
    size_t *around; /* of line i + 1: the innermost function or class that it
                       belongs to, as index + 1; 0: none */
    size_t lines;
    size_t lines_cap;
    size_t open[PB_DEFINITIONS_DEPTH]; /* while reading: indexes, outer
                                          first */
    size_t depth;
};

/* Files of other languages define nothing. */
void pb_definitions_find(const char *path, const struct pb_buf *text,
                         struct pb_definitions *out);
/* The name of the innermost function or class that the line (from 1) belongs
   to, borrowed; NULL: it belongs to none. */
const char *pb_definitions_at(const struct pb_definitions *definitions,
                              size_t line);
/* Appends all names, sorted, each once. */
void pb_definitions_names(const struct pb_definitions *definitions,
                          struct pb_strv *out);
void pb_definitions_clear(struct pb_definitions *definitions);
PB_DEFINE_AUTO_CLEAR(pb_definitions, struct pb_definitions,
                     pb_definitions_clear)

/* Length of the identifier at `text`, of `length` bytes; 0: none. */
size_t pb_identifier_length(const char *text, size_t length);

#endif
