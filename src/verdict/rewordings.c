/* Messages that CPython reworded, while what they tell of stayed: the words
   must not make two failures of one. Each was seen with 3.6 to 3.13. */
#include "verdict/rewordings.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "trial/text.h"

static const struct {
    const char *type;
    const char *begin; /* of the old words, and their end: between them */
    const char *end;   /* stands a name, which is kept */
    const char *now_begin;
    const char *now_end;
} rewordings[] = {
    {"UnboundLocalError", "local variable ", " referenced before assignment",
     "cannot access local variable ",
     " where it is not associated with a value"}, /* 3.11 */
    {"NameError", "free variable ",
     " referenced before assignment in enclosing scope",
     "cannot access free variable ",
     " where it is not associated with a value in enclosing scope"},
    {"AttributeError", "", " and no __dict__ for setting new attributes", "",
     ""}, /* only 3.13 says that */
    {"TypeError", "keyword arguments must be strings", "",
     "keywords must be strings", ""}, /* 3.7 */
    {"TypeError",
     "int() argument must be a string, a bytes-like object or a number", "",
     "int() argument must be a string, a bytes-like object or a real number",
     ""}, /* 3.10 */
    {"TypeError", "isinstance() arg 2 must be a type or tuple of types", "",
     "isinstance() arg 2 must be a type, a tuple of types, or a union", ""},
};

char *
pb_reworded(const char *type, const char *message)
{
    struct pb_span text = pb_span_of(message);
    for (size_t i = 0; i < PB_LENGTH(rewordings); i++) {
        size_t begin = strlen(rewordings[i].begin);
        size_t end = strlen(rewordings[i].end);
        if (strcmp(type, rewordings[i].type) == 0 &&
            text.length >= begin + end &&
            pb_span_starts(text, rewordings[i].begin) &&
            pb_span_ends(text, rewordings[i].end))
        {
            return pb_asprintf("%s%.*s%s", rewordings[i].now_begin,
                               (int)(text.length - begin - end),
                               message + begin, rewordings[i].now_end);
        }
    }
    return NULL;
}
