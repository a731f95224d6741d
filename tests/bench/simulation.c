#include "search/git_rule/git_rule.h"
#include "simulation.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "pybisect/alloc.h"

double
dice_roll(struct dice *dice)
{
    /* splitmix64 */
    dice->state += 0x9e3779b97f4a7c15u;
    uint64_t mixed = dice->state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    mixed ^= mixed >> 31;
    return (double)(mixed >> 11) * 0x1p-53;
}

size_t
dice_below(struct dice *dice, size_t limit)
{
    return (size_t)(dice_roll(dice) * (double)limit);
}

/* A search under way. */
struct game {
    const struct world *world;
    struct dice dice;
    struct pb_search_space space;
    size_t *parent_start;
    size_t *parents;
    bool *stored; /* world's, and what was built */
    bool *built;
    size_t *list; /* stored ones, ascending */
    size_t current;
    size_t workers;
    struct played *out;
};

static void
game_clear(struct game *game)
{
    free(game->parent_start);
    free(game->parents);
    free(game->stored);
    free(game->built);
    free(game->list);
}

PB_DEFINE_AUTO_CLEAR(game, struct game, game_clear)

static void
game_init(struct game *game, const struct world *world, struct played *out)
{
    size_t len = world->len;
    *game = (struct game){
        .world = world,
        .dice = world->dice,
        .parent_start = pb_alloc_array(len + 1, sizeof(size_t)),
        .parents = pb_alloc_array(len, sizeof(size_t)),
        .stored = pb_alloc_array(len, sizeof(bool)),
        .built = pb_alloc_array(len, sizeof(bool)),
        .list = pb_alloc_array(len, sizeof(size_t)),
        .current = PB_BELIEF_GOOD_END,
        .out = out,
    };
    for (size_t i = 0; i < len; i++) {
        game->parents[i] = i; /* of i + 1 */
        game->parent_start[i + 1] = i;
        game->stored[i] = world->stored != NULL && world->stored[i];
    }
    game->space = (struct pb_search_space){
        .len = len,
        .parent_start = game->parent_start,
        .parents = game->parents,
    };
}

/* --- trials ------------------------------------------------------------- */

static bool
can_build(const struct game *game, size_t candidate)
{
    return candidate == PB_BELIEF_GOOD_END || game->world->broken == NULL ||
           !game->world->broken[candidate];
}

/* Both ends are built when the search begins. */
static void
get_ready(struct game *game, size_t candidate)
{
    bool end =
        candidate == PB_BELIEF_GOOD_END || candidate == game->world->len - 1;
    if (!end && !game->built[candidate]) {
        game->built[candidate] = true;
        game->out->distinct++;
        game->out->attempts++;
    }
    if (candidate == game->current) {
        return;
    }
    bool near = end || game->stored[candidate];
    game->out->seconds += near ? game->world->restore : game->world->build;
    if (can_build(game, candidate)) {
        if (candidate != PB_BELIEF_GOOD_END) {
            game->stored[candidate] = true;
        }
        game->current = candidate;
    }
}

static bool
run_fails(struct game *game, size_t candidate)
{
    get_ready(game, candidate);
    bool bad =
        candidate != PB_BELIEF_GOOD_END && candidate >= game->world->culprit;
    game->out->runs++;
    game->out->seconds += game->world->test;
    assert(game->out->runs < PLAY_RUNS_MOST);
    return dice_roll(&game->dice) <
           (bad ? game->world->after : game->world->before);
}

/* --- git's rule --------------------------------------------------------- */

static bool
vote(struct game *game, size_t candidate, bool majority)
{
    bool first = run_fails(game, candidate);
    if (!majority) {
        return first;
    }
    bool second = run_fails(game, candidate);
    return first == second ? first : run_fails(game, candidate);
}

static void
play_git(struct game *game, bool majority)
{
    size_t len = game->world->len;
    PB_AUTOFREE enum git_verdict *verdicts =
        pb_alloc_array(len, sizeof(*verdicts));
    struct git_choice choice;
    for (;;) {
        git_rule_next(&game->space, NULL, verdicts, &choice);
        if (choice.action != GIT_TEST) {
            break;
        }
        size_t candidate = choice.candidate;
        if (!can_build(game, candidate)) {
            get_ready(game, candidate);
            verdicts[candidate] = GIT_SKIP;
            continue;
        }
        verdicts[candidate] =
            vote(game, candidate, majority) ? GIT_BAD : GIT_GOOD;
    }
    PB_AUTOFREE bool *suspects = pb_alloc_array(len, sizeof(*suspects));
    game->out->size = git_rule_suspects(&game->space, verdicts, suspects);
    game->out->right = suspects[game->world->culprit];
    game->out->reproduced = true;
}

/* --- by belief ---------------------------------------------------------- */

/* What is run at both ends before the search. The report that led to it
   counts as a run at each for the test of the ends, but not for the rates: it
   was made because the test failed. */
static bool
play_ends(struct game *game, enum play_ends how, struct pb_belief *belief)
{
    unsigned good[2] = {0, 0}; /* passes, fails */
    unsigned bad[2] = {0, 0};
    size_t last = game->world->len - 1;
    enum pb_belief_ends ends = PB_BELIEF_AGAIN;
    for (int i = 0; ends == PB_BELIEF_AGAIN && i < PB_BELIEF_ENDS_MOST; i++) {
        bad[run_fails(game, last)]++;
        good[run_fails(game, PB_BELIEF_GOOD_END)]++;
        ends = how == PLAY_ENDS_ONCE
                   ? PB_BELIEF_GO
                   : pb_belief_ends(good[1], good[0] + 1, bad[1] + 1, bad[0],
                                    NULL);
    }
    pb_belief_add(belief, PB_BELIEF_GOOD_END, good[1], good[0]);
    pb_belief_add(belief, last, bad[1], bad[0]);
    game->out->rounds = ceil(game->out->runs / (double)game->workers);
    return ends == PB_BELIEF_GO || ends == PB_BELIEF_AGAIN;
}

static void
try_candidate(struct game *game, struct pb_belief *belief, size_t candidate)
{
    if (!can_build(game, candidate)) {
        get_ready(game, candidate);
        pb_belief_break(belief, candidate);
        return;
    }
    bool fails = run_fails(game, candidate);
    pb_belief_add(belief, candidate, fails, !fails);
}

static void
choose(struct game *game, struct pb_belief *belief, const struct play *how,
       struct pb_belief_choice *choices)
{
    size_t nstored = 0;
    for (size_t i = 0; how->by_seconds && i < game->world->len; i++) {
        game->list[nstored] = i;
        nstored += game->stored[i];
    }
    struct pb_belief_ready ready[] = {
        {.seconds = 0, .members = &game->current, .len = 1},
        {.seconds = game->world->restore,
         .members = game->list,
         .len = nstored},
    };
    struct pb_belief_costs costs = {
        .build = game->world->build,
        .failed_build = game->world->build,
        .passing_test = game->world->test,
        .failing_test = game->world->test,
        .good_end =
            game->current == PB_BELIEF_GOOD_END ? 0 : game->world->restore,
        .ready = ready,
        .nready = PB_LENGTH(ready),
    };
    const struct pb_belief_costs *by = how->by_seconds ? &costs : NULL;
    if (how->workers > 1) {
        pb_belief_choose_batch(belief, by, NULL, 0, how->workers, choices);
    }
    else {
        pb_belief_choose(belief, by, choices);
    }
}

static void
play_belief(struct game *game, const struct play *how)
{
    PB_AUTO(pb_belief)
    struct pb_belief *belief =
        pb_belief_new(&game->space, game->world->weights, how->model);
    for (size_t i = 0; how->by_seconds && i < game->world->len; i++) {
        if (game->stored[i]) {
            pb_belief_works(belief, i);
        }
    }
    game->workers = how->workers;
    game->out->reproduced =
        how->ends == PLAY_ENDS_GIVEN || play_ends(game, how->ends, belief);
    if (!game->out->reproduced) {
        return;
    }
    while (pb_belief_state(belief, how->confidence) == PB_BELIEF_OPEN) {
        struct pb_belief_choice choices[8];
        choose(game, belief, how, choices);
        game->out->rounds++;
        for (size_t w = 0; w < how->workers; w++) {
            try_candidate(game, belief, choices[w].candidate);
        }
    }
    PB_AUTO(pb_belief_answer) struct pb_belief_answer answer = {.len = 0};
    pb_belief_answer(belief, how->confidence, &answer);
    game->out->state = answer.state;
    game->out->size = answer.len;
    for (size_t i = 0; i < answer.len; i++) {
        game->out->right |= answer.candidates[i] == game->world->culprit;
    }
}

void
play(const struct world *world, const struct play *how, struct played *out)
{
    *out = (struct played){.right = false};
    PB_AUTO(game) struct game game = {.world = NULL};
    game_init(&game, world, out);
    if (how->rule == PLAY_BELIEF) {
        play_belief(&game, how);
    }
    else {
        play_git(&game, how->rule == PLAY_MAJORITY);
    }
}
