/* "Did you mean": how far apart two words are. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

/* Letters to add, drop, replace or swap with a neighbour; SIZE_MAX for words
   too long to be a slip of the other. */
size_t pb_suggest_distance(const char *a, const char *b);

/* Whether a word at that distance is worth naming: at most two slips, and
   one in a short word. */
bool pb_suggest_is_close(size_t distance, const char *word);

#endif
