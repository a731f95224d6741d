/* Which candidates of a graph no run can tell apart: those that fail in the
   same candidates that can be tested, if they are the culprit. */
#include <stdlib.h>

#include "pybisect/alloc.h"
#include "search/belief_parts.h"

/* Is each of the wanted candidates `top` or a descendant of it? All of
   `reached` is scratch. */
static bool
all_descend(const struct pb_search_space *space, size_t top,
            const unsigned char *wanted, bool *reached)
{
    for (size_t i = top; i < space->len; i++) {
        reached[i] = i == top;
        for (size_t p = space->parent_start[i];
             p < space->parent_start[i + 1] && !reached[i]; p++)
        {
            reached[i] =
                space->parents[p] >= top && reached[space->parents[p]];
        }
        if (wanted[i] && !reached[i]) {
            return false;
        }
    }
    return true;
}

/* Those of i are items[start[i]] to items[start[i + 1] - 1]. */
struct children {
    size_t *start; /* len + 1 */
    size_t *items;
};

static void
children_clear(struct children *children)
{
    free(children->start);
    free(children->items);
}

PB_DEFINE_AUTO_CLEAR(children, struct children, children_clear)

static void
children_init(struct children *children, const struct pb_search_space *space)
{
    size_t links = space->parent_start[space->len];
    children->start = pb_alloc_array(space->len + 2, sizeof(size_t));
    children->items = pb_alloc_array(links, sizeof(size_t));
    for (size_t l = 0; l < links; l++) {
        children->start[space->parents[l] + 2]++;
    }
    for (size_t i = 1; i <= space->len; i++) {
        children->start[i + 1] += children->start[i];
    }
    for (size_t i = 0; i < space->len; i++) {
        for (size_t p = space->parent_start[i]; p < space->parent_start[i + 1];
             p++) {
            children->items[children->start[space->parents[p] + 1]++] = i;
        }
    }
}

/* An unbuildable candidate shares the class of its children, if it is one
   class, or if one of these contains the others; else its failure would be
   seen on two sides at once, by which it can be told from both. */
static size_t
class_of_broken(const struct pb_search_space *space,
                const struct children *children, size_t candidate,
                const size_t *names, bool *reached)
{
    size_t start = children->start[candidate];
    size_t end = children->start[candidate + 1];
    size_t lowest = PB_NO_CANDIDATE;
    bool same = true;
    for (size_t c = start; c < end; c++) {
        size_t name = names[children->items[c]];
        same = same && name == names[children->items[start]];
        lowest = name < lowest ? name : lowest;
    }
    if (same) {
        return start < end ? lowest : candidate;
    }
    PB_AUTOFREE unsigned char *wanted =
        pb_alloc_array(space->len, sizeof(*wanted));
    for (size_t c = start; c < end; c++) {
        wanted[names[children->items[c]]] = 1;
    }
    return all_descend(space, lowest, wanted, reached) ? lowest : candidate;
}

void
pb_classes_name(const struct pb_belief *belief, size_t *names)
{
    const struct pb_search_space *space = belief->space;
    PB_AUTO(children) struct children children = {.start = NULL};
    children_init(&children, space);
    PB_AUTOFREE bool *reached = pb_alloc_array(space->len, sizeof(*reached));
    for (size_t i = space->len; i-- > 0;) {
        names[i] = belief->skips.state[i] == PB_BUILD_BROKEN
                       ? class_of_broken(space, &children, i, names, reached)
                       : i;
    }
}
