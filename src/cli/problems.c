/* All mistakes of a file, in its order. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static int
compare_lines(const void *left, const void *right)
{
    const struct pb_problem *a = left;
    const struct pb_problem *b = right;
    return a->line != b->line ? (a->line < b->line ? -1 : 1)
                              : strcmp(a->key, b->key);
}

void
cli_print_problems(struct pb_problems *problems)
{
    qsort(problems->items, problems->len, sizeof(*problems->items),
          compare_lines);
    for (size_t i = 0; i < problems->len; i++) {
        const struct pb_problem *each = &problems->items[i];
        screen_print("%s:%d: %s: %s\n", each->file, each->line, each->key,
                     each->message);
    }
}
