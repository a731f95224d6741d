/* Histories with merges. "At or after" is ancestry there, and the sides of a
   merge share ancestors, so that sums over ancestors cannot be added up side
   by side. They can along one parent, if what the other parents bring in is
   known; it is found once, in the manner of git's count_distance(). Each
   commit is usually brought in by one merge, which makes a sum over the
   ancestors of every candidate O(N), where a bitset of ancestors a candidate
   would take O(N^2 / 64) and as much memory. A criss-cross of long branches
   is the worst case: N merges that bring in O(N) each. */
#include <stdlib.h>

#include "pybisect/alloc.h"
#include "search/belief_parts.h"

bool
pb_space_is_chain(const struct pb_search_space *space)
{
    for (size_t i = 0; i < space->len; i++) {
        size_t first = space->parent_start[i];
        size_t parents = space->parent_start[i + 1] - first;
        if (parents != (i > 0) || (i > 0 && space->parents[first] != i - 1)) {
            return false;
        }
    }
    return true;
}

/* What the making of a graph goes through. `seen` holds the merge that saw a
   candidate last, so that it needs no clearing from one to the next. */
struct maker {
    const struct pb_search_space *space;
    struct pb_graph *graph;
    size_t *count; /* of ancestors, by candidate, itself included */
    size_t *seen;
    size_t *stack;
    size_t extra_cap;
};

static void
maker_clear(struct maker *maker)
{
    free(maker->count);
    free(maker->seen);
    free(maker->stack);
}

PB_DEFINE_AUTO_CLEAR(maker, struct maker, maker_clear)

/* Visits what `from` reaches and `merge` has not seen; with `keep`, adds it
   to the extra ones. Returns how many those are. */
static size_t
visit(struct maker *maker, size_t merge, size_t from, bool keep)
{
    const struct pb_search_space *space = maker->space;
    struct pb_graph *graph = maker->graph;
    size_t *end = &graph->extra_start[merge + 1];
    size_t visited = 0;
    size_t depth = 0;
    if (maker->seen[from] != merge) {
        maker->seen[from] = merge;
        maker->stack[depth++] = from;
    }
    while (depth > 0) {
        size_t each = maker->stack[--depth];
        visited++;
        if (keep) {
            PB_GROW(graph->extra, *end, maker->extra_cap);
            graph->extra[(*end)++] = each;
        }
        for (size_t p = space->parent_start[each];
             p < space->parent_start[each + 1]; p++)
        {
            size_t parent = space->parents[p];
            if (maker->seen[parent] != merge) {
                maker->seen[parent] = merge;
                maker->stack[depth++] = parent;
            }
        }
    }
    return visited;
}

static void
add_candidate(struct maker *maker, size_t candidate)
{
    const struct pb_search_space *space = maker->space;
    struct pb_graph *graph = maker->graph;
    size_t start = space->parent_start[candidate];
    size_t end = space->parent_start[candidate + 1];
    graph->extra_start[candidate + 1] = graph->extra_start[candidate];
    graph->base[candidate] = PB_NO_CANDIDATE;
    maker->count[candidate] = 1;
    if (start == end) {
        return;
    }
    size_t base = space->parents[start];
    for (size_t p = start + 1; p < end; p++) {
        size_t parent = space->parents[p];
        base = maker->count[parent] > maker->count[base] ? parent : base;
    }
    graph->base[candidate] = base;
    maker->count[candidate] += maker->count[base];
    if (end - start == 1) {
        return;
    }
    visit(maker, candidate, base, false);
    for (size_t p = start; p < end; p++) {
        maker->count[candidate] +=
            visit(maker, candidate, space->parents[p], true);
    }
}

void
pb_graph_init(struct pb_graph *graph, const struct pb_search_space *space)
{
    size_t len = space->len;
    *graph = (struct pb_graph){
        .base = pb_alloc_array(len, sizeof(*graph->base)),
        .extra_start = pb_alloc_array(len + 1, sizeof(*graph->extra_start)),
    };
    PB_AUTO(maker)
    struct maker maker = {
        .space = space,
        .graph = graph,
        .count = pb_alloc_array(len, sizeof(*maker.count)),
        .seen = pb_alloc_array(len, sizeof(*maker.seen)),
        .stack = pb_alloc_array(len, sizeof(*maker.stack)),
    };
    for (size_t i = 0; i < len; i++) {
        maker.seen[i] = PB_NO_CANDIDATE;
    }
    for (size_t i = 0; i < len; i++) {
        add_candidate(&maker, i);
    }
}

void
pb_graph_clear(struct pb_graph *graph)
{
    free(graph->base);
    free(graph->extra_start);
    free(graph->extra);
    *graph = (struct pb_graph){.base = NULL};
}

void
pb_graph_sum(const struct pb_graph *graph, size_t len, const double *values,
             double *sums)
{
    for (size_t i = 0; i < len; i++) {
        double sum = values[i];
        if (graph->base[i] != PB_NO_CANDIDATE) {
            sum += sums[graph->base[i]];
        }
        for (size_t e = graph->extra_start[i]; e < graph->extra_start[i + 1];
             e++) {
            sum += values[graph->extra[e]];
        }
        sums[i] = sum;
    }
}
