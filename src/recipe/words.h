/* Commands of a recipe: words and the placeholders in them. */
#ifndef PYBISECT_RECIPE_WORDS_H
#define PYBISECT_RECIPE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/buf.h"
#include "pybisect/error.h"
#include "pybisect/strv.h"

/* Appends the words of `command`, split as a POSIX shell splits them: single
   quotes, double quotes, backslashes; nothing is expanded. */
int pb_words_split(const char *command, struct pb_strv *out,
                   struct pb_error *err);

/* Appends `word` quoted so that pb_words_split gives it back. */
void pb_words_quote(const char *word, struct pb_buf *out);

/* A placeholder is {name} of lower-case letters. The first one at or after
 *at, which is moved behind it; {{name}} is none. */
bool pb_placeholder_next(const char *text, size_t *at, const char **out_name,
                         size_t *out_length);

struct pb_placeholder {
    const char *name;  /* NULL ends a table */
    const char *value; /* NULL: replaced by nothing */
};

/* Appends `text` with the placeholders of `table` filled in, in one pass:
   what is filled in is not looked at again. Unknown ones stay. */
void pb_placeholder_fill(const char *text, const struct pb_placeholder *table,
                         struct pb_buf *out);

/* Appends `text` so that filling it in gives the text itself, but for the
   placeholders that commands have. */
void pb_placeholder_escape(const char *text, struct pb_buf *out);

/* {python}, {project}, ... but not {tests} and {id}. */
bool pb_placeholder_known(const char *name, size_t length);

#endif
