/* The way around skipped candidates, as git bisect goes. If the best one is
   skipped, its neighbours are probably broken too, so the choice moves a
   pseudo-random way down the list of the others, best first: far enough to
   leave the broken stretch, and biased towards the middle all the same. The
   "random" number depends on the length of that list alone, which makes the
   choice repeatable.

   The list is never sorted as a whole: counting how many candidates have
   each distance finds the ones that share the wanted place, and only those
   are put in order. */
#include <stdint.h>
#include <stdlib.h>

#include "pybisect/alloc.h"
#include "search/git_rule/rule.h"

#define RANDOM_RANGE 32768

/* One step of the generator in C's own example of rand(), seeded with the
   length. */
static uint32_t
pseudo_random(size_t seed)
{
    uint32_t state = (uint32_t)seed * 1103515245u + 12345u;
    return (state >> 16) % RANDOM_RANGE;
}

/* Newton's method in single precision, ended when it moves by less than a
   half: for small numbers not always the true root, but git's. */
static uint32_t
integer_root(uint32_t value)
{
    if (value == 0) {
        return 0;
    }
    float number = (float)value;
    float root = number;
    float moved = number;
    while (moved >= 0.5f) {
        float better = (root + number / root) / 2;
        moved = better > root ? better - root : root - better;
        root = better;
    }
    return (uint32_t)root;
}

/* Where in a list of `length` to go: less than length. */
static size_t
place_away(size_t length)
{
    uint32_t random = pseudo_random(length);
    return length * random / RANDOM_RANGE * integer_root(random) /
           integer_root(RANDOM_RANGE);
}

static bool
bad_already(const struct git_suspects *suspects, size_t candidate)
{
    return suspects->weight[candidate] == suspects->count;
}

static bool
testable(const struct git_suspects *suspects, const enum git_verdict *verdicts,
         size_t candidate)
{
    return verdicts[candidate] == GIT_UNKNOWN &&
           !bad_already(suspects, candidate);
}

static size_t
rank_of(const struct git_suspects *suspects, size_t candidate)
{
    const size_t *rank = suspects->rank;
    return rank == NULL ? candidate : rank[candidate];
}

/* The first of the whole list, skipped ones included. */
static size_t
best(const struct git_suspects *suspects)
{
    size_t found = suspects->list[0];
    size_t found_distance = git_halve_distance(suspects, found);
    for (size_t i = 1; i < suspects->count; i++) {
        size_t candidate = suspects->list[i];
        size_t distance = git_halve_distance(suspects, candidate);
        if (distance > found_distance ||
            (distance == found_distance &&
             rank_of(suspects, candidate) < rank_of(suspects, found)))
        {
            found = candidate;
            found_distance = distance;
        }
    }
    return found;
}

struct ranked {
    size_t rank;
    size_t candidate;
};

static int
compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;
    return (a->rank > b->rank) - (a->rank < b->rank);
}

/* The testable candidate at `place` among those of one distance. */
static size_t
pick_among(const struct git_suspects *suspects,
           const enum git_verdict *verdicts, size_t distance, size_t members,
           size_t place)
{
    PB_AUTOFREE struct ranked *ranked =
        pb_alloc_array(members, sizeof(*ranked));
    size_t len = 0;
    for (size_t i = 0; i < suspects->count; i++) {
        size_t candidate = suspects->list[i];
        if (testable(suspects, verdicts, candidate) &&
            git_halve_distance(suspects, candidate) == distance)
        {
            ranked[len++] = (struct ranked){
                .rank = rank_of(suspects, candidate),
                .candidate = candidate,
            };
        }
    }
    qsort(ranked, len, sizeof(*ranked), compare_ranked);
    return ranked[place].candidate;
}

/* The testable candidate at `place`, the most even splits first. */
static size_t
pick(const struct git_suspects *suspects, const enum git_verdict *verdicts,
     size_t place)
{
    size_t distance = suspects->count / 2;
    PB_AUTOFREE size_t *members =
        pb_alloc_array(distance + 1, sizeof(*members));
    for (size_t i = 0; i < suspects->count; i++) {
        size_t candidate = suspects->list[i];
        if (testable(suspects, verdicts, candidate)) {
            members[git_halve_distance(suspects, candidate)]++;
        }
    }
    while (place >= members[distance]) {
        place -= members[distance--];
    }
    return pick_among(suspects, verdicts, distance, members[distance], place);
}

size_t
git_skips_choose(const struct git_suspects *suspects,
                 const enum git_verdict *verdicts)
{
    size_t tests = 0;
    size_t length = 0; /* tests and, as git counts, the bad one */
    for (size_t i = 0; i < suspects->count; i++) {
        size_t candidate = suspects->list[i];
        bool can_test = testable(suspects, verdicts, candidate);
        tests += can_test;
        length += can_test || bad_already(suspects, candidate);
    }
    if (tests == 0) {
        return GIT_NONE;
    }
    size_t middle = best(suspects);
    if (testable(suspects, verdicts, middle)) {
        return middle;
    }
    /* The bad one is last in the list; the one before it goes instead. */
    size_t place = place_away(length);
    return pick(suspects, verdicts, place < tests ? place : tests - 1);
}
