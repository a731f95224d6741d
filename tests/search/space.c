/* Histories for the tests of the search. */
#include "search/space.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

#include "pybisect/alloc.h"

size_t
random_below(struct random *random, size_t limit)
{
    /* splitmix64 */
    random->state += 0x9e3779b97f4a7c15u;
    uint64_t mixed = random->state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return (size_t)((mixed ^ (mixed >> 31)) % limit);
}

bool
random_chance(struct random *random, unsigned percent)
{
    return random_below(random, 100) < percent;
}

uint64_t
random_seed(uint64_t otherwise)
{
    const char *asked = getenv("PYBISECT_SEED");
    uint64_t seed = asked == NULL ? otherwise : strtoull(asked, NULL, 10);
    print_message("seed %llu\n", (unsigned long long)seed);
    return seed;
}

static void
allocate(struct history *history, size_t len, size_t most_parents)
{
    *history = (struct history){
        .parent_start = pb_alloc_array(len + 1, sizeof(size_t)),
        .parents = pb_alloc_array(most_parents, sizeof(size_t)),
        .outside = pb_alloc_array(len, sizeof(bool)),
        .skip = pb_alloc_array(len, sizeof(bool)),
        .bad = pb_alloc_array(len, sizeof(bool)),
    };
    history->space = (struct pb_search_space){
        .len = len,
        .parent_start = history->parent_start,
        .parents = history->parents,
    };
}

static void
add_parent(struct history *history, size_t child, size_t parent)
{
    for (size_t p = history->parent_start[child]; p < history->nparents; p++) {
        if (history->parents[p] == parent) {
            return;
        }
    }
    history->parents[history->nparents++] = parent;
}

static void
finish_candidate(struct history *history, size_t child)
{
    history->parent_start[child + 1] = history->nparents;
}

void
history_draw(struct history *history, const char *drawing)
{
    size_t len = 1;
    for (const char *c = drawing; *c != '\0'; c++) {
        len += *c == ' ';
    }
    assert_true(len <= 10);
    allocate(history, len, strlen(drawing));
    size_t child = 0;
    for (const char *c = drawing; *c != '\0'; c++) {
        if (*c == ' ') {
            finish_candidate(history, child++);
        }
        else if (*c == '-') {
            history->outside[child] = true;
        }
        else {
            assert_true(isdigit((unsigned char)*c));
            add_parent(history, child, (size_t)(*c - '0'));
        }
    }
    finish_candidate(history, child);
    history_hide(history, len - 1);
}

void
history_chain(struct history *history, size_t len)
{
    allocate(history, len, len);
    history->outside[0] = true;
    for (size_t i = 0; i < len; i++) {
        if (i > 0) {
            add_parent(history, i, i - 1);
        }
        finish_candidate(history, i);
    }
    history_hide(history, len - 1);
}

/* The tips that no candidate has as a parent yet. */
struct tips {
    size_t *items;
    size_t len;
};

static void
tips_remove(struct tips *tips, size_t candidate)
{
    for (size_t i = 0; i < tips->len; i++) {
        if (tips->items[i] == candidate) {
            tips->items[i] = tips->items[--tips->len];
            return;
        }
    }
}

static void
choose_parents(struct history *history, struct random *random,
               struct tips *tips, size_t child)
{
    size_t wanted = 1;
    if (random_chance(random, 30)) {
        wanted = 2 + (random_chance(random, 20) ? random_below(random, 3) : 0);
    }
    for (size_t i = 0; i < wanted && child > 0; i++) {
        /* From a tip, or from any recent one: a fork, or a criss-cross. */
        size_t recent = child < 8 ? child : 8;
        size_t parent = tips->len > 0 && random_chance(random, 65)
                            ? tips->items[random_below(random, tips->len)]
                            : child - 1 - random_below(random, recent);
        add_parent(history, child, parent);
        tips_remove(tips, parent);
    }
}

void
history_random(struct history *history, struct random *random, size_t len)
{
    allocate(history, len, 6 * len);
    PB_AUTOFREE size_t *storage = pb_alloc_array(len, sizeof(*storage));
    struct tips tips = {.items = storage};
    for (size_t i = 0; i < len; i++) {
        bool last = i + 1 == len;
        history->outside[i] = i == 0 || random_chance(random, 5);
        if (!history->outside[i] || random_chance(random, 50)) {
            choose_parents(history, random, &tips, i);
        }
        while (tips.len > 0 && (last || tips.len > 5)) {
            add_parent(history, i, tips.items[--tips.len]);
        }
        tips.items[tips.len++] = i;
        finish_candidate(history, i);
    }
    history_hide(history, random_below(random, len));
}

void
history_skip_stretches(struct history *history, struct random *random,
                       unsigned percent)
{
    size_t left = 0;
    bool skip = false;
    for (size_t i = 0; i + 1 < history->space.len; i++) {
        if (left == 0) {
            skip = random_chance(random, percent);
            left = 1 + random_below(random, skip ? 9 : 5);
        }
        left--;
        history->skip[i] = skip;
    }
}

void
history_hide(struct history *history, size_t culprit)
{
    history->culprit = culprit;
    for (size_t i = 0; i < history->space.len; i++) {
        bool bad = i == culprit;
        for (size_t p = history->parent_start[i];
             p < history->parent_start[i + 1]; p++)
        {
            bad = bad || history->bad[history->parents[p]];
        }
        history->bad[i] = bad;
    }
}

bool
history_reaches(const struct history *history, size_t high, size_t low)
{
    PB_AUTOFREE bool *reached = pb_alloc_array(high + 1, sizeof(*reached));
    reached[high] = true;
    for (size_t i = high; i > low && low <= high; i--) {
        for (size_t p = history->parent_start[i];
             reached[i] && p < history->parent_start[i + 1]; p++)
        {
            reached[history->parents[p]] = true;
        }
    }
    return low <= high && reached[low];
}

void
history_clear(struct history *history)
{
    free(history->parent_start);
    free(history->parents);
    free(history->outside);
    free(history->skip);
    free(history->bad);
    *history = (struct history)HISTORY_INIT;
}

enum git_verdict
history_test(const struct history *history, size_t candidate)
{
    if (history->skip[candidate]) {
        return GIT_SKIP;
    }
    return history->bad[candidate] ? GIT_BAD : GIT_GOOD;
}

size_t
history_search(const struct history *history, enum git_verdict *verdicts,
               size_t *tested, struct git_choice *out)
{
    size_t len = history->space.len;
    for (size_t steps = 0;; steps++) {
        git_rule_next(&history->space, history->rank, verdicts, out);
        if (out->action != GIT_TEST) {
            return steps;
        }
        assert_true(steps < len);
        assert_true(out->candidate < len - 1);
        assert_int_equal(verdicts[out->candidate], GIT_UNKNOWN);
        assert_true(out->steps >= 1);
        verdicts[out->candidate] = history_test(history, out->candidate);
        tested[steps] = out->candidate;
    }
}
