/* Folding the commits of a range into candidates. */
#include "pybisect/candidates.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

/* Marks a commit whose parents lie in more than one candidate. */
#define SEVERAL ((size_t)-2)

/* The one candidate, or the good side, that all parents inside the range
   belong to. Those outside have no say: they are good whatever their keys, so
   nothing is lost by folding a merge of one into the other parent. */
static size_t
parents_candidate(const struct pb_range *range, size_t commit,
                  const size_t *of_commit)
{
    size_t first = range->parent_start[commit];
    size_t end = range->parent_start[commit + 1];
    if (first == end) {
        return PB_CANDIDATES_NONE;
    }
    size_t candidate = of_commit[range->parents[first]];
    for (size_t i = first + 1; i < end; i++) {
        if (of_commit[range->parents[i]] != candidate) {
            return SEVERAL;
        }
    }
    return candidate;
}

static bool
same_behaviour(const struct pb_keys *a, const struct pb_keys *b)
{
    return pb_digest_equal(&a->behaviour, &b->behaviour);
}

/* Folding only into the candidate of all parents gives every candidate a
   single entry, its first commit: so the bad end, which descends from all
   of the range, is in the last one. */
static void
place_commit(struct pb_candidates *candidates, size_t *cap, size_t commit,
             size_t above, const struct pb_keys *keys)
{
    if (above == PB_CANDIDATES_NONE &&
        same_behaviour(keys, &candidates->good_keys))
    {
        candidates->of_commit[commit] = PB_CANDIDATES_NONE;
        candidates->good_commits++;
        return;
    }
    if (above < candidates->len &&
        same_behaviour(keys, &candidates->items[above].keys))
    {
        candidates->of_commit[commit] = above;
        candidates->items[above].ncommits++;
        return;
    }
    PB_GROW(candidates->items, candidates->len, *cap);
    candidates->items[candidates->len] = (struct pb_candidate){
        .commit = commit,
        .ncommits = 1,
        .keys = *keys,
    };
    candidates->of_commit[commit] = candidates->len++;
}

/* Adds the candidates above `commit`, each once. */
static void
add_parents(const struct pb_range *range, size_t commit,
            struct pb_candidates *candidates, size_t *len, size_t *cap)
{
    size_t start = *len;
    for (size_t i = range->parent_start[commit];
         i < range->parent_start[commit + 1]; i++)
    {
        size_t above = candidates->of_commit[range->parents[i]];
        bool known = above == PB_CANDIDATES_NONE;
        for (size_t j = start; !known && j < *len; j++) {
            known = candidates->parents[j] == above;
        }
        if (!known) {
            PB_GROW(candidates->parents, *len, *cap);
            candidates->parents[(*len)++] = above;
        }
    }
}

static void
link_candidates(const struct pb_range *range, struct pb_candidates *candidates)
{
    size_t len = 0;
    size_t cap = 0;
    candidates->parent_start =
        pb_alloc_array(candidates->len + 1, sizeof(*candidates->parent_start));
    for (size_t i = 0; i < candidates->len; i++) {
        add_parents(range, candidates->items[i].commit, candidates, &len,
                    &cap);
        candidates->parent_start[i + 1] = len;
    }
}

static int
compare_digests(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct pb_digest));
}

static size_t
count_builds(const struct pb_candidates *candidates)
{
    size_t len = candidates->len + 1;
    PB_AUTOFREE struct pb_digest *builds =
        pb_alloc_array(len, sizeof(*builds));
    builds[0] = candidates->good_keys.build;
    for (size_t i = 0; i < candidates->len; i++) {
        builds[i + 1] = candidates->items[i].keys.build;
    }
    qsort(builds, len, sizeof(*builds), compare_digests);
    size_t distinct = 1;
    for (size_t i = 1; i < len; i++) {
        distinct += pb_digest_equal(&builds[i - 1], &builds[i]) ? 0 : 1;
    }
    return distinct;
}

void
pb_candidates_fold(const struct pb_range *range,
                   const struct pb_keys *good_keys, const struct pb_keys *keys,
                   struct pb_candidates *out)
{
    struct pb_candidates candidates = {.good_keys = *good_keys};
    size_t cap = 0;
    candidates.of_commit =
        pb_alloc_array(range->commits.len, sizeof(*candidates.of_commit));
    for (size_t i = 0; i < range->commits.len; i++) {
        size_t above = parents_candidate(range, i, candidates.of_commit);
        place_commit(&candidates, &cap, i, above, &keys[i]);
    }
    link_candidates(range, &candidates);
    candidates.builds = count_builds(&candidates);
    *out = candidates;
}

void
pb_candidates_clear(struct pb_candidates *candidates)
{
    free(candidates->items);
    free(candidates->parent_start);
    free(candidates->parents);
    free(candidates->of_commit);
    *candidates = (struct pb_candidates){.len = 0};
}

size_t
pb_candidates_steps(size_t n)
{
    size_t steps = 0;
    while (n > (size_t)1 << steps) {
        steps++;
    }
    return steps;
}
