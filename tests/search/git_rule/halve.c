/* Halfway by number of ancestors: git bisect's choice when nothing was
   skipped. Where several candidates split the suspects equally well, git
   takes the first it comes to, and the order in which it comes to them is
   part of the rule: merges first, then the rest, both oldest first. It stops
   at the first that is near enough to the middle. */
#include <stdint.h>
#include <stdlib.h>

#include "pybisect/alloc.h"
#include "search/git_rule/rule.h"

/* Parent links within the suspects; stops counting at 2. */
static size_t
suspect_parents(const struct git_suspects *suspects, size_t candidate,
                size_t *out_last)
{
    const struct pb_search_space *space = suspects->space;
    size_t found = 0;
    for (size_t p = space->parent_start[candidate];
         p < space->parent_start[candidate + 1] && found < 2; p++)
    {
        if (suspects->member[space->parents[p]]) {
            *out_last = space->parents[p];
            found++;
        }
    }
    return found;
}

/* The traversal behind a merge's weight. `seen` holds the merge that saw a
   candidate last, so that it needs no clearing from one to the next. */
struct walk {
    size_t *stack;
    size_t *seen;
};

static void
walk_clear(struct walk *walk)
{
    free(walk->stack);
    free(walk->seen);
}

PB_DEFINE_AUTO_CLEAR(walk, struct walk, walk_clear)

static void
walk_init(struct walk *walk, const struct git_suspects *suspects)
{
    size_t len = suspects->space->len;
    walk->stack = pb_alloc_array(suspects->count, sizeof(*walk->stack));
    walk->seen = pb_alloc_array(len, sizeof(*walk->seen));
    for (size_t i = 0; i < len; i++) {
        walk->seen[i] = SIZE_MAX;
    }
}

/* Suspects that the merge reaches. The sides of a merge share ancestors, so
   their weights cannot be added up. */
static size_t
count_reached(const struct git_suspects *suspects, struct walk *walk,
              size_t merge)
{
    const struct pb_search_space *space = suspects->space;
    size_t reached = 0;
    size_t depth = 0;
    walk->stack[depth++] = merge;
    walk->seen[merge] = merge;
    while (depth > 0) {
        size_t candidate = walk->stack[--depth];
        reached++;
        for (size_t p = space->parent_start[candidate];
             p < space->parent_start[candidate + 1]; p++)
        {
            size_t parent = space->parents[p];
            if (suspects->member[parent] && walk->seen[parent] != merge) {
                walk->seen[parent] = merge;
                walk->stack[depth++] = parent;
            }
        }
    }
    return reached;
}

size_t
git_halve_distance(const struct git_suspects *suspects, size_t candidate)
{
    size_t bad = suspects->weight[candidate];
    size_t good = suspects->count - bad;
    return bad < good ? bad : good;
}

/* One off is halfway for small numbers; for large ones a thousandth is. */
static bool
near_halfway(const struct git_suspects *suspects, size_t candidate)
{
    size_t off = suspects->count - 2 * git_halve_distance(suspects, candidate);
    return off <= 1 || off < suspects->count / 1024;
}

/* Weighs the suspects in git's order. With `stop`, returns the first one
   near the middle; else, or if there is none, GIT_NONE. */
static size_t
weigh(struct git_suspects *suspects, bool stop)
{
    PB_AUTO(walk) struct walk walk = {.stack = NULL};
    walk_init(&walk, suspects);
    size_t parent = 0;
    for (size_t i = 0; i < suspects->count; i++) {
        size_t candidate = suspects->list[i];
        if (suspect_parents(suspects, candidate, &parent) < 2) {
            continue;
        }
        suspects->weight[candidate] =
            count_reached(suspects, &walk, candidate);
        if (stop && near_halfway(suspects, candidate)) {
            return candidate;
        }
    }
    for (size_t i = 0; i < suspects->count; i++) {
        size_t candidate = suspects->list[i];
        size_t parents = suspect_parents(suspects, candidate, &parent);
        if (parents == 0) {
            /* Not tried for halfway here: git finds a root only when nothing
               else was near enough. */
            suspects->weight[candidate] = 1;
        }
        else if (parents == 1) {
            suspects->weight[candidate] = suspects->weight[parent] + 1;
            if (stop && near_halfway(suspects, candidate)) {
                return candidate;
            }
        }
    }
    return GIT_NONE;
}

void
git_halve_weigh(struct git_suspects *suspects)
{
    (void)weigh(suspects, false);
}

size_t
git_halve_choose(struct git_suspects *suspects)
{
    size_t middle = weigh(suspects, true);
    if (middle != GIT_NONE) {
        return middle;
    }
    size_t best = suspects->list[0];
    for (size_t i = 1; i < suspects->count; i++) {
        if (git_halve_distance(suspects, suspects->list[i]) >
            git_halve_distance(suspects, best))
        {
            best = suspects->list[i];
        }
    }
    return best;
}
