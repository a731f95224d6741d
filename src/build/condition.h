/* Whether a condition of the preprocessor can hold, as far as that follows
   from which macros nobody defines. */
#ifndef PYBISECT_BUILD_CONDITION_H
#define PYBISECT_BUILD_CONDITION_H

#include <stdbool.h>

#include "trial/text.h"

enum pb_truth { PB_NEVER, PB_ALWAYS, PB_PERHAPS };

enum pb_truth pb_truth_not(enum pb_truth truth);

/* Knows of macros; the context is its own. */
struct pb_undefined {
    bool (*is_undefined)(const char *name, void *context);
    void *context;
};

/* What stands behind #if, single spaces being all its blanks. All names that
   could decide are asked for. */
enum pb_truth pb_condition_judge(const struct pb_undefined *undefined,
                                 struct pb_span condition);
/* What stands behind #ifdef; it never holds always. */
enum pb_truth pb_condition_defined(const struct pb_undefined *undefined,
                                   struct pb_span name);

/* Of a name in C. */
bool pb_is_word_character(char c);

#endif
