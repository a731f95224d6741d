/* Optimal string alignment distance (Damerau 1964, with each pair of letters
   swapped at most once), three rows at a time. */
#include "base/suggest.h"

#include <stdint.h>
#include <string.h>

#define LONGEST 63

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t
pb_suggest_distance(const char *a, const char *b)
{
    size_t rows = strlen(a);
    size_t columns = strlen(b);
    if (rows > LONGEST || columns > LONGEST) {
        return SIZE_MAX;
    }
    size_t table[3][LONGEST + 1];
    for (size_t j = 0; j <= columns; j++) {
        table[0][j] = j;
    }
    for (size_t i = 1; i <= rows; i++) {
        size_t *row = table[i % 3];
        const size_t *above = table[(i + 2) % 3];
        const size_t *second = table[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            size_t change = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = least(change, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            {
                row[j] = least(row[j], second[j - 2] + 1);
            }
        }
    }
    return table[rows % 3][columns];
}

bool
pb_suggest_is_close(size_t distance, const char *word)
{
    return distance <= (strlen(word) < 5 ? 1 : 2);
}
