/* Words: of messages, of reStructuredText, of paths. */
#ifndef VERDICT_WORDS_H
#define VERDICT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/buf.h"
#include "pybisect/strv.h"

/* Appends the names in quotes; dotted ones whole, then their parts. */
void pb_words_quoted(const char *text, struct pb_strv *out);
/* Appends the names that are no everyday words. */
void pb_words_telling(const char *text, struct pb_strv *out);
bool pb_words_has(const char *text, const char *name); /* as a whole word */
bool pb_words_is_everyday(const char *name);
/* The first line, cut to about `most` bytes. Caller frees. */
char *pb_words_first_line(const char *text, size_t most);
/* The first sentence of reStructuredText that has the name, else the first,
   without markup. Caller frees. */
char *pb_words_sentence(const char *rst, const char *name, size_t most);

/* Appends reStructuredText without roles, backquotes, and what hides links (!
   and ~), on one line. */
void pb_words_plain(const char *rst, struct pb_buf *out);

/* The module that a path of CPython is: "unittest.case", "_socket"; NULL for
   a path that is none. A package is its directory. Caller frees. */
char *pb_words_module(const char *path);
/* Whether two names are the same module, or one is a package that holds the
   other. */
bool pb_words_same_module(const char *a, const char *b);

#endif
