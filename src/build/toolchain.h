/* The machine's tools: which are missing, and what the present ones are, as
   text that enters every key. */
#ifndef PYBISECT_BUILD_TOOLCHAIN_H
#define PYBISECT_BUILD_TOOLCHAIN_H

#include <stdbool.h>

#include "pybisect/buf.h"
#include "pybisect/error.h"

/* A compiler may come with arguments: "gcc -m32". Caller frees the text. */
char *pb_toolchain_describe(const char *cc, struct pb_error *err);

/* Does the described compiler know -ffile-prefix-map? Without it, what is
   compiled may name the directory that it was compiled in. */
bool pb_toolchain_maps_prefixes(const char *description);

/* The words that let the compiler leave out what only its messages are the
   better for, "" when it does not know them. Objects are the same. Caller
   frees. */
char *pb_toolchain_quick_words(const char *cc);

/* Appends the macros that the compiler defines, as #define lines. */
int pb_toolchain_macros(const char *cc, struct pb_buf *out,
                        struct pb_error *err);

/* Absolute path of a program in PATH; NULL when there is none. Caller
   frees. */
char *pb_toolchain_find(const char *program);

/* An error that names each tool a build needs and this machine lacks. */
int pb_toolchain_check(const char *cc, struct pb_error *err);

#endif
