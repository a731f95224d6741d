/* What the verdicts leave in question. Everything here is a sweep over the
   candidates in index order, which is a topological order, so that depth of
   history costs no stack. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "search/git_rule/rule.h"

/* The bad end is bad by definition, whatever was recorded for it. */
static bool
is_bad(const struct pb_search_space *space, const enum git_verdict *verdicts,
       size_t candidate)
{
    return verdicts[candidate] == GIT_BAD || candidate == space->len - 1;
}

/* Extends a set to all its ancestors. */
static void
add_ancestors(const struct pb_search_space *space, size_t top, bool *set)
{
    for (size_t i = top + 1; i-- > 0;) {
        if (!set[i]) {
            continue;
        }
        for (size_t p = space->parent_start[i]; p < space->parent_start[i + 1];
             p++) {
            set[space->parents[p]] = true;
        }
    }
}

/* GOOD candidates and their ancestors. Caller frees. */
static bool *
good_side(const struct pb_search_space *space,
          const enum git_verdict *verdicts)
{
    bool *good = pb_alloc_array(space->len, sizeof(*good));
    for (size_t i = 0; i + 1 < space->len; i++) {
        good[i] = verdicts[i] == GIT_GOOD;
    }
    add_ancestors(space, space->len - 1, good);
    return good;
}

/* For each candidate the highest uncontradicted BAD among its strict
   ancestors. Caller frees. */
static size_t *
nearest_bad_ancestors(const struct pb_search_space *space,
                      const enum git_verdict *verdicts, const bool *good)
{
    size_t *nearest = pb_alloc_array(space->len, sizeof(*nearest));
    for (size_t i = 0; i < space->len; i++) {
        nearest[i] = GIT_NONE;
        for (size_t p = space->parent_start[i]; p < space->parent_start[i + 1];
             p++) {
            size_t parent = space->parents[p];
            size_t bad = is_bad(space, verdicts, parent) && !good[parent]
                             ? parent
                             : nearest[parent];
            if (bad != GIT_NONE &&
                (nearest[i] == GIT_NONE || bad > nearest[i])) {
                nearest[i] = bad;
            }
        }
    }
    return nearest;
}

/* Keeps the suspects that `bad` has among its ancestors, or all of them if
   it has none: then there is more than one culprit, and the BAD nearest to
   the bad end decides which is looked for. */
static void
keep_ancestors(const struct pb_search_space *space, size_t bad, bool *suspects,
               bool *scratch)
{
    memset(scratch, 0, space->len * sizeof(*scratch));
    scratch[bad] = true;
    add_ancestors(space, bad, scratch);
    bool any = false;
    for (size_t i = 0; i <= bad && !any; i++) {
        any = suspects[i] && scratch[i];
    }
    for (size_t i = 0; any && i < space->len; i++) {
        suspects[i] = suspects[i] && scratch[i];
    }
}

static size_t
next_lower_bad(const struct pb_search_space *space,
               const enum git_verdict *verdicts, const bool *good,
               size_t below)
{
    for (size_t i = below; i-- > 0;) {
        if (is_bad(space, verdicts, i) && !good[i]) {
            return i;
        }
    }
    return GIT_NONE;
}

size_t
git_rule_suspects(const struct pb_search_space *space,
                  const enum git_verdict *verdicts, bool *out)
{
    assert(space->len > 0);
    PB_AUTOFREE bool *good = good_side(space, verdicts);
    PB_AUTOFREE bool *scratch = pb_alloc_array(space->len, sizeof(*scratch));
    PB_AUTOFREE size_t *nearest = nearest_bad_ancestors(space, verdicts, good);
    for (size_t i = 0; i < space->len; i++) {
        out[i] = !good[i];
    }
    for (size_t bad = space->len - 1; bad != GIT_NONE;) {
        size_t lower = next_lower_bad(space, verdicts, good, bad);
        /* The next one is about to say the same and more: on a chain only
           the lowest BAD costs a sweep, however many there are. */
        bool implied = lower != GIT_NONE && out[bad] && nearest[bad] == lower;
        if (!implied) {
            keep_ancestors(space, bad, out, scratch);
        }
        bad = lower;
    }
    size_t count = 0;
    for (size_t i = 0; i < space->len; i++) {
        count += out[i];
    }
    return count;
}

void
git_suspects_init(struct git_suspects *suspects,
                  const struct pb_search_space *space, const bool *member,
                  size_t count)
{
    *suspects = (struct git_suspects){
        .space = space,
        .member = member,
        .count = count,
        .list = pb_alloc_array(count, sizeof(*suspects->list)),
        .weight = pb_alloc_array(space->len, sizeof(*suspects->weight)),
    };
    size_t next = 0;
    for (size_t i = 0; i < space->len; i++) {
        if (member[i]) {
            suspects->list[next++] = i;
        }
    }
}

void
git_suspects_clear(struct git_suspects *suspects)
{
    free(suspects->list);
    free(suspects->weight);
    suspects->list = NULL;
    suspects->weight = NULL;
}
