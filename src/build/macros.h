/* Which macros no compilation in a tree defines. Known from what there is
   after a build: the compiler's own macros, the files that each object was
   made of (the .d files beside them, which -MD writes), and the makefile. */
#ifndef PYBISECT_BUILD_MACROS_H
#define PYBISECT_BUILD_MACROS_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/map.h"

/* A set of names. Caller frees with pb_macros_free. */
struct pb_macros;

struct pb_macros *pb_macros_new(void);
void pb_macros_free(struct pb_macros *macros);
PB_DEFINE_AUTO_FREE(pb_macros, struct pb_macros, pb_macros_free)

void pb_macros_add(struct pb_macros *macros, const char *name);

/* Takes out those that the C text has a #define of, whether or not it is
   ever reached; notes what has_assertions asks for. */
void pb_macros_drop_defined(struct pb_macros *macros, const char *text,
                            size_t length);

/* Takes out all that may be defined in the tree at `directory`, compiled by
   `cc`; when that cannot be told, as an object does not say what it was made
   of, all there are. */
void pb_macros_drop_possible(struct pb_macros *macros, const char *directory,
                             const char *cc);

bool pb_macros_has(const struct pb_macros *macros, const char *name);

/* Does a file take NDEBUG back, and so have assertions, which say where they
   stand? True as well when it cannot be told. */
bool pb_macros_has_assertions(const struct pb_macros *macros);

#endif
